// Package clocks draws the terms that run: when each is due, whether that day is
// certain, what stopped it, and the rule of law that it rests on.
//
// The promise: a rule whose text nobody has verified says so beside its citation.
package clocks

import (
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/edge/web/look"
	"fontis/internal/edge/web/page"
)

// Clock is one term as people read it; the template "clocks" draws a list of them.
type Clock struct {
	Rule        string
	Due         string // its last day
	Turn        page.Tongued
	Provisional bool
	Extended    int
	Stopped     string // since when
	Why         page.Tongued
	Overdue     bool
	Counts      bool // it runs, and terms that are over stand beside it
	Ended       string
	EndedDay    string
	Citation    page.Tongued
	Verified    bool
	Received    string
	Dial        *Dial
}

// Dial is a term as a line, 400 wide with room at both ends: from the day it was
// received to the day it is due, or to now where that is later. A term without
// length has none.
type Dial struct {
	Due    int // where it ends
	Run    int // how far it has run, never past Due
	Stop   int // where it stopped
	Still  int // from there, how long it has stood still
	Late   int // from Due, how much later it is
	Now    int // where now is, or the end of a term that ended
	Passed int // of a hundred
}

// line is the length of a drawn term; edge is the room before it.
const (
	line = 380
	edge = 10
)

// dial draws a term on the line of its days.
func dial(r calendar.Running, now time.Time) *Dial {
	whole := r.DueAt.Sub(r.StartedAt)
	if whole <= 0 {
		return nil
	}
	at := now
	if !r.Open() {
		at = r.EndedAt
	}
	gone := max(0, at.Sub(r.StartedAt))
	span := max(whole, gone)
	x := func(d time.Duration) int { return int(line * float64(min(max(0, d), span)) / float64(span)) }
	part := func(d time.Duration) int { return min(100, int(100*float64(max(0, d))/float64(whole))) }
	d := &Dial{Due: edge + x(whole), Now: edge + x(gone), Run: x(min(gone, whole)), Passed: part(gone)}
	switch {
	case r.Open() && r.Stopped():
		d.Run = x(min(whole, max(0, r.StoppedAt.Sub(r.StartedAt))))
		d.Stop, d.Still, d.Passed = edge+d.Run, max(0, x(gone)-d.Run), part(r.StoppedAt.Sub(r.StartedAt))
	case gone > whole:
		d.Late = x(gone) - x(whole)
	}
	return d
}

// Of puts running clocks into words, the open ones first.
func Of(v *page.Visit, running []calendar.Running) ([]Clock, error) {
	names, err := namesOf(v, running)
	if err != nil {
		return nil, err
	}
	l, now := v.Look(), v.Clock.Now()
	var open, ended []Clock
	for _, r := range running {
		c := Clock{
			Rule: l.Word("clock", r.Rule.Name), Due: LastDay(l, r), Turn: v.NameOr(names, r.Owner), Provisional: r.Provisional, Extended: r.Extended,
			Stopped: l.Moment(r.StoppedAt), Why: l.Tongue(l.Word("stop", r.StoppedWhy)), Overdue: r.Overdue(now), Ended: l.Moment(r.EndedAt), EndedDay: l.Day(r.EndedAt),
			Citation: l.Law(r.Rule.Citation), Verified: r.Rule.Verified, Received: receivedText(l, r, now), Dial: dial(r, now),
		}
		if r.Open() {
			open = append(open, c)
		} else {
			ended = append(ended, c)
		}
	}
	for i := range open {
		open[i].Counts = len(ended) > 0
	}
	return append(open, ended...), nil
}

// receivedText says when the term began, or will.
func receivedText(l *look.Look, r calendar.Running, now time.Time) string {
	if r.StartedAt.After(now) {
		return l.Must("page.clock.begins", l.Day(r.StartedAt))
	}
	return l.Must("page.clock.received", l.Day(r.StartedAt))
}

// Before is a moment of the last day of a term that is due at the day's end, which is
// the first moment of the next.
func Before(due time.Time) time.Time {
	if due.IsZero() {
		return due
	}
	return due.Add(-time.Second)
}

// LastDay is the last day of a term; one of hours is due at a moment.
func LastDay(l *look.Look, r calendar.Running) string {
	if r.Rule.Kind == calendar.Hours {
		return l.Moment(r.DueAt)
	}
	day, err := time.ParseInLocation(time.DateOnly, r.DueDay.String(), look.Official())
	if err != nil {
		return l.Day(r.DueAt)
	}
	return l.Day(day)
}

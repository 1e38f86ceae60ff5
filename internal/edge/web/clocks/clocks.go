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
	Ended       string
	Citation    page.Tongued
	Verified    bool
	Dial        *Dial // of a term that runs
}

// Dial is how much of a term has passed, as the template draws it: 400 wide.
type Dial struct{ Percent, Run int }

// dial draws a running term; one that stands still or is over has none.
func dial(r calendar.Running, now time.Time) *Dial {
	whole := r.DueAt.Sub(r.StartedAt)
	if !r.Open() || r.Stopped() || whole <= 0 {
		return nil
	}
	passed := min(100, max(0, int(100*now.Sub(r.StartedAt)/whole)))
	return &Dial{Percent: passed, Run: 4 * passed}
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
			Rule: l.Word("clock", r.Rule.Name), Due: dayText(l, r), Turn: v.NameOr(names, r.Owner), Provisional: r.Provisional, Extended: r.Extended,
			Stopped: l.Moment(r.StoppedAt), Why: l.Tongue(l.Word("stop", r.StoppedWhy)), Overdue: r.Overdue(now), Ended: l.Moment(r.EndedAt),
			Citation: l.Tongue(r.Rule.Citation), Verified: r.Rule.Verified, Dial: dial(r, now),
		}
		if r.Open() {
			open = append(open, c)
		} else {
			ended = append(ended, c)
		}
	}
	return append(open, ended...), nil
}

// dayText is the last day of a term; one of hours is due at a moment.
func dayText(l *look.Look, r calendar.Running) string {
	if r.Rule.Kind == calendar.Hours {
		return l.Moment(r.DueAt)
	}
	day, err := time.ParseInLocation(time.DateOnly, r.DueDay.String(), look.Official())
	if err != nil {
		return l.Day(r.DueAt)
	}
	return l.Day(day)
}

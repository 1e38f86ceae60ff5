package calendar

import (
	"maps"
	"strings"
	"time"
)

// Kind is how a term counts.
type Kind string

// The kinds of terms. Days begin to count on the day after the start; hours at
// once.
const (
	WorkingDays  Kind = "working-days"
	CalendarDays Kind = "calendar-days"
	Hours        Kind = "hours"
)

// Years counts a term that bounds something and that no clock runs by: how long
// records are kept at least.
const Years Kind = "years"

// keeping begins the names of the rules that count in years.
const keeping = "retention."

// shielding reports whether a rule shields people from what is kept from them or done
// in haste. The shortest row of a place and of those that it falls back to binds: a
// place may be stricter than what ships, never laxer.
func shielding(name string) bool {
	return strings.HasPrefix(name, "deferral.") || strings.HasPrefix(name, "emergency.")
}

// hours is about how long a rule lasts, to compare rows of different kinds.
func (r Rule) hours() int {
	switch r.Kind {
	case Hours:
		return r.Length
	case WorkingDays:
		return r.Length * 24 * 7 / 5
	}
	return r.Length * 24
}

// mostBound is the longest such term.
const mostBound = 100

// Kinds lists the kinds by which a clock runs.
func Kinds() []Kind { return []Kind{WorkingDays, CalendarDays, Hours} }

// Table is a calendar in memory: the weekend, and the days of each known year
// that differ from their weekday. It is never changed once it is in use.
type Table struct {
	Name    string
	Zone    *time.Location
	Weekend [7]bool
	Years   map[int]Day  // the last known day of each known year
	Days    map[Day]bool // true: a make-up working day; false: a holiday
}

// plain is the calendar of a place that has none: Saturday and Sunday, no year known.
func plain(name string) *Table {
	return &Table{Name: name, Zone: time.UTC, Weekend: [7]bool{time.Saturday: true, time.Sunday: true}}
}

// with is the table and the years that only the wider one knows.
func (t *Table) with(wider *Table) *Table {
	out := *t
	out.Years, out.Days = maps.Clone(wider.Years), maps.Clone(t.Days)
	for d, working := range wider.Days {
		if _, ours := t.Years[d.Year()]; !ours {
			out.Days[d] = working
		}
	}
	maps.Copy(out.Years, t.Years)
	return &out
}

// Working says whether people work on the day, and whether the calendar knows it.
func (t *Table) Working(d Day) (working, known bool) {
	last, ok := t.Years[d.Year()]
	if ok && d <= last {
		if w, listed := t.Days[d]; listed {
			return w, true
		}
		return !t.Weekend[d.Weekday()], true
	}
	return !t.Weekend[d.Weekday()], false
}

// Last is the last day up to which every day from the given one on is known; the
// day before it when it is not known itself.
func (t *Table) Last(from Day) Day {
	for year := from.Year(); ; year++ {
		last, ok := t.Years[year]
		if !ok {
			return max(from, DayOf(year, time.January, 1)) - 1
		}
		if last < DayOf(year, time.December, 31) {
			return max(last, from-1)
		}
	}
}

// mostDays bounds a walk over days; no term of law is longer than a century.
const mostDays = 36600

// Add is the nth day of the kind after a day. known is false when the calendar
// does not know a day on the way.
func (t *Table) Add(from Day, n int, kind Kind) (d Day, known bool) {
	d, known = from, true
	if kind == CalendarDays {
		return d + Day(n), true
	}
	for walked := 0; n > 0 && walked < mostDays; walked++ {
		d++
		working, k := t.Working(d)
		known = known && k
		if working {
			n--
		}
	}
	return d, known
}

// Count is the number of days of the kind after a day and before another.
func (t *Table) Count(after, before Day, kind Kind) (n int) {
	if kind == CalendarDays {
		return max(int(before-after)-1, 0)
	}
	for d := after + 1; d < before && d-after < mostDays; d++ {
		if working, _ := t.Working(d); working {
			n++
		}
	}
	return n
}

// DayOf is the civil day of a moment, in the calendar's zone.
func (t *Table) DayOf(at time.Time) Day { return DayOf(at.In(t.Zone).Date()) }

// End is the moment at which a day is over, in the calendar's zone.
func (t *Table) End(d Day) time.Time {
	y, m, day := d.Date().Date()
	return time.Date(y, m, day+1, 0, 0, 0, 0, t.Zone).UTC()
}

// run is the state of one clock, as far as its date depends on it.
type run struct {
	kind   Kind
	total  int // length and extension, in days or hours
	anchor time.Time
	used   int64     // days, or microseconds for hours, that ran before the anchor
	stop   time.Time // zero while it runs
}

// due is the moment at which the term ends. A stopped clock is due as if it went
// on now; it is not swept.
func (r run) due(t *Table) (at time.Time, known bool) {
	if r.kind == Hours {
		return r.anchor.Add(time.Duration(r.total)*time.Hour - time.Duration(r.used)*time.Microsecond), true
	}
	d, known := t.Add(t.DayOf(r.anchor), max(r.total-int(r.used), 0), r.kind)
	return t.End(d), known
}

// after is the moment of a step that comes so many days or hours after the term.
func (r run) after(t *Table, due time.Time, n int) (at time.Time, known bool) {
	if r.kind == Hours {
		return due.Add(time.Duration(n) * time.Hour), true
	}
	d, known := t.Add(t.DayOf(due.Add(-time.Microsecond)), n, r.kind)
	return t.End(d), known
}

// resume is the state after a stop that ends now. The day of the stop and the day
// of the resumption do not count, unless they are one: a stop within a day takes
// nothing. A machine's clock that went back takes nothing either.
func (r run) resume(t *Table, now time.Time) run {
	stop := r.stop
	r.stop = time.Time{}
	if now.Before(stop) {
		now = stop
	}
	if r.kind == Hours {
		r.used += max(stop.Sub(r.anchor), 0).Microseconds()
		r.anchor = now
		return r
	}
	if t.DayOf(stop) == t.DayOf(now) {
		return r
	}
	r.used += int64(t.Count(t.DayOf(r.anchor), t.DayOf(stop), r.kind))
	r.anchor = now
	return r
}

// country is the calendar that area codes of six digits fall back to.
const country = "CN"

// chain lists where a rule or a calendar of a jurisdiction is looked for, the
// nearest first: 310115, 310100, 310000, CN.
func chain(jurisdiction string) []string {
	out := []string{jurisdiction}
	if len(jurisdiction) != 6 || strings.Trim(jurisdiction, "0123456789") != "" {
		return out
	}
	for _, wider := range []string{jurisdiction[:4] + "00", jurisdiction[:2] + "0000", country} {
		if wider != out[len(out)-1] {
			out = append(out, wider)
		}
	}
	return out
}

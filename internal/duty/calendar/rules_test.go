package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func tableOf(t testing.TB, name string) *Table {
	t.Helper()
	files, err := ShippedDays()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Calendar != name {
			continue
		}
		out := &Table{Name: name, Years: map[int]Day{}, Days: map[Day]bool{}}
		if out.Zone, err = f.zone(); err != nil {
			t.Fatal(err)
		}
		if out.Weekend, err = f.weekend(); err != nil {
			t.Fatal(err)
		}
		for _, y := range f.Years {
			out.Years[y.Year] = y.Last
			for _, s := range y.Days {
				for d := s.From; d <= s.Until; d++ {
					out.Days[d] = s.Kind == Workday
				}
			}
		}
		return out
	}
	t.Fatalf("no calendar %s ships", name)
	return nil
}

func day(t testing.TB, s string) Day {
	t.Helper()
	d, err := ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTenWorkingDaysEndOnAMakeUpSaturday(t *testing.T) {
	got, known := tableOf(t, "CN").Add(day(t, "2025-09-22"), 10, WorkingDays)
	if got.String() != "2025-10-11" || !known || got.Weekday() != time.Saturday {
		t.Fatalf("ten working days after 2025-09-22 end on %s (%s, known %v), want Saturday 2025-10-11", got, got.Weekday(), known)
	}
}

func TestTermsOfTwoJurisdictions(t *testing.T) {
	for _, c := range []struct {
		calendar, from string
		n              int
		kind           Kind
		want           string
		known          bool
	}{
		{"CN", "2026-02-13", 1, WorkingDays, "2026-02-14", true},  // a make-up Saturday
		{"CN", "2026-02-14", 1, WorkingDays, "2026-02-24", true},  // nine days of holiday
		{"CN", "2026-12-31", 1, WorkingDays, "2027-01-01", false}, // nobody knows the holidays of 2027 yet
		{"CN", "2026-12-30", 2, CalendarDays, "2027-01-01", true}, // calendar days need no calendar
		{"CN", "2024-02-28", 1, WorkingDays, "2024-02-29", false}, // a leap day of a year without calendar
		{"CN", "2025-12-30", 2, WorkingDays, "2026-01-04", true},  // over the year's end, a make-up Sunday
		{"XE", "2026-03-19", 1, WorkingDays, "2026-03-23", true},  // Friday to Sunday are holidays
		{"XE", "2026-03-26", 1, WorkingDays, "2026-03-27", true},  // a make-up Friday
		{"XE", "2027-06-30", 1, WorkingDays, "2027-07-01", false}, // half a year is known
		{"CN", "2026-04-03", 0, WorkingDays, "2026-04-03", true},  // nothing is left
		{"CN", "2026-01-31", 365, CalendarDays, "2027-01-31", true},
	} {
		got, known := tableOf(t, c.calendar).Add(day(t, c.from), c.n, c.kind)
		if got.String() != c.want || known != c.known {
			t.Errorf("%s: %d %s after %s: %s (known %v), want %s (%v)", c.calendar, c.n, c.kind, c.from, got, known, c.want, c.known)
		}
	}
}

func TestDayIsThatOfTheCalendarsZone(t *testing.T) {
	cn := tableOf(t, "CN")
	before := time.Date(2026, 3, 1, 15, 59, 59, 999999000, time.UTC) // 23:59:59.999999 in China
	if got := cn.DayOf(before); got.String() != "2026-03-01" {
		t.Errorf("a microsecond before midnight is %s", got)
	}
	if got := cn.DayOf(before.Add(time.Microsecond)); got.String() != "2026-03-02" {
		t.Errorf("midnight is %s", got)
	}
	if got := cn.End(day(t, "2026-03-01")); !got.Equal(before.Add(time.Microsecond)) {
		t.Errorf("2026-03-01 ends at %s", got)
	}
	if got := tableOf(t, "XE").End(day(t, "2026-03-01")); got.Hour() != 18 || got.Minute() != 15 {
		t.Errorf("a day of a zone with quarters of an hour ends at %s", got)
	}
}

func TestLastKnownDay(t *testing.T) {
	xe := tableOf(t, "XE")
	for from, want := range map[string]string{"2026-05-01": "2027-06-30", "2027-08-01": "2027-07-31", "2025-05-01": "2025-04-30"} {
		if got := xe.Last(day(t, from)); got.String() != want {
			t.Errorf("from %s on days are known up to %s, want %s", from, got, want)
		}
	}
}

// anyRun draws a clock of days in a calendar.
func anyTable(t *rapid.T, base *Table) *Table {
	out := *base
	out.Days = map[Day]bool{}
	for d, w := range base.Days {
		out.Days[d] = w
	}
	for range rapid.IntRange(0, 20).Draw(t, "changes") {
		out.Days[Day(rapid.IntRange(20000, 20900).Draw(t, "day"))] = rapid.Bool().Draw(t, "working")
	}
	return &out
}

func TestADueDateInWorkingDaysIsAWorkingDay(t *testing.T) {
	base := tableOf(t, "CN")
	rapid.Check(t, func(t *rapid.T) {
		table := anyTable(t, base)
		from := Day(rapid.IntRange(20000, 20900).Draw(t, "from"))
		n := rapid.IntRange(1, 60).Draw(t, "n")
		got, _ := table.Add(from, n, WorkingDays)
		if working, _ := table.Working(got); !working || got <= from {
			t.Fatalf("%d working days after %s end on %s, which is none", n, from, got)
		}
		if counted := table.Count(from, got+1, WorkingDays); counted != n {
			t.Fatalf("%s to %s are %d working days, want %d", from, got, counted, n)
		}
	})
}

func TestAStoppedClockNeverRuns(t *testing.T) {
	base := tableOf(t, "CN")
	rapid.Check(t, func(t *rapid.T) {
		table := anyTable(t, base)
		r := run{kind: rapid.SampledFrom(Kinds()).Draw(t, "kind"), total: rapid.IntRange(2, 40).Draw(t, "total")}
		r.anchor = table.End(Day(rapid.IntRange(20000, 20600).Draw(t, "start"))).Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "second")) * time.Second)
		due, _ := r.due(table)
		for range rapid.IntRange(1, 4).Draw(t, "stops") {
			left := due.Sub(r.anchor)
			r.stop = r.anchor.Add(time.Duration(rapid.Int64Range(0, left.Microseconds()-1).Draw(t, "stop")) * time.Microsecond)
			pause := time.Duration(rapid.IntRange(0, 60*24).Draw(t, "hours")) * time.Hour
			stop := r.stop
			r = r.resume(table, stop.Add(pause))
			after, _ := r.due(table)
			ran := table.Count(table.DayOf(stop), table.DayOf(stop.Add(pause)), r.kind)
			switch {
			case after.Before(due):
				t.Fatalf("a stop brought the date forward, from %s to %s", due, after)
			case r.kind == Hours && !after.Equal(due.Add(pause)):
				t.Fatalf("a stop of %s moved the date by %s", pause, after.Sub(due))
			case r.kind != Hours && table.Count(table.DayOf(due)-1, table.DayOf(after), r.kind) < ran:
				t.Fatalf("%d days passed while the clock stood, and the date moved from %s to %s only", ran, due, after)
			}
			due = after
		}
	})
}

func TestAClockThatWentBackTakesNothing(t *testing.T) {
	cn := tableOf(t, "CN")
	r := run{kind: WorkingDays, total: 10, anchor: time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)}
	due, _ := r.due(cn)
	r.stop = r.anchor.AddDate(0, 0, 3)
	if got, _ := r.resume(cn, r.anchor.AddDate(0, 0, -30)).due(cn); !got.Equal(due) {
		t.Fatalf("resumed before it was stopped: due %s, want %s", got, due)
	}
}

func TestALeapDayIsADayLikeAnyOther(t *testing.T) {
	cn := tableOf(t, "CN")
	for _, c := range []struct {
		from string
		n    int
		kind Kind
		want string
	}{
		{"2028-02-28", 1, CalendarDays, "2028-02-29"},
		{"2028-02-28", 2, CalendarDays, "2028-03-01"},
		{"2027-02-28", 1, CalendarDays, "2027-03-01"},
		{"2028-02-29", 365, CalendarDays, "2029-02-28"}, // a year from a leap day
		{"2028-02-28", 2, WorkingDays, "2028-03-01"},    // Monday to Wednesday
		{"2028-02-25", 2, WorkingDays, "2028-02-29"},    // from a Friday
		{"2100-02-28", 1, CalendarDays, "2100-03-01"},   // no leap year
	} {
		if got, _ := cn.Add(day(t, c.from), c.n, c.kind); got.String() != c.want {
			t.Errorf("%d %s after %s: %s, want %s", c.n, c.kind, c.from, got, c.want)
		}
	}
	if _, err := ParseDay("2027-02-29"); err == nil {
		t.Error("the 29th of February 2027 was read")
	}
	start := time.Date(2028, 2, 28, 20, 0, 0, 0, time.UTC) // the 29th in China already
	if got := cn.End(cn.DayOf(start)); got.UTC().Format(time.DateTime) != "2028-02-29 16:00:00" {
		t.Errorf("the leap day ends at %s", got.UTC())
	}
}

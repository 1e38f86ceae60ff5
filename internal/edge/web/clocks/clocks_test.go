package clocks

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"fontis/internal/duty/calendar"
)

// A drawn term stays on its line whatever its length, and says the truth: what has
// run, what stands still and what is late never overlap.
func TestADrawnTermStaysOnItsLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		hours := func(name string, least, most int) time.Duration {
			return time.Duration(rapid.IntRange(least, most).Draw(t, name)) * time.Hour
		}
		r := calendar.Running{StartedAt: start, DueAt: start.Add(hours("length", 1, 30*366*24))}
		now := start.Add(hours("now", -1000, 40*366*24))
		if rapid.Bool().Draw(t, "stopped") {
			r.StoppedAt = start.Add(hours("stop", 0, 10*366*24))
		} else if rapid.Bool().Draw(t, "ended") {
			r.EndedAt = start.Add(hours("end", 0, 40*366*24))
		}
		d := dial(r, now)
		if d == nil {
			t.Fatal("a term with a length has no line")
		}
		for name, x := range map[string]int{"due": d.Due, "now": d.Now, "run": edge + d.Run, "late": d.Due + d.Late, "still": d.Stop + d.Still} {
			if x != 0 && (x < 0 || x > line+edge) {
				t.Errorf("%s is drawn at %d of %d", name, x, line+edge)
			}
		}
		if d.Passed < 0 || d.Passed > 100 || d.Late > 0 && d.Still > 0 || d.Late > 0 && d.Passed != 100 {
			t.Errorf("it says %+v", d)
		}
		at := now
		if !r.Open() {
			at = r.EndedAt
		}
		if late := at.After(r.DueAt) && !r.Stopped(); !late && d.Late > 0 {
			t.Errorf("late before its day: %+v", d)
		}
	})
}

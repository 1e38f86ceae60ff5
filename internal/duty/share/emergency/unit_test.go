package emergency_test

import (
	"slices"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/share/emergency"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/naming"
	"fontis/internal/vocab"
)

// An overdue review takes from the unit that drew the emergency the use of every
// grant of its member, and from no other unit; the review gives it back.
func TestAnOverdueReviewHaltsTheUnitThatDrewIt(t *testing.T) {
	w := newWorld(t)
	w.User.Unit = "rescue"
	w.Grant.From, w.Grant.Until = monday.Add(-time.Hour), monday.AddDate(1, 0, 0)
	w.Put(t, w.Grant)
	e := w.declare()
	pensions, system := w.User, w.User
	pensions.Officer, pensions.Unit = "o-pension", "pensions"
	system.Officer, system.Unit, system.Machine, system.System, system.Word = "whoever", "pensions", "m-1", "payroll", naming.AsGiven
	listed := system
	listed.Officer, listed.Word = "o-pension", naming.Listed
	moved := w.User
	moved.Unit = "pensions" // the same officer, elsewhere
	ask := func(a identity.Actor) vocab.Code {
		_, err := w.Door.Ask(t.Context(), a, w.Ask(3, "1950-01-01"))
		if err == nil {
			return ""
		}
		return vocab.CodeOf(err)
	}
	if got := ask(w.User); got != "" {
		t.Fatalf("before: %s", got)
	}
	w.clock.Advance(4 * 24 * time.Hour)
	if _, err := w.Calendar.Sweep(t.Context(), 100); err != nil || w.state(e.ID) != emergency.Overdue {
		t.Fatalf("after its term it is %s, %v", w.state(e.ID), err)
	}
	halted := func(when string) {
		t.Helper()
		for name, c := range map[string]struct {
			who  identity.Actor
			want vocab.Code
		}{
			"the unit": {w.User, vocab.GrantSuspended}, "its officer from another": {moved, vocab.GrantSuspended}, "another unit": {pensions, ""},
			"a system in a name that nobody lists": {system, vocab.GrantSuspended}, "a system in a listed name": {listed, ""},
		} {
			if got := ask(c.who); got != c.want {
				t.Errorf("%s, %s: %q, want %q", when, name, got, c.want)
			}
		}
	}
	halted("overdue")
	if g, err := w.Door.GrantFor(w.Steward, w.Grant.ID); err != nil || g.State != access.GrantActive {
		t.Errorf("the grant of the whole member is %s, %v", g.State, err)
	}
	if !slices.Contains(w.kinds(w.Steward), "unit-halted") {
		t.Errorf("the provider was not told: %v", w.kinds(w.Steward))
	}
	if _, err := w.Emergency.Declare(t.Context(), w.User, wanted()); vocab.CodeOf(err) != vocab.GrantSuspended {
		t.Errorf("the unit declares another: %v", err)
	}
	cfg := w.Config
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.App = apptest.Open(t, cfg, app.Options{Clock: w.clock})
	halted("after a restart")
	if _, err := w.Emergency.Review(t.Context(), w.second, e.ID, true, "late, but there was a flood"); err != nil {
		t.Fatal(err)
	}
	if got := ask(w.User); got != "" {
		t.Errorf("after the review: %s", got)
	}
}

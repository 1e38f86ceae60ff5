package share_test

import (
	"testing"

	"fontis/internal/duty/share"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// What was decided before is told of a data set to whoever may read it: to
// officers with who asked and why, to the public without; nothing of what is still
// being decided, and the rows beside it are invented.
func TestWhatWasDecidedBeforeIsTold(t *testing.T) {
	w := newWorld(t)
	r := w.submit(w.asks())
	about := func(a identity.Actor) share.About {
		t.Helper()
		got, err := w.About(t.Context(), a, r.Dataset)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := about(clerk); len(got.Before) != 0 || len(got.Rows) == 0 || len(got.Rows[0].Values) != len(got.Items) {
		t.Fatalf("before a decision: %+v", got)
	}
	if _, err := w.Decide(t.Context(), steward, r.ID, share.Decision{Reason: "no ground", Citation: "art. 9"}); err != nil {
		t.Fatal(err)
	}
	seen := about(clerk).Before
	if len(seen) != 1 || seen[0].Outcome != share.StateRefused || seen[0].Reason != "no ground" || seen[0].Requester != r.Requester {
		t.Errorf("to an officer: %+v", seen)
	}
	open := about(identity.Actor{}).Before
	if len(open) != 1 || open[0].Outcome != share.StateRefused || open[0].Reason != "" || open[0].Purpose != "" || open[0].Requester != "" {
		t.Errorf("to the public: %+v", open)
	}
	if _, err := w.About(t.Context(), clerk, "d-none"); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("of no data set: %v", err)
	}
}

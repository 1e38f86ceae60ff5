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
	seen := about(stranger).Before
	if len(seen) != 1 || seen[0].Outcome != share.StateRefused || seen[0].Reason != "no ground" || seen[0].Requester != r.Requester {
		t.Errorf("to an officer of another department: %+v", seen)
	}
	chief := officer("bureau", "chief", vocab.Authority)
	chief.Region, chief.OfNode = "990000", true
	_, err := w.node.Identity.AddMember(t.Context(), chief, identity.NewMember{
		ID: "bank", Name: identity.Name{En: "bank"}, Class: "FIN", Kind: identity.KindService, Region: "990000",
	})
	w.must(err)
	machine := identity.Actor{Member: "tax", System: "payroll", Machine: "t-1"}
	for who, a := range map[string]identity.Actor{"the public": {}, "a firm's officer": officer("bank", "qian", vocab.DataUser), "a system": machine} {
		open := about(a).Before
		if len(open) != 1 || open[0].Outcome != share.StateRefused || open[0].Reason != "" || open[0].Purpose != "" || open[0].Requester != "" {
			t.Errorf("to %s: %+v", who, open)
		}
	}
	if _, err := w.About(t.Context(), clerk, "d-none"); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("of no data set: %v", err)
	}
}

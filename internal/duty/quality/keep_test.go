package quality_test

import (
	"testing"

	"fontis/internal/duty/quality"
	"fontis/internal/trust/ledger/retention"
	"fontis/internal/vocab"
)

// What was said in a contest is destroyed when its time is over; that there was
// one, and how it ended, stays, and so does what the ledger says of it.
func TestWhatWasSaidInAContestGoesWithItsTime(t *testing.T) {
	w := newWorld(t)
	me := w.person(1)
	over, open := w.raise(me, 1), w.raise(w.person(2), 2)
	_, err := w.Withdraw(t.Context(), me, over.ID, quality.Word{Reason: "it was right"})
	w.must(err)
	keep := w.node.Records.Retention
	w.must(keep.PutRule(t.Context(), chief, retention.Rule{Dataset: retention.Any, Kind: "contest", Years: 3, Citation: "Invented Act art. 4"}))
	w.clock.Set(w.clock.Now().AddDate(3, 0, -1))
	if n, err := keep.Due(t.Context()); n != 0 || err != nil {
		t.Fatalf("%d destroyed before their time, %v", n, err)
	}
	w.clock.Set(w.clock.Now().AddDate(0, 0, 2))
	if n, err := keep.Due(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d destroyed, %v", n, err)
	}
	_, err = w.Said(t.Context(), me, over.ID)
	wants(t, err, vocab.NoSuchThing)
	if said, err := w.Said(t.Context(), w.person(2), open.ID); err != nil || said.Statement == "" {
		t.Errorf("the contest that is open: %+v, %v", said, err)
	}
	if c, err := w.Get(t.Context(), me, over.ID); err != nil || c.State != quality.StateWithdrawn || c.Reason != "" {
		t.Errorf("what stays: %+v, %v", c, err)
	}
	if n, err := keep.Due(t.Context()); n != 0 || err != nil {
		t.Errorf("%d destroyed again, %v", n, err)
	}
	if r, err := w.node.Tally.All(t.Context(), nil); err != nil || r.Count > 0 {
		t.Errorf("the round afterwards: %+v, %v", r.Findings, err)
	}
}

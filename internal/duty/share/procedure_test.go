package share_test

import (
	"testing"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/share"
	"fontis/internal/vocab"
)

// TestAProcedureLetsTheTermStandOnceAndHasATermOfItsOwn: what comes before a reply by
// another law is named with it, stops the term once, escalates when it lasts, and
// decides nothing.
func TestAProcedureLetsTheTermStandOnceAndHasATermOfItsOwn(t *testing.T) {
	w, c := dated(t, "2026-03-02 09:00")
	id := w.submit(w.batchRead()).ID
	procedure := word(share.ActProcedure)
	for _, lacks := range []share.Word{{Act: share.ActProcedure, Kind: "consultation", Reason: "x"}, {Act: share.ActProcedure, Kind: "consultation", Citation: "x"}} {
		w.refused(steward, id, lacks, vocab.ReasonNeeded)
	}
	for _, kind := range []string{"", "supplement", "holiday"} {
		other := procedure
		other.Kind = kind
		w.refused(steward, id, other, vocab.BadInput)
	}
	w.refused(clerk, id, procedure, vocab.RoleMissing)
	w.refused(steward, id, word(share.ActProceed), vocab.StateWrong)
	w.counted.notices = nil
	w.take(steward, id, procedure)
	if n := w.counted.notices; len(n) != 1 || n[0].Member != "tax" || n[0].Kind != "request-stands" {
		t.Fatalf("told: %+v", n)
	}
	_, err := w.Decide(t.Context(), steward, id, share.Decision{Agree: true})
	wants(t, err, vocab.StateWrong)
	w.sweep(c, "2026-03-20 09:00")
	r := w.state(id, share.StateProcedure)
	if p := r.Procedure; p == nil || p.Kind != "consultation" || p.What != "because" || p.Citation != "art. 20" || p.Of != r.Provider || !p.Ended.IsZero() {
		t.Fatalf("%+v", p)
	}
	own := clockOf(t, r, share.RuleProcedure)
	if !clockOf(t, r, share.RuleUnconditional).Stopped() || own.Stopped() || own.Owner != r.Provider || !r.DueAt.Equal(own.DueAt) || own.DueDay.String() != "2026-03-30" {
		t.Fatalf("due %s: %+v", r.DueAt, r.Clocks)
	}
	w.counted.notices = nil
	w.sweep(c, "2026-05-20 09:00")
	told := map[vocab.MemberID]bool{}
	for _, n := range w.counted.notices {
		told[n.Member] = true
	}
	if r = w.state(id, share.StateProcedure); !told[r.Provider] || !told[r.Requester] || len(told) < 3 || r.Grant != "" {
		t.Fatalf("a procedure that lasts is told to %v", told)
	}
	w.take(steward, id, word(share.ActProceed))
	r = w.state(id, share.StateSubmitted)
	if got := clockOf(t, r, share.RuleUnconditional); got.Stopped() || got.DueDay.String() != "2026-05-21" || r.Procedure.Ended.IsZero() {
		t.Fatalf("the term went on to %s, stopped %v", got.DueDay, got.Stopped())
	}
	w.refused(steward, id, procedure, vocab.StateWrong) // once
}

// TestAProcedureStopsNoTermWhereNothingBoundsIt: a place whose law does not let the
// term stand has none of it.
func TestAProcedureStopsNoTermWhereNothingBoundsIt(t *testing.T) {
	w, _ := dated(t, "2026-03-02 09:00")
	w.must(w.node.Calendar.ImportRules(t.Context(), chief, []calendar.Rule{{Name: share.RuleUnconditional, Jurisdiction: "990000", Kind: calendar.WorkingDays, Length: 1, Stops: []string{"supplement"}, Citation: "local measure 4", From: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}}))
	id := w.submit(w.batchRead()).ID
	w.refused(steward, id, word(share.ActProcedure), vocab.StateWrong)
	if r := w.state(id, share.StateSubmitted); r.Procedure != nil || len(r.Clocks) != 1 || r.Clocks[0].Stopped() {
		t.Fatalf("%+v", r.Clocks)
	}
}

package share_test

import (
	"slices"
	"strings"
	"testing"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/share"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

func (w *world) moved(a identity.Actor, r *share.Request, with demand.Answer) *share.Request {
	w.t.Helper()
	_, err := w.answer(a, r, with)
	w.must(err)
	return w.state(r.ID, share.StateDemand)
}

// openClock is the clock of the rule that runs.
func openClock(t *testing.T, r *share.Request, rule string) calendar.Running {
	t.Helper()
	i := slices.IndexFunc(r.Clocks, func(c calendar.Running) bool { return c.Rule.Name == rule && c.Open() })
	if i < 0 {
		t.Fatalf("no clock %s runs: %+v", rule, r.Clocks)
	}
	return r.Clocks[i]
}

// Who should not list it says so: the demand goes on once to whom they name, then the
// authority names who is to list it, and that one lists or refuses.
func TestADemandThatIsNotMineGoesOnOnceThenTheAuthorityAssigns(t *testing.T) {
	w, c := dated(t, "2026-03-02 09:00")
	r := w.demand(w.wishes())
	_, err := w.answer(steward, r, demand.Answer{Of: "school"})
	wants(t, err, vocab.ReasonNeeded)
	for _, of := range []vocab.MemberID{"civil", "tax"} { // itself, and who asks
		_, err = w.answer(steward, r, demand.Answer{Of: of, Reason: "theirs"})
		wants(t, err, vocab.BadInput)
	}
	_, err = w.answer(steward, r, demand.Answer{Of: "nobody", Reason: "theirs"})
	wants(t, err, vocab.NoSuchThing)
	_, err = w.answer(clerk, r, demand.Answer{Of: "school", Reason: "theirs"})
	wants(t, err, vocab.RoleMissing)

	c.Set(moment(t, "2026-03-09 09:00"))
	r = w.moved(steward, r, demand.Answer{Of: "school", Reason: "they licence care homes"})
	if k := openClock(t, r, demand.Rule); r.Provider != "school" || k.Owner != "school" || k.DueDay.String() != "2026-03-30" {
		t.Fatalf("of %s, whose term ends %s for %s", r.Provider, k.DueDay, k.Owner)
	}
	_, err = w.Get(t.Context(), steward, r.ID)
	wants(t, err, vocab.NoSuchThing) // it is no business of theirs any more
	_, err = w.answer(steward, r, demand.Answer{Dataset: w.firms.ID})
	wants(t, err, vocab.NoSuchThing)
	_, err = w.answer(stranger, r, demand.Answer{Of: "civil", Reason: "no, theirs"})
	wants(t, err, vocab.StateWrong) // once

	r = w.moved(stranger, r, demand.Answer{NotMine: true, Reason: "we keep no such list"})
	if k := openClock(t, r, demand.RuleAssign); k.Owner != "bureau" {
		t.Fatalf("the authority's term: %+v", k)
	}
	_, err = w.answer(stranger, r, demand.Answer{Reason: "no", Citation: "art. 1"})
	wants(t, err, vocab.RoleMissing) // it is the authority's turn
	_, err = w.answer(chief, r, demand.Answer{Of: "civil"})
	wants(t, err, vocab.ReasonNeeded)
	r = w.moved(chief, r, demand.Answer{Of: "civil", Reason: "the registrar of care homes"})
	for _, with := range []demand.Answer{{Of: "school", Reason: "theirs"}, {NotMine: true, Reason: "not ours"}} {
		_, err = w.answer(steward, r, with)
		wants(t, err, vocab.StateWrong) // assigned is assigned
	}
	_, err = w.answer(steward, r, demand.Answer{Dataset: w.firms.ID})
	w.must(err)
	w.state(r.ID, share.StateSubmitted)

	lines, err := w.History(t.Context(), clerk, r.ID, 0)
	w.must(err)
	var moved []string
	for _, l := range lines {
		if l.Act == share.ActMoved {
			moved = append(moved, string(l.Member)+": "+l.Reason)
		}
	}
	if want := []string{"civil: they licence care homes", "school: we keep no such list", "bureau: the registrar of care homes"}; !slices.Equal(moved, want) {
		t.Errorf("the requester reads %v", moved)
	}
}

func TestAnOrderToListIsAppealedOnceAndOwesNothingUntilTheSuperiorRules(t *testing.T) {
	for name, last := range map[string]string{"ordered": share.ActOrder, "upheld": share.ActUphold} {
		w, _ := dated(t, "2026-03-02 09:00")
		r := w.demand(w.wishes())
		_, err := w.answer(steward, r, demand.Answer{Reason: "we keep no such list", Citation: "art. 8"})
		w.must(err)
		w.take(clerk, r.ID, word(share.ActDispute))
		w.take(clerk, r.ID, word(share.ActEscalate))
		w.take(chief, r.ID, word(share.ActOrder))
		_, err = w.answer(steward, r, demand.Answer{NotMine: true, Reason: "not ours"})
		wants(t, err, vocab.StateWrong)                                 // an order is no question any more
		w.refused(clerk, r.ID, word(share.ActAppeal), vocab.StateWrong) // the order is what they asked
		w.take(steward, r.ID, word(share.ActAppeal))
		now := w.state(r.ID, share.StateSuperior)
		if slices.ContainsFunc(now.Clocks, func(c calendar.Running) bool { return c.Rule.Name == demand.Rule && c.Open() }) {
			t.Fatalf("%s: the term of the listing runs on while the superior rules", name)
		}
		_, err = w.answer(steward, r, demand.Answer{Dataset: w.firms.ID})
		wants(t, err, vocab.StateWrong)
		made(t, w, deputy.Officer, "")
		w.take(deputy, r.ID, word(last))
		if last == share.ActUphold {
			w.state(r.ID, share.StateRefused)
			w.refused(clerk, r.ID, word(share.ActAppeal), vocab.StateWrong)
			continue
		}
		w.state(r.ID, share.StateDemand)
		w.refused(steward, r.ID, word(share.ActAppeal), vocab.StateWrong) // once
		_, err = w.answer(steward, r, demand.Answer{Dataset: w.firms.ID})
		w.must(err)
		w.state(r.ID, share.StateSubmitted)
	}
}

// keepers is a published entry of the member that keeps the node, which is the only
// authority that takes part.
func (w *world) keepers() (share.Fields, identity.Actor) {
	w.t.Helper()
	theirs := officer("bureau", "gu", vocab.Steward)
	d := people()
	d.Share, d.ShareCondition = vocab.Conditional, "for entitlements"
	made, err := w.node.Catalog.Create(w.t.Context(), theirs, d)
	w.must(err)
	set, err := publishAs(w, theirs, made.ID, made.Rev)
	w.must(err)
	f := w.asks()
	f.Dataset, f.Items = set.ID, []vocab.ItemID{"born"}
	return f, theirs
}

func TestWhereNobodyCouldRuleNoStepWaitsForARuling(t *testing.T) {
	w, c := dated(t, "2026-03-02 09:00")
	f, theirs := w.keepers()
	id := w.submit(f).ID
	ask := word(share.ActAskMore)
	ask.Days = 5
	w.refused(theirs, id, ask, vocab.AuthorityMissing)
	w.refused(theirs, id, word(share.ActDisown), vocab.AuthorityMissing)
	_, err := w.Decide(t.Context(), theirs, id, share.Decision{Reason: "no", Citation: "art. 9"})
	w.must(err)
	r := w.take(clerk, id, word(share.ActDispute)) // the two sides may still talk
	if !strings.Contains(r.Dispute.Remedy, "--kind authority") {
		t.Errorf("nobody is told that nobody can rule: %+v", r.Dispute)
	}
	w.refused(clerk, id, word(share.ActEscalate), vocab.AuthorityMissing)

	silent := w.submit(f).ID
	w.sweep(c, "2026-03-24 00:00")
	w.refused(clerk, silent, word(share.ActDispute), vocab.AuthorityMissing)

	wish := w.wishes()
	wish.Of = "bureau"
	d := w.demand(wish)
	_, err = w.answer(theirs, d, demand.Answer{NotMine: true, Reason: "not ours"})
	wants(t, err, vocab.AuthorityMissing)
	if now := w.state(d.ID, share.StateDemand); now.Provider != "bureau" {
		t.Errorf("it went to %s", now.Provider)
	}

	// The remedy helps: the authority that is admitted rules, and hears of it.
	_, err = w.node.Identity.AddMember(t.Context(), chief, identity.NewMember{ID: "council", Name: identity.Name{En: "council"}, Class: "GOV", Kind: identity.KindAuthority, Region: "990000"})
	w.must(err)
	council := officer("council", "ren", vocab.Authority)
	council.Region = "990000"
	if r = w.take(clerk, id, word(share.ActEscalate)); r.Dispute.Authority != "council" || r.Dispute.Remedy != "" {
		t.Fatalf("%+v", r.Dispute)
	}
	if n := w.counted.notices[len(w.counted.notices)-1]; n.Member != "council" {
		t.Errorf("%s hears of it", n.Member)
	}
	_, err = w.Take(t.Context(), council, id, word(share.ActOrder))
	w.must(err)
}

// Where nobody could make the conformity check the provider reads the form too: a
// request does not wait for a step that no one may take.
func TestWhereNobodyCouldCheckConformityTheProviderDoes(t *testing.T) {
	w, _ := dated(t, "2026-03-02 09:00")
	w.must(w.node.Calendar.ImportRules(t.Context(), chief, []calendar.Rule{{
		Name: share.RuleConformity, Jurisdiction: "990000", Kind: calendar.WorkingDays, Length: 2, Citation: "local measure 3",
	}}))
	f, _ := w.keepers()
	w.state(w.submit(f).ID, share.StateSubmitted)
	w.state(w.submit(w.asks()).ID, share.StateConformity)
}

// The authority of the department's own division hears, and not who keeps the node.
func TestTheAuthorityInChargeHearsOfATermThatIsOver(t *testing.T) {
	w, c := dated(t, "2026-03-02 09:00")
	for m, kind := range map[vocab.MemberID]identity.MemberKind{"city": identity.KindAuthority, "welfare": identity.KindDepartment} {
		_, err := w.node.Identity.AddMember(t.Context(), chief, identity.NewMember{ID: m, Name: identity.Name{En: string(m)}, Class: "GOV", Kind: kind, Region: "990100"})
		w.must(err)
	}
	wish := w.wishes()
	wish.Of = "welfare"
	w.demand(wish)
	w.sweep(c, "2026-12-24 00:00")
	told := map[vocab.MemberID]int{}
	for _, m := range []vocab.MemberID{"city", "bureau", "welfare"} {
		all, err := w.node.Identity.Notices(t.Context(), identity.Actor{Member: m, Officer: "x", Roles: []vocab.Role{vocab.Steward, vocab.Authority}}, identity.Page{})
		w.must(err)
		for _, n := range all {
			if n.Kind == "demand-reminder" {
				told[m]++
			}
		}
	}
	if told["city"] != 2 || told["welfare"] != 1 || told["bureau"] != 0 {
		t.Errorf("told: %v", told)
	}
}

package share_test

import (
	"slices"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/share"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// wishes is a demand of the civil department for care homes.
func (w *world) wishes() share.Wish {
	f := w.asks()
	f.Dataset, f.Items = "", nil
	return share.Wish{Of: "civil", Name: "养老机构名录", What: "names and licences", Wanted: []string{"名称"}, Fields: f}
}

func (w *world) demand(wish share.Wish) *share.Request {
	w.t.Helper()
	r, err := w.Demand(w.t.Context(), clerk, wish)
	w.must(err)
	return r
}

func (w *world) answer(a identity.Actor, r *share.Request, with demand.Answer) (*demand.Demand, error) {
	return w.node.Demand.Answer(w.t.Context(), a, r.Demanded.ID, with)
}

func TestADemandGoesOnToWhatWasListed(t *testing.T) {
	w, _ := dated(t, "2026-03-02 09:00")
	r := w.demand(w.wishes())
	if r.State != share.StateDemand || r.Provider != "civil" || r.Dataset != "" {
		t.Fatalf("%s of %s", r.State, r.Provider)
	}
	if c := clockOf(t, w.state(r.ID, share.StateDemand), demand.Rule); c.DueDay.String() != "2026-03-23" || c.Owner != "civil" {
		t.Fatalf("the department's term ends %s, owner %s", c.DueDay, c.Owner)
	}
	_, err := w.answer(clerk, r, demand.Answer{Dataset: w.firms.ID})
	wants(t, err, vocab.RoleMissing)
	_, err = w.answer(stranger, r, demand.Answer{Dataset: w.firms.ID})
	wants(t, err, vocab.NoSuchThing)
	draft, err := w.node.Catalog.Create(t.Context(), steward, firms())
	w.must(err)
	_, err = w.answer(steward, r, demand.Answer{Dataset: draft.ID})
	wants(t, err, vocab.StateWrong)
	d, err := w.answer(steward, r, demand.Answer{Dataset: w.firms.ID})
	w.must(err)
	if d.State != demand.Listed || !slices.Equal(d.Found, []vocab.ItemID{w.firms.ItemID("name")}) {
		t.Fatalf("%s %v", d.State, d.Found)
	}
	now := w.state(r.ID, share.StateSubmitted)
	if now.Dataset != w.firms.ID || !slices.Equal(now.Items, d.Found) || clockOf(t, now, share.RuleUnconditional).DueDay.String() != "2026-03-03" {
		t.Fatalf("it went on to %s %v, due %s", now.Dataset, now.Items, now.DueAt)
	}
	for _, c := range d.Clocks {
		if c.Open() {
			t.Errorf("%s still runs", c.Rule.Name)
		}
	}
	_, err = w.answer(steward, r, demand.Answer{Dataset: w.firms.ID})
	wants(t, err, vocab.StateWrong)
	_, err = w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true})
	w.must(err)
}

// What the requester could not know before is told once, with the data set.
func TestWhatADemandLacksIsToldWhenItIsListed(t *testing.T) {
	w, _ := dated(t, "2026-03-02 09:00")
	wish := w.wishes()
	wish.Wanted, wish.Security, wish.ImpactRef = []string{"出生日期"}, "", ""
	r := w.demand(wish)
	_, err := w.answer(steward, r, demand.Answer{Dataset: w.people.ID})
	w.must(err)
	now := w.state(r.ID, share.StateSupplementing)
	if !strings.Contains(now.Supplement.What, "security_measures, impact_ref") || !clockOf(t, now, share.RuleSupplement).Open() {
		t.Fatalf("told: %q", now.Supplement.What)
	}
	_, err = w.Supply(t.Context(), clerk, r.ID, w.asks())
	w.must(err)
	now = w.state(r.ID, share.StateSubmitted)
	if c := clockOf(t, now, share.RuleUnconditional); !c.Open() || c.DueDay.String() != "2026-03-03" || now.SubmittedAt.IsZero() {
		t.Fatalf("the reply's term: %+v, submitted %s", c, now.SubmittedAt)
	}
	w.refused(steward, r.ID, word(share.ActSupplement), vocab.StateWrong) // once
}

func TestATaggedItemIsNotAskedThroughADemand(t *testing.T) {
	w := newWorld(t)
	wish := w.wishes()
	wish.Wanted = []string{"类别"}
	r := w.demand(wish)
	_, err := w.answer(steward, r, demand.Answer{Dataset: w.people.ID, Items: []string{"xm"}})
	w.must(err)
	if now := w.state(r.ID, share.StateSupplementing); len(now.Items) != 0 {
		t.Fatalf("it asks %v", now.Items)
	}
}

func TestARefusedDemandMayBeDisputedAndOrdered(t *testing.T) {
	w, _ := dated(t, "2026-03-02 09:00")
	r := w.demand(w.wishes())
	_, err := w.answer(steward, r, demand.Answer{Reason: "we keep no such list"})
	wants(t, err, vocab.ReasonNeeded)
	_, err = w.answer(steward, r, demand.Answer{Reason: "we keep no such list", Citation: "art. 8"})
	w.must(err)
	if now := w.state(r.ID, share.StateRefused); now.Decision == nil || now.Decision.Citation != "art. 8" || now.Grant != "" {
		t.Fatalf("%+v", now.Decision)
	}
	w.take(clerk, r.ID, word(share.ActDispute))
	w.take(clerk, r.ID, word(share.ActEscalate))
	w.take(chief, r.ID, word(share.ActOrder))
	now := w.state(r.ID, share.StateDemand)
	if !slices.ContainsFunc(now.Clocks, func(c calendar.Running) bool { return c.Rule.Name == demand.Rule && c.Open() }) {
		t.Fatal("the term of the listing did not begin again")
	}
	_, err = w.answer(steward, r, demand.Answer{Reason: "still not", Citation: "art. 8"})
	wants(t, err, vocab.StateWrong)
	_, err = w.answer(steward, r, demand.Answer{Dataset: w.firms.ID})
	w.must(err)
	now = w.state(r.ID, share.StateSubmitted)
	if now.Dispute != nil || now.Demanded.Dispute == nil || len(now.Demanded.Dispute.Rulings) != 1 {
		t.Fatalf("the dispute about the listing is kept apart: %+v", now.Demanded)
	}
	_, err = w.Decide(t.Context(), steward, r.ID, share.Decision{Reason: "no", Citation: "art. 9"}) // listing was ordered, not sharing
	w.must(err)
	w.take(clerk, r.ID, word(share.ActDispute))
}

// While a refusal is talked over the department may give in by listing what was
// demanded; before and after that it may not.
func TestARefusedDemandIsListedWhileItIsTalkedOver(t *testing.T) {
	w, _ := dated(t, "2026-03-02 09:00")
	refused := func() *share.Request {
		r := w.demand(w.wishes())
		_, err := w.answer(steward, r, demand.Answer{Reason: "we keep no such list", Citation: "art. 8"})
		w.must(err)
		return r
	}
	gives := demand.Answer{Dataset: w.firms.ID}
	r := refused()
	_, err := w.answer(steward, r, gives)
	wants(t, err, vocab.StateWrong)
	w.take(clerk, r.ID, word(share.ActDispute))
	_, err = w.answer(steward2, r, demand.Answer{Reason: "still not", Citation: "art. 8"})
	wants(t, err, vocab.StateWrong)
	d, err := w.answer(steward, r, gives)
	w.must(err)
	now := w.state(r.ID, share.StateSubmitted)
	if d.State != demand.Listed || now.Dispute != nil || now.Demanded.Dispute == nil || now.Decision != nil || now.Dataset != w.firms.ID {
		t.Fatalf("%s, %+v", d.State, now)
	}
	for name, end := range map[string]func(r *share.Request){
		"settled":   func(r *share.Request) { w.take(clerk, r.ID, word(share.ActSettle)) },
		"escalated": func(r *share.Request) { w.take(clerk, r.ID, word(share.ActEscalate)) },
		"withdrawn": func(r *share.Request) { _, err := w.Withdraw(t.Context(), clerk, r.ID, "no"); w.must(err) },
	} {
		r := refused()
		w.take(clerk, r.ID, word(share.ActDispute))
		end(r)
		if _, err := w.answer(steward, r, gives); vocab.CodeOf(err) != vocab.StateWrong {
			t.Errorf("%s: %v", name, err)
		}
		d, err := w.node.Demand.Get(t.Context(), steward, r.Demanded.ID)
		w.must(err)
		if len(d.Answers(steward)) != 0 {
			t.Errorf("%s: %v is offered", name, d.Answers(steward))
		}
	}
}

func TestADemandThatIsOverdueIsToldByStepsAndAnswersNothing(t *testing.T) {
	w, c := dated(t, "2026-03-02 09:00")
	r := w.demand(w.wishes())
	w.sweep(c, "2026-12-24 00:00")
	if now := w.state(r.ID, share.StateDemand); now.Grant != "" {
		t.Fatal("silence gave a grant")
	}
	told := func(m vocab.MemberID) (n int) {
		a := identity.Actor{Member: m, Officer: "x", Roles: []vocab.Role{vocab.Steward, vocab.DataUser, vocab.Authority}}
		all, err := w.node.Identity.Notices(t.Context(), a, identity.Page{})
		w.must(err)
		for _, one := range all {
			if one.Kind == "demand-reminder" {
				n++
			}
		}
		return n
	}
	if told("civil") != 1 || told("bureau") != 2 || told("tax") != 0 {
		t.Fatalf("told: department %d, authority %d, requester %d", told("civil"), told("bureau"), told("tax"))
	}
	_, err := w.answer(steward, r, demand.Answer{Dataset: w.firms.ID}) // late is better than never
	w.must(err)
}

func TestADemandIsTakenBackWithItsRequest(t *testing.T) {
	w := newWorld(t)
	r := w.demand(w.wishes())
	_, err := w.Withdraw(t.Context(), clerk, r.ID, "no need")
	w.must(err)
	d, err := w.node.Demand.Get(t.Context(), steward, r.Demanded.ID)
	w.must(err)
	if d.State != demand.Withdrawn {
		t.Fatal(d.State)
	}
	_, err = w.answer(steward, r, demand.Answer{Dataset: w.firms.ID})
	wants(t, err, vocab.StateWrong)
}

func TestADemandSaysWhatItLacksAtOnceAndNamesARealBody(t *testing.T) {
	w := newWorld(t)
	_, err := w.Demand(t.Context(), clerk, share.Wish{})
	wants(t, err, vocab.FieldMissing)
	if !strings.Contains(err.Error(), "of, name, what, basis.law, basis.article, purpose, scenario") {
		t.Error(err)
	}
	for _, m := range []vocab.MemberID{"nobody", "tax"} {
		wish := w.wishes()
		wish.Of = m
		_, err = w.Demand(t.Context(), clerk, wish)
		if code := vocab.CodeOf(err); code != vocab.NoSuchThing && code != vocab.BadInput {
			t.Errorf("of %s: %v", m, err)
		}
	}
	wish := w.wishes()
	wish.What = "all about 11010519491231002X"
	_, err = w.Demand(t.Context(), clerk, wish)
	wants(t, err, vocab.BadInput)
	all, err := w.node.Demand.List(t.Context(), steward, "", 10)
	w.must(err)
	if len(all) != 0 {
		t.Errorf("%d demands stand", len(all))
	}
	_, err = w.Demand(t.Context(), steward, w.wishes())
	wants(t, err, vocab.RoleMissing)
}

func TestADemandOfDataThatAreNotSharedIsRefusedWithTheEntrysReason(t *testing.T) {
	w := newWorld(t)
	hidden := firms()
	hidden.Code, hidden.Share, hidden.NotSharedReason, hidden.NotSharedLaw = "hidden", vocab.NotShared, "state matter", "DSL art. 21"
	hidden.Items = hidden.Items[:1]
	made, err := w.node.Catalog.Create(t.Context(), steward, hidden)
	w.must(err)
	set, err := apptest.Publish(t.Context(), w.node, steward, made.ID, made.Rev)
	w.must(err)
	r := w.demand(w.wishes())
	_, err = w.answer(steward, r, demand.Answer{Dataset: set.ID})
	w.must(err)
	if now := w.state(r.ID, share.StateRefused); now.Decision.Citation != "DSL art. 21" {
		t.Fatalf("%+v", now.Decision)
	}
}

func TestOfTwoAnswersToADemandOneWins(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		r := w.demand(w.wishes())
		race(t, func() error {
			_, err := w.answer(steward, r, demand.Answer{Dataset: w.firms.ID})
			return err
		}, func() error {
			_, err := w.answer(steward2, r, demand.Answer{Reason: "no", Citation: "art. 1"})
			return err
		})
	}
}

package share_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/calendar"
	"fontis/internal/duty/share"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// chief and deputy are of the data authority, which keeps the node.
func ruler(name string) identity.Actor {
	a := officer("bureau", name, vocab.Authority)
	a.Region, a.OfNode = "990000", true
	return a
}

var (
	chief  = ruler("chief")
	deputy = ruler("deputy")
)

// dated is a world whose clock stands at a moment in China's time.
func dated(t testing.TB, now string) (*world, *clock.Fake) {
	t.Helper()
	c := clock.NewFake(moment(t, now))
	return fill(t, apptest.Open(t, apptest.Config(t), app.Options{Clock: c})), c
}

func moment(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, time.FixedZone("China", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (w *world) take(a identity.Actor, id vocab.RequestID, word share.Word) *share.Request {
	w.t.Helper()
	r, err := w.Take(w.t.Context(), a, id, word)
	w.must(err)
	return r
}

func (w *world) refused(a identity.Actor, id vocab.RequestID, word share.Word, code vocab.Code) {
	w.t.Helper()
	_, err := w.Take(w.t.Context(), a, id, word)
	wants(w.t, err, code)
}

// sweep has the node's clocks do what is due.
func (w *world) sweep(c *clock.Fake, now string) {
	w.t.Helper()
	c.Set(moment(w.t, now))
	_, err := w.node.Calendar.Sweep(w.t.Context(), 1000)
	w.must(err)
}

func (w *world) state(id vocab.RequestID, want share.State) *share.Request {
	w.t.Helper()
	r, err := w.Get(w.t.Context(), chief, id)
	w.must(err)
	if r.State != want {
		w.t.Fatalf("the request is %s, want %s", r.State, want)
	}
	return r
}

func word(act string) share.Word {
	w := share.Word{Act: act, Reason: "because", Citation: "art. 20"}
	if act == share.ActProcedure {
		w.Kind = "consultation"
	}
	return w
}

// The term of the reply is that of the issue's own example.
func TestTheReplyHasItsTermByShareType(t *testing.T) {
	w, _ := dated(t, "2025-09-22 09:00")
	r := w.submit(w.asks())
	conditional := w.state(r.ID, share.StateSubmitted)
	if len(conditional.Clocks) != 1 || conditional.Clocks[0].DueDay.String() != "2025-09-23" {
		t.Fatalf("an unconditional request: %+v", conditional.Clocks)
	}
	d := people()
	d.Share = vocab.Conditional
	d.Name = w.people.Name
	d.ShareCondition = "only for entitlement"
	set := w.publish(d)
	f := w.asks()
	f.Dataset, f.Items = set.ID, []vocab.ItemID{"born"}
	got := w.state(w.submit(f).ID, share.StateSubmitted)
	c := got.Clocks[0]
	if c.Rule.Name != share.RuleConditional || c.DueDay.String() != "2025-10-11" || c.Rule.Verified || c.Rule.Citation == "" || !got.DueAt.Equal(c.DueAt) {
		t.Fatalf("a conditional request: due %s, %+v", got.DueAt, c)
	}
}

func TestSilenceEscalatesAndNeverApproves(t *testing.T) {
	w, c := dated(t, "2026-03-02 09:00")
	id := w.submit(w.asks()).ID
	w.counted.notices = nil
	w.sweep(c, "2026-03-03 23:59")
	w.state(id, share.StateSubmitted)
	w.sweep(c, "2026-12-24 00:00") // the node was down for long
	r := w.state(id, share.StateOverdue)
	if r.Grant != "" || r.OverdueAt.IsZero() {
		t.Fatalf("silence gave %q", r.Grant)
	}
	var told []string
	for _, n := range w.counted.notices {
		told = append(told, n.Kind+" "+string(n.Member))
	}
	want := []string{"request-overdue tax", "request-reminder civil", "request-reminder civil", "request-reminder bureau", "request-reminder bureau"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Fatalf("who was told (-want +got):\n%s", diff)
	}
	if n := strings.Count(strings.Join(w.counted.acts, " "), "request.overdue"); n != 1 {
		t.Fatalf("it became overdue %d times", n)
	}
	got, err := w.Decide(t.Context(), steward, id, share.Decision{Agree: true}) // late is better than never
	w.must(err)
	if got.State != share.StateAgreed || got.Grant == "" {
		t.Fatalf("%s", got.State)
	}
}

// clockOf is the request's clock under the rule.
func clockOf(t *testing.T, r *share.Request, rule string) calendar.Running {
	t.Helper()
	i := slices.IndexFunc(r.Clocks, func(c calendar.Running) bool { return c.Rule.Name == rule })
	if i < 0 {
		t.Fatalf("no clock %s runs: %+v", rule, r.Clocks)
	}
	return r.Clocks[i]
}

func TestWhatIsMissingIsToldOnceAndTheClockStands(t *testing.T) {
	w, c := dated(t, "2026-03-02 09:00")
	id := w.submit(w.batchRead()).ID
	w.refused(steward, id, share.Word{Act: share.ActSupplement}, vocab.ReasonNeeded)
	w.refused(clerk, id, word(share.ActSupplement), vocab.RoleMissing)
	w.take(steward, id, word(share.ActSupplement))
	_, err := w.Decide(t.Context(), steward, id, share.Decision{Agree: true})
	wants(t, err, vocab.StateWrong)
	w.sweep(c, "2026-03-20 09:00")
	r := w.state(id, share.StateSupplementing)
	if !clockOf(t, r, share.RuleUnconditional).Stopped() || r.Supplement.What != "because" {
		t.Fatalf("%+v", r.Clocks)
	}
	f := w.asks()
	f.Security = ""
	_, err = w.Supply(t.Context(), clerk, id, f)
	wants(t, err, vocab.FieldMissing)
	_, err = w.Supply(t.Context(), steward, id, w.asks())
	wants(t, err, vocab.RoleMissing)
	back, err := w.Supply(t.Context(), clerk, id, w.asks())
	w.must(err)
	if back.State != share.StateSubmitted || back.Question != vocab.Compare {
		t.Fatalf("%s %s", back.State, back.Question)
	}
	r = w.state(id, share.StateSubmitted)
	if got := clockOf(t, r, share.RuleUnconditional); got.Stopped() || got.DueDay.String() != "2026-03-23" {
		t.Fatalf("the clock went on to %s, stopped %v", got.DueDay, got.Stopped())
	}
	w.refused(steward, id, word(share.ActSupplement), vocab.StateWrong) // once
}

func TestAnExtensionNeedsTheAuthorityAndComesOnce(t *testing.T) {
	w, _ := dated(t, "2026-03-02 09:00")
	set := people()
	set.Share, set.ShareCondition = vocab.Conditional, "x"
	f := w.asks()
	f.Dataset, f.Items = w.publish(set).ID, []vocab.ItemID{"born"}
	id := w.submit(f).ID
	more := word(share.ActAskMore)
	more.Days = 11
	w.refused(steward, id, more, vocab.BadInput)
	more.Days = 5
	w.refused(chief, id, word(share.ActExtend), vocab.StateWrong) // nobody asked
	w.take(steward, id, more)
	w.refused(steward, id, word(share.ActExtend), vocab.RoleMissing)
	w.refused(steward, id, more, vocab.StateWrong)
	r := w.take(chief, id, word(share.ActExtend))
	if r.State != share.StateExtended || !r.Extension.Granted || r.Clocks[0].DueDay.String() != "2026-03-23" {
		t.Fatalf("%s %+v %s", r.State, r.Extension, r.Clocks[0].DueDay)
	}
	w.refused(chief, id, word(share.ActExtend), vocab.StateWrong)
	w.refused(steward, id, more, vocab.StateWrong)
	if got := w.counted.notices[len(w.counted.notices)-1]; got.Member != "tax" || got.Kind != "request-extended" {
		t.Fatalf("the requester hears of it: %+v", got)
	}
}

func TestNotTheSourceIsRoutedOnceAndThenAssigned(t *testing.T) {
	w, _ := dated(t, "2026-03-02 09:00")
	theirs := officer("school", "wu", vocab.Steward, vocab.DataUser)
	other := people()
	other.Name.ZH = "学籍"
	made, err := w.node.Catalog.Create(t.Context(), theirs, other)
	w.must(err)
	set, err := apptest.Publish(t.Context(), w.node, theirs, made.ID, made.Rev)
	w.must(err)
	id := w.submit(w.asks()).ID
	go2 := word(share.ActReroute)
	w.refused(steward, id, go2, vocab.FieldMissing)
	go2.Dataset = w.firms.ID
	w.refused(steward, id, go2, vocab.BadInput) // of the same provider, and another's items
	go2.Dataset = set.ID
	r := w.take(steward, id, go2)
	if r.Provider != "school" || r.Dataset != set.ID || r.Items[0] != set.ItemID("born") || !r.Rerouted {
		t.Fatalf("%+v", r)
	}
	back := word(share.ActReroute)
	back.Dataset = w.people.ID
	w.refused(theirs, id, back, vocab.StateWrong)
	if r = w.take(theirs, id, word(share.ActDisown)); r.State != share.StateAssigning {
		t.Fatal(r.State)
	}
	assign := word(share.ActAssign)
	assign.Dataset = w.people.ID
	w.refused(theirs, id, assign, vocab.RoleMissing)
	if r = w.take(chief, id, assign); r.Provider != "civil" || r.State != share.StateSubmitted {
		t.Fatalf("%s %s", r.Provider, r.State)
	}
	w.refused(steward, id, word(share.ActDisown), vocab.StateWrong) // assigned is assigned
	_, err = w.Decide(t.Context(), steward, id, share.Decision{Agree: true})
	w.must(err)
}

func TestADisputeGoesFromTalkToTheAuthorityToTheSuperior(t *testing.T) {
	w, _ := dated(t, "2026-03-02 09:00")
	id := w.submit(w.asks()).ID
	_, err := w.Decide(t.Context(), steward, id, share.Decision{Reason: "no", Citation: "art. 9"})
	w.must(err)
	w.refused(clerk, id, word(share.ActAppeal), vocab.StateWrong) // nobody has ruled yet
	w.take(clerk, id, word(share.ActDispute))
	w.state(id, share.StateConsulting)
	w.take(clerk, id, word(share.ActEscalate))
	w.refused(chief, id, share.Word{Act: share.ActOrder, Reason: "x"}, vocab.ReasonNeeded) // no citation
	w.refused(steward, id, word(share.ActOrder), vocab.RoleMissing)
	r := w.take(chief, id, word(share.ActUphold))
	if r.State != share.StateRefused || len(r.Dispute.Rulings) != 1 || r.Dispute.Rulings[0].Level != share.Authority {
		t.Fatalf("%s %+v", r.State, r.Dispute)
	}
	w.refused(clerk, id, word(share.ActDispute), vocab.StateWrong)
	w.take(clerk, id, word(share.ActAppeal))
	w.refused(chief, id, word(share.ActOrder), vocab.RoleMissing) // who has ruled is not the superior
	order := word(share.ActOrder)
	order.Items = []vocab.ItemID{"born"}
	r = w.take(deputy, id, order)
	if r.State != share.StateOrdered || r.Dispute.Rulings[1].Level != share.Superior || r.Grant != "" {
		t.Fatalf("%s %+v", r.State, r.Dispute)
	}
	w.refused(steward, id, word(share.ActAppeal), vocab.StateWrong) // nobody above the superior
	_, err = w.Decide(t.Context(), steward, id, share.Decision{Reason: "still no", Citation: "art. 9"})
	wants(t, err, vocab.StateWrong)
	part := share.Decision{Agree: true, Items: []vocab.ItemID{"name"}, Reason: "x", Citation: "y"}
	_, err = w.Decide(t.Context(), steward, id, part)
	wants(t, err, vocab.StateWrong) // what was ordered is left out
	part.Items = []vocab.ItemID{"born"}
	r, err = w.Decide(t.Context(), steward, id, part)
	w.must(err)
	if r.State != share.StateInPart {
		t.Fatal(r.State)
	}
}

func TestTheTimeToDisputeIsATermOfItsOwn(t *testing.T) {
	w, c := dated(t, "2026-03-02 09:00")
	refuse := func() vocab.RequestID {
		id := w.submit(w.asks()).ID
		_, err := w.Decide(t.Context(), steward, id, share.Decision{Reason: "no", Citation: "art. 9"})
		w.must(err)
		return id
	}
	late, soon := refuse(), refuse()
	c.Set(moment(t, "2026-03-09 23:59")) // the fifth working day
	w.take(clerk, soon, word(share.ActDispute))
	c.Set(moment(t, "2026-03-10 00:00"))
	w.refused(clerk, late, word(share.ActDispute), vocab.StateWrong)
	w.sweep(c, "2026-03-10 00:00")
	w.refused(clerk, late, word(share.ActDispute), vocab.StateWrong)
	if r := w.state(late, share.StateRefused); r.Clocks[1].Open() {
		t.Fatal("the clock of the window still runs")
	}
	settled := w.take(clerk, soon, word(share.ActSettle))
	if settled.State != share.StateRefused || !settled.Dispute.Settled {
		t.Fatal(settled.State)
	}
	w.refused(clerk, soon, word(share.ActDispute), vocab.StateWrong)
}

func TestSilenceMayBeDisputedAtOnce(t *testing.T) {
	w, c := dated(t, "2026-03-02 09:00")
	id := w.submit(w.asks()).ID
	w.sweep(c, "2026-03-04 00:00")
	w.take(clerk, id, word(share.ActDispute))
	w.state(id, share.StateAuthority)
	w.take(chief, id, word(share.ActOrder))
	r := w.take(steward, id, word(share.ActAppeal))
	if r.State != share.StateSuperior {
		t.Fatal(r.State)
	}
	w.take(deputy, id, word(share.ActUphold))
	r = w.state(id, share.StateRefused)
	if r.DueAt.IsZero() == false {
		t.Fatalf("a final refusal has a term: %s", r.DueAt)
	}
	w.refused(clerk, id, word(share.ActAppeal), vocab.StateWrong)
}

func TestAConformityCheckStandsWhereTheJurisdictionHasOne(t *testing.T) {
	w, c := dated(t, "2026-03-02 09:00")
	w.must(w.node.Calendar.ImportRules(t.Context(), chief, []calendar.Rule{{
		Name: share.RuleConformity, Jurisdiction: "990000", Kind: calendar.WorkingDays, Length: 2, Stops: []string{"supplement"}, Citation: "local measure 3",
	}}))
	id := w.submit(w.asks()).ID
	w.state(id, share.StateConformity)
	_, err := w.Decide(t.Context(), steward, id, share.Decision{Agree: true})
	wants(t, err, vocab.StateWrong)
	w.take(chief, id, word(share.ActSupplement))
	_, err = w.Supply(t.Context(), clerk, id, w.asks())
	w.must(err)
	w.state(id, share.StateConformity)
	w.refused(steward, id, word(share.ActPass), vocab.RoleMissing)
	c.Set(moment(t, "2026-03-03 09:00"))
	r := w.take(chief, id, word(share.ActPass))
	if last := r.Clocks[len(r.Clocks)-1]; r.State != share.StateSubmitted || last.DueDay.String() != "2026-03-04" {
		t.Fatalf("%s, due %s", r.State, last.DueDay)
	}
	other := w.submit(w.asks()).ID
	w.take(chief, other, word(share.ActRefuse))
	w.state(other, share.StateRefused)
	w.take(clerk, other, word(share.ActDispute))
}

func TestAGrantIsDeliveredReviewedEndedAndDestroyed(t *testing.T) {
	w, c := dated(t, "2026-03-02 09:00")
	f := w.asks()
	f.Until = f.From.AddDate(3, 0, 0)
	r := w.agree(f)
	if r.Stage != share.StageAgreed {
		t.Fatal(r.Stage)
	}
	gone := share.Destruction{Method: "overwritten twice", What: "the cache of the counter", On: calendar.DayOf(2026, 3, 3)}
	_, err := w.Certify(t.Context(), clerk, r.ID, gone)
	if f := new(vocab.Failure); !errors.As(err, &f) || !strings.Contains(f.Fix, "fontis grant end "+string(r.Grant)) {
		t.Errorf("the remedy of a certificate before the end: %v", err)
	}
	wants(t, err, vocab.StateWrong) // the grant lives
	w.refused(clerk, r.ID, word(share.ActDeliver), vocab.RoleMissing)
	r = w.take(steward, r.ID, word(share.ActDeliver))
	if r.Stage != share.StageActive {
		t.Fatal(r.Stage)
	}
	w.refused(steward, r.ID, word(share.ActDeliver), vocab.StateWrong)
	w.counted.notices = nil
	w.sweep(c, "2027-03-04 09:00") // a year has passed
	if n := len(w.counted.notices); n != 1 || w.counted.notices[0].Member != "civil" {
		t.Fatalf("%d reminders of the review: %+v", n, w.counted.notices)
	}
	r = w.take(steward, r.ID, word(share.ActReview))
	if r.ReviewedAt.IsZero() {
		t.Fatal("the review left nothing")
	}
	r, err = w.Suspend(t.Context(), chief, r.Grant, "misuse is looked into")
	w.must(err)
	if r.GrantState != access.GrantSuspended || r.Stage != share.StageSuspended {
		t.Fatalf("%s %s", r.GrantState, r.Stage)
	}
	_, err = w.Resume(t.Context(), steward, r.Grant, "all is well")
	wants(t, err, vocab.RoleMissing) // who suspended it lets it answer again
	r, err = w.End(t.Context(), steward, r.Grant, "the purpose is met")
	w.must(err)
	if r.Stage != share.StageEnded {
		t.Fatal(r.Stage)
	}
	w.counted.notices = nil
	w.sweep(c, "2027-05-20 00:00")
	if n := len(w.counted.notices); n == 0 || w.counted.notices[0].Member != "tax" {
		t.Fatalf("nobody reminds the holder of its certificate: %+v", w.counted.notices)
	}
	_, err = w.Certify(t.Context(), clerk, r.ID, share.Destruction{Method: "x"})
	wants(t, err, vocab.FieldMissing)
	_, err = w.Certify(t.Context(), steward, r.ID, gone)
	wants(t, err, vocab.RoleMissing)
	r, err = w.Certify(t.Context(), clerk, r.ID, gone)
	w.must(err)
	if r.Stage != share.StageClosed || r.Destruction.Officer != clerk.Officer {
		t.Fatalf("%s %+v", r.Stage, r.Destruction)
	}
	_, err = w.Certify(t.Context(), clerk, r.ID, gone)
	wants(t, err, vocab.StateWrong)
	for _, one := range r.Clocks {
		if one.Open() {
			t.Errorf("%s still runs", one.Rule.Name)
		}
	}
	seen, err := w.Get(t.Context(), steward, r.ID)
	w.must(err)
	if seen.Destruction.Officer != "" {
		t.Error("the provider sees the holder's officer")
	}
}

func TestAGrantThatEndsOnItsDayOwesItsCertificate(t *testing.T) {
	w, c := dated(t, "2026-03-02 09:00")
	f := w.asks()
	f.Until = moment(t, "2026-04-01 00:00")
	r := w.agree(f)
	w.counted.notices = nil
	w.sweep(c, "2026-06-01 00:00")
	r, err := w.Get(t.Context(), clerk, r.ID)
	w.must(err)
	if r.Stage != share.StageEnded {
		t.Fatal(r.Stage)
	}
	var kinds []string
	for _, n := range w.counted.notices {
		kinds = append(kinds, n.Params["term"]+" "+string(n.Member))
	}
	if len(kinds) == 0 || !strings.HasPrefix(kinds[len(kinds)-1], "grant.destruction") {
		t.Fatalf("reminded of %v", kinds)
	}
	_, err = w.Certify(t.Context(), clerk, r.ID, share.Destruction{Method: "deleted", What: "all", On: calendar.DayOf(2026, 4, 2)})
	w.must(err)
}

func TestTheFirstAnswerOfAGrantIsItsDelivery(t *testing.T) {
	w := newWorld(t)
	r := w.agree(w.asks())
	w.must(w.LookForUse(t.Context()))
	if got := w.state(r.ID, share.StateAgreed); !got.DeliveredAt.IsZero() {
		t.Fatal("nobody has used it")
	}
	for range 3 { // an outcome is written with the next group at the latest
		w.ask(r)
	}
	w.must(w.LookForUse(t.Context()))
	if got := w.state(r.ID, share.StateAgreed); got.DeliveredAt.IsZero() || got.Stage != share.StageActive {
		t.Fatalf("%s: its use is not its delivery", got.Stage)
	}
	n := len(w.counted.acts)
	w.must(w.LookForUse(t.Context()))
	if len(w.counted.acts) != n {
		t.Fatal("it was delivered twice")
	}
}

func TestTheAuthorityOfAnotherRegionSeesNothing(t *testing.T) {
	w := newWorld(t)
	id := w.submit(w.asks()).ID
	far := officer("far", "guo", vocab.Authority)
	far.Region = "310000"
	_, err := w.Get(t.Context(), far, id)
	wants(t, err, vocab.NoSuchThing)
	if list, err := w.List(t.Context(), far, share.ListQuery{Overseen: true}); err != nil || len(list) != 0 {
		t.Fatalf("%v %v", list, err)
	}
	if list, err := w.List(t.Context(), chief, share.ListQuery{Overseen: true}); err != nil || len(list) != 1 || list[0].Authors != nil {
		t.Fatalf("%v %v", list, err)
	}
	draft := w.draft(w.asks())
	_, err = w.Get(t.Context(), chief, draft.ID)
	wants(t, err, vocab.NoSuchThing) // nobody sees a draft
}

package share_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

func TestARequestBecomesAGrantThatAnswers(t *testing.T) {
	w := newWorld(t)
	f := w.asks()
	f.Networks = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.RowScope = "name is not null"
	r := w.submit(f)
	until := f.From.AddDate(0, 6, 0)
	r, err := w.Decide(t.Context(), steward, r.ID, share.Decision{
		Agree: true, Items: []vocab.ItemID{"born"}, Reason: "name is not needed", Citation: "PIPL art. 6",
		Limits: share.Limits{Guesses: 2, PerDay: 10, HourFrom: 8, HourUntil: 18, Until: until, Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}},
	})
	w.must(err)
	if r.State != share.StateInPart || r.GrantState != access.GrantActive {
		t.Fatalf("state %s, grant %s", r.State, r.GrantState)
	}
	g, err := w.node.Door.GrantFor(clerk, r.Grant)
	w.must(err)
	got := []any{g.Items, g.Guesses, g.PerDay, g.HourFrom, g.HourUntil, g.Until, g.Networks[0].String(), g.Basis, g.Request, len(g.Rows), g.To, g.Provider}
	want := []any{[]vocab.ItemID{w.people.ItemID("born")}, 2, int64(10), 8, 18, until, "10.1.0.0/16", "Social Insurance Law art. 58", r.ID, 1, vocab.MemberID("tax"), vocab.MemberID("civil")}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	again, err := w.OfGrant(t.Context(), clerk, r.Grant)
	w.must(err)
	if again.ID != r.ID || again.Decision.By != "" || again.Authors == nil {
		t.Errorf("the requester sees %+v", again)
	}
}

func TestASubmissionTellsEverythingThatIsMissingAtOnce(t *testing.T) {
	w := newWorld(t)
	r := w.draft(share.Fields{Dataset: w.people.ID, Question: vocab.Read, Carriages: []vocab.Carriage{vocab.Batch}})
	_, err := w.Submit(t.Context(), clerk, r.ID)
	wants(t, err, vocab.FieldMissing)
	for _, field := range []string{
		"items", "basis.law", "basis.article", "purpose", "scenario", "from", "until", "per_day",
		"security_measures", "case_pattern", "impact_ref", "statute",
	} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not told: %v", field, err)
		}
	}
	missing, err := w.Missing(t.Context(), clerk, r.ID)
	w.must(err)
	if len(missing) != 12 {
		t.Errorf("missing: %v", missing)
	}
	if _, err := w.Edit(t.Context(), clerk, r.ID, r.Rev, w.batchRead()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Edit(t.Context(), clerk, r.ID, r.Rev, w.asks()); vocab.CodeOf(err) != vocab.RevisionStale {
		t.Errorf("an old revision was edited: %v", err)
	}
	r, err = w.Submit(t.Context(), clerk, r.ID)
	w.must(err)
	_, err = w.Edit(t.Context(), clerk, r.ID, 0, w.asks())
	wants(t, err, vocab.StateWrong)
}

func TestRefusalAndPartNeedReasonAndCitation(t *testing.T) {
	w := newWorld(t)
	r := w.submit(w.asks())
	for _, d := range []share.Decision{
		{},
		{Reason: "no"},
		{Citation: "art. 1"},
		{Agree: true, Items: []vocab.ItemID{"born"}},
		{Agree: true, Items: []vocab.ItemID{"born"}, Reason: "  ", Citation: "art. 1"},
	} {
		_, err := w.Decide(t.Context(), steward, r.ID, d)
		wants(t, err, vocab.ReasonNeeded)
	}
	r, err := w.Decide(t.Context(), steward, r.ID, share.Decision{Reason: "not our task", Citation: "Order 809 art. 20"})
	w.must(err)
	if r.State != share.StateRefused || r.Grant != "" {
		t.Errorf("%s, grant %q", r.State, r.Grant)
	}
	lines, err := w.History(t.Context(), clerk, r.ID, 0)
	w.must(err)
	last := lines[len(lines)-1]
	if last.Reason != "not our task" || last.Citation != "Order 809 art. 20" || last.From != "submitted" || last.To != "refused" || last.At.IsZero() {
		t.Errorf("history says %+v", last)
	}
}

func TestALimitNeverWidens(t *testing.T) {
	w := newWorld(t)
	f := w.asks()
	f.HourFrom, f.HourUntil, f.Networks = 22, 6, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	r := w.submit(f)
	for name, l := range map[string]share.Limits{
		"volume":   {PerDay: f.PerDay + 1},
		"guesses":  {Guesses: access.MostGuesses + 1},
		"hours":    {HourFrom: 21, HourUntil: 3},
		"networks": {Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/7")}},
		"other":    {Networks: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}},
		"end":      {Until: f.Until.Add(time.Second)},
	} {
		_, err := w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true, Limits: l})
		if vocab.CodeOf(err) != vocab.BadInput {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true, Items: []vocab.ItemID{"since"}, Reason: "x", Citation: "y"})
	wants(t, err, vocab.BadInput)
	_, err = w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true, Limits: share.Limits{HourFrom: 23, HourUntil: 5}})
	w.must(err)
}

func TestWhoWroteARequestDoesNotDecideIt(t *testing.T) {
	w := newWorld(t)
	both := officer("civil", "ma", vocab.DataUser, vocab.Steward)
	r, err := w.Draft(t.Context(), both, w.asks())
	w.must(err)
	submitter := officer("civil", "su", vocab.DataUser, vocab.Steward)
	r, err = w.Submit(t.Context(), submitter, r.ID)
	w.must(err)
	for _, a := range []identity.Actor{both, submitter} {
		_, err = w.Decide(t.Context(), a, r.ID, share.Decision{Agree: true})
		wants(t, err, vocab.RoleMissing)
	}
	machine := identity.Actor{Member: "civil", Machine: "m-1", Officer: "invented@civil", Roles: []vocab.Role{vocab.Steward}}
	_, err = w.Decide(t.Context(), machine, r.ID, share.Decision{Agree: true})
	wants(t, err, vocab.RoleMissing)
	_, err = w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true})
	w.must(err)
}

func TestRolesAndSides(t *testing.T) {
	w := newWorld(t)
	_, err := w.Draft(t.Context(), officer("tax", "x", vocab.Steward, vocab.Auditor), w.asks())
	wants(t, err, vocab.RoleMissing)
	_, err = w.Draft(t.Context(), identity.Actor{}, w.asks())
	wants(t, err, vocab.SignInNeeded)
	r := w.submit(w.asks())
	ofRequester := officer("tax", "boss", vocab.Steward)
	for _, a := range []identity.Actor{clerk, ofRequester, officer("civil", "user", vocab.DataUser)} {
		_, err = w.Decide(t.Context(), a, r.ID, share.Decision{Agree: true})
		wants(t, err, vocab.RoleMissing)
	}
	_, err = w.Withdraw(t.Context(), steward, r.ID, "")
	wants(t, err, vocab.RoleMissing)
	_, err = w.Withdraw(t.Context(), ofRequester, r.ID, "")
	wants(t, err, vocab.RoleMissing)
}

func TestReadingPersonsInABatchNeedsTwoStewards(t *testing.T) {
	w := newWorld(t)
	r := w.submit(w.batchRead())
	r, err := w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true})
	w.must(err)
	if r.State != share.StateSecond || r.Grant != "" {
		t.Fatalf("after one steward: %s, grant %q", r.State, r.Grant)
	}
	_, err = w.Approve(t.Context(), steward, r.ID)
	wants(t, err, vocab.SecondNeeded)
	_, err = w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true})
	wants(t, err, vocab.SecondNeeded)
	_, err = w.Decide(t.Context(), steward2, r.ID, share.Decision{Agree: true})
	wants(t, err, vocab.StateWrong)
	_, err = w.Approve(t.Context(), clerk, r.ID)
	wants(t, err, vocab.RoleMissing)
	machine := identity.Actor{Member: "civil", Machine: "m-1", Officer: "invented@civil", Roles: []vocab.Role{vocab.Steward}}
	_, err = w.Approve(t.Context(), machine, r.ID)
	wants(t, err, vocab.RoleMissing)
	seen, err := w.Get(t.Context(), clerk, r.ID)
	w.must(err)
	if seen.Decision != nil {
		t.Errorf("the requester hears half a decision: %+v", seen.Decision)
	}
	apptest.Made(t, w.node.DB, steward2.Officer, steward.Officer)
	_, err = w.Approve(t.Context(), steward2, r.ID)
	wants(t, err, vocab.SecondNeeded)
	apptest.Made(t, w.node.DB, steward2.Officer, "")
	r, err = w.Approve(t.Context(), steward2, r.ID)
	w.must(err)
	g, err := w.node.Door.GrantFor(steward, r.Grant)
	w.must(err)
	if r.State != share.StateAgreed || g.Second != string(steward2.Officer) || g.Statute == "" {
		t.Errorf("state %s, second %q, statute %q", r.State, g.Second, g.Statute)
	}
}

func TestTheSecondStewardMayRefuse(t *testing.T) {
	w := newWorld(t)
	r := w.submit(w.batchRead())
	_, err := w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true})
	w.must(err)
	r, err = w.Decide(t.Context(), steward2, r.ID, share.Decision{Reason: "too wide", Citation: "PIPL art. 6"})
	w.must(err)
	if r.State != share.StateRefused || r.Grant != "" {
		t.Errorf("%s, grant %q", r.State, r.Grant)
	}
	_, err = w.Approve(t.Context(), steward2, r.ID)
	wants(t, err, vocab.StateWrong)
}

func TestSubscriptionIsNotYetOffered(t *testing.T) {
	w := newWorld(t)
	f := w.asks()
	f.Carriages = append(f.Carriages, vocab.Subscription)
	_, err := w.Draft(t.Context(), clerk, f)
	wants(t, err, vocab.NotOffered)
	if !strings.Contains(err.Error(), "not yet offered") {
		t.Error(err)
	}
}

func TestTaggedItemsAndUnsharedDataAreRefused(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		change func(*share.Fields)
		want   vocab.Code
	}{
		"a tagged item":            {func(f *share.Fields) { f.Items = append(f.Items, "xm") }, vocab.RefusedByDesign},
		"a tagged row scope":       {func(f *share.Fields) { f.RowScope = "xm = '01'" }, vocab.RefusedByDesign},
		"a column that is no item": {func(f *share.Fields) { f.RowScope = "mz = '01'" }, vocab.ColumnUnknown},
		"an item that is withheld": {func(f *share.Fields) { f.Dataset, f.Items = w.firms.ID, []vocab.ItemID{"secret"} }, vocab.ShareRefused},
		"no such data set":         {func(f *share.Fields) { f.Dataset = "d-none" }, vocab.NoSuchThing},
		"two data sets":            {func(f *share.Fields) { f.Items = append(f.Items, w.firms.ItemID("name")) }, vocab.BadInput},
		"a pattern off its anchor": {func(f *share.Fields) { f.CasePattern = "P)|(?:.*" }, vocab.BadInput},
		"a citizen number":         {func(f *share.Fields) { f.Scenario = "about 11010519491231002X" }, vocab.BadInput},
	} {
		f := w.asks()
		c.change(&f)
		if _, err := w.Draft(t.Context(), clerk, f); vocab.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	hidden := people()
	hidden.Code, hidden.Share, hidden.NotSharedReason, hidden.NotSharedLaw = "hidden", vocab.NotShared, "state matter", "DSL art. 21"
	f := w.asks()
	f.Dataset = w.publish(hidden).ID
	_, err := w.Draft(t.Context(), clerk, f)
	wants(t, err, vocab.ShareRefused)
}

func TestAnItemTaggedAfterTheSubmissionIsNotGranted(t *testing.T) {
	w := newWorld(t)
	r := w.submit(w.asks())
	scoped := w.asks()
	scoped.Items, scoped.RowScope = []vocab.ItemID{"born"}, "name is not null"
	s := w.submit(scoped)
	d, err := w.node.Catalog.Get(t.Context(), steward, w.people.ID)
	w.must(err)
	it, _ := d.Item("name")
	it.Tags = []vocab.Tag{vocab.TagReligion}
	_, err = w.node.Catalog.Edit(t.Context(), steward, entry.Edit{ID: d.ID, Rev: d.Rev, Put: []entry.Item{it}})
	w.must(err)
	for id, path := range map[vocab.RequestID]vocab.Path{r.ID: vocab.PathGrant, s.ID: vocab.PathRowScope} {
		_, err = w.Decide(t.Context(), steward, id, share.Decision{Agree: true})
		wants(t, err, vocab.RefusedByDesign)
		if !strings.Contains(err.Error(), string(path)) {
			t.Errorf("%v, want the refusal of %s", err, path)
		}
	}
	_, err = w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true, Items: []vocab.ItemID{"born"}, Reason: "the other is tagged", Citation: "art. 1"})
	w.must(err)
}

func TestNothingStandsWhereLedgerOrInboxFails(t *testing.T) {
	w := newWorld(t)
	r := w.submit(w.asks())
	for _, fail := range []func(){
		func() { w.counted.actErr = errors.New("no ledger") },
		func() { w.counted.actErr, w.counted.noticeErr = nil, errors.New("no inbox") },
	} {
		fail()
		at := w.last()
		if _, err := w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true}); err == nil {
			t.Fatal("decided without a record")
		}
		now, err := w.Get(t.Context(), steward, r.ID)
		w.must(err)
		held, err := w.node.Door.Grants(t.Context(), clerk, false, "", 10)
		w.must(err)
		if now.State != share.StateSubmitted || now.Rev != r.Rev || len(held) != 0 || w.last() != at {
			t.Errorf("state %s, revision %d, %d grants, facts %d to %d", now.State, now.Rev, len(held), at, w.last())
		}
	}
}

func TestOfTwoDecisionsAtOnceOneWins(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		r := w.submit(w.asks())
		race(t, func() error {
			_, err := w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true})
			return err
		}, func() error {
			_, err := w.Decide(t.Context(), steward2, r.ID, share.Decision{Reason: "no", Citation: "art. 1"})
			return err
		})
	}
}

func TestOfWithdrawalAndDecisionOneWins(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		r := w.submit(w.asks())
		race(t, func() error {
			_, err := w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true})
			return err
		}, func() error {
			_, err := w.Withdraw(t.Context(), clerk, r.ID, "")
			return err
		})
		r, err := w.Get(t.Context(), clerk, r.ID)
		w.must(err)
		if (r.State == share.StateWithdrawn) != (r.Grant == "") {
			t.Errorf("%s with grant %q", r.State, r.Grant)
		}
	}
}

// race runs both at once: one wins, the other hears that the state is wrong.
func race(t *testing.T, both ...func() error) {
	t.Helper()
	errs := make([]error, len(both))
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i, do := range both {
		wg.Go(func() {
			<-start
			errs[i] = do()
		})
	}
	close(start)
	wg.Wait()
	lost := slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil })
	if len(lost) != 1 || vocab.CodeOf(lost[0]) != vocab.StateWrong {
		t.Errorf("they heard %v", errs)
	}
}

func TestAGrantIsSuspendedResumedAndEnded(t *testing.T) {
	w := newWorld(t)
	r := w.agree(w.asks())
	_, err := w.Suspend(t.Context(), steward, r.Grant, "")
	wants(t, err, vocab.ReasonNeeded)
	_, err = w.Suspend(t.Context(), clerk, r.Grant, "x")
	wants(t, err, vocab.RoleMissing)
	for _, step := range []struct {
		do   func() (*share.Request, error)
		want access.GrantState
	}{
		{func() (*share.Request, error) { return w.Suspend(t.Context(), steward, r.Grant, "misuse") }, access.GrantSuspended},
		{func() (*share.Request, error) { return w.Resume(t.Context(), steward2, r.Grant, "cleared") }, access.GrantActive},
		{func() (*share.Request, error) { return w.End(t.Context(), clerk, r.Grant, "purpose met") }, access.GrantEnded},
	} {
		got, err := step.do()
		w.must(err)
		g, err := w.node.Door.GrantFor(steward, r.Grant)
		w.must(err)
		if got.GrantState != step.want || g.State != step.want || got.State != share.StateAgreed {
			t.Fatalf("%s and %s, want %s", got.GrantState, g.State, step.want)
		}
	}
	_, err = w.Resume(t.Context(), steward, r.Grant, "again")
	wants(t, err, vocab.StateWrong)
	lines, err := w.History(t.Context(), steward, r.ID, 0)
	w.must(err)
	var acts []string
	for _, l := range lines {
		acts = append(acts, l.Act)
		if l.Member == "tax" && l.Officer != "" || l.Member == "civil" && l.Officer == "" {
			t.Errorf("the provider sees %+v", l)
		}
	}
	if d := cmp.Diff([]string{"submit", "agree", "suspend", "resume", "end"}, acts); d != "" {
		t.Error(d)
	}
}

// What an authority suspended answers again by its word, or by one above it; beside
// it nobody lifts that, and the provider may still end.
func TestWhoSuspendedAGrantOrABodyAboveResumesIt(t *testing.T) {
	w := newWorld(t)
	w.city()
	theirs, mayor, second := officer("welfare", "xu", vocab.Steward), officer("city", "ma", vocab.Authority), officer("city", "bai", vocab.Authority)
	mayor.Region, second.Region = "990100", "990100"
	made, err := w.node.Catalog.Create(t.Context(), theirs, people())
	w.must(err)
	set, err := publishAs(w, theirs, made.ID, made.Rev)
	w.must(err)
	f := w.asks()
	f.Dataset, f.Items = set.ID, []vocab.ItemID{"born"}
	granted := func() vocab.GrantID {
		r, err := w.Decide(t.Context(), theirs, w.submit(f).ID, share.Decision{Agree: true})
		w.must(err)
		return r.Grant
	}
	g := granted()
	turns := func(do func(context.Context, identity.Actor, vocab.GrantID, string) (*share.Request, error), a identity.Actor, code vocab.Code) *share.Request {
		t.Helper()
		r, err := do(t.Context(), a, g, "why")
		if code == "" {
			w.must(err)
		} else {
			wants(t, err, code)
		}
		return r
	}
	turns(w.Suspend, theirs, "")
	turns(w.Suspend, mayor, "") // over the provider's own
	turns(w.Suspend, theirs, vocab.StateWrong)
	_, err = w.Resume(t.Context(), theirs, g, "why")
	wants(t, err, vocab.RoleMissing)
	var told *vocab.Failure
	for _, said := range []string{"fontis grant resume " + string(g), "city", "fontis grant end " + string(g)} {
		if !errors.As(err, &told) || !strings.Contains(told.Fix, said) {
			t.Errorf("the provider reads %+v", told)
		}
	}
	turns(w.Resume, clerk, vocab.RoleMissing)
	if r := turns(w.Resume, second, ""); r.Suspension != nil {
		t.Errorf("it stands as suspended: %+v", r.Suspension)
	}
	turns(w.Suspend, mayor, "")
	turns(w.Resume, chief, "") // above
	turns(w.Suspend, chief, "")
	turns(w.Resume, mayor, vocab.RoleMissing) // below
	turns(w.End, theirs, "")
	g = granted()
	turns(w.Suspend, theirs, "")
	turns(w.Resume, mayor, "") // nobody empties what a ruling gave by suspending it
}

func TestLikeCopiesARequest(t *testing.T) {
	w := newWorld(t)
	r := w.agree(w.asks())
	copied, err := w.Like(t.Context(), clerk, r.Grant)
	w.must(err)
	want := r.Fields
	want.Previous = r.ID
	if d := cmp.Diff(want, copied.Fields, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); d != "" || copied.State != share.StateDraft {
		t.Errorf("%s %s", copied.State, d)
	}
	_, err = w.Like(t.Context(), officer("civil", "ma", vocab.DataUser), r.Grant)
	wants(t, err, vocab.NoSuchThing)
}

func TestTheProviderIsWarnedOfWhatNobodyCouldAnswer(t *testing.T) {
	w := newWorld(t)
	f := w.asks()
	f.Items, f.Purpose = append(f.Items, "since"), "marketing"
	r := w.submit(f)
	list, err := w.Warnings(t.Context(), steward, r.ID)
	w.must(err)
	var got []vocab.Code
	for _, l := range list {
		got = append(got, l.Code)
	}
	if d := cmp.Diff([]vocab.Code{vocab.PurposeOutside, vocab.ItemUnbound}, got); d != "" {
		t.Error(d)
	}
	_, err = w.Warnings(t.Context(), clerk, r.ID)
	wants(t, err, vocab.RoleMissing)
	_, err = w.Decide(t.Context(), steward, r.ID, share.Decision{Agree: true})
	w.must(err)
}

func TestASubmissionSentTwiceIsOne(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		r := w.draft(w.asks())
		before := len(w.counted.acts)
		submit := func() error { _, err := w.Submit(t.Context(), clerk, r.ID); return err }
		race(t, submit, submit)
		wants(t, submit(), vocab.StateWrong)
		if n := len(w.counted.acts) - before; n != 1 {
			t.Fatalf("%d acts of one submission", n)
		}
		if r, err := w.Get(t.Context(), clerk, r.ID); err != nil || len(r.Clocks) != 1 {
			t.Fatalf("%d clocks run: %v", len(r.Clocks), err)
		}
	}
}

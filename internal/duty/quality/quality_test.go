package quality_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/quality"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// TestPromise6OnlyWhoReceivedTheWrongValueIsTold has two holders: one asked while
// the value was right, one while it was wrong.
func TestPromise6OnlyWhoReceivedTheWrongValueIsTold(t *testing.T) {
	w := newWorld(t)
	right := bornOf(3)
	before, after := w.grant("tax"), w.grant("school")
	w.ask(before, 3, right)
	w.clock.Advance(time.Hour)
	w.set(3, "1999-09-09") // the error
	w.ask(after, 3, right)
	w.clock.Advance(time.Hour)

	me := w.person(3)
	c := w.atSource(me, 3)
	ctx := t.Context()
	_, err := w.Find(ctx, steward, c.ID, quality.Finding{As: quality.StateCorrected})
	wants(t, err, vocab.NotCorrected) // the source still gives the wrong value
	w.set(3, right)
	c, err = w.Find(ctx, steward, c.ID, quality.Finding{As: quality.StateCorrected})
	w.must(err)
	if c.State != quality.StatePropagating {
		t.Fatalf("after the correction: %s", c.State)
	}
	tasks, err := w.TasksOf(ctx, me, c.ID, "", 10)
	w.must(err)
	if len(tasks) != 1 || tasks[0].Member != "school" || tasks[0].Uses != nil {
		t.Fatalf("told: %+v", tasks)
	}
	if got := w.counted.told("tax"); len(got) != 0 {
		t.Errorf("who received the right value was told: %v", got)
	}
	if got := w.counted.told("school"); !slices.Equal(got, []string{quality.NoticeTask}) {
		t.Errorf("who received the wrong value was told: %v", got)
	}
	mine, err := w.Tasks(ctx, teacher, quality.ListQuery{})
	w.must(err)
	if len(mine) != 1 || len(mine[0].Uses) != 1 || mine[0].Uses[0].Case != "P-1" {
		t.Fatalf("the holder's own list: %+v", mine)
	}
	_, err = w.Answer(ctx, teacher, mine[0].ID, quality.Answer{State: quality.TaskNoEffect})
	wants(t, err, vocab.ReasonNeeded)
	_, err = w.Answer(ctx, clerk, mine[0].ID, quality.Answer{State: quality.TaskRedone})
	wants(t, err, vocab.NoSuchThing)
	_, err = w.Answer(ctx, teacher, mine[0].ID, quality.Answer{State: quality.TaskRedone})
	w.must(err)
	c, err = w.Get(ctx, me, c.ID)
	w.must(err)
	if c.State != quality.StateClosed {
		t.Fatalf("after the last answer: %s", c.State)
	}
	if out := w.ask(after, 3, right); out.Answers[w.born].Disputed {
		t.Error("the label stands after the contest is closed")
	}
}

// Were the print of the record not asked, the first holder would be told too: the
// test of the promise can fail.
func TestHoldersWithoutAPrintAreAllWhoWereAnswered(t *testing.T) {
	w := newWorld(t)
	w.ask(w.grant("tax"), 3, bornOf(3))
	w.set(3, "1999-09-09")
	w.ask(w.grant("school"), 3, bornOf(3))
	w.clock.Advance(time.Hour)
	var n int
	w.must(w.node.DB.Read(t.Context(), func(tx *db.Tx) error {
		held, _, err := w.node.QualityParts().Holders.Holders(t.Context(), tx, quality.HoldersOf{Person: w.person(3).Self, Item: w.born, Owner: steward.Member, Until: w.clock.Now()})
		n = len(held)
		return err
	}))
	if n != 2 {
		t.Fatalf("%d holders, want 2", n)
	}
}

func TestFromAcceptanceOnEveryAnswerIsDisputed(t *testing.T) {
	w := newWorld(t)
	g := w.grant("tax")
	c := w.raise(w.person(4), 4)
	if out := w.ask(g, 4, bornOf(4)); out.Answers[w.born].Disputed {
		t.Error("disputed before it is accepted")
	}
	_, err := w.Accept(t.Context(), chief, c.ID)
	w.must(err)
	if out := w.ask(g, 4, bornOf(4)); !out.Answers[w.born].Disputed {
		t.Error("not disputed after it is accepted")
	}
	if out := w.ask(g, 5, bornOf(5)); out.Answers[w.born].Disputed {
		t.Error("another person's value is disputed")
	}
	_, err = w.Withdraw(t.Context(), w.person(4), c.ID, quality.Word{})
	w.must(err)
	if out := w.ask(g, 4, bornOf(4)); out.Answers[w.born].Disputed {
		t.Error("disputed after it was withdrawn")
	}
}

// A step without its act or notice is no step: neither state nor label stands.
func TestAStepStandsWholeOrNotAtAll(t *testing.T) {
	w := newWorld(t)
	c := w.raise(w.person(4), 4)
	away := errors.New("away")
	for _, break1 := range []func(error){func(e error) { w.counted.actErr = e }, func(e error) { w.counted.noticeErr = e }} {
		break1(away)
		if _, err := w.Accept(t.Context(), chief, c.ID); !errors.Is(err, away) {
			t.Fatalf("accepted: %v", err)
		}
		break1(nil)
		now, err := w.Get(t.Context(), chief, c.ID)
		w.must(err)
		if now.State != quality.StateRaised {
			t.Errorf("after a step that failed: %s", now.State)
		}
		if out := w.ask(w.grant("tax"), 4, bornOf(4)); out.Answers[w.born].Disputed {
			t.Error("the label of a step that failed stands")
		}
	}
}

func TestNotMineGoesOnOnceThenTheAuthorityAssigns(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := w.raise(clerk, 6)
	_, err := w.Accept(ctx, chief, c.ID)
	w.must(err)
	if _, err := w.Get(ctx, steward, c.ID); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("the source sees it before it is routed: %v", err)
	}
	w.must(w.NameSources(ctx, chief, w.born, []vocab.ItemID{w.atSchool()}))
	_, err = w.Route(ctx, chief, c.ID, quality.Word{})
	w.must(err)
	c, err = w.NotMine(ctx, steward, c.ID, quality.Word{Reason: "the school keeps it", To: "school"})
	w.must(err)
	if c.State != quality.StateRouted || c.Source != "school" {
		t.Fatalf("after the first: %s at %s", c.State, c.Source)
	}
	c, err = w.NotMine(ctx, teacher, c.ID, quality.Word{Reason: "no, civil does", To: "civil"})
	w.must(err)
	if c.State != quality.StateUnassigned {
		t.Fatalf("after the second: %s", c.State)
	}
	_, err = w.Assign(ctx, chief, c.ID, quality.Word{To: "civil", Reason: "its register is the source by law"})
	w.must(err)
	_, err = w.NotMine(ctx, steward, c.ID, quality.Word{Reason: "still not"})
	wants(t, err, vocab.StateWrong)
	c, err = w.Find(ctx, steward, c.ID, quality.Finding{As: quality.StateUpheld, Word: quality.Word{Reason: "the birth record agrees", Citation: "户口登记条例 7"}})
	w.must(err)
	if c.State != quality.StateClosed || c.Reason == "" {
		t.Fatalf("upheld: %s %q", c.State, c.Reason)
	}
	history, err := w.History(ctx, clerk, c.ID, 0)
	w.must(err)
	if len(history) != 8 || history[0].Officer == "" || history[1].Officer != "" {
		t.Errorf("the raiser's history: %+v", history)
	}
}

func TestAReviewIsDecidedByAnotherOfficer(t *testing.T) {
	w := newWorld(t)
	ctx, me := t.Context(), w.person(7)
	c := w.raise(me, 7)
	_, err := w.Decline(ctx, chief, c.ID, quality.Word{Reason: "no such item"})
	wants(t, err, vocab.ReasonNeeded)
	_, err = w.Decline(ctx, chief, c.ID, quality.Word{Reason: "not a datum", Citation: "art. 5"})
	w.must(err)
	_, err = w.AskReview(ctx, me, c.ID, quality.Word{Reason: "it is one"})
	w.must(err)
	_, err = w.Decide(ctx, chief, c.ID, true, quality.Word{Reason: "I was wrong"})
	wants(t, err, vocab.SecondNeeded)
	apptest.Made(t, w.node.DB, deputy.Officer, chief.Officer)
	_, err = w.Decide(ctx, deputy, c.ID, true, quality.Word{Reason: "as the chief wants it"})
	wants(t, err, vocab.SecondNeeded)
	apptest.Made(t, w.node.DB, deputy.Officer, "")
	c, err = w.Decide(ctx, deputy, c.ID, true, quality.Word{Reason: "it is a datum"})
	w.must(err)
	if c.State != quality.StateLabelled {
		t.Fatalf("reopened: %s", c.State)
	}
	if out := w.ask(w.grant("tax"), 7, bornOf(7)); !out.Answers[w.born].Disputed {
		t.Error("a contest that was opened again has no label")
	}
}

// Silence decides nothing: a term that passes is told, and only what nobody wants
// reviewed is filed.
func TestATermThatPassesIsToldAndDecidesNothing(t *testing.T) {
	w := newWorld(t)
	ctx, me := t.Context(), w.person(8)
	c := w.raise(me, 8)
	if c.DueAt.IsZero() {
		t.Fatal("no clock runs")
	}
	w.clock.Advance(24 * 14 * time.Hour)
	_, err := w.node.Calendar.Sweep(ctx, 100)
	w.must(err)
	now, err := w.Get(ctx, me, c.ID)
	w.must(err)
	if now.State != quality.StateRaised {
		t.Fatalf("silence made it %s", now.State)
	}
	if got := texts(w.counted.told("bureau")); !strings.Contains(got, quality.NoticeOverdue) {
		t.Errorf("the authority was told: %s", got)
	}
	_, err = w.Decline(ctx, chief, c.ID, quality.Word{Reason: "not a datum", Citation: "art. 5"})
	w.must(err)
	w.clock.Advance(24 * 60 * time.Hour)
	_, err = w.node.Calendar.Sweep(ctx, 100)
	w.must(err)
	if now, err = w.Get(ctx, me, c.ID); err != nil || now.State != quality.StateFiled {
		t.Fatalf("after the term of review: %v %v", now.State, err)
	}
}

// Holders that do not answer are told again by the clock.
func TestAHolderIsReminded(t *testing.T) {
	w := newWorld(t)
	w.set(9, "1999-09-09")
	w.ask(w.grant("school"), 9, bornOf(9))
	w.clock.Advance(time.Hour)
	c := w.atSource(w.person(9), 9)
	w.set(9, bornOf(9))
	_, err := w.Find(t.Context(), steward, c.ID, quality.Finding{As: quality.StateCorrected})
	w.must(err)
	w.clock.Advance(24 * 10 * time.Hour)
	_, err = w.node.Calendar.Sweep(t.Context(), 100)
	w.must(err)
	if got := texts(w.counted.told("school")); !strings.Contains(got, quality.NoticeRemind) {
		t.Errorf("the holder was told: %s", got)
	}
	tasks, err := w.Tasks(t.Context(), teacher, quality.ListQuery{})
	w.must(err)
	_, err = w.Answer(t.Context(), chief, tasks[0].ID, quality.Answer{State: quality.TaskExcused, Reason: "the school is closed for good"})
	w.must(err)
	if now, err := w.Get(t.Context(), chief, c.ID); err != nil || now.State != quality.StateClosed {
		t.Fatalf("after the excuse: %v %v", now.State, err)
	}
}

// What is cut between the finding and the last holder goes on at the next start.
func TestAFanOutThatWasCutGoesOn(t *testing.T) {
	w := newWorld(t)
	w.set(9, "1999-09-09")
	w.ask(w.grant("school"), 9, bornOf(9))
	w.clock.Advance(time.Hour)
	c := w.atSource(w.person(9), 9)
	w.set(9, bornOf(9))
	ctx := t.Context()
	p := w.node.QualityParts()
	p.Notices = &counted{node: w.node}
	p.Ledger = cutting{w.counted}
	cut, err := quality.New(p)
	w.must(err)
	got, err := cut.Find(ctx, steward, c.ID, quality.Finding{As: quality.StateCorrected})
	w.must(err)
	if got.State != quality.StateCorrected {
		t.Fatalf("not cut: %s", got.State)
	}
	w.must(w.Resume(ctx))
	w.must(w.Resume(ctx))
	if kinds := w.counted.told("school"); len(kinds) != 1 {
		t.Errorf("the holder was told %v", kinds)
	}
}

// cutting writes no act of a correction.
type cutting struct{ *counted }

func (c cutting) Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error {
	if strings.HasPrefix(act, "correction.") {
		return vocab.LedgerAway.Because("cut")
	}
	return c.counted.Act(ctx, tx, act, fields)
}

func TestAContestIsOfThoseWhomItConcerns(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := w.raise(w.person(4), 4)
	for name, a := range map[string]identity.Actor{"another person": w.person(5), "another member": clerk, "the source, before it is routed": steward} {
		if _, err := w.Get(ctx, a, c.ID); vocab.CodeOf(err) != vocab.NoSuchThing {
			t.Errorf("%s sees it: %v", name, err)
		}
		if list, err := w.List(ctx, a, quality.ListQuery{}); err != nil || len(list) != 0 {
			t.Errorf("%s lists %v, %v", name, list, err)
		}
	}
	if _, err := w.Raise(ctx, w.person(5), quality.Raise{Item: w.born, Subject: key(4), Fault: quality.Wrong}); vocab.CodeOf(err) != vocab.RoleMissing {
		t.Errorf("a person contests another's value: %v", err)
	}
	if _, err := w.Raise(ctx, w.person(4), quality.Raise{Item: w.born, Subject: key(4), Fault: quality.Wrong}); vocab.CodeOf(err) != vocab.AlreadyExists {
		t.Errorf("twice: %v", err)
	}
	if _, err := w.Said(ctx, chief, c.ID); err != nil {
		t.Error(err)
	}
	said, err := w.Said(ctx, w.person(4), c.ID)
	w.must(err)
	if said.Claimed != "1950-02-03" || said.Subject != key(4) {
		t.Error("what was said does not come back")
	}
	seen, err := w.node.Ledger.OfPerson(ctx, w.person(4).Self, 0, 10)
	w.must(err)
	if !slices.ContainsFunc(seen, func(a ledger.Access) bool { return a.Act == "contest.open" }) {
		t.Errorf("the authority opened it, and the person does not see that: %+v", seen)
	}
}

func TestAContestWrittenDownAtACounterIsThePersonsAlone(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	desk := identity.Actor{Member: "bureau", Officer: "lin@bureau", Session: "s-lin", Roles: []vocab.Role{vocab.Counter, vocab.DataUser}}
	c, err := w.Raise(ctx, desk, quality.Raise{Item: w.born, Subject: key(4), Fault: quality.Wrong, AtCounter: true})
	w.must(err)
	if _, err := w.Withdraw(ctx, desk, c.ID, quality.Word{}); err == nil {
		t.Error("the desk takes it back")
	}
	if _, err := w.Withdraw(ctx, w.person(4), c.ID, quality.Word{}); err != nil {
		t.Errorf("the person cannot take it back: %v", err)
	}
}

func TestEachStepIsOneActOneFactOneNotice(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := w.raise(w.person(4), 4)
	steps := []func() error{
		func() error { _, err := w.Accept(ctx, chief, c.ID); return err },
		func() error { _, err := w.Route(ctx, chief, c.ID, quality.Word{}); return err },
		func() error { _, err := w.Take(ctx, steward, c.ID); return err },
		func() error {
			_, err := w.Extend(ctx, steward, c.ID, quality.Word{Reason: "an archive is asked", Days: 5})
			return err
		},
	}
	for i, step := range steps {
		acts, notices, last := len(w.counted.acts), len(w.counted.notices), w.last()
		w.must(step())
		if n := len(w.counted.acts) - acts; n != 1 {
			t.Errorf("step %d: %d acts", i, n)
		}
		if n := len(w.counted.notices) - notices; n != 1 {
			t.Errorf("step %d: %d notices", i, n)
		}
		if n := w.facts(last, fact.TopicContest); n != 1 {
			t.Errorf("step %d: %d facts", i, n)
		}
	}
}

func bornOf(i int) string {
	_, born := apptest.Citizen(i)
	return born
}

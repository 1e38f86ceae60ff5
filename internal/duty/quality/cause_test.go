package quality_test

import (
	"testing"
	"time"

	"fontis/internal/duty/quality"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// A department that contests a value of somebody learns by it neither who else used
// that person's data nor under which grant; the person, the body that gave the
// value out and the authority do.
func TestAContestIsNoWindowOnWhoUsedAPersonsData(t *testing.T) {
	w := newWorld(t)
	right := bornOf(3)
	school := w.grant("school")
	w.set(3, "1999-09-09")
	w.ask(school, 3, right)
	w.clock.Advance(time.Hour)
	c := w.atSource(clerk, 3) // zhao of the tax office, who has no grant
	w.set(3, right)
	_, err := w.Find(t.Context(), steward, c.ID, quality.Finding{As: quality.StateCorrected})
	w.must(err)
	for name, who := range map[string]struct {
		identity.Actor
		sees bool
	}{"who raised it": {clerk, false}, "the person": {w.person(3), true}, "the source": {steward, true}, "the authority": {chief, true}} {
		list, err := w.TasksOf(t.Context(), who.Actor, c.ID, "", 10)
		w.must(err)
		if len(list) != 1 || (list[0].Member == "school") != who.sees || (list[0].Grant == school.ID) != who.sees {
			t.Errorf("%s sees %+v", name, list)
		}
	}
	tasks, err := w.Tasks(t.Context(), teacher, quality.ListQuery{})
	w.must(err)
	_, err = w.Answer(t.Context(), teacher, tasks[0].ID, quality.Answer{State: quality.TaskNoEffect, Reason: "because nothing was decided"})
	w.must(err)
	list, err := w.TasksOf(t.Context(), clerk, c.ID, "", 10)
	w.must(err)
	if list[0].State != quality.TaskNoEffect || list[0].Reason != "" {
		t.Errorf("the answer as who raised it sees it: %+v", list[0])
	}
	w.counted.mu.Lock()
	defer w.counted.mu.Unlock()
	answered := 0
	for _, n := range w.counted.notices {
		if n.Member != "tax" {
			continue
		}
		if n.Kind == quality.NoticeAnswered {
			answered++
		}
		for k, v := range n.Params {
			if v == string(school.ID) || v == "school" {
				t.Errorf("the notice %s tells who held the value: %s is %s", n.Kind, k, v)
			}
		}
	}
	if answered != 1 {
		t.Errorf("who raised it was told of %d answers", answered)
	}
}

// An authority that is itself the source: it takes up what is said against its own
// value, no officer of it acts on both sides, and who acted decides no review.
func TestNobodyRulesOnAContestOfTheirOwnValue(t *testing.T) {
	w := newWorld(t)
	own := func(name string, roles ...vocab.Role) identity.Actor { // of the civil department, were it to keep the node
		a := officer("civil", name, roles...)
		a.OfNode, a.Region = true, "990000"
		return a
	}
	judge, both := own("judge", vocab.Authority), own("both", vocab.Authority, vocab.Steward)
	why := quality.Word{Reason: "we are right", Citation: "none"}

	c := w.raise(w.person(4), 4)
	_, err := w.Decline(t.Context(), judge, c.ID, why)
	wants(t, err, vocab.SecondNeeded)
	for _, s := range c.Steps(judge) {
		if s.Act == quality.ActDecline {
			t.Error("the step that would be refused is offered")
		}
	}
	_, err = w.Accept(t.Context(), both, c.ID)
	w.must(err)
	_, err = w.Route(t.Context(), judge, c.ID, quality.Word{})
	w.must(err)
	_, err = w.Take(t.Context(), both, c.ID) // who accepted it answers for nobody
	wants(t, err, vocab.SecondNeeded)
	_, err = w.Take(t.Context(), steward, c.ID)
	w.must(err)
	worker := own("li", vocab.Authority, vocab.Steward) // li@civil, who took it
	_, err = w.Assign(t.Context(), worker, c.ID, quality.Word{To: "school", Reason: "not ours"})
	wants(t, err, vocab.SecondNeeded)
	c, err = w.Find(t.Context(), steward, c.ID, quality.Finding{As: quality.StateUpheld, Word: why})
	w.must(err)
	_, err = w.AskReview(t.Context(), w.person(4), c.ID, quality.Word{Reason: "it is wrong all the same"})
	w.must(err)
	for _, a := range []identity.Actor{judge, both, worker} {
		_, err = w.Decide(t.Context(), a, c.ID, false, why)
		wants(t, err, vocab.SecondNeeded)
	}
	_, err = w.Decide(t.Context(), own("fresh", vocab.Authority), c.ID, false, why)
	w.must(err)

	// Another's value is declined as before.
	c = w.raise(w.person(5), 5)
	_, err = w.Decline(t.Context(), chief, c.ID, why)
	w.must(err)
}

// Whoever holds a wrong value answers; an authority that holds one excuses others,
// never itself.
func TestNobodyExcusesThemselves(t *testing.T) {
	w := newWorld(t)
	right, g := bornOf(6), w.grant("school")
	w.set(6, "1999-09-09")
	w.ask(g, 6, right)
	w.clock.Advance(time.Hour)
	c := w.atSource(w.person(6), 6)
	w.set(6, right)
	_, err := w.Find(t.Context(), steward, c.ID, quality.Finding{As: quality.StateCorrected})
	w.must(err)
	tasks, err := w.Tasks(t.Context(), teacher, quality.ListQuery{})
	w.must(err)
	self := officer("school", "head", vocab.Authority, vocab.Steward)
	self.OfNode, self.Region = true, "990000"
	_, err = w.Answer(t.Context(), self, tasks[0].ID, quality.Answer{State: quality.TaskExcused, Reason: "we are busy"})
	wants(t, err, vocab.SecondNeeded)
	_, err = w.Answer(t.Context(), chief, tasks[0].ID, quality.Answer{State: quality.TaskExcused, Reason: "the school is closed"})
	w.must(err)
}

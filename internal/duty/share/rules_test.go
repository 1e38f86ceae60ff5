package share_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/share"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

func TestEveryStateIsReachedAndEveryStepHasItsWords(t *testing.T) {
	reached := map[share.State]bool{share.StateDraft: true}
	for range share.States() {
		for _, s := range share.Transitions() {
			for _, from := range s.From {
				if reached[from] && s.To != "" {
					reached[s.To] = true
				}
			}
		}
	}
	for _, s := range share.States() {
		if !reached[s] {
			t.Errorf("no path leads to %s", s)
		}
	}
	for _, s := range share.Transitions() {
		platform := s.By == share.Platform
		if s.Act != share.ActRemind && s.Tell == "" || (len(s.Roles) == 0) != platform || s.By == "" || share.NoticeKinds()[s.Act] == "" || s.Source == "" {
			t.Errorf("%s lacks a side, a role, a notice or a source: %+v", s.Act, s)
		}
		if s.To != "" && s.GrantTo != "" {
			t.Errorf("%s changes both request and grant", s.Act)
		}
		if s.Clocks == share.ClocksKeep && s.Clock != "" || s.Clocks == share.ClocksPause && s.Clock == "" {
			t.Errorf("%s names a clock and does nothing with it: %+v", s.Act, s)
		}
	}
}

// TestOfTwoLinesOfOneActOnlyOneFits holds the lines of an act and side against each
// other: from one state at most one has no further condition.
func TestOfTwoLinesOfOneActOnlyOneFits(t *testing.T) {
	plain := map[string]int{}
	for _, s := range share.Transitions() {
		for _, from := range s.From {
			if s.When == nil {
				plain[s.Act+"/"+string(s.By)+"/"+string(from)]++
			}
		}
	}
	for key, n := range plain {
		if n > 1 {
			t.Errorf("%s stands %d times", key, n)
		}
	}
}

func TestEveryStateThatIsNotFinalIsLeftByItsOwnPeople(t *testing.T) {
	final := []share.State{share.StateAgreed, share.StateInPart, share.StateWithdrawn}
	for _, state := range share.States() {
		left := slices.ContainsFunc(share.Transitions(), func(s share.Transition) bool {
			return slices.Contains(s.From, state) && s.To != "" && s.To != state && s.By != share.Platform
		})
		if left == slices.Contains(final, state) {
			t.Errorf("%s: somebody leads out of it: %v", state, left)
		}
	}
}

func TestEveryRunningClockHasARuleThatShips(t *testing.T) {
	rules, err := calendar.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	has := func(name, jurisdiction string) bool {
		return slices.ContainsFunc(rules, func(r calendar.Rule) bool { return r.Name == name && r.Jurisdiction == jurisdiction })
	}
	names := []string{share.RuleUnconditional, share.RuleConditional, share.RuleDelivery, share.RuleReview, share.RuleDestruction}
	for _, s := range share.Transitions() {
		if s.Clock != "" && s.Clock != share.RuleReply {
			names = append(names, s.Clock)
		}
	}
	for _, name := range names {
		for _, place := range []string{"CN", "XE"} {
			if !has(name, place) {
				t.Errorf("%s has no row %s", place, name)
			}
		}
	}
}

// TestNoPathOfTheTableGivesAGrantWithoutADecision walks the table at random: a
// state with a grant is entered by a step of the provider that grants, and a
// grant is never touched before.
func TestNoPathOfTheTableGivesAGrantWithoutADecision(t *testing.T) {
	granted := []share.State{share.StateAgreed, share.StateInPart}
	rapid.Check(t, func(t *rapid.T) {
		state, grant := share.StateDraft, access.GrantState("")
		for range 30 {
			var open []share.Transition
			for _, s := range share.Transitions() {
				// conditions beyond state and grant only narrow: the walk may ignore them
				if slices.Contains(s.From, state) && (len(s.GrantFrom) == 0 || slices.Contains(s.GrantFrom, grant)) {
					open = append(open, s)
				}
			}
			if len(open) == 0 {
				return
			}
			s := rapid.SampledFrom(open).Draw(t, "step")
			if slices.Contains(granted, s.To) && (!s.Grants || s.By != share.Provider) {
				t.Fatalf("%s enters %s without a decision", s.Act, s.To)
			}
			if s.GrantTo != "" && grant == "" {
				t.Fatalf("%s touches a grant that was never given", s.Act)
			}
			if s.To != "" {
				state = s.To
			}
			if s.Grants {
				grant = access.GrantActive
			}
			if s.GrantTo != "" {
				grant = s.GrantTo
			}
		}
	})
}

// model is what a request should be after the steps that were taken.
type model struct {
	state share.State
	grant access.GrantState
	first identity.Actor // who agreed first
	read  bool           // two stewards must agree
}

// step says what an act of an actor leads to; false where it is refused.
func (m *model) step(act string, a identity.Actor) bool {
	mine, theirs := a.Member == "tax", a.Member == "civil"
	given := m.state == share.StateAgreed || m.state == share.StateInPart
	open := m.state == share.StateSubmitted || m.state == share.StateSecond
	switch {
	case act == "submit" && mine && m.state == share.StateDraft:
		m.state = share.StateSubmitted
	case act == "withdraw" && mine && open:
		m.state = share.StateWithdrawn
	case act == "refuse" && theirs && open:
		m.state = share.StateRefused
	case act == "agree" && theirs && m.state == share.StateSubmitted && m.read:
		m.state, m.first = share.StateSecond, a
	case act == "agree" && theirs && m.state == share.StateSubmitted:
		m.state, m.grant = share.StateAgreed, access.GrantActive
	case act == "approve" && theirs && m.state == share.StateSecond && a.Officer != m.first.Officer:
		m.state, m.grant = share.StateAgreed, access.GrantActive
	case act == "suspend" && theirs && given && m.grant == access.GrantActive:
		m.grant = access.GrantSuspended
	case act == "resume" && theirs && given && m.grant == access.GrantSuspended:
		m.grant = access.GrantActive
	case act == "end" && (mine || theirs) && given && m.grant != access.GrantEnded:
		m.grant = access.GrantEnded
	default:
		return false
	}
	return true
}

func (w *world) try(act string, a identity.Actor, r *share.Request) error {
	ctx := w.t.Context()
	var err error
	switch act {
	case "submit":
		_, err = w.Submit(ctx, a, r.ID)
	case "withdraw":
		_, err = w.Withdraw(ctx, a, r.ID, "no need")
	case "refuse":
		_, err = w.Decide(ctx, a, r.ID, share.Decision{Reason: "no", Citation: "art. 1"})
	case "agree":
		_, err = w.Decide(ctx, a, r.ID, share.Decision{Agree: true})
	case "approve":
		_, err = w.Approve(ctx, a, r.ID)
	case "suspend":
		_, err = w.Suspend(ctx, a, r.Grant, "why")
	case "resume":
		_, err = w.Resume(ctx, a, r.Grant, "why")
	case "end":
		_, err = w.End(ctx, a, r.Grant, "why")
	}
	return err
}

// TestEveryStepIsOneActOneFactAndOneNotice runs random steps of random officers
// against the model, and counts what each leaves behind: a step taken leaves one
// of each, one refused leaves nothing.
func TestEveryStepIsOneActOneFactAndOneNotice(t *testing.T) {
	w := newWorld(t)
	acts := []string{"submit", "submit", "withdraw", "refuse", "agree", "agree", "approve", "suspend", "resume", "end"}
	actors := []identity.Actor{clerk, clerk, steward, steward, steward2, stranger}
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{state: share.StateDraft, read: rapid.Bool().Draw(rt, "read")}
		f := w.asks()
		if m.read {
			f = w.batchRead()
		}
		r := w.draft(f)
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			act, a := rapid.SampledFrom(acts).Draw(rt, "act"), rapid.SampledFrom(actors).Draw(rt, "actor")
			at, told, noted := w.last(), len(w.counted.acts), len(w.counted.notices)
			before := *m
			taken := m.step(act, a)
			err := w.try(act, a, r)
			if taken != (err == nil) {
				rt.Fatalf("%s by %s from %+v: %v", act, a.Officer, before, err)
			}
			now, errGet := w.Get(w.t.Context(), clerk, r.ID)
			w.must(errGet)
			if now.State != m.state || now.GrantState != m.grant || (m.grant == "") != (now.Grant == "") {
				rt.Fatalf("%s by %s: %s and %q, want %+v", act, a.Officer, now.State, now.GrantState, m)
			}
			got := []int{len(w.counted.acts) - told, w.facts(at), len(w.counted.notices) - noted}
			want := []int{0, 0, 0}
			if taken {
				want = []int{1, 1, 1}
			}
			if !slices.Equal(got, want) {
				rt.Fatalf("%s: acts, facts, notices %v, want %v", act, got, want)
			}
			if taken {
				w.rightSide(rt, now, a)
			}
			r = now
		}
	})
}

// rightSide holds the last notice against who acted: the other side hears, but a
// first agreement calls the provider's own second steward.
func (w *world) rightSide(t *rapid.T, r *share.Request, a identity.Actor) {
	n := w.counted.notices[len(w.counted.notices)-1]
	other := map[vocab.MemberID]vocab.MemberID{"tax": "civil", "civil": "tax"}[a.Member]
	if r.State == share.StateSecond {
		other = "civil"
	}
	if n.Member != other || n.Link != fmt.Sprintf("/requests/%s", r.ID) {
		t.Fatalf("%s hears of %s at %s", n.Member, n.Kind, n.Link)
	}
}

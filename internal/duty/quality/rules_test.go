package quality_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fontis/internal/duty/quality"
	"fontis/internal/edge/text"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	"fontis/web"
)

func TestEveryStateIsReachedAndEveryOneThatIsNotFinalIsLeft(t *testing.T) {
	reached := map[quality.State]bool{quality.StateRaised: true}
	for range quality.States() {
		for _, tr := range quality.Transitions() {
			for _, from := range tr.From {
				if reached[from] {
					reached[tr.To] = true
				}
			}
		}
	}
	left := map[quality.State]bool{}
	for _, tr := range quality.Transitions() {
		for _, from := range tr.From {
			left[from] = left[from] || tr.To != from
			if from.Final() {
				t.Errorf("%s leaves %s, which is final", tr.Act, from)
			}
			// The label comes and goes with the state, and never is forgotten.
			if was, is := from.Labelled(), tr.To.Labelled(); was != is && (is && !tr.Label || was && !tr.Unmark) {
				t.Errorf("%s from %s to %s moves no label", tr.Act, from, tr.To)
			}
		}
		if tr.Tell == "" {
			t.Errorf("%s tells nobody", tr.Act)
		}
	}
	for _, s := range quality.States() {
		if !reached[s] {
			t.Errorf("%s is never reached", s)
		}
		if !s.Final() && !left[s] {
			t.Errorf("%s is never left", s)
		}
	}
}

func TestEveryNoticeHasItsWordsInEveryLanguage(t *testing.T) {
	texts, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range quality.NoticeKinds() {
		for _, lang := range text.Langs() {
			if _, err := texts.Get(lang, "page.word.notice."+kind); err != nil {
				t.Errorf("%s in %s: %v", kind, lang, err)
			}
		}
	}
}

// verbs are all steps that a caller may try, with words that could be right.
func (w *world) verbs() map[string]func(a identity.Actor, id vocab.ContestID) error {
	ctx := w.t.Context()
	said := quality.Word{Reason: "because", Citation: "art. 1", Days: 2}
	to := func(m vocab.MemberID) quality.Word {
		x := said
		x.To = m
		return x
	}
	one := func(_ *quality.Contest, err error) error { return err }
	return map[string]func(a identity.Actor, id vocab.ContestID) error{
		"accept":   func(a identity.Actor, id vocab.ContestID) error { return one(w.Accept(ctx, a, id)) },
		"decline":  func(a identity.Actor, id vocab.ContestID) error { return one(w.Decline(ctx, a, id, said)) },
		"withdraw": func(a identity.Actor, id vocab.ContestID) error { return one(w.Withdraw(ctx, a, id, said)) },
		"route":    func(a identity.Actor, id vocab.ContestID) error { return one(w.Route(ctx, a, id, quality.Word{})) },
		"not mine": func(a identity.Actor, id vocab.ContestID) error { return one(w.NotMine(ctx, a, id, to("school"))) },
		"assign":   func(a identity.Actor, id vocab.ContestID) error { return one(w.Assign(ctx, a, id, to("civil"))) },
		"take":     func(a identity.Actor, id vocab.ContestID) error { return one(w.Take(ctx, a, id)) },
		"extend":   func(a identity.Actor, id vocab.ContestID) error { return one(w.Extend(ctx, a, id, said)) },
		"review":   func(a identity.Actor, id vocab.ContestID) error { return one(w.AskReview(ctx, a, id, said)) },
		"reopen":   func(a identity.Actor, id vocab.ContestID) error { return one(w.Decide(ctx, a, id, true, said)) },
		"confirm":  func(a identity.Actor, id vocab.ContestID) error { return one(w.Decide(ctx, a, id, false, said)) },
		"corrected": func(a identity.Actor, id vocab.ContestID) error {
			return one(w.Find(ctx, a, id, quality.Finding{As: quality.StateCorrected, Word: said}))
		},
		"upheld": func(a identity.Actor, id vocab.ContestID) error {
			return one(w.Find(ctx, a, id, quality.Finding{As: quality.StateUpheld, Word: said}))
		},
		"act in dispute": func(a identity.Actor, id vocab.ContestID) error {
			x := said
			x.Remedy = quality.Court
			return one(w.Find(ctx, a, id, quality.Finding{As: quality.StateActDispute, Word: x}))
		},
	}
}

// TestWhateverIsTriedEachStepOfTheTableIsOneActAndOneNotice plays generated calls
// by everyone against one contest after another.
func TestWhateverIsTriedEachStepOfTheTableIsOneActAndOneNotice(t *testing.T) {
	w := newWorld(t)
	verbs := w.verbs()
	names := make([]string, 0, len(verbs))
	for n := range verbs {
		names = append(names, n)
	}
	slices.Sort(names)
	g := w.grant("tax")
	subject := 0
	rapid.Check(t, func(rt *rapid.T) {
		subject++
		if subject >= residents {
			return
		}
		me := w.person(subject)
		c := w.raise(me, subject)
		actors := map[string]identity.Actor{"person": me, "steward": steward, "school": teacher, "clerk": clerk, "chief": chief, "deputy": deputy}
		for range rapid.IntRange(1, 14).Draw(rt, "steps") {
			before, err := w.Get(t.Context(), chief, c.ID)
			w.must(err)
			acts, notices := len(w.counted.acts), len(w.counted.notices)
			who := rapid.SampledFrom([]string{"person", "steward", "school", "clerk", "chief", "deputy"}).Draw(rt, "who")
			failed := verbs[rapid.SampledFrom(names).Draw(rt, "verb")](actors[who], c.ID)
			after, err := w.Get(t.Context(), chief, c.ID)
			w.must(err)
			steps := int(after.Rev - before.Rev)
			if failed != nil && steps != 0 {
				rt.Fatalf("%s failed (%v) and moved %s to %s", who, failed, before.State, after.State)
			}
			if na, nn := len(w.counted.acts)-acts, len(w.counted.notices)-notices; na != steps || nn != steps {
				rt.Fatalf("%d steps from %s to %s: %d acts, %d notices", steps, before.State, after.State, na, nn)
			}
			history, err := w.History(t.Context(), chief, c.ID, before.Rev)
			w.must(err)
			for _, h := range history {
				if !inTable(h) {
					rt.Fatalf("a step outside the table: %+v", h)
				}
			}
		}
		now, err := w.Get(t.Context(), chief, c.ID)
		w.must(err)
		if got := w.ask(g, subject, bornOf(subject)).Answers[w.born].Disputed; got != now.State.Labelled() {
			rt.Fatalf("%s: disputed %v", now.State, got)
		}
	})
}

func inTable(h quality.Change) bool {
	return slices.ContainsFunc(quality.Transitions(), func(tr quality.Transition) bool {
		return tr.Act == h.Act && tr.By == h.Side && tr.To == h.To && slices.Contains(tr.From, h.From)
	})
}

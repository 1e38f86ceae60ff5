package care

import (
	"net/url"

	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/record"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
)

// few is how many things a plain page lists.
const few = 5

// whoPage tells who used the person's data, a few uses at a time.
type whoPage struct {
	Uses []use
	Gap  bool // a number is missing, or its entry is not what the log holds
	Next string
}

// use is one use in one sentence.
type use struct {
	Day, Who, Did string
	State         string // where nothing was answered
	Refused       string // why it was refused
	Why, Law      page.Tongued
	Answers       []answer
	Trace         vocab.TraceID
	Own           bool // not under a mandate: what follows is the person's to do
}

// answer is what was answered about one item, with the way to say that it is wrong.
type answer struct{ Item, Said, Wrong string }

func (s *Section) who(v *page.Visit) (any, error) {
	lines, next, err := s.uses(v, view.Filter{After: v.Said("after"), Limit: few})
	if err != nil {
		return nil, err
	}
	p := whoPage{}
	for _, l := range lines {
		p.Gap = p.Gap || l.State == ledger.StateMissing || l.State == ledger.StateAltered
		if l.Trace != "" {
			p.Uses = append(p.Uses, useOf(v, l))
		}
	}
	if next != "" {
		p.Next = "/care/who?" + url.Values{"after": {next}}.Encode()
	}
	return p, nil
}

// uses are a page of the person's uses, and where the next begins.
func (s *Section) uses(v *page.Visit, f view.Filter) (lines []record.Line, next string, err error) {
	got, err := s.View.Mine(v.Ctx(), v.Actor, f)
	if err != nil {
		return nil, "", err
	}
	list := make([]ledger.Access, len(got.Lines))
	for i, l := range got.Lines {
		list[i] = l.Access
	}
	lines, err = record.Lines(v, list)
	return lines, got.Next, err
}

// useOf says one use as one would tell it.
func useOf(v *page.Visit, l record.Line) use {
	k := v.Look()
	out := use{State: k.Word("state", string(l.State)), Day: k.Day(l.At), Who: l.Caller.Text, Trace: l.Trace, Own: v.Actor.Mandate == "", Why: k.Law(l.Purpose), Law: k.Law(l.Basis)}
	switch {
	case l.Refused != "":
		out.Did, out.State, out.Refused = k.Must("page.care.tried"), "", l.Why
	case l.Question != "":
		out.Did = k.Must("page.care.did_" + string(l.Question))
	case l.Act != "":
		out.Did = k.Act(l.Act)
	}
	for _, a := range l.Answers {
		said := answer{Item: a.Item.Text, Said: a.Said.Text}
		if l.Question == string(vocab.Status) { // it is no value that is held
			if len(l.Asked) == 1 {
				said.Item = l.Asked[0].Text
			}
		} else {
			said.Wrong = with("/care/wrong", url.Values{"item": {a.ID}})
		}
		if word := "page.care.answer_" + l.Access.Answers[a.ID]; k.Has(word) {
			said.Said = k.Must(word)
		}
		out.Answers = append(out.Answers, said)
	}
	return out
}

package web

import (
	"net/url"
	"sort"
	"time"

	"fontis/internal/edge/web/notes"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// comparePage asks one question under a grant and shows its answer.
type comparePage struct {
	Grants []grantLine // to choose from
	Grant  *grantLine
	Form   *form
	Answer *answerLine
}

// answerLine is an answer as people read it.
type answerLine struct {
	Trace  vocab.TraceID
	Source tongued
	AsOf   time.Time
	Twin   bool
	Items  []itemAnswer
}

type itemAnswer struct {
	id         vocab.ItemID
	Item       tongued
	Answer     vocab.Answer
	Value      *tongued
	Comparator string
	Reason     vocab.UnknownReason
}

func (s *Site) compare(v *visit) (any, error) {
	p := comparePage{}
	if v.said("grant") == "" {
		list, err := s.Door.Grants(v.ctx(), v.actor, false, "", 200)
		if err != nil {
			return nil, err
		}
		p.Grants, err = v.grantLines(list)
		return p, err
	}
	g, err := s.Door.GrantFor(v.actor, vocab.GrantID(v.said("grant")))
	if err != nil {
		return nil, err
	}
	lines, err := v.grantLines([]access.Grant{g})
	if err != nil {
		return nil, err
	}
	p.Grant = &lines[0]
	p.Form = v.form(form{Action: "/compare", Name: "ask_" + string(g.Question), Fields: v.askFields(g)})
	if a, ok := notes.Read[access.Answered](v.notes, v.actor, v.said("answer")); ok {
		p.Answer, err = v.answer(a)
	}
	return p, err
}

func (v *visit) askFields(g access.Grant) []field {
	kinds := []vocab.SubjectKeyKind{vocab.CitizenNumber, vocab.CreditCode, vocab.Permit, vocab.Passport, vocab.RegisterNumber}
	out := []field{
		{Name: "grant", Kind: "hidden", Value: string(g.ID)},
		{Name: "subject_kind", Text: "key_kind", Kind: "select", Options: words(v, "key_kind", kinds)},
		{Name: "subject", Text: "subject", Need: true, Complete: "off"},
	}
	switch g.Question {
	case vocab.Compare:
		for _, i := range g.Items {
			out = append(out, field{Name: "value " + string(i), Label: v.itemName(i).Text, Complete: "off"})
		}
	case vocab.Status:
		out = append(out, field{Name: "status", Text: "which_status", Kind: "select", Options: just(g.Statuses)}, field{Name: "as_of", Kind: "date"})
	default:
		out = append(out, field{Name: "items", Kind: "checks", Options: v.itemOptions(g.Items)})
	}
	return append(out, field{Name: "purpose", Need: true, Value: g.Purpose}, field{Name: "case", Need: g.CasePattern != "", Complete: "off"})
}

func (s *Site) ask(v *visit) (string, error) {
	g, err := s.Door.GrantFor(v.actor, vocab.GrantID(v.said("grant")))
	if err != nil {
		return "", err
	}
	c := access.Call{
		Grant: g.ID, Question: g.Question, Carriage: vocab.Single, Purpose: v.said("purpose"), Case: v.said("case"), Network: v.call.From,
		Subject: vocab.SubjectKey{Kind: vocab.SubjectKeyKind(v.said("subject_kind")), Value: v.said("subject")},
		Values:  map[vocab.ItemID]string{}, Items: typed[vocab.ItemID](v.all("items")), Status: v.said("status"), Trace: v.call.Trace,
	}
	for _, i := range g.Items {
		if value := v.said("value " + string(i)); value != "" && g.Question == vocab.Compare {
			c.Values[i] = value
		}
	}
	if c.AsOf, err = v.date("as_of"); err != nil {
		return "", err
	}
	a, err := s.Door.Ask(v.ctx(), v.actor, c)
	if err != nil {
		return "", err
	}
	return "/compare?grant=" + url.QueryEscape(string(g.ID)) + "&answer=" + v.notes.Put(v.actor, a), nil
}

func (v *visit) answer(a access.Answered) (*answerLine, error) {
	names, err := v.Identity.MemberNames(v.ctx(), a.Source)
	out := &answerLine{Trace: a.Trace, Source: v.look().Name(names[a.Source]), AsOf: a.AsOf, Twin: a.Twin}
	for i, x := range a.Answers {
		l := itemAnswer{id: i, Item: v.itemName(i), Answer: x.Answer, Comparator: x.Comparator, Reason: x.Reason}
		if x.Value != nil {
			t := v.look().Tongue(*x.Value)
			l.Value = &t
		}
		out.Items = append(out.Items, l)
	}
	sort.Slice(out.Items, func(i, j int) bool { return out.Items[i].id < out.Items[j].id })
	return out, err
}

package asking

import (
	"net/url"
	"sort"
	"strings"
	"time"

	"fontis/internal/edge/web/notes"
	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/sharing"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// comparePage asks one question under a grant and shows its answer.
type comparePage struct {
	Grants []sharing.GrantLine // to choose from
	Grant  *sharing.GrantLine
	Form   *page.Form
	Closed bool // the grant answers nothing now
	Answer *answerLine
}

// answerLine is an answer as people read it.
type answerLine struct {
	Trace  vocab.TraceID
	Source page.Tongued
	AsOf   time.Time
	Twin   bool
	Items  []itemAnswer
	About  string // the number as it was typed, its middle covered
	Case   string
}

// answerNote is an answer with what was asked, for the session that asked it. Like
// every note it lives in memory and for minutes only.
type answerNote struct {
	access.Answered
	call access.Call
}

type itemAnswer struct {
	id         vocab.ItemID
	Item       page.Tongued
	Asked      page.Tongued // the value that was held against the source
	Answer     vocab.Answer
	Value      *page.Tongued
	Comparator string
	Reason     vocab.UnknownReason
}

func (s *Section) compare(v *page.Visit) (any, error) {
	p := comparePage{}
	if v.Said("grant") == "" {
		list, err := s.Door.Grants(v.Ctx(), v.Actor, false, "", 200)
		if err != nil {
			return nil, err
		}
		p.Grants, err = sharing.GrantLines(v, list)
		return p, err
	}
	g, err := s.Door.GrantFor(v.Actor, vocab.GrantID(v.Said("grant")))
	if err != nil {
		return nil, err
	}
	lines, err := sharing.GrantLines(v, []access.Grant{g})
	if err != nil {
		return nil, err
	}
	p.Grant = &lines[0]
	if p.Closed = !sharing.Open(v, g); p.Closed {
		return p, nil
	}
	p.Form = v.Form(page.Form{Action: "/compare", Name: "ask_" + string(g.Question), Fields: askFields(v, g)})
	if a, ok := notes.Read[answerNote](v.Notes, v.Actor, v.Said("answer")); ok {
		p.Answer, err = answerOf(v, a)
	}
	return p, err
}

func askFields(v *page.Visit, g access.Grant) []page.Field {
	kinds := []vocab.SubjectKeyKind{vocab.CitizenNumber, vocab.CreditCode, vocab.Permit, vocab.Passport, vocab.RegisterNumber}
	out := []page.Field{
		{Name: "grant", Kind: "hidden", Value: string(g.ID)},
		{Name: "subject_kind", Text: "key_kind", Kind: "select", Options: page.Words(v, "key_kind", kinds)},
		{Name: "subject", Text: "subject", Need: true, Complete: "off"},
	}
	switch g.Question {
	case vocab.Compare:
		for _, i := range g.Items {
			out = append(out, page.Field{Name: "value " + string(i), Label: v.ItemName(i).Text, Complete: "off"})
		}
	case vocab.Status:
		out = append(out, page.Field{Name: "status", Text: "which_status", Kind: "select", Options: v.StatusOptions(g.Statuses)}, page.Field{Name: "as_of", Kind: "date"})
	default:
		out = append(out, page.Field{Name: "items", Kind: "checks", Options: v.ItemOptions(g.Items)})
	}
	return append(out, page.Field{Name: "purpose", Need: true, Value: g.Purpose}, page.Field{Name: "case", Need: true, Complete: "off"})
}

func (s *Section) ask(v *page.Visit) (string, error) {
	g, err := s.Door.GrantFor(v.Actor, vocab.GrantID(v.Said("grant")))
	if err != nil {
		return "", err
	}
	c := access.Call{
		Grant: g.ID, Question: g.Question, Carriage: vocab.Single, Purpose: v.Said("purpose"), Case: v.Said("case"), Network: v.Call.From,
		Subject: vocab.SubjectKey{Kind: vocab.SubjectKeyKind(v.Said("subject_kind")), Value: v.Said("subject")},
		Values:  map[vocab.ItemID]string{}, Items: page.Typed[vocab.ItemID](v.All("items")), Status: v.Said("status"), Trace: v.Call.Trace,
	}
	for _, i := range g.Items {
		if value := v.Said("value " + string(i)); value != "" && g.Question == vocab.Compare {
			c.Values[i] = value
		}
	}
	if c.AsOf, err = v.Date("as_of"); err != nil {
		return "", err
	}
	a, err := s.Door.Ask(v.Ctx(), v.Actor, c)
	if err != nil {
		return "", err
	}
	return "/compare?grant=" + url.QueryEscape(string(g.ID)) + "&answer=" + v.Notes.Put(v.Actor, answerNote{a, c}), nil
}

// covered is a number of which only its ends are read, enough for an officer to see
// whose it is among those they hold.
func covered(number string) string {
	r := []rune(number)
	if len(r) < 12 {
		return strings.Repeat("*", max(0, len(r)-2)) + string(r[max(0, len(r)-2):])
	}
	return string(r[:4]) + strings.Repeat("*", len(r)-8) + string(r[len(r)-4:])
}

func answerOf(v *page.Visit, a answerNote) (*answerLine, error) {
	names, err := v.Identity.MemberNames(v.Ctx(), a.Source)
	out := &answerLine{Trace: a.Trace, Source: v.Look().Name(names[a.Source]), AsOf: a.AsOf, Twin: a.Twin, About: covered(a.call.Subject.Value), Case: a.call.Case}
	for i, x := range a.Answers {
		l := itemAnswer{id: i, Item: v.ItemName(i), Asked: v.Look().Tongue(a.call.Values[i]), Answer: x.Answer, Comparator: x.Comparator, Reason: x.Reason}
		if a.call.Question == vocab.Status { // the item is where it was looked up
			l.Item = v.Look().Tongue(v.StatusNames([]string{a.call.Status}))
		}
		if x.Value != nil {
			t := v.Look().Tongue(*x.Value)
			l.Value = &t
		}
		out.Items = append(out.Items, l)
	}
	sort.Slice(out.Items, func(i, j int) bool { return out.Items[i].id < out.Items[j].id })
	return out, err
}

package own

import (
	"strings"

	"fontis/internal/edge/web/notes"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
)

// counterPage is what a clerk does for a person whose document they have seen.
type counterPage struct {
	Look   *page.Form
	Permit *page.Form
	Token  string // shown once
	View   *viewed
}

func personFields(v *page.Visit) []page.Field {
	kinds := append(personKeys(), vocab.CreditCode)
	return []page.Field{
		{Name: "subject_kind", Text: "key_kind", Kind: "select", Options: page.Words(v, "key_kind", kinds)},
		{Name: "subject", Need: true, Complete: "off"},
	}
}

func subjectOf(v *page.Visit) vocab.SubjectKey {
	return vocab.SubjectKey{Kind: vocab.SubjectKeyKind(v.Said("subject_kind")), Value: v.Said("subject")}
}

func (s *Section) counter(v *page.Visit) (any, error) {
	if err := v.Actor.Must(vocab.Counter); err != nil {
		return nil, err
	}
	document := page.Field{Name: "document", Text: "document_seen", Kind: "select", Need: true, Options: page.Words(v, "document", view.Documents())}
	p := counterPage{
		Look:   v.Form(page.Form{Action: "/counter", Name: "counter_look", Fields: append(personFields(v), document)}),
		Permit: v.Form(page.Form{Action: "/counter/permit", Name: "counter_permit", Fields: personFields(v)}),
	}
	p.Token, _ = notes.Take[string](v.Notes, v.Actor, v.Said("permit"))
	got, ok := notes.Read[view.Page](v.Notes, v.Actor, v.Said("view"))
	if !ok {
		return p, nil
	}
	var err error
	if p.View, err = viewOf(v, got); err == nil {
		p.View.Counter, p.View.Next = true, ""
	}
	return p, err
}

// look shows the person's view, to be printed; the look is an entry.
func (s *Section) look(v *page.Visit) (string, error) {
	got, err := s.View.AtCounter(v.Ctx(), v.Actor, view.Visit{Subject: subjectOf(v), Document: view.Document(v.Said("document"))}, view.Filter{Limit: 200})
	if err != nil {
		return "", err
	}
	return "/counter?view=" + v.Notes.Put(v.Actor, got), nil
}

// permit opens the person's own view on their own device for a while.
func (s *Section) permit(v *page.Visit) (string, error) {
	_, token, err := v.Identity.IssueSelf(v.Ctx(), v.Actor, subjectOf(v), permitLife)
	if err != nil {
		return "", err
	}
	return "/counter?permit=" + v.Notes.Put(v.Actor, token.Reveal()), nil
}

// counterMandatesPage records and ends mandates on documents.
type counterMandatesPage struct {
	Record *page.Form
	LookUp *page.Form
	Died   *page.Form
	Found  bool
	Lines  []mandateLine
}

func (s *Section) counterMandates(v *page.Visit) (any, error) {
	if err := v.Actor.Must(vocab.Counter); err != nil {
		return nil, err
	}
	base := "/counter/mandates"
	p := counterMandatesPage{
		LookUp: v.Form(page.Form{Action: base + "/look", Name: "look_up", Fields: personFields(v)}),
		Died:   v.Form(page.Form{Action: base + "/died", Name: "died", Grave: true, Fields: append(personFields(v), page.Field{Name: "reference", Text: "death_reference", Need: true})}),
		Record: v.Form(page.Form{Action: base, Name: "record_mandate", Fields: append(
			[]page.Field{{Name: "kind", Text: "mandate_kind", Kind: "select", Options: page.Words(v, "mandate_kind", mandate.Kinds())}},
			append(personFields(v), []page.Field{
				{Name: "agent_kind", Text: "agent_key_kind", Kind: "select", Options: page.Words(v, "key_kind", personKeys())},
				{Name: "agent", Need: true, Hint: true, Complete: "off"},
				{Name: "acts", Text: "mandate_acts", Kind: "checks", Options: page.Words(v, "mandate_act", mandate.Acts())},
				{Name: "in_person", Kind: "check"},
				{Name: "document", Text: "mandate_document", Kind: "select", Need: true, Options: page.Words(v, "mandate_document", mandate.Documents())},
				{Name: "reference", Text: "mandate_reference", Need: true},
				{Name: "until", Text: "mandate_until", Kind: "date", Need: true},
			}...)...,
		)}),
	}
	list, ok := notes.Read[[]mandate.Mandate](v.Notes, v.Actor, v.Said("found"))
	p.Found = ok
	for _, m := range list {
		l := mandateLine{Mandate: m, Alive: m.Alive(v.Clock.Now())}
		if l.Alive {
			l.Withdraw = v.Form(page.Form{Action: base + "/" + m.ID + "/end", Name: "end_mandate", Fields: []page.Field{
				{Name: "why", Text: "mandate_why", Kind: "select", Options: page.Words(v, "mandate_why", mandate.Reasons())},
				{Name: "reference", Text: "mandate_reference", Need: true},
			}})
		}
		p.Lines = append(p.Lines, l)
	}
	return p, nil
}

func (s *Section) record(v *page.Visit) (string, error) {
	n, err := newMandate(v)
	if err != nil {
		return "", err
	}
	n.Principal, n.InPerson, n.Document, n.Reference = subjectOf(v), v.Said("in_person") != "", v.Said("document"), v.Said("reference")
	_, err = s.Mandates.Record(v.Ctx(), v.Actor, n)
	return "/counter/mandates?done=mandate_given", err
}

func (s *Section) lookUp(v *page.Visit) (string, error) {
	list, err := s.Mandates.OfPerson(v.Ctx(), v.Actor, subjectOf(v))
	if err != nil {
		return "", err
	}
	return "/counter/mandates?found=" + v.Notes.Put(v.Actor, list), nil
}

func (s *Section) end(v *page.Visit) (string, error) {
	return "/counter/mandates?done=mandate_ended", s.Mandates.End(v.Ctx(), v.Actor, v.ID("id"), v.Said("why"), strings.TrimSpace(v.Said("reference")))
}

func (s *Section) died(v *page.Visit) (string, error) {
	_, err := s.Mandates.Died(v.Ctx(), v.Actor, subjectOf(v), v.Said("reference"))
	return "/counter/mandates?done=mandate_ended", err
}

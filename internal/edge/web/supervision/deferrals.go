package supervision

import (
	"net/url"
	"strings"

	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/vocab"
)

// deferralsPage is how much is kept from people for a while, and on what ground:
// the totals are everyone's, the orders are the bodies'.
type deferralsPage struct {
	Totals  deferral.Totals
	Grounds []deferral.Ground
	List    *page.Shown[orderLine] // an officer's
	Form    *page.Form
}

type orderLine struct {
	deferral.Order
	By    page.Tongued
	Why   page.Tongued
	Steps []*page.Form
}

func (s *Section) deferrals(v *page.Visit) (any, error) {
	p := deferralsPage{}
	var err error
	if p.Totals, err = s.Deferrals.Totals(v.Ctx()); err != nil {
		return nil, err
	}
	if p.Grounds, err = s.Deferrals.Grounds(v.Ctx()); err != nil {
		return nil, err
	}
	if v.Actor.Must(vocab.DataUser, vocab.Steward, vocab.Authority, vocab.Auditor) != nil {
		return p, nil
	}
	list, err := s.orderList(v)
	if err != nil {
		return nil, err
	}
	shown, err := list.Show(v)
	if err != nil {
		return nil, err
	}
	p.List = &shown
	if v.Actor.Must(vocab.DataUser, vocab.Steward, vocab.Authority) == nil {
		p.Form = v.Form(page.Form{Action: "/deferrals", Name: "propose_deferral", Fields: proposalFields(v, p.Grounds)})
	}
	return p, nil
}

func (s *Section) orderList(v *page.Visit) (page.List[orderLine], error) {
	key := func(l orderLine) string { return l.ID }
	states := page.Strings([]deferral.State{deferral.Proposed, deferral.InForce, deferral.Refused, deferral.Lifted, deferral.Over})
	return page.List[orderLine]{
		Path: "/deferrals", Key: key,
		Columns: []page.Column[orderLine]{
			{Name: "number", Say: func(l orderLine) any { return l.ID }},
			{Name: "member", Say: func(l orderLine) any { return l.By }},
			{Name: "deferral_ground", Kind: "deferral_ground", Say: func(l orderLine) any { return l.Ground }},
			{Name: "deferral_reference", Say: func(l orderLine) any { return l.Reference }},
			{Name: "until", Say: func(l orderLine) any { return page.Day{Time: l.Until} }},
			{Name: "state", Kind: "deferral_state", Words: states, Say: func(l orderLine) any { return l.State }},
		},
		Fetch: func(after string, limit int) ([]orderLine, error) {
			list, err := s.Deferrals.Orders(v.Ctx(), v.Actor, identity.Page{After: after, Limit: limit})
			if err != nil {
				return nil, err
			}
			return orderLines(v, list)
		},
	}, nil
}

func orderLines(v *page.Visit, list []deferral.Order) ([]orderLine, error) {
	var ids []vocab.MemberID
	for _, o := range list {
		ids = append(ids, o.Body)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	why := page.Field{Name: "reason", Need: true}
	out := make([]orderLine, len(list))
	for i, o := range list {
		out[i] = orderLine{Order: o, By: v.NameOr(names, o.Body), Why: v.Look().Tongue(o.Reason)}
		base := "/deferrals/" + url.PathEscape(o.ID) + "/"
		if o.State == deferral.Proposed && !v.Actor.In(o.Body) {
			out[i].Steps = append(out[i].Steps, v.Form(page.Form{Action: base + "confirm", Name: "deferral_confirm"}), v.Form(page.Form{Action: base + "refuse", Name: "deferral_refuse", Fields: []page.Field{why}}))
		}
		if o.State == deferral.InForce {
			out[i].Steps = append(out[i].Steps, v.Form(page.Form{Action: base + "lift", Name: "deferral_lift", Fields: []page.Field{why}}))
		}
	}
	return out, err
}

func proposalFields(v *page.Visit, grounds []deferral.Ground) []page.Field {
	options := make([]page.Option, len(grounds))
	for i, g := range grounds {
		options[i] = page.Option{Value: g.Jurisdiction + "\n" + g.Name, Label: v.Look().Word("deferral_ground", g.Name) + " · " + v.Look().Law(g.Citation).Text}
	}
	kinds := []vocab.SubjectKeyKind{vocab.CitizenNumber, vocab.Permit, vocab.Passport}
	return []page.Field{
		{Name: "entry", Text: "deferral_entry", Hint: true, Complete: "off"},
		{Name: "subject_kind", Text: "key_kind", Kind: "select", Options: page.Words(v, "key_kind", kinds)},
		{Name: "subject", Hint: true, Text: "deferral_subject", Complete: "off"},
		{Name: "member", Text: "deferral_member", Hint: true},
		{Name: "ground", Text: "deferral_ground", Kind: "select", Need: true, Options: options},
		{Name: "reference", Text: "deferral_reference", Hint: true, Need: true},
		{Name: "until", Kind: "date", Need: true},
		{Name: "renews", Text: "deferral_renews"},
	}
}

func (s *Section) propose(v *page.Visit) (string, error) {
	law, ground, _ := strings.Cut(v.R.PostForm.Get("ground"), "\n")
	n := deferral.New{
		Member: vocab.MemberID(v.Said("member")), Trace: vocab.TraceID(v.Said("entry")), Ground: ground, Jurisdiction: law,
		Reference: v.Said("reference"), Renews: v.Said("renews"),
	}
	if number := v.Said("subject"); number != "" {
		n.Subject = vocab.SubjectKey{Kind: vocab.SubjectKeyKind(v.Said("subject_kind")), Value: number}
	}
	var err error
	if n.Until, err = v.Date("until"); err != nil {
		return "", err
	}
	_, err = s.Deferrals.Propose(v.Ctx(), v.Actor, n)
	return "/deferrals?done=deferral_proposed", err
}

func (s *Section) decide(v *page.Visit) (string, error) {
	var err error
	id, why := v.ID("id"), v.Said("reason")
	switch v.ID("act") {
	case "confirm":
		_, err = s.Deferrals.Confirm(v.Ctx(), v.Actor, id)
	case "refuse":
		_, err = s.Deferrals.Refuse(v.Ctx(), v.Actor, id, why)
	case "lift":
		err = s.Deferrals.Lift(v.Ctx(), v.Actor, id, why)
	default:
		err = identity.NotYours()
	}
	return "/deferrals?done=step", err
}

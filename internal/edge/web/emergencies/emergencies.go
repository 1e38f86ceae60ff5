// Package emergencies is where an officer declares an emergency, which opens data
// at once for a day at most, and where another officer reviews it.
package emergencies

import (
	"net/url"

	"fontis/internal/duty/share/emergency"
	"fontis/internal/edge/web/clocks"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Section is these pages with what they call.
type Section struct{ Emergency *emergency.Service }

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/emergencies", Page: "emergencies", Show: s.list, Act: s.declare, File: page.File(s.lines)},
		{Path: "/emergencies/{id}/{act}", Only: true, Page: "emergencies", Show: s.list, Act: s.review},
	}
}

// listPage lists emergencies, with the review of those that wait for one.
type listPage struct {
	List page.Shown[line]
	Form *page.Form
}

type line struct {
	emergency.Emergency
	By, From, Reason, Basis, Note page.Tongued
	Clocks                        []clocks.Clock
	Steps                         []*page.Form
	Party                         bool // the grant is the visitor's to read
}

func (s *Section) list(v *page.Visit) (any, error) {
	list, err := s.lines(v)
	if err != nil {
		return nil, err
	}
	p := listPage{}
	if p.List, err = list.Show(v); err != nil {
		return nil, err
	}
	if v.Actor.Has(vocab.DataUser) {
		p.Form = v.Form(page.Form{Action: "/emergencies", Name: "declare_emergency", Grave: true, Fields: []page.Field{
			{Name: "dataset", Text: "scope_dataset", Hint: true, Need: true},
			{Name: "items", Text: "scope_items", Hint: true, Need: true},
			{Name: "question", Kind: "select", Options: page.Words(v, "question", vocab.Questions())},
			{Name: "statuses", Hint: true},
			{Name: "purpose", Hint: true, Need: true},
			{Name: "law", Need: true},
			{Name: "reason", Kind: "long", Need: true},
			{Name: "hours", Text: "emergency_hours", Kind: "number", Need: true, Value: "24"},
		}})
	}
	return p, nil
}

func (s *Section) lines(v *page.Visit) (page.List[line], error) {
	states := page.Strings([]emergency.State{emergency.Declared, emergency.Upheld, emergency.Objected, emergency.Overdue})
	return page.List[line]{
		Path: "/emergencies", Key: func(l line) string { return l.ID },
		Columns: []page.Column[line]{
			{Name: "number", Say: func(l line) any { return l.ID }},
			{Name: "requester", Say: func(l line) any { return l.By }},
			{Name: "provider", Say: func(l line) any { return l.From }},
			{Name: "grant_id", Say: func(l line) any { return l.Grant }},
			{Name: "from", Say: func(l line) any { return l.OpenedAt }},
			{Name: "until", Say: func(l line) any { return l.EndsAt }},
			{Name: "reason", Say: func(l line) any { return l.Reason }},
			{Name: "law", Say: func(l line) any { return l.Basis }},
			{Name: "state", Kind: "emergency_state", Words: states, Say: func(l line) any { return l.State }},
		},
		Fetch: func(after string, limit int) ([]line, error) {
			list, err := s.Emergency.List(v.Ctx(), v.Actor, after, limit)
			if err != nil {
				return nil, err
			}
			return lines(v, list)
		},
	}, nil
}

func lines(v *page.Visit, list []emergency.Emergency) ([]line, error) {
	var ids []vocab.MemberID
	for _, e := range list {
		ids = append(ids, e.Member, e.Provider)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	if err != nil {
		return nil, err
	}
	l := v.Look()
	out := make([]line, len(list))
	for i, e := range list {
		out[i] = line{Emergency: e, By: v.NameOr(names, e.Member), From: v.NameOr(names, e.Provider), Reason: l.Tongue(e.Reason), Basis: l.Law(e.Basis), Note: l.Tongue(e.Note), Party: v.Party(e.Member, e.Provider)}
		if out[i].Clocks, err = clocks.Of(v, e.Clocks); err != nil {
			return nil, err
		}
		if e.Reviews(v.Actor) {
			base, note := "/emergencies/"+url.PathEscape(e.ID)+"/", page.Field{Name: "reason", Kind: "long", Need: true}
			out[i].Steps = []*page.Form{
				v.Form(page.Form{Action: base + "uphold", Name: "emergency_uphold", Fields: []page.Field{note}}),
				v.Form(page.Form{Action: base + "object", Name: "emergency_object", Grave: true, Fields: []page.Field{note}}),
			}
		}
	}
	return out, nil
}

func (s *Section) declare(v *page.Visit) (string, error) {
	hours, err := v.Count("hours")
	if err != nil {
		return "", err
	}
	in := access.EmergencyGrant{
		Question: vocab.Question(v.Said("question")), Statuses: page.Listed(v.Said("statuses")), Purpose: v.Said("purpose"),
		Basis: v.Said("law"), Reason: v.Said("reason"), Hours: int(hours),
	}
	for _, code := range page.Listed(v.Said("items")) {
		in.Items = append(in.Items, vocab.ItemID(v.Said("dataset")+"/"+code))
	}
	e, err := s.Emergency.Declare(v.Ctx(), v.Actor, in)
	if err != nil {
		return "", err
	}
	return "/grants/" + url.PathEscape(string(e.Grant)) + "?done=emergency_declared", nil
}

func (s *Section) review(v *page.Visit) (string, error) {
	act := v.ID("act")
	if act != "uphold" && act != "object" {
		return "", identity.NotYours()
	}
	_, err := s.Emergency.Review(v.Ctx(), v.Actor, v.ID("id"), act == "uphold", v.Said("reason"))
	return "/emergencies?done=step", err
}

package duties

import (
	"net/url"
	"slices"
	"strings"

	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/edge/web/clocks"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// demandsPage lists demands, each with what may be answered, and the form of a new one.
type demandsPage struct {
	List page.Shown[demandLine]
	Form *page.Form
}

type demandLine struct {
	demand.Demand
	From, To, Title, Wish, Why, Law page.Tongued
	Clocks                          []clocks.Clock
	Steps                           []*page.Form
}

func (s *Section) demands(v *page.Visit) (any, error) {
	list, err := s.demandList(v)
	if err != nil {
		return nil, err
	}
	p := demandsPage{}
	if p.List, err = list.Show(v); err != nil {
		return nil, err
	}
	if v.Actor.Has(vocab.DataUser) {
		of, err := departments(v)
		if err != nil {
			return nil, err
		}
		p.Form = v.Form(page.Form{Action: "/demands", Name: "demand", Fields: []page.Field{
			of.without(v.Actor.Member),
			{Name: "name", Text: "demand_name", Need: true, Value: v.Said("name")},
			{Name: "what", Text: "demand_what", Kind: "long", Need: true},
			{Name: "wanted", Text: "demand_items", Hint: true},
			{Name: "law", Need: true},
			{Name: "article", Need: true},
			{Name: "purpose", Hint: true, Need: true},
			{Name: "scenario", Kind: "long", Hint: true, Need: true},
		}})
	}
	return p, nil
}

func (s *Section) demand(v *page.Visit) (any, error) {
	d, err := s.Demand.Get(v.Ctx(), v.Actor, v.ID("id"))
	if err != nil {
		return nil, err
	}
	lines, err := demandLines(v, []*demand.Demand{d})
	return demandsPage{List: page.Shown[demandLine]{Lines: lines}}, err
}

func (s *Section) demandList(v *page.Visit) (page.List[demandLine], error) {
	return page.List[demandLine]{
		Path: "/demands", Key: func(l demandLine) string { return l.ID },
		Columns: []page.Column[demandLine]{
			{Name: "number", Say: func(l demandLine) any { return l.ID }},
			{Name: "demand_name", Say: func(l demandLine) any { return l.Title }},
			{Name: "requester", Say: func(l demandLine) any { return l.From }},
			{Name: "provider", Say: func(l demandLine) any { return l.To }},
			{Name: "demand_what", Say: func(l demandLine) any { return l.Wish }},
			{Name: "state", Kind: "demand_state", Words: page.Strings(demand.States()), Say: func(l demandLine) any { return l.State }},
			{Name: "when", Say: func(l demandLine) any { return l.OpenedAt }},
		},
		Fetch: func(after string, limit int) ([]demandLine, error) {
			list, err := s.Demand.List(v.Ctx(), v.Actor, after, limit)
			if err != nil {
				return nil, err
			}
			return demandLines(v, list)
		},
	}, nil
}

func demandLines(v *page.Visit, list []*demand.Demand) ([]demandLine, error) {
	var ids []vocab.MemberID
	for _, d := range list {
		ids = append(ids, d.Requester, d.Provider)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	if err != nil {
		return nil, err
	}
	of, err := departments(v)
	if err != nil {
		return nil, err
	}
	l, out := v.Look(), make([]demandLine, len(list))
	for i, d := range list {
		out[i] = demandLine{
			Demand: *d, From: v.NameOr(names, d.Requester), To: v.NameOr(names, d.Provider), Title: l.Tongue(d.Name), Wish: l.Tongue(d.What),
			Why: l.Tongue(d.Reason), Law: l.Law(d.Citation), Steps: answers(v, d, of),
		}
		if out[i].Clocks, err = clocks.Of(v, d.Clocks); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// answers are the forms of the department, or of the authority, whose turn it is.
func answers(v *page.Visit, d *demand.Demand, of choice) []*page.Form {
	action := "/demands/" + url.PathEscape(d.ID) + "/answer"
	reason := page.Field{Name: "reason", Kind: "long", Need: true}
	var out []*page.Form
	for _, act := range d.Answers(v.Actor) {
		fields := map[string][]page.Field{
			demand.ActList:    {{Name: "dataset", Text: "demand_dataset", Hint: true, Need: true}, {Name: "items", Text: "demand_found", Hint: true}},
			demand.ActReroute: {of.without(d.Provider), reason},
			demand.ActDisown:  {{Name: "not_mine", Kind: "hidden", Value: "yes"}, reason},
			demand.ActAssign:  {of.without(d.Provider), reason},
			demand.ActRefuse:  {reason, {Name: "citation", Need: true}},
		}[act]
		out = append(out, v.Form(page.Form{Action: action, Name: "demand_" + act, Grave: act == demand.ActRefuse, Fields: fields}))
	}
	return out
}

// mostChoices is the longest list of departments that is offered for choice; of more
// the id is typed.
const mostChoices = 400

// choice are the departments that may be named in a form, as a reader looks for them;
// none where there are too many.
type choice []page.Option

func departments(v *page.Visit) (choice, error) {
	list, err := v.Identity.Departments(v.Ctx(), v.Actor, identity.Page{Limit: mostChoices + 1})
	if err != nil || len(list) > mostChoices {
		return nil, err
	}
	var out choice
	for _, m := range list {
		out = append(out, page.Option{Value: string(m.ID), Label: v.Look().Name(m.Name).Text})
	}
	v.ByName(out)
	return v.Choose(out), nil
}

// without asks which department should list something, chosen by name: not the one
// that asks, nor the one that was asked.
func (c choice) without(m vocab.MemberID) page.Field {
	if c == nil {
		return page.Field{Name: "of", Text: "demand_of", Hint: true, Need: true}
	}
	rest := slices.DeleteFunc(slices.Clone(c), func(o page.Option) bool { return o.Value == string(m) })
	return page.Field{Name: "of", Text: "demand_of", Kind: "select", Need: true, Options: rest}
}

// named is the department that was typed, by its id or by its name in a language of
// the node: where there are too many to choose from, a clerk knows the name. What
// names none, or several, stays as it is and is refused.
func named(v *page.Visit) (vocab.MemberID, error) {
	said, found, of := strings.TrimSpace(v.Said("of")), 0, vocab.MemberID("")
	for after := ""; said != ""; {
		list, err := v.Identity.Departments(v.Ctx(), v.Actor, identity.Page{After: after, Limit: mostChoices})
		if err != nil {
			return "", err
		}
		if len(list) == 0 {
			break
		}
		for _, m := range list {
			switch after = string(m.ID); said {
			case after:
				return m.ID, nil
			case m.Name.Zh, m.Name.En:
				found, of = found+1, m.ID
			}
		}
	}
	if found == 1 {
		return of, nil
	}
	return vocab.MemberID(said), nil
}

func (s *Section) make(v *page.Visit) (string, error) {
	of, err := named(v)
	if err != nil {
		return "", err
	}
	r, err := s.Share.Demand(v.Ctx(), v.Actor, share.Wish{
		Of: of, Name: v.Said("name"), What: v.Said("what"), Wanted: page.Listed(v.Said("wanted")),
		Fields: share.Fields{Basis: entry.Cite{Law: v.Said("law"), Article: v.Said("article")}, Purpose: v.Said("purpose"), Scenario: v.Said("scenario")},
	})
	if err != nil {
		return "", err
	}
	return "/requests/" + url.PathEscape(string(r.ID)) + "?done=demanded", nil
}

func (s *Section) answer(v *page.Visit) (string, error) {
	id := v.ID("id")
	of, err := named(v)
	if err != nil {
		return "", err
	}
	_, err = s.Demand.Answer(v.Ctx(), v.Actor, id, demand.Answer{
		Of: of, NotMine: v.Said("not_mine") != "", Dataset: vocab.DatasetID(v.Said("dataset")), Items: page.Listed(v.Said("items")), Reason: v.Said("reason"), Citation: v.Said("citation"),
	})
	return "/demands/" + url.PathEscape(id) + "?done=step", err
}

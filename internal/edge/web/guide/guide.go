// Package guide is the help: what a visitor can do here, asked and answered in
// plain words, one page for each kind of visitor.
package guide

import (
	"slices"
	"strconv"

	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Section is these pages; they call nothing.
type Section struct{}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/help", Page: "help", Open: true, Plain: page.Simply("/care/person"), Show: list},
		{Path: "/help/{who}", Page: "guide", Open: true, Plain: page.Simply("/care/person"), Show: read},
	}
}

// guideOf is a kind of visitor with the pages to which the answers lead.
type guideOf struct {
	Who   string
	paths []string
	role  vocab.Role
}

// guides are all, residents first. The questions and answers of each are
// page.guide.WHO_q1, WHO_a1 and so on, one for each path; an empty path leads
// nowhere.
func guides() []guideOf {
	return []guideOf{
		{"resident", []string{"/mine", "/mine", "/contests/new", "/authorisations", "/mandates", "/notices/mail", "/display"}, ""},
		{"user", []string{"/search", "/requests?side=own", "/requests?side=own", "/compare", "/accesses?side=caller"}, vocab.DataUser},
		{"steward", []string{"/import", "/todo", "/sources", "/requests", "/contests"}, vocab.Steward},
		{"authority", []string{"/members", "/requests", "/authorisations", "/emergencies", "/demands"}, vocab.Authority},
		{"counter", []string{"/counter", "/counter", "/contests/new", "/counter/mandates"}, vocab.Counter},
		{"auditor", []string{"/audit", "/audit/draws", "/accesses", "/audit/reports"}, vocab.Auditor},
		{"operator", []string{"/health", "/officers", "/machines", ""}, vocab.Operator},
	}
}

// listPage offers the guides, those of the visitor first.
type listPage struct{ Own, Others []string }

func list(v *page.Visit) (any, error) {
	p := listPage{}
	for _, g := range guides() {
		if g.leads(v) {
			p.Own = append(p.Own, g.Who)
		} else {
			p.Others = append(p.Others, g.Who)
		}
	}
	return p, nil
}

// guidePage is one guide.
type guidePage struct {
	Who   string
	Title string
	Parts []part
}

type part struct{ Question, Answer, Path string }

// Headline is whom the guide is for.
func (p guidePage) Headline() string { return p.Title }

// leads tells whether the guide is for the reader.
func (g guideOf) leads(v *page.Visit) bool {
	return g.role != "" && v.Actor.Has(g.role) || g.role == "" && v.Actor.Member == ""
}

func read(v *page.Visit) (any, error) {
	i := slices.IndexFunc(guides(), func(g guideOf) bool { return g.Who == v.ID("who") })
	if i < 0 {
		return nil, identity.NotYours()
	}
	g, k := guides()[i], v.Look()
	title, err := k.Say("page.guide." + g.Who)
	p := guidePage{Who: g.Who, Title: title}
	for n, path := range g.paths {
		key := "page.guide." + g.Who + "_"
		q, a := key+"q"+strconv.Itoa(n+1), key+"a"+strconv.Itoa(n+1)
		question, errQ := k.Say(q)
		answer, errA := k.Say(a)
		if err == nil && (errQ != nil || errA != nil) {
			err = vocab.InternalError.Because("the guide %s lacks part %d", g.Who, n+1)
		}
		if !g.leads(v) {
			path = "" // it would lead to a page that is not the reader's
		}
		p.Parts = append(p.Parts, part{Question: question, Answer: answer, Path: path})
	}
	return p, err
}

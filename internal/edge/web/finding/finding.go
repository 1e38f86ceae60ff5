// Package finding shows what helps people to find entries: which sets hold a
// field, words that stand for one another, the searches that an officer saved, the
// lists of who answers for what and of what is held back, and the catalogs of others
// that a member reads.
package finding

import (
	"net/url"
	"slices"
	"strconv"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/finding"
	"fontis/internal/duty/catalog/harvest"
	"fontis/internal/duty/catalog/lists"
	running "fontis/internal/edge/taking/harvest"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// Section is these pages with what they call.
type Section struct {
	Finding *finding.Service
	Lists   *lists.Service
	Harvest *harvest.Service
	Runner  *running.Runner
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/fields", Page: "fields", Open: true, Show: s.fields},
		{Path: "/synonyms", Page: "synonyms", Up: "/search", Show: s.synonyms, Act: s.put},
		{Path: "/synonyms/{id}/{act}", Only: true, Page: "synonyms", Show: s.synonyms, Act: s.turn},
		{Path: "/searches", Page: "searches", Up: "/search", Show: s.searches, Act: s.save},
		{Path: "/searches/{id}/forget", Only: true, Page: "searches", Show: s.searches, Act: s.forget},
		{Path: "/lists", Page: "lists", Up: "/search", Open: true, Show: s.responsibility, File: page.File(s.duties)},
		{Path: "/lists/negative", Page: "negative", Open: true, Show: s.negative, File: page.File(s.withheld)},
		{Path: "/harvests", Page: "harvests", Up: "/import", Show: s.harvests, Act: s.addHarvest},
		{Path: "/harvests/{id}/{act}", Only: true, Page: "harvests", Show: s.harvests, Act: s.turnHarvest},
	}
}

// fieldsPage lists names of items.
type fieldsPage struct {
	Text  string
	Total int
	Exact bool
	Lines []fieldLine
	Next  string
}

type fieldLine struct {
	Name page.Tongued
	Sets int
	Link string
}

func (s *Section) fields(v *page.Visit) (any, error) {
	p := fieldsPage{Text: v.Said("q"), Exact: true}
	if p.Text == "" {
		return p, nil
	}
	from, _ := strconv.Atoi(v.Said("from"))
	from = max(0, min(from, page.MostFile))
	found, err := v.Catalog.ItemsNamed(v.Ctx(), v.Actor, catalog.SearchQuery{Text: p.Text, Offset: from, Limit: page.Size})
	if err != nil {
		return nil, err
	}
	p.Total, p.Exact = found.Total, found.Exact
	for _, h := range found.Hits {
		p.Lines = append(p.Lines, fieldLine{Name: v.Look().Tongue(h.Name), Sets: h.N, Link: "/search?" + url.Values{"item": {h.Name}}.Encode()})
	}
	if from+len(found.Hits) < found.Total && len(found.Hits) > 0 {
		p.Next = "/fields?" + url.Values{"q": {p.Text}, "from": {strconv.Itoa(from + page.Size)}}.Encode()
	}
	return p, nil
}

// synonymsPage lists the groups of words.
type synonymsPage struct {
	Groups []group
	Add    *page.Form
}

type group struct {
	Words  []string
	Owner  page.Tongued
	Change *page.Form
	Remove *page.Form
}

func (s *Section) synonyms(v *page.Visit) (any, error) {
	all, err := s.Finding.Synonyms(v.Ctx(), v.Actor)
	if err != nil {
		return nil, err
	}
	var ids []vocab.MemberID
	for _, g := range all {
		ids = append(ids, g.Owner)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	if err != nil {
		return nil, err
	}
	p := synonymsPage{}
	words := page.Field{Name: "words", Text: "synonym_words", Hint: true, Need: true}
	for _, g := range all {
		line := group{Words: g.Words, Owner: v.NameOr(names, g.Owner)}
		if v.Actor.In(g.Owner) && v.Actor.Has(vocab.Steward) {
			base, given := "/synonyms/"+url.PathEscape(g.ID), words
			given.Value = joined(g.Words)
			line.Change = v.Form(page.Form{Action: base + "/change", Name: "change_synonym", Fields: []page.Field{given}})
			line.Remove = v.Form(page.Form{Action: base + "/remove", Name: "remove_synonym", Inline: true})
		}
		p.Groups = append(p.Groups, line)
	}
	if v.Actor.Has(vocab.Steward) {
		p.Add = v.Form(page.Form{Action: "/synonyms", Name: "add_synonym", Fields: []page.Field{words}})
	}
	return p, nil
}

func joined(words []string) string {
	out := ""
	for i, w := range words {
		if i > 0 {
			out += ", "
		}
		out += w
	}
	return out
}

func (s *Section) put(v *page.Visit) (string, error) {
	_, err := s.Finding.PutSynonym(v.Ctx(), v.Actor, finding.Synonym{Words: page.Listed(v.Said("words"))})
	return "/synonyms?done=saved", err
}

func (s *Section) turn(v *page.Visit) (string, error) {
	switch v.ID("act") {
	case "change":
		_, err := s.Finding.PutSynonym(v.Ctx(), v.Actor, finding.Synonym{ID: v.ID("id"), Words: page.Listed(v.Said("words"))})
		return "/synonyms?done=saved", err
	case "remove":
		return "/synonyms?done=removed", s.Finding.RemoveSynonym(v.Ctx(), v.Actor, v.ID("id"))
	}
	return "", vocab.NoSuchThing.Because("no page stands here")
}

// searchesPage lists saved searches; Add keeps the one that the address holds.
type searchesPage struct {
	Lines []searchLine
	Add   *page.Form
}

type searchLine struct {
	Name   page.Tongued
	Link   string
	Forget *page.Form
}

func (s *Section) searches(v *page.Visit) (any, error) {
	all, err := s.Finding.Searches(v.Ctx(), v.Actor)
	if err != nil {
		return nil, err
	}
	p := searchesPage{}
	for _, q := range all {
		p.Lines = append(p.Lines, searchLine{
			Name: v.Look().Tongue(q.Name), Link: linkOf(q),
			Forget: v.Form(page.Form{Action: "/searches/" + url.PathEscape(q.ID) + "/forget", Name: "forget_search", Inline: true}),
		})
	}
	if asked := v.Said("asked"); asked != "" {
		p.Add = v.Form(page.Form{Action: "/searches", Name: "save_search", Fields: []page.Field{
			{Name: "asked", Kind: "hidden", Value: asked}, {Name: "name", Text: "search_name", Hint: true},
		}})
	}
	return p, nil
}

func linkOf(q finding.Search) string {
	u := url.Values{}
	for name, values := range q.Filters {
		u[name] = slices.Clone(values)
	}
	for name, value := range map[string]string{"q": q.Text, "item": q.Item} {
		if value != "" {
			u.Set(name, value)
		}
	}
	return "/search?" + u.Encode()
}

func (s *Section) save(v *page.Visit) (string, error) {
	asked, err := url.ParseQuery(v.Said("asked"))
	if err != nil {
		return "", vocab.BadInput.Because("the search to be saved is no address")
	}
	q := finding.Search{Name: v.Said("name"), Text: asked.Get("q"), Item: asked.Get("item"), Filters: map[string][]string{}}
	for name, values := range asked {
		if name != "q" && name != "item" && name != "from" {
			q.Filters[name] = values
		}
	}
	_, err = s.Finding.SaveSearch(v.Ctx(), v.Actor, q)
	return "/searches?done=saved", err
}

func (s *Section) forget(v *page.Visit) (string, error) {
	return "/searches?done=removed", s.Finding.ForgetSearch(v.Ctx(), v.Actor, v.ID("id"))
}

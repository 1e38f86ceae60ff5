package care

import (
	"net/url"
	"strconv"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// findPage asks what data somebody looks for, and names a few that were found.
type findPage struct {
	Asked string
	Total int
	Found []foundLine
	Next  string
}

type foundLine struct {
	Path      string
	Name, Who page.Tongued
}

func (s *Section) find(v *page.Visit) (any, error) {
	p := findPage{Asked: v.Said("q")}
	if p.Asked == "" {
		return p, nil
	}
	from, _ := strconv.Atoi(v.Said("from")) // no number is the beginning
	from = max(0, min(from, page.MostFile))
	got, err := v.Catalog.Search(v.Ctx(), v.Actor, catalog.SearchQuery{Text: p.Asked, Offset: from, Limit: few})
	if err != nil {
		return nil, err
	}
	var owners []vocab.MemberID
	for _, d := range got.Hits {
		owners = append(owners, d.Owner)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), owners...)
	for _, d := range got.Hits {
		p.Found = append(p.Found, foundLine{Path: "/care/find/" + url.PathEscape(string(d.ID)), Name: v.Look().Either(d.Name), Who: v.NameOr(names, d.Owner)})
	}
	if p.Total = got.Total; from+few < got.Total && len(got.Hits) > 0 {
		p.Next = with("/care/find", url.Values{"q": {p.Asked}, "from": {strconv.Itoa(from + few)}})
	}
	return p, err
}

// foundPage tells of one data set what a resident asks about it.
type foundPage struct {
	Name, Who, About page.Tongued
	Items            []page.Tongued // the first few
	Of               int            // more than those
	Cycle            vocab.UpdateCycle
	Share            vocab.ShareType
	Open, Persons    bool
}

// Headline is the name of the set, for the title of the page.
func (p foundPage) Headline() string { return p.Name.Text }

func (s *Section) found(v *page.Visit) (any, error) {
	d, err := v.Catalog.Get(v.Ctx(), v.Actor, vocab.DatasetID(v.ID("id")))
	if err != nil {
		return nil, err
	}
	names, err := v.Identity.MemberNames(v.Ctx(), d.Owner)
	l := v.Look()
	p := foundPage{
		Name: l.Either(d.Name), Who: v.NameOr(names, d.Owner), About: l.Either(d.Abstract),
		Cycle: d.Cycle, Share: d.Share, Open: d.Open == entry.UnconditionalOpen, Persons: d.Subject.OfPersons(),
	}
	for _, it := range d.Items[:min(len(d.Items), few)] {
		p.Items = append(p.Items, l.Either(it.Name))
	}
	if len(d.Items) > few {
		p.Of = len(d.Items)
	}
	return p, err
}

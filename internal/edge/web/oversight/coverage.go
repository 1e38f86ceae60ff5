package oversight

import (
	"net/url"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share/coverage"
	"fontis/internal/duty/share/freshness"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// coveragePage is how far the catalog reaches, by department or by region.
type coveragePage struct {
	By    string
	Whole bool // the reader sees the lines of others, too
	Above page.Tongued
	List  page.Shown[coverLine]
}

// coverLine is a line of the report with its name.
type coverLine struct {
	coverage.Line
	Name  page.Tongued
	Below string // the report of its parts
}

// Hits is the search for the line's entries of a degree; every one where it is "".
func (l coverLine) Hits(degree string) string {
	q := url.Values{"state": {string(entry.StatePublished)}}
	if l.Member != "" {
		q.Set(string(catalog.FacetOwner), string(l.Member))
	} else {
		q.Set(string(entry.FieldRegion), l.Region)
	}
	if degree != "" {
		q.Set(string(catalog.FacetDescribed), degree)
	}
	return "/search?" + q.Encode()
}

func coverBy(v *page.Visit) coverage.Query {
	if v.Asked("by") == string(coverage.Region) {
		return coverage.Query{By: coverage.Region, Under: v.Asked("under")}
	}
	return coverage.Query{By: coverage.Department}
}

func (s *Section) report(v *page.Visit) (page.List[coverLine], error) {
	q := coverBy(v)
	number := func(head string, n func(coverLine) int) page.Column[coverLine] {
		return page.Column[coverLine]{Head: "page.coverage." + head, Say: func(l coverLine) any { return n(l) }}
	}
	key := func(l coverLine) string { return string(l.Member) + l.Region }
	return page.List[coverLine]{
		Path: "/coverage", Keep: []string{"by", "under"}, Key: key,
		Order: func(l coverLine) string { return l.Name.Text },
		Columns: []page.Column[coverLine]{
			{Head: "page.coverage.code", Say: func(l coverLine) any { return key(l) }},
			{Head: "page.coverage." + string(q.By), Say: func(l coverLine) any { return l.Name.Text }},
			number("listed", func(l coverLine) int { return l.Listed }),
			number("whole", func(l coverLine) int { return l.Whole }),
			number("most", func(l coverLine) int { return l.Most }),
			number("less", func(l coverLine) int { return l.Less }),
			number("connected", func(l coverLine) int { return l.Connected }),
			number("stale", func(l coverLine) int { return l.Stale }),
		},
		Fetch: page.Whole(key, func() ([]coverLine, error) { // counted once, however long it is
			lines, err := s.Coverage.Report(v.Ctx(), v.Actor, q)
			if err != nil {
				return nil, err
			}
			return named(v, q, lines)
		}),
	}, nil
}

func named(v *page.Visit, q coverage.Query, lines []coverage.Line) ([]coverLine, error) {
	var ids []vocab.MemberID
	for _, l := range lines {
		ids = append(ids, l.Member)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	if err != nil {
		return nil, err
	}
	var out []coverLine
	for _, l := range lines {
		line := coverLine{Line: l}
		if q.By == coverage.Department {
			line.Name = v.NameOr(names, l.Member)
		} else {
			line.Name = v.Look().Region(l.Region)
			if l.Region != q.Under {
				line.Below = "/coverage?" + url.Values{"by": {string(coverage.Region)}, "under": {l.Region}}.Encode()
			}
		}
		out = append(out, line)
	}
	return out, nil
}

func (s *Section) coverage(v *page.Visit) (any, error) {
	list, err := s.report(v)
	if err != nil {
		return nil, err
	}
	q := coverBy(v)
	p := coveragePage{By: string(q.By), Whole: v.Actor.Must(vocab.Authority, vocab.Auditor) == nil}
	if q.Under != "" {
		p.Above = v.Look().Region(q.Under)
	}
	p.List, err = list.Show(v)
	return p, err
}

// lapseLine is an entry that lapsed, with its names.
type lapseLine struct {
	freshness.Lapse
	Set, Of page.Tongued
}

// lapsed lists what lapsed: the own department's for a steward, everybody's for who
// oversees.
func (s *Section) lapsed(v *page.Visit) (page.List[lapseLine], error) {
	overseen := v.Actor.Must(vocab.Authority, vocab.Auditor) == nil
	return page.List[lapseLine]{
		Path: "/lapses", Key: func(l lapseLine) string { return string(l.Dataset) },
		Columns: []page.Column[lapseLine]{
			{Head: "page.lapses.code", Say: func(l lapseLine) any { return string(l.Dataset) }},
			{Name: "dataset", Say: func(l lapseLine) any { return l.Set.Text }},
			{Head: "page.coverage.department", Say: func(l lapseLine) any { return l.Of.Text }},
			{Head: "page.lapses.since", Say: func(l lapseLine) any { return page.Day{Time: l.Since} }},
			{Head: "page.lapses.told", Say: func(l lapseLine) any { return page.Day{Time: l.Told} }},
		},
		Fetch: func(after string, limit int) ([]lapseLine, error) {
			list, err := s.Freshness.Lapses(v.Ctx(), v.Actor, freshness.Page{Overseen: overseen, After: vocab.DatasetID(after), Limit: limit})
			if err != nil {
				return nil, err
			}
			var owners []vocab.MemberID
			for _, l := range list {
				owners = append(owners, l.Owner)
			}
			names, err := v.Identity.MemberNames(v.Ctx(), owners...)
			var out []lapseLine
			for _, l := range list {
				out = append(out, lapseLine{Lapse: l, Set: v.SetName(l.Dataset), Of: v.NameOr(names, l.Owner)})
			}
			return out, err
		},
	}, nil
}

func (s *Section) lapses(v *page.Visit) (any, error) {
	list, err := s.lapsed(v)
	if err != nil {
		return nil, err
	}
	return list.Show(v)
}

package oversight

import (
	"cmp"
	"slices"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// cover is how far the catalog reaches: the sets that each department lists, and
// of each region how many departments list one.
type cover struct {
	Departments chart
	Regions     chart
}

// chart is lines of a length, as a picture and as the table behind it.
type chart struct {
	Bars   []bar
	Height int
	Rest   int // lines that only the table has
	Rows   []row
}

// bar is one line of the picture, 360 wide.
type bar struct {
	row
	Text, Top, Width int
}

// row is one line of the table: N of Of, or N alone where Of is 0.
type row struct {
	Name  page.Tongued
	Link  string
	N, Of int
}

// The picture: how many lines it has at most, and its measures.
const (
	mostBars = 12
	wide     = 360
	step     = 40
	textAt   = 15
	barAt    = 21
)

func coverOf(v *page.Visit, members []identity.Member) (cover, error) {
	found, err := v.Catalog.Search(v.Ctx(), v.Actor, catalog.SearchQuery{Filters: map[string][]string{"state": {string(entry.StatePublished)}}, Facets: []string{"owner"}, Limit: 1})
	if err != nil {
		return cover{}, err
	}
	lists := map[vocab.MemberID]int{}
	for _, c := range found.Facets["owner"] {
		lists[vocab.MemberID(c.Value)] = c.N
	}
	order := v.Look().Order()
	var departments []row
	regions := map[string]*row{}
	for _, m := range members {
		if m.Kind != identity.KindDepartment && lists[m.ID] == 0 {
			continue
		}
		departments = append(departments, row{Name: v.Look().Name(m.Name), Link: "/search?owner=" + string(m.ID), N: lists[m.ID]})
		if regions[m.Region] == nil {
			regions[m.Region] = &row{Name: v.Look().Region(m.Region)}
		}
		regions[m.Region].Of++
		if lists[m.ID] > 0 {
			regions[m.Region].N++
		}
	}
	slices.SortStableFunc(departments, func(a, b row) int { return cmp.Or(b.N-a.N, order(a.Name.Text, b.Name.Text)) })
	var areas []row
	for _, r := range regions {
		areas = append(areas, *r)
	}
	slices.SortFunc(areas, func(a, b row) int { return cmp.Compare(a.Name.Text, b.Name.Text) })
	return cover{Departments: draw(departments), Regions: draw(areas)}, nil
}

// draw measures the lines: the longest takes the whole width, a share of its own
// whole where there is one.
func draw(rows []row) chart {
	c := chart{Rows: rows}
	most := 1
	for _, r := range rows {
		most = max(most, r.N)
	}
	for i, r := range rows[:min(len(rows), mostBars)] {
		whole := most
		if r.Of > 0 {
			whole = r.Of
		}
		c.Bars = append(c.Bars, bar{row: r, Text: i*step + textAt, Top: i*step + barAt, Width: wide * r.N / whole})
	}
	c.Rest, c.Height = len(rows)-len(c.Bars), step*len(c.Bars)
	return c
}

package ckan

import (
	"slices"
	"strings"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api/open"
	"fontis/internal/engine/index"
	"fontis/internal/vocab"
)

func (f *face) siteRead(*asked) (any, error) { return true, nil }

// siteStatus is what status_show tells.
type siteStatus struct {
	Title      string   `json:"site_title"`
	About      string   `json:"site_description"`
	URL        string   `json:"site_url"`
	Version    string   `json:"ckan_version"`
	Software   string   `json:"software"`
	Mail       string   `json:"error_emails_to"`
	Locale     string   `json:"locale_default"`
	Extensions []string `json:"extensions"`
}

// version is that of the interface: clients ask which one they may expect.
const version = "2.11.0"

func (f *face) status(a *asked) (any, error) {
	n, err := f.Names.Node(a.ctx)
	if err != nil {
		return nil, err
	}
	return siteStatus{
		Title: n.Name, About: f.Say(a.lang, "ckan.about"), URL: f.URL, Version: version, Software: "fontis " + f.Version,
		Locale: string(a.lang), Extensions: []string{"datastore"},
	}, nil
}

func (f *face) help(a *asked) (any, error) {
	name, err := a.give.need("name")
	if err != nil {
		return nil, err
	}
	if _, ok := actions()[name]; !ok {
		return nil, vocab.NoSuchThing.Because("there is no action %q", clip(name))
	}
	return f.Say(a.lang, "ckan.help."+name), nil
}

// packageList gives the names of all entries; offset reaches any depth.
func (f *face) packageList(a *asked) (any, error) {
	names := []string{}
	err := f.each(a, "list", func(d *entry.Dataset) { names = append(names, string(d.ID)) })
	return names, err
}

func (f *face) currentPackages(a *asked) (any, error) {
	if a.give.text("limit") == "" {
		a.give["limit"] = "100"
	}
	var list []*entry.Dataset
	if err := f.each(a, "current", func(d *entry.Dataset) { list = append(list, d) }); err != nil {
		return nil, err
	}
	return f.packs(a, list)
}

// each walks the published entries between offset and offset+limit.
func (f *face) each(a *asked, said string, do func(*entry.Dataset)) error {
	most := maxRows
	if said == "list" {
		most = maxNames
	}
	limit, err := a.give.number("limit", most, most)
	if err != nil {
		return err
	}
	offset, err := a.give.number("offset", 0, maxStart)
	if err != nil {
		return err
	}
	got, err := f.Published(a.ctx, a.actor)
	if err != nil {
		return err
	}
	if limit == 0 || offset > got.Total+open.Batch { // the index may be behind by a little
		return nil
	}
	key := a.key("each")
	at, after := f.marks.before(key, offset)
	w := open.Walk{ListQuery: catalog.ListQuery{Page: catalog.Page{After: after}, State: entry.StatePublished}, Patience: open.Patience}
	defer func() { f.marks.put(key, at, after) }()
	return f.Each(a.ctx, a.actor, w, func(d *entry.Dataset) bool {
		if at >= offset {
			do(d)
		}
		at, after = at+1, d.ID
		return at < offset+limit
	})
}

func (f *face) packageShow(a *asked) (any, error) {
	d, err := f.entry(a, "id")
	if err != nil {
		return nil, err
	}
	packs, err := f.packs(a, []*entry.Dataset{d})
	if err != nil {
		return nil, err
	}
	return packs[0], nil
}

// entry is the entry that the parameter names, by its name or its address.
func (f *face) entry(a *asked, key string) (*entry.Dataset, error) {
	name := a.give.text(key)
	if name == "" {
		name = a.give.text("name_or_id")
	}
	if name == "" {
		return nil, vocab.BadInput.Because("%s: Missing value", key)
	}
	id := vocab.DatasetID(strings.TrimPrefix(name, f.URL+"/datasets/"))
	for range mostMoves {
		d, err := f.Entry(a.ctx, a.actor, id)
		if err != nil || len(d.MovedTo) == 0 {
			return d, err
		}
		if len(d.MovedTo) > 1 {
			return nil, vocab.NoSuchThing.Because("%s was split into %v", id, d.MovedTo)
		}
		id = d.MovedTo[0]
	}
	return nil, vocab.NoSuchThing.Because("%s moved again and again", name)
}

// mostMoves bounds how far an old name is followed to the entry that lives.
const mostMoves = 100

// packs writes entries with the names of their members.
func (f *face) packs(a *asked, list []*entry.Dataset) ([]*pack, error) {
	var owners []vocab.MemberID
	for _, d := range list {
		if !slices.Contains(owners, d.Owner) {
			owners = append(owners, d.Owner)
		}
	}
	orgs, err := f.organizations(a, owners)
	if err != nil {
		return nil, err
	}
	out := make([]*pack, 0, len(list))
	for _, d := range list {
		out = append(out, f.pack(a, d, orgs[d.Owner]))
	}
	return out, nil
}

// searched is what package_search answers.
type searched struct {
	Count   int                       `json:"count"`
	Sort    string                    `json:"sort"`
	Results []*pack                   `json:"results"`
	Facets  map[string]map[string]int `json:"facets"`
	Found   map[string]searchFacet    `json:"search_facets"`
}

type searchFacet struct {
	Title string      `json:"title"`
	Items []facetItem `json:"items"`
}

type facetItem struct {
	Name  string `json:"name"`
	Shown string `json:"display_name"`
	Count int    `json:"count"`
}

func (f *face) packageSearch(a *asked) (any, error) {
	w, names, err := f.wanted(a)
	if err != nil {
		return nil, err
	}
	got, sorted, err := f.ordered(a, w)
	if err != nil {
		return nil, err
	}
	out := searched{Count: got.total, Sort: sorted, Facets: map[string]map[string]int{}, Found: map[string]searchFacet{}}
	if out.Results, err = f.packs(a, got.page); err != nil {
		return nil, err
	}
	return out, f.facets(a, &out, names, got)
}

// wanted reads the parameters of a search; names are the facets as they were asked.
func (f *face) wanted(a *asked) (w wanted, names []string, err error) {
	if w.start, err = a.give.number("start", 0, maxStart); err != nil {
		return w, nil, err
	}
	if w.rows, err = a.give.number("rows", 10, maxRows); err != nil {
		return w, nil, err
	}
	filters, err := a.give.list("fq_list")
	if err != nil {
		return w, nil, err
	}
	said := append([]string{a.give.text("q"), a.give.text("fq")}, filters...)
	queries, err := parse(f.Clock.Now(), said...)
	if err != nil {
		return w, nil, err
	}
	w.plan, w.said = planOf(queries...), a.key(strings.Join(said, "\x00"))
	if a.give.text("facet") == "false" {
		return w, nil, nil
	}
	if names, err = a.give.list("facet.field"); err != nil {
		return w, nil, err
	}
	if len(names) > maxFacets {
		return w, nil, vocab.BadInput.Because("facet.field: %d names are given; at most %d are counted", len(names), maxFacets)
	}
	for _, name := range names {
		if k := fields[fieldName(name)]; k.facet != "" && !slices.Contains(w.facets, string(k.facet)) {
			w.facets = append(w.facets, string(k.facet))
		}
	}
	return w, names, nil
}

// ordered finds in the order that is asked for. By relevance and by name any page is
// found at once; by time or title what is found is sorted here, as far as the index
// reaches.
func (f *face) ordered(a *asked, w wanted) (*found, string, error) {
	asked := strings.ToLower(strings.TrimSpace(a.give.text("sort")))
	by, _, _ := strings.Cut(asked, ",")
	name, way, _ := strings.Cut(strings.TrimSpace(by), " ")
	way = strings.TrimSpace(way)
	var less func(x, y *entry.Dataset) int
	switch name {
	case "", "score":
		got, err := f.find(a, w)
		return got, "score desc, name asc", err
	case "id", "name":
		if way != "desc" {
			w.byID = true
			got, err := f.find(a, w)
			return got, name + " asc", err
		}
		less = func(x, y *entry.Dataset) int { return strings.Compare(string(x.ID), string(y.ID)) }
	case "metadata_modified":
		less = func(x, y *entry.Dataset) int { return x.ChangedAt.Compare(y.ChangedAt) }
	case "metadata_created":
		less = func(x, y *entry.Dataset) int { return x.CreatedAt.Compare(y.CreatedAt) }
	case "title", "title_string":
		less = func(x, y *entry.Dataset) int {
			return strings.Compare(open.In(a.lang, x.Name), open.In(a.lang, y.Name))
		}
	default:
		return nil, "", badQuery.Because("sort: there is no order by %q; score, id, name, title_string, metadata_created and metadata_modified are", clip(name))
	}
	start, rows := w.start, w.rows
	w.start, w.rows = 0, index.MaxReach
	got, err := f.find(a, w)
	if err != nil {
		return nil, "", err
	}
	if got.total > index.MaxReach {
		return nil, "", badQuery.Because("sort: %d entries are found, and at most %d are ordered by %s; order them by id, or ask for fewer", got.total, index.MaxReach, name)
	}
	slices.SortStableFunc(got.page, func(x, y *entry.Dataset) int {
		if way == "desc" {
			x, y = y, x
		}
		if c := less(x, y); c != 0 {
			return c
		}
		return strings.Compare(string(x.ID), string(y.ID))
	})
	got.page = got.page[min(start, len(got.page)):min(start+rows, len(got.page))]
	return got, strings.TrimSpace(name + " " + way), nil
}

// facets writes the counts under the names that were asked for.
func (f *face) facets(a *asked, out *searched, names []string, got *found) error {
	limit, err := a.give.number("facet.limit", 50, maxRows)
	if err != nil {
		return err
	}
	shown := map[string]map[string]string{}
	for _, name := range names {
		facet := string(fields[fieldName(name)].facet)
		counts := slices.Clone(got.facets[facet])
		slices.SortStableFunc(counts, func(x, y index.Count) int { return y.N - x.N })
		if limit > 0 && len(counts) > limit {
			counts = counts[:limit]
		}
		if shown[facet] == nil {
			if shown[facet], err = f.shown(a, facet, counts); err != nil {
				return err
			}
		}
		out.Facets[name], out.Found[name] = map[string]int{}, searchFacet{Title: name, Items: []facetItem{}}
		one := out.Found[name]
		for _, c := range counts {
			out.Facets[name][c.Value] = c.N
			one.Items = append(one.Items, facetItem{Name: c.Value, Shown: shown[facet][c.Value], Count: c.N})
		}
		out.Found[name] = one
	}
	return nil
}

// shown are the values of a facet as people read them.
func (f *face) shown(a *asked, facet string, counts []index.Count) (map[string]string, error) {
	out := map[string]string{}
	var owners []vocab.MemberID
	for _, c := range counts {
		out[c.Value] = c.Value
		switch facet {
		case string(catalog.FacetOwner):
			owners = append(owners, vocab.MemberID(c.Value))
		case string(entry.FieldDomain):
			out[c.Value] = f.group(a.lang, c.Value).Title
		}
	}
	orgs, err := f.organizations(a, owners)
	for id, o := range orgs {
		out[string(id)] = o.Title
	}
	return out, err
}

const (
	maxFacets = 50
	maxNames  = 100_000 // of one package_list; offset goes on
	maxStart  = 1 << 30
)

// key tells the same question of the same kind of reader again.
func (a *asked) key(said string) string {
	who := "all"
	switch {
	case a.actor.Member != "":
		who = "member:" + string(a.actor.Member)
	case !a.actor.Nobody():
		who = "signed"
	}
	return who + "\x00" + said
}

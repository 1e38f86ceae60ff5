package entries

import (
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/edge/web/look"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// searchPage shows what was found.
type searchPage struct {
	page.Seek
	Total  int
	Exact  bool
	Hits   []Hit
	Facets []facet
	Item   page.Tongued // the field that every hit holds
	Meant  string       // what may have been meant, where nothing was found
	Again  string       // the search for that
	Heard  bool         // letters were taken for pinyin
	Save   string       // where the search can be saved
	Demand string       // where what nobody lists is demanded, of who may
	Tell   bool         // who may is told instead
	Next   string
	Before string
	Files  []page.Chosen
	Bound  int // of lines in a file, where not all that was found fits in
}

// Hit is one data set in a list.
type Hit struct {
	ID       vocab.DatasetID
	Name     page.Tongued
	Abstract page.Tongued
	Provider page.Tongued
	State    entry.State
	Share    vocab.ShareType
	Cycle    vocab.UpdateCycle
	Items    int
	Why      []reason
}

// reason says where a word of the search was found.
type reason struct {
	Place string
	Line  page.Tongued
}

func hitOf(v *page.Visit, d *entry.Dataset, names map[vocab.MemberID]identity.Name) Hit {
	l := v.Look()
	h := Hit{
		ID: d.ID, Name: l.Either(d.Name), Abstract: l.Either(d.Abstract), Provider: l.Tongue(d.Provider),
		State: d.State, Share: d.Share, Cycle: d.Cycle, Items: len(d.Items),
	}
	if n := names[d.Owner]; n.Zh == d.Provider || n.En == d.Provider {
		h.Provider = l.Name(n)
	}
	return h
}

// Hits puts data sets into a list as people read it. Where the entry names its
// department as the member is named, the name is in the reader's language.
func Hits(v *page.Visit, list []*entry.Dataset) ([]Hit, error) {
	ids := make([]vocab.MemberID, len(list))
	for i, d := range list {
		ids[i] = d.Owner
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	if err != nil {
		return nil, err
	}
	out := make([]Hit, len(list))
	for i, d := range list {
		out[i] = hitOf(v, d, names)
	}
	return out, nil
}

// facet is one property with its commonest values.
type facet struct {
	Name   string
	Values []facetValue
}

type facetValue struct {
	Label page.Tongued
	N     int
	Link  string
}

// facetNames are the facets that the page offers, in this order.
func facetNames() []string {
	return []string{"owner", "provider", "region", "share_type", "open_type", "update_cycle", "subject_kind", "format", "domain", "theme", "year", "state", string(catalog.FacetDescribed)}
}

// mostValues is how many values of a facet are shown; the filter form takes any.
const mostValues = 8

// asking is the search that the address asks for.
func asking(v *page.Visit) catalog.SearchQuery {
	q := catalog.SearchQuery{Text: v.Said("q"), Item: v.Said("item"), Filters: map[string][]string{}}
	for _, name := range facetNames() {
		if values := slices.DeleteFunc(slices.Clone(v.All(name)), func(s string) bool { return s == "" }); len(values) > 0 {
			q.Filters[name] = values
		}
	}
	return q
}

// hitList is everything that the search finds, as a file holds it.
func (s *Section) hitList(v *page.Visit) (page.List[Hit], error) {
	place := map[string]int{}
	return page.List[Hit]{
		Path: "/search", Keep: append([]string{"q", "item"}, facetNames()...), Key: func(h Hit) string { return string(h.ID) }, Columns: HitColumns(),
		Fetch: func(after string, limit int) ([]Hit, error) {
			hits, at, err := hitsFrom(v, place[after], limit)
			if len(hits) > 0 {
				place[string(hits[len(hits)-1].ID)] = at
			}
			if err != nil {
				return nil, err
			}
			return Hits(v, hits)
		},
	}, nil
}

// hitsFrom reads hits on from an offset, and says where the next ones stand. What
// was hidden since the index was fed is left out of a window, so a short one is
// not the end.
func hitsFrom(v *page.Visit, offset, limit int) (hits []*entry.Dataset, at int, err error) {
	q := asking(v)
	for q.Offset = offset; len(hits) < limit && q.Offset < page.MostFile; q.Offset += q.Limit {
		q.Limit = limit - len(hits)
		found, err := v.Catalog.Search(v.Ctx(), v.Actor, q)
		if err != nil {
			return nil, 0, err
		}
		if hits = append(hits, found.Hits...); q.Offset+q.Limit >= found.Total {
			return hits, q.Offset + q.Limit, nil
		}
	}
	return hits, q.Offset, nil
}

// HitColumns are what a list says of a data set.
func HitColumns() []page.Column[Hit] {
	return []page.Column[Hit]{
		{Name: "number", Say: func(h Hit) any { return h.ID }},
		{Name: "dataset", Say: func(h Hit) any { return h.Name }},
		{Name: "provider", Say: func(h Hit) any { return h.Provider }},
		{Name: "share_type", Head: "page.facet.share_type", Kind: "share_type", Say: func(h Hit) any { return h.Share }},
		{Name: "update_cycle", Head: "page.facet.update_cycle", Kind: "update_cycle", Say: func(h Hit) any { return h.Cycle }},
		{Name: "state", Kind: "state", Say: func(h Hit) any { return h.State }},
		{Name: "items", Say: func(h Hit) any { return int64(h.Items) }},
		{Name: "entry_abstract", Head: "page.label.abstract", Say: func(h Hit) any { return h.Abstract }},
	}
}

func (s *Section) search(v *page.Visit) (any, error) {
	q := asking(v)
	q.Facets, q.Limit, q.Correct, q.Explain = facetNames(), page.Size, true, q.Text != ""
	q.Offset, _ = strconv.Atoi(v.Said("from"))
	q.Offset = max(0, min(q.Offset, page.MostFile))
	found, err := v.Catalog.Search(v.Ctx(), v.Actor, q)
	if err != nil {
		return nil, err
	}
	list, err := s.hitList(v)
	if err != nil {
		return nil, err
	}
	names, err := owners(v, found)
	if err != nil {
		return nil, err
	}
	hits, err := Hits(v, found.Hits)
	if err != nil {
		return nil, err
	}
	p := searchPage{Seek: page.Seek{Text: q.Text}, Total: found.Total, Exact: found.Exact, Hits: hits, Files: list.Files(v), Bound: v.Bound(found.Total)}
	p.tell(v, q, found)
	fillFacets(v, &p, q, found, names)
	if q.Offset+len(found.Hits) < found.Total && len(found.Hits) > 0 {
		p.Next = searchLink(q, "", "", q.Offset+page.Size)
	}
	if q.Offset > 0 {
		p.Before = searchLink(q, "", "", max(0, q.Offset-page.Size))
	}
	return p, nil
}

// tell says what the search was taken for, and why each hit is there.
func (p *searchPage) tell(v *page.Visit, q catalog.SearchQuery, found *catalog.SearchResult) {
	l := v.Look()
	p.Item, p.Heard, p.Meant = l.Tongue(q.Item), found.Heard, found.Meant
	if p.Meant != "" {
		p.Again = searchLink(catalog.SearchQuery{Text: p.Meant, Item: q.Item, Filters: q.Filters}, "", "", 0)
	}
	switch none := found.Total == 0 && q.Text != "" && v.Actor.Officer != ""; {
	case none && v.Actor.Has(vocab.DataUser):
		p.Demand = "/demands?" + url.Values{"name": {q.Text}}.Encode()
	case none:
		p.Tell = true
	}
	if v.Actor.Officer != "" && v.Actor.Machine == "" && (q.Text != "" || q.Item != "" || len(q.Filters) > 0) {
		_, asked, _ := strings.Cut(searchLink(q, "", "", 0), "?")
		p.Save = "/searches?" + url.Values{"asked": {asked}}.Encode()
	}
	if q.Item != "" {
		p.Chosen = append(p.Chosen, page.Chosen{Name: "item", Value: q.Item, Label: p.Item, Off: searchLink(catalog.SearchQuery{Text: q.Text, Filters: q.Filters}, "", "", 0)})
	}
	for i, why := range found.Why {
		if i >= len(p.Hits) {
			break
		}
		for _, r := range why {
			// What stands in the title is seen anyhow.
			if place := r.Tier.Place(); place != "title" {
				p.Hits[i].Why = append(p.Hits[i].Why, reason{place, l.Tongue(r.Line)})
			}
		}
	}
}

// suggest sends titles that begin as it was typed, for the list below the words.
func (s *Section) suggest(v *page.Visit) error {
	found, err := v.Catalog.Suggest(v.Ctx(), v.Actor, v.Said("q"), mostSuggested)
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.W.Header().Set("Cache-Control", "no-store")
	for _, f := range found {
		if _, err := fmt.Fprintf(v.W, "<option value=\"%s\"></option>", html.EscapeString(f.Title)); err != nil {
			return err
		}
	}
	return nil
}

// mostSuggested is how many titles are offered while somebody types.
const mostSuggested = 8

func owners(v *page.Visit, found *catalog.SearchResult) (map[vocab.MemberID]identity.Name, error) {
	var ids []vocab.MemberID
	for _, c := range found.Facets["owner"] {
		ids = append(ids, vocab.MemberID(c.Value))
	}
	for _, id := range v.All("owner") {
		ids = append(ids, vocab.MemberID(id))
	}
	return v.Identity.MemberNames(v.Ctx(), ids...)
}

func fillFacets(v *page.Visit, p *searchPage, q catalog.SearchQuery, found *catalog.SearchResult, names map[vocab.MemberID]identity.Name) {
	for _, name := range facetNames() {
		on := q.Filters[name]
		if name == "provider" && len(on) == 0 && twice(found, names) {
			continue
		}
		for _, value := range on {
			p.Chosen = append(p.Chosen, page.Chosen{Name: name, Value: value, Label: facetLabel(v, name, value, names), Off: searchLink(q, name, value, 0)})
		}
		if name == string(catalog.FacetDescribed) && v.Actor.Nobody() {
			continue // how well entries are written concerns those who write and oversee them
		}
		f, all := facet{Name: name}, false
		for _, c := range found.Facets[name] {
			if c.N > 0 && c.Value != "" && !slices.Contains(on, c.Value) && len(f.Values) < mostValues {
				all = all || c.N >= found.Total
				f.Values = append(f.Values, facetValue{Label: facetLabel(v, name, c.Value, names), N: c.N, Link: searchLink(q, name, c.Value, 0)})
			}
		}
		// One value that everything found has narrows nothing.
		if len(f.Values) > 1 || len(f.Values) == 1 && (!all || len(on) > 0) {
			p.Facets = append(p.Facets, f)
		}
	}
}

// twice reports whether the departments that are named as providers are those that
// hold the entries, each with as many: the list would stand there twice.
func twice(found *catalog.SearchResult, names map[vocab.MemberID]identity.Name) bool {
	held := map[string]int{}
	for _, c := range found.Facets["owner"] {
		n := names[vocab.MemberID(c.Value)]
		held[n.Zh], held[n.En] = c.N, c.N
	}
	for _, c := range found.Facets["provider"] {
		if n, ok := held[c.Value]; c.Value != "" && (!ok || n != c.N) {
			return false
		}
	}
	return true
}

func facetLabel(v *page.Visit, name, value string, names map[vocab.MemberID]identity.Name) page.Tongued {
	if n, ok := names[vocab.MemberID(value)]; ok && name == "owner" {
		return v.Look().Name(n)
	}
	if name == string(entry.FieldRegion) {
		return v.Look().Region(value)
	}
	return v.Look().Tongue(v.Look().Word(name, value))
}

// searchLink is the search with one filter turned on, or off when it was on.
func searchLink(q catalog.SearchQuery, name, value string, from int) string {
	u := url.Values{}
	if q.Text != "" {
		u.Set("q", q.Text)
	}
	if q.Item != "" {
		u.Set("item", q.Item)
	}
	was := false
	for n, values := range q.Filters {
		for _, x := range values {
			if n == name && x == value {
				was = true
				continue
			}
			u.Add(n, x)
		}
	}
	if name != "" && !was {
		u.Add(name, value)
	}
	if from > 0 {
		u.Set("from", strconv.Itoa(from))
	}
	return "/search?" + u.Encode()
}

// datasetPage shows one entry: what, whose, how fresh, what is in it, how to ask.
type datasetPage struct {
	Quality    *entry.Quality // how well the entry describes its data; nil where a reader sees too little to say
	ID         vocab.DatasetID
	Name       page.Tongued
	State      entry.State
	Owner      page.Tongued
	Changed    string
	Abstract   page.Tongued
	First      []page.Line // what a stranger asks first
	Lines      []page.Line // the rest of what the catalog says
	Items      []itemLine
	Mine       bool
	Awaits     bool // others see less of it, or other words, until its review
	MayAsk     bool
	MayContest bool // of persons' values
	About      *aboutPart
	Missing    []entry.Field
	Steps      []*page.Form
	Was        *endedPage // the entry that led here
	Into       []Hit      // stand in its place
	History    []catalog.Change
	Structured *structured
}

// Headline is the name of the set, for the title of the page.
func (p datasetPage) Headline() string { return p.Name.Text }

// asked are the fields that a stranger asks about first: whose, how fresh, about
// whom, on what ground, and under what condition it is had.
func asked() []entry.Field {
	return []entry.Field{
		entry.FieldDepartment, entry.FieldShare, entry.FieldShareCondition, entry.FieldShareModes, entry.FieldOpen, entry.FieldOpenCondition,
		entry.FieldCycle, entry.FieldSubject, entry.FieldLegalBasis, entry.FieldPurposes, entry.FieldMaintainer,
	}
}

func (s *Section) dataset(v *page.Visit) (any, error) {
	d, err := v.Catalog.Get(v.Ctx(), v.Actor, vocab.DatasetID(v.ID("id")))
	if err != nil {
		return nil, err
	}
	names, err := v.Identity.MemberNames(v.Ctx(), d.Owner)
	if err != nil {
		return nil, err
	}
	l := v.Look()
	p := datasetPage{
		ID: d.ID, Name: l.Either(d.Name), Abstract: l.Either(d.Abstract), State: d.State, Owner: l.Name(names[d.Owner]), Changed: l.Moment(d.ChangedAt), Items: itemLines(v, d),
		Mine: v.Actor.In(d.Owner) && v.Actor.Has(vocab.Steward), Awaits: d.Awaits(), MayAsk: v.Actor.Has(vocab.DataUser) && !v.Actor.In(d.Owner) && d.State == entry.StatePublished,
	}
	if d.Share != vocab.NotShared || v.Actor.In(d.Owner) {
		q := entry.Rate(d)
		p.Quality = &q
	}
	p.MayContest = d.Subject.OfPersons() && (v.Actor.IsPerson() || v.Actor.Has(vocab.DataUser) || v.Actor.Has(vocab.Counter))
	for _, f := range entry.Fields() {
		if value := d.Get(f); value != "" {
			line := page.Line{Field: string(f), Value: valueText(l, string(f), value, entry.Words(f))}
			switch name := names[d.Owner]; {
			case f == entry.FieldRegion:
				line.Value = l.Region(value)
			case (f == entry.FieldProvider || f == entry.FieldDepartment) && value == name.Zh:
				line.Value = l.Name(name) // the owner itself, which has a name in each language
			}
			if slices.Contains(asked(), f) {
				p.First = append(p.First, line)
			} else {
				p.Lines = append(p.Lines, line)
			}
		}
	}
	if p.Was, p.Into, err = s.places(v, d); err != nil {
		return nil, err
	}
	if p.About, err = s.about(v, d); err != nil || !p.Mine {
		p.Steps, p.Structured = ruled(v, d), structuredOf(v, d, &p, names[d.Owner])
		return p, err
	}
	p.Missing, p.Steps = entry.Missing(d, entry.StatePublished), steps(v, d)
	p.History, err = v.Catalog.History(v.Ctx(), v.Actor, d.ID, 0)
	slices.Reverse(p.History)
	return p, err
}

// valueText is a field's value for people: a closed word, or a list of them, in the
// reader's language.
func valueText(l *look.Look, field, value string, closed []string) page.Tongued {
	switch entry.Field(field) {
	case entry.FieldLegalBasis:
		return l.Laws(page.SplitLines(strings.ReplaceAll(value, "|", " ")))
	case entry.FieldPurposes:
		return l.Laws(page.SplitLines(value))
	case entry.FieldTheme:
		return l.Tongue(l.Word(field, value))
	}
	if closed == nil {
		return l.Tongue(value)
	}
	parts := page.SplitLines(value)
	for i, w := range parts {
		parts[i] = l.Word(field, w)
	}
	return l.Tongue(strings.Join(parts, l.Comma()))
}

// steps are the forms of what the entry's state allows.
func steps(v *page.Visit, d *entry.Dataset) []*page.Form {
	var out []*page.Form
	for _, t := range entry.Transitions() {
		if !slices.Contains(t.From, d.State) {
			continue
		}
		f := page.Form{Action: "/datasets/" + url.PathEscape(string(d.ID)) + "/" + t.Act, Name: t.Act, Grave: t.To == entry.StateRetired, Fields: []page.Field{page.Revision(d.Rev)}}
		if t.Act == "publish" && !review.TwoOfficers(d) {
			f.Fields = append(f.Fields, page.Field{Name: "secrecy_checked_by", Hint: true}, page.Field{Name: "secrecy_basis", Hint: true})
		}
		if t.To == entry.StateRetired {
			f.Fields = append(f.Fields, endFields(t.Act)...)
		} else if t.Reason {
			f.Fields = append(f.Fields, page.Field{Name: "reason", Need: true})
		}
		out = append(out, v.Form(f))
	}
	if d.State == entry.StateDraft && d.PublishedAt.IsZero() {
		out = append(out, v.Form(page.Form{Action: "/datasets/" + url.PathEscape(string(d.ID)) + "/drop", Name: "drop", Grave: true, Fields: []page.Field{page.Revision(d.Rev)}}))
	}
	return out
}

func (s *Section) step(v *page.Visit) (string, error) {
	id, rev, reason := vocab.DatasetID(v.ID("id")), v.Rev(), v.Said("reason")
	var err error
	switch v.ID("act") {
	case "publish":
		_, err = v.Catalog.Publish(v.Ctx(), v.Actor, id, rev, catalog.Secrecy{CheckedBy: v.Said("secrecy_checked_by"), Basis: v.Said("secrecy_basis")})
	case "suspend":
		_, err = v.Catalog.Suspend(v.Ctx(), v.Actor, id, rev, reason)
	case "resume":
		_, err = v.Catalog.Resume(v.Ctx(), v.Actor, id, rev)
	case succession.ActRetire, succession.ActMerge, succession.ActSplit:
		return s.end(v, id)
	case "drop":
		return "/desk?done=dropped", v.Catalog.Drop(v.Ctx(), v.Actor, id, rev)
	default:
		return "", vocab.NoSuchThing.Because("no page stands here")
	}
	return "/datasets/" + url.PathEscape(string(id)) + "?done=step", err
}

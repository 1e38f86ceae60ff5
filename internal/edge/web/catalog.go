package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/duty/catalog"
	"fontis/internal/edge/web/look"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// pageSize is how many lines a list shows.
const pageSize = 20

// searchPage shows what was found.
type searchPage struct {
	Text   string
	Total  int
	Exact  bool
	Hits   []hit
	Facets []facet
	Chosen []chosen
	Next   string
	Before string
	Kept   []chosen // filters that the search form carries on
}

// hit is one data set in a list.
type hit struct {
	ID       vocab.DatasetID
	Name     tongued
	Abstract tongued
	Provider tongued
	State    catalog.State
	Share    vocab.ShareType
	Cycle    vocab.UpdateCycle
	Items    int
}

func (v *visit) hit(d *catalog.Dataset) hit {
	l := v.look()
	return hit{
		ID: d.ID, Name: l.Either(d.Name), Abstract: l.Either(d.Abstract), Provider: l.Tongue(d.Provider),
		State: d.State, Share: d.Share, Cycle: d.Cycle, Items: len(d.Items),
	}
}

func (v *visit) hits(list []*catalog.Dataset) []hit {
	out := make([]hit, len(list))
	for i, d := range list {
		out[i] = v.hit(d)
	}
	return out
}

// facet is one property with its commonest values.
type facet struct {
	Name   string
	Values []facetValue
}

type facetValue struct {
	Label tongued
	N     int
	Link  string
}

// chosen is a filter that is on, with the link that takes it off.
type chosen struct {
	Name, Value string
	Label       tongued
	Off         string
}

// facetNames are the facets that the page offers, in this order.
func facetNames() []string {
	return []string{"owner", "share_type", "open_type", "update_cycle", "subject_kind", "format", "domain", "theme", "state"}
}

// mostValues is how many values of a facet are shown; the filter form takes any.
const mostValues = 8

func (s *Site) search(v *visit) (any, error) {
	q := catalog.SearchQuery{Text: v.said("q"), Filters: map[string][]string{}, Facets: facetNames(), Limit: pageSize}
	q.Offset, _ = strconv.Atoi(v.said("from"))
	q.Offset = max(0, min(q.Offset, 10_000))
	for _, name := range facetNames() {
		if values := slices.DeleteFunc(slices.Clone(v.all(name)), func(s string) bool { return s == "" }); len(values) > 0 {
			q.Filters[name] = values
		}
	}
	found, err := s.Catalog.Search(v.ctx(), v.actor, q)
	if err != nil {
		return nil, err
	}
	names, err := v.owners(found)
	if err != nil {
		return nil, err
	}
	p := searchPage{Text: q.Text, Total: found.Total, Exact: found.Exact, Hits: v.hits(found.Hits)}
	v.fillFacets(&p, q, found, names)
	if q.Offset+len(found.Hits) < found.Total && len(found.Hits) > 0 {
		p.Next = searchLink(q, "", "", q.Offset+pageSize)
	}
	if q.Offset > 0 {
		p.Before = searchLink(q, "", "", max(0, q.Offset-pageSize))
	}
	return p, nil
}

func (v *visit) owners(found *catalog.SearchResult) (map[vocab.MemberID]identity.Name, error) {
	var ids []vocab.MemberID
	for _, c := range found.Facets["owner"] {
		ids = append(ids, vocab.MemberID(c.Value))
	}
	for _, id := range v.all("owner") {
		ids = append(ids, vocab.MemberID(id))
	}
	return v.Identity.MemberNames(v.ctx(), ids...)
}

func (v *visit) fillFacets(p *searchPage, q catalog.SearchQuery, found *catalog.SearchResult, names map[vocab.MemberID]identity.Name) {
	for _, name := range facetNames() {
		on := q.Filters[name]
		for _, value := range on {
			p.Chosen = append(p.Chosen, chosen{Name: name, Value: value, Label: v.facetLabel(name, value, names), Off: searchLink(q, name, value, 0)})
		}
		f := facet{Name: name}
		for _, c := range found.Facets[name] {
			if c.N > 0 && c.Value != "" && !slices.Contains(on, c.Value) && len(f.Values) < mostValues {
				f.Values = append(f.Values, facetValue{Label: v.facetLabel(name, c.Value, names), N: c.N, Link: searchLink(q, name, c.Value, 0)})
			}
		}
		if len(f.Values) > 0 {
			p.Facets = append(p.Facets, f)
		}
	}
}

func (v *visit) facetLabel(name, value string, names map[vocab.MemberID]identity.Name) tongued {
	if n, ok := names[vocab.MemberID(value)]; ok && name == "owner" {
		return v.look().Name(n)
	}
	return v.look().Tongue(v.look().Word(name, value))
}

// searchLink is the search with one filter turned on, or off when it was on.
func searchLink(q catalog.SearchQuery, name, value string, from int) string {
	u := url.Values{}
	if q.Text != "" {
		u.Set("q", q.Text)
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
	ID      vocab.DatasetID
	Name    tongued
	State   catalog.State
	Owner   tongued
	Changed string
	Lines   []line
	Items   []itemLine
	Mine    bool
	MayAsk  bool
	Missing []catalog.Field
	Steps   []*form
	History []catalog.Change
}

// line is one field with its value.
type line struct {
	Field string
	Value tongued
}

// itemLine is one item in a table.
type itemLine struct {
	ID      vocab.ItemID
	Code    string
	Name    tongued
	Type    catalog.ItemType
	Share   vocab.ShareType
	Compare vocab.Comparator
	Tags    []vocab.Tag
}

func (s *Site) dataset(v *visit) (any, error) {
	d, err := s.Catalog.Get(v.ctx(), v.actor, vocab.DatasetID(v.id("id")))
	if err != nil {
		return nil, err
	}
	names, err := s.Identity.MemberNames(v.ctx(), d.Owner)
	if err != nil {
		return nil, err
	}
	l := v.look()
	p := datasetPage{
		ID: d.ID, Name: l.Either(d.Name), State: d.State, Owner: l.Name(names[d.Owner]), Changed: l.Moment(d.ChangedAt), Items: v.itemLines(d),
		Mine: v.actor.In(d.Owner) && v.actor.Has(vocab.Steward), MayAsk: v.actor.Has(vocab.DataUser) && !v.actor.In(d.Owner) && d.State == catalog.StatePublished,
	}
	for _, f := range catalog.Fields() {
		if value := d.Get(f); value != "" {
			p.Lines = append(p.Lines, line{Field: string(f), Value: l.Tongue(valueText(l, string(f), value, catalog.Words(f)))})
		}
	}
	if !p.Mine {
		return p, nil
	}
	p.Missing, p.Steps = catalog.Missing(d, catalog.StatePublished), v.steps(d)
	p.History, err = s.Catalog.History(v.ctx(), v.actor, d.ID, 0)
	slices.Reverse(p.History)
	return p, err
}

// valueText is a field's value for people: a closed word, or a list of them, in the
// reader's language.
func valueText(l *look.Look, field, value string, closed []string) string {
	switch catalog.Field(field) {
	case catalog.FieldLegalBasis:
		return joinWith(splitLines(strings.ReplaceAll(value, "|", " ")), l.Comma())
	case catalog.FieldPurposes:
		return joinWith(splitLines(value), l.Comma())
	}
	if closed == nil {
		return value
	}
	parts := splitLines(value)
	for i, w := range parts {
		parts[i] = l.Word(field, w)
	}
	return joinWith(parts, l.Comma())
}

func (v *visit) itemLines(d *catalog.Dataset) []itemLine {
	out := make([]itemLine, len(d.Items))
	for i, it := range d.Items {
		out[i] = itemLine{ID: d.ItemID(it.Code), Code: it.Code, Name: v.look().Either(it.Name), Type: it.Type, Share: d.ShareOf(it), Compare: it.Compare, Tags: it.Tags}
	}
	return out
}

// steps are the forms of what the entry's state allows.
func (v *visit) steps(d *catalog.Dataset) []*form {
	var out []*form
	for _, t := range catalog.Transitions() {
		if !slices.Contains(t.From, d.State) {
			continue
		}
		f := form{Action: "/datasets/" + url.PathEscape(string(d.ID)) + "/" + t.Act, Name: t.Act, Grave: t.Act == "retire", Fields: []field{revision(d.Rev)}}
		if t.Reason {
			f.Fields = append(f.Fields, field{Name: "reason", Need: true})
		}
		out = append(out, v.form(f))
	}
	if d.State == catalog.StateDraft && d.PublishedAt.IsZero() {
		out = append(out, v.form(form{Action: "/datasets/" + url.PathEscape(string(d.ID)) + "/drop", Name: "drop", Grave: true, Fields: []field{revision(d.Rev)}}))
	}
	return out
}

// revision carries the revision that the form was made on, so that nobody
// writes over what they have not seen.
func revision(rev int64) field {
	return field{Name: "rev", Kind: "hidden", Value: strconv.FormatInt(rev, 10)}
}

func (v *visit) rev() int64 {
	n, _ := strconv.ParseInt(v.said("rev"), 10, 64)
	return n
}

func (s *Site) step(v *visit) (string, error) {
	id, rev, reason := vocab.DatasetID(v.id("id")), v.rev(), v.said("reason")
	var err error
	switch v.id("act") {
	case "publish":
		_, err = s.Catalog.Publish(v.ctx(), v.actor, id, rev)
	case "suspend":
		_, err = s.Catalog.Suspend(v.ctx(), v.actor, id, rev, reason)
	case "resume":
		_, err = s.Catalog.Resume(v.ctx(), v.actor, id, rev)
	case "retire":
		_, err = s.Catalog.Retire(v.ctx(), v.actor, id, rev, reason)
	case "drop":
		return "/desk?done=dropped", s.Catalog.Drop(v.ctx(), v.actor, id, rev)
	default:
		return "", vocab.NoSuchThing.Because("no page stands here")
	}
	return "/datasets/" + url.PathEscape(string(id)) + "?done=step", err
}

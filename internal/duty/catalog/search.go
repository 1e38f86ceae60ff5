package catalog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/engine/index"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/region"
	"fontis/internal/vocab"
)

// The facets of the catalog, beyond those that are fields: whose, in what state, by
// the name of the department that provides, of the year of the last change, and how
// much of what a reader wants it says.
const (
	FacetOwner    index.Facet = "owner"
	FacetState    index.Facet = "state"
	FacetProvider index.Facet = "provider"
	FacetYear     index.Facet = "year"

	FacetDescribed index.Facet = "described"
)

// facetFields are the fields that are facets as well: properties of entries, never
// of persons.
var facetFields = []entry.Field{
	entry.FieldTheme, entry.FieldDomain, entry.FieldRegion, entry.FieldFormat, entry.FieldShare, entry.FieldOpen, entry.FieldCycle, entry.FieldOrigin, entry.FieldSubject, entry.FieldLevel, entry.FieldGrade,
}

// Facets lists the facets; the owner of the process opens the index with them.
func Facets() []index.Facet {
	out := []index.Facet{FacetOwner, FacetState, FacetProvider, FacetYear, FacetDescribed}
	for _, f := range facetFields {
		out = append(out, index.Facet(f))
	}
	return out
}

// madeOf names what documents makes of an entry: a snapshot of other documents is
// of no use. It changes with document, visibility and the facets' trees.
const madeOf = "catalog documents 4"

// IndexOptions are the options of the index that the catalog is given; dir is the
// folder of its snapshot, "" for none.
func IndexOptions(dir string) index.Options {
	return index.Options{Facets: Facets(), Dir: dir, Origin: madeOf, Above: func(f index.Facet, code string) string {
		if f != index.Facet(entry.FieldRegion) {
			return ""
		}
		return region.Above(code)
	}}
}

// SearchQuery asks for entries by words, with filters and facets.
type SearchQuery struct {
	Text    string
	Filters map[string][]string // facet -> values, any of them
	Facets  []string            // to be counted
	Under   map[string]string   // count a facet by the values below one, as in the index
	Item    string              // only entries with an item of exactly this name
	Offset  int
	Limit   int
	Correct bool // where nothing is found, say what may have been meant
	Explain bool // say of each hit why it was found
}

// SearchResult is one page of entries with totals over all that the actor may see.
// A total that is not exact is about right.
type SearchResult struct {
	Total  int
	Exact  bool
	Facets map[string][]index.Count
	Hits   []*entry.Dataset
	After  []int            // of each hit, the offset behind it: one that is hidden since it was indexed leaves a gap
	Why    [][]index.Reason // of each hit, where Explain was set
	Heard  bool             // a word was taken for pinyin
	Meant  string           // the query with one typing error mended
}

// Search finds entries that the actor may see. A key that names an item is never a
// filter or a facet; one with a refused tag is refused by name.
func (s *Service) Search(ctx context.Context, a identity.Actor, q SearchQuery) (*SearchResult, error) {
	filters, err := s.filters(ctx, a, q.Filters)
	if err != nil {
		return nil, err
	}
	iq := index.Query{
		Text: q.Text, Item: q.Item, Offset: q.Offset, Limit: min(q.Limit, maxPage), Filters: filters, Visible: VisibleTo(a),
		Correct: q.Correct, Explain: q.Explain,
	}
	if iq.Limit <= 0 {
		iq.Limit = 20
	}
	for _, key := range q.Facets {
		if err := s.facetKey(ctx, a, vocab.PathFacet, key); err != nil {
			return nil, err
		}
		iq.Facets = append(iq.Facets, index.Facet(key))
	}
	for key, value := range q.Under {
		if err := s.facetKey(ctx, a, vocab.PathFacet, key); err != nil {
			return nil, err
		}
		if iq.Under == nil {
			iq.Under = map[index.Facet]string{}
		}
		iq.Under[index.Facet(key)] = value
	}
	found, err := s.index.Search(ctx, iq)
	if err != nil {
		return nil, fmt.Errorf("search the catalog: %w", err)
	}
	res := &SearchResult{Total: found.Total, Exact: found.Exact, Facets: map[string][]index.Count{}, Heard: found.Heard, Meant: found.Meant}
	for f, counts := range found.Facets {
		res.Facets[string(f)] = counts
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		for i, h := range found.Hits {
			d, err := s.GetTx(ctx, tx, a, vocab.DatasetID(strings.TrimSuffix(h.Key, outside)))
			if vocab.CodeOf(err) == vocab.NoSuchThing {
				continue // hidden or gone since the index was fed
			}
			if err != nil {
				return err
			}
			res.Hits, res.After = append(res.Hits, d), append(res.After, iq.Offset+i+1)
			if q.Explain {
				res.Why = append(res.Why, found.Why[i])
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load what was found: %w", err)
	}
	return res, nil
}

func (s *Service) filters(ctx context.Context, a identity.Actor, given map[string][]string) (map[index.Facet][]string, error) {
	out := map[index.Facet][]string{}
	for key, values := range given {
		if err := s.facetKey(ctx, a, vocab.PathFilter, key); err != nil {
			return nil, err
		}
		out[index.Facet(key)] = values
	}
	return out, nil
}

// Suggestion is a title that begins as it was typed, and an entry that has it.
type Suggestion struct {
	Title   string          `json:"title"`
	Dataset vocab.DatasetID `json:"dataset"`
}

// Suggest gives titles of entries that the actor may see and that begin with what
// was typed; letters that begin none are taken for pinyin.
func (s *Service) Suggest(ctx context.Context, a identity.Actor, typed string, limit int) ([]Suggestion, error) {
	found, err := s.index.Suggest(ctx, typed, VisibleTo(a), limit)
	if err != nil {
		return nil, fmt.Errorf("suggest titles: %w", err)
	}
	out := make([]Suggestion, len(found))
	for i, f := range found {
		out[i] = Suggestion{f.Title, vocab.DatasetID(strings.TrimSuffix(f.Key, outside))}
	}
	return out, nil
}

// ItemsNamed finds names of items, with how many entries that the actor may see
// have an item of the name: which sets hold this field. Search with Item finds them.
func (s *Service) ItemsNamed(ctx context.Context, a identity.Actor, q SearchQuery) (*index.ItemResult, error) {
	filters, err := s.filters(ctx, a, q.Filters)
	if err != nil {
		return nil, err
	}
	found, err := s.index.Items(ctx, index.ItemQuery{Text: q.Text, Filters: filters, Visible: VisibleTo(a), Offset: q.Offset, Limit: min(max(q.Limit, 1), maxPage)})
	if err != nil {
		return nil, fmt.Errorf("search the names of items: %w", err)
	}
	return found, nil
}

// facetKey lets through what is a facet and refuses everything else.
func (s *Service) facetKey(ctx context.Context, a identity.Actor, p vocab.Path, key string) error {
	if slices.Contains(Facets(), index.Facet(key)) {
		return nil
	}
	return s.foreignKey(ctx, a, p, key)
}

// foreignKey refuses a key that the catalog does not have: by its tags when it is
// a tagged item that the actor may see, or the name of a tagged data element.
func (s *Service) foreignKey(ctx context.Context, a identity.Actor, p vocab.Path, key string) error {
	if tags := entry.ProposeTags(entry.Item{Element: key}); len(tags) > 0 {
		if err := vocab.Refuse(p, vocab.MixedSubject, map[string][]vocab.Tag{key: tags}); err != nil {
			return err
		}
	}
	if id := vocab.ItemID(key); id.Name() != "" {
		d, err := s.Get(ctx, a, id.Dataset())
		if err == nil {
			err = entry.Refuse(p, d, []string{id.Name()})
		}
		if err != nil && vocab.CodeOf(err) != vocab.NoSuchThing {
			return err
		}
	}
	return vocab.ColumnUnknown.Because("the catalog has no column %q", key)
}

// Export gives the chosen fields of every entry that the actor may see, in the
// order of their ids; the first two columns are id and state.
func (s *Service) Export(ctx context.Context, a identity.Actor, keys []string, row func([]string) error) error {
	for _, key := range keys {
		if entry.Field(key).Known() {
			continue
		}
		return s.foreignKey(ctx, a, vocab.PathExport, key)
	}
	q := ListQuery{Page: Page{Limit: maxPage}}
	for {
		page, err := s.List(ctx, a, q)
		if err != nil {
			return err
		}
		for _, d := range page {
			line := []string{string(d.ID), string(d.State)}
			for _, key := range keys {
				line = append(line, d.Get(entry.Field(key)))
			}
			if err := row(line); err != nil {
				return fmt.Errorf("export data set %s: %w", d.ID, err)
			}
		}
		if len(page) < maxPage {
			return nil
		}
		q.After = page[len(page)-1].ID
	}
}

// outside marks the second document of an entry that is not shared: what others
// than its owner may find of it.
const outside = "#outside"

// The words of audiences. Every rule of loadVisible and shown has its word here.
const (
	toAll    = "all"
	toSigned = "signed"
)

func toMember(m vocab.MemberID) string  { return "member:" + string(m) }
func notMember(m vocab.MemberID) string { return "not:" + string(m) }

// VisibleTo says in the words of audiences what the actor may see.
func VisibleTo(a identity.Actor) index.Visible {
	v := index.Visible{Any: []string{toAll}}
	if !a.Nobody() {
		v.Any = append(v.Any, toSigned)
	}
	if a.Member != "" {
		v.Any = append(v.Any, toMember(a.Member))
		v.Not = []string{notMember(a.Member)}
	}
	return v
}

// documents writes entries as the documents of the index.
func documents(rows []*row) []index.Change {
	var out []index.Change
	for _, r := range rows {
		out = append(out, Documents(&r.Dataset)...)
	}
	return out
}

// Documents are the documents of an entry: its own, and what others than its owner
// may find of it. Of an entry in whose place others stand there are none.
func Documents(d *entry.Dataset) []index.Change {
	if len(d.MovedTo) > 0 {
		return absent(d.ID)
	}
	others := ""
	switch d.State {
	case entry.StatePublished:
		others = toAll
	case entry.StateSuspended, entry.StateRetired:
		others = toSigned
	}
	whole := index.Change{Key: string(d.ID), Doc: document(d)}
	// Who sees an entry in part cannot judge it.
	whole.Doc.Facets[FacetDescribed] = string(entry.Rate(d).Degree())
	whole.Doc.Audience = []string{toMember(d.Owner)}
	part := index.Change{Key: string(d.ID) + outside}
	switch {
	case others == "":
	case d.Share == vocab.NotShared:
		part.Doc = document(shown(identity.Actor{}, d))
		part.Doc.Audience = []string{others, notMember(d.Owner)}
	default:
		whole.Doc.Audience = append(whole.Doc.Audience, others)
	}
	return []index.Change{whole, part}
}

// absent takes an entry out of the index.
func absent(id vocab.DatasetID) []index.Change {
	return []index.Change{{Key: string(id)}, {Key: string(id) + outside}}
}

func document(d *entry.Dataset) *index.Doc {
	d = d.Reviewed()
	doc := &index.Doc{
		Titles: []string{d.Name.ZH, d.Name.EN},
		Texts:  []string{d.Code, d.Provider, d.ProviderCode, d.Department, d.System, d.Abstract.ZH, d.Abstract.EN, d.Theme, d.Category, d.NotSharedReason},
		Facets: map[index.Facet]string{FacetOwner: string(d.Owner), FacetState: string(d.State), FacetProvider: d.Provider, FacetYear: year(d)},
	}
	for _, f := range facetFields {
		doc.Facets[index.Facet(f)] = d.Get(f)
	}
	for _, it := range d.Items {
		doc.Items = append(doc.Items, it.Code, it.Name.ZH, it.Name.EN, it.Element)
	}
	return doc
}

func year(d *entry.Dataset) string {
	if d.ChangedAt.IsZero() {
		return ""
	}
	return strconv.Itoa(d.ChangedAt.UTC().Year())
}

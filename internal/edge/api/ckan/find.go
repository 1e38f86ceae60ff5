package ckan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api/open"
	"fontis/internal/engine/index"
	"fontis/internal/vocab"
)

const (
	maxRows  = 1000 // of one answer, as in CKAN
	pageSize = 500  // of one look into the catalog
)

// wanted is what a search asks for.
type wanted struct {
	plan
	said   string   // the query as it was written, to know it again
	facets []string // of the catalog
	start  int
	rows   int
	byID   bool
}

// found is a page of entries with totals over all that the caller may see.
type found struct {
	total  int
	facets map[string][]index.Count
	page   []*entry.Dataset
}

// find answers by the index where it can, and otherwise by a look at each entry in
// the order of their names, which any depth of paging reaches.
func (f *face) find(a *asked, w wanted) (*found, error) {
	if w.filters == nil {
		w.filters = map[string][]string{}
	}
	if w.filters[string(catalog.FacetState)] == nil {
		w.filters[string(catalog.FacetState)] = []string{string(entry.StatePublished)}
	}
	if w.rest != nil {
		return f.walk(a, w, nil)
	}
	out, err := f.search(a, w)
	if err != nil {
		return nil, err
	}
	if len(w.words) == 0 && (w.byID || out.total > index.MaxReach) {
		return f.walk(a, w, out)
	}
	return out, nil
}

// search asks the index; the page comes in pieces of the catalog's own size.
func (f *face) search(a *asked, w wanted) (*found, error) {
	q := catalog.SearchQuery{Text: strings.Join(w.words, " "), Filters: w.filters, Facets: w.facets, Offset: min(w.start, index.MaxReach), Limit: 1}
	if !w.byID {
		q.Limit = max(1, min(w.rows, pageSize))
	}
	out := &found{}
	for {
		r, err := f.Catalog.Search(a.ctx, a.actor, q)
		if err != nil {
			return nil, fmt.Errorf("search the catalog: %w", err)
		}
		if q.Facets != nil || out.facets == nil {
			out.total, out.facets = r.Total, r.Facets
		}
		if w.byID || out.total > index.MaxReach && len(w.words) == 0 {
			return out, nil
		}
		if w.start >= index.MaxReach && out.total > index.MaxReach {
			return nil, badQuery.Because("words find %d entries, and the answer is read to the %d-th only", out.total, index.MaxReach)
		}
		out.page = append(out.page, r.Hits...)
		q.Offset, q.Facets = q.Offset+q.Limit, nil
		q.Limit = min(w.rows-len(out.page), pageSize)
		if q.Limit <= 0 || q.Offset >= out.total || q.Offset >= index.MaxReach {
			break
		}
	}
	out.page = out.page[:min(len(out.page), w.rows)]
	return out, nil
}

// walk looks at each entry in the order of names. It begins where the page before
// ended, when that is known; with the totals known it ends with the page.
func (f *face) walk(a *asked, w wanted, known *found) (*found, error) {
	test := w.node()
	var q catalog.ListQuery
	if o := w.filters[string(catalog.FacetOwner)]; len(o) == 1 {
		q.Owner = vocab.MemberID(o[0])
	}
	if s := w.filters[string(catalog.FacetState)]; len(s) == 1 {
		q.State = entry.State(s[0])
	}
	began := f.Clock.Now()
	key := fmt.Sprintf("%s\x00%t\x00%s", a.actor.Member, a.actor.Nobody(), w.said)
	if known == nil {
		known = f.marks.counted(key, w.facets, began)
	}
	at, after := 0, vocab.DatasetID("")
	if known != nil {
		at, after = f.marks.before(key, w.start)
	}
	q.After = after
	out := &found{facets: map[string][]index.Count{}}
	counts := map[string]map[string]int{}
	err := f.Each(a.ctx, a.actor, open.Walk{ListQuery: q, Patience: open.Patience}, func(d *entry.Dataset) bool {
		if !test.matches(d) {
			return true
		}
		if at >= w.start && len(out.page) < w.rows {
			out.page = append(out.page, d)
		}
		if at++; at == w.start+w.rows {
			f.marks.put(key, at, d.ID)
		}
		count(counts, w.facets, d)
		return known == nil || len(out.page) < w.rows
	})
	if err != nil {
		return nil, err
	}
	if known != nil {
		out.total, out.facets = known.total, known.facets
		return out, nil
	}
	out.total = at
	for facet, values := range counts {
		for _, v := range slices.Sorted(maps.Keys(values)) {
			out.facets[facet] = append(out.facets[facet], index.Count{Value: v, N: values[v]})
		}
	}
	f.marks.count(key, w.facets, found{total: out.total, facets: out.facets}, began)
	return out, nil
}

func count(into map[string]map[string]int, facets []string, d *entry.Dataset) {
	for _, facet := range facets {
		v := d.Get(entry.Field(facet))
		if facet == string(catalog.FacetOwner) {
			v = string(d.Owner)
		}
		if v == "" {
			continue
		}
		if into[facet] == nil {
			into[facet] = map[string]int{}
		}
		into[facet][v]++
	}
}

// node is the whole plan as one question to an entry.
func (w *wanted) node() *node {
	n := &node{op: all}
	if w.rest != nil {
		n.kids = append(n.kids, w.rest)
	}
	for _, word := range w.words {
		word, begin := strings.CutSuffix(word, "*")
		n.kids = append(n.kids, leafOf("", word, begin))
	}
	for facet, values := range w.filters {
		n.kids = append(n.kids, &node{op: oneOf, field: facet, values: values})
	}
	return n
}

// marks remember where pages ended and what was counted, so that a client which
// reads page after page costs one walk. They are a cache: all may be forgotten.
type marks struct {
	mu  sync.Mutex // guards all
	all map[string]*mark
}

type mark struct {
	ends    map[int]vocab.DatasetID // how many were before, and the last of them
	facets  string
	counted *found
	at      time.Time
}

const (
	maxMarks = 256
	maxEnds  = 64
	fresh    = time.Minute // counts older than this are made anew
)

func newMarks() *marks { return &marks{all: map[string]*mark{}} }

func (m *marks) of(key string) *mark {
	if len(m.all) >= maxMarks && m.all[key] == nil {
		forgetOne(m.all)
	}
	if m.all[key] == nil {
		m.all[key] = &mark{ends: map[int]vocab.DatasetID{}}
	}
	return m.all[key]
}

// before is the nearest known end at or before start.
func (m *marks) before(key string, start int) (int, vocab.DatasetID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	best := 0
	ends := m.of(key).ends
	for at := range ends {
		if at <= start && at > best {
			best = at
		}
	}
	return best, ends[best]
}

func (m *marks) put(key string, at int, last vocab.DatasetID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.of(key)
	if _, known := k.ends[at]; !known && len(k.ends) >= maxEnds {
		forgetOne(k.ends)
	}
	k.ends[at] = last
}

// forgetOne makes room without forgetting what others still need.
func forgetOne[K comparable, V any](all map[K]V) {
	for k := range all {
		delete(all, k)
		return
	}
}

// counted is what was counted lately for the same facets.
func (m *marks) counted(key string, facets []string, now time.Time) *found {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.of(key)
	if k.counted == nil || k.facets != strings.Join(facets, " ") || now.Sub(k.at) > fresh {
		return nil
	}
	return k.counted
}

func (m *marks) count(key string, facets []string, f found, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.of(key)
	k.facets, k.counted, k.at = strings.Join(facets, " "), &f, now
}

package index

import (
	"bytes"
	"cmp"
	"context"
	"runtime"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fontis/internal/engine/index/fold"
	"fontis/internal/engine/index/segment"
	"fontis/internal/engine/index/word"
	"fontis/internal/vocab"
)

// Tier tells where all of the query was found.
type Tier uint8

// The tiers, best first.
const (
	InExactTitle Tier = iota
	InTitle
	InItems
	InText
	nowhere
)

// Place is the word for where something was found: title, items or text.
func (t Tier) Place() string {
	switch t {
	case InExactTitle, InTitle:
		return "title"
	case InItems:
		return "items"
	}
	return "text"
}

// Hit is one document found.
type Hit struct {
	Key  string
	Tier Tier
}

// Result is one page of hits with totals over all. Where Exact is false, Total is
// about right and the facets are counted over candidates; the hits are true all
// the same.
type Result struct {
	Total  int
	Exact  bool
	Facets map[Facet][]Count
	Hits   []Hit
	Why    [][]Reason // of each hit, where Explain was set
	Heard  bool       // a word was taken for pinyin
	Meant  string     // where nothing was found and Correct was set
}

// search is one query on its way.
type search struct {
	ctx  context.Context
	x    *Index
	q    *Query
	v    *view
	plan *word.Plan
	buf  []uint32

	scopes []*roaring.Bitmap // of each part: what may be found at all
	found  []*found          // of each part
	loose  []entryTier       // of the tail
	exact  bool
	total  int
}

type entryTier struct {
	e    *entry
	tier Tier
}

// Search answers the query from the documents that the reader may see.
func (x *Index) Search(ctx context.Context, q Query) (*Result, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	if err := x.knows(&q); err != nil {
		return nil, err
	}
	p, err := x.read(q.Text, q.Plain)
	if err != nil {
		return nil, err
	}
	s := &search{ctx: ctx, x: x, q: &q, v: x.now.Load(), plan: p, buf: make([]uint32, block)}
	defer runtime.KeepAlive(s.v) // sets lie in the bytes of its segments
	res := &Result{}
	if !p.None {
		s.scope()
		if !q.Plain {
			res.Heard = s.hear()
		}
		s.find()
	}
	if err := s.settle(); err != nil {
		return nil, err
	}
	res.Total, res.Exact = s.total, s.exact
	if res.Facets, err = s.count(); err != nil {
		return nil, err
	}
	hits, err := s.page()
	if err != nil {
		return nil, err
	}
	for _, h := range hits {
		res.Hits = append(res.Hits, Hit{h.key(), h.tier})
		if q.Explain {
			why, err := s.why(h)
			if err != nil {
				return nil, err
			}
			res.Why = append(res.Why, why)
		}
	}
	if q.Correct && s.total == 0 && !p.None {
		res.Meant, err = s.meant()
	}
	return res, err
}

// knows refuses facets that the index does not keep.
func (x *Index) knows(q *Query) error {
	names := slices.Clone(q.Facets)
	for f := range q.Filters {
		names = append(names, f)
	}
	for _, f := range names {
		if _, ok := x.facets[f]; !ok {
			return vocab.ColumnUnknown.Because("there is no facet %q", f)
		}
	}
	return nil
}

// scope finds for each part the documents that the reader may see and the filters
// let through.
func (s *search) scope() {
	s.scopes = make([]*roaring.Bitmap, len(s.v.parts))
	for i, p := range s.v.parts {
		s.scopes[i] = s.scopeOf(p)
	}
}

func (s *search) scopeOf(p *part) *roaring.Bitmap {
	audience := func(words []string) *roaring.Bitmap {
		var all []*roaring.Bitmap
		for _, w := range words {
			all = append(all, p.seg.Lookup(segment.AudienceTerm(w)).Set(segment.Title))
		}
		return union(all)
	}
	some := []*roaring.Bitmap{audience(s.q.Visible.Any)}
	for f, values := range s.q.Filters {
		var any []*roaring.Bitmap
		for _, v := range values {
			any = append(any, p.seg.Lookup(segment.FacetTerm(s.x.facets[f], v)).Set(segment.Title))
		}
		some = append(some, union(any))
	}
	if s.q.Item != "" {
		var holding *roaring.Bitmap
		if name, ok := p.seg.FindName(fold.Text(s.q.Item)); ok {
			holding = p.seg.DocsOf(name)
		}
		some = append(some, holding)
	}
	out := intersection(some)
	for _, less := range []*roaring.Bitmap{audience(s.q.Visible.Not), p.dead} {
		if out != nil && less != nil && out.Intersects(less) {
			out = roaring.AndNot(out, less)
		}
	}
	return out
}

// allows tells whether an entry may be found at all.
func (s *search) allows(e *entry) bool {
	d := &e.doc
	see := func(words []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(d.Audience, w) })
	}
	if !s.v.sees(e) || !see(s.q.Visible.Any) || see(s.q.Visible.Not) {
		return false
	}
	for f, values := range s.q.Filters {
		ok := false
		s.x.spec.Chain(s.x.facets[f], d.Facets[s.x.facets[f]], func(v string) { ok = ok || slices.Contains(values, v) })
		if !ok {
			return false
		}
	}
	if s.q.Item == "" {
		return true
	}
	want := fold.Text(s.q.Item)
	return slices.ContainsFunc(d.Items, func(n segment.ItemName) bool { return n.Folded == want })
}

// found is what a part has: for each word the documents by field.
type found struct {
	words []fieldSets
	all   *roaring.Bitmap // every word somewhere, within the scope
}

type fieldSets [3]*roaring.Bitmap // Title, Item, Text

// find finds the candidates of every part and the entries of the tail.
func (s *search) find() {
	s.found = make([]*found, len(s.v.parts))
	for i, p := range s.v.parts {
		s.found[i] = s.in(p, s.scopes[i])
	}
	for _, e := range s.v.tail {
		if t := s.tierOf(e); t < nowhere && s.allows(e) {
			s.loose = append(s.loose, entryTier{e, t})
		}
	}
}

// in finds the rarest word first: what the next is looked for in shrinks with each.
func (s *search) in(p *part, scope *roaring.Bitmap) *found {
	f := &found{}
	if scope == nil || scope.IsEmpty() {
		return f
	}
	within := scope
	for _, w := range s.rarestFirst(p.seg) {
		sets := setsOf(p.seg, w, within)
		any := union(sets[:])
		if any == nil {
			return f
		}
		if within = intersection([]*roaring.Bitmap{within, any}); within == nil {
			return f
		}
		f.words = append(f.words, sets)
	}
	f.all = within
	return f
}

// rarestFirst orders the words by how many documents may hold each.
func (s *search) rarestFirst(seg *segment.Segment) []*word.Word {
	words := make([]*word.Word, len(s.plan.Words))
	for i := range words {
		words[i] = &s.plan.Words[i]
	}
	if len(words) < 2 {
		return words
	}
	most := make(map[*word.Word]int, len(words))
	for _, w := range words {
		for i := range w.Ways {
			most[w] += mostHeld(seg, &w.Ways[i])
		}
	}
	slices.SortStableFunc(words, func(a, b *word.Word) int { return cmp.Compare(most[a], most[b]) })
	return words
}

// mostHeld bounds from above how many documents a segment holds of a way.
func mostHeld(seg *segment.Segment, w *word.Way) int {
	if w.Kind == word.Prefix {
		return seg.Len()
	}
	least := seg.Len()
	for _, text := range w.Terms {
		t, n := seg.Lookup(text), 0
		for f := segment.Title; f <= segment.Text; f++ {
			n += t.Count(f)
		}
		least = min(least, n)
	}
	return least
}

// setsOf gives where a word is held, by field: of the documents in within, and maybe
// of some others.
func setsOf(seg *segment.Segment, w *word.Word, within *roaring.Bitmap) fieldSets {
	var by [3][]*roaring.Bitmap
	for i := range w.Ways {
		y := &w.Ways[i]
		for f, set := range setsOfWay(seg, y, within) {
			if set != nil {
				by[f] = append(by[f], set)
			}
		}
	}
	return fieldSets{union(by[0]), union(by[1]), union(by[2])}
}

// mostExpanded is how many words one beginning may stand for in a part.
const mostExpanded = 20_000

func setsOfWay(seg *segment.Segment, w *word.Way, within *roaring.Bitmap) fieldSets {
	var out fieldSets
	if w.Kind == word.Prefix {
		var by [3][]*roaring.Bitmap
		n := 0
		seg.Prefixed(w.Text, func(_ string, t segment.Term) bool {
			for f := range by {
				if set := t.Set(segment.Field(f)); set != nil {
					by[f] = append(by[f], set)
				}
			}
			n++
			return n < mostExpanded
		})
		return fieldSets{union(by[0]), union(by[1]), union(by[2])}
	}
	terms := make([]segment.Term, len(w.Terms))
	for i, t := range w.Terms {
		terms[i] = seg.Lookup(t)
	}
	for f := range out {
		if f > 0 && w.Titled() {
			break
		}
		some := make([]*roaring.Bitmap, 0, len(terms))
		for _, t := range terms {
			set := t.Set(segment.Field(f))
			if set == nil {
				break
			}
			some = append(some, set)
		}
		if len(some) == len(terms) {
			out[f] = narrowed(some, within)
		}
	}
	return out
}

// narrowed gives what all sets hold. Where within is smaller than each of them it
// makes them smaller before they meet.
func narrowed(sets []*roaring.Bitmap, within *roaring.Bitmap) *roaring.Bitmap {
	if within == nil {
		return intersection(sets)
	}
	n := within.GetCardinality()
	if slices.ContainsFunc(sets, func(b *roaring.Bitmap) bool { return b.GetCardinality() <= n }) {
		return intersection(sets)
	}
	return intersection(append(sets, within))
}

// union gives the union, nil for nothing. The result may be one of the sets: it
// must not be changed.
func union(sets []*roaring.Bitmap) *roaring.Bitmap {
	some := make([]*roaring.Bitmap, 0, len(sets))
	for _, b := range sets {
		if b != nil {
			some = append(some, b)
		}
	}
	switch len(some) {
	case 0:
		return nil
	case 1:
		return some[0]
	case 2:
		return roaring.Or(some[0], some[1])
	}
	return roaring.FastOr(some...)
}

// intersection gives what all sets hold, nil where one is nil or nothing is left.
// The result may be one of the sets: it must not be changed.
func intersection(sets []*roaring.Bitmap) *roaring.Bitmap {
	if len(sets) == 0 || slices.Contains(sets, nil) {
		return nil
	}
	if len(sets) == 1 {
		return sets[0]
	}
	slices.SortFunc(sets, func(a, b *roaring.Bitmap) int { return int(a.GetCardinality()) - int(b.GetCardinality()) })
	out := roaring.And(sets[0], sets[1])
	for _, b := range sets[2:] {
		if out.IsEmpty() {
			return nil
		}
		out.And(b)
	}
	if out.IsEmpty() {
		return nil
	}
	return out
}

// tierOf looks an entry through.
func (s *search) tierOf(e *entry) Tier {
	if len(s.plan.Words) == 0 {
		return InText
	}
	tier := InTitle
	for i := range s.plan.Words {
		w := &s.plan.Words[i]
		at := nowhere
		for k := range w.Ways {
			y := &w.Ways[k]
			switch {
			case y.In(e.title):
				at = min(at, InTitle)
			case y.Titled():
			case y.In(e.items):
				at = min(at, InItems)
			case y.In(e.text):
				at = min(at, InText)
			}
		}
		tier = max(tier, at)
	}
	if tier == InTitle && s.isTitle(e.title) {
		return InExactTitle
	}
	return tier
}

// isTitle tells whether one of the titles is the text of the query.
func (s *search) isTitle(titles []byte) bool {
	if s.plan.Exact == "" {
		return false
	}
	if !bytes.Contains(titles, []byte(s.plan.Exact)) {
		return false
	}
	for line := range eachLine(titles) {
		if string(line) == s.plan.Exact {
			return true
		}
	}
	return false
}

// hear takes a word of letters that nothing holds for the sound of a title.
func (s *search) hear() bool {
	some := false
	for i := range s.plan.Words {
		w := &s.plan.Words[i]
		if len(w.Ways) > 1 || w.Ways[0].Kind != word.Whole || s.held(w) {
			continue
		}
		if ways := word.Heard(w.Ways[0].Text); len(ways) > 0 {
			w.Ways, some = ways, true
		}
	}
	return some
}

// held tells whether anything that may be found holds the word.
func (s *search) held(w *word.Word) bool {
	for i, p := range s.v.parts {
		if s.scopes[i] == nil {
			continue
		}
		for _, set := range setsOf(p.seg, w, s.scopes[i]) {
			if set != nil && set.Intersects(s.scopes[i]) {
				return true
			}
		}
	}
	one := search{plan: &word.Plan{Words: []word.Word{*w}}}
	return slices.ContainsFunc(s.v.tail, func(e *entry) bool { return one.tierOf(e) < nowhere && s.allows(e) })
}

// count counts the facets of what was found.
func (s *search) count() (map[Facet][]Count, error) {
	c := s.x.counting(s.q)
	for i, f := range s.found {
		if f.all == nil {
			continue
		}
		if err := c.part(s.ctx, s.v.parts[i], f.all, s.buf); err != nil {
			return nil, err
		}
	}
	for _, t := range s.loose {
		c.entry(t.e)
	}
	return c.result(), nil
}

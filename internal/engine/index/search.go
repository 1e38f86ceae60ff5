package index

import (
	"context"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"fontis/internal/vocab"
)

// Visible says what a reader may see: documents whose audience holds a word of
// Any and none of Not. The zero value sees nothing.
type Visible struct {
	Any []string
	Not []string
}

// Query asks for documents. Every run of Text must be found; "" finds all. The
// values of one filter are alternatives, the filters add up.
type Query struct {
	Text    string
	Filters map[Facet][]string
	Facets  []Facet
	Visible Visible
	Offset  int
	Limit   int
}

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

// Hit is one document found.
type Hit struct {
	Key  string
	Tier Tier
}

// Count is one value of a facet with the number of documents found that have it.
type Count struct {
	Value string
	N     int
}

// Result is one page of hits with totals over all. Where Exact is false, Total
// and Facets are upper bounds; the hits are true all the same.
type Result struct {
	Total  int
	Exact  bool
	Facets map[Facet][]Count
	Hits   []Hit
}

// MaxReach is the deepest hit that paging reaches; deeper, narrow the query.
const MaxReach = 10_000

// search is one query on its way.
type search struct {
	x     *Index
	runs  []run
	text  string // folded
	loose bool   // must candidates be verified in their text
	best  page
}

// Search answers the query from the documents that the reader may see.
func (x *Index) Search(ctx context.Context, q Query) (*Result, error) {
	if q.Offset < 0 || q.Limit < 0 || q.Offset+q.Limit > MaxReach {
		return nil, vocab.BadInput.Because("the page ends at hit %d, and paging reaches hit %d", q.Offset+q.Limit, MaxReach)
	}
	s := &search{x: x, text: fold(q.Text), best: page{size: q.Offset + q.Limit}}
	s.runs = runs(s.text)
	s.loose = slices.ContainsFunc(s.runs, run.loose)
	x.mu.RLock()
	defer x.mu.RUnlock()
	if err := x.knows(q); err != nil {
		return nil, err
	}
	found := roaring.New()
	if len(s.runs) > 0 || strings.TrimSpace(q.Text) == "" {
		found = s.candidates(x.scope(q))
	}
	exact := true
	if s.loose {
		if exact = found.GetCardinality() <= uint64(x.limit); exact {
			found = s.verified(found)
		}
	}
	if err := s.rank(ctx, found); err != nil {
		return nil, err
	}
	res := &Result{Total: int(found.GetCardinality()), Exact: exact, Facets: map[Facet][]Count{}, Hits: s.best.from(q.Offset)}
	for _, f := range q.Facets {
		counts, err := x.facets[f].count(ctx, found)
		if err != nil {
			return nil, err
		}
		res.Facets[f] = counts
	}
	return res, nil
}

// knows refuses facets that the index does not keep.
func (x *Index) knows(q Query) error {
	names := slices.Clone(q.Facets)
	for f := range q.Filters {
		names = append(names, f)
	}
	for _, f := range names {
		if x.facets[f] == nil {
			return vocab.ColumnUnknown.Because("there is no facet %q", f)
		}
	}
	return nil
}

// scope gives the documents that the reader may see and the filters let through,
// as a bitmap of its own.
func (x *Index) scope(q Query) *roaring.Bitmap {
	scope := x.union(q.Visible.Any)
	scope.AndNot(x.union(q.Visible.Not))
	for f, values := range q.Filters {
		some := roaring.New()
		for _, v := range values {
			if code, ok := x.facets[f].codes[v]; ok {
				some.Or(x.facets[f].sets[code-1])
			}
		}
		scope.And(some)
	}
	return scope
}

func (x *Index) union(audience []string) *roaring.Bitmap {
	out := roaring.New()
	for _, a := range audience {
		if b, ok := x.audience[a]; ok {
			out.Or(b)
		}
	}
	return out
}

// candidates narrows scope to the documents that hold every pair and word.
func (s *search) candidates(scope *roaring.Bitmap) *roaring.Bitmap {
	if len(s.runs) > 0 {
		scope.And(s.holding(s.x.all))
	}
	return scope
}

// holding gives the documents in whose postings all terms of the query stand. The
// result may be the index's own bitmap: it must not be changed.
func (s *search) holding(p postings) *roaring.Bitmap {
	var sets []*roaring.Bitmap
	for _, r := range s.runs {
		if r.han && r.size == 1 {
			sets = append(sets, s.anyHolding(p, r.text))
			continue
		}
		missing := false
		terms(r.text, func(t string) {
			b, ok := p[t]
			missing = missing || !ok
			sets = append(sets, b)
		})
		if missing {
			return roaring.New()
		}
	}
	if len(sets) == 1 {
		return sets[0]
	}
	slices.SortFunc(sets, func(a, b *roaring.Bitmap) int { return int(a.GetCardinality()) - int(b.GetCardinality()) })
	return roaring.FastAnd(sets...)
}

// anyHolding answers one Han character: the union of the terms that hold it.
func (s *search) anyHolding(p postings, char string) *roaring.Bitmap {
	var sets []*roaring.Bitmap
	for _, t := range s.x.holding[[]rune(char)[0]] {
		if b, ok := p[t]; ok {
			sets = append(sets, b)
		}
	}
	return roaring.FastOr(sets...)
}

// verified keeps the candidates in whose text every long run stands whole.
func (s *search) verified(found *roaring.Bitmap) *roaring.Bitmap {
	out := roaring.New()
	for it := found.Iterator(); it.HasNext(); {
		if id := it.Next(); s.stands(id, InText) {
			out.Add(id)
		}
	}
	return out
}

// stands reports whether every long run stands whole in the fields of the tier.
// That the pairs stand there is known before.
func (s *search) stands(id uint32, t Tier) bool {
	e := &s.x.docs[id]
	for _, r := range s.runs {
		if !r.loose() || strings.Contains(e.title, r.text) {
			continue
		}
		if t >= InItems && strings.Contains(e.items, r.text) || t >= InText && strings.Contains(e.texts, r.text) {
			continue
		}
		return false
	}
	return true
}

// rank fills the page, tier by tier. The tiers by pairs are a bound from above: a
// document may fall to a later one when its text is looked at, never rise. So once
// the page is full of better tiers, the rest need not be looked at.
func (s *search) rank(ctx context.Context, found *roaring.Bitmap) error {
	if s.best.size == 0 {
		return nil
	}
	rest := found.Clone()
	if len(s.runs) > 0 {
		for _, id := range s.x.exact[s.text] {
			if rest.CheckedRemove(id) {
				s.best.offer(ranked{InExactTitle, s.x.docs[id].size, s.x.docs[id].key})
			}
		}
		for _, level := range []struct {
			tier Tier
			post postings
		}{{InTitle, s.x.title}, {InItems, s.x.named}} {
			if s.best.fullBefore(level.tier) {
				return nil
			}
			in := roaring.And(rest, s.holding(level.post))
			rest.AndNot(in)
			if err := s.offerAll(ctx, in, level.tier); err != nil {
				return err
			}
		}
	}
	if s.best.fullBefore(InText) {
		return nil
	}
	return s.offerAll(ctx, rest, InText)
}

// block is how many documents are taken from a bitmap at once, and how often the
// caller's patience is looked at.
const block = 4096

func (s *search) offerAll(ctx context.Context, in *roaring.Bitmap, t Tier) error {
	buf := make([]uint32, min(block, max(1, in.GetCardinality())))
	for it := in.ManyIterator(); ; {
		n := it.NextMany(buf)
		if n == 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, id := range buf[:n] {
			e := &s.x.docs[id]
			r := ranked{t, e.size, e.key}
			if !s.best.takes(r) {
				continue
			}
			if s.loose {
				for r.tier < nowhere && !s.stands(id, r.tier) {
					r.tier++
				}
			}
			if r.tier < nowhere {
				s.best.offer(r)
			}
		}
	}
}

func (c *column) count(ctx context.Context, found *roaring.Bitmap) ([]Count, error) {
	n := make([]int, len(c.names)+1)
	buf := make([]uint32, block)
	for it := found.ManyIterator(); ; {
		k := it.NextMany(buf)
		if k == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, id := range buf[:k] {
			n[c.of[id]]++
		}
	}
	out := []Count{}
	for i, v := range c.names {
		if n[i+1] > 0 {
			out = append(out, Count{v, n[i+1]})
		}
	}
	slices.SortFunc(out, func(a, b Count) int {
		if a.N != b.N {
			return b.N - a.N
		}
		return strings.Compare(a.Value, b.Value)
	})
	return out, nil
}

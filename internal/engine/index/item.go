package index

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"fontis/internal/engine/index/segment"
	"fontis/internal/engine/index/word"
)

// ItemQuery asks which names items have; Text as in a Query, every word of it in
// the one name.
type ItemQuery struct {
	Text    string
	Filters map[Facet][]string
	Visible Visible
	Offset  int
	Limit   int
}

// ItemHit is a name of items and how many documents that the reader may see have
// an item of it. A Query's Item finds them.
type ItemHit struct {
	Name string
	N    int
}

// ItemResult is one page of names, the whole name first, then the most used.
// Where Exact is false, there were more names than are looked at.
type ItemResult struct {
	Total int
	Exact bool
	Hits  []ItemHit
}

// mostNames are the names of a part that are counted for one question, the most
// used ones.
const mostNames = 1000

// Items finds names of items.
func (x *Index) Items(ctx context.Context, iq ItemQuery) (*ItemResult, error) {
	q := Query{Text: iq.Text, Filters: iq.Filters, Visible: iq.Visible, Offset: iq.Offset, Limit: iq.Limit}
	if err := q.Check(); err != nil {
		return nil, err
	}
	if err := x.knows(&q); err != nil {
		return nil, err
	}
	p, err := x.read(iq.Text, false)
	if err != nil {
		return nil, err
	}
	res := &ItemResult{Exact: true}
	if len(p.Words) == 0 {
		return res, nil
	}
	s := &search{ctx: ctx, x: x, q: &q, v: x.now.Load(), plan: p}
	defer runtime.KeepAlive(s.v)
	s.scope()
	n := named{}
	for i, part := range s.v.parts {
		if s.scopes[i] == nil {
			continue
		}
		whole, err := s.namesOf(part, s.scopes[i], n)
		if err != nil {
			return nil, err
		}
		res.Exact = res.Exact && whole
	}
	for _, e := range s.v.tail {
		if !s.allows(e) {
			continue
		}
		for i, name := range e.doc.Items {
			first := slices.IndexFunc(e.doc.Items, func(o segment.ItemName) bool { return o.Folded == name.Folded }) == i
			if first && s.holds([]byte(name.Folded)) {
				n.add(name.Folded, name.Shown, 1)
			}
		}
	}
	res.Total = len(n)
	all := n.sorted(p.Exact)
	if iq.Offset < len(all) {
		res.Hits = all[iq.Offset:min(len(all), iq.Offset+iq.Limit)]
	}
	return res, nil
}

// named gathers names by their folded form.
type named map[string]*ItemHit

func (n named) add(folded, shown string, docs int) {
	if h := n[folded]; h != nil {
		h.N += docs
		return
	}
	n[folded] = &ItemHit{shown, docs}
}

func (n named) sorted(exact string) []ItemHit {
	out := make([]ItemHit, 0, len(n))
	if h := n[exact]; h != nil {
		out = append(out, *h)
		delete(n, exact)
	}
	was := len(out)
	for _, h := range n {
		out = append(out, *h)
	}
	slices.SortFunc(out[was:], func(a, b ItemHit) int { return cmp.Or(b.N-a.N, strings.Compare(a.Name, b.Name)) })
	return out
}

// namesOf counts the names of a part; it tells whether it looked at all of them.
func (s *search) namesOf(p *part, scope *roaring.Bitmap, n named) (bool, error) {
	var all []*roaring.Bitmap
	for i := range s.plan.Words {
		all = append(all, namesHolding(p.seg, &s.plan.Words[i]))
	}
	found := intersection(all)
	if found == nil {
		return true, nil
	}
	type candidate struct {
		name uint32
		docs *roaring.Bitmap
		n    int
	}
	var some []candidate
	if name, ok := p.seg.FindName(s.plan.Exact); ok { // counted whatever else is
		some = append(some, candidate{name, p.seg.DocsOf(name), int(^uint(0) >> 1)})
	}
	whole := true
	for it := found.Iterator(); it.HasNext(); {
		name := it.Next()
		if len(some) > 4*mostNames {
			whole = false
			break
		}
		folded := p.seg.NameAt(name)
		if !s.holds(folded) || string(folded) == s.plan.Exact {
			continue
		}
		docs := p.seg.DocsOf(name)
		some = append(some, candidate{name, docs, int(docs.GetCardinality())})
	}
	slices.SortFunc(some, func(a, b candidate) int { return cmp.Or(b.n-a.n, cmp.Compare(a.name, b.name)) })
	if len(some) > mostNames {
		some, whole = some[:mostNames], false
	}
	for _, c := range some {
		if err := s.ctx.Err(); err != nil {
			return false, err
		}
		if docs := c.docs.AndCardinality(scope); docs > 0 {
			n.add(string(p.seg.NameAt(c.name)), p.seg.Shown(c.name), int(docs))
		}
	}
	return whole, nil
}

// holds tells whether a name holds every word.
func (s *search) holds(name []byte) bool {
	for i := range s.plan.Words {
		if !s.plan.Words[i].In(name) {
			return false
		}
	}
	return true
}

// namesHolding gives the names that hold a word's terms.
func namesHolding(seg *segment.Segment, w *word.Word) *roaring.Bitmap {
	var any []*roaring.Bitmap
	for i := range w.Ways {
		y := &w.Ways[i]
		if y.Kind == word.Prefix {
			n := 0
			seg.Prefixed(y.Text, func(_ string, t segment.Term) bool {
				any = append(any, t.Set(segment.Name))
				n++
				return n < mostExpanded
			})
			continue
		}
		var all []*roaring.Bitmap
		for _, t := range y.Terms {
			all = append(all, seg.Lookup(t).Set(segment.Name))
		}
		any = append(any, intersection(all))
	}
	return union(any)
}

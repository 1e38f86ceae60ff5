package index

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
)

// ranked is a document with what orders it.
type ranked struct {
	tier Tier
	size int
	key  string
}

func compare(a, b ranked) int {
	return cmp.Or(cmp.Compare(a.tier, b.tier), cmp.Compare(a.size, b.size), strings.Compare(a.key, b.key))
}

// page keeps the best documents offered, at most size; the worst is on top.
type page struct {
	size int
	kept worstFirst
}

type worstFirst []ranked

func (w worstFirst) Len() int           { return len(w) }
func (w worstFirst) Less(i, j int) bool { return compare(w[i], w[j]) > 0 }
func (w worstFirst) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *worstFirst) Push(v any)        { *w = append(*w, v.(ranked)) }
func (w *worstFirst) Pop() any {
	old := *w
	v := old[len(old)-1]
	*w = old[:len(old)-1]
	return v
}

// takes reports whether the page would keep r.
func (p *page) takes(r ranked) bool {
	return len(p.kept) < p.size || compare(r, p.kept[0]) < 0
}

func (p *page) offer(r ranked) {
	if !p.takes(r) {
		return
	}
	if len(p.kept) < p.size {
		heap.Push(&p.kept, r)
		return
	}
	p.kept[0] = r
	heap.Fix(&p.kept, 0)
}

// fullBefore reports whether nothing of the tier or a later one can enter.
func (p *page) fullBefore(t Tier) bool {
	return len(p.kept) == p.size && p.kept[0].tier < t
}

// from gives the hits from the offset on, best first.
func (p *page) from(offset int) []Hit {
	slices.SortFunc(p.kept, compare)
	var out []Hit
	for i := offset; i < len(p.kept); i++ {
		out = append(out, Hit{p.kept[i].key, p.kept[i].tier})
	}
	return out
}

package index

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// values are the values of a facet in the whole index, by code from 1. They only
// grow, so that a code means the same in every view.
type values struct {
	x     *Index
	facet int

	mu    sync.RWMutex // guards the rest
	codes map[string]uint32
	names []string // code -> value
	above []uint32 // code -> code of the value above, 0 at the top
}

func newValues(x *Index, facet int) *values {
	return &values{x: x, facet: facet, codes: map[string]uint32{}, names: []string{""}, above: []uint32{0}}
}

// code gives the code of a value, a new one to a new value.
func (vs *values) code(value string) uint32 {
	if value == "" {
		return 0
	}
	vs.mu.RLock()
	c := vs.codes[value]
	vs.mu.RUnlock()
	if c != 0 {
		return c
	}
	vs.mu.Lock()
	defer vs.mu.Unlock()
	return vs.grow(value, 0)
}

func (vs *values) grow(value string, deep int) uint32 {
	if c := vs.codes[value]; c != 0 {
		return c
	}
	value = strings.Clone(value)
	vs.names = append(vs.names, value)
	vs.above = append(vs.above, 0)
	c := uint32(len(vs.names) - 1)
	vs.codes[value] = c
	if above := vs.x.spec.Above; above != nil && deep < 16 {
		if up := above(vs.facet, value); up != "" {
			vs.above[c] = vs.grow(up, deep+1)
		}
	}
	return c
}

// known gives the values as they are now: code -> name, code -> above.
func (vs *values) known() (names []string, above []uint32) {
	vs.mu.RLock()
	defer vs.mu.RUnlock()
	return vs.names, vs.above
}

// Count is one value of a facet with the number of documents found that have it.
type Count struct {
	Value string
	N     int
}

// counting walks what was found once for each facet.
type counting struct {
	x      *Index
	query  *Query
	totals [][]uint32 // asked facet, code -> documents
}

func (x *Index) counting(q *Query) *counting {
	c := &counting{x: x, query: q}
	for _, f := range q.Facets {
		names, _ := x.values[x.facets[f]].known()
		c.totals = append(c.totals, make([]uint32, len(names)))
	}
	return c
}

// block is how many documents are taken from a bitmap at once, and how often the
// caller's patience is looked at.
const block = 4096

// part counts the documents of a part.
func (c *counting) part(ctx context.Context, p *part, found *roaring.Bitmap, buf []uint32) error {
	if len(c.totals) == 0 {
		return nil
	}
	local := make([][]uint32, len(c.totals))
	for i, f := range c.query.Facets {
		local[i] = make([]uint32, len(p.codes[c.x.facets[f]]))
	}
	for it := found.ManyIterator(); ; {
		n := it.NextMany(buf)
		if n == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		for i, f := range c.query.Facets {
			p.seg.CountInto(c.x.facets[f], buf[:n], local[i])
		}
	}
	for i, f := range c.query.Facets {
		codes := p.codes[c.x.facets[f]]
		for code, n := range local[i] {
			if n > 0 {
				c.totals[i][codes[code]] += n
			}
		}
	}
	return nil
}

func (c *counting) entry(e *entry) {
	for i, f := range c.query.Facets {
		c.totals[i][e.codes[c.x.facets[f]]]++
	}
}

// result gives the counts, the most first. A facet that is a tree is counted by
// the values below Under, each with all below it.
func (c *counting) result() map[Facet][]Count {
	out := make(map[Facet][]Count, len(c.totals))
	for i, f := range c.query.Facets {
		vs := c.x.values[c.x.facets[f]]
		names, above := vs.known()
		n := c.totals[i]
		if root, ok := c.query.Under[f]; ok {
			n = rolled(n, names, above, root)
		}
		counts := []Count{}
		for code := 1; code < len(n); code++ {
			if n[code] > 0 {
				counts = append(counts, Count{names[code], int(n[code])})
			}
		}
		slices.SortFunc(counts, func(a, b Count) int { return cmp.Or(b.N-a.N, strings.Compare(a.Value, b.Value)) })
		if c.query.Top > 0 && len(counts) > c.query.Top {
			counts = counts[:c.query.Top:c.query.Top]
		}
		out[f] = counts
	}
	return out
}

// rolled adds every count to the value below root that it belongs to.
func rolled(n []uint32, names []string, above []uint32, root string) []uint32 {
	out := make([]uint32, len(names))
	for code, k := range n {
		if k == 0 {
			continue
		}
		for at := uint32(code); at != 0; at = above[at] {
			if names[above[at]] == root {
				out[at] += k
				break
			}
		}
	}
	return out
}

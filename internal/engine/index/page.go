package index

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fontis/internal/engine/index/word"
)

// cand is a document on its way to the page: of a part, or of the tail.
type cand struct {
	tier Tier
	p    *part
	id   uint32
	e    *entry
}

func (c cand) order() uint32 {
	if c.e != nil {
		return c.e.doc.Order
	}
	return c.p.seg.Order(c.id)
}

func (c cand) keyBytes() []byte {
	if c.e != nil {
		return []byte(c.e.doc.Key)
	}
	return c.p.seg.Key(c.id)
}

func (c cand) key() string { return string(c.keyBytes()) }

func compare(a, b cand) int {
	if a.e == nil && b.e == nil && a.p == b.p {
		return cmp.Compare(a.id, b.id) // numbers are given in this order
	}
	return cmp.Or(cmp.Compare(a.order(), b.order()), bytes.Compare(a.keyBytes(), b.keyBytes()))
}

// stream gives documents of one tier in their order.
type stream struct {
	p    *part
	ids  roaring.IntPeekable
	list []cand
}

func (t *stream) peek() (cand, bool) {
	if t.ids != nil {
		if !t.ids.HasNext() {
			return cand{}, false
		}
		return cand{p: t.p, id: t.ids.PeekNext()}, true
	}
	if len(t.list) == 0 {
		return cand{}, false
	}
	return t.list[0], true
}

func (t *stream) next() {
	if t.ids != nil {
		t.ids.Next()
	} else {
		t.list = t.list[1:]
	}
}

// page gives the hits from the offset on, tier by tier. The tiers by sets are a
// bound from above: a document may fall to a later one when its text is looked
// at, never rise.
func (s *search) page() ([]cand, error) {
	need := s.q.Offset + s.q.Limit
	if s.q.Limit == 0 || s.total == 0 {
		return nil, nil
	}
	pg := pages{s: s, need: need, before: make([]*roaring.Bitmap, len(s.found))}
	for tier := InExactTitle; tier < nowhere && len(pg.hits) < need; tier++ {
		if err := pg.tier(tier); err != nil {
			return nil, err
		}
	}
	if s.q.Offset >= len(pg.hits) {
		return nil, nil
	}
	return pg.hits[s.q.Offset:], nil
}

type pages struct {
	s      *search
	need   int
	hits   []cand
	before []*roaring.Bitmap // of each part: what earlier tiers took in
	fallen [nowhere][]cand
}

func (pg *pages) tier(tier Tier) error {
	s := pg.s
	var from []*stream
	for i, f := range s.found {
		if f.all == nil {
			continue
		}
		if set := pg.take(i, f, tier); set != nil {
			from = append(from, &stream{p: s.v.parts[i], ids: set.Iterator()})
		}
	}
	late := pg.fallen[tier]
	for _, t := range s.loose {
		if t.tier == tier {
			late = append(late, cand{e: t.e})
		}
	}
	slices.SortFunc(late, compare)
	from = append(from, &stream{list: late})
	check := tier != InExactTitle && slices.ContainsFunc(s.plan.Words, func(w word.Word) bool { return w.Loose() })
	for n := 0; len(pg.hits) < pg.need; n++ {
		best, at := cand{}, -1
		for i, t := range from {
			if c, ok := t.peek(); ok && (at < 0 || compare(c, best) < 0) {
				best, at = c, i
			}
		}
		if at < 0 {
			return nil
		}
		from[at].next()
		if n%block == 0 && s.ctx.Err() != nil {
			return s.ctx.Err()
		}
		best.tier = tier
		if check && best.e == nil && at < len(from)-1 {
			if err := pg.fall(&best); err != nil {
				return err
			}
		}
		if best.tier == tier {
			pg.hits = append(pg.hits, best)
		} else if best.tier < nowhere {
			pg.fallen[best.tier] = append(pg.fallen[best.tier], best)
		}
	}
	return nil
}

// fall finds the tier in which the long words stand whole.
func (pg *pages) fall(c *cand) error {
	for ; c.tier < nowhere; c.tier++ {
		ok, err := pg.s.stands(c.p, c.id, c.tier)
		if ok || err != nil {
			return err
		}
	}
	return nil
}

// take gives the documents of a part in a tier that no earlier tier had.
func (pg *pages) take(i int, f *found, tier Tier) *roaring.Bitmap {
	var set *roaring.Bitmap
	switch {
	case tier == InExactTitle:
		set = pg.titled(i, f)
	case len(f.words) == 0 && tier < InText:
	case tier == InText:
		set = f.all
	default:
		some := []*roaring.Bitmap{f.all}
		for _, w := range f.words {
			some = append(some, union(w[:tier-InTitle+1]))
		}
		set = intersection(some)
	}
	if set == nil {
		return nil
	}
	if was := pg.before[i]; was != nil {
		set = roaring.AndNot(set, was)
		if tier < InText {
			pg.before[i] = roaring.Or(was, set)
		}
	} else {
		pg.before[i] = set
	}
	return set
}

// titled gives the documents of which the query is a title.
func (pg *pages) titled(i int, f *found) *roaring.Bitmap {
	s := pg.s
	if s.plan.Exact == "" {
		return nil
	}
	from, to := s.v.parts[i].seg.TitleRange(s.plan.Exact, true)
	if from == to {
		return nil
	}
	ids := make([]uint32, 0, to-from)
	for k := from; k < to; k++ {
		if _, id := s.v.parts[i].seg.TitleAt(k); f.all.Contains(id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return roaring.BitmapOf(ids...)
}

package segment

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// Source is a segment to be merged, less the documents that are superseded.
type Source struct {
	Seg  *Segment
	Dead *roaring.Bitmap // nil for none
}

// Gone is where a number leads that is not carried over.
const Gone = ^uint32(0)

// Merge writes one segment of several with distinct keys among the living. It
// gives for each source where its documents went.
func Merge(ctx context.Context, w io.Writer, sp Spec, from []Source) ([][]uint32, error) {
	m := merging{ctx: ctx, sp: sp, from: from, out: newSink(w)}
	m.arrange()
	p := poster{}
	p.begin(m.out)
	if err := m.names(&p); err != nil {
		return nil, err
	}
	if err := m.terms(&p); err != nil {
		return nil, err
	}
	p.end()
	m.perDoc()
	m.facets()
	if err := m.body(); err != nil {
		return nil, err
	}
	return m.to, m.out.close(len(m.seq), len(p.nameRec), len(p.termRec))
}

type merging struct {
	ctx  context.Context
	sp   Spec
	from []Source
	out  *sink

	to     [][]uint32 // source, old number -> new number
	seq    []place    // new number -> where from
	nameTo [][]uint32

	ids   [fields][]uint32 // scratch
	dense []uint64         // scratch, a bit a document or name
}

type place struct {
	src uint32
	id  uint32
}

// arrange numbers the living documents anew, in their order.
func (m *merging) arrange() {
	m.to = make([][]uint32, len(m.from))
	next := make([]uint32, len(m.from))
	total := 0
	for i, s := range m.from {
		m.to[i] = make([]uint32, s.Seg.n)
		total += s.Seg.n
		if s.Dead != nil {
			total -= int(s.Dead.GetCardinality())
		}
	}
	m.seq = make([]place, 0, total)
	skip := func(i int) bool {
		s := m.from[i]
		for int(next[i]) < s.Seg.n && s.Dead != nil && s.Dead.Contains(next[i]) {
			m.to[i][next[i]] = Gone
			next[i]++
		}
		return int(next[i]) < s.Seg.n
	}
	for {
		best := -1
		for i := range m.from {
			if skip(i) && (best < 0 || compareDocs(m.from[i].Seg, next[i], m.from[best].Seg, next[best]) < 0) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		m.to[best][next[best]] = uint32(len(m.seq))
		m.seq = append(m.seq, place{uint32(best), next[best]})
		next[best]++
	}
}

func compareDocs(a *Segment, i uint32, b *Segment, j uint32) int {
	return cmp.Or(cmp.Compare(a.Order(i), b.Order(j)), bytes.Compare(a.Key(i), b.Key(j)))
}

// names carries over the names that a living document has.
func (m *merging) names(p *poster) error {
	m.nameTo = make([][]uint32, len(m.from))
	for i, s := range m.from {
		m.nameTo[i] = make([]uint32, s.Seg.names)
	}
	count := uint32(0)
	return m.walk(func(s *Segment) int { return s.names }, func(s *Segment, i int) []byte { return s.NameAt(uint32(i)) },
		func(name []byte, which []place) error {
			var all sets
			m.collect(&all[Item], which, secNameRec, Item, m.to)
			empty := all[Item].many == nil && len(all[Item].ids) == 0
			for _, w := range which {
				m.nameTo[w.src][w.id] = count
				if empty {
					m.nameTo[w.src][w.id] = Gone
				}
			}
			if empty {
				return nil
			}
			count++
			return p.name(string(name), m.from[which[0].src].Seg.Shown(which[0].id), &all)
		})
}

func (m *merging) terms(p *poster) error {
	return m.walk(func(s *Segment) int { return s.terms }, (*Segment).term, func(term []byte, which []place) error {
		var all sets
		some := false
		for f := range all {
			to := m.to
			if Field(f) == Name {
				to = m.nameTo
			}
			m.collect(&all[f], which, secTermRec, Field(f), to)
			some = some || all[f].many != nil || len(all[f].ids) > 0
		}
		if !some {
			return nil
		}
		return p.term(string(term), &all)
	})
}

// walk merges sorted dictionaries: it calls each for every distinct entry with
// the sources that have it.
func (m *merging) walk(size func(*Segment) int, at func(*Segment, int) []byte, each func(entry []byte, which []place) error) error {
	next := make([]int, len(m.from))
	head := make([][]byte, len(m.from))
	for i, s := range m.from {
		if size(s.Seg) > 0 {
			head[i] = at(s.Seg, 0)
		}
	}
	var which []place
	for n := 0; ; n++ {
		if n%4096 == 0 && m.ctx.Err() != nil {
			return m.ctx.Err()
		}
		which = which[:0]
		var least []byte
		for i, s := range m.from {
			if next[i] == size(s.Seg) {
				continue
			}
			c := -1
			if len(which) > 0 {
				c = bytes.Compare(head[i], least)
			}
			if c < 0 {
				which, least = which[:0], head[i]
			}
			if c <= 0 {
				which = append(which, place{uint32(i), uint32(next[i])})
			}
		}
		if len(which) == 0 {
			return nil
		}
		if err := each(least, which); err != nil {
			return err
		}
		for _, w := range which {
			next[w.src]++
			if s := m.from[w.src].Seg; next[w.src] < size(s) {
				head[w.src] = at(s, next[w.src])
			}
		}
	}
}

// denseFrom is the share of all numbers from which a set is gathered as bits: one
// in so many.
const denseFrom = 512

// collect gathers one set from the sources and renumbers it.
func (m *merging) collect(into *set, which []place, recs section, f Field, to [][]uint32) {
	total, sources := 0, 0
	for _, w := range which {
		if rec := m.from[w.src].Seg.record(recs, int(w.id)); rec[f] != 0 {
			total += count(rec, f)
			sources++
		}
	}
	*into = set{}
	if total == 0 {
		return
	}
	ids := m.ids[f][:0]
	bits := f != Name && sources > 1 && total > mostPlain && total > len(m.seq)/denseFrom
	if bits && m.dense == nil {
		m.dense = make([]uint64, (len(m.seq)+65535)/65536*1024)
	}
	for _, w := range which {
		rec := m.from[w.src].Seg.record(recs, int(w.id))
		if rec[f] == 0 {
			continue
		}
		was := len(ids)
		ids = appendIDs(ids, rec, f)
		kept := ids[:was]
		for _, id := range ids[was:] {
			n := to[w.src][id]
			switch {
			case n == Gone:
			case bits:
				m.dense[n/64] |= 1 << (n % 64)
			default:
				kept = append(kept, n)
			}
		}
		ids = kept
	}
	m.ids[f] = ids
	if !bits {
		if sources > 1 {
			slices.Sort(ids)
		}
		into.ids = ids
		return
	}
	b := roaring.New()
	b.FromDense(m.dense, true)
	clear(m.dense)
	if b.GetCardinality() <= mostPlain {
		into.ids = b.ToArray()
		return
	}
	into.many = b
}

func (m *merging) perDoc() {
	n := len(m.seq)
	order := make([]uint32, n)
	for i, p := range m.seq {
		order[i] = m.from[p.src].Seg.Order(p.id)
	}
	m.out.numbers(secOrder, order)
	m.pieces(secKeyOff, secKeys, func(s *Segment, id uint32, _ []byte) []byte { return s.Key(id) })
	titleOff := m.pieces(secTitleOff, secTitles, func(s *Segment, id uint32, _ []byte) []byte { return s.Titles(id) })
	m.out.numbers(secByKey, m.byKey())
	m.out.numbers(secSorted, m.sorted(titleOff))
	var ids []uint32
	now := 0 // pieces come in the new order
	m.pieces(secOwnOff, secOwn, func(s *Segment, id uint32, buf []byte) []byte {
		ids = ids[:0]
		s.NamesOf(id, func(name uint32) bool {
			ids = append(ids, m.nameTo[m.seq[now].src][name])
			return true
		})
		now++
		return appendSteps(buf, ids)
	})
}

// pieces writes a section of one piece a document, and its offsets.
func (m *merging) pieces(off, blob section, piece func(s *Segment, id uint32, buf []byte) []byte) []uint32 {
	offs := make([]uint32, 1, len(m.seq)+1)
	m.out.begin(blob)
	var scratch [256]byte
	at := uint32(0)
	for _, p := range m.seq {
		b := piece(m.from[p.src].Seg, p.id, scratch[:0])
		_, _ = m.out.Write(b)
		at += uint32(len(b))
		offs = append(offs, at)
	}
	m.out.end(blob)
	m.out.numbers(off, offs)
	return offs
}

// merged walks sorted lists of the sources and gives the living of them in one
// order.
func (m *merging) merged(size func(*Segment) int, doc func(*Segment, int) uint32, less func(a *Segment, i int, b *Segment, j int) bool, each func(src, i int)) {
	next := make([]int, len(m.from))
	for {
		best := -1
		for i, s := range m.from {
			for next[i] < size(s.Seg) && m.to[i][doc(s.Seg, next[i])] == Gone {
				next[i]++
			}
			if next[i] < size(s.Seg) && (best < 0 || less(s.Seg, next[i], m.from[best].Seg, next[best])) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		each(best, next[best])
		next[best]++
	}
}

func (m *merging) byKey() []uint32 {
	out := make([]uint32, 0, len(m.seq))
	doc := func(s *Segment, i int) uint32 { return u32(s.sec[secByKey], i) }
	m.merged(func(s *Segment) int { return s.n }, doc,
		func(a *Segment, i int, b *Segment, j int) bool {
			return bytes.Compare(a.Key(doc(a, i)), b.Key(doc(b, j))) < 0
		},
		func(src, i int) { out = append(out, m.to[src][doc(m.from[src].Seg, i)]) })
	return out
}

func (m *merging) sorted(titleOff []uint32) []uint32 {
	out := make([]uint32, 0, 2*len(m.seq))
	doc := func(s *Segment, i int) uint32 { return u32(s.sec[secSorted], 2*i+1) }
	m.merged(func(s *Segment) int { return len(s.sec[secSorted]) / 8 }, doc,
		func(a *Segment, i int, b *Segment, j int) bool {
			if c := bytes.Compare(a.sortedTitle(i), b.sortedTitle(j)); c != 0 {
				return c < 0
			}
			return compareDocs(a, doc(a, i), b, doc(b, j)) < 0 // the best of one title first
		},
		func(src, i int) {
			s := m.from[src].Seg
			id := doc(s, i)
			within := u32(s.sec[secSorted], 2*i) - u32(s.sec[secTitleOff], int(id))
			now := m.to[src][id]
			out = append(out, titleOff[now]+within, now)
		})
	return out
}

func (m *merging) facets() {
	out := facetWriter{n: len(m.seq)}
	for f := range m.sp.Facets {
		used := map[string]uint32{}
		for i, s := range m.from {
			seen := make([]bool, len(s.Seg.cols[f].values)+1)
			for id, now := range m.to[i] {
				if now != Gone {
					seen[s.Seg.CodeOf(f, uint32(id))] = true
				}
			}
			for c, v := range s.Seg.cols[f].values {
				if seen[c+1] {
					used[v] = 0
				}
			}
		}
		values := make([]string, 0, len(used))
		for v := range used {
			values = append(values, v)
		}
		slices.Sort(values)
		for i, v := range values {
			used[v] = uint32(i + 1)
		}
		codes := make([][]uint32, len(m.from))
		for i, s := range m.from {
			codes[i] = make([]uint32, len(s.Seg.cols[f].values)+1)
			for c, v := range s.Seg.cols[f].values {
				codes[i][c+1] = used[v]
			}
		}
		out.column(values, func(i int) uint32 {
			p := m.seq[i]
			return codes[p.src][m.from[p.src].Seg.CodeOf(f, p.id)]
		})
	}
	m.out.put(secFacets, out.bytes(m.sp.Facets))
}

// body carries the bodies over; each source is read from its beginning to its
// end, since the order within a source stays.
func (m *merging) body() error {
	off := make([]uint32, 1, len(m.seq)+1)
	at := uint32(0)
	length := func(s *Segment, id uint32) uint32 {
		return u32(s.sec[secBodyOff], int(id)+1) - u32(s.sec[secBodyOff], int(id))
	}
	for _, p := range m.seq {
		at += length(m.from[p.src].Seg, p.id)
		off = append(off, at)
	}
	m.out.numbers(secBodyOff, off)
	m.out.begin(secBody)
	readers := make([]*bufio.Reader, len(m.from))
	done := make([]uint32, len(m.from))
	for i, s := range m.from {
		readers[i] = bufio.NewReaderSize(io.NewSectionReader(s.Seg.body, s.Seg.bodyAt, s.Seg.bodyLen), 1<<18)
	}
	var buf []byte
	for _, p := range m.seq {
		s := m.from[p.src].Seg
		begin := u32(s.sec[secBodyOff], int(p.id))
		if skip := begin - done[p.src]; skip > 0 {
			if _, err := readers[p.src].Discard(int(skip) * 8); err != nil {
				return err
			}
		}
		n := int(length(s, p.id)) * 8
		buf = slices.Grow(buf[:0], n)[:n]
		if _, err := io.ReadFull(readers[p.src], buf); err != nil {
			return err
		}
		if _, err := m.out.Write(buf); err != nil {
			return err
		}
		done[p.src] = begin + uint32(n/8)
	}
	m.out.end(secBody)
	return m.ctx.Err()
}

package segment

import (
	"cmp"
	"encoding/binary"
	"io"
	"slices"
	"strings"

	"fontis/internal/engine/index/fold"
)

// Doc is a document as it goes into a segment. Folded texts are lines.
type Doc struct {
	Key      string
	Order    uint32
	Titles   []string // as written
	Title    string   // folded
	Items    []ItemName
	Text     string // folded
	Facets   []string
	Audience []string
}

// ItemName is a name of an item, folded and as written.
type ItemName struct{ Folded, Shown string }

// Spec is what all segments of an index have alike.
type Spec struct {
	Facets int
	// Above gives the value above a facet's value, "" at the top; nil where no
	// facet is a tree.
	Above func(facet int, value string) string
}

// Chain calls yield for a value and all above it.
func (sp Spec) Chain(facet int, value string, yield func(string)) {
	for deep := 0; value != "" && deep < 16; deep++ {
		yield(value)
		if sp.Above == nil {
			return
		}
		value = sp.Above(facet, value)
	}
}

// lists gather the sets of terms; documents come in ascending order.
type lists struct {
	pairs pairs
	at    map[string]int32
	terms []string
	sets  []sets
	sound map[int32][]int32 // pair of a title -> its sounds
}

// place gives the number of a term.
func (l *lists) place(term string) int32 {
	if k := pairKey(term); k != 0 {
		slot := l.pairs.find(k)
		if slot.place == 0 {
			slot.place = l.grow(term) + 1
		}
		return slot.place - 1
	}
	i, ok := l.at[term]
	if !ok {
		i = l.grow(term)
		l.at[l.terms[i]] = i
	}
	return i
}

func (l *lists) grow(term string) int32 {
	l.terms = append(l.terms, strings.Clone(term)) // it is a part of a larger text
	l.sets = append(l.sets, sets{})
	return int32(len(l.terms) - 1)
}

// sounds gives the numbers of the sounds of a pair of a title.
func (l *lists) sounds(pair string, at int32) []int32 {
	out, ok := l.sound[at]
	if !ok {
		fold.Sounds(pair, func(s string, initials bool) { out = append(out, l.place(SoundTerm(s, initials))) })
		l.sound[at] = out
	}
	return out
}

// pairKey packs one or two characters of three bytes, which most terms are; 0 for
// other terms.
func pairKey(t string) uint64 {
	if len(t) != 3 && len(t) != 6 || t[0] < 0xE0 || t[0] >= 0xF0 {
		return 0
	}
	k := uint64(t[0])<<16 | uint64(t[1])<<8 | uint64(t[2])
	if len(t) == 6 {
		if t[3] < 0xE0 || t[3] >= 0xF0 {
			return 0
		}
		k = k<<24 | uint64(t[3])<<16 | uint64(t[4])<<8 | uint64(t[5])
	}
	return k
}

// pairs is a table of packed terms with open addressing: building a segment is
// for the most part looking up terms.
type pairs struct {
	slots []slot
	used  int
}

type slot struct {
	key   uint64
	place int32 // +1
}

func (p *pairs) find(key uint64) *slot {
	if 2*p.used >= len(p.slots) {
		old := p.slots
		p.slots = make([]slot, max(1<<12, 2*len(old)))
		for _, s := range old {
			if s.key != 0 {
				*p.probe(s.key) = s
			}
		}
	}
	s := p.probe(key)
	if s.key == 0 {
		s.key = key
		p.used++
	}
	return s
}

func (p *pairs) probe(key uint64) *slot {
	mask := uint64(len(p.slots) - 1)
	for i := key * 0x9E3779B97F4A7C15 >> 32 & mask; ; i = (i + 1) & mask {
		if p.slots[i].key == key || p.slots[i].key == 0 {
			return &p.slots[i]
		}
	}
}

func (l *lists) add(i int32, f Field, id uint32) {
	ids := &l.sets[i][f].ids
	if n := len(*ids); n == 0 || (*ids)[n-1] != id {
		*ids = append(*ids, id)
	}
}

// Build writes a segment of documents with distinct keys, which it sorts into
// their order.
func Build(w io.Writer, sp Spec, docs []*Doc) error {
	slices.SortFunc(docs, func(a, b *Doc) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), strings.Compare(a.Key, b.Key))
	})
	b := building{sp: sp, docs: docs, out: newSink(w), lists: lists{at: map[string]int32{}, sound: map[int32][]int32{}}}
	b.gatherNames()
	b.gatherDocs()
	if err := b.post(); err != nil {
		return err
	}
	b.perDoc()
	b.facets()
	b.body()
	return b.out.close(len(docs), len(b.names), len(b.lists.terms))
}

type building struct {
	sp    Spec
	docs  []*Doc
	out   *sink
	lists lists

	names   []ItemName
	numbers map[string]uint32
	termsOf [][]int32 // name -> its terms
	holders []sets    // name -> documents
}

func (b *building) gatherNames() {
	b.numbers = map[string]uint32{}
	for _, d := range b.docs {
		for _, n := range d.Items {
			if _, ok := b.numbers[n.Folded]; !ok {
				b.numbers[n.Folded] = 0
				b.names = append(b.names, n)
			}
		}
	}
	slices.SortFunc(b.names, func(a, b ItemName) int { return strings.Compare(a.Folded, b.Folded) })
	b.termsOf = make([][]int32, len(b.names))
	b.holders = make([]sets, len(b.names))
	for i, n := range b.names {
		b.numbers[n.Folded] = uint32(i)
		fold.Terms(n.Folded, func(t string) {
			p := b.lists.place(t)
			b.lists.add(p, Name, uint32(i))
			b.termsOf[i] = append(b.termsOf[i], p)
		})
	}
}

func (b *building) gatherDocs() {
	l := &b.lists
	for i, d := range b.docs {
		id := uint32(i)
		fold.Terms(d.Title, func(t string) {
			at := l.place(t)
			l.add(at, Title, id)
			if len(t) > 3 && t[0] >= 0xE0 {
				for _, s := range l.sounds(t, at) {
					l.add(s, Title, id)
				}
			}
		})
		for _, n := range d.Items {
			k := b.numbers[n.Folded]
			if ids := b.holders[k][Item].ids; len(ids) > 0 && ids[len(ids)-1] == id {
				continue
			}
			b.holders[k][Item].ids = append(b.holders[k][Item].ids, id)
			for _, p := range b.termsOf[k] {
				l.add(p, Item, id)
			}
		}
		fold.Terms(d.Text, func(t string) { l.add(l.place(t), Text, id) })
		for _, a := range d.Audience {
			l.add(l.place(AudienceTerm(a)), Title, id)
		}
		for f, v := range d.Facets {
			b.sp.Chain(f, v, func(v string) { l.add(l.place(FacetTerm(f, v)), Title, id) })
		}
	}
}

// post writes the sets of names and terms, and the dictionaries.
func (b *building) post() error {
	var p poster
	p.begin(b.out)
	for i := range b.names {
		if err := p.name(b.names[i].Folded, b.names[i].Shown, &b.holders[i]); err != nil {
			return err
		}
	}
	order := make([]int, len(b.lists.terms))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int { return strings.Compare(b.lists.terms[x], b.lists.terms[y]) })
	for _, i := range order {
		if err := p.term(b.lists.terms[i], &b.lists.sets[i]); err != nil {
			return err
		}
	}
	p.end()
	return nil
}

// poster writes sets and keeps the dictionaries until the sets are written.
type poster struct {
	out                        *sink
	pack                       packer
	nameOff, shownOff, termOff offsets
	nameRec, termRec           []uint32
	nameBlob, shown, terms     []byte
}

// offsets cut a section into pieces.
type offsets []uint32

func (p *poster) begin(out *sink) {
	p.out = out
	p.nameOff, p.shownOff, p.termOff = offsets{0}, offsets{0}, offsets{0}
	out.begin(secPost)
}

func (p *poster) record(s *sets) (uint32, error) {
	rec, err := p.pack.pack(s)
	if err != nil {
		return 0, err
	}
	at := uint32((p.out.at - p.out.table[secPost][0]) / 8)
	_, err = p.out.Write(rec)
	return at, err
}

func (p *poster) name(folded, shown string, s *sets) error {
	at, err := p.record(s)
	p.nameRec = append(p.nameRec, at)
	p.nameBlob = append(p.nameBlob, folded...)
	p.nameOff = append(p.nameOff, uint32(len(p.nameBlob)))
	if shown != folded {
		p.shown = append(p.shown, shown...)
	}
	p.shownOff = append(p.shownOff, uint32(len(p.shown)))
	return err
}

func (p *poster) term(t string, s *sets) error {
	at, err := p.record(s)
	p.termRec = append(p.termRec, at)
	p.terms = append(p.terms, t...)
	p.termOff = append(p.termOff, uint32(len(p.terms)))
	return err
}

func (p *poster) end() {
	p.out.end(secPost)
	p.out.numbers(secNameRec, p.nameRec)
	p.out.numbers(secNameOff, p.nameOff)
	p.out.put(secNames, p.nameBlob)
	p.out.numbers(secShownOff, p.shownOff)
	p.out.put(secShown, p.shown)
	p.out.numbers(secTermRec, p.termRec)
	p.out.numbers(secTermOff, p.termOff)
	p.out.put(secTerms, p.terms)
}

func (b *building) perDoc() {
	n := len(b.docs)
	keyOff, titleOff, ownOff := make(offsets, 1, n+1), make(offsets, 1, n+1), make(offsets, 1, n+1)
	var keys, titles, own []byte
	order, byKey := make([]uint32, n), make([]uint32, n)
	type line struct {
		text    string
		off, id uint32
	}
	var lines []line
	for i, d := range b.docs {
		order[i], byKey[i] = d.Order, uint32(i)
		keys = append(keys, d.Key...)
		keyOff = append(keyOff, uint32(len(keys)))
		at := uint32(len(titles))
		for t := range strings.SplitSeq(d.Title, "\n") {
			if t != "" {
				lines = append(lines, line{t, at, uint32(i)})
			}
			at += uint32(len(t)) + 1
		}
		titles = append(titles, d.Title...)
		titleOff = append(titleOff, uint32(len(titles)))
		own = b.own(own, d)
		ownOff = append(ownOff, uint32(len(own)))
	}
	slices.SortFunc(byKey, func(x, y uint32) int { return strings.Compare(b.docs[x].Key, b.docs[y].Key) })
	slices.SortFunc(lines, func(x, y line) int { return cmp.Or(strings.Compare(x.text, y.text), cmp.Compare(x.id, y.id)) })
	sorted := make([]uint32, 0, 2*len(lines))
	for _, l := range lines {
		sorted = append(sorted, l.off, l.id)
	}
	b.out.numbers(secKeyOff, keyOff)
	b.out.put(secKeys, keys)
	b.out.numbers(secByKey, byKey)
	b.out.numbers(secOrder, order)
	b.out.numbers(secTitleOff, titleOff)
	b.out.put(secTitles, titles)
	b.out.numbers(secSorted, sorted)
	b.out.numbers(secOwnOff, ownOff)
	b.out.put(secOwn, own)
}

// own adds the names of a document, ascending, each once, as steps.
func (b *building) own(out []byte, d *Doc) []byte {
	ids := make([]uint32, 0, len(d.Items))
	for _, n := range d.Items {
		ids = append(ids, b.numbers[n.Folded])
	}
	slices.Sort(ids)
	return appendSteps(out, slices.Compact(ids))
}

func appendSteps(out []byte, ids []uint32) []byte {
	last := uint32(0)
	for _, id := range ids {
		out = binary.AppendUvarint(out, uint64(id-last))
		last = id
	}
	return out
}

func (b *building) facets() {
	out := facetWriter{n: len(b.docs)}
	for f := range b.sp.Facets {
		codes := map[string]uint32{}
		for _, d := range b.docs {
			if f < len(d.Facets) && d.Facets[f] != "" {
				codes[d.Facets[f]] = 0
			}
		}
		values := make([]string, 0, len(codes))
		for v := range codes {
			values = append(values, v)
		}
		slices.Sort(values)
		for i, v := range values {
			codes[v] = uint32(i + 1)
		}
		out.column(values, func(i int) uint32 {
			if f < len(b.docs[i].Facets) {
				return codes[b.docs[i].Facets[f]]
			}
			return 0
		})
	}
	b.out.put(secFacets, out.bytes(b.sp.Facets))
}

// facetWriter writes columns.
type facetWriter struct {
	n   int
	buf []byte
}

func (w *facetWriter) column(values []string, code func(i int) uint32) {
	width := 4
	switch {
	case len(values) < 1<<8:
		width = 1
	case len(values) < 1<<16:
		width = 2
	}
	w.buf = binary.AppendUvarint(w.buf, uint64(width))
	w.buf = binary.AppendUvarint(w.buf, uint64(len(values)))
	for _, v := range values {
		w.buf = binary.AppendUvarint(w.buf, uint64(len(v)))
		w.buf = append(w.buf, v...)
	}
	for i := range w.n {
		c := code(i)
		switch width {
		case 1:
			w.buf = append(w.buf, byte(c))
		case 2:
			w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(c))
		default:
			w.buf = binary.LittleEndian.AppendUint32(w.buf, c)
		}
	}
}

func (w *facetWriter) bytes(facets int) []byte {
	return append(binary.AppendUvarint(nil, uint64(facets)), w.buf...)
}

func (b *building) body() {
	off := make([]uint32, 1, len(b.docs)+1)
	at := uint32(0)
	bodies := make([][]byte, len(b.docs))
	for i, d := range b.docs {
		titles := strings.Join(d.Titles, "\n")
		rec := make([]byte, 0, (8+len(titles)+len(d.Text)+7)/8*8)
		rec = binary.LittleEndian.AppendUint32(rec, uint32(len(titles)))
		rec = binary.LittleEndian.AppendUint32(rec, uint32(len(d.Text)))
		rec = append(append(rec, titles...), d.Text...)
		bodies[i] = rec[:cap(rec)]
		at += uint32(cap(rec) / 8)
		off = append(off, at)
	}
	b.out.numbers(secBodyOff, off)
	b.out.begin(secBody)
	for _, rec := range bodies {
		_, _ = b.out.Write(rec)
	}
	b.out.end(secBody)
}

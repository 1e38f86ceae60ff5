package index

import (
	"context"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"

	"fontis/internal/vocab"
)

// Facet names a property of documents with one value each, to filter and count by.
type Facet string

// Options are the choices of an index.
type Options struct {
	// Facets are the facets that documents may have; no others are kept.
	Facets []Facet
	// VerifyLimit is the most candidates that are verified for an exact total;
	// 0 means 20,000, which holds a search under about 20 ms.
	VerifyLimit int
}

// Doc is one document. Titles, Items and Texts are searched; Audience says who
// may see it, in words that a query's Visible names.
type Doc struct {
	Titles   []string
	Items    []string
	Texts    []string
	Facets   map[Facet]string
	Audience []string
}

// Change puts a document under its key, or removes it where Doc is nil.
type Change struct {
	Key string
	Doc *Doc
}

// Index is the index in memory; safe for many readers and one writer at a time.
type Index struct {
	limit int

	// mu guards everything below: Search reads, Apply writes.
	mu       sync.RWMutex
	position int64
	moved    chan struct{} // closed and replaced when position moves
	keys     map[string]uint32
	docs     []entry
	free     []uint32
	live     *roaring.Bitmap
	title    postings            // terms of titles
	named    postings            // terms of titles and items
	all      postings            // terms of everything
	holding  map[rune][]string   // Han character -> terms of all that hold it
	exact    map[string][]uint32 // folded title -> documents
	facets   map[Facet]*column
	audience map[string]*roaring.Bitmap
}

// entry is what is kept of a document: its folded texts, to verify phrases and to
// take its terms out again.
type entry struct {
	key      string
	titles   []string
	title    string // the titles in one
	items    string
	texts    string
	size     int // characters of the shortest title
	audience []string
}

type postings map[string]*roaring.Bitmap

func (p postings) add(term string, id uint32) (fresh bool) {
	b, ok := p[term]
	if !ok {
		b = roaring.New()
		p[strings.Clone(term)] = b // the term is a part of a larger text
	}
	b.Add(id)
	return !ok
}

func (p postings) remove(term string, id uint32) {
	if b, ok := p[term]; ok {
		b.Remove(id)
	}
}

// column holds one facet: a value per document, and the documents per value.
type column struct {
	codes map[string]uint32 // value -> code, from 1
	names []string          // code-1 -> value
	of    []uint32          // document -> code, 0 for none
	sets  []*roaring.Bitmap // code-1 -> documents
}

// Open gives an empty index.
func Open(o Options) *Index {
	x := &Index{
		limit: o.VerifyLimit, moved: make(chan struct{}), keys: map[string]uint32{}, live: roaring.New(),
		title: postings{}, named: postings{}, all: postings{}, holding: map[rune][]string{},
		exact: map[string][]uint32{}, facets: map[Facet]*column{}, audience: map[string]*roaring.Bitmap{},
	}
	if x.limit <= 0 {
		x.limit = 20_000
	}
	for _, f := range o.Facets {
		x.facets[f] = &column{codes: map[string]uint32{}}
	}
	return x
}

// Position is the outbox position up to which changes were applied.
func (x *Index) Position() int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.position
}

// Await returns when the position is reached, or with ctx's error when it ends.
func (x *Index) Await(ctx context.Context, position int64) error {
	for {
		x.mu.RLock()
		at, moved := x.position, x.moved
		x.mu.RUnlock()
		if at >= position {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Len is the number of documents.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.keys)
}

// Apply does the changes; searches that begin afterwards see all of them, those
// that run meanwhile see all or none. A position that was reached before is
// skipped whole; position 0 is for filling, and moves nothing.
func (x *Index) Apply(ctx context.Context, position int64, changes []Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ready := make([]entry, len(changes))
	for i, c := range changes {
		if c.Key == "" {
			return vocab.InternalError.Because("a document without a key")
		}
		if c.Doc != nil {
			ready[i] = folded(c)
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if position != 0 && position <= x.position {
		return nil
	}
	for i, c := range changes {
		x.remove(c.Key)
		if c.Doc != nil {
			x.add(ready[i], c.Doc.Facets)
		}
	}
	if position > x.position {
		x.position = position
		close(x.moved)
		x.moved = make(chan struct{})
	}
	return nil
}

func folded(c Change) entry {
	e := entry{key: c.Key, audience: slices.Clone(c.Doc.Audience)}
	for _, t := range c.Doc.Titles {
		f := fold(t)
		if f == "" {
			continue
		}
		e.titles = append(e.titles, f)
		if n := utf8.RuneCountInString(f); e.size == 0 || n < e.size {
			e.size = n
		}
	}
	e.title = strings.Join(e.titles, "\n")
	e.items = foldAll(c.Doc.Items)
	e.texts = foldAll(c.Doc.Texts)
	return e
}

func foldAll(in []string) string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		if f := fold(s); f != "" {
			out = append(out, f)
		}
	}
	return strings.Join(out, "\n")
}

// eachTerm walks the terms of lines of folded text.
func eachTerm(lines string, add func(string)) {
	for line := range strings.SplitSeq(lines, "\n") {
		terms(line, add)
	}
}

func (x *Index) add(e entry, facets map[Facet]string) {
	id := x.place(e)
	x.keys[e.key] = id
	x.live.Add(id)
	known := func(term string) {
		if !x.all.add(term, id) {
			return
		}
		term = strings.Clone(term)
		for i, r := range term {
			if isHan(r) && (i == 0 || !strings.HasPrefix(term, string(r))) {
				x.holding[r] = append(x.holding[r], term)
			}
		}
	}
	eachTerm(e.title, func(t string) { x.title.add(t, id); x.named.add(t, id); known(t) })
	eachTerm(e.items, func(t string) { x.named.add(t, id); known(t) })
	eachTerm(e.texts, known)
	for _, t := range slices.Compact(slices.Sorted(slices.Values(e.titles))) {
		x.exact[t] = append(x.exact[t], id)
	}
	for _, a := range e.audience {
		b, ok := x.audience[a]
		if !ok {
			b = roaring.New()
			x.audience[a] = b
		}
		b.Add(id)
	}
	for f, c := range x.facets {
		c.put(id, facets[f])
	}
}

// place gives the document a number, a freed one before a new one.
func (x *Index) place(e entry) uint32 {
	if n := len(x.free); n > 0 {
		id := x.free[n-1]
		x.free = x.free[:n-1]
		x.docs[id] = e
		return id
	}
	x.docs = append(x.docs, e)
	return uint32(len(x.docs) - 1)
}

func (x *Index) remove(key string) {
	id, ok := x.keys[key]
	if !ok {
		return
	}
	e := x.docs[id]
	eachTerm(e.title, func(t string) { x.title.remove(t, id); x.named.remove(t, id); x.all.remove(t, id) })
	eachTerm(e.items, func(t string) { x.named.remove(t, id); x.all.remove(t, id) })
	eachTerm(e.texts, func(t string) { x.all.remove(t, id) })
	for _, t := range e.titles {
		left := slices.DeleteFunc(x.exact[t], func(o uint32) bool { return o == id })
		if len(left) == 0 {
			delete(x.exact, t)
		} else {
			x.exact[t] = left
		}
	}
	for _, a := range e.audience {
		x.audience[a].Remove(id)
	}
	for _, c := range x.facets {
		c.put(id, "")
	}
	x.live.Remove(id)
	delete(x.keys, key)
	x.docs[id] = entry{}
	x.free = append(x.free, id)
}

func (c *column) put(id uint32, value string) {
	for uint32(len(c.of)) <= id {
		c.of = append(c.of, 0)
	}
	if old := c.of[id]; old != 0 {
		c.sets[old-1].Remove(id)
	}
	c.of[id] = 0
	if value == "" {
		return
	}
	code, ok := c.codes[value]
	if !ok {
		c.names = append(c.names, value)
		c.sets = append(c.sets, roaring.New())
		code = uint32(len(c.names))
		c.codes[value] = code
	}
	c.of[id] = code
	c.sets[code-1].Add(id)
}

package index

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"

	"fontis/internal/engine/index/fold"
	"fontis/internal/engine/index/segment"
	"fontis/internal/engine/index/word"
	"fontis/internal/vocab"
)

// Facet names a property of documents with one value each, to filter and count by.
type Facet string

// Options are the choices of an index.
type Options struct {
	// Facets are the facets that documents may have; no others are kept.
	Facets []Facet
	// Above gives the value above a facet's value, "" at the top; nil where no
	// facet is a tree. A filter on a value takes in all below it.
	Above func(f Facet, value string) string
	// VerifyLimit is the most candidates that are verified for an exact total;
	// 0 means 200.
	VerifyLimit int
	// Dir is the folder of the snapshot; everything stays in memory where it is
	// empty.
	Dir string
	// Origin names what the documents were made of. A snapshot of another origin
	// is thrown away.
	Origin string
}

// Doc is one document. Titles, Items and Texts are searched; Audience says who
// may see it, in words that a query's Visible names. Rank orders documents within
// a tier, the higher first.
type Doc struct {
	Titles   []string
	Items    []string
	Texts    []string
	Facets   map[Facet]string
	Audience []string
	Rank     uint16
}

// Change puts a document under its key, or removes it where Doc is nil.
type Change struct {
	Key string
	Doc *Doc
}

// Index finds documents; safe for many readers and writers.
type Index struct {
	opts   Options
	spec   segment.Spec
	facets map[Facet]int
	values []*values // by facet
	why    string    // why a snapshot was thrown away

	synonyms atomic.Pointer[word.Synonyms]
	now      atomic.Pointer[view]

	// mu guards what Apply changes; readers take only now.
	mu     sync.Mutex
	seq    uint64
	tail   []*entry
	newest map[string]*entry // the living of the tail by key
	moved  chan struct{}     // closed and replaced when position moves
	less   chan struct{}     // closed and replaced when the tail became shorter
	saved  int               // changes since the last snapshot
	mark   Mark
	closed bool

	// shape is held for reading by those who replace parts, and for writing by who
	// needs the parts to stay as they are. It is taken before mu.
	shape    sync.RWMutex
	oneFlush sync.Mutex // one at a time takes from the tail; after shape, before mu
	flushing atomic.Bool
	merging  atomic.Bool
	working  sync.WaitGroup
	alive    context.Context // of the work in the background
	stop     context.CancelFunc
	files    atomic.Int64 // numbers of files given out
}

// view is the state that a search sees. Nothing in it changes but the deaths of
// entries, which are numbered.
type view struct {
	seq      uint64
	position int64
	parts    []*part
	tail     []*entry
}

// part is a segment with the documents that are superseded in it.
type part struct {
	seg   *segment.Segment
	dead  *roaring.Bitmap // nil for none; replaced, never changed
	codes [][]uint32      // facet, the segment's code -> the index's code
	file  string          // base name; empty in memory
	busy  *atomic.Bool    // being merged
}

// entry is a document of the tail: the newest, that are looked through one by one.
type entry struct {
	doc   segment.Doc
	title []byte // folded lines
	items []byte
	text  []byte
	codes []uint32      // facet -> the index's code
	died  atomic.Uint64 // the change that superseded it, 0 while it lives
}

// Open gives the index of the snapshot in Dir, and an empty one where there is
// none that fits; Restored tells which.
func Open(o Options) *Index {
	if o.VerifyLimit <= 0 {
		o.VerifyLimit = 200
	}
	x := &Index{
		opts: o, facets: map[Facet]int{}, newest: map[string]*entry{},
		moved: make(chan struct{}), less: make(chan struct{}),
	}
	x.alive, x.stop = context.WithCancel(context.Background())
	for i, f := range o.Facets {
		x.facets[f] = i
		x.values = append(x.values, newValues(x, i))
	}
	x.spec = segment.Spec{Facets: len(o.Facets)}
	if o.Above != nil {
		x.spec.Above = func(facet int, value string) string { return o.Above(o.Facets[facet], value) }
	}
	x.synonyms.Store(&word.Synonyms{})
	x.now.Store(&view{})
	x.restore()
	return x
}

// Like opens an empty index of the same choices and synonyms, in memory: what it
// finds of a document, this one would.
func (x *Index) Like() Finder { return With(x.opts, x.synonyms.Load()) }

// SetSynonyms replaces the words that stand for one another: whoever writes one
// of a group finds the others too. Searches that begin afterwards use them.
func (x *Index) SetSynonyms(groups [][]string) { x.synonyms.Store(word.Same(groups)) }

// Mark ties a snapshot to a history: what stood at a position, in any words.
type Mark struct {
	Position int64  `json:"position"`
	Text     string `json:"text"`
}

// SetMark notes what stands at the position that is applied next; the snapshot keeps
// it, so that who opens it can look whether the same stands there now.
func (x *Index) SetMark(m Mark) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.mark = m
}

// Position is the outbox position up to which changes were applied.
func (x *Index) Position() int64 { return x.now.Load().position }

// Await returns when the position is reached, or with ctx's error when it ends.
func (x *Index) Await(ctx context.Context, position int64) error {
	for {
		x.mu.Lock()
		at, moved := x.Position(), x.moved
		x.mu.Unlock()
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
	v := x.now.Load()
	n := 0
	for _, p := range v.parts {
		n += p.living()
	}
	for _, e := range v.tail {
		if v.sees(e) {
			n++
		}
	}
	return n
}

func (p *part) living() int {
	if p.dead == nil {
		return p.seg.Len()
	}
	return p.seg.Len() - int(p.dead.GetCardinality())
}

func (v *view) sees(e *entry) bool {
	died := e.died.Load()
	return died == 0 || died > v.seq
}

// The tail is made a segment from flushAt entries on; with mostTail a writer
// waits, so that searches stay quick while very much comes in.
const (
	flushAt  = 256
	mostTail = 16_384
)

// Apply does the changes; searches that begin afterwards see all of them, those
// that run meanwhile see all or none. A position that was reached before is
// skipped whole; position 0 is for filling, and moves nothing.
func (x *Index) Apply(ctx context.Context, position int64, changes []Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ready := make([]*entry, len(changes))
	for i, c := range changes {
		if c.Key == "" {
			return vocab.InternalError.Because("a document without a key")
		}
		if c.Doc != nil {
			ready[i] = x.folded(c)
		}
	}
	if err := x.room(ctx); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	was := x.now.Load()
	if position != 0 && position <= was.position {
		return nil
	}
	x.seq++
	killed := map[*part][]uint32{}
	for i, c := range changes {
		x.supersede(was, c.Key, killed)
		if c.Doc != nil {
			x.tail = append(x.tail, ready[i])
			x.newest[c.Key] = ready[i]
		}
	}
	x.saved += len(changes)
	next := &view{seq: x.seq, position: max(was.position, position), parts: bury(was.parts, killed), tail: x.tail}
	x.now.Store(next)
	if position > was.position {
		close(x.moved)
		x.moved = make(chan struct{})
	}
	if len(x.tail) >= flushAt && !x.closed {
		x.work(&x.flushing, x.flushSome)
	}
	return nil
}

// supersede ends the living document of a key, wherever it is.
func (x *Index) supersede(v *view, key string, killed map[*part][]uint32) {
	if e := x.newest[key]; e != nil {
		e.died.Store(x.seq)
		delete(x.newest, key)
		return
	}
	for _, p := range v.parts {
		if id, ok := p.seg.Find(key); ok && !(p.dead != nil && p.dead.Contains(id)) {
			if !slices.Contains(killed[p], id) {
				killed[p] = append(killed[p], id)
			}
			return
		}
	}
}

// bury gives the parts with more of their documents superseded.
func bury(parts []*part, killed map[*part][]uint32) []*part {
	if len(killed) == 0 {
		return parts
	}
	out := slices.Clone(parts)
	for i, p := range out {
		if ids := killed[p]; len(ids) > 0 {
			out[i] = p.without(ids)
		}
	}
	return out
}

func (p *part) without(ids []uint32) *part {
	q := *p
	q.dead = roaring.New()
	if p.dead != nil {
		q.dead = p.dead.Clone()
	}
	q.dead.AddMany(ids)
	return &q
}

// room waits until the tail is short enough for more.
func (x *Index) room(ctx context.Context) error {
	for {
		x.mu.Lock()
		full, less := len(x.tail) >= mostTail && !x.closed, x.less
		x.mu.Unlock()
		if !full {
			return nil
		}
		select {
		case <-less:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (x *Index) folded(c Change) *entry {
	d := c.Doc
	e := &entry{doc: segment.Doc{
		Key: c.Key, Titles: make([]string, 0, len(d.Titles)), Title: fold.Lines(d.Titles), Text: fold.Lines(d.Texts),
		Facets: make([]string, len(x.opts.Facets)), Audience: slices.Clone(d.Audience),
	}, codes: make([]uint32, len(x.opts.Facets))}
	for _, t := range d.Titles {
		if t = strings.ReplaceAll(t, "\n", " "); t != "" {
			e.doc.Titles = append(e.doc.Titles, t)
		}
	}
	e.doc.Order = Place(e.doc.Title, d.Rank)
	for _, s := range d.Items {
		if f := fold.Text(s); f != "" {
			e.doc.Items = append(e.doc.Items, segment.ItemName{Folded: f, Shown: s})
			e.items = append(append(e.items, f...), '\n')
		}
	}
	for f, v := range d.Facets {
		if i, ok := x.facets[f]; ok {
			e.doc.Facets[i] = v
			e.codes[i] = x.values[i].code(v)
		}
	}
	e.title, e.text = []byte(e.doc.Title), []byte(e.doc.Text)
	return e
}

// Place is where a document of these folded titles stands within a tier, the least
// first: the higher rank, then the shorter title.
func Place(titles string, rank uint16) uint32 {
	size := 0
	for line := range strings.SplitSeq(titles, "\n") {
		if n := utf8.RuneCountInString(line); size == 0 || n < size {
			size = n
		}
	}
	return uint32(^rank)<<16 | uint32(min(size, 1<<16-1))
}

package taking

import (
	"context"
	"io"
	"slices"
	"sync"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

// Runs takes lists in beside the calls that ordered them, a few at a time, and
// tells how far each has come. A run lives no longer than its process: Close ends
// it, what it staged is forgotten, and its order stands to be given again.
type Runs struct {
	catalog *catalog.Service

	ctx   context.Context
	stop  context.CancelFunc
	work  sync.WaitGroup
	slots chan struct{} // one a list that is taken in now

	mu  sync.Mutex // guards all
	all map[string]*meter
}

// atOnce is how many lists are taken in at a time: each gives way to other work,
// and the node has one writer.
const atOnce = 2

// firstRejects is how many rejected lines are told while a list is taken in.
const firstRejects = 20

// NewRuns begins with none.
func NewRuns(c *catalog.Service) *Runs {
	r := &Runs{catalog: c, slots: make(chan struct{}, atOnce), all: map[string]*meter{}}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// Close ends what runs and waits for it.
func (r *Runs) Close() error {
	r.stop()
	r.work.Wait()
	return nil
}

// Progress is how far a list has come.
type Progress struct {
	Waits    bool // for others
	Turning  bool // everything is read; it is being switched on
	Lines    int64
	Rejected int64
	Percent  int64           // of the file's bytes
	First    []intake.Reject // the first rejected lines
}

// Start takes the list in under a name of its own. After hears what came of it,
// and that the context ended when Close was first; then the channel closes.
func (r *Runs) Start(name string, o Order, after func(context.Context, Done, error)) (<-chan struct{}, error) {
	m := &meter{size: o.File.Size}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all[name] != nil {
		return nil, vocab.StateWrong.Because("this list is being taken in already")
	}
	if r.ctx.Err() != nil {
		return nil, vocab.StateWrong.Because("the node is being stopped and begins no import")
	}
	r.all[name] = m
	over := make(chan struct{})
	r.work.Go(func() {
		defer close(over)
		r.run(o, m, after)
		r.mu.Lock()
		delete(r.all, name)
		r.mu.Unlock()
	})
	return over, nil
}

func (r *Runs) run(o Order, m *meter, after func(context.Context, Done, error)) {
	m.note(func(p *Progress) { p.Waits = true })
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-r.ctx.Done():
		after(r.ctx, Done{}, r.ctx.Err())
		return
	}
	m.note(func(p *Progress) { p.Waits = false })
	o.meter = m
	done, err := Take(r.ctx, r.catalog, o)
	after(r.ctx, done, err)
}

// Of is how far the list of the name has come; false when it is not being taken in.
func (r *Runs) Of(name string) (Progress, bool) {
	r.mu.Lock()
	m := r.all[name]
	r.mu.Unlock()
	if m == nil {
		return Progress{}, false
	}
	return m.read(), true
}

// meter counts one list on its way.
type meter struct {
	size int64 // of the file

	mu    sync.Mutex // guards what follows
	bytes int64
	said  Progress
}

// note changes what is told; without a meter nothing is.
func (m *meter) note(change func(*Progress)) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.said)
}

func (m *meter) read() Progress {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.said
	if m.size > 0 {
		p.Percent = min(99, m.bytes*100/m.size) // the end of a file is often read twice
	}
	p.First = slices.Clone(p.First)
	return p
}

func (m *meter) reject(x intake.Reject) {
	m.note(func(p *Progress) {
		if p.Rejected++; len(p.First) < firstRejects {
			p.First = append(p.First, x)
		}
	})
}

// begin forgets what was read to find out how the file is written.
func (m *meter) begin() {
	m.note(func(p *Progress) { m.bytes, p.Lines = 0, 0 })
}

func (m *meter) turn() { m.note(func(p *Progress) { p.Turning = true }) }

// file counts the bytes that are read of a list.
func (m *meter) file(f File) File {
	if m != nil {
		f.ReaderAt = counted{f.ReaderAt, m}
	}
	return f
}

type counted struct {
	io.ReaderAt
	m *meter
}

// ReadAt reads and counts.
func (c counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.m.note(func(*Progress) { c.m.bytes += int64(n) })
	return n, err
}

// reader counts the lines that are read.
func (m *meter) reader(in input.Reader) input.Reader {
	if m == nil {
		return in
	}
	return countedLines{in, m}
}

type countedLines struct {
	input.Reader
	m *meter
}

// Next reads and counts.
func (c countedLines) Next() (input.Record, error) {
	rec, err := c.Reader.Next()
	if err == nil {
		c.m.note(func(p *Progress) { p.Lines++ })
	}
	return rec, err
}

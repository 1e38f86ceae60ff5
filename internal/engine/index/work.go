package index

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"fontis/internal/engine/index/segment"
)

// What bounds the parts: from mostParts on the small ones become one, and a part
// of fileFrom documents and more lies in a file where there is a folder. A merge
// of at most smallMerge documents does not wait for a larger one.
const (
	mostParts  = 8
	fileFrom   = 20_000
	smallMerge = 32_768
	saveAfter  = 50_000
)

// work runs a piece of work in the background unless it runs already, and says
// whether it began; mu is held.
func (x *Index) work(running *atomic.Bool, do func(context.Context) error) bool {
	if x.closed || !running.CompareAndSwap(false, true) {
		return false
	}
	x.working.Go(func() {
		// What fails here leaves the parts as they are; the next change tries again.
		_ = do(x.alive)
		running.Store(false)
	})
	return true
}

// flushSome makes segments of the tail until it is short.
func (x *Index) flushSome(ctx context.Context) error {
	for {
		x.shape.RLock()
		err := x.flush()
		if err == nil {
			err = x.mergeUpTo(ctx, smallMerge)
		}
		x.shape.RUnlock()
		x.mu.Lock()
		short := len(x.tail) < flushAt
		if err == nil && !x.closed {
			if x.pick(0) != nil {
				x.work(&x.merging, x.mergeAll)
			}
			if x.opts.Dir != "" && x.saved >= saveAfter && x.now.Load().position > 0 && x.work(&x.merging, x.Save) {
				x.saved = 0
			}
		}
		x.mu.Unlock()
		if err != nil || short {
			return err
		}
	}
}

func (x *Index) mergeAll(ctx context.Context) error {
	x.shape.RLock()
	defer x.shape.RUnlock()
	return x.mergeUpTo(ctx, 0)
}

// flush makes one segment of the tail as it is now.
func (x *Index) flush() error {
	x.oneFlush.Lock()
	defer x.oneFlush.Unlock()
	x.mu.Lock()
	n := len(x.tail)
	entries := x.tail[:n:n]
	x.mu.Unlock()
	byDoc := make(map[*segment.Doc]*entry, n)
	docs := make([]*segment.Doc, 0, n)
	for _, e := range entries {
		if e.died.Load() == 0 {
			byDoc[&e.doc] = e
			docs = append(docs, &e.doc)
		}
	}
	var made *part
	if len(docs) > 0 {
		var err error
		made, err = x.make(len(docs), func(w io.Writer) error { return segment.Build(w, x.spec, docs) })
		if err != nil {
			return err
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	was := x.now.Load()
	parts := slices.Clone(was.parts)
	if made != nil {
		var killed []uint32
		for id, d := range docs {
			e := byDoc[d]
			if e.died.Load() != 0 {
				killed = append(killed, uint32(id))
			} else {
				delete(x.newest, d.Key)
			}
		}
		if len(killed) > 0 {
			made = made.without(killed)
		}
		parts = append(parts, made)
	}
	x.tail = slices.Clone(x.tail[n:])
	x.replace(was, parts)
	close(x.less)
	x.less = make(chan struct{})
	return nil
}

// replace shows other parts with the same documents; mu is held. Entries that died
// before the view began are seen by none who comes later.
func (x *Index) replace(was *view, parts []*part) {
	x.now.Store(&view{seq: was.seq, position: was.position, parts: parts, tail: x.tail})
}

// mergeUpTo merges parts until there are few, those together that have at most so
// many documents; 0 for any.
func (x *Index) mergeUpTo(ctx context.Context, most int) error {
	for {
		x.mu.Lock()
		from := x.pick(most)
		for _, p := range from {
			p.busy.Store(true)
		}
		x.mu.Unlock()
		if from == nil {
			return nil
		}
		if err := x.merge(ctx, from); err != nil {
			return err
		}
	}
}

// pick chooses the parts to be merged: the smallest, and whatever is at most twice
// as large as all smaller ones together. So a document moves only as often as the
// logarithm of their number. mu is held.
func (x *Index) pick(most int) []*part {
	v := x.now.Load()
	free := make([]*part, 0, len(v.parts))
	for _, p := range v.parts {
		if !p.busy.Load() && (most == 0 || p.seg.Len() <= most) {
			free = append(free, p)
		}
	}
	if len(free) <= mostParts {
		return nil
	}
	slices.SortFunc(free, func(a, b *part) int { return cmp.Compare(a.seg.Len(), b.seg.Len()) })
	sum, n := 0, 0
	for i, p := range free {
		if i > 1 && p.seg.Len() > 2*sum || most > 0 && sum+p.seg.Len() > most {
			break
		}
		sum += p.seg.Len()
		n = i + 1
	}
	if n < 2 {
		return nil
	}
	return free[:n]
}

// merge makes one part of several.
func (x *Index) merge(ctx context.Context, from []*part) error {
	defer func() {
		for _, p := range from {
			p.busy.Store(false)
		}
	}()
	docs := 0
	for _, p := range from {
		docs += p.living()
	}
	return x.mergeInto(ctx, from, func(write func(io.Writer) error) (*part, error) { return x.make(docs, write) })
}

func (x *Index) mergeInto(ctx context.Context, from []*part, put func(func(io.Writer) error) (*part, error)) error {
	sources := make([]segment.Source, len(from))
	for i, p := range x.current(from) {
		sources[i] = segment.Source{Seg: p.seg, Dead: p.dead}
	}
	var to [][]uint32
	made, err := put(func(w io.Writer) (err error) {
		to, err = segment.Merge(ctx, w, x.spec, sources)
		return err
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	was := x.now.Load()
	var killed []uint32
	parts := make([]*part, 0, len(was.parts))
	for _, p := range was.parts {
		i := slices.IndexFunc(from, func(f *part) bool { return f.seg == p.seg })
		if i < 0 {
			parts = append(parts, p)
			continue
		}
		if p.dead == nil {
			continue
		}
		for it := p.dead.Iterator(); it.HasNext(); {
			if now := to[i][it.Next()]; now != segment.Gone {
				killed = append(killed, now)
			}
		}
	}
	if len(killed) > 0 {
		made = made.without(killed)
	}
	if made.seg.Len() > 0 {
		parts = append(parts, made)
	}
	x.replace(was, parts)
	return nil
}

// current gives the parts with what is superseded in them by now.
func (x *Index) current(from []*part) []*part {
	v := x.now.Load()
	out := make([]*part, len(from))
	for i, f := range from {
		for _, p := range v.parts {
			if p.seg == f.seg {
				out[i] = p
			}
		}
	}
	return out
}

// make writes a segment into a file when it is large and there is a folder, and
// into memory otherwise.
func (x *Index) make(docs int, write func(io.Writer) error) (*part, error) {
	if x.opts.Dir == "" || docs < fileFrom {
		var buf bytes.Buffer
		if err := write(&buf); err != nil {
			return nil, err
		}
		seg, err := segment.Memory(buf.Bytes())
		if err != nil {
			return nil, err
		}
		return x.partOf(seg, ""), nil
	}
	return x.makeFile(write)
}

func (x *Index) makeFile(write func(io.Writer) error) (*part, error) {
	name := fmt.Sprintf("%08d.segment", x.files.Add(1))
	path := filepath.Join(x.opts.Dir, name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	seg, err := segment.Open(path, false)
	if err != nil {
		return nil, err
	}
	return x.partOf(seg, name), nil
}

func (x *Index) partOf(seg *segment.Segment, file string) *part {
	p := &part{seg: seg, file: file, busy: new(atomic.Bool), codes: make([][]uint32, len(x.values))}
	for f, vs := range x.values {
		names := seg.Values(f)
		p.codes[f] = make([]uint32, len(names)+1)
		for c, name := range names {
			p.codes[f][c+1] = vs.code(name)
		}
	}
	return p
}

// Flush makes a segment of the newest documents, which otherwise happens when
// there are enough of them.
func (x *Index) Flush(ctx context.Context) error {
	x.shape.RLock()
	defer x.shape.RUnlock()
	if err := x.flush(); err != nil {
		return fmt.Errorf("flush the index: %w", err)
	}
	return nil
}

// Compact makes one part of everything, which is when searches are quickest.
func (x *Index) Compact(ctx context.Context) error {
	x.shape.Lock()
	defer x.shape.Unlock()
	if err := x.flush(); err != nil {
		return fmt.Errorf("compact the index: %w", err)
	}
	parts := x.now.Load().parts
	if len(parts) < 2 && (len(parts) == 0 || parts[0].dead == nil) {
		return nil
	}
	if err := x.merge(ctx, parts); err != nil {
		return fmt.Errorf("compact the index: %w", err)
	}
	return nil
}

// Close waits for the work in the background and writes a snapshot where there is
// a folder; searches are answered all the same.
func (x *Index) Close(ctx context.Context) error {
	x.mu.Lock()
	x.closed = true
	x.mu.Unlock()
	x.stop() // a merge is not waited for
	x.working.Wait()
	if x.opts.Dir == "" || x.Position() == 0 {
		return nil
	}
	return x.Save(ctx)
}

package keyed

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

// record is one row on its way through the sorter. Its value is valid until the
// next one is asked for.
type record struct {
	key   Key
	value []byte
}

// place is where a row of the chunk in memory lies in the arena.
type place struct {
	key        Key
	begin, end int
}

// placeSize is what a place costs in memory, for the sorter's bound.
const placeSize = 32

// sorter puts rows in order of key, keeping the order of arrival among equal
// keys. Rows gather in one arena; a full arena is sorted and written as a run
// to a file that has no name any more, so that a killed process leaves nothing.
type sorter struct {
	scratch string
	bound   int
	arena   []byte
	places  []place
	runs    []*os.File
}

func newSorter(scratch string, bound int) *sorter { return &sorter{scratch: scratch, bound: bound} }

func (s *sorter) add(key Key, value []byte) error {
	if len(s.places) > 0 && len(s.arena)+len(value)+placeSize*(len(s.places)+1) > s.bound {
		if err := s.spill(); err != nil {
			return err
		}
	}
	begin := len(s.arena)
	s.arena = append(s.arena, value...)
	s.places = append(s.places, place{key: key, begin: begin, end: len(s.arena)})
	return nil
}

func (s *sorter) sortChunk() {
	slices.SortFunc(s.places, func(a, b place) int {
		if c := bytes.Compare(a.key[:], b.key[:]); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end)) // the order of arrival, with empty values too
	})
}

func (s *sorter) spill() error {
	f, err := os.CreateTemp(s.scratch, ".sort-*")
	if err != nil {
		return err
	}
	s.runs = append(s.runs, f)
	if err := os.Remove(f.Name()); err != nil {
		return err
	}
	s.sortChunk()
	w := bufio.NewWriterSize(f, 1<<18)
	var n [binary.MaxVarintLen64]byte
	for _, p := range s.places {
		w.Write(p.key[:])
		w.Write(n[:binary.PutUvarint(n[:], uint64(p.end-p.begin))])
		w.Write(s.arena[p.begin:p.end])
	}
	s.arena, s.places = s.arena[:0], s.places[:0]
	return w.Flush()
}

// all gives every row in order. It is walked once.
func (s *sorter) all() iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		if len(s.runs) == 0 {
			s.sortChunk()
			for _, p := range s.places {
				if !yield(record{key: p.key, value: s.arena[p.begin:p.end]}, nil) {
					return
				}
			}
			return
		}
		if err := s.spill(); err != nil {
			yield(record{}, err)
			return
		}
		s.arena, s.places = nil, nil // the merge needs buffers of its own
		s.merge(yield)
	}
}

// run is one sorted file being read.
type run struct {
	at   int // its number: earlier runs hold earlier rows
	r    *bufio.Reader
	head record
}

func (r *run) next() error {
	if _, err := io.ReadFull(r.r, r.head.key[:]); err != nil {
		return err // io.EOF between records is the end
	}
	size, err := binary.ReadUvarint(r.r)
	if err == nil && size > MaxValue {
		err = errors.New("a value is too long")
	}
	if err == nil {
		r.head.value = slices.Grow(r.head.value[:0], int(size))[:size]
		_, err = io.ReadFull(r.r, r.head.value)
	}
	if err != nil {
		return fmt.Errorf("read sorted rows: %w", noEOF(err))
	}
	return nil
}

// noEOF keeps a cut-off record from looking like the end.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// merge walks all runs at once, 64 KiB of buffer each.
func (s *sorter) merge(yield func(record, error) bool) {
	var h runs
	for i, f := range s.runs {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			yield(record{}, err)
			return
		}
		r := &run{at: i, r: bufio.NewReaderSize(f, 1<<16)}
		switch err := r.next(); err {
		case nil:
			h = append(h, r)
		case io.EOF:
		default:
			yield(record{}, err)
			return
		}
	}
	heap.Init(&h)
	for len(h) > 0 {
		if !yield(h[0].head, nil) {
			return
		}
		switch err := h[0].next(); err {
		case nil:
			heap.Fix(&h, 0)
		case io.EOF:
			heap.Pop(&h)
		default:
			yield(record{}, err)
			return
		}
	}
}

func (s *sorter) close() {
	for _, f := range s.runs {
		f.Close()
	}
}

// runs is a heap by key, then by age.
type runs []*run

// Len is for container/heap.
func (h runs) Len() int { return len(h) }

// Less is for container/heap.
func (h runs) Less(i, j int) bool {
	if c := bytes.Compare(h[i].head.key[:], h[j].head.key[:]); c != 0 {
		return c < 0
	}
	return h[i].at < h[j].at
}

// Swap is for container/heap.
func (h runs) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push is for container/heap.
func (h *runs) Push(x any) { *h = append(*h, x.(*run)) }

// Pop is for container/heap.
func (h *runs) Pop() any {
	old := *h
	r := old[len(old)-1]
	*h = old[:len(old)-1]
	return r
}

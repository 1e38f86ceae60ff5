package tlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"sync"
	"time"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

// sequencer makes one group of entries durable and integrated, and tells the
// index of the first; the others follow it without a gap. It is called by one
// goroutine. Tessera's POSIX storage is the only one; tests put faults before it.
type sequencer interface {
	sequence(ctx context.Context, group []*tessera.Entry) (first uint64, err error)
	// fit is the largest group of at most n entries that goes in one piece.
	fit(n int) int
}

const (
	// never is further away than any log lives: Tessera's own timers for a batch
	// and for a checkpoint must not fire, since this package decides both. So it
	// does with sweeping, which Tessera would do with two syncs every time even in
	// a log at rest.
	never = 100 * 365 * 24 * time.Hour
	// exactRungs is the size up to which every group has its own queue.
	exactRungs = 16
)

// tesseraStore feeds Tessera's POSIX storage with whole groups.
//
// Tessera closes a batch at a fixed size or at an age, and an age makes a lone
// client wait. So there is a queue for each size of a ladder, opened on first
// use, over the same storage: a group of n goes to the queue whose batch size is
// n and is flushed by its last entry, never by time. The storage takes its lock
// and reads its state anew for every batch, so the queues do not disturb one
// another.
type tesseraStore struct {
	life   context.Context
	opts   Options
	driver appendDriver
	queues map[int]tessera.AddFn
}

// appendDriver is what tessera.NewAppender itself asks of a driver. Taking it
// directly leaves out the decorators, which cost a poll of the tree state ten
// times a second and a shut-down that waits for a checkpoint.
type appendDriver interface {
	Appender(context.Context, *tessera.AppendOptions) (*tessera.Appender, tessera.LogReader, error)
}

// silenceTessera sends klog, which is global to the process and may be set only
// once, nowhere: what fails comes back as an error.
var silenceTessera = sync.OnceFunc(func() { klog.SetSlogLogger(slog.New(slog.DiscardHandler)) })

func openTessera(life context.Context, o Options) (*tesseraStore, error) {
	silenceTessera()
	d, err := posix.New(life, posix.Config{Path: o.Dir})
	if err != nil {
		return nil, fmt.Errorf("open tessera: %w", err)
	}
	driver, ok := d.(appendDriver)
	if !ok {
		return nil, fmt.Errorf("open tessera: %T cannot append", d)
	}
	s := &tesseraStore{life: life, opts: o, driver: driver, queues: map[int]tessera.AddFn{}}
	if s.queues[1], err = s.open(1); err != nil {
		return nil, err
	}
	return s, nil
}

// open makes the queue for groups of exactly n.
func (s *tesseraStore) open(n int) (tessera.AddFn, error) {
	a, _, err := s.driver.Appender(s.life, tessera.NewAppendOptions().
		WithCheckpointSigner(emptyTreeSigner{s.opts.Signer}).
		WithBatching(uint(n), never).
		WithCheckpointInterval(never).
		WithCheckpointRepublishInterval(0).
		WithGarbageCollectionInterval(0))
	if err != nil {
		return nil, fmt.Errorf("open tessera for groups of %d: %w", n, err)
	}
	return a.Add, nil
}

// fit steps down to the ladder: every size up to 16, then four an octave.
func (s *tesseraStore) fit(n int) int {
	if n <= exactRungs {
		return n
	}
	return n &^ (1<<(bits.Len(uint(n))-3) - 1)
}

func (s *tesseraStore) sequence(ctx context.Context, group []*tessera.Entry) (uint64, error) {
	add, ok := s.queues[len(group)]
	if !ok {
		var err error
		if add, err = s.open(len(group)); err != nil {
			return 0, err
		}
		s.queues[len(group)] = add
	}
	futures := make([]tessera.IndexFuture, len(group))
	for i, e := range group {
		futures[i] = add(ctx, e)
	}
	var first uint64
	for i, future := range futures {
		index, err := future()
		if err != nil {
			return 0, err
		}
		if i == 0 {
			first = index.Index
		}
		if index.Index != first+uint64(i) {
			return 0, fmt.Errorf("entry %d of a group that began at %d got index %d", i, first, index.Index)
		}
	}
	return first, nil
}

// emptyTreeSigner lets Tessera sign the empty tree of a new folder and nothing
// else. Every checkpoint with leaves is published by this package, witnessed.
type emptyTreeSigner struct{ note.Signer }

// Sign refuses every tree that has a leaf.
func (s emptyTreeSigner) Sign(msg []byte) ([]byte, error) {
	var cp log.Checkpoint
	if _, err := cp.Unmarshal(msg); err != nil {
		return nil, fmt.Errorf("parse what tessera wants signed: %w", err)
	}
	if cp.Size != 0 {
		return nil, errors.New("checkpoints with leaves are not tessera's to publish")
	}
	return s.Signer.Sign(msg)
}

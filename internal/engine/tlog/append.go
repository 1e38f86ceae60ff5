package tlog

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/transparency-dev/tessera"

	"fontis/internal/vocab"
)

// Append adds the leaves in their order and returns the index of each, once all
// are durable and integrated. Leaves of one call may lie in several groups, and
// leaves of other callers between them. When ctx ends first, leaves that no group
// has taken are dropped; the others are in the log though nobody hears their
// index.
func (l *Log) Append(ctx context.Context, leaves [][]byte) ([]uint64, error) {
	if l.committer == nil {
		return nil, vocab.LogFrozen.Because("log %s is open for reading only", l.opts.Origin)
	}
	for i, leaf := range leaves {
		if len(leaf) > MaxLeaf {
			return nil, vocab.BadInput.Because("leaf %d has %d bytes, at most %d are possible", i, len(leaf), MaxLeaf)
		}
	}
	if err := ctx.Err(); err != nil || len(leaves) == 0 {
		return nil, err
	}
	indices, err := l.committer.append(ctx, leaves)
	if err != nil {
		return nil, fmt.Errorf("append %d leaves to %s: %w", len(leaves), l.opts.Origin, err)
	}
	return indices, nil
}

// call is one Append that waits.
type call struct {
	entries []*tessera.Entry
	indices []uint64
	taken   int        // entries given to a group so far
	placed  int        // entries whose index is known
	done    chan error // buffered, told once
}

// piece is the part of a call that lies in one group.
type piece struct {
	call     *call
	from, to int
}

// committer gathers the leaves of many callers into groups and makes one group
// durable at a time; while it does, the next one gathers.
type committer struct {
	log *Log
	seq sequencer

	mu      sync.Mutex // guards the fields below
	queue   []*call    // in the order of arrival; each has entries left to take
	waiting int        // entries in queue that no group has taken
	want    int        // the run goroutine sleeps until this many wait
	closed  error      // why no more are taken; nil while open

	wake     chan struct{} // buffered, tells the run goroutine to look again
	finished chan struct{} // closed when the run goroutine has ended

	// These belong to the run goroutine alone.
	lastSize int       // size of the group before
	lastEnd  time.Time // when it ended
	suspect  bool      // it failed: the tree is looked at before the next
}

func newCommitter(l *Log, seq sequencer) *committer {
	return &committer{log: l, seq: seq, want: 1, wake: make(chan struct{}, 1), finished: make(chan struct{})}
}

func (c *committer) append(ctx context.Context, leaves [][]byte) ([]uint64, error) {
	call := &call{
		entries: make([]*tessera.Entry, len(leaves)),
		indices: make([]uint64, len(leaves)),
		done:    make(chan error, 1),
	}
	// Hashed here, on the caller's time, and not by the one committing goroutine.
	for i, leaf := range leaves {
		call.entries[i] = tessera.NewEntry(slices.Clone(leaf))
	}
	if err := c.admit(call); err != nil {
		return nil, err
	}
	select {
	case err := <-call.done:
		return call.indices, err
	case <-ctx.Done():
		c.drop(call)
		return nil, ctx.Err()
	}
}

// admit queues the call unless too much waits already.
func (c *committer) admit(call *call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed != nil {
		return c.closed
	}
	if limit := c.log.opts.MaxWaiting; c.waiting+len(call.entries) > limit {
		return vocab.LedgerAway.Because("%d leaves wait to be made durable and %d more came, the limit is %d", c.waiting, len(call.entries), limit)
	}
	c.queue = append(c.queue, call)
	c.waiting += len(call.entries)
	if c.waiting >= c.want {
		c.nudge()
	}
	return nil
}

func (c *committer) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// drop takes a call that nobody waits for out of the queue.
func (c *committer) drop(gone *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := slices.Index(c.queue, gone); at >= 0 {
		c.queue = slices.Delete(c.queue, at, at+1)
		c.waiting -= len(gone.entries) - gone.taken
	}
}

// end refuses further leaves for the given reason and returns when those that
// were admitted before are written.
func (c *committer) end(why error) {
	c.mu.Lock()
	if c.closed == nil {
		c.closed = why
	}
	c.nudge()
	c.mu.Unlock()
	<-c.finished
}

// run makes one group after another until the committer is ended and empty.
func (c *committer) run(ctx context.Context) {
	defer close(c.finished)
	for {
		group := c.gather()
		if group == nil {
			return
		}
		c.commit(ctx, group)
	}
}

// gather waits for leaves and takes a group; nil means that no more will come.
// It takes what is there at once, with one exception: the callers of the group
// that has just ended are likely on their way back, so until they are as many as
// before, or BatchAge has passed since it ended, it lets them come.
func (c *committer) gather() []piece {
	grace := time.NewTimer(c.log.opts.BatchAge - time.Since(c.lastEnd))
	defer grace.Stop()
	elapsed := false
	for {
		c.mu.Lock()
		enough := c.waiting >= min(c.lastSize, c.log.opts.BatchSize) || elapsed || c.closed != nil
		if c.waiting > 0 && enough {
			group := c.take()
			c.mu.Unlock()
			return group
		}
		if c.waiting == 0 && c.closed != nil {
			c.mu.Unlock()
			return nil
		}
		c.want = 1
		if !elapsed {
			c.want = max(1, min(c.lastSize, c.log.opts.BatchSize))
		}
		c.mu.Unlock()
		select {
		case <-c.wake:
		case <-grace.C:
			elapsed = true
		}
	}
}

// take cuts a group off the queue's front; mu is held.
func (c *committer) take() []piece {
	left := c.seq.fit(min(c.waiting, c.log.opts.BatchSize))
	c.waiting -= left
	var group []piece
	for left > 0 {
		call := c.queue[0]
		n := min(left, len(call.entries)-call.taken)
		group = append(group, piece{call: call, from: call.taken, to: call.taken + n})
		call.taken += n
		left -= n
		if call.taken == len(call.entries) {
			c.queue[0] = nil
			c.queue = c.queue[1:]
		}
	}
	return group
}

// commit makes the group durable and answers every call that is complete with it.
func (c *committer) commit(ctx context.Context, group []piece) {
	var entries []*tessera.Entry
	for _, p := range group {
		entries = append(entries, p.call.entries[p.from:p.to]...)
	}
	first, err := c.sequence(ctx, entries)
	c.lastSize, c.lastEnd = len(entries), time.Now()
	if err != nil {
		for _, p := range group {
			c.drop(p.call)
			p.call.answer(err)
		}
		return
	}
	c.log.grew(first + uint64(len(entries)))
	for _, p := range group {
		for i := p.from; i < p.to; i++ {
			p.call.indices[i] = first
			first++
		}
		p.call.placed += p.to - p.from
		if p.call.placed == len(p.call.entries) {
			p.call.answer(nil)
		}
	}
}

// sequence writes the entries. After a failure nobody knows what reached the
// disk, so the tree is held against its files before anything is written again.
func (c *committer) sequence(ctx context.Context, entries []*tessera.Entry) (uint64, error) {
	if c.suspect {
		if err := c.log.recheck(); err != nil {
			return 0, err
		}
		c.suspect = false
	}
	first, err := c.seq.sequence(ctx, entries)
	if err != nil {
		c.suspect = true
		return 0, vocab.LedgerAway.Wrap(err, "make %d leaves durable", len(entries))
	}
	if size := c.log.size.Load(); first != size {
		c.suspect = true
		return 0, vocab.LedgerCorrupt.Because("a group of %d went to index %d of a tree of %d leaves", len(entries), first, size)
	}
	return first, nil
}

// answer tells the caller the outcome; only the first one counts.
func (c *call) answer(err error) {
	select {
	case c.done <- err:
	default:
	}
}

// recheck takes the size from the files after a failed group.
func (l *Log) recheck() error {
	state, err := readTreeState(l.opts.Dir)
	if err != nil {
		return vocab.LedgerAway.Wrap(err, "read the tree state after a failed group")
	}
	if size := l.size.Load(); state.Size < size {
		return vocab.LedgerCorrupt.Because("the tree state fell from %d leaves to %d", size, state.Size)
	}
	if err := l.checkEdge(state); err != nil {
		return err
	}
	l.grew(state.Size)
	return nil
}

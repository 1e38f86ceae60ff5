package access

import (
	"context"
	"sync"
	"time"

	"fontis/internal/engine/db"
)

// span is a run of numbers, of rows or of blocks; until is not in it.
type span struct{ from, until int64 }

// makers is how many blocks are made at a time while one is used.
const makers = 2

// ahead makes the blocks of the span, some at a time, and uses them in order. It
// returns when nothing of it runs any more.
func ahead[T any](ctx context.Context, blocks span, prepare func(context.Context, int64) (T, error), use func(int64, T) error) error {
	ctx, cancel := context.WithCancel(ctx)
	type made struct {
		is  T
		err error
	}
	queue := make(chan chan made, makers) // in the order of the blocks
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() {
		defer close(queue)
		for b := blocks.from; b < blocks.until; b++ {
			one := make(chan made, 1)
			select {
			case queue <- one:
			case <-ctx.Done():
				return
			}
			running.Go(func() {
				var m made
				m.is, m.err = prepare(ctx, b)
				one <- m
			})
		}
	})
	block := blocks.from
	for one := range queue {
		m := <-one
		if m.err != nil {
			return m.err
		}
		if err := use(block, m.is); err != nil {
			return err
		}
		block++
	}
	return ctx.Err()
}

// A batch writes leastChunk rows in its first transaction. Later ones grow by
// chunkStep up to mostChunk while the writer is held no longer than briefHold, a
// half of the 20 ms that no transaction should pass; under leastChunk the commit
// itself is what takes time, and fewer rows would only mean more of them. While
// somebody waits for a single answer politeRows is the most; politeLines are read
// in between two rests.
const (
	leastChunk = 256
	mostChunk  = 1024
	chunkStep  = db.MaxMany
	politeRows = 64
	briefHold  = 10 * time.Millisecond

	politeLines = 256
)

// pace finds the number of rows that hold the writer as long as it should be. It
// belongs to one batch.
type pace struct{ rows int64 }

// next is how many rows the next transaction writes.
func (p *pace) next(polite bool) int64 {
	p.rows = max(p.rows, leastChunk)
	if polite {
		return politeRows
	}
	return p.rows
}

// held learns how long so many rows held the writer. It goes down at once,
// because a hold that is too long is felt, and up step by step; fewer rows than a
// whole piece say little about more.
func (p *pace) held(rows int64, took time.Duration) {
	fit := rows * int64(briefHold) / max(int64(took), 1)
	switch {
	case took > briefHold && fit < p.rows:
		p.rows = max(leastChunk, fit-fit%chunkStep)
	case rows >= p.rows && fit >= p.rows+chunkStep:
		p.rows = min(p.rows+chunkStep, mostChunk)
	}
}

// inChunks calls write for the rows of the span in pieces, and lets people who
// wait for one answer go between them: while there are any, the batch rests twice
// as long as it wrote. write tells how long it held the writer.
func (d *Door) inChunks(ctx context.Context, p *pace, rows span, write func(span) (time.Duration, error)) error {
	for from := max(rows.from, 0); from < rows.until; {
		n := min(p.next(d.asking.Load() > 0), rows.until-from)
		began := time.Now()
		held, err := write(span{from, from + n})
		if err != nil {
			return err
		}
		p.held(n, held)
		d.yield(ctx, time.Since(began))
		from += n
	}
	return nil
}

// politely makes blocks and, while somebody waits for a single answer, rests
// between them as long as writing does: the processor is as scarce as the writer.
func politely[T any](d *Door, prepare func(context.Context, int64) (T, error)) func(context.Context, int64) (T, error) {
	return func(ctx context.Context, block int64) (T, error) {
		began := time.Now()
		made, err := prepare(ctx, block)
		d.yield(ctx, time.Since(began))
		return made, err
	}
}

// yield lets people who wait for one answer go before a batch.
func (d *Door) yield(ctx context.Context, wrote time.Duration) {
	if d.asking.Load() == 0 {
		return
	}
	select {
	case <-time.After(2 * wrote):
	case <-ctx.Done():
	}
}

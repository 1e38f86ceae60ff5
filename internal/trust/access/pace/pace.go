// Package pace is how a batch takes its turns: what it needs next is made ahead, and
// whoever waits for a single answer goes before it.
package pace

import (
	"context"
	"sync"
	"time"

	"fontis/internal/engine/db"
)

// Span is a run of numbers, of rows or of blocks; Until is not in it.
type Span struct{ From, Until int64 }

// makers is how many blocks are made at a time while one is used.
const makers = 2

// Ahead makes the blocks of the span, some at a time, and uses them in order. It
// returns when nothing of it runs any more.
func Ahead[T any](ctx context.Context, blocks Span, prepare func(context.Context, int64) (T, error), use func(int64, T) error) error {
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
		for b := blocks.From; b < blocks.Until; b++ {
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
	block := blocks.From
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
// somebody waits for a single answer politeRows is the most; PoliteLines are read
// in between two rests.
const (
	leastChunk = 256
	mostChunk  = 1024
	chunkStep  = db.MaxMany
	politeRows = 64
	briefHold  = 10 * time.Millisecond

	PoliteLines = 256
)

// Rows finds the number of rows that hold the writer as long as it should be. It
// belongs to one batch.
type Rows struct{ rows int64 }

// next is how many rows the next transaction writes.
func (p *Rows) next(polite bool) int64 {
	p.rows = max(p.rows, leastChunk)
	if polite {
		return politeRows
	}
	return p.rows
}

// held learns how long so many rows held the writer. It goes down at once,
// because a hold that is too long is felt, and up step by step; fewer rows than a
// whole piece say little about more.
func (p *Rows) held(rows int64, took time.Duration) {
	fit := rows * int64(briefHold) / max(int64(took), 1)
	switch {
	case took > briefHold && fit < p.rows:
		p.rows = max(leastChunk, fit-fit%chunkStep)
	case rows >= p.rows && fit >= p.rows+chunkStep:
		p.rows = min(p.rows+chunkStep, mostChunk)
	}
}

// Manners are how a batch behaves beside others.
type Manners struct {
	// Waiting tells whether somebody waits for a single answer.
	Waiting func() bool
}

// InChunks calls write for the rows of the span in pieces, and lets people who
// wait for one answer go between them: while there are any, the batch rests twice
// as long as it wrote. write tells how long it held the writer.
func (m Manners) InChunks(ctx context.Context, p *Rows, rows Span, write func(Span) (time.Duration, error)) error {
	for from := max(rows.From, 0); from < rows.Until; {
		n := min(p.next(m.Waiting()), rows.Until-from)
		began := time.Now()
		held, err := write(Span{from, from + n})
		if err != nil {
			return err
		}
		p.held(n, held)
		m.Yield(ctx, time.Since(began))
		from += n
	}
	return nil
}

// Politely makes blocks and, while somebody waits for a single answer, rests
// between them as long as writing does: the processor is as scarce as the writer.
func Politely[T any](m Manners, prepare func(context.Context, int64) (T, error)) func(context.Context, int64) (T, error) {
	return func(ctx context.Context, block int64) (T, error) {
		began := time.Now()
		made, err := prepare(ctx, block)
		m.Yield(ctx, time.Since(began))
		return made, err
	}
}

// Yield lets people who wait for one answer go before a batch.
func (m Manners) Yield(ctx context.Context, wrote time.Duration) {
	if !m.Waiting() {
		return
	}
	select {
	case <-time.After(2 * wrote):
	case <-ctx.Done():
	}
}

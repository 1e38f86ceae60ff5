package proofs

import (
	"context"
	"sync"
	"testing"

	"fontis/internal/app"
	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/ledger"
)

// heavy skips what the race detector makes too slow; TestRaceTakesEveryLock takes
// the same locks on small data.
func heavy(t *testing.T) {
	t.Helper()
	if underRace {
		t.Skip("too slow under the race detector; TestRaceTakesEveryLock stands for it")
	}
}

// watch sees every step of a node: each database step, each append to the log,
// each reading of a source. at may fail the step or end the process.
type watch struct {
	at func(ctx context.Context, step, text string) error

	mu     sync.Mutex // guards leaves
	leaves map[string]uint64
}

// The steps that are not the database's own.
const (
	stepAppend   = "append"
	stepAppended = "appended"
	stepOpen     = "open"
	stepOpened   = "opened"
	stepDatabase = "database " // followed by the db.Step
)

func (w *watch) step(ctx context.Context, step, text string) error {
	if w.at == nil {
		return nil
	}
	return w.at(ctx, step, text)
}

// index is where the leaf came to stand in the log, once that is durable.
func (w *watch) index(leaf []byte) (uint64, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i, ok := w.leaves[string(leaf)]
	return i, ok
}

func (w *watch) between() app.Between {
	w.leaves = map[string]uint64{}
	return app.Between{
		DB: func(d *db.DB) *db.DB {
			return d.WithTap(func(ctx context.Context, s db.Step, query string) error {
				return w.step(ctx, stepDatabase+string(s), query)
			})
		},
		Log: func(l ledger.Log) ledger.Log { return watchedLog{l, w} },
		Connect: func(c source.Connect) source.Connect {
			return func(ctx context.Context, a source.Address, o source.Options) (source.Driver, error) {
				d, err := c(ctx, a, o)
				if err != nil {
					return nil, err
				}
				return watchedDriver{d, w}, nil
			}
		},
	}
}

type watchedLog struct {
	ledger.Log
	w *watch
}

func (l watchedLog) Append(ctx context.Context, leaves [][]byte) ([]uint64, error) {
	if err := l.w.step(ctx, stepAppend, ""); err != nil {
		return nil, err
	}
	at, err := l.Log.Append(ctx, leaves)
	if err != nil {
		return nil, err
	}
	l.w.mu.Lock()
	for i, leaf := range leaves {
		l.w.leaves[string(leaf)] = at[i]
	}
	l.w.mu.Unlock()
	return at, l.w.step(ctx, stepAppended, "")
}

type watchedDriver struct {
	source.Driver
	w *watch
}

func (d watchedDriver) Rows(ctx context.Context, s source.Scan) (source.Batch, error) {
	subject := ""
	if len(s.Subjects) > 0 {
		subject = s.Subjects[0]
	}
	if err := d.w.step(ctx, stepOpen, subject); err != nil {
		return source.Batch{}, err
	}
	b, err := d.Driver.Rows(ctx, s)
	if err != nil {
		return b, err
	}
	return b, d.w.step(ctx, stepOpened, subject)
}

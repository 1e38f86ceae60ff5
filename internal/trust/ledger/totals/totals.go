// Package totals counts what nobody in particular did: calls without a name, calls
// turned away by a rate limit, readings of open sets. They become one leaf a
// minute, so that a flood of strangers cannot fill the log.
package totals

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
)

// Totals are the counters.
type Totals struct {
	ledger *ledger.Ledger
	db     *db.DB
	diary  *slog.Logger

	mu     sync.Mutex // guards what follows
	counts map[string]int64
}

// New makes counters that Flush writes.
func New(l *ledger.Ledger, d *db.DB, diary *slog.Logger) *Totals {
	return &Totals{ledger: l, db: d, diary: diary, counts: map[string]int64{}}
}

// maxWords bounds the counters; further words fall under "other".
const maxWords = 200

// Count adds one to the word's counter.
func (t *Totals) Count(word string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.counts[word]; !ok && len(t.counts) >= maxWords {
		word = "other"
	}
	t.counts[word]++
}

// Flush writes what was counted as one entry; nothing when nothing was counted.
func (t *Totals) Flush(ctx context.Context) error {
	t.mu.Lock()
	counts := t.counts
	t.counts = map[string]int64{}
	t.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	values := make(map[string]string, len(counts))
	for w, n := range counts {
		values[w] = strconv.FormatInt(n, 10)
	}
	err := t.db.Write(ctx, func(tx *db.Tx) error {
		_, err := t.ledger.Enter(ctx, tx, ledger.Plain{Kind: proof.Totals, Fields: []ledger.Pair{{Name: ledger.FieldAct, Value: "totals"}, {Name: "calls", Value: proof.MapValue(values)}}})
		return err
	})
	if err != nil {
		t.mu.Lock()
		for w, n := range counts {
			t.counts[w] += n
		}
		t.mu.Unlock()
		return fmt.Errorf("write the minute's totals: %w", err)
	}
	return nil
}

// Run flushes once a minute until ctx ends, and once more then.
func (t *Totals) Run(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := t.Flush(ctx); err != nil {
				t.diary.Error("totals wait for the next minute", "error", err)
			}
		case <-ctx.Done():
			if err := t.Flush(context.WithoutCancel(ctx)); err != nil {
				t.diary.Error("totals of the last minute were lost", "error", err)
			}
			return
		}
	}
}

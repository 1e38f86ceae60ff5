package ledger

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
)

// Totals count what nobody in particular did: calls without a name, calls turned
// away by a rate limit, readings of open sets. They become one leaf a minute,
// so that a flood of strangers cannot fill the log.
type Totals struct {
	ledger *Ledger

	mu     sync.Mutex // guards what follows
	counts map[string]int64
}

// NewTotals makes counters that Flush writes.
func (l *Ledger) NewTotals() *Totals { return &Totals{ledger: l, counts: map[string]int64{}} }

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
	err := t.ledger.db.Write(ctx, func(tx *db.Tx) error {
		_, err := t.ledger.Enter(ctx, tx, Plain{Kind: proof.Totals, Fields: []Pair{{FieldAct, "totals"}, {"calls", MapValue(values)}}})
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
				t.ledger.diary.Error("totals wait for the next minute", "error", err)
			}
		case <-ctx.Done():
			if err := t.Flush(context.WithoutCancel(ctx)); err != nil {
				t.ledger.diary.Error("totals of the last minute were lost", "error", err)
			}
			return
		}
	}
}

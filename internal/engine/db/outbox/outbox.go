// Package outbox tells facts against the stream: what a duty did, for those who
// may not be imported to hear.
//
// A fact is put in the same transaction as the change that it tells, so that
// either both stand or neither. Facts are numbered in commit order. A consumer
// reads from its position on, acts, and advances its position in the transaction
// of its own act; whoever is killed in between hears the fact again.
package outbox

import (
	"context"
	"fmt"
	"math"

	"fontis/internal/engine/db"
)

// topic is the announcement of a commit that put facts.
const topic = "outbox"

// Fact is one thing that happened. N is its number, given by the outbox.
type Fact struct {
	N       int64
	Topic   string
	Key     string
	Payload []byte
}

// Outbox reads the facts of one database.
type Outbox struct{ db *db.DB }

// New gives the reading side of the outbox in d.
func New(d *db.DB) *Outbox { return &Outbox{db: d} }

// Put adds a fact to the caller's transaction.
func Put(ctx context.Context, tx *db.Tx, f Fact) error {
	payload := f.Payload
	if payload == nil {
		payload = []byte{}
	}
	if _, err := tx.Exec(ctx, insertFact, f.Topic, f.Key, payload); err != nil {
		return fmt.Errorf("put fact %s: %w", f.Topic, err)
	}
	tx.Announce(topic)
	return nil
}

// Read gives up to limit facts with a number above after, oldest first.
func (o *Outbox) Read(ctx context.Context, after int64, limit int) ([]Fact, error) {
	var out []Fact
	err := o.db.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = selectFactsAfter(ctx, tx, after, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read facts after %d: %w", after, err)
	}
	return out, nil
}

// Position is the number of the last fact that the consumer has heard; 0 for one
// that has heard none.
func (o *Outbox) Position(ctx context.Context, consumer string) (int64, error) {
	var n int64
	err := o.db.Read(ctx, func(tx *db.Tx) error {
		err := tx.QueryRow(ctx, selectPosition, consumer).Scan(&n)
		if db.NoRows(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("position of %s: %w", consumer, err)
	}
	return n, nil
}

// Advance says, in the transaction of what the consumer did, that it has heard
// everything up to n. A position never goes back.
func (o *Outbox) Advance(ctx context.Context, tx *db.Tx, consumer string, n int64) error {
	if _, err := tx.Exec(ctx, upsertPosition, consumer, n); err != nil {
		return fmt.Errorf("advance %s to %d: %w", consumer, n, err)
	}
	return nil
}

// Wait returns as soon as a fact above after is committed, at once when one
// already is, and with ctx's error when ctx ends first.
func (o *Outbox) Wait(ctx context.Context, after int64) error {
	for {
		news := o.db.News(topic)
		last, err := o.Last(ctx)
		if err != nil {
			return err
		}
		if last > after {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Last is the number of the newest fact, 0 before the first.
func (o *Outbox) Last(ctx context.Context) (int64, error) {
	var n int64
	err := o.db.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow(ctx, selectLast).Scan(&n) })
	if err != nil {
		return 0, fmt.Errorf("number of the last fact: %w", err)
	}
	return n, nil
}

// Prune removes up to limit of the oldest facts that every consumer has heard:
// those named and those with a position. A named consumer without a position has
// heard nothing. The newest fact stays, so that no number is given twice.
func (o *Outbox) Prune(ctx context.Context, consumers []string, limit int) (int64, error) {
	var removed int64
	err := o.db.Write(ctx, func(tx *db.Tx) error {
		heard, err := selectHeard(ctx, tx, consumers)
		if err != nil {
			return err
		}
		removed, err = tx.Exec(ctx, deleteHeard, heard, limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("prune the outbox: %w", err)
	}
	return removed, nil
}

// selectHeard is the number up to which every consumer has heard the facts.
func selectHeard(ctx context.Context, tx *db.Tx, consumers []string) (int64, error) {
	at, err := selectPositions(ctx, tx)
	if err != nil {
		return 0, err
	}
	heard := int64(math.MaxInt64)
	for _, n := range at {
		heard = min(heard, n)
	}
	for _, c := range consumers {
		heard = min(heard, at[c])
	}
	if heard == math.MaxInt64 {
		return 0, nil
	}
	return heard, nil
}

// Package lockout slows down whoever tries passwords. A try is charged before it is
// judged and given back when it was right, so that a thousand at once get no
// further than a few in a row.
//
// Promise: the charges are durable and keyed: the table names no login and no
// address.
package lockout

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/identity/limit"
	"fontis/internal/vocab"
)

const (
	firstDelay   = time.Minute
	mostOfficer  = 30 * time.Minute // longer would hand others a way to shut an officer out
	mostAddress  = 4 * time.Hour
	forgiveAfter = 24 * time.Hour
)

// Thing is what a try is charged to.
type Thing struct {
	key   string
	after int           // failures that are free
	most  time.Duration // longest delay
	all   bool          // a right try forgives all failures, not only itself
}

// delay is how long nothing is taken after so many failures in a row.
func (t Thing) delay(failures int) time.Duration {
	if failures < t.after {
		return 0
	}
	d := firstDelay
	for i := t.after; i < failures && d < t.most; i++ {
		d *= 2
	}
	return min(d, t.most)
}

// Book is where tries are charged.
type Book struct {
	DB    *db.DB
	Keys  *keys.Store
	Clock clock.Clock
	// Officer and Address are the wrong tries that are free.
	Officer, Address int
}

func (b *Book) key(kind, v string) string {
	sum, _ := b.Keys.MAC(keys.Session, []byte("tried"), []byte(kind), []byte(v))
	return hex.EncodeToString(sum[:16])
}

// Tried names what a sign-in is charged to: the officer or what was typed in
// their place, and the address.
func (b *Book) Tried(officer string, from netip.Addr) []Thing {
	var list []Thing
	if officer != "" {
		list = append(list, Thing{key: b.key("officer", officer), after: b.Officer, most: mostOfficer, all: true})
	}
	if from.IsValid() {
		list = append(list, Thing{key: b.key("address", limit.Network(from).String()), after: b.Address, most: mostAddress})
	}
	return list
}

// Forgive forgets the wrong tries of an officer.
func (b *Book) Forgive(ctx context.Context, tx *db.Tx, officer string) error {
	return deleteAttempt(ctx, tx, b.key("officer", officer))
}

// Prune forgets tries that count for nothing any more.
func (b *Book) Prune(ctx context.Context, tx *db.Tx) (int64, error) {
	now := b.Clock.Now()
	return tx.Exec(ctx, sqlPruneAttempts, db.Micros(now.Add(-forgiveAfter)), db.Micros(now))
}

// Charge counts one try against each thing, or refuses when one is locked.
func (b *Book) Charge(ctx context.Context, things []Thing) error {
	var locked time.Time
	err := b.DB.Write(ctx, func(tx *db.Tx) error {
		now := b.Clock.Now()
		rows := make([]attemptRow, len(things))
		for i, t := range things {
			r, err := selectAttempt(ctx, tx, t.key)
			if err != nil {
				return err
			}
			if r.until.After(now) && r.until.After(locked) {
				locked = r.until
			}
			rows[i] = r
		}
		if !locked.IsZero() {
			return nil
		}
		for i, t := range things {
			r := rows[i]
			if now.Sub(r.last) >= forgiveAfter {
				r.failures = 0
			}
			r.failures++
			r.last, r.until = now, time.Time{}
			if d := t.delay(r.failures); d > 0 {
				r.until = now.Add(d)
			}
			if err := upsertAttempt(ctx, tx, t.key, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("charge a try: %w", err)
	}
	if !locked.IsZero() {
		return vocab.LockedOut.Because("too many wrong tries; the next is taken at %s", locked.Format(time.RFC3339))
	}
	return nil
}

// Refund gives back what Charge took, in the transaction of the success.
func (b *Book) Refund(ctx context.Context, tx *db.Tx, things []Thing) error {
	for _, t := range things {
		if t.all {
			if err := deleteAttempt(ctx, tx, t.key); err != nil {
				return err
			}
			continue
		}
		r, err := selectAttempt(ctx, tx, t.key)
		if err != nil {
			return err
		}
		r.failures, r.until = max(0, r.failures-1), time.Time{}
		if err := upsertAttempt(ctx, tx, t.key, r); err != nil {
			return err
		}
	}
	return nil
}

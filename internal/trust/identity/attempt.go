package identity

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/identity/limit"
	"fontis/internal/vocab"
)

// The lock-out. A try is charged before it is judged and given back when it was
// right, so that a thousand at once get no further than a few in a row. The
// charges are durable and keyed: the table names no login and no address.

const (
	firstDelay   = time.Minute
	mostOfficer  = 30 * time.Minute // longer would hand others a way to shut an officer out
	mostAddress  = 4 * time.Hour
	forgiveAfter = 24 * time.Hour
)

// triedThing is what a try is charged to.
type triedThing struct {
	key   string
	after int           // failures that are free
	most  time.Duration // longest delay
	all   bool          // a right try forgives all failures, not only itself
}

// delay is how long nothing is taken after so many failures in a row.
func (t triedThing) delay(failures int) time.Duration {
	if failures < t.after {
		return 0
	}
	d := firstDelay
	for i := t.after; i < failures && d < t.most; i++ {
		d *= 2
	}
	return min(d, t.most)
}

func (s *Service) triedKey(kind, v string) string {
	sum, _ := s.keys.MAC(keys.Session, []byte("tried"), []byte(kind), []byte(v))
	return hex.EncodeToString(sum[:16])
}

// tried names what a sign-in is charged to: the officer or what was typed in
// their place, and the address.
func (s *Service) tried(officer string, from From) []triedThing {
	var list []triedThing
	if officer != "" {
		list = append(list, triedThing{key: s.triedKey("officer", officer), after: s.opt.FailuresOfficer, most: mostOfficer, all: true})
	}
	if from.Address.IsValid() {
		list = append(list, triedThing{
			key: s.triedKey("address", limit.Network(from.Address).String()), after: s.opt.FailuresAddress, most: mostAddress,
		})
	}
	return list
}

// charge counts one try against each thing, or refuses when one is locked.
func (s *Service) charge(ctx context.Context, things []triedThing) error {
	var locked time.Time
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		now := s.clock.Now()
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

// refund gives back what charge took, in the transaction of the success.
func (s *Service) refund(ctx context.Context, tx *db.Tx, things []triedThing) error {
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

package access

import (
	"context"
	"errors"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// MostGuesses is how many distinct values one member may submit for one item of
// one subject within the window, over all its grants, officers, systems and
// carriages. A birth date has 36,500 values: five a day find it in twenty years.
const (
	MostGuesses = 5
	guessWindow = 24 * time.Hour
)

// guesses is the grant's own limit; a grant may lower it, never raise it.
func (g *Grant) guesses() int {
	if g.Guesses > 0 && g.Guesses < MostGuesses {
		return g.Guesses
	}
	return MostGuesses
}

// guess is what one subject's submitted values are counted by.
type guess struct {
	grant  *Grant
	member vocab.MemberID
	person vocab.PersonRef
	values map[vocab.ItemID][]byte // canonical forms
	most   int
	now    time.Time
}

// guard counts the values in the transaction that writes the record, so that
// they are durable before any answer. It reads all items before it writes one:
// a refused call counts for nothing, and repeats of a known value are free. The
// refusal tells the provider, in the transaction that keeps the refusal.
func (d *Door) guard(ctx context.Context, tx *db.Tx, g guess) error {
	since := g.now.Add(-guessWindow).UnixMicro()
	type fresh struct {
		item  vocab.ItemID
		value []byte
	}
	var write []fresh
	for item, canonical := range g.values {
		sum, _ := d.p.Keys.MAC(keys.Audit, []byte("guess"), []byte(item), canonical)
		value := sum[:12]
		known, distinct, err := d.store.guesses(ctx, tx, g.member, g.person, item, value, since)
		if err != nil {
			return err
		}
		if !known && distinct >= g.most {
			return &tripped{
				error: vocab.GuessGuard.Because("%d different values for %s of one subject within 24 hours, at most %d", distinct+1, item, g.most),
				tell:  func(ctx context.Context, tx *db.Tx) error { return d.tellProvider(ctx, tx, g, item) },
			}
		}
		write = append(write, fresh{item, value})
	}
	for _, w := range write {
		if err := d.store.putGuess(ctx, tx, g.member, g.person, w.item, w.value, g.now); err != nil {
			return err
		}
	}
	return nil
}

// tripped is the guard's refusal with the notice that belongs to it.
type tripped struct {
	error
	tell func(context.Context, *db.Tx) error
}

// Unwrap gives the refusal itself.
func (t *tripped) Unwrap() error { return t.error }

// tellTripped writes the notice where err is the guard's refusal.
func tellTripped(ctx context.Context, tx *db.Tx, err error) error {
	var t *tripped
	if !errors.As(err, &t) {
		return nil
	}
	return t.tell(ctx, tx)
}

// tellProvider puts a notice into the provider's inbox, with no word about whom
// the values were for.
func (d *Door) tellProvider(ctx context.Context, tx *db.Tx, g guess, item vocab.ItemID) error {
	return d.p.Identity.PutNotice(ctx, tx, identity.Notice{
		Member: g.grant.Provider, Kind: "guess-guard", Link: "/grants/" + string(g.grant.ID), At: g.now,
		Params: map[string]string{"grant": string(g.grant.ID), "member": string(g.member), "item": string(item)},
	})
}

// Prune forgets values that no window holds any more.
func (d *Door) Prune(ctx context.Context) (int64, error) {
	var n int64
	err := d.p.DB.Write(ctx, func(tx *db.Tx) error {
		var err error
		n, err = d.store.pruneGuesses(ctx, tx, d.p.Clock.Now().Add(-2*guessWindow))
		return err
	})
	return n, err
}

// spend counts n subjects against the grant's daily volume.
func (d *Door) spend(ctx context.Context, tx *db.Tx, g *Grant, n int64, now time.Time) error {
	if g.PerDay <= 0 {
		return nil
	}
	taken, err := d.store.takeQuota(ctx, tx, g.ID, now.Format(time.DateOnly), n, g.PerDay)
	if err != nil {
		return err
	}
	if !taken {
		return vocab.QuotaSpent.Because("grant %s allows %d subjects a day; %d more would pass that", g.ID, g.PerDay, n)
	}
	return nil
}

package access

import (
	"context"
	"errors"
	"slices"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// guessWindow is how long a submitted value counts against grant.MostGuesses.
const guessWindow = 24 * time.Hour

// guess is what one subject's submitted values are counted by.
type guess struct {
	person vocab.PersonRef
	values []guessed
}

// guessed is one submitted value: its item, and a keyed hash of its canonical form.
type guessed struct {
	item  vocab.ItemID
	value [12]byte
}

// guessed hashes canonical forms as the guard keeps them.
func (d *Door) guessed(canonical map[vocab.ItemID][]byte) []guessed {
	out := make([]guessed, 0, len(canonical))
	for item, form := range canonical {
		sum, _ := d.p.Keys.MAC(keys.Audit, []byte("guess"), []byte(item), form)
		out = append(out, guessed{item, [12]byte(sum[:12])})
	}
	return out
}

// guesser is on whose account values are counted.
type guesser struct {
	grant  *Grant
	member vocab.MemberID
	now    time.Time
}

// counted is one item of one person, as the guard counts.
type counted struct {
	person vocab.PersonRef
	item   vocab.ItemID
}

// guard counts the values in the transaction that writes the record, so that
// they are durable before any answer. It reads before it writes: a refused call
// counts for nothing, and repeats of a known value are free. Several guesses count
// as if they came one after the other; the number of the one that was refused
// comes back with the refusal. The refusal tells the provider, in the transaction
// that keeps the refusal.
func (d *Door) guard(ctx context.Context, tx *db.Tx, who guesser, all []guess) (int, error) {
	known, err := d.store.guesses(ctx, tx, who, all)
	if err != nil {
		return 0, err
	}
	most := who.grant.GuessLimit()
	write := make([]guessRow, 0, len(all))
	for i, g := range all {
		for _, v := range g.values {
			c := counted{g.person, v.item}
			have := known[c]
			if !slices.Contains(have, v.value) {
				if len(have) >= most {
					return i, d.trip(who, v.item, len(have)+1)
				}
				known[c] = append(have, v.value)
			}
			write = append(write, guessRow{c, v.value})
		}
	}
	return 0, d.store.putGuesses(ctx, tx, who, write)
}

func (d *Door) trip(who guesser, item vocab.ItemID, distinct int) error {
	return &tripped{
		error: vocab.GuessGuard.Because("%d different values for %s of one subject within 24 hours, at most %d", distinct, item, who.grant.GuessLimit()),
		tell:  func(ctx context.Context, tx *db.Tx) error { return d.tellProvider(ctx, tx, who, item) },
	}
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
func (d *Door) tellProvider(ctx context.Context, tx *db.Tx, g guesser, item vocab.ItemID) error {
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

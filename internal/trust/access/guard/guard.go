// Package guard counts what is asked: the values that members submit for items of
// persons, and how much of a grant's volume is used.
//
// The door hands it one call, or the rows of a batch, in the transaction that
// writes their record; the guard reads what stands there, decides in the order of
// the calls, and writes the new counts. All calls of a commit group are counted
// together, in a handful of statements.
//
// Promise: what was counted is durable before any answer, and a refused call
// counts for nothing. A member gets no more tries at a person's value by using
// more grants, officers, systems or carriages.
package guard

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// window is how long a submitted value counts against grant.MostGuesses.
const window = 24 * time.Hour

// Guard counts for one door.
type Guard struct {
	keys  *keys.Store
	tell  func(context.Context, *db.Tx, identity.Notice) error
	store store
}

// New makes a guard; tell puts a notice into an inbox.
func New(k *keys.Store, tell func(context.Context, *db.Tx, identity.Notice) error) *Guard {
	return &Guard{keys: k, tell: tell}
}

// Guess is what one subject's submitted values are counted by.
type Guess struct {
	Person vocab.PersonRef
	Values []Value
}

// Value is one submitted value: its item, and a keyed hash of its canonical form.
type Value struct {
	item vocab.ItemID
	hash [12]byte
}

// Values hashes canonical forms as they are kept.
func (g *Guard) Values(canonical map[vocab.ItemID][]byte) []Value {
	out := make([]Value, 0, len(canonical))
	for item, form := range canonical {
		sum, _ := g.keys.MAC(keys.Audit, []byte("guess"), []byte(item), form)
		out = append(out, Value{item, [12]byte(sum[:12])})
	}
	return out
}

// Asker is on whose account a call is counted.
type Asker struct {
	Grant  *grant.Grant
	Member vocab.MemberID
	Now    time.Time
}

// Count counts the rows of a batch as if they came one after the other; the
// number of the one that was refused comes back with the refusal, and then
// nothing was counted.
func (g *Guard) Count(ctx context.Context, tx *db.Tx, who Asker, rows []Guess) (int, error) {
	known := known{}
	if err := g.store.read(ctx, tx, known, who.Member, who.Now, rows); err != nil {
		return 0, err
	}
	write := make(writing, len(rows))
	for i, row := range rows {
		if err := g.weigh(known, who, row); err != nil {
			return i, err
		}
		known.add(write, who, row)
	}
	return 0, g.store.put(ctx, tx, write)
}

// weigh refuses the value that would be one too many. Repeats of a known value
// are free.
func (g *Guard) weigh(known known, who Asker, row Guess) error {
	most := who.Grant.GuessLimit()
	for _, v := range row.Values {
		have, again := known.count(counted{who.Member, row.Person, v.item}, v.hash, who.Now)
		if !again && have >= most {
			return g.trip(who, v.item, have+1)
		}
	}
	return nil
}

// Spend counts n subjects against the grant's daily volume.
func (g *Guard) Spend(ctx context.Context, tx *db.Tx, of *grant.Grant, n int64, now time.Time) error {
	q := volume(of, now)
	if q.most <= 0 {
		return nil
	}
	var err error
	if q.used, err = g.store.used(ctx, tx, q.quotaKey); err != nil {
		return err
	}
	if n > q.most-q.used {
		return q.spent(n)
	}
	return g.store.use(ctx, tx, q.quotaKey, n)
}

// volume is how many subjects the grant allows in a day.
func volume(of *grant.Grant, now time.Time) *quota {
	return &quota{quotaKey: quotaKey{of.ID, now.Format(time.DateOnly)}, most: of.PerDay, word: "subjects a day"}
}

// forCase is how many calls one case number may carry in a day. The number itself
// stays out of the table. A batch has its approved list of cases instead.
func (g *Guard) forCase(of *grant.Grant, number string, now time.Time) *quota {
	q := &quota{quotaKey: quotaKey{grant: of.ID}, most: int64(of.CasesPerDay), word: "calls a day for one case number"}
	if q.most > 0 {
		sum, _ := g.keys.MAC(keys.Audit, []byte("case"), []byte(number))
		q.period = now.Format(time.DateOnly) + " " + hex.EncodeToString(sum[:12])
	}
	return q
}

// quota is what one grant allows in one period.
type quota struct {
	quotaKey
	most  int64 // 0: no limit
	used  int64 // before this group
	taken int64 // by this group
	word  string
}

type quotaKey struct {
	grant  vocab.GrantID
	period string
}

func (q *quota) spent(n int64) error {
	return vocab.QuotaSpent.Because("grant %s allows %d %s; %d more would pass that", q.grant, q.most, q.word, n)
}

func (g *Guard) trip(who Asker, item vocab.ItemID, distinct int) error {
	return &tripped{
		error: vocab.GuessGuard.Because("%d different values for %s of one subject within 24 hours, at most %d", distinct, item, who.Grant.GuessLimit()),
		tell:  func(ctx context.Context, tx *db.Tx) error { return g.tellProvider(ctx, tx, who, item) },
	}
}

// tripped is the guard's refusal with the notice that belongs to it.
type tripped struct {
	error
	tell func(context.Context, *db.Tx) error
}

// Unwrap gives the refusal itself.
func (t *tripped) Unwrap() error { return t.error }

// Tell writes the notice to the provider where err is the guard's refusal, in the
// transaction that keeps the refusal.
func Tell(ctx context.Context, tx *db.Tx, err error) error {
	var t *tripped
	if !errors.As(err, &t) {
		return nil
	}
	return t.tell(ctx, tx)
}

// tellProvider says nothing about whom the values were for.
func (g *Guard) tellProvider(ctx context.Context, tx *db.Tx, who Asker, item vocab.ItemID) error {
	return g.tell(ctx, tx, identity.Notice{
		Member: who.Grant.Provider, Kind: "guess-guard", Link: "/grants/" + string(who.Grant.ID), At: who.Now,
		Params: map[string]string{"grant": string(who.Grant.ID), "member": string(who.Member), "item": string(item)},
	})
}

// Prune forgets values that no window holds any more.
func (g *Guard) Prune(ctx context.Context, tx *db.Tx, now time.Time) (int64, error) {
	return g.store.prune(ctx, tx, now.Add(-2*window))
}

package ledger

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// ActAbout is Act for an act that concerns one person: the entry stands in that
// person's own chain and shows in their view. An empty value is left out.
func (l *Ledger) ActAbout(ctx context.Context, tx *db.Tx, person vocab.PersonRef, act string, fields map[string]string) (Entry, error) {
	if person == (vocab.PersonRef{}) {
		return Entry{}, vocab.InternalError.Because("the act %s is about a person and names none", act)
	}
	p := plainAct(act, fields)
	p.Person = person
	return l.Enter(ctx, tx, p)
}

// PersonOf is whom an entry of that owner is about, and when it was made. An entry
// of another, one about nobody and a batch, which is about many, are not there.
func (l *Ledger) PersonOf(ctx context.Context, tx *db.Tx, trace vocab.TraceID, owner vocab.MemberID) (vocab.PersonRef, time.Time, error) {
	r, err := l.store.byTrace(ctx, tx, trace)
	if err == nil && r.owner != owner {
		return vocab.PersonRef{}, time.Time{}, notThere()
	}
	var p vocab.PersonRef
	if err == nil {
		p, err = l.store.personOf(ctx, tx, r.seq)
	}
	if db.NoRows(err) {
		return vocab.PersonRef{}, time.Time{}, notThere()
	}
	return p, r.at, err
}

// link is an entry's place in its person's chain; the zero link is none.
type link struct {
	touch
	pairs []Pair
}

// chain finds the place of the person's next record.
func (l *Ledger) chain(ctx context.Context, tx *db.Tx, p vocab.PersonRef) (link, error) {
	if p == (vocab.PersonRef{}) {
		return link{}, nil
	}
	last, prev, err := l.store.lastOf(ctx, tx, p)
	if err != nil {
		return link{}, fmt.Errorf("read the person's chain: %w", err)
	}
	return link{touch{person: p, n: last + 1, row: single}, personPairs(p, last+1, prev)}, nil
}

func (k link) put(ctx context.Context, tx *db.Tx, s store, seq int64, root proof.Hash) error {
	if k.n == 0 {
		return nil
	}
	k.seq, k.root = seq, root
	return s.insertPerson(ctx, tx, k.touch)
}

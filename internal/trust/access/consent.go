package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/access/consent"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// Authorise lets the holder of a grant that rests on the person's word ask about
// this person, from the commit on. Share calls it in the transaction in which the
// person gives the word.
func (d *Door) Authorise(ctx context.Context, tx *db.Tx, given consent.Given) error {
	g := d.grants.Get(given.Grant)
	if g == nil || !g.ByPerson {
		return vocab.StateWrong.Because("grant %s does not rest on the person's word", given.Grant)
	}
	for _, it := range given.Items {
		if !g.Names(it) {
			return vocab.ItemOutside.Because("item %s is not in grant %s", it, g.ID)
		}
	}
	for _, s := range given.Statuses {
		if !slices.Contains(g.Statuses, s) {
			return vocab.ItemOutside.Because("a status is not in grant %s", g.ID)
		}
	}
	if err := d.store.putConsent(ctx, tx, given, g.To); err != nil {
		return fmt.Errorf("authorise grant %s: %w", g.ID, err)
	}
	tx.OnCommit(func() { d.consents.Put(given) })
	return nil
}

// Unauthorise closes the door about this person, from the commit on.
func (d *Door) Unauthorise(ctx context.Context, tx *db.Tx, g vocab.GrantID, person vocab.PersonRef) error {
	if err := d.store.dropConsent(ctx, tx, g, person); err != nil {
		return fmt.Errorf("take an authorisation of grant %s back: %w", g, err)
	}
	tx.OnCommit(func() { d.consents.Remove(g, person) })
	return nil
}

// rests asks, where a grant rests on the person's own word, for the word that
// stands now, and names it in the record as the ground.
func (d *Door) rests(draft *ledger.Draft, g *Grant, c Call, now time.Time) error {
	id, err := d.word(draft.Person, g, c, now)
	if err != nil || id == "" {
		return err
	}
	for i := range draft.Fields {
		if draft.Fields[i].Name == ledger.FieldBasis {
			draft.Fields[i].Value = g.Basis + ", " + id
		}
	}
	return nil
}

// word is the person's word under which the call is asked; empty where the grant does
// not rest on one.
func (d *Door) word(person vocab.PersonRef, g *Grant, c Call, now time.Time) (string, error) {
	if !g.ByPerson {
		return "", nil
	}
	asked := consent.Asked{Items: c.Names()}
	if c.Question == vocab.Status {
		asked = consent.Asked{Items: g.Items, Status: c.Status} // a status may be declared of any of them
	}
	return d.consents.Holds(g.ID, person, asked, now)
}

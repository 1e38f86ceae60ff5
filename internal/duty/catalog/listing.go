package catalog

import (
	"context"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Secrecy is what a publisher says of the secrecy review of an entry: who made it
// and on what its result rests. Where two officers are needed it says nothing, and
// the second officer's own word counts.
type Secrecy struct {
	CheckedBy string `json:"secrecy_checked_by,omitempty"`
	Basis     string `json:"secrecy_basis,omitempty"`
}

// Gate decides whether an entry may be shown to everyone. Without what a publisher
// says it is about an entry that was shown before.
type Gate interface {
	// Gate lets one entry pass and enters on what that rests.
	Gate(ctx context.Context, tx *db.Tx, a identity.Actor, d *entry.Dataset, said *Secrecy) error
	// Clear says the same without writing, for many entries under one leaf.
	Clear(ctx context.Context, tx *db.Tx, a identity.Actor, d *entry.Dataset, said *Secrecy) (Cleared, error)
	// Declare keeps of one of many what its publisher declared, if that was needed.
	Declare(ctx context.Context, tx *db.Tx, a identity.Actor, d *entry.Dataset, said Secrecy) error
}

// Cleared is on what it rests that an entry may be listed.
type Cleared struct {
	Hands    string // the two officers, where two are needed
	Declared bool   // by the word of the publisher
}

// unreviewed is the gate of a catalog that nobody reviews.
type unreviewed struct{}

func (unreviewed) Gate(context.Context, *db.Tx, identity.Actor, *entry.Dataset, *Secrecy) error {
	return nil
}

func (unreviewed) Clear(context.Context, *db.Tx, identity.Actor, *entry.Dataset, *Secrecy) (Cleared, error) {
	return Cleared{}, nil
}

func (unreviewed) Declare(context.Context, *db.Tx, identity.Actor, *entry.Dataset, Secrecy) error {
	return nil
}

// actReview shows what awaited its review.
const actReview = "review"

// ReviewedTx shows to everyone the items and words that awaited their review, in the
// transaction of that review, as far as it passes who wrote them.
func (s *Service) ReviewedTx(ctx context.Context, tx *db.Tx, a identity.Actor, id vocab.DatasetID, passes func(by vocab.OfficerID) bool) error {
	r, err := loadOwned(ctx, tx, a, id)
	if err != nil {
		return err
	}
	n := r.Clone()
	for i := range n.Items {
		if it := &n.Items[i]; it.Awaits != "" && passes(it.Awaits) {
			it.Awaits = ""
		}
	}
	if n.Until != nil && passes(n.Until.By) {
		n.Until = nil
	}
	_, err = s.save(ctx, tx, a, &r.Dataset, n, Change{Act: actReview})
	return err
}

// SuspendTx is Suspend inside the transaction of a review that found that the entry
// may not be listed.
func (s *Service) SuspendTx(ctx context.Context, tx *db.Tx, a identity.Actor, id vocab.DatasetID, reason string) (*entry.Dataset, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	return s.moveTx(ctx, tx, a, move{act: "suspend", id: id, reason: reason})
}

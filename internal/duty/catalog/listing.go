package catalog

import (
	"context"
	"slices"

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
type Gate func(ctx context.Context, tx *db.Tx, a identity.Actor, d *Dataset, said *Secrecy) error

// actReview shows what awaited its review.
const actReview = "review"

// holdBack notes of each item that is added to an entry which others see that its
// review is still to come; what an edit says of that itself counts for nothing.
func holdBack(old, n *Dataset, by vocab.OfficerID) {
	for i := range n.Items {
		it := &n.Items[i]
		was, there := old.Item(it.Code)
		switch {
		case old.State == StateDraft:
			it.Awaits = ""
		case there:
			it.Awaits = was.Awaits
		default:
			it.Awaits = by
		}
	}
}

// reviewed is the entry without the items that await their review.
func (d *Dataset) reviewed() *Dataset {
	awaits := func(it Item) bool { return it.Awaits != "" }
	if !slices.ContainsFunc(d.Items, awaits) {
		return d
	}
	out := *d
	out.Items = slices.DeleteFunc(slices.Clone(d.Items), awaits)
	return &out
}

// ReviewedTx shows to everyone the items that awaited their review, in the
// transaction of that review, as far as it passes who added them.
func (s *Service) ReviewedTx(ctx context.Context, tx *db.Tx, a identity.Actor, id vocab.DatasetID, passes func(addedBy vocab.OfficerID) bool) error {
	r, err := loadOwned(ctx, tx, a, id)
	if err != nil {
		return err
	}
	n := r.clone()
	for i := range n.Items {
		if it := &n.Items[i]; it.Awaits != "" && passes(it.Awaits) {
			it.Awaits = ""
		}
	}
	_, err = s.save(ctx, tx, a, &r.Dataset, n, Change{Act: actReview})
	return err
}

// SuspendTx is Suspend inside the transaction of a review that found that the entry
// may not be listed.
func (s *Service) SuspendTx(ctx context.Context, tx *db.Tx, a identity.Actor, id vocab.DatasetID, reason string) (*Dataset, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	return s.moveTx(ctx, tx, a, move{act: "suspend", id: id, reason: reason})
}

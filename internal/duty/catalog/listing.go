package catalog

import (
	"context"
	"slices"

	"fontis/internal/duty/catalog/wording"
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

// holdBack notes of each item and of other words that come to an entry which others
// see that their review is still to come; what an edit says of that itself counts
// for nothing.
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
	if n.Until = nil; old.State != StateDraft {
		n.Until = wording.Still(old.Until, old.words(), n.words(), by)
	}
}

// words are those of the entry as it stands.
func (d *Dataset) words() *wording.Wording {
	w := &wording.Wording{Name: d.Name, Abstract: d.Abstract, Items: make(map[string]Text, len(d.Items))}
	for _, it := range d.Items {
		w.Items[it.Code] = it.Name
	}
	return w
}

// Awaits reports whether items or words of an entry await their review: others see
// less of it, or other words. Only its owner is told.
func (d *Dataset) Awaits() bool {
	return d.Until != nil || slices.ContainsFunc(d.Items, func(it Item) bool { return it.Awaits != "" })
}

// reviewed is the entry as others see it: without the items that await their review,
// in the words that were read before those which do.
func (d *Dataset) reviewed() *Dataset {
	if !d.Awaits() {
		return d
	}
	out := *d
	out.Items, out.Until = slices.DeleteFunc(slices.Clone(d.Items), func(it Item) bool { return it.Awaits != "" }), nil
	if w := d.Until; w != nil {
		out.Name, out.Abstract = w.Name, w.Abstract
		for i := range out.Items {
			if name, was := w.Items[out.Items[i].Code]; was {
				out.Items[i].Name = name
			}
		}
	}
	return &out
}

// ReviewedTx shows to everyone the items and words that awaited their review, in the
// transaction of that review, as far as it passes who wrote them.
func (s *Service) ReviewedTx(ctx context.Context, tx *db.Tx, a identity.Actor, id vocab.DatasetID, passes func(by vocab.OfficerID) bool) error {
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
	if n.Until != nil && passes(n.Until.By) {
		n.Until = nil
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

package entry

import (
	"slices"

	"fontis/internal/duty/catalog/wording"
	"fontis/internal/trust/access/openset"
	"fontis/internal/vocab"
)

// HoldBack notes of each item and of other words that come to an entry which others
// see that their review is still to come; what an edit says of that itself counts
// for nothing.
func HoldBack(old, n *Dataset, by vocab.OfficerID) {
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
		n.Until = wording.Still(old.Until, old.Wording(), n.Wording(), by)
	}
}

// Wording is what is read of the entry as it stands.
func (d *Dataset) Wording() *wording.Wording {
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

// Reviewed is the entry as others see it: without the items that await their review,
// in the words that were read before those which do.
func (d *Dataset) Reviewed() *Dataset {
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

// OpenSet is what the entry says of the openness of its set: open without
// condition, published, and of its items those that are not held back. Whether
// rows really go out without a name the door decides.
func (d *Dataset) OpenSet() openset.Set {
	s := openset.Set{Dataset: d.ID, Owner: d.Owner, About: d.Subject}
	if d.State != StatePublished || d.Open != UnconditionalOpen {
		return s
	}
	for i := range d.Items {
		it := &d.Items[i]
		s.Tagged = s.Tagged || it.Awaits == "" && len(it.Tags) > 0
		if it.Awaits == "" && (it.Open == "" || it.Open == UnconditionalOpen) {
			s.Items = append(s.Items, vocab.ItemID(d.ItemID(it.Code)))
		}
	}
	return s
}

// Readable tells whether the rows of the set may be read by everybody.
func (d *Dataset) Readable() bool {
	return d.State == StatePublished && d.Open == UnconditionalOpen && !d.Subject.OfPersons() && d.Share != vocab.NotShared
}

package catalog

import (
	"fontis/internal/trust/access/openset"
	"fontis/internal/vocab"
)

// openSet is what the entry says of the openness of its set: open without
// condition, published, and of its items those that are not held back. Whether
// rows really go out without a name the door decides.
func (d *Dataset) openSet() openset.Set {
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

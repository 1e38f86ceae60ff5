package binding

import (
	"sync"

	"fontis/internal/trust/access/comparator"
	"fontis/internal/vocab"
)

// Bound is a binding ready for use.
type Bound struct {
	Binding

	Comparator comparator.Comparator
}

// Index is every binding in memory. Bindings in it are never changed, only replaced.
type Index struct {
	mu  sync.RWMutex // guards all
	all map[vocab.ItemID]*Bound
}

// Get is the item's binding; nil without one.
func (x *Index) Get(id vocab.ItemID) *Bound {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.all[id]
}

// Put makes the binding known in place of an older one.
func (x *Index) Put(b *Bound) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all == nil {
		x.all = map[vocab.ItemID]*Bound{}
	}
	x.all[b.Item] = b
}

// Sets lists the data sets with a binding, with whose they are.
func (x *Index) Sets() map[vocab.DatasetID]vocab.MemberID {
	x.mu.RLock()
	defer x.mu.RUnlock()
	out := map[vocab.DatasetID]vocab.MemberID{}
	for id, b := range x.all {
		out[id.Dataset()] = b.Owner
	}
	return out
}

// Of lists the bindings that read a source.
func (x *Index) Of(key vocab.SourceID) []*Bound {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var out []*Bound
	for _, b := range x.all {
		if b.SourceKey() == key {
			out = append(out, b)
		}
	}
	return out
}

// Ready parses what a binding says, so that every use finds it right.
func Ready(b Binding) (*Bound, error) {
	out := &Bound{Binding: b}
	var err error
	if b.Compare != "" {
		if out.Comparator, err = comparator.Parse(b.Compare); err != nil {
			return nil, err
		}
	}
	for _, s := range b.Statuses {
		if err := s.Check(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// RefuseTagged is the refusal for a list of items on a path, by their bindings.
func (x *Index) RefuseTagged(p vocab.Path, items []vocab.ItemID) error {
	for _, i := range items {
		if b := x.Get(i); b != nil {
			if err := vocab.Refuse(p, b.About, b.AllTags()); err != nil {
				return err
			}
		}
	}
	return nil
}

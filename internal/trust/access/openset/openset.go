// Package openset says which data sets are open to everybody, and whether their
// rows may go out without a name.
//
// The catalog tells the door, in the transaction of its own change, what an entry
// says of a set; the door decides here. A set with natural persons in it, or with
// a refused tag, is never read openly, whatever its entry says.
package openset

import (
	"slices"
	"sync"

	"fontis/internal/trust/access/binding"
	"fontis/internal/vocab"
)

// Set is what an entry says of a data set that it calls open.
type Set struct {
	Dataset vocab.DatasetID   `json:"dataset"`
	Owner   vocab.MemberID    `json:"owner"`
	About   vocab.SubjectKind `json:"about"`
	Items   []vocab.ItemID    `json:"items"` // the open ones; none: the set is not open
	Tagged  bool              `json:"tagged,omitempty"`
}

// Index is every open set in memory. Its zero value is empty.
type Index struct {
	mu  sync.RWMutex // guards all
	all map[vocab.DatasetID]Set
}

// Get is the set of that id; false when it is not open.
func (x *Index) Get(id vocab.DatasetID) (Set, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s, ok := x.all[id]
	return s, ok
}

// Put makes known what the entry now says; a set without open items is forgotten.
func (x *Index) Put(s Set) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all == nil {
		x.all = map[vocab.DatasetID]Set{}
	}
	if len(s.Items) == 0 {
		delete(x.all, s.Dataset)
		return
	}
	x.all[s.Dataset] = s
}

// View is what of a set can be read openly: one table, by its key.
type View struct {
	Source  vocab.SourceID // its name inside the node
	Table   string
	Key     string
	KeyItem vocab.ItemID
	Items   []vocab.ItemID // in the order of their names
	Columns []string       // of the items, in the same order
	LeftOut []vocab.ItemID // open items that stand in another table or are not bound
	Cycle   vocab.UpdateCycle
}

// Open finds the view, or refuses.
func (s Set) Open(bindings *binding.Index) (View, error) {
	if s.About.OfPersons() {
		return View{}, vocab.RefusedByDesign.Because("data set %s is about %s: no rows with persons are ever read without a name", s.Dataset, s.About)
	}
	if s.Tagged {
		return View{}, vocab.RefusedByDesign.Because("data set %s has an item with a refused tag", s.Dataset)
	}
	items := slices.Sorted(slices.Values(s.Items))
	var v View
	var of []*binding.Bound
	for _, item := range items {
		b := bindings.Get(item)
		if b == nil || !b.Read {
			continue
		}
		if b.About.OfPersons() {
			return View{}, vocab.RefusedByDesign.Because("item %s is about %s", item, b.About)
		}
		if len(b.Tags)+len(b.Found) > 0 {
			return View{}, vocab.RefusedByDesign.Because("item %s has a refused tag", item)
		}
		of = append(of, b)
		if v.KeyItem == "" && b.Column == b.Subject { // the key goes out with each row: it must be open itself
			v.KeyItem, v.Source, v.Table, v.Key, v.Cycle = item, b.SourceKey(), b.Table, b.Subject, b.Cycle
		}
	}
	if v.KeyItem == "" {
		return View{}, vocab.ItemUnbound.Because("no open item of data set %s is bound, for reading, to the key of its table", s.Dataset).
			WithFix("the steward binds the key column as an item: fontis bind ITEM TABLE.COLUMN --subject-key COLUMN --read")
	}
	for _, b := range of {
		if b.SourceKey() == v.Source && b.Table == v.Table && b.Subject == v.Key {
			v.Items, v.Columns = append(v.Items, b.Item), append(v.Columns, b.Column)
		}
	}
	for _, item := range items {
		if !slices.Contains(v.Items, item) {
			v.LeftOut = append(v.LeftOut, item)
		}
	}
	return v, nil
}

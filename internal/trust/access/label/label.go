// Package label keeps which values are contested: from the moment a contest is
// labelled until its label is removed, every answer about the value says so.
//
// The index is in memory, so that asking it costs an answer nothing; its table
// belongs to the door.
package label

import (
	"sync"
	"time"

	"fontis/internal/vocab"
)

// Label is one open contest of one person's value of an item.
type Label struct {
	Item    vocab.ItemID
	Person  vocab.PersonRef // by the audit pseudonym
	Contest string
}

// Standing is a label as its table holds it.
type Standing struct {
	Label
	At time.Time
}

// value is what a label stands on.
type value struct {
	item   vocab.ItemID
	person vocab.PersonRef
}

// Index is every label. Its zero value is empty.
type Index struct {
	mu  sync.RWMutex // guards all
	all map[value]map[string]bool
}

// Put adds a label; the same one twice is one.
func (x *Index) Put(l Label) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all == nil {
		x.all = map[value]map[string]bool{}
	}
	v := value{l.Item, l.Person}
	if x.all[v] == nil {
		x.all[v] = map[string]bool{}
	}
	x.all[v][l.Contest] = true
}

// Remove takes a label away; the value stays labelled while another contest of it
// is open.
func (x *Index) Remove(l Label) {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := value{l.Item, l.Person}
	delete(x.all[v], l.Contest)
	if len(x.all[v]) == 0 {
		delete(x.all, v)
	}
}

// Any says whether there is any label at all.
func (x *Index) Any() bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.all) > 0
}

// On says whether the person's value of the item is contested.
func (x *Index) On(item vocab.ItemID, person vocab.PersonRef) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.all[value{item, person}]) > 0
}

// Package consent keeps who authorised which body to ask what about them: a grant
// that rests on the person's word answers only about persons who gave it, only
// the items and the statuses that they gave, and only until they take it back.
//
// The index is in memory, so that a word taken back closes the door with the
// commit that takes it; its table belongs to the door.
package consent

import (
	"slices"
	"sync"
	"time"

	"fontis/internal/vocab"
)

// Given is one person's word to the holder of one grant.
type Given struct {
	ID     string
	Grant  vocab.GrantID
	Person vocab.PersonRef // by the audit pseudonym
	Items  []vocab.ItemID
	// Statuses are those that may be answered; nil are all of the grant, as words given
	// before a person could choose among them.
	Statuses []string
	Until    time.Time
}

// Asked is what a call asks of a person: items, and of a status question which status.
type Asked struct {
	Items  []vocab.ItemID
	Status string
}

type key struct {
	grant  vocab.GrantID
	person vocab.PersonRef
}

// Index is every word that stands. Its zero value is empty.
type Index struct {
	mu  sync.RWMutex // guards all
	all map[key]Given
}

// Put adds a word; a newer one of the same person to the same grant takes its place.
func (x *Index) Put(g Given) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all == nil {
		x.all = map[key]Given{}
	}
	x.all[key{g.Grant, g.Person}] = g
}

// Remove takes a word away.
func (x *Index) Remove(g vocab.GrantID, p vocab.PersonRef) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.all, key{g, p})
}

// Holds gives the id of the word under which the holder of the grant may ask this
// about the person now.
func (x *Index) Holds(g vocab.GrantID, p vocab.PersonRef, asked Asked, now time.Time) (string, error) {
	x.mu.RLock()
	given, ok := x.all[key{g, p}]
	x.mu.RUnlock()
	if !ok || !now.Before(given.Until) {
		return "", vocab.NotAuthorised.Because("the person has given grant %s no word that stands", g)
	}
	for _, it := range asked.Items {
		if !slices.Contains(given.Items, it) {
			return "", vocab.NotAuthorised.Because("the person's word to grant %s does not name item %s", g, it)
		}
	}
	if asked.Status != "" && given.Statuses != nil && !slices.Contains(given.Statuses, asked.Status) {
		return "", vocab.NotAuthorised.Because("the person's word to grant %s does not name this status", g)
	}
	return given.ID, nil
}

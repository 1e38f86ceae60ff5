package grant

import (
	"sync"

	"fontis/internal/vocab"
)

// Index is every grant in memory, so that a decision costs no look-up in
// the database. Grants in it are never changed, only replaced.
type Index struct {
	mu  sync.RWMutex // guards all
	all map[vocab.GrantID]*Grant
}

// Get is the grant of that id; nil without one.
func (x *Index) Get(id vocab.GrantID) *Grant {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.all[id]
}

// Put makes the grant known in place of an older one.
func (x *Index) Put(g *Grant) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all == nil {
		x.all = map[vocab.GrantID]*Grant{}
	}
	x.all[g.ID] = g
}

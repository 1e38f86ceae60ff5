// Package notes carries what a form brought about to the page that its 303 leads
// to: an answer, an invitation, a token.
//
// The promises: a note lives in memory only, belongs to one session, is gone after
// Life, and one that is taken is gone at once.
package notes

import (
	"sync"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Life is how long a note waits to be read.
const Life = 10 * time.Minute

// Notes keeps notes. It is safe for concurrent use.
type Notes struct {
	clock clock.Clock
	most  int        // notes that wait: then the oldest goes
	mu    sync.Mutex // guards all and order
	all   map[string]note
	order []string
}

type note struct {
	session string
	until   time.Time
	value   any
}

// New makes an empty store for so many notes at most.
func New(c clock.Clock, most int) *Notes { return &Notes{clock: c, most: most, all: map[string]note{}} }

// Put keeps a value for the actor's session and gives its name.
func (n *Notes) Put(a identity.Actor, value any) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.clock.Now()
	for len(n.order) > 0 && (len(n.order) >= n.most || n.all[n.order[0]].until.Before(now)) {
		delete(n.all, n.order[0])
		n.order = n.order[1:]
	}
	id := vocab.NewID("note")
	n.all[id] = note{session: a.Session, until: now.Add(Life), value: value}
	n.order = append(n.order, id)
	return id
}

// Read gives the note of the name to its session, as often as it asks.
func Read[T any](n *Notes, a identity.Actor, id string) (T, bool) { return get[T](n, a, id, false) }

// Take is Read for a secret: the second asking finds nothing.
func Take[T any](n *Notes, a identity.Actor, id string) (T, bool) { return get[T](n, a, id, true) }

func get[T any](n *Notes, a identity.Actor, id string, once bool) (T, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	got, ok := n.all[id]
	value, fits := got.value.(T)
	if !ok || !fits || got.session != a.Session || got.until.Before(n.clock.Now()) {
		var none T
		return none, false
	}
	if once {
		delete(n.all, id)
	}
	return value, true
}

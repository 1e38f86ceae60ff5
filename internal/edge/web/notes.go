package web

import (
	"sync"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// How long a note waits to be read, and how many wait at most: the oldest goes.
const (
	noteLife  = 10 * time.Minute
	mostNotes = 4096
)

// notes carry what a form brought about to the page that its 303 leads to: an
// answer, an invitation, a token. They live in memory only, belong to one
// session, and are gone after noteLife.
type notes struct {
	clock clock.Clock
	mu    sync.Mutex // guards all and order
	all   map[string]note
	order []string
}

type note struct {
	session string
	until   time.Time
	value   any
}

func newNotes(c clock.Clock) *notes { return &notes{clock: c, all: map[string]note{}} }

// put keeps a value for the actor's session and gives its name.
func (n *notes) put(a identity.Actor, value any) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.clock.Now()
	for len(n.order) > 0 && (len(n.order) >= mostNotes || n.all[n.order[0]].until.Before(now)) {
		delete(n.all, n.order[0])
		n.order = n.order[1:]
	}
	id := vocab.NewID("note")
	n.all[id] = note{session: a.Session, until: now.Add(noteLife), value: value}
	n.order = append(n.order, id)
	return id
}

// read gives the note of the name to its session, as often as it asks.
func read[T any](n *notes, a identity.Actor, id string) (T, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	got, ok := n.all[id]
	value, fits := got.value.(T)
	if !ok || !fits || got.session != a.Session || got.until.Before(n.clock.Now()) {
		var none T
		return none, false
	}
	return value, true
}

// take is read for a secret: the second asking finds nothing.
func take[T any](n *notes, a identity.Actor, id string) (T, bool) {
	value, ok := read[T](n, a, id)
	if ok {
		n.mu.Lock()
		delete(n.all, id)
		n.mu.Unlock()
	}
	return value, ok
}

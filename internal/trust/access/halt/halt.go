// Package halt keeps which unit of a member may not ask, because the review of an
// emergency that it drew is overdue.
//
// Grants are held by a member, and a member has many units: what is suspended is
// the unit's use of every grant, from the commit on and until the review is given.
// A member without units is one unit.
// The table belongs to the door; the index is in memory, so that asking it costs
// a call nothing.
package halt

import (
	"sync"

	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/naming"
	"fontis/internal/vocab"
)

// Halt is one unit that waits for a review.
type Halt struct {
	Member    vocab.MemberID
	Unit      string          // empty: the member has no units, and all of it waits
	Officer   vocab.OfficerID // who drew the emergency
	Emergency string
}

// Index is every halt. Its zero value is empty.
type Index struct {
	mu  sync.RWMutex // guards all
	all map[vocab.MemberID]map[string]Halt
}

// Put makes a halt known.
func (x *Index) Put(h Halt) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all == nil {
		x.all = map[vocab.MemberID]map[string]Halt{}
	}
	if x.all[h.Member] == nil {
		x.all[h.Member] = map[string]Halt{}
	}
	x.all[h.Member][h.Emergency] = h
}

// Lift ends the halt that an emergency brought.
func (x *Index) Lift(m vocab.MemberID, emergency string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.all[m], emergency)
	if len(x.all[m]) == 0 {
		delete(x.all, m)
	}
}

// Refuses a call of a unit that waits for a review, and of the officer who drew the
// emergency in whichever unit; of a member without units every call. A system that
// names an officer whom its member does not list is refused too: it could name any unit.
func (x *Index) Refuses(a identity.Actor) error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, h := range x.all[a.Member] {
		if h.Unit == "" {
			return h.refuses("%s asks nothing until emergency %s is reviewed", h.Member, h.Emergency)
		}
		if h.Unit == a.Unit || h.Officer == a.Officer || a.System != "" && a.Word == naming.AsGiven {
			return h.refuses("the unit %s of %s asks nothing until emergency %s is reviewed", h.Unit, h.Member, h.Emergency)
		}
	}
	return nil
}

func (h Halt) refuses(why string, about ...any) error {
	return vocab.GrantSuspended.Because(why, about...).
		WithFix("Let a second officer review it: fontis emergency review %s --uphold --note TEXT", h.Emergency)
}

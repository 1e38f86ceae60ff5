package identity

import (
	"sync"
	"sync/atomic"
	"time"
)

// maxCached bounds the cache of tokens; beyond it any one makes room.
const maxCached = 100_000

// cache keeps the actors of tokens that were checked against the record.
//
// The danger is a token that is revoked between reading it from the record and
// keeping it here. So a reader takes the epoch before it reads, every revocation
// moves the epoch after its commit, and what was read in an older epoch is not
// kept.
type cache struct {
	mu      sync.RWMutex // guards all below
	most    int
	epoch   uint64
	byToken map[[32]byte]*cached
	byID    map[string][32]byte
}

// cached is one token's actor. seen and kept move without the lock.
type cached struct {
	actor Actor
	idle  time.Duration // 0 for tokens that do not idle out
	until int64         // microseconds
	seen  atomic.Int64  // last use
	kept  atomic.Int64  // last use that the record knows
}

func newCache(most int) *cache {
	return &cache{most: most, byToken: map[[32]byte]*cached{}, byID: map[string][32]byte{}}
}

// alive reports whether the token may be used now, and notes the use.
func (c *cached) alive(now int64) bool {
	if now >= c.until {
		return false
	}
	if c.idle == 0 {
		return true
	}
	if now-c.seen.Load() >= c.idle.Microseconds() {
		return false
	}
	c.seen.Store(now)
	return true
}

func (c *cache) get(token [32]byte, now int64) *cached {
	c.mu.RLock()
	e := c.byToken[token]
	c.mu.RUnlock()
	if e == nil || !e.alive(now) {
		return nil
	}
	return e
}

func (c *cache) now() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.epoch
}

// put keeps the entry unless something was revoked since epoch.
func (c *cache) put(token [32]byte, e *cached, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.epoch != epoch {
		return
	}
	if len(c.byToken) >= c.most {
		for t, old := range c.byToken {
			delete(c.byToken, t)
			delete(c.byID, old.actor.Session)
			break
		}
	}
	c.byToken[token] = e
	c.byID[e.actor.Session] = token
}

// drop forgets one session, token or permit.
func (c *cache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	delete(c.byToken, c.byID[id])
	delete(c.byID, id)
}

// moved makes nothing forgotten, and what was learned of officers' names old.
func (c *cache) moved() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
}

// clear forgets all: after a change that may concern any of them.
func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	clear(c.byToken)
	clear(c.byID)
}

package token

import (
	"sync"
	"sync/atomic"
	"time"
)

// Cache keeps whose tokens are that were checked against the record.
//
// The danger is a token that is revoked between reading it from the record and
// keeping it here. So a reader takes the epoch before it reads, every revocation
// moves the epoch after its commit, and what was read in an older epoch is not
// kept.
type Cache[A any] struct {
	mu      sync.RWMutex // guards all below
	most    int
	epoch   uint64
	byToken map[[32]byte]*Cached[A]
	byID    map[string][32]byte
}

// Cached is whose a token is. Seen and kept move without the lock.
type Cached[A any] struct {
	Whose A
	ID    string
	Idle  time.Duration // 0 for tokens that do not idle out
	Until int64         // microseconds
	seen  atomic.Int64  // last use
	kept  atomic.Int64  // last use that the record knows
}

// NewCache makes a cache of at most so many; beyond that any one makes room.
func NewCache[A any](most int) *Cache[A] {
	return &Cache[A]{most: most, byToken: map[[32]byte]*Cached[A]{}, byID: map[string][32]byte{}}
}

// SeenAt notes the last use as the record knows it.
func (c *Cached[A]) SeenAt(at int64) {
	c.seen.Store(at)
	c.kept.Store(at)
}

// Alive reports whether the token may be used now, and notes the use.
func (c *Cached[A]) Alive(now int64) bool {
	if now >= c.Until {
		return false
	}
	if c.Idle == 0 {
		return true
	}
	if now-c.seen.Load() >= c.Idle.Microseconds() {
		return false
	}
	c.seen.Store(now)
	return true
}

// Due reports whether the record should hear of the use, to one caller each time.
func (c *Cached[A]) Due(now int64, every time.Duration) bool {
	last := c.kept.Load()
	return c.Idle != 0 && now-last >= every.Microseconds() && c.kept.CompareAndSwap(last, now)
}

// Get is whose the token is, nil where that is not known or it has ended.
func (c *Cache[A]) Get(token [32]byte, now int64) *Cached[A] {
	c.mu.RLock()
	e := c.byToken[token]
	c.mu.RUnlock()
	if e == nil || !e.Alive(now) {
		return nil
	}
	return e
}

// Epoch is taken before the record is read.
func (c *Cache[A]) Epoch() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.epoch
}

// Put keeps the entry unless something was revoked since epoch.
func (c *Cache[A]) Put(token [32]byte, e *Cached[A], epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.epoch != epoch {
		return
	}
	if len(c.byToken) >= c.most {
		for t, old := range c.byToken {
			delete(c.byToken, t)
			delete(c.byID, old.ID)
			break
		}
	}
	c.byToken[token] = e
	c.byID[e.ID] = token
}

// Drop forgets one session, token or permit.
func (c *Cache[A]) Drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	delete(c.byToken, c.byID[id])
	delete(c.byID, id)
}

// Moved makes nothing forgotten, and what was learned of officers' names old.
func (c *Cache[A]) Moved() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
}

// Clear forgets all: after a change that may concern any of them.
func (c *Cache[A]) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	clear(c.byToken)
	clear(c.byID)
}

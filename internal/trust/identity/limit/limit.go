// Package limit holds back members and addresses that call too much, within this
// process and within a bounded memory. What must outlive a restart (lock-out,
// quotas, the guess guard) is counted in the record instead.
package limit

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"fontis/internal/engine/clock"
	"fontis/internal/vocab"
)

// Rate is how many calls a second are taken, and how many at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Limits bound calls in this process; a zero rate bounds nothing.
type Limits struct {
	Member  Rate
	Address Rate
	Most    int // members and addresses remembered, each; 10,000
}

// Limiter holds back members and addresses that call too much. Its memory is
// bounded: of each sort the least recently seen is forgotten first, and members
// and addresses never push each other out.
type Limiter struct {
	clock   clock.Clock
	members buckets
	places  buckets
}

// buckets are the token buckets of one sort.
type buckets struct {
	rate Rate
	most int

	mu    sync.Mutex // guards order and byKey
	order *list.List // of *bucket, the latest seen first
	byKey map[string]*list.Element
}

type bucket struct {
	key string
	lim *rate.Limiter
}

// New makes a limiter.
func New(c clock.Clock, l Limits) *Limiter {
	if l.Most <= 0 {
		l.Most = 10_000
	}
	made := func(r Rate) buckets {
		return buckets{rate: r, most: l.Most, order: list.New(), byKey: map[string]*list.Element{}}
	}
	return &Limiter{clock: c, members: made(l.Member), places: made(l.Address)}
}

// Member takes one call of the member, or says vocab.TooManyCalls.
func (l *Limiter) Member(m vocab.MemberID) error {
	wait := l.members.take(string(m), l.clock.Now())
	if wait > 0 {
		return vocab.TooManyCalls.Because("%s called more than %g times a second; again in %s", m, l.members.rate.PerSecond, wait)
	}
	return nil
}

// Address takes one call from the address; IPv6 counts by /64.
func (l *Limiter) Address(a netip.Addr) error {
	wait := l.places.take(Network(a).String(), l.clock.Now())
	if wait > 0 {
		return vocab.TooManyCalls.Because("this address called more than %g times a second; again in %s", l.places.rate.PerSecond, wait)
	}
	return nil
}

// take answers how long to wait; 0 means taken.
func (b *buckets) take(key string, now time.Time) time.Duration {
	if b.rate.PerSecond <= 0 {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.byKey[key]
	if ok {
		b.order.MoveToFront(e)
	} else {
		if b.order.Len() >= b.most {
			last := b.order.Back()
			b.order.Remove(last)
			delete(b.byKey, last.Value.(*bucket).key)
		}
		e = b.order.PushFront(&bucket{key: key, lim: rate.NewLimiter(rate.Limit(b.rate.PerSecond), max(1, b.rate.Burst))})
		b.byKey[key] = e
	}
	lim := e.Value.(*bucket).lim
	if lim.AllowN(now, 1) {
		return 0
	}
	missing := 1 - lim.TokensAt(now)
	return max(time.Millisecond, time.Duration(missing/b.rate.PerSecond*float64(time.Second)).Round(time.Millisecond))
}

// Network is the address itself, or the /64 of an IPv6 address, of which one
// household has 2^64.
func Network(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if a.Is4() || !a.IsValid() {
		return a
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}

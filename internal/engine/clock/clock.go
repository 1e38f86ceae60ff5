// Package clock is where time comes from.
//
// A part that decides by time holds a Clock and asks it; nobody in the domain
// calls time.Now. System answers with the machine's time in UTC, cut to the
// microseconds that the record keeps, so that a time read back from the store
// equals the time that was written. Fake stands still until a test moves it.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface {
	// Now is the present in UTC, in whole microseconds.
	Now() time.Time
}

// System is the machine's own clock.
func System() Clock { return system{} }

type system struct{}

// Now drops the monotonic reading with Truncate's help: what is stored and read
// back must be equal to what was held in memory.
func (system) Now() time.Time { return stored(time.Now()) }

func stored(t time.Time) time.Time { return t.UTC().Round(0).Truncate(time.Microsecond) }

// Fake is a clock that a test moves by hand. It is safe for concurrent use.
type Fake struct {
	mu  sync.Mutex // guards now
	now time.Time
}

// NewFake makes a clock that stands at t.
func NewFake(t time.Time) *Fake { return &Fake{now: stored(t)} }

// Now is the time that the clock was last set or advanced to.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Set moves the clock to t, forward or back.
func (f *Fake) Set(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = stored(t)
}

// Advance moves the clock by d and gives the new time.
func (f *Fake) Advance(d time.Duration) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = stored(f.now.Add(d))
	return f.now
}

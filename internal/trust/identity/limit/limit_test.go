package limit

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/vocab"
)

func fake() *clock.Fake { return clock.NewFake(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)) }

func TestCallsBeyondTheRateAreHeldBack(t *testing.T) {
	c := fake()
	l := New(c, Limits{Member: Rate{PerSecond: 2, Burst: 4}})
	for i := range 4 {
		if err := l.Member("tax"); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	if err := l.Member("tax"); !errors.Is(err, vocab.TooManyCalls) {
		t.Fatalf("the fifth: %v", err)
	}
	if err := l.Member("school"); err != nil {
		t.Errorf("another member pays for it: %v", err)
	}
	c.Advance(499 * time.Millisecond)
	if err := l.Member("tax"); err == nil {
		t.Error("half a second too early by a millisecond was taken")
	}
	c.Advance(time.Millisecond)
	if err := l.Member("tax"); err != nil {
		t.Errorf("after half a second: %v", err)
	}
}

func TestNoRateHoldsNothingBack(t *testing.T) {
	l := New(fake(), Limits{})
	for range 1000 {
		if err := l.Address(netip.MustParseAddr("192.0.2.1")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	l := New(fake(), Limits{Member: Rate{1, 1}, Address: Rate{1, 1}, Most: 100})
	if err := l.Member("tax"); err != nil {
		t.Fatal(err)
	}
	for i := range 10_000 {
		l.Address(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	if n := len(l.places.byKey); n != 100 || l.places.order.Len() != 100 {
		t.Errorf("%d addresses remembered, at most 100", n)
	}
	if err := l.Member("tax"); err == nil {
		t.Error("a flood of addresses made a member's calls forgotten")
	}
}

func TestHouseholdOfIPv6IsOneAddress(t *testing.T) {
	l := New(fake(), Limits{Address: Rate{1, 3}})
	var refused int
	for i := range 20 {
		if l.Address(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1))) != nil {
			refused++
		}
	}
	if refused != 17 {
		t.Errorf("%d of 20 refused, want 17", refused)
	}
	if Network(netip.MustParseAddr("::ffff:192.0.2.1")) != netip.MustParseAddr("192.0.2.1") {
		t.Error("a mapped address is another one")
	}
}

func TestManyAtOnceTakeNoMoreThanTheBurst(t *testing.T) {
	l := New(fake(), Limits{Member: Rate{1, 10}})
	var wg sync.WaitGroup
	var taken atomic.Int64
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if l.Member("tax") == nil {
					taken.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if taken.Load() != 10 {
		t.Errorf("%d taken, want 10", taken.Load())
	}
}

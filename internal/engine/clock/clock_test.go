package clock

import (
	"sync"
	"testing"
	"time"
)

func TestSystemTimeSurvivesBeingStored(t *testing.T) {
	for range 1000 {
		now := System().Now()
		if back := time.UnixMicro(now.UnixMicro()).UTC(); back != now {
			t.Fatalf("stored and read back %v, held %v", back, now)
		}
	}
}

func TestFakeStandsUntilMoved(t *testing.T) {
	begin := time.Date(2026, 3, 1, 8, 0, 0, 999, time.FixedZone("UTC+8", 8*3600))
	c := NewFake(begin)
	want := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for range 2 {
		if got := c.Now(); got != want {
			t.Fatalf("now %v, want %v", got, want)
		}
	}
	if got := c.Advance(90 * time.Second); got != want.Add(90*time.Second) || c.Now() != got {
		t.Fatalf("advanced to %v", got)
	}
	c.Set(want.AddDate(-1, 0, 0))
	if c.Now() != want.AddDate(-1, 0, 0) {
		t.Fatalf("set to %v", c.Now())
	}
}

func TestFakeMovesFromManyHands(t *testing.T) {
	c := NewFake(time.Unix(0, 0))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				c.Advance(time.Second)
				c.Now()
			}
		})
	}
	wg.Wait()
	if want := time.Unix(800, 0).UTC(); c.Now() != want {
		t.Fatalf("now %v, want %v", c.Now(), want)
	}
}

package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The bounds of roomyHeap: what a heap may hold beside its live objects, and how
// often the share is thought over.
const (
	heapRoom   = 192 << 20
	heapReview = time.Second
)

// roomyHeap lets a small heap fill heapRoom before it is collected, instead of
// only doubling: with hundreds of callers on their way each collection looks
// through all their stacks, and cost a quarter of the processor. A large heap
// doubles as ever. GOGC in the environment wins.
func roomyHeap(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	percent := 0
	review := func() {
		metrics.Read(live)
		if p := heapPercent(live[0].Value.Uint64()); p != percent {
			percent = p
			debug.SetGCPercent(p)
		}
	}
	review()
	go func() {
		tick := time.NewTicker(heapReview)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				review()
			case <-ctx.Done():
				return
			}
		}
	}()
}

// heapPercent is the growth between two collections: a hundred at least, four
// hundred at most, in steps, as each change stops the process for a moment.
func heapPercent(live uint64) int {
	const least, most, step = 100, 400, 50
	p := most
	if live > 0 {
		p = int(min(heapRoom*100/live, most))
	}
	return max(p-p%step, least)
}

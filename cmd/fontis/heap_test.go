package main

import "testing"

func TestALargeHeapOnlyDoubles(t *testing.T) {
	for live, want := range map[uint64]int{0: 400, 10 << 20: 400, 48 << 20: 400, 96 << 20: 200, 192 << 20: 100, 8 << 30: 100} {
		if got := heapPercent(live); got != want {
			t.Errorf("%d MB live: %d per cent, want %d", live>>20, got, want)
		}
	}
}

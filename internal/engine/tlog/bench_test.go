package tlog

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// BenchmarkAppend prints what a closed loop of waiting clients gets, each with
// one 34-byte leaf in flight. It judges nothing: the machine decides.
func BenchmarkAppend(b *testing.B) {
	for _, clients := range []int{1, 64, 512, 4096} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			l := mustOpen(b, b.TempDir(), nil)
			b.ResetTimer()
			began := time.Now()
			waits := closedLoop(b, clients, func(leaf []byte) error {
				_, err := l.Append(context.Background(), [][]byte{leaf})
				return err
			})
			report(b, waits, time.Since(began))
		})
	}
}

// BenchmarkWitnessed waits for a checkpoint that two witnesses of three cosigned.
func BenchmarkWitnessed(b *testing.B) {
	for _, clients := range []int{1, 4096} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			l := mustOpen(b, b.TempDir(), policyOf(2, newFakeWitness(b, "w.example/a"), newFakeWitness(b, "w.example/b"), newFakeWitness(b, "w.example/c")))
			b.ResetTimer()
			began := time.Now()
			waits := closedLoop(b, clients, func(leaf []byte) error {
				indices, err := l.Append(context.Background(), [][]byte{leaf})
				if err != nil {
					return err
				}
				return l.Await(context.Background(), indices[0]+1)
			})
			report(b, waits, time.Since(began))
		})
	}
}

// closedLoop does the work b.N times from so many clients and tells each wait.
func closedLoop(b *testing.B, clients int, work func(leaf []byte) error) []time.Duration {
	n := b.N
	var all []time.Duration
	var mu sync.Mutex
	var running sync.WaitGroup
	for c := range clients {
		share := n / clients
		if c < n%clients {
			share++
		}
		running.Go(func() {
			waits := make([]time.Duration, 0, share)
			leaf := make([]byte, 34)
			for range share {
				began := time.Now()
				if err := work(leaf); err != nil {
					b.Error(err)
					return
				}
				waits = append(waits, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, waits...)
		})
	}
	running.Wait()
	return all
}

func report(b *testing.B, waits []time.Duration, took time.Duration) {
	slices.Sort(waits)
	at := func(q float64) float64 { return float64(waits[int(q*float64(len(waits)-1))].Microseconds()) / 1000 }
	b.ReportMetric(float64(len(waits))/took.Seconds(), "leaves/s")
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(0, "ns/op")
}

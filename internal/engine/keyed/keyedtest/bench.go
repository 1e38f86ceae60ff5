package keyedtest

import (
	"cmp"
	"iter"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"fontis/internal/engine/keyed"
)

// RunBenchmarks measures a fresh store: loading, single reads by one worker and
// by several, batches. FONTIS_BENCH_ROWS says how many rows of 200 bytes are
// loaded; 200,000 without it.
func RunBenchmarks(b *testing.B, s *keyed.Store) {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("FONTIS_BENCH_ROWS"), "200000"))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Replace", func(b *testing.B) {
		for b.Loop() {
			if err := s.Replace(b.Context(), "r", Dated, plain(n)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("GetOne/1worker", func(b *testing.B) {
		for b.Loop() {
			ask(b, s, 1, n)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "keys/s")
	})
	b.Run("GetOne/parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				ask(b, s, 1, n)
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "keys/s")
	})
	for _, size := range []int{100, 10_000} {
		b.Run("GetMany/"+strconv.Itoa(size), func(b *testing.B) {
			for b.Loop() {
				ask(b, s, size, n)
			}
			b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "keys/s")
		})
	}
}

func plain(n int) iter.Seq2[keyed.Key, []byte] {
	value := make([]byte, 200)
	return func(yield func(keyed.Key, []byte) bool) {
		for i := range n {
			if !yield(Key(uint64(i)), value) {
				return
			}
		}
	}
}

func ask(b *testing.B, s *keyed.Store, size, n int) {
	keys := make([]keyed.Key, size)
	for i := range keys {
		keys[i] = Key(rand.Uint64N(uint64(n)))
	}
	got, _, _, err := s.Get(b.Context(), "r", keys)
	if err != nil || !got[0].Found {
		b.Error("a loaded key was not found", err)
	}
}

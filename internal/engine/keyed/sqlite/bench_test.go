package sqlite

import (
	"cmp"
	"iter"
	"math/rand/v2"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"fontis/internal/engine/keyed"
	"fontis/internal/engine/keyed/keyedtest"
)

// rows is how many rows the benchmarks load: FONTIS_BENCH_ROWS, or 200,000.
func rows(b *testing.B) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("FONTIS_BENCH_ROWS"), "200000"))
	if err != nil {
		b.Fatal(err)
	}
	return n
}

func values(n int) iter.Seq2[keyed.Key, []byte] {
	value := make([]byte, 200)
	return func(yield func(keyed.Key, []byte) bool) {
		for i := range n {
			if !yield(keyedtest.Key(uint64(i)), value) {
				return
			}
		}
	}
}

func loaded(b *testing.B) (*keyed.Store, int) {
	n := rows(b)
	s := open(b, b.TempDir(), keyed.Options{})
	if err := s.Replace(b.Context(), "r", keyedtest.Dated, values(n)); err != nil {
		b.Fatal(err)
	}
	return s, n
}

func BenchmarkReplace(b *testing.B) {
	n := rows(b)
	s := open(b, b.TempDir(), keyed.Options{})
	for b.Loop() {
		if err := s.Replace(b.Context(), "r", keyedtest.Dated, values(n)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkGetOne(b *testing.B) {
	s, n := loaded(b)
	var got atomic.Int64
	b.Run("1worker", func(b *testing.B) {
		for b.Loop() {
			ask(b, s, 1, n)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "keys/s")
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				ask(b, s, 1, n)
				got.Add(1)
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "keys/s")
	})
}

func BenchmarkGetMany(b *testing.B) {
	s, n := loaded(b)
	for _, size := range []int{100, 10_000} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			for b.Loop() {
				ask(b, s, size, n)
			}
			b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "keys/s")
		})
	}
}

func ask(b *testing.B, s *keyed.Store, size, n int) {
	keys := make([]keyed.Key, size)
	for i := range keys {
		keys[i] = keyedtest.Key(rand.Uint64N(uint64(n)))
	}
	got, _, _, err := s.Get(b.Context(), "r", keys)
	if err != nil || !got[0].Found {
		b.Error("a loaded key was not found", err)
	}
}

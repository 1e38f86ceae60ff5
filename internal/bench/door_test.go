package bench

import (
	"math/rand/v2"
	"testing"
)

func BenchmarkDoor(b *testing.B) {
	w, err := newWorld(b.Context(), b.TempDir(), 100_000)
	if err != nil {
		b.Fatal(err)
	}
	defer w.close()
	b.SetParallelism(256)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		r := rand.New(rand.NewPCG(1, rand.Uint64()))
		for pb.Next() {
			if _, err := w.Door.Ask(b.Context(), w.user, w.call(r)); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

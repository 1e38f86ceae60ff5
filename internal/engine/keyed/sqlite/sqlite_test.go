package sqlite

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"fontis/internal/engine/keyed"
	"fontis/internal/engine/keyed/keyedtest"
)

func open(t testing.TB, folder string, opts keyed.Options) *keyed.Store {
	t.Helper()
	s, err := Open(folder, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSQLiteConforms(t *testing.T) {
	keyedtest.RunAll(t, func(t *testing.T, opts keyed.Options) (*keyed.Store, func() *keyed.Store) {
		folder := t.TempDir()
		s := open(t, folder, opts)
		return s, func() *keyed.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return open(t, folder, opts)
		}
	})
}

func BenchmarkSQLite(b *testing.B) {
	keyedtest.RunBenchmarks(b, open(b, b.TempDir(), keyed.Options{}))
}

// TestReadersOfARegisterAreServedAsTheyCame holds every place, lets readers queue,
// and counts the pairs that were served the other way round: among forty that is
// half of 780 when they are drawn at random.
func TestReadersOfARegisterAreServedAsTheyCame(t *testing.T) {
	d := &driver{folder: t.TempDir(), open: map[string]*handle{}}
	s := keyed.New(d, keyed.Options{Scratch: d.folder})
	defer s.Close()
	if err := s.Replace(t.Context(), "people", keyedtest.Dated, keyedtest.Pairs(10, "a")); err != nil {
		t.Fatal(err)
	}
	key := []keyed.Key{keyedtest.Key(1)}
	var readers sync.WaitGroup
	let := make(chan struct{})
	places := 4 * runtime.GOMAXPROCS(0)
	inside := make(chan struct{}, places)
	for range places {
		readers.Go(func() {
			d.Get(t.Context(), "people", []keyed.Key{keyedtest.Key(2), keyedtest.Key(3)}, func(i int, _ []byte) error {
				if i == 0 { // its connection is kept until the second was read
					inside <- struct{}{}
					<-let
				}
				return nil
			})
		})
	}
	for range places {
		<-inside
	}
	const crowd = 40
	served := make(chan int, crowd)
	for i := range crowd {
		readers.Go(func() {
			d.Get(t.Context(), "people", key, func(int, []byte) error {
				served <- i
				return nil
			})
		})
		time.Sleep(2 * time.Millisecond) // it stands in the queue
	}
	close(let)
	readers.Wait()
	close(served)
	var order []int
	for i := range served {
		order = append(order, i)
	}
	turned := 0
	for i := range order {
		for _, later := range order[i+1:] {
			if later < order[i] {
				turned++
			}
		}
	}
	if len(order) != crowd || turned > 195 {
		t.Fatalf("%d pairs of 780 were served the other way round: %v", turned, order)
	}
}

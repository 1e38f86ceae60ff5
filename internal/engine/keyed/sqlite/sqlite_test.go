package sqlite

import (
	"testing"

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

package keyedtest

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/engine/keyed"
	"fontis/internal/vocab"
)

// copied: a copy of a register answers as the register did, under the same
// version and date, in the place of whatever answers there; a copy that is cut
// short, goes on, or is out of order changes nothing.
func copied(t *testing.T, open Open) {
	s, reopen := open(t, options())
	replace(t, s, "people", Dated, func(yield func(keyed.Key, []byte) bool) {
		for k, v := range Pairs(300, "a") {
			if !yield(k, v) {
				return
			}
		}
		_ = yield(Key(7), []byte("another")) && yield(Key(8), nil)
	})
	replace(t, s, "nobody", Dated, Pairs(0, "a"))
	keys := []keyed.Key{Key(0), Key(7), Key(8), Key(299), Key(300)}
	want, before := get(t, s, "people", keys...), list(t, s)
	people, nobody := saved(t, s, "people"), saved(t, s, "nobody")

	replace(t, s, "people", Dated, Pairs(5, "b"))
	for _, damaged := range [][]byte{nil, people[:1], people[:len(people)/2], people[:len(people)-1], append(bytes.Clone(people), 0), swapped(t, s)} {
		if _, err := s.Bring(t.Context(), bytes.NewReader(damaged)); !errors.Is(err, vocab.FileUnreadable) {
			t.Errorf("a copy of %d bytes instead of %d: %v", len(damaged), len(people), err)
		}
	}
	if v, ok := get(t, s, "people", Key(1))[0].One(); !ok || string(v) != "b-1" {
		t.Errorf("after damaged copies the register says %q", v)
	}
	if err := s.Drop(t.Context(), "nobody", versionOf(t, s, "nobody")); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]byte{people, nobody} {
		if _, err := s.Bring(t.Context(), bytes.NewReader(c)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Save(t.Context(), "unknown", &bytes.Buffer{}); !errors.Is(err, vocab.NoSuchThing) {
		t.Errorf("a copy of no register: %v", err)
	}
	for s := range nowAndAfter(s, reopen) {
		if diff := cmp.Diff(want, get(t, s, "people", keys...)); diff != "" {
			t.Errorf("the copy answers otherwise (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, list(t, s)); diff != "" {
			t.Errorf("the copies are described otherwise (-want +got):\n%s", diff)
		}
	}
}

// swapped is a copy whose two last entries, which have one size, change places.
func swapped(t *testing.T, s *keyed.Store) []byte {
	t.Helper()
	replace(t, s, "two", Dated, Pairs(2, "a"))
	whole := saved(t, s, "two")
	if err := s.Drop(t.Context(), "two", versionOf(t, s, "two")); err != nil {
		t.Fatal(err)
	}
	const entry = len(keyed.Key{}) + len("\x04\x01a-0") // the size, the number of rows, the value
	last := whole[len(whole)-2*entry:]
	return slices.Concat(whole[:len(whole)-2*entry], last[entry:], last[:entry])
}

func saved(t *testing.T, s *keyed.Store, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Save(t.Context(), name, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func list(t *testing.T, s *keyed.Store) []keyed.Info {
	t.Helper()
	l, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

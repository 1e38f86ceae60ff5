// Package keyedtest is the conformance suite that every keyed driver passes.
//
// RunAll opens a fresh store for each rule. Its registers are small but sorted
// in a few hundred bytes of memory, so that the merge on disk takes part.
package keyedtest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/keyed"
	"fontis/internal/vocab"
)

// Open makes a fresh store with the options, and a function that opens the same
// one again as after a restart.
type Open func(t *testing.T, opts keyed.Options) (store *keyed.Store, reopen func() *keyed.Store)

// Loaded is when every register of the suite was loaded.
var Loaded = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

// Dated is the day of the suite's first loads.
var Dated = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// Pair is a row to load.
type Pair struct {
	Key   keyed.Key
	Value []byte
}

// Key makes the n-th key; neighbours in number are far apart in order.
func Key(n uint64) (k keyed.Key) {
	binary.BigEndian.PutUint64(k[:], n*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(k[8:], n)
	return k
}

// Pairs is n rows of the given generation, one a key.
func Pairs(n int, generation string) iter.Seq2[keyed.Key, []byte] {
	return func(yield func(keyed.Key, []byte) bool) {
		for i := range n {
			if !yield(Key(uint64(i)), fmt.Appendf(nil, "%s-%d", generation, i)) {
				return
			}
		}
	}
}

// RunAll runs every rule.
func RunAll(t *testing.T, open Open) {
	for _, rule := range []struct {
		name string
		run  func(*testing.T, Open)
	}{
		{"EveryKeyAskedGetsARow", everyKey},
		{"LoadedRegisterSurvivesRestart", survives},
		{"NewVersionReplacesTheWholeOld", replacesWhole},
		{"FailedLoadLeavesTheOld", failedLoad},
		{"SeveralRowsAreReported", several},
		{"AnswersMatchAPlainMap", model},
		{"ReadersSeeOldOrNewNeverAMixture", neverMixed},
		{"RegistersAreListedAndDropped", listAndDrop},
		{"NamesAndValuesHaveLimits", limits},
		{"SecondLoadAtOnceIsRefused", secondLoad},
		{"EmptyRegisterAnswers", empty},
		{"AVersionThatKeepsLosesNoKeyUnasked", keeping},
		{"ACopyComesBackAsTheVersionItWas", copied},
	} {
		t.Run(rule.name, func(t *testing.T) { rule.run(t, open) })
	}
}

func options() keyed.Options {
	return keyed.Options{SortMemory: 2000, Clock: clock.NewFake(Loaded)}
}

func replace(t *testing.T, s *keyed.Store, name string, dated time.Time, rows iter.Seq2[keyed.Key, []byte]) {
	t.Helper()
	if err := s.Replace(t.Context(), name, dated, rows); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, s *keyed.Store, name string, keys ...keyed.Key) []keyed.Row {
	t.Helper()
	rows, _, _, err := s.Get(t.Context(), name, keys)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// one checks a row that has exactly one value, or none when want is empty.
func one(t *testing.T, row keyed.Row, key keyed.Key, want string) {
	t.Helper()
	v, ok := row.One()
	if row.Key != key || row.Found != (want != "") || ok != row.Found || row.Several || string(v) != want {
		t.Errorf("row found %t, several %t, value %q; want %q", row.Found, row.Several, v, want)
	}
}

func everyKey(t *testing.T, open Open) {
	s, _ := open(t, options())
	replace(t, s, "people", Dated, Pairs(500, "a"))
	var keys []keyed.Key
	for i := 700; i >= 0; i -= 3 {
		keys = append(keys, Key(uint64(i)), Key(uint64(i))) // backwards, twice, some absent
	}
	rows, dated, version, err := s.Get(t.Context(), "people", keys)
	if err != nil || !dated.Equal(Dated) || version == "" || len(rows) != len(keys) {
		t.Fatalf("%d rows dated %v of version %q, %v", len(rows), dated, version, err)
	}
	for i, row := range rows {
		n := binary.BigEndian.Uint64(keys[i][8:])
		want := ""
		if n < 500 {
			want = fmt.Sprintf("a-%d", n)
		}
		one(t, row, keys[i], want)
	}
	one(t, get(t, s, "people", Key(7))[0], Key(7), "a-7")
	one(t, get(t, s, "people", Key(7777))[0], Key(7777), "")
	if rows := get(t, s, "people"); len(rows) != 0 {
		t.Errorf("no keys asked, %d rows given", len(rows))
	}
}

func survives(t *testing.T, open Open) {
	s, reopen := open(t, options())
	replace(t, s, "people", Dated, Pairs(100, "a"))
	before, err := s.Info(t.Context(), "people")
	if err != nil {
		t.Fatal(err)
	}
	want := keyed.Info{Name: "people", Version: before.Version, Dated: Dated, Loaded: Loaded, Rows: 100, Keys: 100}
	s = reopen()
	after, err := s.Info(t.Context(), "people")
	if diff := cmp.Diff(want, after); diff != "" || err != nil {
		t.Errorf("info after restart (-want +got), %v:\n%s", err, diff)
	}
	one(t, get(t, s, "people", Key(99))[0], Key(99), "a-99")
}

// nowAndAfter gives the store, and then the same one after a restart.
func nowAndAfter(s *keyed.Store, reopen func() *keyed.Store) iter.Seq[*keyed.Store] {
	return func(yield func(*keyed.Store) bool) {
		if yield(s) {
			yield(reopen())
		}
	}
}

func replacesWhole(t *testing.T, open Open) {
	s, reopen := open(t, options())
	replace(t, s, "people", Dated, Pairs(100, "a"))
	first, _ := s.Info(t.Context(), "people")
	replace(t, s, "people", Dated.AddDate(0, 1, 0), Pairs(10, "b"))
	for s := range nowAndAfter(s, reopen) {
		rows, dated, version, err := s.Get(t.Context(), "people", []keyed.Key{Key(5), Key(50)})
		if err != nil || version == first.Version || !dated.Equal(Dated.AddDate(0, 1, 0)) {
			t.Fatalf("version %s dated %v, %v", version, dated, err)
		}
		one(t, rows[0], Key(5), "b-5")
		one(t, rows[1], Key(50), "")
	}
}

func failedLoad(t *testing.T, open Open) {
	s, reopen := open(t, options())
	replace(t, s, "people", Dated, Pairs(100, "a"))
	torn := errors.New("line 60 is torn")
	ctx, cancel := context.WithCancelCause(t.Context())
	err := s.Replace(ctx, "people", Dated, func(yield func(keyed.Key, []byte) bool) {
		for k, v := range Pairs(60, "b") {
			if !yield(k, v) {
				return
			}
		}
		cancel(torn)
	})
	if !errors.Is(err, torn) {
		t.Errorf("load from a torn file says %v", err)
	}
	if err := s.Replace(ctx, "people", Dated, Pairs(60, "b")); !errors.Is(err, torn) {
		t.Errorf("load for a caller who left says %v", err)
	}
	if err := s.Replace(ctx, "never", Dated, Pairs(60, "b")); err == nil {
		t.Error("a cancelled load was done")
	}
	if _, err := s.Info(t.Context(), "never"); !errors.Is(err, vocab.NoSuchThing) {
		t.Errorf("after a failed first load: %v", err)
	}
	for s := range nowAndAfter(s, reopen) {
		one(t, get(t, s, "people", Key(3))[0], Key(3), "a-3")
	}
}

func several(t *testing.T, open Open) {
	s, _ := open(t, options())
	replace(t, s, "people", Dated, func(yield func(keyed.Key, []byte) bool) {
		var buf []byte // reused, as a parser does
		for i := range 300 {
			buf = append(buf[:0], fmt.Sprintf("v%03d", i)...)
			if !yield(Key(uint64(i%3)), buf) {
				return
			}
		}
		for range keyed.KeptValues + 50 {
			if !yield(Key(9), []byte("same")) {
				return
			}
		}
		_ = yield(Key(10), nil) && yield(Key(10), []byte("x")) && yield(Key(10), nil)
	})
	rows := get(t, s, "people", Key(1), Key(9), Key(10))
	if r := rows[0]; !r.Found || !r.Several || r.Count != 100 || len(r.Values) != 100 {
		t.Fatalf("several rows: found %t several %t count %d values %d", r.Found, r.Several, r.Count, len(r.Values))
	}
	for i, v := range rows[0].Values {
		if want := fmt.Sprintf("v%03d", 3*i+1); string(v) != want {
			t.Errorf("value %d is %q, want %q in order of loading", i, v, want)
		}
	}
	if _, ok := rows[0].One(); ok {
		t.Error("several rows pass for one")
	}
	if r := rows[1]; r.Count != keyed.KeptValues+50 || len(r.Values) != keyed.KeptValues {
		t.Errorf("%d rows counted, %d kept", r.Count, len(r.Values))
	}
	if r := rows[2]; r.Count != 3 || len(r.Values[0]) != 0 || string(r.Values[1]) != "x" || len(r.Values[2]) != 0 {
		t.Errorf("empty values: %d rows %q", r.Count, r.Values)
	}
	info, err := s.Info(t.Context(), "people")
	if err != nil || info.Rows != 453 || info.Keys != 5 || info.Several != 5 {
		t.Errorf("info %+v, %v", info, err)
	}
}

func model(t *testing.T, open Open) {
	s, _ := open(t, options())
	rapid.Check(t, func(rt *rapid.T) {
		pairs := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) Pair {
			return Pair{
				Key(rapid.Uint64Range(0, 40).Draw(rt, "key")),
				rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(rt, "value"),
			}
		}), 0, 80).Draw(rt, "rows")
		want := map[keyed.Key][][]byte{}
		err := s.Replace(t.Context(), "model", Dated, func(yield func(keyed.Key, []byte) bool) {
			for _, p := range pairs {
				want[p.Key] = append(want[p.Key], p.Value)
				if !yield(p.Key, p.Value) {
					return
				}
			}
		})
		if err != nil {
			rt.Fatal(err)
		}
		var keys []keyed.Key
		for i := range uint64(42) {
			keys = append(keys, Key(i))
		}
		rows, _, _, err := s.Get(t.Context(), "model", keys)
		if err != nil {
			rt.Fatal(err)
		}
		for _, r := range rows {
			if len(want[r.Key]) != r.Count || !slices.EqualFunc(want[r.Key], r.Values, bytes.Equal) {
				rt.Fatalf("%d values, want %d", r.Count, len(want[r.Key]))
			}
		}
	})
}

func neverMixed(t *testing.T, open Open) {
	s, _ := open(t, options())
	const keys = 300
	replace(t, s, "people", Dated, Pairs(keys, "g0"))
	ask := make([]keyed.Key, keys)
	for i := range ask {
		ask[i] = Key(uint64(i))
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					if n > 0 {
						return
					}
				default:
				}
				rows, dated, _, err := s.Get(t.Context(), "people", ask)
				if err != nil {
					t.Error(err)
					return
				}
				generation := fmt.Sprintf("g%d-", int(dated.Sub(Dated).Hours()/24))
				for _, r := range rows {
					if v, _ := r.One(); !bytes.HasPrefix(v, []byte(generation)) {
						t.Errorf("value %q among those of %s", v, generation)
						return
					}
				}
			}
		})
	}
	for g := 1; g <= 8; g++ {
		replace(t, s, "people", Dated.AddDate(0, 0, g), Pairs(keys, fmt.Sprintf("g%d", g)))
	}
	close(done)
	wg.Wait()
}

func listAndDrop(t *testing.T, open Open) {
	s, reopen := open(t, options())
	for _, name := range []string{"c", "a-b", "B_1"} {
		replace(t, s, name, Dated, Pairs(rand.N(20)+1, name))
	}
	list, err := s.List(t.Context())
	var names []string
	for _, info := range list {
		names = append(names, info.Name)
	}
	if diff := cmp.Diff([]string{"B_1", "a-b", "c"}, names); diff != "" || err != nil {
		t.Errorf("list (-want +got), %v:\n%s", err, diff)
	}
	old := versionOf(t, s, "c")
	replace(t, s, "c", Dated, Pairs(3, "again"))
	if err := s.Drop(t.Context(), "c", old); err != nil {
		t.Fatal(err)
	}
	one(t, get(t, s, "c", Key(2))[0], Key(2), "again-2") // what was loaded since stays
	if err := s.Drop(t.Context(), "c", versionOf(t, s, "c")); err != nil {
		t.Fatal(err)
	}
	for s := range nowAndAfter(s, reopen) {
		_, err := s.Info(t.Context(), "c")
		_, _, _, err2 := s.Get(t.Context(), "c", []keyed.Key{Key(1)})
		for _, err := range []error{err, err2} {
			if !errors.Is(err, vocab.NoSuchThing) {
				t.Errorf("dropped register: %v, want no such thing", err)
			}
		}
		if err := s.Drop(t.Context(), "c", old); err != nil {
			t.Errorf("drop what is not there: %v", err)
		}
		one(t, get(t, s, "a-b", Key(0))[0], Key(0), "a-b-0")
	}
}

func versionOf(t *testing.T, s *keyed.Store, name string) string {
	t.Helper()
	info, err := s.Info(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Version
}

func limits(t *testing.T, open Open) {
	s, _ := open(t, options())
	for _, name := range []string{"", ".", "..", "a/b", "a.b", "-a", "a b", "a'b", "民", string(make([]byte, 200))} {
		err := s.Replace(t.Context(), name, Dated, Pairs(1, "a"))
		_, _, _, err2 := s.Get(t.Context(), name, nil)
		err3 := s.Drop(t.Context(), name, "")
		for _, err := range []error{err, err2, err3} {
			if !errors.Is(err, vocab.BadInput) {
				t.Errorf("name %q: %v, want bad input", name, err)
			}
		}
	}
	large := func(n int) iter.Seq2[keyed.Key, []byte] {
		return func(yield func(keyed.Key, []byte) bool) { yield(Key(1), make([]byte, n)) }
	}
	replace(t, s, "large", Dated, large(keyed.MaxValue))
	if v, ok := get(t, s, "large", Key(1))[0].One(); !ok || len(v) != keyed.MaxValue {
		t.Errorf("largest value reads %d bytes", len(v))
	}
	if err := s.Replace(t.Context(), "large", Dated, large(keyed.MaxValue+1)); !errors.Is(err, vocab.BadInput) {
		t.Errorf("too large a value: %v", err)
	}
}

func secondLoad(t *testing.T, open Open) {
	s, _ := open(t, options())
	replace(t, s, "people", Dated, func(yield func(keyed.Key, []byte) bool) {
		if err := s.Replace(t.Context(), "people", Dated, Pairs(1, "b")); !errors.Is(err, vocab.StateWrong) {
			t.Errorf("second load: %v, want state wrong", err)
		}
		if err := s.Drop(t.Context(), "people", ""); !errors.Is(err, vocab.StateWrong) {
			t.Errorf("drop during a load: %v, want state wrong", err)
		}
		replace(t, s, "others", Dated, Pairs(1, "c")) // another register may load meanwhile
		yield(Key(1), []byte("a"))
	})
	one(t, get(t, s, "people", Key(1))[0], Key(1), "a")
	one(t, get(t, s, "others", Key(0))[0], Key(0), "c-0")
}

func empty(t *testing.T, open Open) {
	s, _ := open(t, options())
	replace(t, s, "people", Dated, Pairs(0, ""))
	for _, r := range get(t, s, "people", Key(1), Key(2)) {
		one(t, r, r.Key, "")
	}
}

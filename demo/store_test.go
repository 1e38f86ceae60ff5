package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"testing"
)

// written writes all books of a small world and gives the hash of each file.
func written(t *testing.T, seed uint64, stops ...int) map[string]string {
	t.Helper()
	folder := t.TempDir()
	out := map[string]string{}
	all := editions(t)
	for _, e := range all {
		e.Divisions = e.Divisions[:11_000] // three chunks say as much as nine
	}
	for _, b := range world(t, seed, 12_000).books(all) {
		steps, first := b.steps()
		for _, last := range append([]int{first}, append(stops, len(steps))...) {
			if err := b.write(t.Context(), folder, min(last, len(steps)), func(step) {}); err != nil {
				t.Fatal(err)
			}
		}
		out[string(b.owner)] = hashOf(t, b.path(folder))
	}
	return out
}

func hashOf(t testing.TB, path string) string {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	one, same, other := written(t, 7), written(t, 7), written(t, 8)
	for name, hash := range one {
		if same[name] != hash {
			t.Errorf("%s differs between two runs of one seed", name)
		}
		if other[name] == hash {
			t.Errorf("%s does not depend on the seed", name)
		}
	}
}

func TestAWorldIsTheSameFromReleaseToRelease(t *testing.T) {
	h := sha256.New()
	w := world(t, 7, 500)
	for _, b := range w.books(editions(t)) {
		for _, tb := range b.tables {
			for i := range min(tb.places, 500) {
				tb.rows(i, func(values ...any) { fmt.Fprintln(h, tb.name, values) })
			}
		}
	}
	const want = "f4e15f741a9a04d0bb13fac6a532b4fc22ec4d2f7060083355bcfbf0edc02a27"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("the world of seed 7 has become %s, it was %s: folders of the former release cannot go on", got, want)
	}
}

func TestAStoppedBookGoesOnWithTheSameBytes(t *testing.T) {
	whole, stopped := written(t, 7), written(t, 7, 3, 4, 9, 9, 12)
	for name, hash := range whole {
		if stopped[name] != hash {
			t.Errorf("%s differs when its writing was stopped", name)
		}
	}
}

func TestAFailedStepLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	w := world(t, 7, 12_000)
	b := w.books(editions(t))[1]
	ctx, cancel := context.WithCancel(t.Context())
	steps, _ := b.steps()
	err := b.write(ctx, folder, len(steps), func(s step) {
		if s.to == 5000 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the load went on: %v", err)
	}
	before, err := b.count(t.Context(), folder)
	if err != nil || before[0].Rows == 0 {
		t.Fatal(before, err)
	}
	if err := b.write(t.Context(), folder, len(steps), func(step) {}); err != nil {
		t.Fatal(err)
	}
	after, err := b.count(t.Context(), folder)
	want := 0
	for i := range 12_000 {
		want += len(w.Enrolments(i))
	}
	if err != nil || after[0].Rows != int64(want) {
		t.Errorf("%d rows after the stop, want %d: %v", after[0].Rows, want, err)
	}
}

package db

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestManySpellsPlaceholdersInOrder(t *testing.T) {
	for _, c := range []struct {
		first, n, columns int
		want, lite        string
	}{
		{1, 2, 2, "($1, $2), ($3, $4)", "(?, ?), (?, ?)"},
		{3, 3, 1, "$3, $4, $5", "?, ?, ?"},
		{9, 1, 3, "($9, $10, $11)", "(?, ?, ?)"},
		{1, 0, 3, "", ""},
	} {
		for d, want := range map[Dialect]string{Postgres: c.want, SQLite: c.lite} {
			if got := many(d, c.first, c.n, c.columns); got != want {
				t.Errorf("%s: many(%d, %d, %d) = %s, want %s", d, c.first, c.n, c.columns, got, want)
			}
		}
	}
}

func TestPartsKeepEveryRowOnceInFewSizes(t *testing.T) {
	sizes := map[int]bool{}
	for n := range 4*MaxMany + 2 {
		rows := make([]int, n)
		for i := range rows {
			rows[i] = i
		}
		got := []int{}
		for part := range Parts(rows) {
			sizes[len(part)] = true
			got = append(got, part...)
		}
		if d := cmp.Diff(rows, got); d != "" {
			t.Fatalf("%d rows: %s", n, d)
		}
	}
	if len(sizes) != 7 {
		t.Errorf("parts of %d sizes: %v, want 7", len(sizes), sizes)
	}
}

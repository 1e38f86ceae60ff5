package keyedtest

import (
	"errors"
	"testing"

	"fontis/internal/engine/keyed"
)

// keeping: a version that would lose keys asks before the switch, with how many;
// excepted keys may be missing, and one of them that stays hides no other.
func keeping(t *testing.T, open Open) {
	s, _ := open(t, options())
	defer s.Close()
	const n = 2500 // more than are looked up at a time
	refused := errors.New("keys are missing")
	var lost int64
	k := keyed.Keeping{Lost: func(n int64) error { lost = n; return refused }}
	load := func(rows int, except ...keyed.Key) error {
		lost, k.Except = 0, except
		return s.ReplaceKeeping(t.Context(), "people", Dated, Pairs(rows, "b"), k)
	}
	if err := load(n); err != nil || lost != 0 {
		t.Fatalf("the first version: %d, %v", lost, err)
	}
	replace(t, s, "people", Dated, Pairs(n, "a"))
	if err := load(n + 5); err != nil {
		t.Errorf("more keys than before: %v", err)
	}
	replace(t, s, "people", Dated, Pairs(n, "a"))
	if err := load(n - 3); !errors.Is(err, refused) || lost != 3 {
		t.Errorf("three keys are missing: %d, %v", lost, err)
	}
	if v, ok := get(t, s, "people", Key(0))[0].One(); !ok || string(v) != "a-0" {
		t.Errorf("after a refusal the register says %q", v)
	}
	if err := load(n-3, Key(n-1), Key(0), Key(0)); !errors.Is(err, refused) || lost != 2 {
		t.Errorf("one of them may be missing, and another that may stays: %d, %v", lost, err)
	}
	if err := load(n-2, Key(n-1), Key(n-2), Key(n+77)); err != nil {
		t.Errorf("both may be missing: %v", err)
	}
}

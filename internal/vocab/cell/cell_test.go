package cell_test

import (
	"testing"

	"pgregory.net/rapid"

	"fontis/internal/vocab/cell"
)

func TestNoCellIsTakenForAFormula(t *testing.T) {
	for said, want := range map[string]string{
		"": "", "x": "x", "-17/2026": "'-17/2026", "=1+1": "'=1+1", "\tx": "'\tx", "\nx": "'\nx",
		"＝1": "'＝1", "＠a": "'＠a", "'s": "'s", "'-17": "''-17", "�x": "�x", "\xff": "\xff",
	} {
		if got := cell.Guard(said); got != want {
			t.Errorf("%q stands as %q, not %q", said, got, want)
		}
	}
}

func TestEveryGuardedValueComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		said := rapid.OneOf(rapid.String(), rapid.StringMatching(`[-'=+@x]{0,4}`)).Draw(t, "value")
		if got := cell.Bare(cell.Guard(said)); got != said {
			t.Fatalf("%q came back as %q", said, got)
		}
	})
}

package region

import (
	"testing"

	"pgregory.net/rapid"
)

func TestRegionsNest(t *testing.T) {
	for _, c := range []struct {
		outer, inner string
		want         bool
	}{
		{"310000", "310000", true},
		{"310000", "310115", true},
		{"310100", "310115", true},
		{"310115", "310115", true},
		{"310000", "320000", false},
		{"310115", "310000", false},
		{"310115", "310116", false},
		{"000000", "659012", true},
		{"", "310000", false},
		{"31", "310000", false},
		{"310000", "31", false},
		{"310000", "", false},
	} {
		if got := Holds(c.outer, c.inner); got != c.want {
			t.Errorf("%q holds %q: %v", c.outer, c.inner, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		outer := rapid.StringMatching(`[0-9]{6}`).Draw(t, "outer")
		inner := rapid.StringMatching(`[0-9]{6}`).Draw(t, "inner")
		from, to := Range(outer)
		if (inner >= from && inner <= to) != Holds(outer, inner) {
			t.Fatalf("SQL's bounds %s..%s and the rule disagree", from, to)
		}
	})
}

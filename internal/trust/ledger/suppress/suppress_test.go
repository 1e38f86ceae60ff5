package suppress_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fontis/internal/trust/ledger/suppress"
)

// solve looks for every line that an attacker cannot tell from the true one: the
// same figures shown, the same sum, the same figures gone by the same rule. It
// reports for each place whether all of them agree there.
func solve(figures []int, gone []bool, least int) (agreed []bool) {
	rest := 0
	var free []int
	for i, g := range gone {
		if g {
			free, rest = append(free, i), rest+figures[i]
		}
	}
	agreed = slices.Repeat([]bool{true}, len(figures))
	guess := slices.Clone(figures)
	var try func(at, left int)
	try = func(at, left int) {
		if at == len(free)-1 {
			guess[free[at]] = left
			if again, _ := suppress.Line(guess, least); slices.Equal(again, gone) {
				for _, i := range free {
					agreed[i] = agreed[i] && guess[i] == figures[i]
				}
			}
			return
		}
		for n := 0; n <= left; n++ {
			guess[free[at]] = n
			try(at+1, left-n)
		}
	}
	if len(free) > 0 {
		try(0, rest)
	}
	return agreed
}

func TestNoSmallFigureIsShownOrReckonedBackFromTheSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.IntRange(3, 5).Draw(t, "least")
		figures := rapid.SliceOfN(rapid.IntRange(0, 5*least), 1, 4).Draw(t, "figures")
		if rapid.Bool().Draw(t, "tight") { // about the edges of the rule
			for i := range figures {
				figures[i] = rapid.SampledFrom([]int{0, 1, least - 1, least, 2*least - 1, 2 * least, 2*least + 1}).Draw(t, "figure")
			}
		}
		gone, sum := suppress.Line(figures, least)
		small := false
		for i, n := range figures {
			if n > 0 && n < least {
				small = true
				if !gone[i] {
					t.Fatalf("%v: %d is shown", figures, n)
				}
			}
		}
		if !small && slices.Contains(gone, true) {
			t.Fatalf("%v: nothing is small and %v goes", figures, gone)
		}
		if sum {
			if len(figures) > 1 {
				t.Fatalf("%v: the sum goes", figures)
			}
			return
		}
		for i, known := range solve(figures, gone, least) {
			if known && gone[i] && figures[i] < least {
				t.Fatalf("%v with %v gone: place %d must be %d", figures, gone, i, figures[i])
			}
		}
	})
}

// The attacker of the test must be able to win: against the plain rule, which
// takes out small figures alone, and against one more for company.
func TestTheAttackerWinsAgainstTheRuleWithoutCompany(t *testing.T) {
	for name, c := range map[string]struct {
		figures []int
		gone    []bool
	}{
		"one alone":         {[]int{3, 40, 50}, []bool{true, false, false}},
		"no figure of one":  {[]int{3}, []bool{true}},
		"none of two zeros": {[]int{0, 0, 9}, []bool{false, false, true}},
	} {
		rest := 0
		for i, g := range c.gone {
			if g {
				rest += c.figures[i]
			}
		}
		if i := slices.Index(c.gone, true); rest != c.figures[i] {
			t.Errorf("%s: the sum tells %d, the figure is %d", name, rest, c.figures[i])
		}
		if gone, sum := suppress.Line(c.figures, 10); slices.Equal(gone, c.gone) && !sum {
			t.Errorf("%s: goes through", name)
		}
	}
}

// One small figure, and what comes after it just reaches the least that it can be.
func TestOneSmallFigureHasRoomBehindTheNext(t *testing.T) {
	const least = 4
	for p := 1; p < least; p++ {
		for c := 2 * least; c < 2*least+4; c++ {
			for e := 2 * least; e < 2*least+4; e++ {
				for at := range 4 {
					figures := []int{p, c, e, 60}
					figures = append(figures[at:], figures[:at]...)
					gone, _ := suppress.Line(figures, least)
					for i, known := range solve(figures, gone, least) {
						if known && gone[i] && figures[i] < least {
							t.Fatalf("%v with %v gone: place %d must be %d", figures, gone, i, figures[i])
						}
					}
				}
			}
		}
	}
}

// In a table no row, no column and not the whole keeps a single figure gone.
func TestATableKeepsNoFigureGoneAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var cells []suppress.Cell
		for _, row := range []string{"a", "b", "c", "d"}[:rapid.IntRange(1, 4).Draw(t, "rows")] {
			for _, column := range []string{"x", "y", "z"} {
				if rapid.Bool().Draw(t, "there") {
					cells = append(cells, suppress.Cell{Row: row, Column: column, Count: rapid.IntRange(0, 40).Draw(t, "count")})
				}
			}
		}
		suppress.Table(cells, 10)
		rows, columns, all := map[string][2]int{}, map[string][2]int{}, [2]int{}
		count := func(in [2]int, gone bool) [2]int {
			in[0]++
			if gone {
				in[1]++
			}
			return in
		}
		for _, c := range cells {
			if c.Count > 0 && c.Count < 10 && !c.Gone {
				t.Fatalf("%+v is shown", c)
			}
			rows[c.Row], columns[c.Column], all = count(rows[c.Row], c.Gone), count(columns[c.Column], c.Gone), count(all, c.Gone)
		}
		for name, lines := range map[string]map[string][2]int{"row": rows, "column": columns, "table": {"whole": all}} {
			for head, n := range lines {
				if n[1] == 1 && n[0] > 1 {
					t.Fatalf("%s %s keeps one of %d gone: %+v", name, head, n[0], cells)
				}
			}
		}
	})
}

// Package suppress takes small figures out of tables that everyone may read, so
// that what was taken out cannot be reckoned back from the sum, not even by one
// who knows this rule:
//
//   - a figure from 1 to below the least is small; with none, all is shown;
//   - with one, every figure below twice the least goes, zeros too;
//   - where only one goes, the one after it goes too, around the end.
//
// For whatever is gone at least one other table shows the same figures, has the
// same sum and differs in it; the test looks for one each time. The package is
// pure.
package suppress

// Line says which figures of a line go whose sum everyone knows; least is 3 or more,
// for of 1 and 1 nothing can be kept under 2. sum says that the
// sum must go too: a line of one small figure has nothing to hide it behind.
func Line(figures []int, least int) (gone []bool, sum bool) {
	gone = make([]bool, len(figures))
	first := -1
	for i, n := range figures {
		if n > 0 && n < least {
			first = i
		}
	}
	if first < 0 {
		return gone, false
	}
	count := 0
	for i, n := range figures {
		if gone[i] = n < 2*least; gone[i] {
			count++
		}
	}
	if count > 1 {
		return gone, false
	}
	gone[(first+1)%len(figures)] = true
	return gone, len(figures) == 1
}

// Cell is one figure of a table with two headings.
type Cell struct {
	Row, Column string
	Count       int
	Gone        bool
}

// Table takes cells out of a table of which the sums of rows, of columns and of
// the whole may be known from elsewhere: no line keeps a single cell gone.
func Table(cells []Cell, least int) {
	for changed := true; changed; {
		changed = false
		for _, line := range lines(cells) {
			figures := make([]int, len(line))
			alone, last := 0, 0
			for i, c := range line {
				figures[i] = cells[c].Count
				if cells[c].Gone {
					alone, last = alone+1, i
				}
			}
			gone, _ := Line(figures, least)
			if alone == 1 && len(line) > 1 { // taken out for another line: this one would tell it
				gone[(last+1)%len(line)] = true
			}
			for i, c := range line {
				if gone[i] && !cells[c].Gone {
					cells[c].Gone, changed = true, true
				}
			}
		}
	}
}

// lines are the whole, each row and each column, by the places of their cells.
func lines(cells []Cell) [][]int {
	whole := make([]int, len(cells))
	index := map[[2]string]int{}
	out := [][]int{whole}
	for i, c := range cells {
		whole[i] = i
		for _, head := range [][2]string{{"row", c.Row}, {"column", c.Column}} {
			at, ok := index[head]
			if !ok {
				at = len(out)
				index[head] = at
				out = append(out, nil)
			}
			out[at] = append(out[at], i)
		}
	}
	return out
}

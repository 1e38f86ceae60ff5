package oversight

import (
	"testing"

	"fontis/internal/edge/web/page"
)

func TestAPictureAndItsTableSayTheSame(t *testing.T) {
	var rows []row
	for n := range 20 {
		rows = append(rows, row{Name: page.Tongued{Text: "x"}, N: 19 - n})
	}
	c := draw(rows)
	if len(c.Rows) != 20 || len(c.Bars) != mostBars || c.Rest != 8 || c.Height != mostBars*step {
		t.Errorf("%d rows, %d bars, %d more, %d high", len(c.Rows), len(c.Bars), c.Rest, c.Height)
	}
	for i, b := range c.Bars {
		if b.N != rows[i].N || b.Width != wide*rows[i].N/19 || b.Top >= c.Height {
			t.Errorf("bar %d: %+v", i, b)
		}
	}
	if half := draw([]row{{N: 2, Of: 4}, {N: 0, Of: 3}}); half.Bars[0].Width != wide/2 || half.Bars[1].Width != 0 {
		t.Errorf("shares: %+v", half.Bars)
	}
	if none := draw(nil); len(none.Bars) != 0 {
		t.Error("nothing is drawn of nothing")
	}
}

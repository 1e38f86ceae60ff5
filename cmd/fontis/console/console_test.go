package console

import (
	"bytes"
	"testing"
)

func TestTablesAlignWhereSignsAreWide(t *testing.T) {
	var out bytes.Buffer
	c := &Console{Streams: Streams{Out: &out}, Globals: &Globals{}}
	c.Table([]string{"A", "B"}, [][]string{{"数据局", "x"}, {"tax", "y"}})
	want := "A       B\n数据局  x\ntax     y\n"
	if out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

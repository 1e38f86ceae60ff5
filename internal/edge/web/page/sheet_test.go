package page

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// read gives the lines of a book.
func (b *book) read(t *testing.T) [][]string {
	t.Helper()
	if err := b.out.Flush(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := b.file.Write(&out); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.GetRows(sheetName)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A workbook made from a CSV holds what was recorded, not what guards a cell of a
// CSV, and a full one says so.
func TestABookHoldsWhatWasRecorded(t *testing.T) {
	said := [][]any{{"case", "purpose"}, {"-17/2026", "=1+1"}, {"'-18", "@x"}, {"plain", "'s"}}
	var lines bytes.Buffer
	if err := writeCSV(&lines, said); err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int][][]string{
		excelize.TotalRows: {{"case", "purpose"}, {"-17/2026", "=1+1"}, {"'-18", "@x"}, {"plain", "'s"}},
		4:                  {{"case", "purpose"}, {"-17/2026", "=1+1"}, {"'-18", "@x"}, {"cut after 2"}},
	} {
		b, err := newBook()
		if err != nil {
			t.Fatal(err)
		}
		b.most = most
		if err := b.lines(strings.NewReader(lines.String()), func(n int) string { return "cut after " + strconv.Itoa(n) }); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, b.read(t)); d != "" {
			t.Errorf("a book of %d lines: %s", most, d)
		}
	}
}

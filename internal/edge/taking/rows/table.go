// Package rows reads what comes in long files: the rows of a register, and the
// lines of a batch as CSV or NDJSON.
//
// The promises: memory stays bounded whatever is sent (a cell without an end is
// refused, not gathered), a text that is not UTF-8 is refused rather than
// garbled, and no failure repeats a value.
package rows

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"fontis/internal/vocab"
)

// The longest row, to within the 4 KiB that a reader is ahead, and the most columns.
const (
	MaxRow     = 256 << 10
	MaxColumns = 1000
)

// errRow is the word of the meter to itself.
var errRow = errors.New("the row has no end")

// meter ends a row that has no end: csv.Reader would gather it whole.
type meter struct {
	r    io.Reader
	left int
}

// Read gives at most what the row may still have.
func (m *meter) Read(b []byte) (int, error) {
	if m.left <= 0 {
		return 0, errRow
	}
	n, err := m.r.Read(b[:min(len(b), m.left)])
	m.left -= n
	return n, err
}

// Table is a CSV file with a header.
type Table struct {
	Columns []string
	meter   *meter
	csv     *csv.Reader
	line    int // of the row that was read last, as an editor counts: where it begins
	until   int // where it ends
}

var bom = []byte("\xEF\xBB\xBF")

// OpenTable reads the header.
func OpenTable(r io.Reader) (*Table, error) {
	in := bufio.NewReaderSize(r, 4096)
	if head, err := in.Peek(3); err == nil && bytes.Equal(head, bom) {
		if _, err := in.Discard(3); err != nil {
			return nil, err
		}
	}
	if head, _ := in.Peek(2); bytes.Equal(head, []byte{0xFF, 0xFE}) || bytes.Equal(head, []byte{0xFE, 0xFF}) {
		return nil, vocab.EncodingUnknown.Because("the file is UTF-16").WithFix("save it as CSV in UTF-8")
	}
	t := &Table{meter: &meter{r: in}}
	t.csv = csv.NewReader(t.meter)
	t.csv.ReuseRecord = true
	t.csv.FieldsPerRecord = -1
	head, err := t.next()
	if errors.Is(err, io.EOF) {
		return nil, vocab.FileUnreadable.Because("the file is empty: it has no line with the names of the columns")
	}
	if err != nil {
		return nil, err
	}
	t.Columns = slices.Clone(head)
	if len(t.Columns) > MaxColumns {
		return nil, vocab.FileUnreadable.Because("the file has %d columns, more than %d", len(t.Columns), MaxColumns)
	}
	seen := map[string]bool{}
	for i, c := range t.Columns {
		if c == "" || seen[c] {
			return nil, vocab.ColumnUnknown.Because("column %d has no name, or the name of one before it", i+1)
		}
		seen[c] = true
	}
	return t, nil
}

// Line is where the row that was read last begins, as an editor counts.
func (t *Table) Line() int { return t.line }

// next reads a row; the record is only good until the next one.
func (t *Table) next() ([]string, error) {
	t.meter.left = MaxRow
	record, err := t.csv.Read()
	if err != nil {
		t.line = t.until + 1
		return nil, t.failure(err)
	}
	t.line, _ = t.csv.FieldPos(0)
	t.until, _ = t.csv.FieldPos(len(record) - 1)
	t.until += strings.Count(record[len(record)-1], "\n")
	for i, cell := range record {
		if !utf8.ValidString(cell) {
			return nil, vocab.EncodingUnknown.Because("line %d, column %d is not UTF-8", t.line, i+1).WithFix("save the file as CSV in UTF-8")
		}
	}
	return record, nil
}

func (t *Table) failure(err error) error {
	var parse *csv.ParseError
	var long *http.MaxBytesError
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, errRow):
		return vocab.FileTooLarge.Because("line %d has more than %d bytes", t.line, MaxRow)
	case errors.As(err, &long):
		return vocab.FileTooLarge.Because("the file has more than %d bytes", long.Limit)
	case errors.As(err, &parse):
		return vocab.FileUnreadable.Because("line %d has a quotation mark in a wrong place, or one that is not closed", parse.StartLine)
	}
	return vocab.FileUnreadable.Wrap(err, "the file ended at line %d", t.line)
}

// Rows gives every row with its line; a row with another number of cells than
// the header is a failure.
func (t *Table) Rows() iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for {
			record, err := t.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil && len(record) != len(t.Columns) {
				err = vocab.FileUnreadable.Because("line %d has %d cells, the header has %d", t.line, len(record), len(t.Columns))
			}
			if !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// First gives columns and rows with the named column first; without a name they
// stay as they are.
func (t *Table) First(column string) ([]string, iter.Seq2[[]string, error], error) {
	at := 0
	if column != "" {
		if at = slices.Index(t.Columns, column); at < 0 {
			return nil, nil, vocab.ColumnUnknown.Because("the file has no column of the name that was given for the subject's number")
		}
	}
	turn := func(row []string) []string {
		out := make([]string, 0, len(row))
		out = append(out, row[at])
		out = append(out, row[:at]...)
		return append(out, row[at+1:]...)
	}
	return turn(t.Columns), func(yield func([]string, error) bool) {
		for row, err := range t.Rows() {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(turn(row), nil) {
				return
			}
		}
	}, nil
}

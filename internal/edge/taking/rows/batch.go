package rows

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/trust/access/block"
	"fontis/internal/vocab"
)

// The columns of a batch in CSV; each other column is an item of the data set.
const (
	ColumnSubject = "subject"
	ColumnKind    = "kind"
	ColumnCase    = "case"
)

// Of says what the columns of a batch may be.
type Of struct {
	Dataset vocab.DatasetID      // whose items a column may name by their code
	Kind    vocab.SubjectKeyKind // of the subjects, where no column says it
	// Items are those that may be asked; nil where that is not known, and then the
	// door itself answers for each.
	Items []vocab.ItemID
	// Spare lets columns that are none of these stand and be passed over. Without
	// it they are refused by name: a misspelt item must not go unasked in silence.
	Spare    bool
	Encoding string // of a text; told from its bytes when empty
}

// heading says what the columns of a batch's file mean.
type heading struct {
	columns []string
	items   []vocab.ItemID // by column; empty where the column is none
	kind    vocab.SubjectKeyKind
	spare   []bool // by column: passed over
}

func head(columns []string, of Of) (heading, error) {
	h := heading{columns: columns, items: make([]vocab.ItemID, len(columns)), kind: of.Kind, spare: make([]bool, len(columns))}
	found := false
	var spare []string
	for i, c := range columns {
		switch c {
		case ColumnSubject:
			found = true
		case ColumnKind, ColumnCase:
		default:
			item := itemOf(of.Dataset, c)
			if of.Items != nil && !slices.Contains(of.Items, item) {
				h.spare[i], spare = true, append(spare, input.Cut(c, 40))
				continue
			}
			h.items[i] = item
		}
	}
	if !found {
		return h, vocab.ColumnUnknown.Because("the file has no column %s", ColumnSubject).
			WithFix("name the columns %s, %s, and each item by its code", ColumnSubject, ColumnCase)
	}
	if len(spare) > 0 && !of.Spare {
		return h, vocab.ColumnUnknown.Because("the columns %s are no items that can be asked here: those are %s", strings.Join(spare, ", "), listed(of.Items)).
			WithFix("take the columns out of the file, or say that they may be passed over")
	}
	return h, nil
}

func listed(items []vocab.ItemID) string {
	if len(items) == 0 {
		return "none"
	}
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = string(item)
	}
	return strings.Join(names, ", ")
}

func itemOf(of vocab.DatasetID, column string) vocab.ItemID {
	if of == "" || strings.Contains(column, "/") {
		return vocab.ItemID(column)
	}
	return vocab.ItemID(string(of) + "/" + column)
}

// line makes the batch's line of a row; cells are copied, since a reader uses
// its record again.
func (h heading) line(at int, cell func(i int) string) block.Row {
	l := block.Row{At: int64(at), Subject: vocab.SubjectKey{Kind: h.kind}}
	for i, c := range h.columns {
		if h.spare[i] {
			continue
		}
		text := strings.Clone(cell(i))
		switch {
		case h.items[i] != "":
			if l.Values == nil {
				l.Values = make(map[vocab.ItemID]string, len(h.items))
			}
			l.Values[h.items[i]] = text
		case c == ColumnSubject:
			l.Subject.Value = text
		case c == ColumnCase:
			l.Case = text
		case text != "":
			l.Subject.Kind = vocab.SubjectKeyKind(text)
		}
	}
	return l
}

// CSV reads the lines of a batch: a subject, perhaps its kind and case, and for
// compare one column an item, named by its id or by its code in the data set.
func CSV(r io.Reader, of Of) (iter.Seq2[block.Row, error], error) {
	text, err := input.Text(r, of.Encoding)
	if err != nil {
		return nil, err
	}
	t, err := OpenTable(text)
	if err != nil {
		return nil, err
	}
	h, err := head(t.Columns, of)
	if err != nil {
		return nil, err
	}
	return func(yield func(block.Row, error) bool) {
		for row, err := range t.Rows() {
			if err != nil {
				yield(block.Row{}, err)
				return
			}
			if !yield(h.line(t.line, func(i int) string { return row[i] }), nil) {
				return
			}
		}
	}, nil
}

// List reads the lines of a batch from a list of any kind that people send: a
// workbook, or a text in an encoding of its own, with the columns of CSV.
func List(in input.Reader, of Of) (iter.Seq2[block.Row, error], error) {
	h, err := head(in.Columns(), of)
	if err != nil {
		return nil, err
	}
	return func(yield func(block.Row, error) bool) {
		for {
			rec, err := in.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(block.Row{}, err)
				return
			}
			if !yield(h.line(rec.Line, func(i int) string { return rec.Cells[h.columns[i]] }), nil) {
				return
			}
		}
	}, nil
}

// NDJSON reads the lines of a batch, one JSON object a line.
func NDJSON(r io.Reader) iter.Seq2[block.Row, error] {
	return func(yield func(block.Row, error) bool) {
		s := bufio.NewScanner(r)
		s.Buffer(make([]byte, 0, 4096), MaxRow)
		n := 0
		for s.Scan() {
			n++
			b := s.Bytes()
			if n == 1 {
				b = bytes.TrimPrefix(b, bom)
			}
			if b = bytes.TrimSpace(b); len(b) == 0 {
				continue
			}
			l, err := object(b, n)
			if !yield(l, err) || err != nil {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(block.Row{}, scanFailure(err, n+1))
		}
	}
}

func object(b []byte, n int) (block.Row, error) {
	if !utf8.Valid(b) {
		return block.Row{}, vocab.EncodingUnknown.Because("line %d is not UTF-8", n)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var l block.Row
	if err := d.Decode(&l); err != nil {
		return block.Row{}, vocab.BadInput.Because("line %d is not an object with subject, case and values", n)
	}
	if d.More() {
		return block.Row{}, vocab.BadInput.Because("line %d holds more than one object", n)
	}
	l.At = int64(n)
	return l, nil
}

func scanFailure(err error, n int) error {
	var long *http.MaxBytesError
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		return vocab.FileTooLarge.Because("line %d has more than %d bytes", n, MaxRow)
	case errors.As(err, &long):
		return vocab.FileTooLarge.Because("the file has more than %d bytes", long.Limit)
	}
	return vocab.FileUnreadable.Wrap(err, "the file ended at line %d", n)
}

package rows

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"
	"unicode/utf8"

	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// The columns of a batch in CSV; each other column is an item of the data set.
const (
	ColumnSubject = "subject"
	ColumnKind    = "kind"
	ColumnCase    = "case"
)

// CSV reads the lines of a batch: a subject, perhaps its kind and case, and for
// compare one column an item, named by its id or by its code in the data set.
func CSV(r io.Reader, of vocab.DatasetID, kind vocab.SubjectKeyKind) (iter.Seq2[access.BatchLine, error], error) {
	t, err := OpenTable(r)
	if err != nil {
		return nil, err
	}
	items := make([]vocab.ItemID, len(t.Columns))
	subject := -1
	for i, c := range t.Columns {
		switch c {
		case ColumnSubject:
			subject = i
		case ColumnKind, ColumnCase:
		default:
			items[i] = itemOf(of, c)
		}
	}
	if subject < 0 {
		return nil, vocab.ColumnUnknown.Because("the file has no column %s", ColumnSubject)
	}
	return func(yield func(access.BatchLine, error) bool) {
		for row, err := range t.Rows() {
			if err != nil {
				yield(access.BatchLine{}, err)
				return
			}
			if !yield(t.batchLine(row, items, kind), nil) {
				return
			}
		}
	}, nil
}

func itemOf(of vocab.DatasetID, column string) vocab.ItemID {
	if of == "" || strings.Contains(column, "/") {
		return vocab.ItemID(column)
	}
	return vocab.ItemID(string(of) + "/" + column)
}

// batchLine makes the batch's line of a row; cells are copied, since the reader
// uses its record again.
func (t *Table) batchLine(row []string, items []vocab.ItemID, kind vocab.SubjectKeyKind) access.BatchLine {
	l := access.BatchLine{Subject: vocab.SubjectKey{Kind: kind}}
	for i, c := range t.Columns {
		cell := strings.Clone(row[i])
		switch {
		case items[i] != "":
			if l.Values == nil {
				l.Values = make(map[vocab.ItemID]string, len(items))
			}
			l.Values[items[i]] = cell
		case c == ColumnSubject:
			l.Subject.Value = cell
		case c == ColumnCase:
			l.Case = cell
		case cell != "":
			l.Subject.Kind = vocab.SubjectKeyKind(cell)
		}
	}
	return l
}

// NDJSON reads the lines of a batch, one JSON object a line.
func NDJSON(r io.Reader) iter.Seq2[access.BatchLine, error] {
	return func(yield func(access.BatchLine, error) bool) {
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
			yield(access.BatchLine{}, scanFailure(err, n+1))
		}
	}
}

func object(b []byte, n int) (access.BatchLine, error) {
	if !utf8.Valid(b) {
		return access.BatchLine{}, vocab.EncodingUnknown.Because("line %d is not UTF-8", n)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var l access.BatchLine
	if err := d.Decode(&l); err != nil {
		return access.BatchLine{}, vocab.BadInput.Because("line %d is not an object with subject, case and values", n)
	}
	if d.More() {
		return access.BatchLine{}, vocab.BadInput.Because("line %d holds more than one object", n)
	}
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

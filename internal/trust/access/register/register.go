package register

import (
	"iter"
	"time"

	"fontis/internal/engine/keyed"
	"fontis/internal/vocab"
)

// Order is a load as the register's keeper carries it out.
type Order struct {
	Name    string
	Dated   time.Time
	Columns []string
	Rows    iter.Seq2[Row, error]
	Keeping keyed.Keeping // whom it may not leave out
}

// Row is one row of a file to load; Marked when the subject's number
// cannot be right.
type Row struct {
	Values []string
	Marked bool
}

// File is what is loaded: a file that becomes a source of its own: replaced whole, dated.
type File struct {
	ID      vocab.SourceID
	Dated   time.Time
	Columns []string // the first is the subject's number
	Rows    iter.Seq2[[]string, error]
	KeyKind vocab.SubjectKeyKind
	Line    func() int // of the file, where the row that came last begins; nil counts rows
}

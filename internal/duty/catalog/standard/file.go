package standard

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

// columns are those of a table of codes; code and one of the names are needed.
var columns = []string{"code", "name_zh", "name_en", "broader", "from", "until", "successors", "note"}

// troublesShown is how many lines an error names.
const troublesShown = 20

// ReadTable reads a table of codes, CSV, TSV or a workbook, in any encoding that an
// import of a catalog takes. One bad line refuses the whole table, and the error
// names each such line, because a list with holes is worse than the list of before.
func ReadTable(file io.ReaderAt, size int64, name string) ([]Code, error) {
	in, err := input.Open(file, size, input.Options{Name: name, Known: func(column string) string {
		if slices.Contains(columns, column) {
			return column
		}
		return ""
	}})
	if err != nil {
		return nil, fmt.Errorf("read a table of codes: %w", err)
	}
	defer in.Close()
	for _, c := range in.Columns() {
		if !slices.Contains(columns, c) {
			return nil, vocab.ColumnUnknown.Because("a table of codes has no column %q", c).WithFix("name the columns %s", strings.Join(columns, ", "))
		}
	}
	if !slices.Contains(in.Columns(), "code") {
		return nil, vocab.ColumnUnknown.Because("the table has no column code").WithFix("name the columns %s", strings.Join(columns, ", "))
	}
	var out []Code
	var bad []BadLine
	for {
		r, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read a table of codes: %w", err)
		}
		c := codeOf(r.Cells)
		if b := (BadLine{Line: r.Line, Err: c.check(), Trouble: rejecting(r)}); b.Err != nil || b.Trouble != nil {
			bad = append(bad, b)
		}
		if out = append(out, c); len(out) > maxCodes {
			return nil, vocab.ValueInvalid.Because("the table has more than %d codes", maxCodes)
		}
	}
	if n := len(bad); n > 0 {
		return nil, &BadTable{First: bad[:min(n, troublesShown)], Bad: n, Lines: len(out)}
	}
	return out, nil
}

// BadLine is a line of a table that cannot be taken: for what it says, or for how it
// is written.
type BadLine struct {
	Line    int
	Err     error
	Trouble *input.Trouble
}

// String is the line as programs are told it.
func (b BadLine) String() string {
	if b.Trouble != nil {
		cause, _ := b.Trouble.Say("en")
		return fmt.Sprintf("line %d: %s", b.Line, cause)
	}
	return fmt.Sprintf("line %d: %v", b.Line, b.Err)
}

// rejecting is why a line cannot be read; nil where it can.
func rejecting(r input.Record) *input.Trouble {
	for _, t := range r.Troubles {
		if t.Rejects {
			return &t
		}
	}
	return nil
}

// BadTable is the refusal of a table, with the first of its lines that are wrong.
type BadTable struct {
	First      []BadLine
	Bad, Lines int
}

// Error names the lines.
func (b *BadTable) Error() string { return b.Unwrap().Error() }

// Unwrap is the failure, as programs are told it.
func (b *BadTable) Unwrap() error {
	said := make([]string, len(b.First))
	for i, l := range b.First {
		said[i] = l.String()
	}
	return vocab.ValueInvalid.Because("%d of %d lines cannot be taken: %s", b.Bad, b.Lines, strings.Join(said, "; ")).
		WithFix("mend the lines and send the whole table again; the list stands as it was")
}

// Whole is the failure without its lines, for a page that shows each by itself.
func (b *BadTable) Whole() error {
	return vocab.ValueInvalid.Because("%d of %d lines cannot be taken", b.Bad, b.Lines).
		WithFix("mend the lines and send the whole table again; the list stands as it was")
}

func codeOf(cells map[string]string) Code {
	cell := func(name string) string { return strings.TrimSpace(cells[name]) }
	return Code{
		Code: cell("code"), Name: entry.Text{ZH: cell("name_zh"), EN: cell("name_en")}, Broader: cell("broader"),
		From: cell("from"), Until: cell("until"), Note: cell("note"),
		Successors: successors(strings.FieldsFunc(cells["successors"], func(r rune) bool { return strings.ContainsRune(";；\n,，", r) })),
	}
}

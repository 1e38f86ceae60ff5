package input

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/vocab"
)

// table gives the columns of a stream of rows their names.
type table struct {
	in      rows
	facts   Facts
	columns []string
	header  []string // as written, to recognise it when it stands again
	ahead   []row    // rows read while the header was looked for
	decoded bool
	encode  string
	err     error
}

// headerSearch is how many lines are looked at for a header.
const headerSearch = 12

// maxHeaderLine is how far down a header may be said to stand.
const maxHeaderLine = 1000

// newTable finds the header and names the columns.
func newTable(in rows, facts Facts, o Options, decoded bool) (*table, error) {
	t := &table{in: in, facts: facts, decoded: decoded, encode: facts.Encoding}
	want := headerSearch + min(o.HeaderLine, maxHeaderLine)
	for len(t.ahead) < want {
		r, err := in.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			// A line that ends the file is reported where it stands, after the
			// lines before it were given.
			t.err = err
			break
		}
		t.clean(&r)
		t.ahead = append(t.ahead, r)
	}
	if len(t.ahead) == 0 && t.err != nil {
		return nil, t.err
	}
	at := -1
	switch {
	case o.NoHeader:
	case o.HeaderLine > 0:
		at = slices.IndexFunc(t.ahead, func(r row) bool { return r.line >= o.HeaderLine && !blank(r.cells) })
		if at < 0 {
			return nil, vocab.ColumnUnknown.Because("the file has no line %d to take the header from", o.HeaderLine)
		}
	default:
		at = findHeader(t.ahead, o.Known)
	}
	t.nameColumns(at, o.Columns)
	return t, nil
}

// nameColumns takes the names from the header line at, from the steward, or
// from the position.
func (t *table) nameColumns(at int, given []string) {
	var names []string
	if at >= 0 {
		h := t.ahead[at]
		names, t.facts.HeaderLine = h.cells, h.line
		above := 0
		for _, r := range t.ahead[:at] {
			if !blank(r.cells) {
				above++
			}
		}
		if above > 0 {
			t.note(Trouble{Problem: LinesAbove, Line: h.line, Args: []string{strconv.Itoa(above)}})
		}
		t.ahead = t.ahead[at+1:]
		t.header = names
	} else {
		width := 0
		for _, r := range t.ahead {
			width = max(width, len(r.cells))
		}
		names = make([]string, width)
	}
	for len(names) > 0 && at >= 0 && strings.TrimSpace(names[len(names)-1]) == "" && !t.filledBeyond(len(names)-1) {
		names = names[:len(names)-1]
	}
	for i := range max(len(names), len(given)) {
		name := ""
		if i < len(names) && at >= 0 {
			name = OneLine(names[i])
		}
		if i < len(given) && given[i] != "" {
			name = OneLine(given[i])
		}
		t.addColumn(name, at >= 0)
	}
}

// filledBeyond reports whether a row read ahead has text at or after column i.
func (t *table) filledBeyond(i int) bool {
	return slices.ContainsFunc(t.ahead, func(r row) bool { return len(r.cells) > i && !blank(r.cells[i:]) })
}

func (t *table) addColumn(name string, hasHeader bool) {
	line := t.facts.HeaderLine
	if name == "" {
		name = "column " + strconv.Itoa(len(t.columns)+1)
		if hasHeader {
			t.note(Trouble{Problem: ColumnNoName, Line: line, Column: name, Args: []string{name}})
		}
	}
	base := name
	for n := 2; slices.Contains(t.columns, name); n++ {
		name = base + " (" + strconv.Itoa(n) + ")"
	}
	if name != base {
		t.note(Trouble{Problem: ColumnTwice, Line: line, Column: name, Args: []string{base, name}})
	}
	t.columns = append(t.columns, name)
}

func (t *table) note(n Trouble) { t.facts.Notes = append(t.facts.Notes, n) }

// Columns are the names in the order of the file.
func (t *table) Columns() []string { return t.columns }

// Facts tell how the file was understood.
func (t *table) Facts() Facts { return t.facts }

// Close ends the reading.
func (t *table) Close() error { return t.in.close() }

// Next gives the next line that is not blank.
func (t *table) Next() (Record, error) {
	for {
		r, err := t.row()
		if err != nil {
			return Record{}, err
		}
		if blank(r.cells) && len(r.troubles) == 0 {
			continue
		}
		if t.isHeader(r.cells) {
			t.note(Trouble{Problem: HeaderAgain, Line: r.line})
			continue
		}
		return t.record(r), nil
	}
}

func (t *table) row() (row, error) {
	if len(t.ahead) > 0 {
		r := t.ahead[0]
		t.ahead = t.ahead[1:]
		return r, nil
	}
	if t.err != nil {
		return row{}, t.err
	}
	r, err := t.in.next()
	if err != nil {
		return row{}, err
	}
	t.clean(&r)
	return r, nil
}

// clean takes out what cannot be kept and says so.
func (t *table) clean(r *row) {
	for i, c := range r.cells {
		text, problem := hygiene(c, t.decoded)
		if problem == "" {
			continue
		}
		r.cells[i] = text
		tr := Trouble{Problem: problem, Line: r.line, Column: "#" + strconv.Itoa(i+1), Value: Cut(text, CutRunes), Rejects: problem == BadBytes}
		if problem == BadBytes {
			tr.Args = []string{t.encode}
		}
		r.troubles = append(r.troubles, tr)
	}
}

func (t *table) record(r row) Record {
	rec := Record{Line: r.line, Cells: make(map[string]string, len(t.columns)), Troubles: r.troubles}
	for i, c := range r.cells {
		if i < len(t.columns) && c != "" {
			rec.Cells[t.columns[i]] = c
		}
	}
	for i, tr := range rec.Troubles {
		if n, ok := strings.CutPrefix(tr.Column, "#"); ok {
			rec.Troubles[i].Column = t.columnAt(n)
		}
	}
	n, w := len(r.cells), len(t.columns)
	switch {
	case n > w && !blank(r.cells[w:]):
		rec.Cells[Beyond] = strings.Join(r.cells[w:], " | ")
		rec.Troubles = append(rec.Troubles, Trouble{
			Problem: TooManyCells, Line: r.line, Args: []string{strconv.Itoa(n), strconv.Itoa(w)},
			Value: Cut(rec.Cells[Beyond], CutRunes), Rejects: true,
		})
	case n < w && r.short:
		rec.Troubles = append(rec.Troubles, Trouble{Problem: TooFewCells, Line: r.line, Args: []string{strconv.Itoa(n), strconv.Itoa(w)}})
	}
	return rec
}

// Beyond is the name under which cells beyond the last column are given back.
const Beyond = "beyond the last column"

func (t *table) columnAt(number string) string {
	if i, err := strconv.Atoi(number); err == nil && i >= 1 && i <= len(t.columns) {
		return t.columns[i-1]
	}
	return "column " + number
}

func (t *table) isHeader(cells []string) bool {
	return len(t.header) > 1 && slices.Equal(cells, t.header)
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// OneLine makes a column name of a cell, which may hold line breaks.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

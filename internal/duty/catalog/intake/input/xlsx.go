package input

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"fontis/internal/vocab"
)

// openXLSX chooses a sheet and gives its rows as text.
func openXLSX(r io.ReaderAt, size int64, o Options) (out Reader, err error) {
	z, err := openZip(r, size, o.Limits)
	if err != nil {
		return nil, err
	}
	parts, err := sheetsOf(z)
	if err != nil {
		return nil, err
	}
	for i, p := range parts {
		if p.hidden && o.Sheet != p.name {
			continue
		}
		if parts[i].merges, err = checkSheet(z, p.part, o.Limits); err != nil {
			return nil, fmt.Errorf("sheet %s: %w", Cut(p.name, 40), err)
		}
	}
	book, err := openBook(io.NewSectionReader(r, 0, size), o.Limits)
	if err != nil {
		return nil, err
	}
	t, err := chooseSheet(book, parts, o)
	if err != nil {
		book.Close()
		return nil, err
	}
	return t, nil
}

// openBook keeps a fault of the workbook library inside: a hostile file must
// end as an unreadable file.
func openBook(r io.Reader, lim Limits) (f *excelize.File, err error) {
	defer caught(&err)
	f, err = excelize.OpenReader(r, excelize.Options{
		UnzipSizeLimit: lim.Unpacked, UnzipXMLSizeLimit: min(lim.Unpacked, 16<<20),
		ShortDatePattern: "yyyy-mm-dd",
	})
	if err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "open the workbook").WithFix("save it again, or send CSV")
	}
	return f, nil
}

func caught(err *error) {
	if p := recover(); p != nil {
		*err = vocab.FileUnreadable.Because("the workbook cannot be read: %v", p).WithFix("save it again, or send CSV")
	}
}

// chooseSheet takes the named sheet, or the first visible one with a header, or
// the first with any text.
func chooseSheet(book *excelize.File, parts []sheetPart, o Options) (*table, error) {
	facts := Facts{Format: XLSX}
	for _, p := range parts {
		facts.Sheets = append(facts.Sheets, p.name)
	}
	if back := returnedSheet(facts.Sheets); back != "" && !slices.Contains(facts.Sheets, o.Sheet) {
		// A workbook of rejects has its header in the first line and the names
		// of the first import, whatever the kept mapping says of the original.
		o.Sheet, o.NoHeader, o.HeaderLine, o.Columns = back, false, 1, nil
	}
	var fallback *sheetPart
	var unread []string
	for i, p := range parts {
		if o.Sheet != "" && p.name != o.Sheet || o.Sheet == "" && p.hidden {
			continue
		}
		t, err := openSheet(book, p, facts, o)
		if err != nil {
			return nil, err
		}
		if o.Sheet != "" || t.facts.HeaderLine > 0 || o.NoHeader && len(t.columns) > 0 {
			for _, q := range parts {
				if q.name != p.name {
					unread = append(unread, q.name)
				}
			}
			if o.Sheet == "" && len(unread) > 0 {
				t.note(Trouble{Problem: SheetsUnread, Args: []string{Cut(strings.Join(unread, ", "), 200)}})
			}
			return t, nil
		}
		if fallback == nil && len(t.columns) > 0 {
			fallback = &parts[i]
		}
		closeRows(t)
	}
	if o.Sheet != "" {
		return nil, vocab.FileUnreadable.Because("the workbook has no sheet %s; it has %s", Cut(o.Sheet, 40), Cut(strings.Join(facts.Sheets, ", "), 200)).
			WithFix("name one of them: --sheet NAME, or sheet under [file] of the mapping")
	}
	if fallback == nil {
		return nil, vocab.FileUnreadable.Because("no sheet of the workbook has any text")
	}
	return openSheet(book, *fallback, facts, o)
}

// ReturnedSheet is the name of the sheet of a workbook of rejects.
func ReturnedSheet(lang string) string {
	if Chinese(lang) {
		return "退回"
	}
	return "rejects"
}

// returnedSheet is the sheet of a workbook of rejects, if it is one.
func returnedSheet(names []string) string {
	for _, n := range names {
		if n == ReturnedSheet("en") || n == ReturnedSheet("zh") {
			return n
		}
	}
	return ""
}

// closeRows ends the streams of one sheet and leaves the workbook open.
func closeRows(t *table) {
	s := t.in.(*sheetRows)
	s.raw.Close()
	s.shown.Close()
}

func openSheet(book *excelize.File, p sheetPart, facts Facts, o Options) (*table, error) {
	s := &sheetRows{book: book, lim: o.Limits, merges: p.merges}
	var err error
	if props, err := book.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		s.from1904 = *props.Date1904
	}
	if s.raw, err = book.Rows(p.name); err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "open the sheet %s", Cut(p.name, 40))
	}
	if s.shown, err = book.Rows(p.name); err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "open the sheet %s", Cut(p.name, 40))
	}
	facts.Sheet = p.name
	return newTable(s, facts, o, false)
}

// sheetRows streams one sheet twice, side by side: as stored and as shown.
type sheetRows struct {
	book       *excelize.File
	raw, shown *excelize.Rows
	merges     map[int][]merge // by first row
	open       []openMerge
	line       int
	from1904   bool
	lim        Limits
}

// merge is a merged area that spans several rows.
type merge struct{ column, last int }

type openMerge struct {
	merge
	value string
}

func (s *sheetRows) close() error {
	s.raw.Close()
	s.shown.Close()
	return s.book.Close()
}

func (s *sheetRows) next() (r row, err error) {
	defer caught(&err)
	if !s.raw.Next() || !s.shown.Next() {
		if err := s.raw.Error(); err != nil {
			return row{}, vocab.FileUnreadable.Wrap(err, "read row %d", s.line+1)
		}
		return row{}, io.EOF
	}
	s.line++
	raw, err := s.raw.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return row{}, vocab.FileUnreadable.Wrap(err, "read row %d", s.line)
	}
	shown, err := s.shown.Columns()
	if err != nil {
		return row{}, vocab.FileUnreadable.Wrap(err, "read row %d", s.line)
	}
	r = row{line: s.line, cells: make([]string, min(max(len(raw), len(shown)), s.lim.Columns))}
	for i := range r.cells {
		text, problem := cellText(at(raw, i), at(shown, i), s.from1904)
		r.cells[i] = text
		if problem != "" {
			r.troubles = append(r.troubles, Trouble{
				Problem: problem, Line: s.line, Column: "#" + strconv.Itoa(i+1), Value: Cut(text, CutRunes),
				Args: []string{Cut(text, 20)}, Rejects: problem == FormulaError,
			})
		}
	}
	s.fillMerged(&r)
	return r, nil
}

// fillMerged gives each row of a merged area the area's text: a data set's name
// merged over its items belongs to every one of them.
func (s *sheetRows) fillMerged(r *row) {
	kept := s.open[:0]
	for _, m := range s.open {
		if s.line > m.last {
			continue
		}
		for len(r.cells) <= m.column {
			r.cells = append(r.cells, "")
		}
		if r.cells[m.column] == "" {
			r.cells[m.column] = m.value
		}
		kept = append(kept, m)
	}
	s.open = kept
	for _, m := range s.merges[s.line] {
		if v := at(r.cells, m.column); v != "" {
			s.open = append(s.open, openMerge{m, v})
		}
	}
}

func at(cells []string, i int) string {
	if i < len(cells) {
		return cells[i]
	}
	return ""
}

// checkSheet reads a sheet's XML once: the library passes silently over XML
// that ends early, and nothing may be lost silently. It gives the merged areas
// that span rows, which stand after the rows.
func checkSheet(z *zip.Reader, part string, lim Limits) (map[int][]merge, error) {
	f, err := z.Open(part)
	if err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "open the sheet")
	}
	defer f.Close()
	d := xml.NewDecoder(f)
	merges, count, line, depth := map[int][]merge{}, 0, 0, 0
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return merges, nil
		}
		if err != nil {
			return nil, vocab.FileUnreadable.Wrap(err, "read the sheet after row %d", line).WithFix("save it again, or send CSV")
		}
		switch e := tok.(type) {
		case xml.StartElement:
			if depth++; depth > 200 {
				return nil, vocab.FileUnreadable.Because("the sheet is nested more than 200 deep at row %d", line)
			}
			switch e.Name.Local {
			case "row":
				line = rowNumber(e, line+1)
			case "mergeCell":
				if count++; count > maxMerges {
					return nil, vocab.FileTooLarge.Because("the sheet has more than %d merged areas", maxMerges)
				}
				if first, m, ok := mergedRows(e); ok {
					merges[first] = append(merges[first], m)
				}
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if len(e) > lim.Cell {
				return nil, vocab.FileTooLarge.Because("a cell in row %d is longer than %s", line, BytesWord(lim.Cell)).
					WithFix("shorten the cell")
			}
		}
	}
}

func rowNumber(e xml.StartElement, otherwise int) int {
	for _, a := range e.Attr {
		if a.Name.Local == "r" {
			if n, err := strconv.Atoi(a.Value); err == nil {
				return n
			}
		}
	}
	return otherwise
}

// maxMerges bounds the merged areas that are kept in memory.
const maxMerges = 100_000

// mergedRows reads a merged area that spans several rows.
func mergedRows(e xml.StartElement) (first int, m merge, ok bool) {
	for _, a := range e.Attr {
		from, to, ranged := strings.Cut(a.Value, ":")
		if a.Name.Local != "ref" || !ranged {
			continue
		}
		column, r1, err1 := excelize.CellNameToCoordinates(from)
		_, r2, err2 := excelize.CellNameToCoordinates(to)
		return r1, merge{column: column - 1, last: r2}, err1 == nil && err2 == nil && r2 > r1
	}
	return 0, merge{}, false
}

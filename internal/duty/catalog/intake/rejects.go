package intake

import (
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

// Excel's own bounds for one cell and one sheet.
const (
	excelCell = 32_000
	excelRows = 1_000_000
)

// RejectsWorkbook writes the rejected lines with the columns they came with,
// plus cause and remedy in the reader's language, as text throughout, so that
// the lines can be mended in place and the workbook imported again.
func RejectsWorkbook(w io.Writer, rejects iter.Seq[Reject], columns []string, lang string) error {
	b, err := newTextBook(sheetName(lang, 1))
	if err != nil {
		return err
	}
	defer b.f.Close()
	header := rejectHeader(columns, lang)
	if err := b.row(header); err != nil {
		return err
	}
	sheet := 1
	for r := range rejects {
		if b.line >= excelRows {
			sheet++
			if err := b.nextSheet(sheetName(lang, sheet)); err != nil {
				return err
			}
			if err := b.row(header); err != nil {
				return err
			}
		}
		if err := b.row(rejectLine(r, header, lang)); err != nil {
			return err
		}
	}
	return b.write(w)
}

func sheetName(lang string, n int) string {
	return input.ReturnedSheet(lang) + strings.Repeat("+", n-1)
}

// rejectHeader is the file's columns and the two added ones; a workbook that
// was returned before has them already.
func rejectHeader(columns []string, lang string) []string {
	var out []string
	for _, c := range columns {
		if !isReturned(c) {
			out = append(out, c)
		}
	}
	if input.Chinese(lang) {
		return append(out, causeZh, remedyZh)
	}
	return append(out, causeEn, remedyEn)
}

func rejectLine(r Reject, header []string, lang string) []string {
	cells := make([]string, len(header))
	n := len(header) - 2
	var causes, remedies []string
	for _, t := range r.Troubles {
		if !t.Rejects {
			continue
		}
		cause, remedy := t.Say(lang)
		if t.Column != "" {
			cause = t.Column + ": " + cause
		}
		causes, remedies = append(causes, cause), append(remedies, remedy)
	}
	for i, c := range header[:n] {
		text := strings.ToValidUTF8(r.Cells[c], "\uFFFD")
		cells[i] = input.Cut(text, excelCell)
	}
	if extra := r.Cells[input.Beyond]; extra != "" {
		causes = append(causes, input.Beyond+": "+input.Cut(extra, 200))
	}
	cells[n], cells[n+1] = strings.Join(causes, "\n"), strings.Join(unique(remedies), "\n")
	return cells
}

func unique(in []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range in {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// textBook streams rows of text into a workbook.
type textBook struct {
	f     *excelize.File
	s     *excelize.StreamWriter
	style int
	line  int
}

func newTextBook(sheet string) (*textBook, error) {
	b := &textBook{f: excelize.NewFile()}
	const text = 49 // the number format @: what is typed stays as typed
	var err error
	if b.style, err = b.f.NewStyle(&excelize.Style{NumFmt: text}); err != nil {
		return nil, vocab.InternalError.Wrap(err, "make a workbook")
	}
	if err := b.f.SetSheetName("Sheet1", sheet); err != nil {
		return nil, vocab.InternalError.Wrap(err, "make a workbook")
	}
	if b.s, err = b.f.NewStreamWriter(sheet); err != nil {
		return nil, vocab.InternalError.Wrap(err, "make a workbook")
	}
	return b, nil
}

func (b *textBook) nextSheet(name string) error {
	if err := b.s.Flush(); err != nil {
		return vocab.InternalError.Wrap(err, "write a workbook")
	}
	if _, err := b.f.NewSheet(name); err != nil {
		return vocab.InternalError.Wrap(err, "write a workbook")
	}
	s, err := b.f.NewStreamWriter(name)
	if err != nil {
		return vocab.InternalError.Wrap(err, "write a workbook")
	}
	b.s, b.line = s, 0
	return nil
}

// row writes one row. Signs that XML cannot hold are left out.
func (b *textBook) row(cells []string) error {
	b.line++
	at, err := excelize.CoordinatesToCellName(1, b.line)
	if err != nil {
		return vocab.InternalError.Wrap(err, "write a workbook")
	}
	out := make([]any, len(cells))
	for i, c := range cells {
		out[i] = excelize.Cell{StyleID: b.style, Value: strings.Map(xmlSign, c)}
	}
	if err := b.s.SetRow(at, out); err != nil {
		return vocab.InternalError.Wrap(err, "write row %d of a workbook", b.line)
	}
	return nil
}

func xmlSign(r rune) rune {
	if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF || !utf8.ValidRune(r) {
		return -1
	}
	return r
}

func (b *textBook) write(w io.Writer) error {
	if err := b.s.Flush(); err != nil {
		return vocab.InternalError.Wrap(err, "write a workbook")
	}
	if err := b.f.Write(w); err != nil {
		return vocab.InternalError.Wrap(err, "write a workbook")
	}
	return nil
}

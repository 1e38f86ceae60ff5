package page

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"fontis/internal/trust/identity"
	"fontis/internal/vocab/cell"
)

// Formats are those in which a list is taken along.
func Formats() []string { return []string{"csv", "xlsx"} }

// The kinds of the files.
const (
	kindCSV  = "text/csv; charset=utf-8"
	KindBook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// mark of the order of bytes: without it a spreadsheet on a Chinese desk reads
// UTF-8 as GB 18030.
const byteMark = "\uFEFF"

// File makes what sends a list as a file: all lines that the filters leave, up to
// MostFile or MostUnsigned, in the columns of the reader's language. What is cut
// says so in its last line.
func File[L any](list func(*Visit) (List[L], error)) func(*Visit) error {
	return func(v *Visit) error {
		format := v.Said("file")
		if format != "csv" && format != "xlsx" {
			return identity.NotYours()
		}
		l, err := list(v)
		if err != nil {
			return err
		}
		l = l.ready(v)
		var lines []L
		next, most := "", v.mostOf()
		for {
			var got []L
			if got, next, err = l.window(v, next, most-len(lines)); err != nil {
				return err
			}
			if lines = append(lines, got...); next == "" || len(lines) >= most {
				break
			}
		}
		table := make([][]any, 1, len(lines)+2)
		for _, c := range l.Columns {
			table[0] = append(table[0], c.head(v))
		}
		for _, line := range lines {
			row := make([]any, len(l.Columns))
			for i, c := range l.Columns {
				row[i] = c.value(v, line)
			}
			table = append(table, row)
		}
		if next != "" {
			cut := v.Look().Must("page.list.cut", most)
			if most == MostUnsigned {
				cut += v.Look().Must("page.list.cut_unsigned", MostFile)
			}
			table = append(table, []any{cut})
		}
		return v.table(format, table)
	}
}

func (v *Visit) table(format string, table [][]any) error {
	if format == "csv" {
		v.Download(kindCSV, v.route.Page+".csv")
		return writeCSV(v.W, table)
	}
	b, err := newBook()
	if err != nil {
		return err
	}
	defer b.file.Close()
	for _, row := range table {
		if err := b.row(row); err != nil {
			return err
		}
	}
	return b.send(v, v.route.Page)
}

func writeCSV(to io.Writer, table [][]any) error {
	if _, err := io.WriteString(to, byteMark); err != nil {
		return nil // the reader is gone
	}
	out := csv.NewWriter(to)
	for _, row := range table {
		cells := make([]string, len(row))
		for i, x := range row {
			cells[i] = fmt.Sprint(x)
			if _, text := x.(string); text {
				cells[i] = cell.Guard(cells[i])
			}
		}
		if out.Write(cells) != nil {
			return nil // the reader is gone
		}
	}
	out.Flush()
	return nil
}

// Book sends a file of lines, which write makes as CSV, as a workbook.
func (v *Visit) Book(name string, write func(io.Writer) error) error {
	b, err := newBook()
	if err != nil {
		return err
	}
	defer b.file.Close()
	from, to := io.Pipe()
	wrote := make(chan error, 1)
	go func() {
		err := write(to)
		wrote <- errors.Join(err, to.CloseWithError(err))
	}()
	err = b.lines(from, func(most int) string { return v.Look().Must("page.list.cut", most) })
	_ = from.CloseWithError(io.ErrClosedPipe) // who still writes is told to end
	if said := <-wrote; said != nil && !errors.Is(said, io.ErrClosedPipe) {
		return said
	}
	if err != nil {
		return err
	}
	return b.send(v, name)
}

// lines puts the lines of a CSV into the book as what they were before they were
// cells of one. A book that is full says so in its last line.
func (b *book) lines(from io.Reader, cut func(most int) string) error {
	in := csv.NewReader(from)
	in.FieldsPerRecord = -1
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if b.n == b.most-1 {
			return b.row([]any{cut(b.n - 1)}) // the first line is the head
		}
		row := make([]any, len(cells))
		for i, c := range cells {
			row[i] = cell.Bare(strings.TrimPrefix(c, byteMark))
		}
		if err := b.row(row); err != nil {
			return err
		}
	}
}

// book is a workbook of one sheet, written line by line.
type book struct {
	file *excelize.File
	out  *excelize.StreamWriter
	n    int
	most int // lines that a sheet has
}

const sheetName = "Sheet1"

func newBook() (*book, error) {
	f := excelize.NewFile()
	out, err := f.NewStreamWriter(sheetName)
	if err == nil {
		err = errors.Join(out.SetColWidth(1, 30, 22), out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	}
	return &book{file: f, out: out, most: excelize.TotalRows}, err
}

// row adds a line. Text is stored as text, so none of it is a formula.
func (b *book) row(cells []any) error {
	b.n++
	at, err := excelize.CoordinatesToCellName(1, b.n)
	if err != nil {
		return err
	}
	return b.out.SetRow(at, cells)
}

func (b *book) send(v *Visit, name string) error {
	if err := b.out.Flush(); err != nil {
		return err
	}
	v.Download(KindBook, name+".xlsx")
	if err := b.file.Write(v.W); err != nil {
		return v.Broken(err)
	}
	return nil
}

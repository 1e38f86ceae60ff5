package input

import (
	"bufio"
	"bytes"
	"io"
	"strconv"

	"fontis/internal/vocab"
)

// row is one line of a table before its columns have names.
type row struct {
	line     int
	cells    []string
	troubles []Trouble
	// short says that missing cells at the end are worth a word: a sheet leaves
	// blank cells out, a text file does not.
	short bool
}

// rows is a table as a stream.
type rows interface {
	next() (row, error)
	close() error
}

// maxRecoveries is how many unclosed quotation marks one file may hold; each
// costs a second reading of at most one line limit.
const maxRecoveries = 64

// csvRows reads RFC 4180 and what people make of it. It holds at most one line
// limit of bytes.
type csvRows struct {
	in        *bufio.Reader
	delimiter byte
	lim       Limits
	line      int // the line that the next byte belongs to

	back      []byte // bytes to read again, before in
	raw       []byte // the bytes of the present line
	text      []byte // its cells, one after the other
	ends      []int  // where each cell ends in text
	literal   bool   // the next line takes quotation marks as text
	recovered int
}

func newCSVRows(r io.Reader, delimiter byte, lim Limits) *csvRows {
	return &csvRows{in: bufio.NewReaderSize(r, 64<<10), delimiter: delimiter, lim: lim.orShipped(), line: 1}
}

func (c *csvRows) close() error { return nil }

func (c *csvRows) readByte() (byte, error) {
	if len(c.back) > 0 {
		b := c.back[0]
		c.back = c.back[1:]
		return b, nil
	}
	return c.in.ReadByte()
}

func (c *csvRows) peekByte() (byte, bool) {
	if len(c.back) > 0 {
		return c.back[0], true
	}
	b, err := c.in.Peek(1)
	if err != nil {
		return 0, false
	}
	return b[0], true
}

// The states of the cell being read.
const (
	atStart = iota
	plain
	quoted
	afterQuote
	strayed
)

// csvLine is the state of one line while it is read.
type csvLine struct {
	start     int
	state     int
	cellRaw   int // where the cell begins in raw
	cellText  int // where it begins in text
	tooLong   bool
	extra     int // cells beyond the column limit, not kept
	literal   bool
	troubles  []Trouble
	longCells map[int]bool
}

func (c *csvRows) next() (row, error) {
	c.raw, c.text, c.ends = c.raw[:0], c.text[:0], c.ends[:0]
	l := csvLine{start: c.line, literal: c.literal}
	c.literal = false
	if l.literal {
		l.troubles = append(l.troubles, Trouble{Problem: QuoteOpen, Line: l.start, Rejects: true})
	}
	for {
		b, err := c.readByte()
		if err == io.EOF {
			return c.atEnd(&l)
		}
		if err != nil {
			return row{}, vocab.FileUnreadable.Wrap(err, "read line %d", c.line)
		}
		c.raw = append(c.raw, b)
		if len(c.raw) > c.lim.Line {
			if l.state == quoted && bytes.IndexByte(c.raw, '\n') >= 0 {
				return c.recover(&l)
			}
			return row{}, vocab.FileTooLarge.Because("line %d is longer than %s", l.start, BytesWord(c.lim.Line)).
				WithFix("break the line, or take it out of the file")
		}
		if done := c.step(&l, b); done {
			return c.finish(&l), nil
		}
		if l.state == strayed && bytes.IndexByte(c.raw[l.cellRaw:], '\n') >= 0 {
			// A mark that never closed met the next line's: not one cell.
			return c.recover(&l)
		}
	}
}

// step takes one byte into the line and reports whether the line is whole.
func (c *csvRows) step(l *csvLine, b byte) bool {
	if b == '\r' && l.state != quoted {
		if n, ok := c.peekByte(); ok && n == '\n' {
			return false
		}
		b = '\n' // a lone carriage return ends a line, as old programs wrote it
	}
	switch {
	case b == '\n' && l.state != quoted:
		c.line++
		return true
	case b == c.delimiter && l.state != quoted:
		c.endCell(l)
		return false
	case b == '"' && l.state == atStart && !l.literal:
		l.state = quoted
		return false
	case b == '"' && l.state == quoted:
		l.state = afterQuote
		return false
	case b == '"' && l.state == afterQuote:
		l.state = quoted
		c.put(l, b)
		return false
	case l.state == afterQuote && (b == ' ' || b == '\t'):
		return false
	case l.state == afterQuote:
		c.stray(l)
		return false
	}
	if l.state == atStart {
		l.state = plain
	}
	if b == '\n' {
		c.line++
		if n := len(c.text); n > l.cellText && c.text[n-1] == '\r' {
			c.text = c.text[:n-1]
		}
	}
	c.put(l, b)
	return false
}

// put adds a byte to the cell until its limit.
func (c *csvRows) put(l *csvLine, b byte) {
	if len(c.text)-l.cellText >= c.lim.Cell {
		l.tooLong = true
		return
	}
	c.text = append(c.text, b)
}

// stray takes a cell in which text follows a closing quotation mark as it was
// written, marks included.
func (c *csvRows) stray(l *csvLine) {
	l.state = strayed
	c.text = append(c.text[:l.cellText], c.raw[l.cellRaw:]...)
	l.tooLong = len(c.text)-l.cellText > c.lim.Cell
	l.troubles = append(l.troubles, Trouble{Problem: QuoteStray, Line: l.start, Args: []string{strconv.Itoa(len(c.ends))}})
}

func (c *csvRows) endCell(l *csvLine) {
	if l.tooLong {
		if l.longCells == nil {
			l.longCells = map[int]bool{}
		}
		l.longCells[len(c.ends)] = true
	}
	if len(c.ends) < c.lim.Columns {
		c.ends = append(c.ends, len(c.text))
	} else {
		c.text = c.text[:l.cellText]
		l.extra++
	}
	l.state, l.tooLong = atStart, false
	l.cellRaw, l.cellText = len(c.raw), len(c.text)
}

func (c *csvRows) atEnd(l *csvLine) (row, error) {
	if l.state == quoted {
		return c.recover(l)
	}
	if len(c.raw) == 0 {
		return row{}, io.EOF
	}
	c.line++
	return c.finish(l), nil
}

// recover reads the line again with quotation marks as text, so that a mark
// that never closes costs its own line and not the rest of the file.
func (c *csvRows) recover(l *csvLine) (row, error) {
	c.recovered++
	if c.recovered > maxRecoveries {
		return row{}, vocab.FileUnreadable.Because("more than %d quotation marks never close, the last in line %d", maxRecoveries, l.start).
			WithFix("save the file again as CSV, with a comma between the cells")
	}
	again := make([]byte, 0, len(c.raw)+len(c.back))
	again = append(again, c.raw...)
	c.back = append(again, c.back...)
	c.line, c.literal = l.start, true
	return c.next()
}

func (c *csvRows) finish(l *csvLine) row {
	c.endCell(l)
	all := string(c.text)
	r := row{line: l.start, cells: make([]string, len(c.ends)), troubles: l.troubles, short: true}
	from := 0
	for i, end := range c.ends {
		r.cells[i] = all[from:end]
		if l.longCells[i] {
			r.cells[i] = Cut(r.cells[i], 200)
			r.troubles = append(r.troubles, Trouble{
				Problem: CellTooLong, Line: l.start, Column: "#" + strconv.Itoa(i+1),
				Value: Cut(r.cells[i], CutRunes), Args: []string{BytesWord(c.lim.Cell)}, Rejects: true,
			})
		}
		from = end
	}
	if l.extra > 0 {
		r.troubles = append(r.troubles, Trouble{
			Problem: TooManyCells, Line: l.start, Rejects: true,
			Args: []string{strconv.Itoa(len(c.ends) + l.extra), strconv.Itoa(c.lim.Columns)},
		})
	}
	return r
}

// BytesWord writes a limit for people.
func BytesWord(n int) string {
	if n >= 1<<20 {
		return strconv.Itoa(n>>20) + " MB"
	}
	return strconv.Itoa(n) + " bytes"
}

// delimiters are the separators that are looked for, the likelier first.
func delimiters() []byte { return []byte{',', '\t', ';', '|', '%'} }

// guessDelimiter takes the separator under which the sample's lines agree best
// about their number of cells.
func guessDelimiter(sample []byte) byte {
	best, bestScore := byte(','), 0.0
	for _, d := range delimiters() {
		if s := agreement(sample, d); s > bestScore*1.02 {
			best, bestScore = d, s
		}
	}
	return best
}

// agreement is the share of lines with the commonest number of cells, for
// numbers above one; more columns break ties.
func agreement(sample []byte, delimiter byte) float64 {
	c := newCSVRows(bytes.NewReader(sample), delimiter, Limits{})
	counts, total, broken := map[int]int{}, 0, 0
	for total < 60 {
		r, err := c.next()
		if err != nil {
			break
		}
		if len(r.cells) == 1 && r.cells[0] == "" {
			continue
		}
		total++
		counts[len(r.cells)]++
		broken += len(r.troubles)
	}
	if total > 1 && len(sample) >= delimiterSample {
		total-- // the last line of a full sample is cut
	}
	top, cells := 0, 0
	for n, k := range counts {
		if n > 1 && (k > top || k == top && n > cells) {
			top, cells = k, n
		}
	}
	if total == 0 || top == 0 {
		return 0
	}
	share := min(1, float64(top)/float64(total))
	return share * (1 + float64(min(cells, 40))/200) / float64(1+broken)
}

// delimiterSample is how much decoded text the separator is guessed from.
const delimiterSample = 64 << 10

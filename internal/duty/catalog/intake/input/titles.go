package input

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"fontis/internal/vocab"
)

// titleColumn is what the only column of a list of titles is called.
const titleColumn = "title"

// looksLikeTitles holds for a text without a separator that stands in most lines:
// one title a line.
func looksLikeTitles(sample []byte, delimiter byte) bool {
	lines, parted := 0, 0
	for line := range bytes.Lines(sample) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		lines++
		if bytes.IndexByte(line, delimiter) >= 0 || line[0] == '"' {
			parted++
		}
	}
	return lines >= 3 && parted*10 < lines
}

// openTitles reads one title a line. A first line that is a known column name is
// a header, any other a title.
func openTitles(whole io.Reader, sample []byte, facts Facts, o Options, decoded bool) (Reader, error) {
	facts.Format = Titles
	head, _, _ := bytes.Cut(bytes.TrimLeft(sample, "\r\n"), []byte("\n"))
	if o.HeaderLine == 0 && (o.Known == nil || o.Known(OneLine(string(head))) == "") {
		o.NoHeader = true
		if len(o.Columns) == 0 {
			o.Columns = []string{titleColumn}
		}
	}
	return newTable(&lineRows{in: bufio.NewReaderSize(whole, 64<<10), lim: o.Limits.orShipped()}, facts, o, decoded)
}

// lineRows gives each line as one cell, as it stands.
type lineRows struct {
	in   *bufio.Reader
	lim  Limits
	line int
}

func (l *lineRows) close() error { return nil }

func (l *lineRows) next() (row, error) {
	l.line++
	text, long, err := readLine(l.in, l.lim.Cell)
	if err != nil {
		return row{}, err
	}
	r := row{line: l.line, cells: []string{strings.TrimRight(string(text), "\r\n")}}
	if long {
		r.troubles = append(r.troubles, Trouble{Problem: CellTooLong, Line: l.line, Column: "#1", Args: []string{BytesWord(l.lim.Cell)}, Rejects: true})
	}
	return r, nil
}

// readLine gives the next line with its end; of one that is longer than most, its
// beginning.
func readLine(in *bufio.Reader, most int) (text []byte, long bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if room := most - len(text); len(part) > room+2 {
			long = true
			part = part[:max(0, room)]
		}
		text = append(text, part...)
		switch err {
		case bufio.ErrBufferFull:
			continue
		case nil:
			return text, long, nil
		case io.EOF:
			if len(text) == 0 {
				return nil, false, io.EOF
			}
			return text, long, nil
		}
		return nil, false, vocab.FileUnreadable.Wrap(err, "read the next line")
	}
}

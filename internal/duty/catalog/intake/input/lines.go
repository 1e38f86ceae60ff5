package input

import (
	"bufio"
	"bytes"
	"io"
)

// jsonLines gives the entries of a text with one JSON object a line, as dumps are
// written. A line that is broken is one rejected record; the others are read.
type jsonLines struct {
	jsonReader
	line int
}

func newJSONLines(r io.Reader, facts Facts, lim Limits, decoded bool) *jsonLines {
	if facts.Format == DataJSON {
		facts.Format = JSONLines
	}
	j := &jsonLines{jsonReader: jsonReader{in: bufio.NewReaderSize(r, 64<<10), facts: facts, lim: lim.orShipped(), decoded: decoded, known: map[string]bool{}}}
	j.usualColumns()
	return j
}

// Next gives the next line that is not blank.
func (j *jsonLines) Next() (Record, error) {
	for {
		raw, long, err := readLine(j.in, j.lim.Line)
		if err != nil {
			return Record{}, err
		}
		j.line++
		if raw = bytes.TrimSpace(raw); len(raw) == 0 {
			continue
		}
		if long {
			shown := Cut(string(bytes.ToValidUTF8(raw[:min(len(raw), 4*CutRunes)], nil)), CutRunes)
			return Record{Line: j.line, Cells: map[string]string{}, Troubles: []Trouble{{
				Problem: EntryTooLong, Line: j.line, Args: []string{BytesWord(j.lim.Line)}, Value: shown, Rejects: true,
			}}}, nil
		}
		j.entry = j.line
		return j.record(raw)
	}
}

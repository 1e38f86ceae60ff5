// Package block is how the rows of a batch wait, between being sent and being
// answered: many together, in an order that tells nothing. The door seals each
// block whole, for rows are values about persons.
//
// A block is read twice, by the record and by the look-up, so its form is one
// that costs little to read:
//
//	0x02 || count || for each row: line, kind, subject, case, number of values, (item, value)...
//
// Numbers are uvarints, text is its length and its bytes. Releases up to 0.1 kept
// JSON, which begins with a bracket and is still read.
package block

import (
	"encoding/binary"
	"encoding/json"

	"fontis/internal/vocab"
)

// Row is one row of a batch as it was sent.
type Row struct {
	Subject vocab.SubjectKey        `json:"subject"`
	Case    string                  `json:"case,omitempty"`
	Values  map[vocab.ItemID]string `json:"values,omitempty"`
	At      int64                   `json:"-"` // line of its file, as an editor counts; 0 where it came in none
}

// Line is a row as it is kept.
type Line struct {
	Row
	Line int64 `json:"line"` // At, or its number as it was sent, from 1; 0 in blocks of old
}

const format = 0x02

// Encode writes a block.
func Encode(lines []Line) []byte {
	b := append(make([]byte, 0, 96*len(lines)), format)
	b = binary.AppendUvarint(b, uint64(len(lines)))
	for i := range lines {
		l := &lines[i]
		b = binary.AppendUvarint(b, uint64(l.Line))
		b = text(text(text(b, string(l.Subject.Kind)), l.Subject.Value), l.Case)
		b = binary.AppendUvarint(b, uint64(len(l.Values)))
		for item, value := range l.Values {
			b = text(text(b, string(item)), value)
		}
	}
	return b
}

func text(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Decode reads a block.
func Decode(b []byte) ([]Line, error) {
	if len(b) > 0 && b[0] == '[' {
		var lines []Line
		err := json.Unmarshal(b, &lines)
		return lines, err
	}
	if len(b) == 0 || b[0] != format {
		return nil, vocab.BadInput.Because("%d bytes are no block of rows", len(b))
	}
	r := reader{rest: string(b[1:])}
	lines := make([]Line, r.count())
	for i := range lines {
		l := &lines[i]
		l.Line = int64(r.number())
		l.Subject = vocab.SubjectKey{Kind: vocab.SubjectKeyKind(r.text()), Value: r.text()}
		l.Case = r.text()
		n := r.count()
		if n > 0 {
			l.Values = make(map[vocab.ItemID]string, n)
		}
		for range n {
			item := vocab.ItemID(r.text())
			l.Values[item] = r.text()
		}
	}
	if r.short || r.rest != "" {
		return nil, vocab.BadInput.Because("a block of %d bytes does not end where its rows do", len(b))
	}
	return lines, nil
}

// reader takes numbers and text from the front of a block; short once it ended
// before they did.
type reader struct {
	rest  string
	short bool
}

func (r *reader) number() uint64 {
	var n uint64
	for shift, i := 0, 0; i < len(r.rest) && shift < 64; shift, i = shift+7, i+1 {
		n |= uint64(r.rest[i]&0x7f) << shift
		if r.rest[i] < 0x80 {
			r.rest = r.rest[i+1:]
			return n
		}
	}
	r.short, r.rest = true, ""
	return 0
}

// count is a number of things that take at least a byte each.
func (r *reader) count() int {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.short, r.rest = true, ""
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n := r.count()
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

package register

import (
	"encoding/binary"

	"fontis/internal/engine/source"
	"fontis/internal/vocab"
)

// pack writes a row without its subject: a byte for the mark, then for each
// column its length plus one and its text; length 0 alone is null.
func pack(row Row) []byte {
	out := []byte{0}
	if row.Marked {
		out[0] = 1
	}
	for _, v := range row.Values[1:] {
		if v.Null {
			out = binary.AppendUvarint(out, 0)
			continue
		}
		out = binary.AppendUvarint(out, uint64(len(v.Text))+1)
		out = append(out, v.Text...)
	}
	return out
}

// unpack reads what pack wrote, with room for the subject in front.
func unpack(packed []byte, columns []source.Column) (values []source.Value, marked, ok bool) {
	if len(packed) == 0 || packed[0] > 1 {
		return nil, false, false
	}
	marked, packed = packed[0] == 1, packed[1:]
	values = make([]source.Value, 1, len(columns))
	for _, c := range columns[1:] {
		n, size := binary.Uvarint(packed)
		if size <= 0 || n > uint64(len(packed)-size)+1 {
			return nil, false, false
		}
		packed = packed[size:]
		if n == 0 {
			values = append(values, source.NullValue(c.Kind))
			continue
		}
		values = append(values, source.NewValue(c.Kind, string(packed[:n-1])))
		packed = packed[n-1:]
	}
	return values, marked, len(packed) == 0
}

// window is a Scan on the columns of the version that was read: where each
// column asked for stands, and each condition.
type window struct {
	columns []source.Column
	shown   []int
	where   []source.Condition
	asked   []int
}

func newWindow(s source.Scan, columns []source.Column) (window, error) {
	w := window{columns: columns}
	place := func(name string) (int, error) {
		for i, c := range columns {
			if c.Name == name {
				return i, nil
			}
		}
		return 0, vocab.SourceUnknown.Because("the register no longer has column %q", name)
	}
	if s.Subject.Name != columns[0].Name {
		return w, vocab.SourceUnknown.Because("a register can only be asked by its subject column, %q", columns[0].Name)
	}
	for _, c := range s.Columns {
		i, err := place(c.Name)
		if err != nil {
			return w, err
		}
		w.shown = append(w.shown, i)
	}
	for _, b := range s.Where {
		i, err := place(b.Column.Name)
		if err != nil {
			return w, err
		}
		w.asked = append(w.asked, i)
		w.where = append(w.where, source.Condition{Column: b.Column.Name, Op: b.Op, Values: b.Values})
	}
	return w, nil
}

// show gives the subject and the columns asked for, if every condition holds.
func (w window) show(values []source.Value) ([]source.Value, bool) {
	for i, c := range w.where {
		if holds, known := c.Holds(values[w.asked[i]]); !holds || !known {
			return nil, false
		}
	}
	shown := []source.Value{values[0]}
	for _, i := range w.shown {
		shown = append(shown, values[i])
	}
	return shown, true
}

// lay puts the values that were set since the load over those of a row.
func (w window) lay(over map[string]source.Value, values []source.Value) {
	if over == nil {
		return
	}
	for i, c := range w.columns[1:] {
		if v, ok := over[c.Name]; ok {
			values[i+1] = v
		}
	}
}

// set is the row of a subject whom the register does not hold: what was set, and
// nothing else. One of whom nothing but nulls was set has none.
func (w window) set(subject string, over map[string]source.Value) [][]source.Value {
	values := make([]source.Value, len(w.columns))
	any := false
	for i, c := range w.columns {
		values[i] = source.NullValue(c.Kind)
		if v, ok := over[c.Name]; ok && i > 0 {
			values[i], any = v, any || !v.Null
		}
	}
	values[0] = source.Value{Kind: source.Text, Text: subject}
	shown, holds := w.show(values)
	if !any || !holds {
		return nil
	}
	return [][]source.Value{shown}
}

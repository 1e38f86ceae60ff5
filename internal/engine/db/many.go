package db

import (
	"iter"
	"strconv"
)

// MaxMany is the most rows that Parts puts into one statement. With up to eight
// columns a row it stays far below what either engine binds (32,766 and 65,535).
const MaxMany = 64

// Many spells the placeholders of n rows of so many columns, to stand behind
// VALUES or IN: ($1, $2), ($3, $4). Whatever the statement binds besides stands
// before it in the text, and first is the number after that.
func (t *Tx) Many(first, n, columns int) string { return many(t.Dialect(), first, n, columns) }

// many gives SQLite placeholders without a name: its driver looks each name up in
// a list of all, which for hundreds takes longer than the rows do.
func many(d Dialect, first, n, columns int) string {
	out := make([]byte, 0, n*(columns*6+4))
	for i := range n * columns {
		switch {
		case columns > 1 && i == 0:
			out = append(out, '(')
		case columns > 1 && i%columns == 0:
			out = append(out, "), ("...)
		case i > 0:
			out = append(out, ", "...)
		}
		if d == SQLite {
			out = append(out, '?')
			continue
		}
		out = append(out, '$')
		out = strconv.AppendInt(out, int64(first+i), 10)
	}
	if columns > 1 && n > 0 {
		out = append(out, ')')
	}
	return string(out)
}

// Parts cuts rows into pieces of MaxMany, and the rest into powers of two: so a
// statement over many rows has seven texts at most, and each stays prepared.
func Parts[T any](rows []T) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for size := MaxMany; len(rows) > 0; {
			if size > len(rows) {
				size /= 2
				continue
			}
			if !yield(rows[:size]) {
				return
			}
			rows = rows[size:]
		}
	}
}

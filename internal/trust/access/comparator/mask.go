package comparator

import (
	"unicode/utf8"

	"fontis/internal/engine/source"
)

const stars = "***"

// Mask shows enough of a value to recognise a column and too little to know a
// person: the first character, the year of a date, nothing of what has one
// character or two values. How long the value is does not show. The values of an
// item with a refused tag are not shown at all, not even so.
func Mask(v source.Value) string {
	if v.Null {
		return ""
	}
	if date, ok := foldDate(v.Text, true); ok {
		return date[:4] + "-**-**"
	}
	first, size := utf8.DecodeRuneInString(v.Text)
	if v.Kind == source.Bool || v.Kind == source.Bytes || size == len(v.Text) || first == utf8.RuneError {
		return stars
	}
	return string(first) + stars
}

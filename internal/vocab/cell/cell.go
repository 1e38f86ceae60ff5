// Package cell keeps values in a file of lines what they are: a spreadsheet that
// reads CSV takes a cell for a formula by its first sign, so such a cell carries an
// apostrophe before it, which a workbook does not need.
package cell

import (
	"strings"
	"unicode/utf8"
)

// formula are the first signs that a spreadsheet takes for one; the wide ones are
// read alike where Chinese is written.
const formula = "=+-@\t\r\n＝＋－＠"

const quote = "'"

// Guard is the value as a cell of a CSV. Values that look guarded already are
// guarded once more, so that Bare gives every value back.
func Guard(s string) string {
	if begins(s) {
		return quote + s
	}
	return s
}

// Bare is the value that Guard was given.
func Bare(s string) string {
	if rest, ok := strings.CutPrefix(s, quote); ok && begins(rest) {
		return rest
	}
	return s
}

func begins(s string) bool {
	first, size := utf8.DecodeRuneInString(strings.TrimLeft(s, quote))
	return size > 0 && strings.ContainsRune(formula, first)
}

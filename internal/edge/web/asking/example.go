package asking

import (
	"regexp/syntax"
	"strings"
)

// caseLike is a case number of the form that a grant names, for its example; any
// where the grant names none.
func caseLike(pattern string) string {
	if pattern == "" {
		return "GS-20260001"
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return pattern
	}
	var out strings.Builder
	write(&out, re.Simplify())
	return out.String()
}

// write writes the shortest text that an expression takes, but one sign where it
// takes any number of them.
func write(out *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		out.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			out.WriteRune(re.Rune[0])
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		out.WriteByte('1')
	case syntax.OpCapture, syntax.OpPlus:
		write(out, re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			write(out, sub)
		}
	case syntax.OpAlternate:
		write(out, re.Sub[0])
	}
}

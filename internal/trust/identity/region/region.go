// Package region tells which region lies in which, by area codes of six digits:
// 310000 holds 310115, and 000000 holds everything. An authority reaches the
// members of its region.
package region

import (
	"regexp"
	"strings"
)

var shape = regexp.MustCompile(`^[0-9]{6}$`)

// Valid reports whether the text is an area code of six digits.
func Valid(code string) bool { return shape.MatchString(code) }

// stem is the part of an area code that names the region itself: 310000 gives 31,
// 310100 gives 3101, 000000 gives nothing and so holds everything.
func stem(code string) string {
	for len(code) >= 2 && strings.HasSuffix(code, "00") {
		code = code[:len(code)-2]
	}
	return code
}

// Holds reports whether the outer region holds the inner.
func Holds(outer, inner string) bool {
	return Valid(outer) && Valid(inner) && strings.HasPrefix(inner, stem(outer))
}

// Range gives the first and the last area code within a region, for SQL.
func Range(code string) (from, to string) {
	s := stem(code)
	return s + strings.Repeat("0", 6-len(s)), s + strings.Repeat("9", 6-len(s))
}

// Above gives the area code above one, which its own digits tell: villages and towns
// have twelve and nine, the rest six. What is no code has none.
func Above(code string) string {
	switch {
	case strings.Trim(code, "0123456789") != "":
		return ""
	case len(code) == 12 && code[9:] != "000":
		return code[:9]
	case len(code) == 12, len(code) == 9:
		return code[:6]
	case len(code) != 6, code[2:] == "0000":
		return ""
	case code[4:] == "00":
		return code[:2] + "0000"
	}
	return code[:4] + "00"
}

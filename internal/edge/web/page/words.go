package page

import "strings"

// SplitLines gives the lines that hold something.
func SplitLines(s string) []string {
	var out []string
	for _, p := range strings.Split(strings.ReplaceAll(s, "\r", ""), "\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// Typed gives each value the list's own type.
func Typed[T ~string](in []string) []T {
	var out []T
	for _, s := range in {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, T(s))
		}
	}
	return out
}

// Listed parts a list that was typed into one line.
func Listed(s string) []string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",，、;；\n\r", r) })
	return Typed[string](parts)
}

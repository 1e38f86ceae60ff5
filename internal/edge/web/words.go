package web

import "strings"

// splitLines gives the lines that hold something.
func splitLines(s string) []string {
	var out []string
	for _, p := range strings.Split(strings.ReplaceAll(s, "\r", ""), "\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

func joinWith(parts []string, sep string) string { return strings.Join(parts, sep) }

// typed gives each value the list's own type.
func typed[T ~string](in []string) []T {
	var out []T
	for _, s := range in {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, T(s))
		}
	}
	return out
}

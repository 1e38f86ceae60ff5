package console

import (
	"net/url"
	"sort"
	"strconv"
	"strings"

	"fontis/internal/trust/identity"
)

// Segment makes one segment of a path of any text.
func Segment[T ~string](s T) string { return url.PathEscape(string(s)) }

// Joined lists words for people.
func Joined[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}

// Counted is a number with its noun: 1 line, 2 lines.
func Counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// Words are what stands between commas in a flag.
func Words[T ~string](list []string) []T {
	var out []T
	for _, w := range list {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, T(w))
		}
	}
	return out
}

// Pairs lists parameters in order.
func Pairs(m map[string]string) string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for i, k := range keys {
		keys[i] = k + "=" + m[k]
	}
	return strings.Join(keys, " ")
}

// NameOf puts a name where its script belongs.
func NameOf(s string) identity.Name {
	for _, r := range s {
		if r >= 0x3400 && r <= 0x9fff {
			return identity.Name{Zh: s}
		}
	}
	return identity.Name{En: s}
}

// Quoted writes a text as one word of a shell.
func Quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

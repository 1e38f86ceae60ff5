package main

import (
	"net/url"
	"sort"
	"strings"
)

// segment makes one segment of a path of any text.
func segment[T ~string](s T) string { return url.PathEscape(string(s)) }

// joined lists words for people.
func joined[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}

// words are what stands between commas in a flag.
func words[T ~string](list []string) []T {
	var out []T
	for _, w := range list {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, T(w))
		}
	}
	return out
}

// pairs lists parameters in order.
func pairs(m map[string]string) string {
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

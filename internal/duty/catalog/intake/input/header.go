package input

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// findHeader gives the index of the header among the first rows, or -1 when
// the first row looks like data.
//
// Known column names decide; without any, a row is a header when its cells are
// short, all different and none is a number, a date, an address or a sentence.
func findHeader(ahead []row, meaning func(string) string) int {
	best, bestKnown := -1, 0
	width := 0
	for _, r := range ahead {
		width = max(width, filled(r.cells))
	}
	for i, r := range ahead {
		if known := knownNames(r.cells, meaning); known > bestKnown && (known >= 2 || known*3 >= filled(r.cells)) && named(r.cells) {
			best, bestKnown = i, known
		}
	}
	if best >= 0 {
		return best
	}
	for i, r := range ahead {
		n := filled(r.cells)
		if n == 0 || n*2 < width {
			continue // blank, or a title above the table
		}
		if named(r.cells) && len(r.troubles) == 0 {
			return i
		}
		return -1
	}
	return -1
}

// named reports whether the cells could be column names.
func named(cells []string) bool {
	seen := map[string]bool{}
	for _, c := range cells {
		c = strings.TrimSpace(c)
		if c == "" {
			continue
		}
		// A name may stand twice; it is told apart and noted. Three times is data.
		if seen[c] && seen[c+"\x00"] {
			return false
		}
		seen[c+"\x00"] = seen[c]
		seen[c] = true
		if utf8.RuneCountInString(c) > 40 || looksLikeData(c) {
			return false
		}
	}
	return len(seen) > 0
}

func looksLikeData(c string) bool {
	if strings.Contains(c, "://") || strings.HasPrefix(c, "/") || strings.ContainsAny(c, "。！？!?") {
		return true
	}
	letters := strings.IndexFunc(c, unicode.IsLetter) >= 0
	digits := strings.IndexFunc(c, unicode.IsDigit) >= 0
	return digits && !letters
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

// knownNames counts the different meanings among the cells.
func knownNames(cells []string, meaning func(string) string) int {
	if meaning == nil {
		return 0
	}
	seen := map[string]bool{}
	for _, c := range cells {
		if m := meaning(c); m != "" {
			seen[m] = true
		}
	}
	return len(seen)
}

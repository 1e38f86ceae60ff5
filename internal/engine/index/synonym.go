package index

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"fontis/internal/engine/index/fold"
)

// synonyms are groups of words that mean the same, folded.
type synonyms struct{ groups [][]string }

// mostWays bounds what one word of a query becomes.
const mostWays = 8

// SetSynonyms replaces the words that stand for one another: whoever writes one
// of a group finds the others too. Searches that begin afterwards use them.
func (x *Index) SetSynonyms(groups [][]string) {
	s := &synonyms{}
	for _, g := range groups {
		var one []string
		for _, w := range g {
			if f := fold.Text(w); f != "" && !strings.Contains(f, " ") {
				one = append(one, f)
			}
		}
		if len(one) > 1 {
			s.groups = append(s.groups, one)
		}
	}
	x.synonyms.Store(s)
}

// widen adds the ways that synonyms open: for the whole word, and for a part of a
// run of Han characters.
func (s *synonyms) widen(w *word) {
	if w.ways[0].kind == prefix {
		return
	}
	typed := w.ways[0].text
	for _, group := range s.groups {
		for _, has := range group {
			if !strings.Contains(typed, has) || !isHan(has) && typed != has {
				continue
			}
			for _, other := range group {
				if other == has || isHan(other) != isHan(has) && typed != has {
					continue
				}
				text := strings.Replace(typed, has, other, 1)
				if len(w.ways) < mostWays && !w.has(text) {
					w.ways = append(w.ways, wayOf(text, false))
				}
			}
		}
	}
}

func (w *word) has(text string) bool {
	for _, y := range w.ways {
		if y.text == text {
			return true
		}
	}
	return false
}

func isHan(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return fold.IsHan(r)
}

func contains(lines []byte, text string) bool { return indexOf(lines, text) >= 0 }

func indexOf(lines []byte, text string) int { return bytes.Index(lines, []byte(text)) }

package word

import (
	"strings"

	"fontis/internal/engine/index/fold"
)

// Synonyms are groups of words that mean the same, folded.
type Synonyms struct{ groups [][]string }

// mostWays bounds what one word of a query becomes.
const mostWays = 8

// Same makes synonyms of groups of words that stand for one another: whoever writes
// one of a group finds the others too.
func Same(groups [][]string) *Synonyms {
	s := &Synonyms{}
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
	return s
}

// widen adds the ways that synonyms open: for the whole word, and for a part of a
// run of Han characters.
func (s *Synonyms) widen(w *Word) {
	if w.Ways[0].Kind == Prefix {
		return
	}
	typed := w.Ways[0].Text
	for _, group := range s.groups {
		for _, has := range group {
			if !strings.Contains(typed, has) || !fold.HasHan(has) && typed != has {
				continue
			}
			for _, other := range group {
				if other == has || fold.HasHan(other) != fold.HasHan(has) && typed != has {
					continue
				}
				text := strings.Replace(typed, has, other, 1)
				if len(w.Ways) < mostWays && !w.has(text) {
					w.Ways = append(w.Ways, wayOf(text, false))
				}
			}
		}
	}
}

func (w *Word) has(text string) bool {
	for _, y := range w.Ways {
		if y.Text == text {
			return true
		}
	}
	return false
}

package index

import (
	"slices"
	"unicode/utf8"

	"fontis/internal/engine/index/fold"
	"fontis/internal/engine/index/segment"
	"fontis/internal/engine/index/word"
)

// meant gives the query with one typing error mended, "" where none is found. A
// guess counts only when it finds something for this reader.
func (s *search) meant() (string, error) {
	for i := range s.plan.Words {
		w := &s.plan.Words[i]
		if w.Ways[0].Kind == word.Prefix || s.held(w) && len(s.plan.Words) > 1 {
			continue
		}
		typed := w.Ways[0].Text
		guesses := word.Guesses(typed, s.x.letters([]rune(typed)))
		for _, guess := range word.Likeliest(guesses, typed, s.frequent) {
			if err := s.ctx.Err(); err != nil {
				return "", err
			}
			if text, ok := s.tried(i, guess); ok {
				return text, nil
			}
		}
	}
	return "", nil
}

// tried searches with the i-th word written otherwise.
func (s *search) tried(i int, guess string) (string, bool) {
	p, text := s.plan.Mended(i, guess)
	one := search{ctx: s.ctx, x: s.x, q: s.q, v: s.v, plan: p, buf: s.buf, scopes: s.scopes}
	one.find()
	if one.settle() != nil || one.total <= 0 {
		return "", false
	}
	return text, true
}

// letters gives what may stand at a place of a word: for letters and digits all of
// them, for Han characters those that stand beside the neighbours somewhere.
func (x *Index) letters(runes []rune) func(i int, between bool) []rune {
	if len(runes) == 0 || !fold.IsHan(runes[0]) {
		return word.Anywhere
	}
	parts := x.now.Load().parts
	return func(i int, between bool) []rune {
		after := i + 1
		if between {
			after = i
		}
		var out []rune
		for _, p := range parts {
			if i > 0 {
				p.seg.Prefixed(string(runes[i-1]), func(term string, _ segment.Term) bool {
					_, n := utf8.DecodeRuneInString(term)
					r, _ := utf8.DecodeRuneInString(term[n:])
					if fold.IsHan(r) && (after >= len(runes) || p.seg.Lookup(string([]rune{r, runes[after]})).Some()) {
						out = append(out, r)
					}
					return true
				})
			} else if after < len(runes) {
				fold.Alike(runes[min(i, len(runes)-1)], func(r rune) {
					if p.seg.Lookup(string([]rune{r, runes[after]})).Some() {
						out = append(out, r)
					}
				})
			}
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
}

// frequent tells how often a guess may stand: how often its rarest term does.
func (s *search) frequent(guess string) int {
	w := word.Of(guess)
	least := 0
	for _, p := range s.v.parts {
		in := -1
		for _, t := range w.Terms {
			term := p.seg.Lookup(t)
			n := term.Count(segment.Title) + term.Count(segment.Item) + term.Count(segment.Text)
			if in < 0 || n < in {
				in = n
			}
			if in == 0 {
				break
			}
		}
		least += in
	}
	if least > 0 {
		return least
	}
	for _, e := range s.v.tail {
		if w.In(e.title) || w.In(e.items) {
			least++
		}
	}
	return least
}

package index

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"fontis/internal/engine/index/fold"
	"fontis/internal/engine/index/segment"
)

// Where nothing is found, one typing error is looked for: a character too many,
// one too few, one for another, two that changed places. A guess counts only when
// it finds something for this reader. mostGuesses are searched for, the ones with
// the most frequent terms first.
const mostGuesses = 8

// meant gives the query with one word written otherwise, "" where none is found.
func (s *search) meant() (string, error) {
	for i := range s.plan.words {
		w := &s.plan.words[i]
		if w.ways[0].kind == prefix || s.held(w) && len(s.plan.words) > 1 {
			continue
		}
		for _, guess := range s.guesses(w.ways[0].text) {
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
	words := slices.Clone(s.plan.words)
	words[i] = word{ways: []way{wayOf(guess, false)}}
	var texts []string
	for k := range words {
		if words[k].ways[0].titled() {
			words[k].ways = words[k].ways[:1]
		}
		texts = append(texts, words[k].ways[0].text)
	}
	one := search{ctx: s.ctx, x: s.x, q: s.q, v: s.v, plan: &plan{words: words}, buf: s.buf, scopes: s.scopes}
	one.find()
	if one.settle() != nil || one.total <= 0 {
		return "", false
	}
	return strings.Join(texts, " "), true
}

// guesses are the words that one error may have made of what was typed.
func (s *search) guesses(typed string) []string {
	runes := []rune(typed)
	if len(runes) < 2 || len(runes) > 24 {
		return nil
	}
	seen := map[string]bool{typed: true}
	var out []string
	add := func(parts ...[]rune) {
		g := ""
		for _, p := range parts {
			g += string(p)
		}
		if utf8.RuneCountInString(g) > 1 && !seen[g] {
			seen[g] = true
			out = append(out, g)
		}
	}
	letters := s.x.letters(runes)
	for i := range runes {
		add(runes[:i], runes[i+1:])
		if i+1 < len(runes) {
			add(runes[:i], []rune{runes[i+1], runes[i]}, runes[i+2:])
		}
	}
	for i := 0; i <= len(runes); i++ {
		for _, r := range letters(i, true) {
			add(runes[:i], []rune{r}, runes[i:])
		}
		if i < len(runes) {
			for _, r := range letters(i, false) {
				add(runes[:i], []rune{r}, runes[i+1:])
			}
		}
	}
	return s.likeliest(out, len(runes))
}

// letters gives what may stand at a place of a word: for letters and digits all of
// them, for Han characters those that stand beside the neighbours somewhere.
func (x *Index) letters(runes []rune) func(i int, between bool) []rune {
	if !fold.IsHan(runes[0]) {
		all := []rune("abcdefghijklmnopqrstuvwxyz0123456789_")
		return func(int, bool) []rune { return all }
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

// likeliest keeps the guesses as long as what was typed before the longer and the
// shorter ones, and of these the ones whose rarest term is the most frequent: the
// beginning of a word is always more frequent than the word.
func (s *search) likeliest(guesses []string, typed int) []string {
	type weighed struct {
		text string
		kind int // 0 for as long, 1 for longer, 2 for shorter
		n    int
	}
	var some []weighed
	for _, g := range guesses {
		w := wayOf(g, false)
		least := 0
		for _, p := range s.v.parts {
			in := -1
			for _, t := range w.terms {
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
		if least == 0 {
			for _, e := range s.v.tail {
				if w.in(e.title) || w.in(e.items) {
					least++
				}
			}
		}
		if least > 0 {
			kind := [3]int{2, 0, 1}[cmp.Compare(utf8.RuneCountInString(g), typed)+1]
			some = append(some, weighed{g, kind, least})
		}
	}
	slices.SortFunc(some, func(a, b weighed) int { return cmp.Or(a.kind-b.kind, b.n-a.n, strings.Compare(a.text, b.text)) })
	out := make([]string, 0, mostGuesses)
	for _, w := range some[:min(len(some), mostGuesses)] {
		out = append(out, w.text)
	}
	return out
}

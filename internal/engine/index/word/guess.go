package word

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Guesses are the words that one error may have made of what was typed: a character
// too many, one too few, one for another, two that changed places. letters gives what
// may stand at a place, or between that place and the one before it.
func Guesses(typed string, letters func(i int, between bool) []rune) []string {
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
	return out
}

// mostGuesses are searched for, the likeliest first.
const mostGuesses = 8

// Likeliest keeps the guesses as long as what was typed before the longer and the
// shorter ones, and of these the ones whose rarest term is the most frequent: the
// beginning of a word is always more frequent than the word. frequent tells how often
// a guess may stand somewhere; one that stands nowhere goes.
func Likeliest(guesses []string, typed string, frequent func(guess string) int) []string {
	type weighed struct {
		text string
		kind int // 0 for as long, 1 for longer, 2 for shorter
		n    int
	}
	var some []weighed
	long := utf8.RuneCountInString(typed)
	for _, g := range guesses {
		if n := frequent(g); n > 0 {
			some = append(some, weighed{g, [3]int{2, 0, 1}[cmp.Compare(utf8.RuneCountInString(g), long)+1], n})
		}
	}
	slices.SortFunc(some, func(a, b weighed) int { return cmp.Or(a.kind-b.kind, b.n-a.n, strings.Compare(a.text, b.text)) })
	out := make([]string, 0, mostGuesses)
	for _, w := range some[:min(len(some), mostGuesses)] {
		out = append(out, w.text)
	}
	return out
}

// Mended is the plan with its i-th word written as guessed, and how that reads.
func (p *Plan) Mended(i int, guess string) (*Plan, string) {
	words := slices.Clone(p.Words)
	words[i] = Word{Ways: []Way{Of(guess)}}
	texts := make([]string, len(words))
	for k := range words {
		if words[k].Ways[0].Titled() {
			words[k].Ways = words[k].Ways[:1]
		}
		texts[k] = words[k].Ways[0].Text
	}
	return &Plan{Words: words}, strings.Join(texts, " ")
}

// letters and digits may stand anywhere in a word of them.
var letters = []rune("abcdefghijklmnopqrstuvwxyz0123456789_")

// Anywhere gives all letters and digits for every place.
func Anywhere(int, bool) []rune { return letters }

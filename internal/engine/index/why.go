package index

import (
	"strings"
	"unicode/utf8"

	"fontis/internal/engine/index/fold"
	"fontis/internal/engine/index/word"
)

// Why finds the best place of a word: a title before an item before a text, of which
// the folded lines are given.
func Why(w *word.Word, titles, items []string, text []byte) Reason {
	for tier, lines := range [][]string{InTitle - 1: titles, InItems - 1: items} {
		for _, line := range lines {
			for i := range w.Ways {
				y := &w.Ways[i]
				if (tier == 0 || !y.Titled()) && y.In([]byte(fold.Text(line))) {
					return Reason{y.Text, Tier(tier) + InTitle, line}
				}
			}
		}
	}
	for line := range eachLine(text) {
		for i := range w.Ways {
			if y := &w.Ways[i]; !y.Titled() && y.In(line) {
				return Reason{y.Text, InText, cutAbout(string(line), y.Text)}
			}
		}
	}
	return Reason{Word: w.Ways[0].Text, Tier: nowhere}
}

// cutAbout gives the word with a few characters on either side.
func cutAbout(line, word string) string {
	i := strings.Index(line, word)
	if i < 0 {
		return line
	}
	from, to := i, i+len(word)
	for range about {
		_, n := utf8.DecodeLastRuneInString(line[:from])
		_, m := utf8.DecodeRuneInString(line[to:])
		from, to = from-n, to+m
	}
	return line[from:to]
}

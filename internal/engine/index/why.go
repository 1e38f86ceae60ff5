package index

import (
	"strings"
	"unicode/utf8"

	"fontis/internal/engine/index/fold"
	"fontis/internal/engine/index/segment"
)

// why finds the best place of a word: a title before an item before a text.
func (w *word) why(body segment.Body, items []string) Reason {
	for tier, lines := range [][]string{InTitle - 1: body.Titles, InItems - 1: items} {
		for _, line := range lines {
			for i := range w.ways {
				y := &w.ways[i]
				if (tier == 0 || !y.titled()) && y.in([]byte(fold.Text(line))) {
					return Reason{y.text, Tier(tier) + InTitle, line}
				}
			}
		}
	}
	for line := range eachLine(body.Text) {
		for i := range w.ways {
			if y := &w.ways[i]; !y.titled() && y.in(line) {
				return Reason{y.text, InText, cutAbout(string(line), y.text)}
			}
		}
	}
	return Reason{Word: w.ways[0].text, Tier: nowhere}
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

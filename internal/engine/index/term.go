package index

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold writes a text as its runs with one blank between: 不动产登记（ＡＢ－1）
// becomes "不动产登记 ab 1". Documents and queries are folded alike.
func fold(text string) string {
	text = norm.NFKC.String(text)
	var b strings.Builder
	b.Grow(len(text))
	const (
		gap = iota
		hanRun
		wordRun
	)
	last := gap
	for _, r := range text {
		kind := gap
		switch {
		case isHan(r):
			kind = hanRun
		case isWord(r):
			kind = wordRun
			r = unicode.ToLower(r)
		}
		if kind != gap {
			if kind != last && b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteRune(r)
		}
		last = kind
	}
	return b.String()
}

func isHan(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r > 0x2E00 && unicode.Is(unicode.Han, r)
}

func isWord(r rune) bool {
	if r < 0x80 {
		return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

// terms calls add for each term of a folded text: a pair of Han characters, a Han
// character that stands alone, or a whole word.
func terms(folded string, add func(string)) {
	for run := range strings.SplitSeq(folded, " ") {
		if run == "" {
			continue
		}
		first, n := utf8.DecodeRuneInString(run)
		if !isHan(first) || n == len(run) {
			add(run)
			continue
		}
		for i := 0; i+n < len(run); {
			_, m := utf8.DecodeRuneInString(run[i+n:])
			add(run[i : i+n+m])
			i, n = i+n, m
		}
	}
}

// run is one piece of a query.
type run struct {
	text string
	han  bool
	size int // in characters
}

// runs cuts a folded query; equal pieces count once.
func runs(folded string) []run {
	var out []run
	seen := map[string]bool{}
	for s := range strings.FieldsSeq(folded) {
		if seen[s] {
			continue
		}
		seen[s] = true
		first, _ := utf8.DecodeRuneInString(s)
		out = append(out, run{text: s, han: isHan(first), size: utf8.RuneCountInString(s)})
	}
	return out
}

// loose tells whether the pairs of the run may stand apart in a document, so that
// it has to be verified in the text.
func (r run) loose() bool { return r.han && r.size > 2 }

package fold

import (
	_ "embed" // the tables
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

//go:embed data/simple.txt
var simpleTable string

// simple gives for a character at or above firstHan its simplified form; 0 where
// it is its own.
var simple = sync.OnceValue(func() []uint16 {
	out := make([]uint16, endHan-firstHan)
	table := []rune(strings.TrimSpace(simpleTable))
	for i := 0; i+1 < len(table); i += 2 {
		if in(table[i]) && table[i+1] <= 0xFFFF {
			out[table[i]-firstHan] = uint16(table[i+1])
		}
	}
	return out
})

// The block that the tables cover.
const (
	firstHan = 0x3400
	endHan   = 0xA000
)

func in(r rune) bool { return r >= firstHan && r < endHan }

// Text writes a text as its runs with one blank between.
func Text(text string) string {
	if !settled(text) {
		text = norm.NFKC.String(text)
	}
	table := simple()
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
		case IsHan(r):
			kind = hanRun
			if in(r) && table[r-firstHan] != 0 {
				r = rune(table[r-firstHan])
			}
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

// settled tells a text that NFKC leaves as it is, or in which it changes nothing
// but what separates: plain letters, common Han characters and their punctuation.
func settled(text string) bool {
	for _, r := range text {
		switch {
		case r < 0x80, r >= 0x4E00 && r <= 0x9FFF, r >= 0x3000 && r <= 0x3002:
		case r == '，', r == '：', r == '（', r == '）', r == '；', r == '《', r == '》':
		default:
			return false
		}
	}
	return true
}

// Lines folds each text to one line and leaves out what folds to nothing.
func Lines(in []string) string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		if f := Text(s); f != "" {
			out = append(out, f)
		}
	}
	return strings.Join(out, "\n")
}

// IsHan tells a character that is found as a part of its run.
func IsHan(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r > 0x2E00 && unicode.Is(unicode.Han, r)
}

// HasHan tells a word that is, or begins with, a Han character.
func HasHan(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return IsHan(r)
}

func isWord(r rune) bool {
	if r < 0x80 {
		return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

// Terms calls add for each term of folded lines: every Han character, every pair
// of Han characters that follow one another, every other word whole.
func Terms(lines string, add func(term string)) {
	for i := 0; i < len(lines); {
		end := i
		for end < len(lines) && lines[end] != ' ' && lines[end] != '\n' {
			end++
		}
		if end > i {
			termsOfRun(lines[i:end], add)
		}
		i = end + 1
	}
}

func termsOfRun(run string, add func(string)) {
	first, n := utf8.DecodeRuneInString(run)
	if !IsHan(first) {
		add(run)
		return
	}
	for i := 0; ; {
		add(run[i : i+n])
		if i+n >= len(run) {
			return
		}
		_, m := utf8.DecodeRuneInString(run[i+n:])
		add(run[i : i+n+m])
		i, n = i+n, m
	}
}

// Pairs calls add for the pairs alone of a Han run, the run itself when it is one
// character.
func Pairs(run string, add func(string)) {
	_, n := utf8.DecodeRuneInString(run)
	if n == len(run) {
		add(run)
		return
	}
	for i := 0; i+n < len(run); {
		_, m := utf8.DecodeRuneInString(run[i+n:])
		add(run[i : i+n+m])
		i, n = i+n, m
	}
}

package fold

import (
	_ "embed" // the table
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed data/pinyin.txt
var pinyinTable string

// readings are the syllables and, for each character of the block, up to three of
// them by number from 1; 0 ends the list.
type readings struct {
	syllables []string
	number    map[string]uint16
	of        [][3]uint16
	longest   int
}

var known = sync.OnceValue(func() *readings {
	t := &readings{number: map[string]uint16{}, of: make([][3]uint16, endHan-firstHan)}
	for line := range strings.Lines(pinyinTable) {
		syllable, chars, _ := strings.Cut(strings.TrimSpace(line), " ")
		t.syllables = append(t.syllables, syllable)
		n := uint16(len(t.syllables))
		t.number[syllable] = n
		t.longest = max(t.longest, len(syllable))
		for _, r := range chars {
			for i, had := range t.of[r-firstHan] {
				if had == 0 {
					t.of[r-firstHan][i] = n
					break
				}
			}
		}
	}
	return t
})

func (t *readings) each(r rune, yield func(syllable string)) {
	if !in(r) {
		return
	}
	for _, n := range t.of[r-firstHan] {
		if n != 0 {
			yield(t.syllables[n-1])
		}
	}
}

// Sounds calls add for each pair of neighbours in the Han runs of folded lines:
// their syllables with a blank between, and their first letters together. A
// character with several readings gives each of them.
func Sounds(lines string, add func(pair string, initials bool)) {
	t := known()
	last := rune(0)
	for _, r := range lines {
		if !in(r) {
			last = 0
			continue
		}
		if last != 0 {
			t.each(last, func(a string) {
				t.each(r, func(b string) {
					add(a+" "+b, false)
					add(a[:1]+b[:1], true)
				})
			})
		}
		last = r
	}
}

// longestSpelling is how many letters are read as syllables; longer words are
// words.
const longestSpelling = 64

// Spelled gives the ways to read letters as syllables, at most most of them, the
// longest syllables first. No way has fewer than two syllables.
func Spelled(letters string, most int) [][]string {
	if len(letters) > longestSpelling {
		return nil
	}
	t := known()
	ends := t.ends(letters)
	var out [][]string
	var walk func(at int, sofar []string)
	walk = func(at int, sofar []string) {
		if len(out) >= most {
			return
		}
		if at == len(letters) {
			if len(sofar) > 1 {
				out = append(out, append([]string(nil), sofar...))
			}
			return
		}
		for n := min(t.longest, len(letters)-at); n > 0; n-- {
			if _, ok := t.number[letters[at:at+n]]; ok && ends[at+n] {
				walk(at+n, append(sofar, letters[at:at+n]))
			}
		}
	}
	walk(0, nil)
	return out
}

// ends tells from which places on letters can be read to their end, so that no
// way is tried in vain.
func (t *readings) ends(letters string) []bool {
	out := make([]bool, len(letters)+1)
	out[len(letters)] = true
	for i := len(letters) - 1; i >= 0; i-- {
		for n := 1; n <= min(t.longest, len(letters)-i) && !out[i]; n++ {
			_, ok := t.number[letters[i:i+n]]
			out[i] = ok && out[i+n]
		}
	}
	return out
}

// Reads tells whether somewhere in the Han runs of folded lines neighbours read as
// the syllables, or begin with them where they are single letters of initials.
func Reads(lines string, syllables []string, initials bool) bool {
	t := known()
	for i := range lines {
		if t.readsAt(lines[i:], syllables, initials) {
			return true
		}
	}
	return false
}

func (t *readings) readsAt(s string, syllables []string, initials bool) bool {
	for _, want := range syllables {
		r, n := utf8.DecodeRuneInString(s)
		ok := false
		t.each(r, func(has string) { ok = ok || has == want || initials && has[:1] == want })
		if !ok {
			return false
		}
		s = s[n:]
	}
	return true
}

// Alike calls yield for the characters that share a reading with r, r left out.
func Alike(r rune, yield func(rune)) {
	t := known()
	if !in(r) {
		return
	}
	for _, n := range t.of[r-firstHan] {
		if n == 0 {
			return
		}
		for o, has := range t.of {
			if rune(o+firstHan) != r && (has[0] == n || has[1] == n || has[2] == n) {
				yield(rune(o + firstHan))
			}
		}
	}
}

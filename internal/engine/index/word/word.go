package word

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"fontis/internal/engine/index/fold"
	"fontis/internal/engine/index/segment"
	"fontis/internal/vocab"
)

// most is how many words a query may have.
const most = 32

// Kind is how a word is found.
type Kind uint8

// The kinds.
const (
	Whole    Kind = iota // a word of letters and digits, or one Han character
	Han                  // a run of Han characters, anywhere in a longer one
	Prefix               // the beginning of a word
	Sounds               // syllables of a title
	Initials             // first letters of the syllables of a title
)

// Word is one word of a query with what is taken for it; any of its ways will do.
type Word struct {
	Ways []Way
}

// Way is one way to find a word.
type Way struct {
	Kind  Kind
	Text  string   // folded
	Terms []string // all must be held
	Parts []string // of Sounds and Initials
	Loose bool     // the terms may stand apart: the text must be looked at
}

// Plan is a query read.
type Plan struct {
	Words []Word
	Exact string // the folded text that an exact title has; "" for none
	None  bool   // nothing can be found
}

// Read cuts a text into words, and widens them by the synonyms unless these are nil.
func Read(text string, known *Synonyms) (*Plan, error) {
	p := &Plan{}
	marked := norm.NFKC.String(text)
	pieces := strings.Split(marked, "*")
	for i, piece := range pieces {
		runs := strings.Fields(fold.Text(piece))
		last, _ := utf8.DecodeLastRuneInString(piece)
		for k, run := range runs {
			r, _ := utf8.DecodeRuneInString(run)
			open := i < len(pieces)-1 && k == len(runs)-1 && !fold.IsHan(r) && fold.Text(string(last)) != ""
			w := Word{Ways: []Way{wayOf(run, open)}}
			if open && utf8.RuneCountInString(run) < 2 {
				return nil, vocab.BadInput.Because("%s* may be anything: write two letters at least before the star", run)
			}
			if !slices.ContainsFunc(p.Words, func(o Word) bool { return o.Ways[0].Kind == w.Ways[0].Kind && o.Ways[0].Text == run }) {
				p.Words = append(p.Words, w)
			}
		}
	}
	if len(p.Words) > most {
		return nil, vocab.BadInput.Because("the query has %d words, at most %d are searched for", len(p.Words), most)
	}
	if len(pieces) == 1 {
		p.Exact = fold.Text(text)
	}
	p.None = len(p.Words) == 0 && strings.TrimSpace(text) != ""
	if known != nil {
		for i := range p.Words {
			known.widen(&p.Words[i])
		}
	}
	return p, nil
}

// Of is the way in which a run is found.
func Of(run string) Way { return wayOf(run, false) }

func wayOf(run string, open bool) Way {
	first, n := utf8.DecodeRuneInString(run)
	switch {
	case open:
		return Way{Kind: Prefix, Text: run}
	case !fold.IsHan(first), n == len(run):
		return Way{Kind: Whole, Text: run, Terms: []string{run}}
	}
	w := Way{Kind: Han, Text: run}
	fold.Pairs(run, func(t string) { w.Terms = append(w.Terms, t) })
	w.Loose = len(w.Terms) > 1
	return w
}

// spellings are the most ways that one word of letters is read as syllables.
const spellings = 4

// Heard are the ways to take letters for the sound of a title: as syllables, and
// as their first letters. The terms are what fold.Sounds gives.
func Heard(letters string) []Way {
	for i := range len(letters) {
		if letters[i] < 'a' || letters[i] > 'z' {
			return nil
		}
	}
	var out []Way
	for _, syllables := range fold.Spelled(letters, spellings) {
		w := Way{Kind: Sounds, Text: letters, Parts: syllables, Loose: true}
		for i := range len(syllables) - 1 {
			w.Terms = append(w.Terms, segment.SoundTerm(syllables[i]+" "+syllables[i+1], false))
		}
		out = append(out, w)
	}
	if n := len(letters); n >= 2 && n <= most {
		w := Way{Kind: Initials, Text: letters, Parts: strings.Split(letters, ""), Loose: true}
		for i := range n - 1 {
			w.Terms = append(w.Terms, segment.SoundTerm(letters[i:i+2], true))
		}
		out = append(out, w)
	}
	return out
}

// In tells whether lines of folded text hold the word in this way.
func (w *Way) In(lines []byte) bool {
	switch w.Kind {
	case Han:
		return bytes.Contains(lines, []byte(w.Text))
	case Sounds, Initials:
		return fold.Reads(string(lines), w.Parts, w.Kind == Initials)
	}
	if r, _ := utf8.DecodeRuneInString(w.Text); fold.IsHan(r) {
		return bytes.Contains(lines, []byte(w.Text))
	}
	for from := 0; ; {
		i := bytes.Index(lines[from:], []byte(w.Text))
		if i < 0 {
			return false
		}
		i += from
		end := i + len(w.Text)
		if (i == 0 || lines[i-1] == ' ' || lines[i-1] == '\n') &&
			(w.Kind == Prefix || end == len(lines) || lines[end] == ' ' || lines[end] == '\n') {
			return true
		}
		from = i + 1
	}
}

// Titled tells whether the word is looked for in titles alone in this way.
func (w *Way) Titled() bool { return w.Kind == Sounds || w.Kind == Initials }

// Loose tells whether a way's terms may stand apart.
func (w *Word) Loose() bool { return slices.ContainsFunc(w.Ways, func(y Way) bool { return y.Loose }) }

// In tells whether lines that are no title hold the word.
func (w *Word) In(lines []byte) bool {
	return slices.ContainsFunc(w.Ways, func(y Way) bool { return !y.Titled() && y.In(lines) })
}

// InTitle tells whether titles hold the word.
func (w *Word) InTitle(titles []byte) bool {
	return slices.ContainsFunc(w.Ways, func(y Way) bool { return y.In(titles) })
}

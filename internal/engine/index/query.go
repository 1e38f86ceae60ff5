package index

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"fontis/internal/engine/index/fold"
	"fontis/internal/engine/index/segment"
	"fontis/internal/vocab"
)

// Visible says what a reader may see: documents whose audience holds a word of
// Any and none of Not. The zero value sees nothing.
type Visible struct {
	Any []string
	Not []string
}

// Query asks for documents. Every word of Text must be found; "" finds all. A
// word of letters and digits that ends in * is the beginning of a word. The
// values of one filter are alternatives, the filters add up; in a facet that is a
// tree a value takes in all below it.
type Query struct {
	Text    string
	Filters map[Facet][]string
	Item    string // only documents with an item of exactly this name
	Facets  []Facet
	// Under has facets counted by the values below one, each with all below it;
	// "" is above the topmost.
	Under   map[Facet]string
	Top     int // most values counted of each facet; 0 for all
	Visible Visible
	Offset  int
	Limit   int

	Plain   bool // no synonyms, no pinyin
	Correct bool // where nothing is found, look for what was meant
	Explain bool // say why each hit was found
}

// MaxReach is the deepest hit that paging reaches; deeper, narrow the query.
const MaxReach = 10_000

// What a query may have at most; beyond, it is refused before any work.
const (
	MaxText   = 1000 // characters
	maxWords  = 32
	maxValues = 500 // of all filters together
)

// kind is how a word is found.
type kind uint8

const (
	whole    kind = iota // a word of letters and digits, or one Han character
	han                  // a run of Han characters, anywhere in a longer one
	prefix               // the beginning of a word
	sounds               // syllables of a title
	initials             // first letters of the syllables of a title
)

// word is one word of a query with what is taken for it; any of its ways will do.
type word struct {
	ways []way
}

// way is one way to find a word.
type way struct {
	kind  kind
	text  string   // folded
	terms []string // all must be held
	parts []string // of sounds and initials
	loose bool     // the terms may stand apart: the text must be looked at
}

func (w *word) loose() bool { return slices.ContainsFunc(w.ways, func(y way) bool { return y.loose }) }

// plan is a query read.
type plan struct {
	words []word
	exact string // the folded text that an exact title has; "" for none
	none  bool   // nothing can be found
}

func (q *Query) check() error {
	if q.Offset < 0 || q.Limit < 0 || q.Offset+q.Limit > MaxReach {
		return vocab.BadInput.Because("the page ends at hit %d, and paging reaches hit %d", q.Offset+q.Limit, MaxReach)
	}
	if len(q.Text) > 4*MaxText || utf8.RuneCountInString(q.Text) > MaxText {
		return vocab.BadInput.Because("the query has %d bytes; at most %d characters are searched for", len(q.Text), MaxText)
	}
	n := len(q.Facets)
	for _, values := range q.Filters {
		n += len(values)
	}
	if n > maxValues {
		return vocab.BadInput.Because("the filters have %d values, at most %d are taken", n, maxValues)
	}
	return nil
}

// read cuts a text into words.
func (x *Index) read(text string, plain bool) (*plan, error) {
	p := &plan{}
	marked := norm.NFKC.String(text)
	pieces := strings.Split(marked, "*")
	for i, piece := range pieces {
		runs := strings.Fields(fold.Text(piece))
		last, _ := utf8.DecodeLastRuneInString(piece)
		for k, run := range runs {
			r, _ := utf8.DecodeRuneInString(run)
			open := i < len(pieces)-1 && k == len(runs)-1 && !fold.IsHan(r) && fold.Text(string(last)) != ""
			w := word{ways: []way{wayOf(run, open)}}
			if open && utf8.RuneCountInString(run) < 2 {
				return nil, vocab.BadInput.Because("%s* may be anything: write two letters at least before the star", run)
			}
			if !slices.ContainsFunc(p.words, func(o word) bool { return o.ways[0].kind == w.ways[0].kind && o.ways[0].text == run }) {
				p.words = append(p.words, w)
			}
		}
	}
	if len(p.words) > maxWords {
		return nil, vocab.BadInput.Because("the query has %d words, at most %d are searched for", len(p.words), maxWords)
	}
	if len(pieces) == 1 {
		p.exact = fold.Text(text)
	}
	p.none = len(p.words) == 0 && strings.TrimSpace(text) != ""
	if !plain {
		known := x.synonyms.Load()
		for i := range p.words {
			known.widen(&p.words[i])
		}
	}
	return p, nil
}

func wayOf(run string, open bool) way {
	first, n := utf8.DecodeRuneInString(run)
	switch {
	case open:
		return way{kind: prefix, text: run}
	case !fold.IsHan(first), n == len(run):
		return way{kind: whole, text: run, terms: []string{run}}
	}
	w := way{kind: han, text: run}
	fold.Pairs(run, func(t string) { w.terms = append(w.terms, t) })
	w.loose = len(w.terms) > 1
	return w
}

// spellings are the most ways that one word of letters is read as syllables.
const spellings = 4

// heard are the ways to take letters for the sound of a title: as syllables, and
// as their first letters.
func heard(letters string) []way {
	for i := range len(letters) {
		if letters[i] < 'a' || letters[i] > 'z' {
			return nil
		}
	}
	var out []way
	for _, syllables := range fold.Spelled(letters, spellings) {
		w := way{kind: sounds, text: letters, parts: syllables, loose: true}
		for i := range len(syllables) - 1 {
			w.terms = append(w.terms, segment.SoundTerm(syllables[i]+" "+syllables[i+1], false))
		}
		out = append(out, w)
	}
	if n := len(letters); n >= 2 && n <= maxWords {
		w := way{kind: initials, text: letters, parts: strings.Split(letters, ""), loose: true}
		for i := range n - 1 {
			w.terms = append(w.terms, segment.SoundTerm(letters[i:i+2], true))
		}
		out = append(out, w)
	}
	return out
}

// in tells whether lines of folded text hold the word in this way.
func (w *way) in(lines []byte) bool {
	switch w.kind {
	case han:
		return contains(lines, w.text)
	case sounds, initials:
		return fold.Reads(string(lines), w.parts, w.kind == initials)
	}
	if r, _ := utf8.DecodeRuneInString(w.text); fold.IsHan(r) {
		return contains(lines, w.text)
	}
	for from := 0; ; {
		i := indexOf(lines[from:], w.text)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(w.text)
		if (i == 0 || lines[i-1] == ' ' || lines[i-1] == '\n') &&
			(w.kind == prefix || end == len(lines) || lines[end] == ' ' || lines[end] == '\n') {
			return true
		}
		from = i + 1
	}
}

// titled tells whether the word can be found outside of titles in this way.
func (w *way) titled() bool { return w.kind == sounds || w.kind == initials }

package index

import (
	"unicode/utf8"

	"fontis/internal/engine/index/word"
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
	maxValues = 500  // of all filters together
)

// Check refuses what is too much before any work.
func (q *Query) Check() error {
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

// read reads the words of a query.
func (x *Index) read(text string, plain bool) (*word.Plan, error) {
	if plain {
		return word.Read(text, nil)
	}
	return word.Read(text, x.synonyms.Load())
}

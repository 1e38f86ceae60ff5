package segment

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
)

// Segment is opened bytes; safe for any number of readers.
type Segment struct {
	Path string // of its file; empty in memory

	data    []byte // what is mapped or in memory
	size    int64
	body    io.ReaderAt
	bodyAt  int64
	bodyLen int64
	n       int // documents
	names   int
	terms   int
	sec     [sections][]byte
	cols    []column
}

// column is a facet: a code for each document, 0 for none.
type column struct {
	width  int
	values []string // code-1 -> value
	data   []byte
}

// Len is the number of documents, the superseded ones among them.
func (s *Segment) Len() int { return s.n }

// Size is the number of bytes.
func (s *Segment) Size() int64 { return s.size }

// Names is the number of distinct names of items.
func (s *Segment) Names() int { return s.names }

func u32(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }

// piece is the i-th of the pieces that offsets cut a section into.
func (s *Segment) piece(off, blob section, i int) []byte {
	return s.sec[blob][u32(s.sec[off], i):u32(s.sec[off], i+1)]
}

// Key is the key of a document.
func (s *Segment) Key(id uint32) []byte { return s.piece(secKeyOff, secKeys, int(id)) }

// Order is what comes before the key in the order of documents.
func (s *Segment) Order(id uint32) uint32 { return u32(s.sec[secOrder], int(id)) }

// Titles are the folded titles of a document, a line each.
func (s *Segment) Titles(id uint32) []byte { return s.piece(secTitleOff, secTitles, int(id)) }

// NameAt is the folded name of an item.
func (s *Segment) NameAt(name uint32) []byte { return s.piece(secNameOff, secNames, int(name)) }

// Shown is the name of an item as it was written.
func (s *Segment) Shown(name uint32) string {
	if b := s.piece(secShownOff, secShown, int(name)); len(b) > 0 {
		return string(b)
	}
	return string(s.NameAt(name))
}

// NamesOf calls yield for the names of a document's items until it says false.
func (s *Segment) NamesOf(id uint32, yield func(name uint32) bool) {
	b := s.piece(secOwnOff, secOwn, int(id))
	last := uint64(0)
	for len(b) > 0 {
		d, n := binary.Uvarint(b)
		if n <= 0 {
			return
		}
		b = b[n:]
		last += d
		if !yield(uint32(last)) {
			return
		}
	}
}

// Body is what is read for single documents.
type Body struct {
	Titles []string // as they were written
	Text   []byte   // folded, a line each
}

// Body reads the body of a document.
func (s *Segment) Body(id uint32) (Body, error) {
	from := int64(u32(s.sec[secBodyOff], int(id))) * 8
	to := int64(u32(s.sec[secBodyOff], int(id)+1)) * 8
	buf := make([]byte, to-from)
	if _, err := s.body.ReadAt(buf, s.bodyAt+from); err != nil && err != io.EOF {
		return Body{}, fmt.Errorf("read a body: %w", err)
	}
	return parseBody(buf)
}

// A body is the lengths of titles and text, the titles in lines, the text, zeros
// up to the next eighth byte.
func parseBody(b []byte) (Body, error) {
	if len(b) < 8 {
		return Body{}, ErrDamaged
	}
	t, x := uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[4:]))
	if 8+t+x > uint64(len(b)) {
		return Body{}, ErrDamaged
	}
	out := Body{Text: b[8+t : 8+t+x]}
	if t > 0 {
		out.Titles = strings.Split(string(b[8:8+t]), "\n")
	}
	return out, nil
}

// Find gives the number of the document with the key.
func (s *Segment) Find(key string) (uint32, bool) {
	if s.n == 0 {
		return 0, false
	}
	at := func(i int) []byte { return s.Key(u32(s.sec[secByKey], i)) }
	k := []byte(key)
	if bytes.Compare(k, at(0)) < 0 || bytes.Compare(k, at(s.n-1)) > 0 {
		return 0, false
	}
	i := sort.Search(s.n, func(i int) bool { return bytes.Compare(at(i), k) >= 0 })
	if i < s.n && bytes.Equal(at(i), k) {
		return u32(s.sec[secByKey], i), true
	}
	return 0, false
}

func (s *Segment) term(i int) []byte { return s.piece(secTermOff, secTerms, i) }

// lower is the first term not before t.
func (s *Segment) lower(t string) int {
	k := []byte(t)
	return sort.Search(s.terms, func(i int) bool { return bytes.Compare(s.term(i), k) >= 0 })
}

func (s *Segment) record(off section, i int) []byte {
	return s.sec[secPost][uint64(u32(s.sec[off], i))*8:]
}

// Term is where a term leads.
type Term struct{ rec []byte }

// Set is the set of a field; nil when it is empty. It may lie in the segment's
// bytes: it must not be changed, nor kept beyond the segment.
func (t Term) Set(f Field) *roaring.Bitmap {
	if t.rec == nil {
		return nil
	}
	return readSet(t.rec, f)
}

// Count is the size of the set of a field.
func (t Term) Count(f Field) int {
	if t.rec == nil {
		return 0
	}
	return count(t.rec, f)
}

// Some tells whether the term leads anywhere.
func (t Term) Some() bool { return t.rec != nil }

// Lookup finds a term; one that no document holds leads nowhere.
func (s *Segment) Lookup(t string) Term {
	i := s.lower(t)
	if i < s.terms && string(s.term(i)) == t {
		return Term{s.record(secTermRec, i)}
	}
	return Term{}
}

// Prefixed walks the terms that begin with p, in order, until yield says false.
func (s *Segment) Prefixed(p string, yield func(term string, t Term) bool) {
	for i := s.lower(p); i < s.terms; i++ {
		b := s.term(i)
		if !bytes.HasPrefix(b, []byte(p)) || !yield(string(b), Term{s.record(secTermRec, i)}) {
			return
		}
	}
}

// DocsOf is the set of documents that have an item of the name.
func (s *Segment) DocsOf(name uint32) *roaring.Bitmap {
	return readSet(s.record(secNameRec, int(name)), Item)
}

// FindName gives the number of a folded name of an item.
func (s *Segment) FindName(folded string) (uint32, bool) {
	i := sort.Search(s.names, func(i int) bool { return string(s.NameAt(uint32(i))) >= folded })
	if i < s.names && string(s.NameAt(uint32(i))) == folded {
		return uint32(i), true
	}
	return 0, false
}

// TitleRange gives the bounds in the sorted titles of those that begin with a
// folded prefix, or are it when exact is set.
func (s *Segment) TitleRange(prefix string, exact bool) (from, to int) {
	n := len(s.sec[secSorted]) / 8
	p := []byte(prefix)
	from = sort.Search(n, func(i int) bool { return bytes.Compare(s.sortedTitle(i), p) >= 0 })
	to = from + sort.Search(n-from, func(i int) bool {
		t := s.sortedTitle(from + i)
		if exact {
			return !bytes.Equal(t, p)
		}
		return !bytes.HasPrefix(t, p)
	})
	return from, to
}

// TitleAt is the i-th of the sorted titles and its document.
func (s *Segment) TitleAt(i int) (title []byte, id uint32) {
	return s.sortedTitle(i), u32(s.sec[secSorted], 2*i+1)
}

func (s *Segment) sortedTitle(i int) []byte {
	off := u32(s.sec[secSorted], 2*i)
	end := u32(s.sec[secTitleOff], int(u32(s.sec[secSorted], 2*i+1))+1)
	line := s.sec[secTitles][off:end]
	if k := bytes.IndexByte(line, '\n'); k >= 0 {
		line = line[:k]
	}
	return line
}

// Values are the values of a facet; a document's code less one is the place.
func (s *Segment) Values(facet int) []string { return s.cols[facet].values }

// CodeOf is the code of a document's value of a facet, 0 for none.
func (s *Segment) CodeOf(facet int, id uint32) uint32 {
	c := &s.cols[facet]
	switch c.width {
	case 1:
		return uint32(c.data[id])
	case 2:
		return uint32(binary.LittleEndian.Uint16(c.data[2*id:]))
	default:
		return binary.LittleEndian.Uint32(c.data[4*uint64(id):])
	}
}

// CountInto counts the codes of documents.
func (s *Segment) CountInto(facet int, ids, counts []uint32) {
	c := &s.cols[facet]
	switch c.width {
	case 1:
		for _, id := range ids {
			counts[c.data[id]]++
		}
	case 2:
		for _, id := range ids {
			counts[binary.LittleEndian.Uint16(c.data[2*id:])]++
		}
	default:
		for _, id := range ids {
			counts[binary.LittleEndian.Uint32(c.data[4*uint64(id):])]++
		}
	}
}

// The kinds of terms that are no words.
const (
	kindAudience = "\x01"
	kindFacet    = "\x02"
	kindSyllable = "\x03"
	kindInitials = "\x04"
)

// AudienceTerm is the term of those who may see a document; its set is Title's.
func AudienceTerm(word string) string { return kindAudience + word }

// FacetTerm is the term of a facet's value, or of a value above it.
func FacetTerm(facet int, value string) string {
	return kindFacet + string([]byte{byte(facet) + 1}) + value
}

// SoundTerm is the term of two neighbouring syllables, or of their initials.
func SoundTerm(pair string, initials bool) string {
	if initials {
		return kindInitials + pair
	}
	return kindSyllable + pair
}

// columns reads the facets: their count, and for each its width, its values and
// its codes.
func (s *Segment) columns() error {
	b := s.sec[secFacets]
	next := func() (uint64, bool) {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return 0, false
		}
		b = b[n:]
		return v, true
	}
	facets, ok := next()
	if !ok {
		return ErrDamaged
	}
	for range facets {
		width, ok := next()
		values, ok2 := next()
		if !ok || !ok2 || width != 1 && width != 2 && width != 4 {
			return ErrDamaged
		}
		c := column{width: int(width), values: make([]string, 0, min(values, uint64(len(b))))}
		for range values {
			n, ok := next()
			if !ok || n > uint64(len(b)) {
				return ErrDamaged
			}
			c.values = append(c.values, string(b[:n]))
			b = b[n:]
		}
		if width*uint64(s.n) > uint64(len(b)) {
			return ErrDamaged
		}
		c.data, b = b[:int(width)*s.n], b[int(width)*s.n:]
		s.cols = append(s.cols, c)
	}
	return nil
}

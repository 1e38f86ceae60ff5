package graph

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"fontis/internal/vocab"
)

const (
	rdf     = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	xsd     = "http://www.w3.org/2001/XMLSchema#"
	isA     = rdf + "type"
	maxDeep = 64 // nested brackets of a document
)

// Turtle reads RDF 1.1 Turtle, of which N-Triples is a part. base is where the
// document came from; names in it are relative to that.
func Turtle(doc []byte, base string, add func(Triple)) error {
	t := &turtle{doc: bytes.TrimPrefix(doc, []byte("\xEF\xBB\xBF")), line: 1, base: base, prefix: map[string]string{}, add: add}
	for t.space(); t.at < len(t.doc); t.space() {
		if err := t.statement(); err != nil {
			return err
		}
	}
	return nil
}

type turtle struct {
	doc    []byte
	at     int
	line   int
	begun  int // the line of the present statement
	base   string
	prefix map[string]string
	blanks int
	depth  int
	add    func(Triple)
}

func (t *turtle) broken(format string, args ...any) error {
	return vocab.FileUnreadable.Because("the Turtle is broken in line %d: %s", t.line, fmt.Sprintf(format, args...)).
		WithFix("mend the file at that place")
}

// space passes over white space and comments.
func (t *turtle) space() {
	for t.at < len(t.doc) {
		switch c := t.doc[t.at]; c {
		case '\n':
			t.line++
			t.at++
		case ' ', '\t', '\r':
			t.at++
		case '#':
			for t.at < len(t.doc) && t.doc[t.at] != '\n' {
				t.at++
			}
		default:
			return
		}
	}
}

// next is the next sign that is not white space, 0 at the end.
func (t *turtle) next() byte {
	t.space()
	if t.at >= len(t.doc) {
		return 0
	}
	return t.doc[t.at]
}

func (t *turtle) expect(c byte) error {
	if got := t.next(); got != c {
		return t.broken("%q is expected, not %s", string(rune(c)), t.here())
	}
	t.at++
	return nil
}

// here shows what stands at the present place.
func (t *turtle) here() string {
	if t.at >= len(t.doc) {
		return "the end"
	}
	end := min(t.at+20, len(t.doc))
	return strconv.Quote(strings.ToValidUTF8(string(t.doc[t.at:end]), "?"))
}

func (t *turtle) statement() error {
	t.begun = t.line
	for _, word := range []string{"@prefix", "@base", "prefix", "base"} {
		if t.directive(word) {
			return t.declare(word)
		}
	}
	subject, err := t.subject()
	if err != nil {
		return err
	}
	if t.next() != '.' || subject.Kind != Blank {
		if err := t.properties(subject); err != nil {
			return err
		}
	}
	return t.expect('.')
}

// directive takes a word that declares: those without @ in any case.
func (t *turtle) directive(word string) bool {
	end := t.at + len(word)
	if end >= len(t.doc) || bytes.IndexByte([]byte(" \t\r\n<"), t.doc[end]) < 0 {
		return false
	}
	here := string(t.doc[t.at:end])
	if here != word && (word[0] == '@' || !strings.EqualFold(here, word)) {
		return false
	}
	t.at = end
	return true
}

func (t *turtle) declare(word string) error {
	name := ""
	if strings.HasSuffix(word, "prefix") {
		t.space()
		from := t.at
		for t.at < len(t.doc) && t.doc[t.at] != ':' {
			if bytes.IndexByte([]byte(" \t\r\n<>\"'"), t.doc[t.at]) >= 0 {
				return t.broken("a prefix has no colon")
			}
			t.at++
		}
		name = string(t.doc[from:t.at])
		if err := t.expect(':'); err != nil {
			return err
		}
	}
	if t.next() != '<' {
		return t.broken("an address in < > is expected, not %s", t.here())
	}
	iri, err := t.iri()
	if err != nil {
		return err
	}
	if strings.HasSuffix(word, "prefix") {
		t.prefix[name] = iri
	} else {
		t.base = iri
	}
	if word[0] == '@' {
		return t.expect('.')
	}
	return nil
}

func (t *turtle) subject() (Term, error) {
	switch t.next() {
	case '[', '(':
		return t.nested()
	case '"', '\'':
		return Term{}, t.broken("a text cannot be a subject")
	}
	s, err := t.term()
	if err == nil && s.Kind == Literal {
		err = t.broken("a value cannot be a subject")
	}
	return s, err
}

// properties reads predicates with their objects up to a . or ].
func (t *turtle) properties(subject Term) error {
	for {
		predicate, err := t.predicate()
		if err != nil {
			return err
		}
		for {
			object, err := t.object()
			if err != nil {
				return err
			}
			t.add(Triple{subject, predicate, object, t.begun})
			if t.next() != ',' {
				break
			}
			t.at++
		}
		if t.next() != ';' {
			return nil
		}
		for t.next() == ';' {
			t.at++
		}
		if c := t.next(); c == '.' || c == ']' {
			return nil
		}
	}
}

func (t *turtle) predicate() (string, error) {
	if t.next() == 'a' && t.at+1 < len(t.doc) && bytes.IndexByte([]byte(" \t\r\n<[\"'("), t.doc[t.at+1]) >= 0 {
		t.at++
		return isA, nil
	}
	p, err := t.term()
	if err == nil && p.Kind != IRI {
		err = t.broken("a property is expected")
	}
	return p.Text, err
}

func (t *turtle) object() (Term, error) {
	switch t.next() {
	case '[', '(':
		return t.nested()
	case '"', '\'':
		return t.text()
	}
	return t.term()
}

// nested reads [ ] and ( ), which make nodes without names.
func (t *turtle) nested() (Term, error) {
	if t.depth++; t.depth > maxDeep {
		return Term{}, t.broken("the brackets are nested more than %d deep", maxDeep)
	}
	defer func() { t.depth-- }()
	open := t.doc[t.at]
	t.at++
	if open == '(' {
		return t.list()
	}
	node := t.blank()
	if t.next() != ']' {
		if err := t.properties(node); err != nil {
			return node, err
		}
	}
	return node, t.expect(']')
}

func (t *turtle) blank() Term {
	t.blanks++
	return Term{Kind: Blank, Text: "." + strconv.Itoa(t.blanks)} // no label of a document begins so
}

func (t *turtle) list() (Term, error) {
	head := Term{Text: rdf + "nil"}
	last := Term{}
	for t.next() != ')' {
		if t.at >= len(t.doc) {
			return head, t.broken("a list never ends")
		}
		item, err := t.object()
		if err != nil {
			return head, err
		}
		cell := t.blank()
		if last == (Term{}) {
			head = cell
		} else {
			t.add(Triple{last, rdf + "rest", cell, t.begun})
		}
		t.add(Triple{cell, rdf + "first", item, t.begun})
		last = cell
	}
	t.at++
	if last != (Term{}) {
		t.add(Triple{last, rdf + "rest", Term{Text: rdf + "nil"}, t.begun})
	}
	return head, nil
}

// term reads an address, a name with a prefix, a label, a number or a truth.
func (t *turtle) term() (Term, error) {
	c := t.next()
	switch {
	case c == '<':
		iri, err := t.iri()
		return Term{Text: iri}, err
	case c >= '0' && c <= '9', c == '+', c == '-', c == '.' && t.at+1 < len(t.doc) && t.doc[t.at+1] >= '0' && t.doc[t.at+1] <= '9':
		return t.number()
	}
	word, err := t.word()
	if err != nil {
		return Term{}, err
	}
	if label, ok := strings.CutPrefix(word, "_:"); ok && label != "" && label[0] != '.' {
		return Term{Kind: Blank, Text: label}, nil
	}
	name, rest, ok := strings.Cut(word, ":")
	switch {
	case ok:
		iri, known := t.prefix[name]
		if !known {
			return Term{}, t.broken("the prefix %q is not declared", cut(name))
		}
		return Term{Text: iri + rest}, nil
	case word == "true", word == "false":
		return Term{Kind: Literal, Text: word, Type: xsd + "boolean"}, nil
	case word == "":
		return Term{}, t.broken("a name is expected, not %s", t.here())
	}
	return Term{}, t.broken("%q is neither a name nor a text", cut(word))
}

// word takes the signs of a name; a full stop at its end ends the statement.
func (t *turtle) word() (string, error) {
	var b strings.Builder
	for t.at < len(t.doc) {
		r, n := utf8.DecodeRune(t.doc[t.at:])
		switch {
		case r == utf8.RuneError && n == 1:
			return "", t.broken("a name is not UTF-8")
		case r == '\\' && t.at+1 < len(t.doc) && t.doc[t.at+1] < utf8.RuneSelf:
			b.WriteByte(t.doc[t.at+1])
			t.at += 2
			continue
		case r == '.':
			after := t.at
			for after < len(t.doc) && t.doc[after] == '.' {
				after++
			}
			if next, _ := utf8.DecodeRune(t.doc[after:]); after == len(t.doc) || !ofName(next) {
				return b.String(), nil
			}
		case !ofName(r):
			return b.String(), nil
		}
		b.WriteRune(r)
		t.at += n
	}
	return b.String(), nil
}

func ofName(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-:%\\", r) || r > 0x2000 && !unicode.IsSpace(r)
}

func (t *turtle) number() (Term, error) {
	from := t.at
	for t.at < len(t.doc) && bytes.IndexByte([]byte("0123456789+-.eE"), t.doc[t.at]) >= 0 {
		t.at++
	}
	if t.doc[t.at-1] == '.' {
		t.at-- // the end of the statement
	}
	text := string(t.doc[from:t.at])
	if _, err := strconv.ParseFloat(text, 64); err != nil && !strings.Contains(err.Error(), "range") {
		return Term{}, t.broken("%q is no number", cut(text))
	}
	kind := "integer"
	if strings.ContainsAny(text, "eE") {
		kind = "double"
	} else if strings.Contains(text, ".") {
		kind = "decimal"
	}
	return Term{Kind: Literal, Text: text, Type: xsd + kind}, nil
}

func (t *turtle) iri() (string, error) {
	t.at++
	end := bytes.IndexByte(t.doc[t.at:], '>')
	if end < 0 {
		return "", t.broken("an address never ends")
	}
	raw := t.doc[t.at : t.at+end]
	if bytes.IndexFunc(raw, func(r rune) bool { return r <= ' ' || r == '<' || r == '"' || r == utf8.RuneError }) >= 0 {
		return "", t.broken("the address %q holds signs that no address has", cut(string(raw)))
	}
	t.at += end + 1
	text, err := t.unescaped(string(raw), false)
	if err != nil || t.base == "" {
		return text, err
	}
	base, err := url.Parse(t.base)
	if err != nil {
		return text, nil
	}
	ref, err := url.Parse(text)
	if err != nil || ref.IsAbs() {
		return text, nil
	}
	return base.ResolveReference(ref).String(), nil
}

// text reads a literal with its language or type.
func (t *turtle) text() (Term, error) {
	quote := t.doc[t.at : t.at+1]
	long := bytes.Repeat(quote, 3)
	end := quote
	if bytes.HasPrefix(t.doc[t.at:], long) {
		end = long
	}
	t.at += len(end)
	from := t.at
	for {
		switch {
		case t.at >= len(t.doc):
			return Term{}, t.broken("a text never ends")
		case t.doc[t.at] == '\\':
			t.at++
		case t.doc[t.at] == '\n' && len(end) == 1:
			return Term{}, t.broken("a text never ends")
		case bytes.HasPrefix(t.doc[t.at:], end):
			raw := t.doc[from:t.at]
			t.at += len(end)
			// A long text may end in quotation marks of its own.
			for len(end) == 3 && t.at < len(t.doc) && t.doc[t.at] == quote[0] {
				t.at++
				raw = t.doc[from : t.at-3]
			}
			return t.literal(string(raw))
		}
		if t.at < len(t.doc) && t.doc[t.at] == '\n' {
			t.line++
		}
		t.at++
	}
}

func (t *turtle) literal(raw string) (Term, error) {
	text, err := t.unescaped(raw, true)
	if err != nil {
		return Term{}, err
	}
	out := Term{Kind: Literal, Text: text}
	switch {
	case t.at < len(t.doc) && t.doc[t.at] == '@':
		t.at++
		from := t.at
		for t.at < len(t.doc) && (t.doc[t.at] == '-' || t.doc[t.at] < utf8.RuneSelf && (unicode.IsLetter(rune(t.doc[t.at])) || unicode.IsDigit(rune(t.doc[t.at])))) {
			t.at++
		}
		if out.Lang = strings.ToLower(string(t.doc[from:t.at])); out.Lang == "" {
			return out, t.broken("a language is expected after @")
		}
	case bytes.HasPrefix(t.doc[t.at:], []byte("^^")):
		t.at += 2
		kind, err := t.term()
		if err == nil && kind.Kind != IRI {
			err = t.broken("a type is expected after ^^")
		}
		out.Type = kind.Text
		return out, err
	}
	return out, nil
}

// unescaped turns \n, \u4E2D and the like into what they stand for.
func (t *turtle) unescaped(s string, signs bool) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		at, size := -1, 0
		if i < len(s) {
			at, size = strings.IndexByte(`tnrbf"'\`, s[i]), map[byte]int{'u': 4, 'U': 8}[s[i]]
		}
		switch {
		case at >= 0 && signs:
			b.WriteByte("\t\n\r\b\f\"'\\"[at])
		case size > 0 && i+size < len(s):
			n, err := strconv.ParseUint(s[i+1:i+1+size], 16, 32)
			if err != nil || !utf8.ValidRune(rune(n)) {
				return "", t.broken("%q is no sign", cut(s[i-1:]))
			}
			b.WriteRune(rune(n))
			i += size
		default:
			return "", t.broken("%q is no sign", cut(s[i-1:]))
		}
	}
	return b.String(), nil
}

func cut(s string) string {
	if len(s) > 40 {
		s = s[:40]
	}
	return strings.ToValidUTF8(s, "")
}

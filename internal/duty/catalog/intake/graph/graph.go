package graph

import (
	"slices"
	"strings"
)

// Kind tells what a term is.
type Kind uint8

// The kinds of terms.
const (
	IRI Kind = iota
	Blank
	Literal
)

// Term is one place of a triple. Lang and Type belong to a literal.
type Term struct {
	Kind Kind
	Text string
	Lang string
	Type string
}

// Triple is one statement. Line is where its subject stands, 0 where the form
// has no lines.
type Triple struct {
	Subject   Term
	Predicate string
	Object    Term
	Line      int
}

// Graph holds the triples of a document by subject.
type Graph struct {
	subjects map[Term]*node
	order    []*node
}

type node struct {
	term Term
	line int
	said map[string][]Term
}

// Add takes a triple in.
func (g *Graph) Add(t Triple) {
	if g.subjects == nil {
		g.subjects = map[Term]*node{}
	}
	n := g.subjects[t.Subject]
	if n == nil {
		n = &node{term: t.Subject, line: t.Line, said: map[string][]Term{}}
		g.subjects[t.Subject] = n
		g.order = append(g.order, n)
	}
	if !slices.Contains(n.said[t.Predicate], t.Object) {
		n.said[t.Predicate] = append(n.said[t.Predicate], t.Object)
	}
}

// local is the last piece of an IRI: the word of a list that it names.
func local(iri string) string {
	iri = strings.TrimRight(iri, "/#")
	return iri[strings.LastIndexAny(iri, "/#:")+1:]
}

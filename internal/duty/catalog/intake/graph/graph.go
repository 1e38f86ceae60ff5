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
	all  map[statement]bool // of a predicate with many objects: what was said
}

// statement is what is said of one subject.
type statement struct {
	predicate string
	object    Term
}

// few is how many objects are compared one by one.
const few = 16

// says keeps a statement that was not made before. A catalog names a hundred
// thousand sets in one property: those are looked up, not compared.
func (n *node) says(predicate string, object Term) {
	list := n.said[predicate]
	switch {
	case len(list) < few:
		if slices.Contains(list, object) {
			return
		}
	case len(list) == few:
		if n.all == nil {
			n.all = map[statement]bool{}
		}
		for _, o := range list {
			n.all[statement{predicate, o}] = true
		}
		fallthrough
	default:
		if n.all[statement{predicate, object}] {
			return
		}
		n.all[statement{predicate, object}] = true
	}
	n.said[predicate] = append(list, object)
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
	n.says(t.Predicate, t.Object)
}

// local is the last piece of an IRI: the word of a list that it names.
func local(iri string) string {
	iri = strings.TrimRight(iri, "/#")
	return iri[strings.LastIndexAny(iri, "/#:")+1:]
}

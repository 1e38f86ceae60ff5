package graph

import (
	"encoding/json"
	"slices"

	"github.com/piprate/json-gold/ld"

	"fontis/internal/vocab"
)

// JSONLD reads a JSON-LD 1.1 document with its context inside.
func JSONLD(doc []byte, add func(Triple)) error {
	if deep(doc) > maxDeep {
		return vocab.FileUnreadable.Because("the JSON is nested more than %d deep", maxDeep)
	}
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		return vocab.FileUnreadable.Wrap(err, "the JSON is broken").WithFix("mend the file at the place named")
	}
	out, err := expanded(v)
	if err != nil {
		return vocab.FileUnreadable.Wrap(err, "the JSON-LD cannot be read").WithFix("send it with its context inside, or send it as Turtle")
	}
	set, ok := out.(*ld.RDFDataset)
	if !ok {
		return vocab.FileUnreadable.Because("the JSON-LD says nothing")
	}
	var names []string
	for n := range set.Graphs {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		for _, q := range set.Graphs[n] {
			add(Triple{Subject: termOf(q.Subject), Predicate: q.Predicate.GetValue(), Object: termOf(q.Object)})
		}
	}
	return nil
}

// expanded turns the document into triples. The library panics over some documents
// that are no JSON-LD; what somebody sends must not end the node.
func expanded(doc any) (out any, err error) {
	defer func() {
		if recover() != nil {
			out, err = nil, vocab.FileUnreadable.Because("a key or a value stands where JSON-LD has none")
		}
	}()
	o := ld.NewJsonLdOptions("")
	o.DocumentLoader = noLoader{}
	return ld.NewJsonLdProcessor().ToRDF(doc, o)
}

func termOf(n ld.Node) Term {
	t := Term{Text: n.GetValue()}
	switch v := n.(type) {
	case *ld.BlankNode:
		t.Kind = Blank
	case ld.BlankNode:
		t.Kind = Blank
	case *ld.Literal:
		t.Kind, t.Lang, t.Type = Literal, v.Language, v.Datatype
	case ld.Literal:
		t.Kind, t.Lang, t.Type = Literal, v.Language, v.Datatype
	}
	return t
}

// noLoader fetches nothing: a document must not make the node call out.
type noLoader struct{}

// LoadDocument refuses.
func (noLoader) LoadDocument(string) (*ld.RemoteDocument, error) {
	return nil, vocab.NotOffered.Because("the document names a context that stands elsewhere, and nothing is fetched")
}

// deep is how deep brackets are nested, outside of texts.
func deep(doc []byte) int {
	depth, most, inText := 0, 0, false
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c == '{' || c == '[':
			depth++
			most = max(most, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return most
}

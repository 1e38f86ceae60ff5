package dcat

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// prefixes are the vocabularies that a graph may use, in the order they are written.
var prefixes = [][2]string{
	{"dcat", "http://www.w3.org/ns/dcat#"},
	{"dct", "http://purl.org/dc/terms/"},
	{"foaf", "http://xmlns.com/foaf/0.1/"},
	{"hydra", "http://www.w3.org/ns/hydra/core#"},
	{"owl", "http://www.w3.org/2002/07/owl#"},
	{"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
	{"skos", "http://www.w3.org/2004/02/skos/core#"},
	{"xsd", "http://www.w3.org/2001/XMLSchema#"},
}

// thing is a node of the graph with what is said of it.
type thing struct {
	iri   string // "" for one without a name
	types []string
	said  []said
}

// said is one property with its values.
type said struct {
	property string
	values   []value
}

// value is an IRI, a text in a language, a text of a type, or a thing.
type value struct {
	iri, text, lang, kind string
	thing                 *thing
}

func iri(s string) value         { return value{iri: escapeIRI(s)} }
func words(s, lang string) value { return value{text: s, lang: lang} }
func typed(s, kind string) value { return value{text: s, kind: kind} }

// say adds values to a property; without values nothing is said.
func (t *thing) say(property string, values ...value) {
	if len(values) > 0 {
		t.said = append(t.said, said{property, values})
	}
}

// escapeIRI percent-encodes what an IRI may not hold.
func escapeIRI(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r <= ' ' || strings.ContainsRune("<>\"{}|^`\\", r) {
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// writeTurtle writes the things as RDF 1.1 Turtle.
func writeTurtle(w io.Writer, things []*thing) error {
	b := bufio.NewWriter(w)
	for _, p := range prefixes {
		fmt.Fprintf(b, "@prefix %s: <%s> .\n", p[0], p[1])
	}
	for _, t := range things {
		fmt.Fprintf(b, "\n<%s>", escapeIRI(t.iri))
		turtleOf(b, t, "    ")
		b.WriteString(" .\n")
	}
	return b.Flush()
}

func turtleOf(b *bufio.Writer, t *thing, indent string) {
	sep := ""
	if len(t.types) > 0 {
		fmt.Fprintf(b, " a %s", strings.Join(t.types, ", "))
		sep = " ;"
	}
	for _, s := range t.said {
		fmt.Fprintf(b, "%s\n%s%s ", sep, indent, s.property)
		for i, v := range s.values {
			if i > 0 {
				b.WriteString(", ")
			}
			turtleValue(b, v, indent)
		}
		sep = " ;"
	}
}

func turtleValue(b *bufio.Writer, v value, indent string) {
	switch {
	case v.thing != nil && v.thing.iri == "":
		b.WriteString("[")
		turtleOf(b, v.thing, indent+"    ")
		b.WriteString(" ]")
	case v.thing != nil:
		fmt.Fprintf(b, "<%s>", escapeIRI(v.thing.iri))
	case v.iri != "":
		fmt.Fprintf(b, "<%s>", v.iri)
	default:
		b.WriteByte('"')
		turtleText(b, v.text)
		b.WriteByte('"')
		if v.lang != "" {
			b.WriteString("@" + v.lang)
		} else if v.kind != "" {
			b.WriteString("^^" + v.kind)
		}
	}
}

func turtleText(b *bufio.Writer, s string) {
	for _, r := range s {
		switch r {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			if r < ' ' || r == 0x7f {
				fmt.Fprintf(b, `\u%04X`, r)
				continue
			}
			b.WriteRune(r)
		}
	}
}

// writeJSON writes the things as JSON-LD 1.1: a context of prefixes and a graph.
func writeJSON(w io.Writer, things []*thing) error {
	context := map[string]string{}
	for _, p := range prefixes {
		context[p[0]] = p[1]
	}
	graph := make([]any, 0, len(things))
	for _, t := range things {
		graph = append(graph, jsonOf(t))
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(map[string]any{"@context": context, "@graph": graph})
}

func jsonOf(t *thing) map[string]any {
	out := map[string]any{}
	if t.iri != "" {
		out["@id"] = escapeIRI(t.iri)
	}
	if len(t.types) > 0 {
		out["@type"] = t.types
	}
	for _, s := range t.said {
		all := make([]any, 0, len(s.values))
		for _, v := range s.values {
			all = append(all, jsonValue(v))
		}
		out[s.property] = all
	}
	return out
}

func jsonValue(v value) any {
	switch {
	case v.thing != nil && v.thing.iri != "":
		return map[string]string{"@id": escapeIRI(v.thing.iri)}
	case v.thing != nil:
		return jsonOf(v.thing)
	case v.iri != "":
		return map[string]string{"@id": v.iri}
	case v.lang != "":
		return map[string]string{"@value": v.text, "@language": v.lang}
	case v.kind != "":
		return map[string]string{"@value": v.text, "@type": v.kind}
	}
	return map[string]string{"@value": v.text}
}

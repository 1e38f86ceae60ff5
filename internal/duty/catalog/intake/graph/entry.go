package graph

import (
	"slices"
	"strings"
)

const (
	dcat   = "http://www.w3.org/ns/dcat#"
	dct    = "http://purl.org/dc/terms/"
	foaf   = "http://xmlns.com/foaf/0.1/"
	skos   = "http://www.w3.org/2004/02/skos/core#"
	vcard  = "http://www.w3.org/2006/vcard/ns#"
	rdfs   = "http://www.w3.org/2000/01/rdf-schema#"
	schema = "http://schema.org/"
	hydra  = "http://www.w3.org/ns/hydra/core#"
)

// Entry is one data set of a graph. Cells are named as in a data.json.
type Entry struct {
	Line  int
	Cells map[string]string
}

// Columns are the names of the cells that an entry may have.
func Columns() []string {
	return []string{
		"identifier", "title", "title_en", "description", "description_en", "publisher.name", "keyword", "theme", "accessRights",
		"accrualPeriodicity", "issued", "modified", "landingPage", "license", "spatial",
		"distribution.accessURL", "distribution.downloadURL", "distribution.format", "distribution.title", "iri",
	}
}

// Entries gives the data sets in the order in which the document names them.
func (g *Graph) Entries() []Entry {
	var out []Entry
	for _, n := range g.order {
		if !slices.Contains(n.said[isA], Term{Text: dcat + "Dataset"}) && !slices.Contains(n.said[isA], Term{Text: dcat + "DatasetSeries"}) {
			continue
		}
		e := Entry{Line: n.line, Cells: map[string]string{}}
		if e.Line == 0 {
			e.Line = len(out) + 1
		}
		for name, v := range g.cells(n) {
			if v = strings.TrimSpace(v); v != "" {
				e.Cells[name] = v
			}
		}
		out = append(out, e)
	}
	return out
}

// Next is the address of the following page, in the words of today's hydra and
// of yesterday's; "" on the last.
func (g *Graph) Next() string {
	for _, n := range g.order {
		for _, p := range []string{"next", "nextPage"} {
			for _, o := range n.said[hydra+p] {
				return o.Text
			}
		}
	}
	return ""
}

func (g *Graph) cells(n *node) map[string]string {
	out := map[string]string{}
	for name, property := range map[string]string{"title": dct + "title", "description": dct + "description"} {
		zh, en, other := tongues(n.said[property])
		out[name] = first(zh, other, en)
		if en != "" && en != out[name] {
			out[name+"_en"] = en
		}
	}
	out["identifier"] = first(g.all(n, dct+"identifier")...)
	if n.term.Kind == IRI {
		out["iri"] = n.term.Text
		out["identifier"] = first(out["identifier"], n.term.Text)
	}
	out["publisher.name"] = first(append(g.all(n, dct+"publisher"), g.all(n, dct+"creator")...)...)
	out["keyword"] = strings.Join(g.all(n, dcat+"keyword"), "\n")
	for name, property := range map[string]string{
		"theme": dcat + "theme", "accessRights": dct + "accessRights", "accrualPeriodicity": dct + "accrualPeriodicity",
		"issued": dct + "issued", "modified": dct + "modified", "spatial": dct + "spatial", "license": dct + "license",
	} {
		out[name] = first(g.all(n, property)...)
	}
	out["landingPage"] = first(g.addresses(n, dcat+"landingPage")...)
	g.distributions(n, out)
	return out
}

func (g *Graph) distributions(n *node, out map[string]string) {
	add := func(name string, values []string) {
		if len(values) > 0 {
			out[name] = strings.TrimPrefix(out[name]+"\n"+strings.Join(values, "\n"), "\n")
		}
	}
	for _, o := range n.said[dcat+"distribution"] {
		d := g.subjects[o]
		if d == nil {
			continue
		}
		add("distribution.accessURL", g.addresses(d, dcat+"accessURL"))
		add("distribution.downloadURL", g.addresses(d, dcat+"downloadURL"))
		format := g.all(d, dct+"format")
		if len(format) == 0 {
			format = g.all(d, dcat+"mediaType")
		}
		add("distribution.format", format)
		add("distribution.title", g.all(d, dct+"title"))
		out["license"] = first(append([]string{out["license"]}, g.all(d, dct+"license")...)...)
	}
}

// all gives the values of a property as words: texts as they are, named things
// by their label, code or the end of their name.
func (g *Graph) all(n *node, property string) []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, o := range n.said[property] {
		if v := g.word(o); !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

func (g *Graph) word(o Term) string {
	if o.Kind == Literal {
		return strings.TrimSpace(o.Text)
	}
	if n := g.subjects[o]; n != nil {
		for _, p := range []string{dct + "identifier", foaf + "name", skos + "prefLabel", vcard + "fn", schema + "name", rdfs + "label", dct + "title"} {
			zh, en, other := tongues(n.said[p])
			if v := first(zh, other, en); v != "" {
				return v
			}
		}
	}
	if o.Kind == IRI {
		return local(o.Text)
	}
	return ""
}

func (g *Graph) addresses(n *node, property string) []string {
	var out []string
	for _, o := range n.said[property] {
		if o.Kind != Blank && o.Text != "" {
			out = append(out, o.Text)
		}
	}
	return out
}

// tongues gives the first Chinese, English and other text.
func tongues(all []Term) (zh, en, other string) {
	for _, t := range all {
		if t.Kind != Literal {
			continue
		}
		switch text := strings.TrimSpace(t.Text); {
		case strings.HasPrefix(t.Lang, "zh"):
			zh = first(zh, text)
		case strings.HasPrefix(t.Lang, "en"):
			en = first(en, text)
		default:
			other = first(other, text)
		}
	}
	return zh, en, other
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

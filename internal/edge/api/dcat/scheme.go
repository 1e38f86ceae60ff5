package dcat

import (
	"net/http"
	"net/url"
	"strings"

	"fontis/internal/duty/catalog/standard"
	"fontis/internal/trust/identity"
)

// schemePage is how many codes of a list one page holds.
const schemePage = 500

// scheme answers a page of a code list as a SKOS concept scheme, in the form of the
// address's end or of the reader's wish; else it leads to the list's page.
func (f *face) scheme(w http.ResponseWriter, r *http.Request, by identity.Actor) error {
	name := r.PathValue("name")
	for _, as := range forms() {
		if id, ok := strings.CutSuffix(name, as.end); ok {
			return f.codes(w, r, by, as, id)
		}
	}
	w.Header().Add("Vary", "Accept")
	if as, ok := wished(r.Header.Values("Accept")); ok {
		return f.codes(w, r, by, as, name)
	}
	http.Redirect(w, r, "/standards/lists/"+url.PathEscape(name), http.StatusSeeOther)
	return nil
}

func (f *face) codes(w http.ResponseWriter, r *http.Request, by identity.Actor, as form, id string) error {
	l, codes, err := f.Standard.Codes(r.Context(), by, id, standard.Asked{After: r.URL.Query().Get("after"), Limit: schemePage})
	if err != nil {
		return err
	}
	at := f.URL + "/scheme/" + url.PathEscape(l.ID)
	all := &thing{iri: at, types: []string{"skos:ConceptScheme"}}
	all.say("dct:title", tongues(l.Name)...)
	all.say("dct:identifier", words(l.ID, ""))
	if l.Source != "" {
		all.say("dct:source", words(l.Source, ""))
	}
	all.say("dct:publisher", iri(f.organization(l.Owner)))
	graph := []*thing{all}
	for _, c := range codes {
		graph = append(graph, concept(at, c))
	}
	page := &thing{iri: at + as.end, types: []string{"hydra:PartialCollectionView"}}
	if after := r.URL.Query().Get("after"); after != "" {
		page.iri += "?" + url.Values{"after": {after}}.Encode()
	}
	if len(codes) == schemePage {
		page.say("hydra:next", iri(at+as.end+"?"+url.Values{"after": {codes[len(codes)-1].Code}}.Encode()))
	}
	return as.answer(w, append(graph, page))
}

// concept is one code; what came after one that ended is what replaces it.
func concept(scheme string, c standard.Code) *thing {
	of := func(code string) value { return iri(scheme + "#" + url.PathEscape(code)) }
	t := &thing{iri: of(c.Code).iri, types: []string{"skos:Concept"}}
	t.say("skos:inScheme", iri(scheme))
	t.say("skos:notation", words(c.Code, ""))
	t.say("skos:prefLabel", tongues(c.Name)...)
	if c.Broader != "" {
		t.say("skos:broader", of(c.Broader))
	}
	if c.From != "" || c.Until != "" || c.Note != "" {
		t.say("skos:historyNote", words(strings.TrimSpace(c.From+"/"+c.Until+" "+c.Note), ""))
	}
	if c.Until != "" {
		t.say("owl:deprecated", typed("true", "xsd:boolean"))
	}
	var after []value
	for _, s := range c.Successors {
		after = append(after, of(s))
	}
	t.say("dct:isReplacedBy", after...)
	return t
}

package dcat_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/standard"
	"fontis/internal/engine/clock"
	"fontis/internal/vocab"
)

// A code list is read as a SKOS concept scheme: every code is a concept, one that
// ended is deprecated and names what replaces it.
func TestACodeListIsAConceptScheme(t *testing.T) {
	cfg := apptest.Config(t)
	cfg.URL = node
	a := apptest.Open(t, cfg, app.Options{Clock: clock.System()})
	apptest.Init(t, a)
	by := apptest.Officer(apptest.Civil, vocab.Steward)
	table := []standard.Code{
		{Code: "110000", Name: entry.Text{ZH: "北京市", EN: "Beijing"}},
		{Code: "110101", Name: entry.Text{ZH: "东城区"}, Broader: "110000"},
		{Code: "110103", Name: entry.Text{ZH: "崇文区"}, Broader: "110000", Until: "2010-07-01", Successors: []string{"110101"}, Note: "并入\"东城区\""},
	}
	for i := range 600 {
		table = append(table, standard.Code{Code: "9" + string(rune('a'+i/26)) + string(rune('a'+i%26)), Name: entry.Text{EN: "x"}})
	}
	if _, _, err := a.Standard.PutCodes(t.Context(), by, standard.List{ID: "GB/T 2260", Name: entry.Text{ZH: "行政区划"}}, table); err != nil {
		t.Fatal(err)
	}
	face, err := a.Face("test")
	if err != nil {
		t.Fatal(err)
	}
	get := func(path, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		face.ServeHTTP(w, r)
		return w
	}
	const at = "/scheme/GB%2FT%202260"
	first := get(at+".ttl", "").Body.String()
	for _, want := range []string{
		"<http://node.test/scheme/GB%2FT%202260> a skos:ConceptScheme", "<http://node.test/scheme/GB%2FT%202260#110103> a skos:Concept", "skos:prefLabel \"北京市\"@zh, \"Beijing\"@en",
		"skos:broader <http://node.test/scheme/GB%2FT%202260#110000>", "dct:isReplacedBy <http://node.test/scheme/GB%2FT%202260#110101>", "owl:deprecated \"true\"^^xsd:boolean", "hydra:next",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("the scheme does not say %s:\n%.3000s", want, first)
		}
	}
	if n := strings.Count(first, "a skos:Concept ;"); n != 500 {
		t.Errorf("%d concepts on the first page", n)
	}
	if w := get(at, "text/turtle"); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/turtle; charset=utf-8" {
		t.Errorf("by wish: %d %s", w.Code, w.Header())
	}
	if w := get(at, "text/html"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/standards/lists/GB%2FT%202260" {
		t.Errorf("for people: %d %s", w.Code, w.Header())
	}
	if w := get(at+".jsonld", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"skos:Concept"`) {
		t.Errorf("as JSON-LD: %d %.300s", w.Code, w.Body)
	}
	if w := get("/scheme/none.ttl", ""); w.Code != http.StatusNotFound {
		t.Errorf("a list that is not there: %d", w.Code)
	}
}

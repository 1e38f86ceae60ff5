package dcat_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const node = "http://node.test"

// site is a node with 130 published entries of one member, four of another (one
// open, one not shared, one without an abstract, one of an odd name) and a draft.
type site struct {
	t     *testing.T
	face  http.Handler
	all   []string // ids of the published ones
	open  string
	draft string
}

func newSite(t *testing.T) *site {
	t.Helper()
	cfg := apptest.Config(t)
	cfg.URL = node
	a := apptest.Open(t, cfg, app.Options{Clock: clock.System()})
	apptest.Init(t, a)
	s := &site{t: t}
	civil, tax := apptest.Officer(apptest.Civil, vocab.Steward), apptest.Officer(apptest.Tax, vocab.Steward)
	for i := range 130 {
		s.put(a, civil, entry.Dataset{Code: fmt.Sprint(i), Name: entry.Text{ZH: "登记", EN: fmt.Sprint("Register ", i)}, Abstract: entry.Text{EN: "what is registered"}})
	}
	s.open = s.put(a, tax, entry.Dataset{Code: "o", Name: entry.Text{EN: "Open"}, Abstract: entry.Text{EN: "open to all"}, Open: entry.UnconditionalOpen, Theme: "tax", Region: "990000", Items: []entry.Item{{Code: "c", Name: entry.Text{EN: "C"}}}})
	s.put(a, tax, entry.Dataset{Code: "n", Name: entry.Text{EN: "Leads"}, Share: vocab.NotShared, NotSharedReason: "investigation", NotSharedLaw: "law"})
	s.put(a, tax, entry.Dataset{Code: "bare", Name: entry.Text{EN: "Bare"}})
	s.put(a, tax, entry.Dataset{Code: "odd", Name: entry.Text{EN: "a \"b\" \\ c <script> é"}, Abstract: entry.Text{ZH: "“引号”"}})
	d, err := a.Catalog.Create(t.Context(), tax, entry.Dataset{Code: "d", Name: entry.Text{EN: "Draft"}, Provider: "Tax"})
	if err != nil {
		t.Fatal(err)
	}
	s.draft = string(d.ID)
	slices.Sort(s.all)
	if s.face, err = a.Face("test"); err != nil {
		t.Fatal(err)
	}
	if err := a.Catalog.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) put(a *app.App, by identity.Actor, d entry.Dataset) string {
	s.t.Helper()
	d.Provider, d.Subject, d.Origin, d.Cycle = string(by.Member), vocab.LegalEntity, vocab.Government, vocab.Daily
	if d.Share == "" {
		d.Share, d.ShareCondition = vocab.Conditional, "by request"
	}
	made, err := a.Catalog.Create(s.t.Context(), by, d)
	if err == nil {
		made, err = apptest.Publish(s.t.Context(), a, by, made.ID, made.Rev)
	}
	if err != nil {
		s.t.Fatalf("%s: %v", d.Code, err)
	}
	s.all = append(s.all, string(made.ID))
	return string(made.ID)
}

func (s *site) get(path string, accept ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, strings.TrimPrefix(path, node), nil)
	for _, a := range accept {
		r.Header.Set("Accept", a)
	}
	w := httptest.NewRecorder()
	s.face.ServeHTTP(w, r)
	return w
}

// graph reads a page of JSON-LD.
type graph struct {
	Graph []map[string]any `json:"@graph"`
}

func (s *site) graph(path string) graph {
	s.t.Helper()
	w := s.get(path)
	var g graph
	if err := json.Unmarshal(w.Body.Bytes(), &g); w.Code != http.StatusOK || err != nil {
		s.t.Fatalf("%s answers %d, %v: %.300s", path, w.Code, err, w.Body)
	}
	return g
}

// of are the things of a type.
func (g graph) of(kind string) []map[string]any {
	var out []map[string]any
	for _, t := range g.Graph {
		if types, ok := t["@type"].([]any); ok && slices.Contains(types, any(kind)) {
			out = append(out, t)
		}
	}
	return out
}

func ref(v any) string { return v.([]any)[0].(map[string]any)["@id"].(string) }

func text(v any) string { return v.([]any)[0].(map[string]any)["@value"].(string) }

// TestTheCatalogAsDCAT plays every promise on one site.
func TestTheCatalogAsDCAT(t *testing.T) {
	s := newSite(t)
	for name, play := range map[string]func(*testing.T, *site){
		"PagesGoOnByKeyToTheLastEntry": pages, "ADraftIsNowhere": nowhere, "OneEntryInTheFormThatIsAskedFor": forms,
		"WhatAnEntryLacksIsLeftOut": lacking, "OddSignsAreEscaped": escaped, "DataJSONHoldsEveryEntryOfTheDepartment": dataJSON,
		"TheSitemapLeadsToEveryPage": sitemap, "OnlyWhatChangedSince": since,
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			play(t, s)
		})
	}
}

func pages(t *testing.T, s *site) {
	var got []string
	turns := 0
	for at := "/catalog.jsonld"; at != ""; turns++ {
		g := s.graph(at)
		for _, d := range g.of("dcat:Dataset") {
			got = append(got, text(d["dct:identifier"]))
			if d["@id"] != node+"/dataset/"+text(d["dct:identifier"]) {
				t.Errorf("%v is identified as %s", d["@id"], text(d["dct:identifier"]))
			}
		}
		view := g.of("hydra:PartialCollectionView")[0]
		if text(view["hydra:totalItems"]) != "134" || len(g.of("hydra:PagedCollection")) != 1 {
			t.Errorf("controls: %v", view)
		}
		at = ""
		if view["hydra:next"] != nil {
			at = ref(view["hydra:next"])
			if at != ref(view["hydra:nextPage"]) {
				t.Error("the two words for the next page differ")
			}
		}
	}
	if diff := cmp.Diff(s.all, got); diff != "" || turns != 2 {
		t.Errorf("%d pages (-want +got):\n%s", turns, diff)
	}
}

func nowhere(t *testing.T, s *site) {
	for _, path := range []string{"/catalog.ttl", "/catalog.ttl?after=d-7", "/data.json", "/organization/" + string(apptest.Tax) + "/data.json"} {
		if w := s.get(path); strings.Contains(w.Body.String(), s.draft) || w.Code != http.StatusOK {
			t.Errorf("%s answers %d, with the draft: %t", path, w.Code, strings.Contains(w.Body.String(), s.draft))
		}
	}
	for _, path := range []string{"/dataset/" + s.draft + ".ttl", "/dataset/none.ttl", "/organization/none/data.json", "/sitemap/none.0.xml", "/sitemap/x", "/sitemap/" + string(apptest.Tax) + ".0abc.xml", "/sitemap/" + string(apptest.Tax) + ".+0.xml", "/sitemap/" + string(apptest.Tax) + ".9223372036854775807.xml", "/sitemap/" + string(apptest.Tax) + ".7.xml"} {
		if w := s.get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, w.Code)
		}
	}
}

func forms(t *testing.T, s *site) {
	ttl := s.get("/dataset/" + s.open + ".ttl")
	if !strings.HasPrefix(ttl.Header().Get("Content-Type"), "text/turtle") || !strings.Contains(ttl.Body.String(), "dcat:accessURL <"+node+"/v1/datasets/"+s.open+"/rows>") {
		t.Errorf("turtle: %s", ttl.Body)
	}
	if w := s.get("/dataset/"+s.open, "text/turtle"); w.Body.String() != ttl.Body.String() {
		t.Errorf("by its header: %d %s", w.Code, w.Body)
	}
	for range 20 { // the end of the address outweighs the wish, whatever stands first
		if w := s.get("/dataset/"+s.open+".ttl", "application/ld+json, text/turtle;q=0.9"); w.Code != http.StatusOK || w.Body.String() != ttl.Body.String() {
			t.Fatalf("by its end: %d %s", w.Code, w.Body)
		}
		for accept, kind := range map[string]string{"text/turtle, application/ld+json;q=0.9": "text/turtle", "text/turtle;q=0.5, application/ld+json;q=0.9": "application/ld+json"} {
			w := s.get("/dataset/"+s.open, accept)
			if !strings.HasPrefix(w.Header().Get("Content-Type"), kind) || !slices.Contains(w.Header().Values("Vary"), "Accept") {
				t.Fatalf("%s: %d %v", accept, w.Code, w.Header())
			}
		}
	}
	if w := s.get("/dataset/"+s.open, "text/html"); !slices.Contains(w.Header().Values("Vary"), "Accept") {
		t.Errorf("a browser is led on without Vary: %v", w.Header())
	}
	if w := s.get("/dataset/"+s.open, "text/html"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/datasets/"+s.open {
		t.Errorf("a browser gets %d %s", w.Code, w.Header())
	}
	d := s.graph("/dataset/" + s.open + ".jsonld")
	if len(d.of("dcat:Distribution")) != 1 || len(d.of("foaf:Agent")) != 1 || !strings.HasSuffix(ref(d.of("dcat:Dataset")[0]["dct:accessRights"]), "/PUBLIC") {
		t.Errorf("json-ld: %v", d)
	}
}

func lacking(t *testing.T, s *site) {
	for _, d := range s.graph("/catalog.jsonld?after=").of("dcat:Dataset") {
		title := text(d["dct:title"])
		if _, has := d["dct:description"]; has == (title == "Bare" || title == "Leads") {
			t.Errorf("%s has a description: %t", title, has)
		}
		if _, has := d["dcat:distribution"]; has != (title == "Open") {
			t.Errorf("%s has rows: %t", title, has)
		}
	}
}

func escaped(t *testing.T, s *site) {
	w := s.get("/catalog.ttl?after=" + s.all[33])
	if want := `"a \"b\" \\ c <script> é"@en`; !strings.Contains(s.get("/catalog.ttl").Body.String()+w.Body.String(), want) {
		t.Errorf("no %s in the two pages", want)
	}
}

func dataJSON(t *testing.T, s *site) {
	type list struct {
		ConformsTo string `json:"conformsTo"`
		Dataset    []struct {
			Identifier  string `json:"identifier"`
			AccessLevel string `json:"accessLevel"`
		} `json:"dataset"`
	}
	read := func(path string) list {
		w := s.get(path)
		var l list
		if err := json.Unmarshal(w.Body.Bytes(), &l); err != nil || l.ConformsTo != "https://project-open-data.cio.gov/v1.1/schema" {
			t.Fatalf("%s: %v %.200s", path, err, w.Body)
		}
		return l
	}
	var got []string
	levels := map[string]int{}
	for _, d := range read("/data.json").Dataset {
		got = append(got, strings.TrimPrefix(d.Identifier, node+"/dataset/"))
		levels[d.AccessLevel]++
	}
	if diff := cmp.Diff(s.all, got); diff != "" {
		t.Errorf("whole (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"public": 1, "non-public": 1, "restricted public": 132}, levels); diff != "" {
		t.Error(diff)
	}
	if n := len(read("/organization/" + string(apptest.Tax) + "/data.json").Dataset); n != 4 {
		t.Errorf("the tax office has %d", n)
	}
}

func sitemap(t *testing.T, s *site) {
	var top struct {
		Parts []struct {
			Loc string `xml:"loc"`
		} `xml:"sitemap"`
	}
	if err := xml.Unmarshal(s.get("/sitemap.xml").Body.Bytes(), &top); err != nil || len(top.Parts) != 2 {
		t.Fatalf("%v %+v", err, top)
	}
	var got []string
	for _, p := range top.Parts {
		var part struct {
			URLs []struct {
				Loc string `xml:"loc"`
			} `xml:"url"`
		}
		if err := xml.Unmarshal(s.get(p.Loc).Body.Bytes(), &part); err != nil {
			t.Fatal(err)
		}
		for _, u := range part.URLs {
			got = append(got, strings.TrimPrefix(u.Loc, node+"/datasets/"))
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(s.all, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func since(t *testing.T, s *site) {
	if n := len(s.graph("/catalog.jsonld?modified_since=2020-01-01").of("dcat:Dataset")); n != 100 {
		t.Errorf("since 2020: %d", n)
	}
	if n := len(s.graph("/catalog.jsonld?modified_since=" + url.QueryEscape("2999-01-01T00:00:00Z")).of("dcat:Dataset")); n != 0 {
		t.Errorf("since 2999: %d", n)
	}
	if w := s.get("/catalog.ttl?modified_since=yesterday"); w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusBadRequest {
		t.Errorf("yesterday answers %d", w.Code)
	}
}

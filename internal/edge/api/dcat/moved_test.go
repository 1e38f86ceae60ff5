package dcat_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/engine/clock"
	"fontis/internal/vocab"
)

// TestAnOldNameLeadsOnInEveryFace: of an entry that was merged, DCAT redirects
// and CKAN gives the one that lives; of one that was split DCAT names all that replace
// it, and CKAN has none.
func TestAnOldNameLeadsOnInEveryFace(t *testing.T) {
	cfg := apptest.Config(t)
	cfg.URL = node
	a := apptest.Open(t, cfg, app.Options{Clock: clock.System()})
	apptest.Init(t, a)
	s, civil := &site{t: t}, apptest.Officer(apptest.Civil, vocab.Steward)
	entry := func(code string) string {
		return s.put(a, civil, entry.Dataset{Code: code, Name: entry.Text{EN: code}})
	}
	old, stays, one, two := entry("old"), entry("stays"), entry("one"), entry("two")
	face, err := a.Face("test")
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		face.ServeHTTP(w, httptest.NewRequest(http.MethodGet, node+path, nil))
		return w
	}
	if _, err := a.Succession.Merge(t.Context(), civil, vocab.DatasetID(old), succession.Wish{Into: []vocab.DatasetID{vocab.DatasetID(stays)}, Reason: "twice"}); err != nil {
		t.Fatal(err)
	}
	if w := get("/dataset/" + old + ".ttl"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/dataset/"+stays+".ttl" {
		t.Errorf("DCAT: %d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := get("/api/3/action/package_show?id=" + old); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"id":"`+stays+`"`) {
		t.Errorf("CKAN: %d %s", w.Code, w.Body)
	}
	if _, err := a.Succession.Split(t.Context(), civil, vocab.DatasetID(stays), succession.Wish{Into: []vocab.DatasetID{vocab.DatasetID(one), vocab.DatasetID(two)}, Reason: "too much"}); err != nil {
		t.Fatal(err)
	}
	if w := get("/dataset/" + stays + ".ttl"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "isReplacedBy") || !strings.Contains(w.Body.String(), one) || !strings.Contains(w.Body.String(), two) {
		t.Errorf("DCAT of what was split: %d %s", w.Code, w.Body)
	}
	if w := get("/api/3/action/package_show?id=" + old); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), `"success":true`) {
		t.Errorf("CKAN of what was split: %d %s", w.Code, w.Body)
	}
}

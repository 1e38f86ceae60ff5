package web_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

// structuredIn is the block of data of a page; nothing where the page has none.
func structuredIn(t *testing.T, page string) map[string]any {
	t.Helper()
	_, rest, there := strings.Cut(page, `<script type="application/ld+json">`)
	if !there {
		return nil
	}
	text, _, _ := strings.Cut(rest, "</script>")
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("the block of data is no JSON: %v\n%s", err, text)
	}
	return out
}

// TestACrawlerReadsWhatEverybodyMaySee: the page of a stranger holds the entry in the
// words of schema.org, with what ends a script as text; of what is not shared only
// what others see, and nothing on the page of who is signed in.
func TestACrawlerReadsWhatEverybodyMaySee(t *testing.T) {
	w := newWorld(t)
	by := apptest.Officer(apptest.Civil, vocab.Steward)
	set := func(d entry.Dataset) string {
		d.Provider, d.Subject, d.Origin, d.Cycle = "民政局", vocab.LegalEntity, vocab.Government, vocab.Daily
		made, err := w.Catalog.Create(t.Context(), by, d)
		if err == nil {
			made, err = apptest.Publish(t.Context(), w.App, by, made.ID, made.Rev)
		}
		if err != nil {
			t.Fatal(err)
		}
		return "/datasets/" + string(made.ID)
	}
	const odd = `名录</script><b>"&`
	shared := set(entry.Dataset{
		Name: entry.Text{ZH: odd, EN: "List"}, Abstract: entry.Text{EN: "what is listed"}, Theme: "civil", Region: "990000", Share: vocab.Conditional, ShareCondition: "by request",
		Open: entry.ConditionalOpen, OpenCondition: "name the source", Items: []entry.Item{{Code: "born", Name: entry.Text{EN: "Founded"}, Element: "DE-1", Unit: "d"}},
	})
	closed := set(entry.Dataset{
		Name: entry.Text{EN: "Leads"}, Abstract: entry.Text{EN: "SECRET"}, Share: vocab.NotShared, NotSharedReason: "investigation", NotSharedLaw: "law",
		Region: "110000", Items: []entry.Item{{Code: "clue", Name: entry.Text{EN: "Clue"}}},
	})
	nobody := w.visitor("en")
	got := structuredIn(t, nobody.page(shared))
	for key, want := range map[string]any{
		"@context": "https://schema.org/", "@type": "Dataset", "name": "List", "alternateName": odd, "description": "what is listed", "keywords": []any{"civil"},
		"conditionsOfAccess": "by request",
	} {
		if diff := cmp.Diff(want, got[key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	if name := got["creator"].(map[string]any)["name"]; name == "" || name == nil {
		t.Errorf("creator: %v", got["creator"])
	}
	if terms, _ := got["license"].(map[string]any)["name"].(string); !strings.Contains(terms, "name the source") {
		t.Errorf("license: %v", got["license"])
	}
	if place := got["spatialCoverage"].(map[string]any)["identifier"]; place != "990000" {
		t.Errorf("spatialCoverage: %v", got["spatialCoverage"])
	}
	want := []any{map[string]any{"@type": "PropertyValue", "name": "Founded", "identifier": "born", "propertyID": "DE-1", "unitText": "d"}}
	if diff := cmp.Diff(want, got["variableMeasured"]); diff != "" || got["distribution"] != nil {
		t.Errorf("distribution %v, variableMeasured (-want +got):\n%s", got["distribution"], diff)
	}
	page := nobody.page(closed)
	if got := structuredIn(t, page); got == nil || got["description"] != nil || got["spatialCoverage"] != nil || got["variableMeasured"] != nil || strings.Contains(page, "SECRET") {
		t.Errorf("of what is not shared: %v", got)
	}
	for _, login := range []string{"li@civil", "li@tax"} {
		if got := structuredIn(t, w.signedIn(login, "en").page(shared)); got != nil {
			t.Errorf("%s reads a block for crawlers: %v", login, got)
		}
	}
	d := openEntry(t, w)
	got = structuredIn(t, nobody.page("/datasets/"+string(d.ID)))
	files, _ := got["distribution"].([]any)
	if len(files) != 1 || !strings.HasSuffix(files[0].(map[string]any)["contentUrl"].(string), "/v1/datasets/"+string(d.ID)+"/rows") || got["isAccessibleForFree"] != true || got["temporalCoverage"] == nil {
		t.Errorf("of an open set: %v", got)
	}
}

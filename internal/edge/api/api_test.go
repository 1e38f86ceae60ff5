package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

func TestCompareAnswersOverTheInterface(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	var got access.Answered
	if err := w.as("tax").Do(t.Context(), "POST", "/v1/compare", w.compare(3, w.born(3)), &got); err != nil {
		t.Fatal(err)
	}
	if got.Trace == "" || got.Promise == "" || len(got.Answers) != 1 {
		t.Errorf("answered %+v", got)
	}
	for _, a := range got.Answers {
		if a.Answer != vocab.Match {
			t.Errorf("answer %s, want match", a.Answer)
		}
	}
}

func TestDocumentIsOpenAPIWithEveryRoute(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string         `json:"operationId"`
			Responses   map[string]any `json:"responses"`
			Parameters  []struct {
				Name string `json:"name"`
				In   string `json:"in"`
			} `json:"parameters"`
		} `json:"paths"`
	}
	if err := w.as("").Do(t.Context(), "GET", "/openapi.json", nil, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("openapi %q", doc.OpenAPI)
	}
	seen := map[string]string{}
	for _, r := range w.api.Routes() {
		op, ok := doc.Paths[r.Path][lower(r.Method)]
		if !ok {
			t.Errorf("%s %s is not in the document", r.Method, r.Path)
			continue
		}
		if before, twice := seen[op.OperationID]; twice || op.OperationID == "" {
			t.Errorf("operation id %q of %s %s is that of %s", op.OperationID, r.Method, r.Path, before)
		}
		seen[op.OperationID] = r.Path
		inPath := 0
		for _, p := range op.Parameters {
			if p.In == "path" && strings.Contains(r.Path, "{"+p.Name+"}") {
				inPath++
			}
		}
		if want := strings.Count(r.Path, "{"); inPath != want { // what is not documented is not read either
			t.Errorf("%s %s documents %d of %d parts of its path", r.Method, r.Path, inPath, want)
		}
	}
	if len(seen) < 70 {
		t.Errorf("only %d routes", len(seen))
	}
	b, err := w.api.OpenAPI()
	if err != nil || !json.Valid(b) {
		t.Errorf("the document is no JSON: %v", err)
	}
}

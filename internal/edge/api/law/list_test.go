package law_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// short are the lists that are given whole, and why none of them grows with what
// the node does.
var short = map[string]string{
	"/v1/problems":              "the codes of failures, which the program closes",
	"/v1/rules":                 "rows of law",
	"/v1/calendars":             "rows of law",
	"/v1/steps":                 "the steps of a request, which the program closes",
	"/v1/deferrals/grounds":     "rows of law",
	"/v1/retention/rules":       "rows of law",
	"/v1/retention/coming":      "a line a kind of record",
	"/v1/datasets/{id}/secrecy": "the words said about one entry",
	"/v1/datasets/{id}/proofs":  "the last hundred batches that one entry was in",
	"/v1/datasets/{id}/about":   "a line an item of one entry",
	"/v1/channels":              "the addresses of one officer",
	"/v1/sources":               "the databases that one department connected",
	"/v1/untaggings":            "what waits for one department's second officer",
	"/v1/mandates":              "the mandates of one person",
	"/v1/searches":              "what one officer saved, of which the catalog keeps a bounded number",
	"/v1/lists/responsibility":  "a line a department",
	"/v1/synonyms":              "groups of words, of which the catalog keeps a bounded number",
	"/v1/harvests":              "the catalogs that one member reads, of which it may name a bounded number",
	"/v1/suggestions":           "what may be meant by what is typed: at most twenty",
	"/v1/item-names":            "the names found for words: by offset, like a search, in no order that lasts",
	"/v1/elements/{id}/items":   "goes by offset and total, as a search does",
}

type document struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Parameters []struct {
		Name   string `json:"name"`
		In     string `json:"in"`
		Schema schema `json:"schema"`
	} `json:"parameters"`
	Responses map[string]struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"responses"`
}

type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Properties map[string]schema `json:"properties"`
	Maximum    float64           `json:"maximum"`
}

func (s schema) list() bool { return strings.Contains(strings.ToLower(asText(s.Type)), "array") }

func asText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// TestEveryListGoesByPages walks the whole interface: what answers with items takes
// after and limit and says next, or is named above with the reason why it is short.
func TestEveryListGoesByPages(t *testing.T) {
	w := newWorld(t)
	var doc document
	w.do("", "GET", "/openapi.json", nil, &doc, "")
	lists, seen := 0, map[string]bool{}
	for path, methods := range doc.Paths {
		op, ok := methods["get"]
		if !ok {
			continue
		}
		answer := op.Responses["200"].Content["application/json"].Schema
		if answer.Ref != "" {
			answer = doc.Components.Schemas[strings.TrimPrefix(answer.Ref, "#/components/schemas/")]
		}
		if !answer.Properties["items"].list() && !answer.list() {
			continue
		}
		if strings.HasSuffix(path, "{id}") { // one thing, of which items are a part
			continue
		}
		lists++
		if seen[path] = true; short[path] != "" {
			continue
		}
		bounds := map[string]float64{}
		for _, p := range op.Parameters {
			if p.In == "query" {
				bounds[p.Name] = max(1, p.Schema.Maximum)
			}
		}
		_, next := answer.Properties["next"]
		if strings.HasSuffix(path, "/history") { // the revisions of one thing: the last one is what comes next
			next = true
			bounds["limit"] = 200
		}
		if bounds["after"] == 0 || bounds["limit"] < 2 || bounds["limit"] > 1000 || !next {
			t.Errorf("GET %s: after and limit %v, next %v: a list that grows goes by pages", path, bounds, next)
		}
	}
	if lists < 25 {
		t.Errorf("only %d lists were found", lists)
	}
	for path := range short {
		if !seen[path] {
			t.Errorf("%s is no list any more", path)
		}
	}
}

// TestTheListsOfTheCatalogAreOpenToEveryone: who calls without a token reads which
// member answers for how much, and what is held back.
func TestTheListsOfTheCatalogAreOpenToEveryone(t *testing.T) {
	w := newWorld(t)
	var duties, held struct{ Items []map[string]any }
	w.do("", "GET", "/v1/lists/responsibility", nil, &duties, "")
	if len(duties.Items) == 0 || duties.Items[0]["owner"] == "" || duties.Items[0]["listed"] == nil {
		t.Errorf("who answers for what: %v", duties.Items)
	}
	w.do("", "GET", "/v1/lists/negative?limit=1", nil, &held, "")
	w.do("", "GET", "/v1/lists/negative?after=x", nil, nil, "value-invalid")
	w.do("", "GET", "/v1/datasets", nil, nil, "sign-in-needed")
}

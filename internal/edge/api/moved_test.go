package api_test

import (
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/vocab"
)

// TestAStrangerReadsWhereAnEntryWent: whoever is not signed in reads a published entry,
// of one that was merged where it went and no word more, and of a draft nothing.
func TestAStrangerReadsWhereAnEntryWent(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	by := apptest.Officer(apptest.Civil, vocab.Steward)
	set := func(name string) vocab.DatasetID {
		d, err := w.Catalog.Create(t.Context(), by, entry.Dataset{
			Name: entry.Text{EN: name}, Provider: "Civil", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: vocab.LegalEntity, Origin: vocab.Government,
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Catalog.Publish(t.Context(), by, d.ID, 0, catalog.Secrecy{CheckedBy: "he", Basis: "x"}); err != nil {
			t.Fatal(err)
		}
		return d.ID
	}
	old, stays, draft := set("Old list"), set("List that stays"), w.draft().ID
	if _, err := w.Succession.Merge(t.Context(), by, old, succession.Wish{Into: []vocab.DatasetID{stays}, Reason: "the same"}); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[vocab.DatasetID]struct {
		status int
		says   string
	}{stays: {200, "List that stays"}, old: {200, `"moved_to":["` + string(stays) + `"]`}, draft: {404, "no-such-thing"}, "d-none": {404, "no-such-thing"}} {
		r := w.send("GET", "/v1/datasets/"+string(id), "", "")
		if r.status != want.status || !strings.Contains(r.body, want.says) || strings.Contains(r.body, "Old list") {
			t.Errorf("%s answers %d %s", id, r.status, r.body)
		}
	}
}

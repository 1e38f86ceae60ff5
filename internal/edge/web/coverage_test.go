package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"fontis/internal/engine/db"
)

// lapse notes of an entry, as the night does, that its data are older than promised.
func (w *world) lapse(set string) {
	w.t.Helper()
	now := db.Micros(w.Clock.Now())
	err := w.DB.Write(w.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), `INSERT INTO freshness_lapse (dataset_id, owner_member, since, told_at) VALUES ($1, 'civil', $2, $2)`, set, now)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestTheReportOfCoverageLeadsToWhatItCounts: its numbers are those of the searches
// that they lead to, in the page and in its files; a steward sees the own line.
func TestTheReportOfCoverageLeadsToWhatItCounts(t *testing.T) {
	w := newWorld(t)
	w.grant()
	newEntry(t, w, w.signedIn("li@civil", "en"))
	if err := w.Catalog.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	chief := w.signedIn("chief@bureau", "en")
	rows := chief.table("/coverage", "csv")
	if len(rows) != 2 || strings.Join(rows[0], "|") != "Identifier|Department|Published|All said|Most said|Less said|Connected|Out of date" || rows[1][0] != "civil" {
		t.Fatalf("the report: %q", rows)
	}
	body := chief.page("/coverage")
	hits := 0
	for n, degree := range []string{"whole", "most", "less"} {
		at := "/search?described=" + degree + "&owner=civil&state=published"
		listed := len(chief.table(at, "csv")) - 1
		if want := rows[1][3+n]; want != strconv.Itoa(listed) {
			t.Errorf("%s: the report says %s, the search finds %d", degree, want, listed)
		}
		if leads := strings.Contains(body, strings.ReplaceAll(at, "&", "&amp;")); leads != (listed > 0) {
			t.Errorf("%s: %d, and a link: %v", degree, listed, leads)
		}
		hits += listed
	}
	if rows[1][2] != strconv.Itoa(hits) || hits == 0 {
		t.Errorf("listed: %s, described in some degree: %d", rows[1][2], hits)
	}
	steward := w.signedIn("li@civil", "en")
	if own := steward.table("/coverage", "csv"); len(own) != 2 || own[1][0] != "civil" || own[1][2] != "1" {
		t.Errorf("the steward reads %q", own)
	}
	if p := steward.get("/coverage?by=region"); p.status != http.StatusForbidden {
		t.Errorf("a steward asks by region: %d", p.status)
	}
	if strings.Contains(w.visitor("en").page("/search?q=人口"), "described=") {
		t.Error("a stranger is offered how well entries are written")
	}
}

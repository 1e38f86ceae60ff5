package web_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// openEntry publishes an open set of places over a table of one place.
func openEntry(t *testing.T, w *world) *entry.Dataset {
	t.Helper()
	by := apptest.Officer(apptest.Civil, vocab.Steward)
	made, err := w.Catalog.Create(t.Context(), by, entry.Dataset{
		Name: entry.Text{ZH: "行政区划", EN: "Divisions"}, Provider: "民政局", Subject: vocab.NoSubject, Origin: vocab.Government, Cycle: vocab.Daily,
		Share: vocab.Unconditional, Open: entry.UnconditionalOpen, Items: []entry.Item{{Code: "code", Name: entry.Text{EN: "Code"}}, {Code: "name", Name: entry.Text{EN: "Name"}}},
	})
	if err == nil {
		made, err = apptest.Publish(t.Context(), w.App, by, made.ID, made.Rev)
	}
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "places.db")
	conn, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "CREATE TABLE place (code TEXT PRIMARY KEY, name TEXT); INSERT INTO place VALUES ('990100', '青川街道')"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Door.AddSource(t.Context(), by, "places", "sqlite://"+file, ""); err != nil {
		t.Fatal(err)
	}
	for _, item := range []string{"code", "name"} {
		_, err := w.Door.Bind(t.Context(), by, access.Binding{
			Item: vocab.ItemID(string(made.ID) + "/" + item), Owner: by.Member, Source: "places", Table: "place", Column: item, Subject: "code",
			KeyKind: vocab.RegisterNumber, Compare: "exact", Read: true, About: vocab.NoSubject,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return made
}

// asked is how often the door counted a reading of an open set, and its rows; it
// counts durably before it opens the source.
func asked(t *testing.T, w *world) (calls, rows int64) {
	t.Helper()
	err := w.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), "SELECT COALESCE(SUM(calls), 0), COALESCE(SUM(released), 0) FROM access_open_use").Scan(&calls, &rows)
	})
	if err != nil {
		t.Fatal(err)
	}
	return calls, rows
}

// However many look at the page of an open set, its source is asked once and the
// node writes once; what its entry says anew, and its own steward, ask again.
func TestASecondLookAtAnOpenSetAsksNoSource(t *testing.T) {
	w := newWorld(t)
	d := openEntry(t, w)
	looks := func(v *visitor, calls int64) {
		t.Helper()
		if body := v.page("/datasets/" + string(d.ID)); !strings.Contains(body, "青川街道") {
			t.Errorf("the page does not show the rows: %s", body)
		}
		if got, rows := asked(t, w); got != calls || rows != calls {
			t.Errorf("the source was asked %d times for %d rows, want %d", got, rows, calls)
		}
	}
	looks(w.visitor("en"), 1)
	looks(w.visitor("zh-CN"), 1)
	looks(w.signedIn("li@tax", "en"), 1)
	looks(w.signedIn("li@civil", "en"), 2)
	looks(w.visitor("en"), 2)
	by := apptest.Officer(apptest.Civil, vocab.Steward)
	if _, err := w.Catalog.Edit(t.Context(), by, entry.Edit{ID: d.ID, Rev: d.Rev, Set: map[entry.Field]string{entry.FieldTheme: "地名"}}); err != nil {
		t.Fatal(err)
	}
	looks(w.visitor("en"), 3)
	looks(w.visitor("en"), 3)
}

package catalog_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

func todo(w *world) map[entry.Field]int {
	w.t.Helper()
	lines, err := w.Todo(ctx, tax)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[entry.Field]int{}
	for _, l := range lines {
		out[l.Field] = l.Count
		if want := min(l.Count, 20); len(l.Datasets) != want {
			w.t.Errorf("%s names %d entries, want %d", l.Field, len(l.Datasets), want)
		}
	}
	return out
}

func TestOneTodoListOverAllDrafts(t *testing.T) {
	w := newWorld(t)
	for i := range 230 {
		d := draft(fmt.Sprint("s", i))
		if i%2 == 0 {
			d.Subject = vocab.NaturalPerson
		}
		w.create(tax, d)
	}
	w.publish(tax, firms("complete"))
	w.create(health, draft("another's"))
	want := map[entry.Field]int{
		"share_type": 230, "update_cycle": 230, "origin_class": 230, "subject_kind": 115,
		"legal_basis": 115, "purposes": 115, "security_level": 115, "impact_ref": 115,
	}
	if diff := cmp.Diff(want, todo(w)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	fill := catalog.Fill{Selection: catalog.Selection{Missing: "subject_kind"}, Field: "subject_kind", Value: "legal_entity", Preview: true}
	preview, err := w.BulkFill(ctx, tax, fill)
	if err != nil || preview.ID != "" || preview.Changed != 115 || len(preview.Entries) != 115 {
		t.Fatalf("%+v %v", preview, err)
	}
	if got := preview.Entries[0].Differences; len(got) != 1 || got[0] != (entry.Difference{Field: "subject_kind", New: "legal_entity"}) {
		t.Fatalf("%+v", got)
	}
	if diff := cmp.Diff(want, todo(w)); diff != "" {
		t.Fatalf("a preview changed something:\n%s", diff)
	}
	fill.Preview = false
	set, err := w.BulkFill(ctx, tax, fill)
	if err != nil || set.ID == "" || set.Changed != 115 {
		t.Fatalf("%+v %v", set, err)
	}
	delete(want, "subject_kind")
	if diff := cmp.Diff(want, todo(w)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if n := len(w.ledger.names); n != 1+2 || w.ledger.names[1] != "catalog.fill" {
		t.Errorf("acts %v: one a transaction of at most 100 entries is due", w.ledger.names)
	}
}

func TestUndoRefusesEntriesChangedSince(t *testing.T) {
	w := newWorld(t)
	var ids []vocab.DatasetID
	before := map[vocab.DatasetID]*entry.Dataset{}
	for i := range 5 {
		d := draft(fmt.Sprint("s", i))
		d.Theme = fmt.Sprint("old ", i)
		made := w.create(tax, d)
		ids, before[made.ID] = append(ids, made.ID), made
	}
	set, err := w.BulkFill(ctx, tax, catalog.Fill{Selection: catalog.Selection{IDs: slices.Concat(ids, ids[:2])}, Field: "theme", Value: "new"})
	if err != nil || set.Changed != 5 {
		t.Fatalf("%+v %v", set, err)
	}
	if _, err := w.Edit(ctx, tax2, entry.Edit{ID: ids[3], Rev: 2, Set: map[entry.Field]string{"region": "310000"}}); err != nil {
		t.Fatal(err)
	}
	_, err = w.Undo(ctx, health, set.ID)
	wants(t, err, vocab.NoSuchThing)
	back, err := w.Undo(ctx, tax, set.ID)
	if err != nil || back.Changed != 4 || len(back.Refused) != 1 || back.Refused[0].Dataset != ids[3] {
		t.Fatalf("%+v %v", back, err)
	}
	wants(t, back.Refused[0].Err, vocab.RevisionStale)
	for _, id := range ids {
		got, err := w.Get(ctx, tax, id)
		if err != nil {
			t.Fatal(err)
		}
		if id == ids[3] {
			if got.Theme != "new" || got.Region != "310000" {
				t.Errorf("what was changed since was touched: %+v", got)
			}
			continue
		}
		got.Rev, got.ChangedAt = 1, before[id].ChangedAt
		if diff := cmp.Diff(before[id], got); diff != "" {
			t.Errorf("%s (-before +after):\n%s", id, diff)
		}
	}
	again, err := w.Undo(ctx, tax, set.ID)
	if err != nil || again.Changed != 0 || len(again.Refused) != 5 {
		t.Fatalf("a second undo did %+v %v", again, err)
	}
	redo, err := w.Undo(ctx, tax, back.ID)
	if err != nil || redo.Changed != 4 {
		t.Fatalf("the undo of the undo did %+v %v", redo, err)
	}
}

func TestAFillRefusesWhatItWouldBreakAndDoesTheRest(t *testing.T) {
	w := newWorld(t)
	open, persons := w.create(tax, draft("a")), w.publish(tax, people("b"))
	set, err := w.BulkFill(ctx, tax, catalog.Fill{
		Selection: catalog.Selection{IDs: []vocab.DatasetID{open.ID, persons.ID, "d-none"}}, Field: "subject_kind", Value: "none",
	})
	if err != nil || set.Changed != 1 || len(set.Refused) != 2 {
		t.Fatalf("%+v %v", set, err)
	}
	for _, f := range []catalog.Fill{
		{Selection: catalog.Selection{IDs: []vocab.DatasetID{open.ID}}, Field: "code", Value: "x"},
		{Selection: catalog.Selection{IDs: []vocab.DatasetID{open.ID}}, Field: "colour", Value: "x"},
		{Selection: catalog.Selection{IDs: []vocab.DatasetID{open.ID}}, Field: "update_cycle", Value: "often"},
		{Selection: catalog.Selection{}, Field: "theme", Value: "x"},
	} {
		if _, err := w.BulkFill(ctx, tax, f); err == nil {
			t.Errorf("%+v was taken", f)
		}
	}
}

func TestAFillOfNoSuchFieldPointsToTheList(t *testing.T) {
	w := newWorld(t)
	w.create(tax, draft("one"))
	for _, field := range []entry.Field{"nonsense", "theme"} {
		_, err := w.BulkFill(ctx, tax, catalog.Fill{Selection: catalog.Selection{Missing: field}, Field: field, Value: "1", Preview: true})
		var f *vocab.Failure
		if !errors.As(err, &f) || f.Kind != vocab.Invalid || !strings.Contains(f.Fix, "name a field that `todo` lists") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestAWrongClosedWordIsAnsweredWithTheWords(t *testing.T) {
	var d entry.Dataset
	var it entry.Item
	for field, err := range map[string]error{"update_cycle": d.Set("update_cycle", "x"), "type": it.Set("type", "x")} {
		var f *vocab.Failure
		if !errors.As(err, &f) || !strings.Contains(f.Fix, map[string]string{"update_cycle": "half_yearly", "type": "datetime"}[field]) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestAnItemIsFoundByItsNameWhereOneBearsIt(t *testing.T) {
	d := entry.Dataset{Items: []entry.Item{
		{Code: "iah4", Name: entry.Text{ZH: "出生日期"}},
		{Code: "born", Name: entry.Text{ZH: "生日", EN: "Born"}},
		{Code: "n1", Name: entry.Text{ZH: "姓名"}},
		{Code: "n2", Name: entry.Text{ZH: "姓名"}},
		{Code: "姓名2", Name: entry.Text{ZH: "n1"}},
	}}
	for word, want := range map[string]string{"iah4": "iah4", "出生日期": "iah4", "born": "born", "BORN": "born", "n1": "n1"} {
		if it, err := d.Named(word); err != nil || it.Code != want {
			t.Errorf("%s is %s, %v", word, it.Code, err)
		}
	}
	for word, want := range map[string]string{"姓名": "n1 (姓名), n2 (姓名)", "": "iah4 (出生日期), born (生日)", "住址": "iah4 (出生日期), born (生日)"} {
		_, err := d.Named(word)
		var f *vocab.Failure
		if !errors.As(err, &f) || f.Code != vocab.NoSuchThing || !strings.Contains(f.Fix, want) {
			t.Errorf("%q: %v", word, err)
		}
	}
}

// Bulk edits are listed, the newest first, with how much of each an undo would
// take back; another member's are in no list.
func TestBulkEditsAreListedWithWhatStandsOfThem(t *testing.T) {
	w := newWorld(t)
	var ids []vocab.DatasetID
	for i := range 130 {
		ids = append(ids, w.create(tax, draft(fmt.Sprint("s", i))).ID)
	}
	fill := func(value string) *catalog.ChangeSet {
		t.Helper()
		set, err := w.BulkFill(ctx, tax, catalog.Fill{Selection: catalog.Selection{IDs: ids}, Field: "theme", Value: value})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	list := func(after string, limit int) []catalog.Filled {
		t.Helper()
		got, err := w.Fills(ctx, tax, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first, second := fill("one"), fill("two")
	got := list("", 10)
	if len(got) != 2 || got[0].ID == got[1].ID || got[0].Field != "theme" || got[0].Changed != 130 || got[0].Officer != tax.Officer {
		t.Fatalf("%+v", got)
	}
	for _, f := range got {
		want := map[string]int{first.ID: 0, second.ID: 130}[f.ID] // the second lies over the first
		if f.Standing != want || !f.Undone.IsZero() {
			t.Errorf("%s: %d stand, want %d, undone %s", f.Value, f.Standing, want, f.Undone)
		}
	}
	if rest := list(got[0].ID, 10); len(rest) != 1 || rest[0].ID != got[1].ID {
		t.Errorf("the next window: %+v", rest)
	}
	if _, err := w.Edit(ctx, tax2, entry.Edit{ID: ids[3], Rev: 3, Set: map[entry.Field]string{"region": "310000"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Undo(ctx, tax, second.ID); err != nil {
		t.Fatal(err)
	}
	for _, f := range list("", 10) {
		if f.ID == second.ID && (f.Standing != 0 || f.Undone.IsZero()) {
			t.Errorf("after the undo: %+v", f)
		}
	}
	if others, err := w.Fills(ctx, health, "", 10); err != nil || len(others) != 0 {
		t.Errorf("another member: %+v %v", others, err)
	}
	if others, err := w.Fills(ctx, health, second.ID, 10); err != nil || len(others) != 0 {
		t.Errorf("another member after a list that is not theirs: %+v %v", others, err)
	}
}

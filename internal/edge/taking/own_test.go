package taking_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

// full is an entry that says nearly all that an entry can.
func full(code string) entry.Dataset {
	return entry.Dataset{
		Code: code, Name: entry.Text{ZH: "纳税登记（" + code + "）", EN: "Taxpayers " + code}, Abstract: entry.Text{ZH: "谁登记", EN: "who is registered"},
		Provider: "税务局登记处", Department: "征管科", System: "金税", Category: "税务", Theme: "法人库", Domain: entry.DomainTheme, Region: "990000",
		Format: "database", Share: vocab.Conditional, ShareCondition: "按次核验、不留存", ShareScope: "本级", UseConditions: "不得转供",
		ShareModes: []entry.ShareMode{"verify", "batch"}, Open: "not_open", Cycle: vocab.Irregular, Origin: vocab.Government, Subject: vocab.LegalEntity,
		LegalBasis: []entry.Cite{{Law: "税收征收管理法", Article: "第十五条"}, {Law: "档案法"}}, Purposes: []string{"核验、比对", "补贴"}, Level: 2,
		Service: "keywords: 一, 二", Maintainer: "信息中心", Retention: "10 年",
		Items: []entry.Item{
			{Code: "code", Name: entry.Text{ZH: "代码", EN: "code"}, Type: entry.TypeText, Length: 18, Key: true},
			{Code: "since", Name: entry.Text{ZH: "登记日期"}, Type: entry.TypeDate, Compare: vocab.CompareDate},
			{Code: "untitled"},
		},
	}
}

// TestAnExportedCatalogImportedAgainChangesNothing: whatever form the catalog was
// exported in, the department's own entries are met again under their ids.
func TestAnExportedCatalogImportedAgainChangesNothing(t *testing.T) {
	cfg := apptest.Config(t)
	cfg.URL = "https://data.example.gov"
	a := apptest.Open(t, cfg, app.Options{})
	apptest.Init(t, a)
	for _, code := range []string{"S-1", "S-2", ""} {
		d, err := a.Catalog.Create(t.Context(), steward, full(code))
		if err == nil {
			_, err = apptest.Publish(t.Context(), a, steward, d.ID, d.Rev)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	face, err := a.Face("test")
	if err != nil {
		t.Fatal(err)
	}
	before, err := a.Catalog.List(t.Context(), steward, catalog.ListQuery{Owner: apptest.Tax})
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"/catalog.jsonl", "/catalog.jsonl.gz", "/data.json", "/catalog.ttl", "/catalog.jsonld"} {
		for _, lang := range []string{"en", "zh"} {
			r := httptest.NewRequest(http.MethodGet, form, nil)
			r.Header.Set("Accept-Language", lang)
			w := httptest.NewRecorder()
			face.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", form, w.Code, w.Body)
			}
			done := take(t, a, orderOf(t, form[1:], w.Body.Bytes()))
			if done.Created != 0 || done.Changed != 0 || done.Report.Rejected != 0 || done.Report.Good != 3 {
				t.Errorf("%s in %s: %d made, %d changed, %+v", form, lang, done.Created, done.Changed, done.Report)
			}
			after, err := a.Catalog.List(t.Context(), steward, catalog.ListQuery{Owner: apptest.Tax})
			if diff := cmp.Diff(before, after); err != nil || diff != "" {
				t.Errorf("%s in %s: %v (-before +after):\n%s", form, lang, err, diff)
			}
		}
	}
}

// TestAnExportThatWasMendedIsLaidOverTheEntry: one word changed in the file is one
// field changed in the entry.
func TestAnExportThatWasMendedIsLaidOverTheEntry(t *testing.T) {
	a := newNode(t)
	d, err := a.Catalog.Create(t.Context(), steward, full("S-1"))
	if err != nil {
		t.Fatal(err)
	}
	line := `{"id":"` + string(d.ID) + `","owner_org":"tax","title":"other words","title_translated":{"zh":"纳税登记（S-1）"},"notes":"","metadata_modified":"2026-01-01","extras":[{"key":"purposes","value":"核验、比对\n补贴\n信用"}]}`
	if done := take(t, a, orderOf(t, "mended.jsonl", []byte(line+"\n"))); done.Created != 0 || done.Changed != 1 {
		t.Fatalf("%+v", done)
	}
	got, err := a.Catalog.Get(t.Context(), steward, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := []entry.Difference{{Field: "purposes", Old: "核验、比对\n补贴", New: "核验、比对\n补贴\n信用"}}
	if diff := cmp.Diff(want, entry.Differences(d, got)); diff != "" {
		t.Error(diff)
	}
}

// TestAnotherDepartmentsEntryIsNotTaken: an id that the sender sees as another's is left
// out; one that they cannot see is taken as the id of a foreign catalog is.
func TestAnotherDepartmentsEntryIsNotTaken(t *testing.T) {
	a := newNode(t)
	civil := apptest.Officer(apptest.Civil, vocab.Steward)
	d, err := a.Catalog.Create(t.Context(), civil, full("S-1"))
	if err != nil {
		t.Fatal(err)
	}
	line := func(id vocab.DatasetID, title string) []byte {
		return []byte(`{"id":"` + string(id) + `","owner_org":"civil","title":"` + title + `","notes":"","metadata_modified":"2026-01-01"}` + "\n")
	}
	for i, id := range []vocab.DatasetID{d.ID, "d-aaaaaaaaaaaaaaaa"} {
		if done := take(t, a, orderOf(t, "foreign.jsonl", line(id, "甲"))); done.Created != 1 || done.Changed != 0 || count(t, a) != i+1 {
			t.Errorf("%+v", done)
		}
	}
	before, err := apptest.Publish(t.Context(), a, civil, d.ID, d.Rev)
	if err != nil {
		t.Fatal(err)
	}
	done := take(t, a, orderOf(t, "seen.jsonl", line(d.ID, "乙")))
	if done.Created != 0 || done.Changed != 0 || done.Report.Problems[input.EntryOfOthers] != 1 || count(t, a) != 2 {
		t.Errorf("%+v", done)
	}
	if got, err := a.Catalog.Get(t.Context(), civil, d.ID); err != nil || got.Rev != before.Rev {
		t.Errorf("%+v %v", got, err)
	}
}

// TestWhatAnItemHoldsComesWithAnExportedCatalog: another node takes every field of an
// item that the first one shows, and an item follows its entry there where it did here.
func TestWhatAnItemHoldsComesWithAnExportedCatalog(t *testing.T) {
	from := newNode(t)
	d := full("S-1")
	all := entry.Item{Code: "rate", Name: entry.Text{ZH: "税率", EN: "rate"}}
	for f, v := range map[entry.ItemField]string{
		entry.ItemElement: "DE-17", entry.ItemKind: "number", entry.ItemLength: "10", entry.ItemPrecision: "2", entry.ItemUnit: "%",
		entry.ItemCodeList: "GB/T 1", entry.ItemNullable: "true", entry.ItemKey: "true", entry.ItemIdentifier: "true", entry.ItemCompare: "number",
		entry.ItemTolerance: "0.01", entry.ItemClass: "C1", entry.ItemLevel: "2", entry.ItemSensitive: "income", entry.ItemMask: "first 2",
		entry.ItemShare: "not_shared", entry.ItemShareCondition: "逐案", entry.ItemOpen: "not_open",
		entry.ItemGoldenDept: "征管科", entry.ItemGoldenSystem: "金税", entry.ItemGoldenField: "t.rate",
	} {
		if err := all.Set(f, v); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range entry.ItemFields() {
		if all.Get(f) == "" {
			t.Fatalf("the item has no %s", f)
		}
	}
	d.Items = append(d.Items, all)
	made, err := from.Catalog.Create(t.Context(), steward, d)
	if err == nil {
		made, err = apptest.Publish(t.Context(), from, steward, made.ID, made.Rev)
	}
	if err != nil {
		t.Fatal(err)
	}
	face, err := from.Face("test")
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	face.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/catalog.jsonl", nil))
	to := newNode(t)
	if done := take(t, to, orderOf(t, "other.jsonl", w.Body.Bytes())); done.Created != 1 || done.Report.Rejected != 0 {
		t.Fatalf("%+v", done)
	}
	got, err := to.Catalog.List(t.Context(), steward, catalog.ListQuery{Owner: apptest.Tax})
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if diff := cmp.Diff(made.Items[0], got[0].Items[0]); diff != "" {
		t.Errorf("an item that follows its entry (-here +there):\n%s", diff)
	}
	here, there := made.Items[len(made.Items)-1], got[0].Items[len(got[0].Items)-1]
	if diff := cmp.Diff(here, there); diff != "" {
		t.Errorf("(-here +there):\n%s", diff)
	}
}

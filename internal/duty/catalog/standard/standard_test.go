package standard_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/standard"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/index"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

var (
	civil  = identity.Actor{Member: "civil", Officer: "li", Roles: []vocab.Role{vocab.Steward}}
	tax    = identity.Actor{Member: "tax", Officer: "zhang", Roles: []vocab.Role{vocab.Steward}}
	reader = identity.Actor{Member: "tax", Officer: "zhao", Roles: []vocab.Role{vocab.DataUser}}
	nobody = identity.Actor{}
)

type world struct {
	*standard.Service
	t       *testing.T
	catalog *catalog.Service
	db      *db.DB
	clock   *clock.Fake
	acts    []string
}

func (w *world) Act(_ context.Context, _ *db.Tx, act string, _ map[string]string) error {
	w.acts = append(w.acts, act)
	return nil
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, db: dbtest.Open(t, "catalog", "standard", "identity"), clock: clock.NewFake(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))}
	var err error
	if w.catalog, err = catalog.New(catalog.Parts{DB: w.db, Clock: w.clock, Ledger: w, Index: index.Open(catalog.IndexOptions(""))}); err != nil {
		t.Fatal(err)
	}
	if w.Service, err = standard.New(standard.Parts{DB: w.db, Clock: w.clock, Ledger: w, Catalog: w.catalog}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) entry(a identity.Actor, name string, publish bool, items ...entry.Item) *entry.Dataset {
	w.t.Helper()
	d, err := w.catalog.Create(w.t.Context(), a, entry.Dataset{
		Name: entry.Text{ZH: name}, Provider: "局", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: vocab.LegalEntity, Origin: vocab.Government, Items: items,
	})
	if err == nil && publish {
		d, err = w.catalog.Publish(w.t.Context(), a, d.ID, d.Rev, catalog.Secrecy{})
	}
	if err == nil {
		err = w.catalog.CatchUp(w.t.Context())
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func creditCode() standard.Element {
	return standard.Element{ID: "DE00101", Name: entry.Text{ZH: "统一社会信用代码", EN: "unified social credit code"}, Type: entry.TypeText, Length: 18, Source: "GB 32100-2015"}
}

func TestOneElementShowsEveryItemThatCarriesIt(t *testing.T) {
	w := newWorld(t)
	if _, err := w.PutElement(t.Context(), civil, creditCode()); err != nil {
		t.Fatal(err)
	}
	one := w.entry(civil, "社会组织", true, entry.Item{Code: "uscc", Name: entry.Text{ZH: "代码"}, Element: "DE00101", Type: entry.TypeText, Length: 18})
	two := w.entry(tax, "纳税人", true, entry.Item{Code: "tax_id", Name: entry.Text{ZH: "识别号"}, Element: "de00101", Type: entry.TypeNumber}, entry.Item{Code: "name", Name: entry.Text{ZH: "名称"}})
	hidden := w.entry(tax, "草稿", false, entry.Item{Code: "x", Name: entry.Text{ZH: "号"}, Element: "DE00101"})

	for _, c := range []struct {
		who  identity.Actor
		want map[string][]entry.ItemField
	}{
		{nobody, map[string][]entry.ItemField{string(one.ID) + "/uscc": nil, string(two.ID) + "/tax_id": {entry.ItemKind}}},
		{tax, map[string][]entry.ItemField{string(one.ID) + "/uscc": nil, string(two.ID) + "/tax_id": {entry.ItemKind}, string(hidden.ID) + "/x": nil}},
	} {
		got, err := w.Carriers(t.Context(), c.who, "DE00101", 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string][]entry.ItemField{}
		for _, i := range got.Items {
			seen[string(i.Dataset)+"/"+i.Item] = i.Differs
		}
		if diff := cmp.Diff(c.want, seen); diff != "" || got.Total != len(c.want) {
			t.Errorf("%q sees %d (-want +got):\n%s", c.who.Member, got.Total, diff)
		}
	}
}

func TestWhoDefinesAnElementMaintainsIt(t *testing.T) {
	w := newWorld(t)
	if _, err := w.PutElement(t.Context(), reader, creditCode()); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a data user defines an element: %v", err)
	}
	e, err := w.PutElement(t.Context(), civil, creditCode())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.PutElement(t.Context(), tax, creditCode()); !errors.Is(err, vocab.NoSuchThing) {
		t.Errorf("another member changes it: %v", err)
	}
	if _, err := w.RetireElement(t.Context(), tax, e.ID, ""); !errors.Is(err, vocab.NoSuchThing) {
		t.Errorf("another member retires it: %v", err)
	}
	if _, err := w.RetireElement(t.Context(), civil, e.ID, "DE00999"); !errors.Is(err, vocab.ValueInvalid) {
		t.Errorf("it leads to what nobody defined: %v", err)
	}
	after := creditCode()
	after.ID = "DE00102"
	if _, err := w.PutElement(t.Context(), civil, after); err != nil {
		t.Fatal(err)
	}
	if _, err := w.RetireElement(t.Context(), civil, e.ID, "DE00102"); err != nil {
		t.Fatal(err)
	}
	got, err := w.Element(t.Context(), nobody, e.ID)
	if err != nil || got.Retired != "2026-11-23" || got.Successor != "DE00102" || got.Owner != "civil" {
		t.Errorf("%+v %v", got, err)
	}
	all, err := w.Elements(t.Context(), nobody, "DE00101", 10)
	if err != nil || len(all) != 1 || all[0].ID != "DE00102" {
		t.Errorf("after the first: %+v %v", all, err)
	}
	if want := []string{"catalog.element", "catalog.element", "catalog.element"}; !cmp.Equal(w.acts, want) {
		t.Errorf("the ledger holds %v", w.acts)
	}
}

func divisions(codes ...standard.Code) []standard.Code { return codes }

func TestACodeThatEndedIsNeverUnknown(t *testing.T) {
	w := newWorld(t)
	list := standard.List{ID: "GB/T 2260", Name: entry.Text{ZH: "行政区划代码"}, Source: "GB/T 2260-2007"}
	first := divisions(
		standard.Code{Code: "110000", Name: entry.Text{ZH: "北京市"}},
		standard.Code{Code: "110103", Name: entry.Text{ZH: "崇文区"}, Broader: "110000", From: "1980-12-31"},
		standard.Code{Code: "110101", Name: entry.Text{ZH: "东城区"}, Broader: "110000"})
	if _, did, err := w.PutCodes(t.Context(), civil, list, first); err != nil || did.Added != 3 {
		t.Fatal(did, err)
	}
	if _, did, err := w.PutCodes(t.Context(), civil, list, first); err != nil || did != (standard.Changes{}) {
		t.Errorf("the same table again did %+v %v", did, err)
	}
	second := divisions(
		standard.Code{Code: "110000", Name: entry.Text{ZH: "北京市"}},
		standard.Code{Code: "110101", Name: entry.Text{ZH: "东城区", EN: "Dongcheng"}, Broader: "110000"})
	l, did, err := w.PutCodes(t.Context(), civil, list, second)
	if err != nil || did != (standard.Changes{Changed: 1, Ended: 1}) || l.Codes != 3 {
		t.Fatalf("%+v %+v %v", l, did, err)
	}
	gone, err := w.Code(t.Context(), nobody, "GB/T 2260", "110103")
	if err != nil || gone.Until != "2026-11-22" {
		t.Fatalf("the code that was left out: %+v %v", gone, err)
	}
	third := append(second, standard.Code{Code: "110103", Name: entry.Text{ZH: "崇文区"}, Broader: "110000", From: "1980-12-31", Until: "2010-07-01", Successors: []string{"110101"}, Note: "并入东城区"})
	if _, _, err := w.PutCodes(t.Context(), civil, list, third); err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]int{"": 3, "2009-01-01": 3, "2026-11-23": 2, "1970-01-01": 2} {
		_, got, err := w.Codes(t.Context(), nobody, "GB/T 2260", standard.Asked{On: day})
		if err != nil || len(got) != want {
			t.Errorf("on %q: %d codes %v", day, len(got), err)
		}
	}
	_, below, err := w.Codes(t.Context(), nobody, "GB/T 2260", standard.Asked{Broader: "110000", After: "110101"})
	if err != nil || len(below) != 1 || !cmp.Equal(below[0].Successors, []string{"110101"}) {
		t.Errorf("below 110000 after 110101: %+v %v", below, err)
	}
	if n := w.rows(); n != 3 {
		t.Errorf("%d rows of codes are kept, 3 can be read", n)
	}
}

func (w *world) rows() (n int) {
	w.t.Helper()
	err := w.db.Read(w.t.Context(), func(tx *db.Tx) error {
		return tx.QueryRow(w.t.Context(), `SELECT COUNT(*) FROM catalog_code`).Scan(&n)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestAListIsReplacedWholeOrNotAtAll(t *testing.T) {
	w := newWorld(t)
	list := standard.List{ID: "L", Name: entry.Text{EN: "list"}}
	var table []standard.Code
	for i := range 1200 {
		table = append(table, standard.Code{Code: fmt.Sprintf("%05d", i), Name: entry.Text{EN: "n"}})
	}
	if _, _, err := w.PutCodes(t.Context(), civil, list, table); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]standard.Code{
		"none":       {},
		"twice":      {table[0], table[0]},
		"no name":    {{Code: "1"}},
		"no day":     {{Code: "1", Name: entry.Text{EN: "n"}, From: "23.11.2026"}},
		"no first":   {{Code: "1", Name: entry.Text{EN: "n"}, From: "unknown"}},
		"backwards":  {{Code: "1", Name: entry.Text{EN: "n"}, From: "2026-01-02", Until: "2026-01-01"}},
		"line break": {{Code: "1\n2", Name: entry.Text{EN: "n"}}},
	} {
		if _, _, err := w.PutCodes(t.Context(), civil, list, bad); !errors.Is(err, vocab.ValueInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := w.PutCodes(t.Context(), tax, list, table); !errors.Is(err, vocab.NoSuchThing) {
		t.Errorf("another member replaces it: %v", err)
	}
	if _, _, err := w.PutCodes(t.Context(), reader, list, table); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a data user replaces it: %v", err)
	}
	got, codes, err := w.Codes(t.Context(), nobody, "L", standard.Asked{After: "01000", Limit: 500})
	if err != nil || got.Codes != 1200 || len(codes) != 199 {
		t.Errorf("%+v with %d codes %v", got, len(codes), err)
	}
	if _, err := w.Code(t.Context(), nobody, "L", "x"); !errors.Is(err, vocab.NoSuchThing) {
		t.Errorf("a code that is not there: %v", err)
	}
}

func TestATableOfCodesIsReadWholeOrNamesItsBadLines(t *testing.T) {
	for name, c := range map[string]struct {
		file, cause string
		want        []standard.Code
	}{
		"whole": {file: "code,name_zh,broader,until,successors\n110103,崇文区,110000,2010-07-01,110101；110102\n110101,东城区,110000,,\n", want: []standard.Code{
			{Code: "110103", Name: entry.Text{ZH: "崇文区"}, Broader: "110000", Until: "2010-07-01", Successors: []string{"110101", "110102"}},
			{Code: "110101", Name: entry.Text{ZH: "东城区"}, Broader: "110000"},
		}},
		"foreign column": {file: "code,name_zh,colour\n1,x,red\n", cause: "colour"},
		"no code":        {file: "name_zh,note\nx,y\n", cause: "no column code"},
		"bad lines":      {file: "code,name_zh,from\n1,x,2026-01-01\n2,,\n3,y,yesterday\n", cause: "2 of 3 lines cannot be taken: line 3: "},
	} {
		got, err := standard.ReadTable(strings.NewReader(c.file), int64(len(c.file)), "codes.csv")
		if c.cause != "" {
			if err == nil || !strings.Contains(err.Error(), c.cause) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func FuzzReadTable(f *testing.F) {
	f.Add("code,name_zh\n1,x\n")
	f.Add("code\tname_en\tuntil\n1\tx\t2026-02-30\n")
	f.Fuzz(func(t *testing.T, file string) {
		codes, err := standard.ReadTable(strings.NewReader(file), int64(len(file)), "codes.csv")
		if err == nil && len(codes) == 0 && strings.TrimSpace(file) == "" {
			t.Error("an empty file is a table")
		}
	})
}

// The codes of GB/T 2260 as they were ever given, with what came after each.
func TestEveryDivisionCodeEverGivenIsKnown(t *testing.T) {
	folder := os.Getenv("FONTIS_REAL_DATA")
	if folder == "" {
		t.Skip("divisions/gb2260-*.json: FONTIS_REAL_DATA names no folder")
	}
	current, history, heirs := map[string]string{}, map[string]string{}, map[string][]string{}
	for name, into := range map[string]any{"current": &current, "history": &history, "diff": &heirs} {
		b, err := os.ReadFile(filepath.Join(folder, "divisions", "gb2260-"+name+".json"))
		if err == nil {
			err = json.Unmarshal(b, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var table []standard.Code
	for code, name := range current {
		table = append(table, standard.Code{Code: code, Name: entry.Text{ZH: name}})
	}
	for code, name := range history {
		if _, stands := current[code]; !stands {
			table = append(table, standard.Code{Code: code, Name: entry.Text{ZH: name}, Until: standard.Unknown, Successors: heirs[code]})
		}
	}
	w := newWorld(t)
	list := standard.List{ID: "GB/T 2260", Name: entry.Text{ZH: "行政区划代码"}}
	l, did, err := w.PutCodes(t.Context(), civil, list, table)
	if err != nil || l.Codes != 7448 || did.Added != 7448 {
		t.Fatalf("%+v %+v %v", l, did, err)
	}
	ended, led := 0, 0
	for code := range history {
		c, err := w.Code(t.Context(), nobody, "GB/T 2260", code)
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		if c.Until == standard.Unknown {
			ended++
			if len(c.Successors) > 0 {
				led++
			}
			if c.Valid("2026-11-23") {
				t.Errorf("%s ended and is in force", code)
			}
		}
	}
	if ended != 4015 || led < 3900 {
		t.Errorf("%d codes ended, %d of them lead on", ended, led)
	}
}

// The names of divisions are those of the node's list, at once where it was given a new
// table here, after a moment where another process did it, and nothing is read between.
func TestDivisionsAreNamedByTheNewestTable(t *testing.T) {
	w := newWorld(t)
	put := func(s *standard.Service, code, name string) {
		t.Helper()
		if _, _, err := s.PutCodes(t.Context(), civil, standard.List{ID: standard.DivisionList, Name: entry.Text{ZH: "区划"}}, []standard.Code{
			{Code: code, Name: entry.Text{ZH: name}}, {Code: "310115102001", Name: entry.Text{ZH: "某居委会"}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	named := func(code, want string) {
		t.Helper()
		if err := w.Divisions().Fresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, ok := w.Divisions().Name(code); got.ZH != want || ok != (want != "") {
			t.Errorf("%s is named %q, want %q", code, got.ZH, want)
		}
	}
	named("310115", "")
	put(w.Service, "310115", "浦东新区")
	named("310115", "浦东新区")
	named("310115102001", "") // villages go by their town
	other, err := standard.New(standard.Parts{DB: w.db, Clock: w.clock, Ledger: w, Catalog: w.catalog})
	if err != nil {
		t.Fatal(err)
	}
	put(other, "310115", "浦东")
	named("310115", "浦东新区")
	w.clock.Advance(3 * time.Second)
	named("310115", "浦东")
	put(w.Service, "310104", "徐汇区")
	named("310115", "浦东") // a code that ended keeps its name
}

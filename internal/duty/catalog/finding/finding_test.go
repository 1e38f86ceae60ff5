package finding_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/finding"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/engine/index"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

var (
	tax    = identity.Actor{Member: "tax", Officer: "zhang", Roles: []vocab.Role{vocab.Steward}}
	health = identity.Actor{Member: "health", Officer: "wang", Roles: []vocab.Role{vocab.Steward}}
	user   = identity.Actor{Member: "health", Officer: "zhao", Roles: []vocab.Role{vocab.DataUser}}
)

type world struct {
	*finding.Service
	t       *testing.T
	catalog *catalog.Service
	db      *db.DB
	acts    []string
	inbox   []identity.Notice
}

func (w *world) Act(_ context.Context, _ *db.Tx, act string, _ map[string]string) error {
	w.acts = append(w.acts, act)
	return nil
}

func (w *world) PutNotice(_ context.Context, _ *db.Tx, n identity.Notice) error {
	w.inbox = append(w.inbox, n)
	return nil
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, db: dbtest.Open(t, "catalog", "finding", "identity")}
	now := clock.System()
	x := index.Open(catalog.IndexOptions(""))
	var err error
	if w.catalog, err = catalog.New(catalog.Parts{DB: w.db, Clock: now, Ledger: w, Index: x}); err != nil {
		t.Fatal(err)
	}
	if w.Service, err = finding.New(finding.Parts{DB: w.db, Clock: now, Ledger: w, Notices: w, Catalog: w.catalog, Index: x}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) publish(name string) *entry.Dataset {
	w.t.Helper()
	d, err := w.catalog.Create(w.t.Context(), tax, entry.Dataset{
		Name: entry.Text{ZH: name}, Provider: "税务局", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: vocab.LegalEntity, Origin: vocab.Government, Theme: "tax",
		Items: []entry.Item{{Code: "name", Name: entry.Text{ZH: "纳税人名称"}, Type: entry.TypeText}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if d, err = w.catalog.Publish(w.t.Context(), tax, d.ID, d.Rev, catalog.Secrecy{}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.catalog.CatchUp(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return d
}

// hear tells the service all that the outbox holds, from its beginning.
func (w *world) hear() {
	w.t.Helper()
	facts, err := outbox.New(w.db).Read(w.t.Context(), 0, 100)
	if err != nil || len(facts) == 0 {
		w.t.Fatalf("%d facts, %v", len(facts), err)
	}
	for _, f := range facts {
		if err := w.Hear(w.t.Context(), f); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) found(text string) int {
	w.t.Helper()
	r, err := w.catalog.Search(w.t.Context(), user, catalog.SearchQuery{Text: text})
	if err != nil {
		w.t.Fatal(err)
	}
	return r.Total
}

func wants(t *testing.T, err error, code vocab.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestASynonymWidensEverySearchAtOnceAndAfterAStart(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	w.publish("社会保险缴费信息")
	if w.found("社保") != 0 {
		t.Fatal("found before anybody said that the words mean the same")
	}
	g, err := w.PutSynonym(ctx, tax, finding.Synonym{Words: []string{"社会保险", " 社保 ", "社保"}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"社会保险", "社保"}, g.Words); d != "" || w.found("社保") != 1 {
		t.Errorf("%s, %d found", d, w.found("社保"))
	}
	if _, err := w.PutSynonym(ctx, tax, finding.Synonym{ID: g.ID, Words: []string{"社会保险", "五险"}}); err != nil {
		t.Fatal(err)
	}
	if w.found("社保") != 0 || w.found("五险") != 1 {
		t.Error("the change is not seen")
	}
	if err := w.Load(ctx); err != nil || w.found("五险") != 1 {
		t.Errorf("after a start: %v", err)
	}
	if err := w.RemoveSynonym(ctx, tax, g.ID); err != nil || w.found("五险") != 0 {
		t.Errorf("taken out: %v", err)
	}
	if d := cmp.Diff([]string{"catalog.publish", "catalog.synonyms", "catalog.synonyms", "catalog.synonyms"}, w.acts); d != "" {
		t.Error(d)
	}
}

func TestOnlyTheOwnStewardChangesSynonyms(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	g, err := w.PutSynonym(ctx, tax, finding.Synonym{Words: []string{"甲", "乙"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.PutSynonym(ctx, health, finding.Synonym{ID: g.ID, Words: []string{"甲", "丙"}})
	wants(t, err, vocab.NoSuchThing)
	wants(t, w.RemoveSynonym(ctx, health, g.ID), vocab.NoSuchThing)
	_, err = w.PutSynonym(ctx, user, finding.Synonym{Words: []string{"甲", "丙"}})
	wants(t, err, vocab.RoleMissing)
	for _, words := range [][]string{{"甲"}, {"甲", "a b"}, {"甲", "甲"}, {"1", "2", "3", "4", "5", "6", "7", "8", "9"}} {
		_, err := w.PutSynonym(ctx, tax, finding.Synonym{Words: words})
		wants(t, err, vocab.ValueInvalid)
	}
	if all, err := w.Synonyms(ctx, user); err != nil || len(all) != 1 {
		t.Errorf("%v %v", all, err)
	}
	_, err = w.Synonyms(ctx, identity.Actor{})
	wants(t, err, vocab.RoleMissing)
}

func TestASavedSearchTellsOfAnEntryOnce(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	if _, err := w.PutSynonym(ctx, tax, finding.Synonym{Words: []string{"企业", "纳税人"}}); err != nil {
		t.Fatal(err)
	}
	for _, q := range []finding.Search{
		{Text: "企业"}, {Name: "税", Filters: map[string][]string{"owner": {"tax"}}}, {Name: "field", Item: "纳税人名称"}, {Text: "医院"},
	} {
		if _, err := w.SaveSearch(ctx, user, q); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.SaveSearch(ctx, tax, finding.Search{Text: "企业"}); err != nil {
		t.Fatal(err)
	}
	d := w.publish("纳税人登记")
	n, err := w.catalog.Edit(ctx, tax, entry.Edit{ID: d.ID, Rev: d.Rev, Set: map[entry.Field]string{entry.FieldTheme: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	w.hear() // it was edited before anybody heard of it
	w.hear()
	var told []string
	for _, n := range w.inbox {
		told = append(told, fmt.Sprintf("%s %s %s %s", n.Officer, n.Kind, n.Params["search"], n.Link))
	}
	slices.Sort(told)
	want := []string{"field", "企业", "税"}
	for i, name := range want {
		want[i] = "zhao search-found " + name + " /datasets/" + string(d.ID)
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	if _, err := w.SaveSearch(ctx, user, finding.Search{Text: "登记"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.catalog.Edit(ctx, tax, entry.Edit{ID: d.ID, Rev: n.Rev, Set: map[entry.Field]string{entry.FieldTheme: "tax"}}); err != nil {
		t.Fatal(err)
	}
	if w.hear(); len(w.inbox) != len(want) {
		t.Error("a change was told as news")
	}
}

func TestASavedSearchIsItsOfficersAlone(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	q, err := w.SaveSearch(ctx, user, finding.Search{Text: "企业"})
	if err != nil {
		t.Fatal(err)
	}
	if all, err := w.Searches(ctx, health); err != nil || len(all) != 0 {
		t.Errorf("%v %v", all, err)
	}
	wants(t, w.ForgetSearch(ctx, health, q.ID), vocab.NoSuchThing)
	if err := w.ForgetSearch(ctx, user, q.ID); err != nil {
		t.Error(err)
	}
	_, err = w.SaveSearch(ctx, user, finding.Search{Name: "x"})
	wants(t, err, vocab.FieldMissing)
	_, err = w.SaveSearch(ctx, user, finding.Search{Text: "x", Filters: map[string][]string{"nonsense": {"y"}}})
	wants(t, err, vocab.ColumnUnknown)
	for range 20 {
		if _, err := w.SaveSearch(ctx, user, finding.Search{Text: "企业"}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = w.SaveSearch(ctx, user, finding.Search{Text: "企业"})
	wants(t, err, vocab.ValueInvalid)
}

func TestSuggestionsAndItemNamesShowWhatTheReaderMaySee(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	d := w.publish("社会保险缴费信息")
	if _, err := w.catalog.Create(ctx, tax, entry.Dataset{Name: entry.Text{ZH: "社会草稿"}, Provider: "税务局", Items: []entry.Item{{Code: "y", Name: entry.Text{ZH: "纳税人草稿"}}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.catalog.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]int{"社会": 1, "shehui": 1, "shbx": 1, "医": 0} {
		got, err := w.catalog.Suggest(ctx, user, typed, 10)
		if err != nil || len(got) != want || want > 0 && got[0].Dataset != d.ID {
			t.Errorf("%s: %v %v", typed, got, err)
		}
	}
	if mine, err := w.catalog.Suggest(ctx, tax, "社会", 10); err != nil || len(mine) != 2 {
		t.Errorf("the owner is offered %v, %v", mine, err)
	}
	items, err := w.catalog.ItemsNamed(ctx, user, catalog.SearchQuery{Text: "纳税人", Limit: 10})
	if err != nil || items.Total != 1 || items.Hits[0].Name != "纳税人名称" || items.Hits[0].N != 1 {
		t.Errorf("%+v %v", items, err)
	}
	r, err := w.catalog.Search(ctx, user, catalog.SearchQuery{Text: "纳税人名称", Explain: true, Item: "纳税人名称", Facets: []string{"year", "provider", "region"}})
	if err != nil || len(r.Why) != 1 || r.Why[0][0].Tier.Place() != "items" || r.Facets["year"][0].Value != "2026" || r.Facets["provider"][0].Value != "税务局" {
		t.Errorf("%+v %v", r, err)
	}
}

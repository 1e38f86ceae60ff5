package app_test

import (
	"errors"
	"strings"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/db/postgres"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// TestTheIndexMayStandInPostgres has a node's index in tables: it is found in after a
// restart, filled anew where it was dropped or its node was restored to another
// history, and left alone by a trial of the node.
func TestTheIndexMayStandInPostgres(t *testing.T) {
	dbtest.NeedPostgres(t)
	ctx := t.Context()
	cfg := apptest.Config(t)
	cfg.Index = "postgres"
	tables := cfg.Schema + "_index"
	drop := func() {
		t.Helper()
		if err := postgres.Drop(ctx, cfg.Database, tables); err != nil {
			t.Error(err)
		}
	}
	open := func(isNew bool) *app.App {
		t.Helper()
		a, err := app.Open(ctx, cfg, app.Options{Clock: clock.System(), New: isNew})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	found := func(a *app.App, want int) {
		t.Helper()
		if err := a.Catalog.Settled(ctx); err != nil {
			t.Fatal(err)
		}
		res, err := a.Catalog.Search(ctx, identity.Actor{}, catalog.SearchQuery{Text: "不动产", Facets: []string{"owner"}})
		if err != nil || res.Total != want || len(res.Hits) != want || len(res.Facets["owner"]) != 1 {
			t.Errorf("found %+v, want %d: %v", res, want, err)
		}
	}
	steward := apptest.Officer(apptest.Civil, vocab.Steward)
	list := func(a *app.App, name string) {
		t.Helper()
		d, err := a.Catalog.Create(ctx, steward, described(name))
		if err == nil {
			_, err = apptest.Publish(ctx, a, steward, d.ID, d.Rev)
		}
		if err != nil {
			t.Fatal(err)
		}
	}

	a := open(true)
	apptest.Init(t, a)
	list(a, "不动产登记信息")
	found(a, 1)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = open(false)
	found(a, 1)
	list(a, "不动产抵押信息")
	found(a, 2)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	copied, dropTrial, err := app.Trial(ctx, cfg, t.TempDir())
	if err != nil || copied.Index == cfg.Index {
		t.Errorf("a trial has its index in %q: %v", copied.Index, err)
	}
	if err := dropTrial(ctx); err != nil {
		t.Error(err)
	}
	drop()
	a = open(false)
	found(a, 2)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	// Another history: the facts that the tables were fed with never were.
	d, err := postgres.Open(ctx, cfg.Database, cfg.Schema)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE outbox SET payload = $1`, []byte(`{}`))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	a = open(false)
	found(a, 2)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	drop()
}

func described(name string) entry.Dataset {
	return entry.Dataset{
		Name: entry.Text{ZH: name}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Daily,
		Subject: vocab.LegalEntity, Origin: vocab.Government, Abstract: entry.Text{ZH: name},
	}
}

func TestWhereTheIndexStandsIsSaidPlainly(t *testing.T) {
	for where, code := range map[string]vocab.Code{"elastic": vocab.BadInput, "postgres": vocab.BadInput} {
		cfg := app.Config{Dir: t.TempDir(), Name: "node.test", Jurisdiction: "990000", Demo: true, Listen: "127.0.0.1:0", Index: where}
		_, err := app.Open(t.Context(), cfg, app.Options{Clock: clock.System(), New: true})
		var f *vocab.Failure
		if vocab.CodeOf(err) != code || !errors.As(err, &f) || !strings.Contains(f.Fix, "memory") {
			t.Errorf("index = %q: %v", where, err)
		}
	}
}

package catalog_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// killAfter gives a context that ends when it was asked for its error n times,
// as a killed process ends between two transactions.
func killAfter(n int64) (context.Context, context.CancelFunc) {
	c, cancel := context.WithCancel(ctx)
	k := &killed{Context: c, cancel: cancel}
	k.left.Store(n * 10)
	return k, cancel
}

type killed struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func (k *killed) Err() error {
	if k.left.Add(-1) <= 0 {
		k.cancel()
	}
	return k.Context.Err()
}

func (k *killed) Deadline() (time.Time, bool) { return time.Time{}, false }

func TestATagComesOffByTwoOfficersOnly(t *testing.T) {
	w := newWorld(t)
	d := w.publish(tax, people("a"))
	item := d.ItemID("xm_7")
	check := func() error {
		return w.db.Read(ctx, func(tx *db.Tx) error { return w.CheckItems(ctx, tx, vocab.PathCompare, d.ItemID("name"), item) })
	}
	wants(t, check(), vocab.RefusedByDesign)
	_, err := w.ConfirmUntag(ctx, tax2, item, vocab.TagEthnicity)
	wants(t, err, vocab.StateWrong)
	wants(t, w.Untag(ctx, tax, item, vocab.TagEthnicity, " "), vocab.ReasonNeeded)
	wants(t, w.Untag(ctx, tax, item, vocab.TagReligion, "r"), vocab.StateWrong)
	wants(t, w.Untag(ctx, robot, item, vocab.TagEthnicity, "r"), vocab.SecondNeeded)
	if err := w.Untag(ctx, tax, item, vocab.TagEthnicity, "a class of goods, wrongly declared"); err != nil {
		t.Fatal(err)
	}
	wants(t, w.Untag(ctx, tax2, item, vocab.TagEthnicity, "r"), vocab.AlreadyExists)
	wants(t, check(), vocab.RefusedByDesign)
	for a, code := range map[string]vocab.Code{"same": vocab.SecondNeeded, "machine": vocab.SecondNeeded, "other": vocab.NoSuchThing} {
		_, err := w.ConfirmUntag(ctx, map[string]identity.Actor{"same": tax, "machine": robot, "other": health}[a], item, vocab.TagEthnicity)
		wants(t, err, code)
	}
	if waits, err := w.Untaggings(ctx, tax2); err != nil || len(waits) != 1 || waits[0].Item != item {
		t.Fatalf("%+v %v", waits, err)
	}
	apptest.Made(t, w.db, tax2.Officer, tax.Officer)
	_, err = w.ConfirmUntag(ctx, tax2, item, vocab.TagEthnicity)
	wants(t, err, vocab.SecondNeeded)
	apptest.Made(t, w.db, tax2.Officer, "")
	if _, err := w.ConfirmUntag(ctx, tax2, item, vocab.TagEthnicity); err != nil {
		t.Fatal(err)
	}
	if err := check(); err != nil {
		t.Fatal(err)
	}
	// The declaration does not bring back what two officers took off.
	got, err := w.Edit(ctx, tax, entry.Edit{ID: d.ID, Rev: d.Rev + 1, Set: map[entry.Field]string{"theme": "x"}})
	if err != nil || len(got.Items[1].Tags) != 0 {
		t.Fatalf("%+v %v", got, err)
	}
	if got, err = w.Tag(ctx, tax, item, vocab.TagEthnicity, vocab.TagScore); err != nil || len(got.Items[1].Tags) != 1 || got.Items[1].Tags[0] != vocab.TagScore {
		t.Fatalf("what the values speak for: %+v %v", got, err)
	}
	wants(t, check(), vocab.RefusedByDesign)
	if err := w.Untag(ctx, tax2, item, vocab.TagScore, "r"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ConfirmUntag(ctx, tax, item, vocab.TagScore); err != nil {
		t.Fatal(err)
	}
	if err := check(); err != nil {
		t.Fatal(err)
	}
}

func TestSearchFacetsAndExportRefuseTaggedItems(t *testing.T) {
	w := newWorld(t)
	d, secret := w.publish(tax, people("a")), w.create(tax, people("b"))
	keys := func(key string) map[string]func(identity.Actor) error {
		return map[string]func(identity.Actor) error{
			"filter": func(a identity.Actor) error {
				_, err := w.Search(ctx, a, catalog.SearchQuery{Filters: map[string][]string{key: {"01"}}})
				return err
			},
			"facet": func(a identity.Actor) error {
				_, err := w.Search(ctx, a, catalog.SearchQuery{Facets: []string{key}})
				return err
			},
			"export": func(a identity.Actor) error {
				return w.Export(ctx, a, []string{"name_zh", key}, func([]string) error { return nil })
			},
		}
	}
	for _, c := range []struct {
		key  string
		want vocab.Code
	}{
		{string(d.ItemID("xm_7")), vocab.RefusedByDesign},
		{"民族", vocab.RefusedByDesign},
		{"GB/T 3304-1991", vocab.RefusedByDesign},
		{"Religion", vocab.RefusedByDesign},
		{"mz", vocab.RefusedByDesign},
		{string(d.ItemID("name")), vocab.ColumnUnknown},
		{"xm_7", vocab.ColumnUnknown},
		{string(secret.ItemID("xm_7")), vocab.ColumnUnknown},
		{"d-none/xm_7", vocab.ColumnUnknown},
		{"\x00/\xff", vocab.ColumnUnknown},
	} {
		for name, verb := range keys(c.key) {
			if err := verb(user); vocab.CodeOf(err) != c.want {
				t.Errorf("%s by %q: %v, want %s", name, c.key, err, c.want)
			}
		}
	}
	if res := w.find(user, catalog.SearchQuery{Text: "类别"}); res.Total != 1 {
		t.Errorf("the words of a tagged item are searched like any other: %d", res.Total)
	}
}

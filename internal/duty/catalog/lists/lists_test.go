package lists_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/lists"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/index"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

var (
	tax    = identity.Actor{Member: "tax", Officer: "zhang", Roles: []vocab.Role{vocab.Steward}}
	health = identity.Actor{Member: "health", Officer: "wang", Roles: []vocab.Role{vocab.Steward}}
	nobody = identity.Actor{}
)

type silent struct{}

func (silent) Act(context.Context, *db.Tx, string, map[string]string) error { return nil }

type world struct {
	*lists.Service
	t       *testing.T
	catalog *catalog.Service
}

func newWorld(t *testing.T) *world {
	c, err := catalog.New(catalog.Parts{DB: dbtest.Open(t, "catalog", "identity"), Clock: clock.System(), Ledger: silent{}, Index: index.Open(catalog.IndexOptions(""))})
	if err != nil {
		t.Fatal(err)
	}
	return &world{Service: lists.New(lists.Parts{Catalog: c}), t: t, catalog: c}
}

// list publishes an entry and brings the index up to date.
func (w *world) list(by identity.Actor, name string, share vocab.ShareType) *entry.Dataset {
	w.t.Helper()
	in := entry.Dataset{
		Name: entry.Text{ZH: name}, Provider: string(by.Member), Share: share, Cycle: vocab.Daily, Subject: vocab.LegalEntity, Origin: vocab.Government, Theme: "tax",
		Abstract: entry.Text{ZH: "内部摘要"}, Items: []entry.Item{{Code: "name", Name: entry.Text{ZH: "名称"}, Type: entry.TypeText}},
	}
	switch share {
	case vocab.Conditional:
		in.ShareCondition = "经审批"
	case vocab.NotShared:
		in.NotSharedReason, in.NotSharedLaw = "涉及商业秘密", "反不正当竞争法第九条"
	}
	d, err := w.catalog.Create(w.t.Context(), by, in)
	if err != nil {
		w.t.Fatal(err)
	}
	if d, err = w.catalog.Publish(w.t.Context(), by, d.ID, d.Rev, catalog.Secrecy{}); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	return d
}

func (w *world) settle() {
	w.t.Helper()
	if err := w.catalog.CatchUp(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func TestEachDepartmentAnswersForWhatItsSearchFinds(t *testing.T) {
	w := newWorld(t)
	w.list(tax, "甲", vocab.Unconditional)
	w.list(tax, "乙", vocab.Conditional)
	w.list(tax, "丙", vocab.NotShared)
	w.list(health, "丁", vocab.NotShared)
	if _, err := w.catalog.Create(t.Context(), health, entry.Dataset{Name: entry.Text{ZH: "草稿"}, Provider: "health"}); err != nil {
		t.Fatal(err)
	}
	w.settle()
	want := []lists.Duty{{Owner: "tax", Listed: 3, Unconditional: 1, Conditional: 1, NotShared: 1}, {Owner: "health", Listed: 1, NotShared: 1}}
	for _, a := range []identity.Actor{nobody, tax, health} { // a department's own drafts are no published entries either
		got, err := w.Responsibility(t.Context(), a)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q reads %+v, %v; want %+v", a.Member, got, err, want)
		}
	}
}

func TestWhatIsHeldBackIsListedWithReasonAndLawAndNothingElse(t *testing.T) {
	w := newWorld(t)
	w.list(tax, "甲", vocab.Unconditional)
	d := w.list(tax, "丙", vocab.NotShared)
	w.list(health, "丁", vocab.NotShared)
	for _, a := range []identity.Actor{nobody, tax} {
		got, err := w.Negative(t.Context(), a, lists.Query{Owner: "tax", Limit: 10})
		if err != nil || len(got) != 1 {
			t.Fatalf("%q reads %+v, %v", a.Member, got, err)
		}
		h := got[0]
		if h.Dataset != d.ID || h.Owner != "tax" || h.Name.ZH != "丙" || h.Provider != "tax" || h.Reason != "涉及商业秘密" || h.Law != "反不正当竞争法第九条" {
			t.Errorf("%q reads %+v", a.Member, h)
		}
	}
	if all, err := w.Negative(t.Context(), nobody, lists.Query{Limit: 10}); err != nil || len(all) != 2 {
		t.Errorf("of all departments: %+v, %v", all, err)
	}
	if _, err := w.catalog.Suspend(t.Context(), tax, d.ID, d.Rev, "整改"); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if left, err := w.Negative(t.Context(), tax, lists.Query{Owner: "tax", Limit: 10}); err != nil || len(left) != 0 {
		t.Errorf("what is suspended is still listed: %+v, %v", left, err)
	}
}

// TestTheNegativeListGoesOnAfterAGap: an entry that is suspended and that the index
// does not know of yet is left out, and neither ends the list nor moves its parts.
func TestTheNegativeListGoesOnAfterAGap(t *testing.T) {
	w := newWorld(t)
	var all []*entry.Dataset
	for n := range 7 {
		all = append(all, w.list(tax, fmt.Sprintf("集%d", n), vocab.NotShared))
	}
	whole, err := w.Negative(t.Context(), health, lists.Query{Limit: 100})
	if err != nil || len(whole) != 7 {
		t.Fatalf("%d, %v", len(whole), err)
	}
	for _, d := range all {
		if d.ID != whole[1].Dataset && d.ID != whole[2].Dataset {
			continue
		}
		if _, err := w.catalog.Suspend(t.Context(), tax, d.ID, d.Rev, "整改"); err != nil {
			t.Fatal(err)
		}
	}
	want := slices.Delete(slices.Clone(whole), 1, 3)
	for _, a := range []identity.Actor{nobody, health} { // the one sees no suspended entry, the other does
		var got []lists.Withheld
		for q := (lists.Query{Limit: 2}); ; {
			part, err := w.Negative(t.Context(), a, q)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, part...)
			if len(part) < q.Limit {
				break
			}
			q.After = part[len(part)-1].After()
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, by parts: %+v; want %+v", a.Member, got, want)
		}
	}
	for _, after := range []string{"x", "-1", "99999999999999999999"} {
		if _, err := w.Negative(t.Context(), nobody, lists.Query{After: after, Limit: 2}); vocab.CodeOf(err) != vocab.ValueInvalid {
			t.Errorf("after %q: %v", after, err)
		}
	}
}

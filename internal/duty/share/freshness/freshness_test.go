package freshness_test

import (
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share/freshness"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

type world struct {
	*app.App
	t       *testing.T
	now     *clock.Fake
	steward identity.Actor
	id      vocab.DatasetID
}

// newWorld is a node with a weekly entry of the civil department over a loaded list.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: clock.NewFake(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), steward: apptest.Officer(apptest.Civil, vocab.Steward)}
	w.App = apptest.Open(t, apptest.Config(t), app.Options{Clock: w.now})
	apptest.Init(t, w.App)
	made, err := w.Catalog.Create(t.Context(), w.steward, entry.Dataset{
		Name: entry.Text{ZH: "企业名录"}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Weekly, Subject: vocab.LegalEntity, Origin: vocab.Government,
		Items: []entry.Item{{Code: "note", Name: entry.Text{ZH: "备注"}}},
	})
	w.must(err)
	_, err = w.Catalog.Publish(t.Context(), w.steward, made.ID, 0, catalog.Secrecy{CheckedBy: "何平", Basis: "x"})
	w.must(err)
	w.id = made.ID
	w.load()
	_, err = w.Door.Bind(t.Context(), w.steward, access.Binding{
		Item: made.ItemID("note"), Owner: apptest.Civil, Source: "list", Column: "note", Subject: "number", KeyKind: vocab.RegisterNumber, Compare: "text", About: vocab.LegalEntity,
	})
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) load() {
	w.t.Helper()
	_, err := w.Door.Load(w.t.Context(), w.steward, access.Register{
		ID: "list", Dated: w.now.Now(), Columns: []string{"number", "note"}, KeyKind: vocab.RegisterNumber,
		Rows: func(yield func([]string, error) bool) { yield([]string{"1", "x"}, nil) },
	})
	w.must(err)
}

// nights sweeps on so many nights one after another.
func (w *world) nights(n int) {
	w.t.Helper()
	for range n {
		w.now.Advance(24 * time.Hour)
		w.must(w.Freshness.Sweep(w.t.Context()))
	}
}

func (w *world) told(m vocab.MemberID) int {
	w.t.Helper()
	list, err := w.Identity.Notices(w.t.Context(), apptest.Officer(m, vocab.Steward), identity.Page{Limit: 100})
	w.must(err)
	n := 0
	for _, one := range list {
		if one.Kind == freshness.NoticeLapsed {
			n++
		}
	}
	return n
}

func (w *world) lapses(m vocab.MemberID) []freshness.Lapse {
	w.t.Helper()
	list, err := w.Freshness.Lapses(w.t.Context(), apptest.Officer(m, vocab.Steward), freshness.Page{})
	w.must(err)
	return list
}

// TestALapseIsToldOnce: not in its term, once after it however many nights pass, again
// only after the data were renewed and lapsed anew; to nobody but its department.
func TestALapseIsToldOnce(t *testing.T) {
	w := newWorld(t)
	w.nights(7)
	if n, list := w.told(apptest.Civil), w.lapses(apptest.Civil); n != 0 || len(list) != 0 {
		t.Fatalf("within its week: told %d times, %+v", n, list)
	}
	due := w.now.Now()
	w.nights(3)
	list := w.lapses(apptest.Civil)
	if n := w.told(apptest.Civil); n != 1 || len(list) != 1 || list[0].Dataset != w.id || !list[0].Since.Equal(due) {
		t.Fatalf("after its week: told %d times, %+v, due %s", n, list, due)
	}
	about, err := w.Share.About(t.Context(), identity.Actor{}, w.id)
	if err != nil || !about.Stale || !about.Since.Equal(due) {
		t.Errorf("a stranger reads %+v, %v", about.Freshness, err)
	}
	if n, list := w.told(apptest.Tax), w.lapses(apptest.Tax); n != 0 || len(list) != 0 {
		t.Errorf("another department was told %d times, %+v", n, list)
	}
	w.load()
	w.nights(1)
	if list := w.lapses(apptest.Civil); len(list) != 0 {
		t.Errorf("renewed and still %+v", list)
	}
	w.nights(8)
	if n := w.told(apptest.Civil); n != 2 {
		t.Errorf("after the second lapse: told %d times", n)
	}
}

// TestWhatIsSuspendedPromisesNothing: its lapse goes, and comes back with it.
func TestWhatIsSuspendedPromisesNothing(t *testing.T) {
	w := newWorld(t)
	w.nights(8)
	d, err := w.Catalog.Suspend(t.Context(), w.steward, w.id, 0, "x")
	w.must(err)
	w.nights(1)
	if list := w.lapses(apptest.Civil); len(list) != 0 {
		t.Errorf("suspended and still %+v", list)
	}
	_, err = w.Catalog.Resume(t.Context(), w.steward, w.id, d.Rev)
	w.must(err)
	w.nights(1)
	if list := w.lapses(apptest.Civil); len(list) != 1 {
		t.Errorf("resumed: %+v", list)
	}
	_, err = w.Freshness.Lapses(t.Context(), apptest.Officer(apptest.Civil, vocab.DataUser), freshness.Page{})
	if vocab.CodeOf(err) != vocab.RoleMissing {
		t.Errorf("who is no steward: %v", err)
	}
}

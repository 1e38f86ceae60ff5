package catalog_test

import (
	"testing"

	"fontis/internal/duty/catalog"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
)

// restartWithSnapshot closes the index, which leaves its snapshot, lets change
// happen to the tables, and starts again. It tells why the snapshot was thrown
// away, if it was.
func (w *world) restartWithSnapshot(change func()) string {
	w.t.Helper()
	if err := w.index.Close(ctx); err != nil {
		w.t.Fatal(err)
	}
	change()
	w.restart()
	_, why := w.index.Restored()
	return why
}

func (w *world) total(text string) int {
	w.t.Helper()
	res, err := w.Search(ctx, tax, catalog.SearchQuery{Text: text})
	if err != nil {
		w.t.Fatal(err)
	}
	return res.Total
}

func TestTheIndexStartsFromItsSnapshotAndHearsWhatHappenedSince(t *testing.T) {
	w := newWorld(t)
	w.indexDir = t.TempDir()
	w.restart()
	w.publish(tax, firms("不动产登记信息"))
	w.settled()
	why := w.restartWithSnapshot(func() { w.publish(tax, firms("不动产抵押信息")) })
	if got := w.total("不动产"); why != "" || got != 2 {
		t.Errorf("%d found, snapshot thrown away: %q", got, why)
	}
}

func TestASnapshotOfAnotherHistoryIsNotUsed(t *testing.T) {
	exec := func(t *testing.T, w *world, statement string) {
		t.Helper()
		err := w.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, statement)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, change := range map[string]func(*testing.T, *world){
		"ahead of the database": func(t *testing.T, w *world) { exec(t, w, `DELETE FROM outbox`) },
		"another fact stands at its place": func(t *testing.T, w *world) {
			exec(t, w, `UPDATE outbox SET key = 'd-another'`)
		},
		"too old": func(t *testing.T, w *world) {
			err := w.db.Write(ctx, func(tx *db.Tx) error {
				return outbox.Put(ctx, tx, outbox.Fact{Topic: "other", Key: "k"})
			})
			if err != nil {
				t.Fatal(err)
			}
			exec(t, w, `DELETE FROM outbox WHERE topic <> 'other'`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.indexDir = t.TempDir()
			w.restart()
			w.publish(tax, firms("不动产登记信息"))
			w.settled()
			if why := w.restartWithSnapshot(func() { change(t, w) }); why == "" {
				t.Error("the snapshot was used")
			}
			if got := w.total("不动产"); got != 1 {
				t.Errorf("%d found", got)
			}
		})
	}
}

func TestARegionFindsWhatIsBelowIt(t *testing.T) {
	w := newWorld(t)
	for _, region := range []string{"330106", "330100", "330000", "340000", "浙江省", "330106001"} {
		d := firms("登记")
		d.Region = region
		w.publish(tax, d)
	}
	w.settled()
	for region, want := range map[string]int{"330000": 4, "330100": 3, "330106": 2, "330106001": 1, "340000": 1, "浙江省": 1} {
		res, err := w.Search(ctx, tax, catalog.SearchQuery{Text: "登记", Filters: map[string][]string{"region": {region}}})
		if err != nil || res.Total != want {
			t.Errorf("%s: %v %+v", region, err, res)
		}
	}
}

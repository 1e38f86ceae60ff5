package access_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/openset"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

const divisions vocab.DatasetID = "civil-divisions"

func openItem(name string) vocab.ItemID { return vocab.ItemID(string(divisions) + "/" + name) }

// openWorld is a node with a table of divisions, bound and open.
func openWorld(t *testing.T, rows int, o app.Options) *apptest.World {
	t.Helper()
	path := filepath.Join(t.TempDir(), "divisions.db")
	conn, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	exec := func(query string, args ...any) {
		if _, err := conn.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE division (code TEXT, name TEXT, parent TEXT, secret TEXT)`)
	for i := range rows {
		exec(`INSERT INTO division VALUES (?, ?, NULL, 'hidden')`, fmt.Sprintf("%06d", 110000+i), fmt.Sprintf("区划%d", i))
	}
	a := apptest.Open(t, apptest.Config(t), o)
	apptest.Init(t, a)
	w := &apptest.World{App: a, Steward: apptest.Officer(apptest.Civil, vocab.Steward), User: apptest.Officer(apptest.Tax, vocab.DataUser)}
	if _, err := a.Door.AddSource(t.Context(), w.Steward, "divisions", "sqlite://"+path, ""); err != nil {
		t.Fatal(err)
	}
	for _, column := range []string{"code", "name", "parent", "secret"} {
		_, err := a.Door.Bind(t.Context(), w.Steward, access.Binding{
			Item: openItem(column), Owner: apptest.Civil, Source: "divisions", Table: "division", Column: column, Subject: "code",
			KeyKind: vocab.RegisterNumber, Read: true, About: vocab.NoSubject,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	opened(t, w, openset.Set{About: vocab.NoSubject, Items: []vocab.ItemID{openItem("code"), openItem("name"), openItem("parent"), openItem("unbound")}})
	return w
}

func opened(t *testing.T, w *apptest.World, s openset.Set) {
	t.Helper()
	s.Dataset, s.Owner = divisions, apptest.Civil
	inTx(t, w.App, func(ctx context.Context, tx *db.Tx) error { return w.Door.PutOpen(ctx, tx, s) })
}

// totals are the leaves of open readings, by the day.
func totals(t *testing.T, w *apptest.World) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	list, err := w.Ledger.OfMember(t.Context(), ledger.Viewer{Auditor: true}, ledger.Filter{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Act != "open.totals" {
			continue
		}
		r, err := w.Ledger.Receipt(t.Context(), e.Trace, ledger.Viewer{Auditor: true})
		for vocab.CodeOf(err) == vocab.ReceiptWaiting {
			<-time.After(time.Millisecond)
			r, err = w.Ledger.Receipt(t.Context(), e.Trace, ledger.Viewer{Auditor: true})
		}
		if err != nil {
			t.Fatal(err)
		}
		o := receiptOf(t, r.Intent)
		day, _ := o.Get("day")
		calls, _ := o.Get("calls")
		released, _ := o.Get("released")
		out[string(day)] = append(out[string(day)], string(calls)+string(released))
	}
	return out
}

func TestAnOpenSetIsReadByPagesWithoutAName(t *testing.T) {
	w := openWorld(t, 25, app.Options{})
	var codes []string
	call := access.OpenCall{Dataset: divisions, Limit: 10}
	for pages := 1; ; pages++ {
		got, err := w.Door.Rows(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Items, []vocab.ItemID{openItem("code"), openItem("name"), openItem("parent")}) || !slices.Equal(got.LeftOut, []vocab.ItemID{openItem("unbound")}) {
			t.Fatalf("items %v, left out %v: what is not called open must not go out", got.Items, got.LeftOut)
		}
		for _, r := range got.Rows {
			if r[1] == nil || r[2] != nil {
				t.Fatalf("row %v", r)
			}
			codes = append(codes, *r[0])
		}
		if call.After = got.Next; got.Next == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
	}
	if len(codes) != 25 || !slices.IsSorted(codes) || len(slices.Compact(codes)) != 25 {
		t.Errorf("%d rows: %v", len(codes), codes)
	}
	for _, bad := range []access.OpenCall{{Dataset: divisions, Limit: -1}, {Dataset: divisions, Limit: access.MaxOpenRows + 1}} {
		if _, err := w.Door.Rows(t.Context(), bad); vocab.CodeOf(err) != vocab.BadInput {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestASetWithPersonsATagOrNoOpennessIsNeverReadOpenly(t *testing.T) {
	w := openWorld(t, 5, app.Options{})
	items := []vocab.ItemID{openItem("code"), openItem("name")}
	retag := func(item string, about vocab.SubjectKind, tags ...vocab.Tag) func() {
		return func() {
			inTx(t, w.App, func(ctx context.Context, tx *db.Tx) error {
				return w.Door.Retag(ctx, tx, openItem(item), about, tags)
			})
		}
	}
	for _, c := range []struct {
		name   string
		set    openset.Set
		before func()
		want   vocab.Code
	}{
		{"open", openset.Set{About: vocab.NoSubject, Items: items}, nil, ""},
		{"about persons", openset.Set{About: vocab.NaturalPerson, Items: items}, nil, vocab.RefusedByDesign},
		{"about persons and firms", openset.Set{About: vocab.MixedSubject, Items: items}, nil, vocab.RefusedByDesign},
		{"tagged", openset.Set{About: vocab.NoSubject, Items: items, Tagged: true}, nil, vocab.RefusedByDesign},
		{"not open any more", openset.Set{About: vocab.NoSubject}, nil, vocab.NoSuchThing},
		{"its key is not open", openset.Set{About: vocab.NoSubject, Items: items[1:]}, nil, vocab.ItemUnbound},
		{"one item about persons", openset.Set{About: vocab.NoSubject, Items: items}, retag("name", vocab.NaturalPerson), vocab.RefusedByDesign},
		{"one item tagged", openset.Set{About: vocab.NoSubject, Items: items}, retag("name", vocab.NoSubject, vocab.TagScore), vocab.RefusedByDesign},
		{"untagged again", openset.Set{About: vocab.NoSubject, Items: items}, retag("name", vocab.NoSubject), ""},
	} {
		opened(t, w, c.set)
		if c.before != nil {
			c.before()
		}
		got, err := w.Door.Rows(t.Context(), access.OpenCall{Dataset: divisions})
		if c.want == "" && (err != nil || len(got.Rows) != 5) || c.want != "" && (vocab.CodeOf(err) != c.want || len(got.Rows) > 0) {
			t.Errorf("%s: %d rows, %v; want %q", c.name, len(got.Rows), err, c.want)
		}
	}
	if _, err := w.Door.Rows(t.Context(), access.OpenCall{Dataset: "civil-none"}); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("a set that is not there: %v", err)
	}
}

func TestAPageWithACitizenNumberIsHeldBackAndTheStewardTold(t *testing.T) {
	w := openWorld(t, 5, app.Options{})
	number, _ := apptest.Citizen(3)
	address := sourceAddress(t, w, "divisions")
	conn, err := sql.Open("sqlite", address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(`UPDATE division SET name = 'see ' || ? WHERE code = '110003'`, number); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	got, err := w.Door.Rows(t.Context(), access.OpenCall{Dataset: divisions})
	if vocab.CodeOf(err) != vocab.RefusedByDesign || len(got.Rows) != 0 {
		t.Fatalf("%d rows, %v", len(got.Rows), err)
	}
	err = w.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT kind FROM notice WHERE owner_member = 'civil' AND kind = 'open-set-held-back'`).Scan(new(string))
	})
	if err != nil {
		t.Errorf("the steward was not told: %v", err)
	}
	if ok, err := w.Door.Rows(t.Context(), access.OpenCall{Dataset: divisions, Limit: 3}); err != nil || len(ok.Rows) != 3 {
		t.Errorf("a page without it: %d rows, %v", len(ok.Rows), err)
	}
}

func TestOpenReadingsHaveOneLeafADayThroughRestarts(t *testing.T) {
	fake := clock.NewFake(time.Date(2026, 3, 1, 22, 0, 0, 0, time.UTC))
	w := openWorld(t, 5, app.Options{Clock: fake})
	read := func() {
		if _, err := w.Door.Rows(t.Context(), access.OpenCall{Dataset: divisions}); err != nil {
			t.Fatal(err)
		}
	}
	closeDays := func(want int) {
		t.Helper()
		if n, err := w.Door.CloseDays(t.Context()); err != nil || n != want {
			t.Fatalf("%d days were written, want %d: %v", n, want, err)
		}
	}
	read()
	closeDays(0)
	w = reopened(t, w)
	read()
	fake.Advance(4 * time.Hour)
	read()
	closeDays(1)
	closeDays(0)
	w = reopened(t, w)
	closeDays(0)
	fake.Advance(48 * time.Hour)
	closeDays(1)
	want := map[string]string{"2026-03-01": `{"civil-divisions":"2"}{"civil-divisions":"10"}`, "2026-03-02": `{"civil-divisions":"1"}{"civil-divisions":"5"}`}
	got := totals(t, w)
	for day, w := range want {
		if len(got[day]) != 1 || got[day][0] != w {
			t.Errorf("%s: %v, want one leaf %s", day, got[day], w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("leaves of %v", got)
	}
}

// stopper stands for a kill at the source: what was counted before it stays, and
// nothing has gone out.
type stopper struct {
	source.Driver
	stop *atomic.Bool
}

func (s stopper) Rows(ctx context.Context, q source.Scan) (source.Batch, error) {
	if s.stop.Load() {
		return source.Batch{}, vocab.SourceAway.Because("the process was killed here")
	}
	return s.Driver.Rows(ctx, q)
}

func TestAnOpenReadingIsCountedBeforeTheSourceAndItsRowsBeforeTheyGoOut(t *testing.T) {
	var stop atomic.Bool
	fake := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	w := openWorld(t, 5, app.Options{Clock: fake, Between: app.Between{Connect: func(c source.Connect) source.Connect {
		return func(ctx context.Context, a source.Address, o source.Options) (source.Driver, error) {
			d, err := c(ctx, a, o)
			return stopper{d, &stop}, err
		}
	}}})
	if _, err := w.Door.Rows(t.Context(), access.OpenCall{Dataset: divisions}); err != nil {
		t.Fatal(err)
	}
	stop.Store(true)
	if got, err := w.Door.Rows(t.Context(), access.OpenCall{Dataset: divisions}); err == nil || len(got.Rows) > 0 {
		t.Fatalf("rows went out: %v", got)
	}
	w = reopened(t, w)
	fake.Advance(24 * time.Hour)
	if _, err := w.Door.CloseDays(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := totals(t, w)["2026-03-01"]; len(got) != 1 || got[0] != `{"civil-divisions":"2"}{"civil-divisions":"5"}` {
		t.Errorf("totals %v: the killed reading must be counted, and its rows not", got)
	}
}

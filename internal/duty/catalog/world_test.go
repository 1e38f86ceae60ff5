package catalog_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/index"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

var (
	ctx = context.Background()

	tax    = actor("tax", "zhang")
	tax2   = actor("tax", "li")
	health = actor("health", "wang")
	user   = identity.Actor{Member: "health", Officer: "zhao", Roles: []vocab.Role{vocab.DataUser}}
	nobody = identity.Actor{}
	robot  = identity.Actor{Member: "tax", Machine: "m1", Officer: "li", Roles: []vocab.Role{vocab.Steward}}
)

func actor(m vocab.MemberID, o vocab.OfficerID) identity.Actor {
	return identity.Actor{Member: m, Officer: o, Roles: []vocab.Role{vocab.Steward}}
}

// acts is a ledger that keeps the names of acts, and can be out of order.
type acts struct {
	mu    sync.Mutex
	names []string
	err   error
}

func (l *acts) Act(_ context.Context, tx *db.Tx, act string, _ map[string]string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	tx.OnCommit(func() { l.names = append(l.names, act) })
	return nil
}

type world struct {
	*catalog.Service
	t      testing.TB
	db     *db.DB
	ledger *acts
	clock  *clock.Fake

	indexDir string // of the index's snapshot; none when empty
	index    *index.Index
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, db: dbtest.Open(t, "catalog", "identity"), ledger: &acts{}, clock: clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))}
	w.restart()
	return w
}

// restart makes the service anew over the same tables, as a new process would.
func (w *world) restart() {
	w.t.Helper()
	w.index = index.Open(catalog.IndexOptions(w.indexDir))
	s, err := catalog.New(catalog.Parts{DB: w.db, Clock: w.clock, Ledger: w.ledger, Index: w.index})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := s.Rebuild(ctx); err != nil {
		w.t.Fatal(err)
	}
	w.Service = s
}

func (w *world) settled() {
	w.t.Helper()
	if err := w.CatchUp(ctx); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) create(a identity.Actor, d entry.Dataset) *entry.Dataset {
	w.t.Helper()
	out, err := w.Create(ctx, a, d)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) publish(a identity.Actor, d entry.Dataset) *entry.Dataset {
	w.t.Helper()
	made := w.create(a, d)
	out, err := w.Publish(ctx, a, made.ID, made.Rev, catalog.Secrecy{})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) find(a identity.Actor, q catalog.SearchQuery) *catalog.SearchResult {
	w.t.Helper()
	w.settled()
	res, err := w.Search(ctx, a, q)
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

func wants(t testing.TB, err error, code vocab.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("got %v, want %s", err, code)
	}
}

// draft is an entry that lacks all but name and provider.
func draft(name string) entry.Dataset {
	return entry.Dataset{Name: entry.Text{ZH: name}, Provider: "税务局"}
}

// firms is an entry without persons that lacks nothing.
func firms(name string) entry.Dataset {
	d := draft(name)
	d.Share, d.Cycle, d.Subject, d.Origin = vocab.Unconditional, vocab.Daily, vocab.LegalEntity, vocab.Government
	d.Theme = "tax"
	d.Items = []entry.Item{{Code: "name", Name: entry.Text{ZH: "纳税人名称", EN: "taxpayer"}, Type: entry.TypeText, Compare: vocab.CompareName}}
	return d
}

// people is an entry about persons that lacks nothing, with one tagged item.
func people(name string) entry.Dataset {
	d := firms(name)
	d.Subject = vocab.NaturalPerson
	d.LegalBasis = []entry.Cite{{Law: "个人信息保护法", Article: "34"}}
	d.Purposes, d.Level, d.ImpactRef = []string{"registration"}, 3, "pia-2026-7"
	d.Items = append(d.Items, entry.Item{Code: "xm_7", Name: entry.Text{ZH: "类别"}, Element: "GB/T 3304-1991"})
	return d
}

// retire ends an entry of the tax office into others, as package succession does.
func (w *world) retire(id vocab.DatasetID, reason string, into ...vocab.DatasetID) (out *entry.Dataset, err error) {
	err = w.db.Write(ctx, func(tx *db.Tx) error {
		out, err = w.EndTx(ctx, tx, tax, catalog.End{Ending: entry.Ending{Act: "retire", Reason: reason}, ID: id, Into: into})
		return err
	})
	return out, err
}

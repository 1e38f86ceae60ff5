package identity

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/identity/password"
	"fontis/internal/vocab"
)

// book is a small ledger: what is in it was committed.
type book struct {
	mu   sync.Mutex // guards acts and fail
	acts []act
	fail error
}

type act struct {
	name   string
	fields map[string]string
}

func (b *book) Act(_ context.Context, tx *db.Tx, name string, fields map[string]string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	a := act{name: name, fields: maps.Clone(fields)}
	tx.OnCommit(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.acts = append(b.acts, a)
	})
	return nil
}

func (b *book) count(name string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, a := range b.acts {
		if a.name == name {
			n++
		}
	}
	return n
}

// world is a node with three members and an officer each: the authority of
// 310000, the tax office and the school office within it; and the land office of
// 320000, which nobody here governs.
type world struct {
	t     testing.TB
	ctx   context.Context
	db    *db.DB
	keys  *keys.Store
	clock *clock.Fake
	book  *book
	logs  *bytes.Buffer
	*Service
}

const goodPassword password.Password = "seven green kettles"

var here = From{Address: netip.MustParseAddr("203.0.113.7"), Agent: "test"}

func newWorld(t testing.TB) *world {
	t.Helper()
	store, err := keys.Open(filepath.Join(t.TempDir(), "keys"), keys.Options{New: true})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, ctx: context.Background(), db: dbtest.Open(t, "identity"), keys: store, book: &book{},
		clock: clock.NewFake(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)), logs: &bytes.Buffer{},
	}
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(w.logs, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	w.Service = w.service(Options{})
	return w
}

func (w *world) service(o Options) *Service {
	w.t.Helper()
	o.Password = password.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	s, err := New(Parts{DB: w.db, Keys: w.keys, Clock: w.clock, Ledger: w.book}, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// begun is a world whose node is made and peopled.
func begun(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	inv, err := w.InitNode(w.ctx, firstNode())
	w.must(err)
	_, err = w.AcceptInvitation(w.ctx, inv.Code, goodPassword, here)
	w.must(err)
	chief := w.as("chief@data-310000").Actor
	for id, region := range map[vocab.MemberID]string{"tax-310000": "310000", "school-310100": "310100"} {
		_, err := w.AddMember(w.ctx, chief, department(id, region))
		w.must(err)
	}
	w.must(w.db.Write(w.ctx, func(tx *db.Tx) error {
		node, err := readNode(w.ctx, tx)
		if err != nil {
			return err
		}
		land := department("land-320000", "320000")
		land.Class = "GOV"
		if _, err := w.putMember(w.ctx, tx, node, land, chief); err != nil {
			return err
		}
		_, err = w.putOfficer(w.ctx, tx, NewOfficer{Member: "land-320000", Login: "wu", Name: "Wu", Roles: []vocab.Role{vocab.Steward}}, chief)
		return err
	}))
	w.hire(chief, NewOfficer{Member: "tax-310000", Login: "li", Name: "Li", Unit: "Office 3", Roles: []vocab.Role{vocab.Steward, vocab.DataUser}})
	w.hire(chief, NewOfficer{Member: "school-310100", Login: "he", Name: "He", Roles: []vocab.Role{vocab.Steward, vocab.Counter}})
	return w
}

func firstNode() Init {
	return Init{
		Name: "Test node", Instance: "CN-31", Jurisdiction: "310000",
		Authority: NewMember{ID: "data-310000", Name: Name{En: "Data bureau", Zh: "数据局"}, CreditCode: "11100000000013338W"},
		Officer:   NewOfficer{Login: "chief", Name: "Chief"},
	}
}

func department(id vocab.MemberID, region string) NewMember {
	return NewMember{ID: id, Name: Name{En: string(id)}, Kind: KindDepartment, Region: region}
}

// hire adds an officer who then sets the good password.
func (w *world) hire(by Actor, n NewOfficer) {
	w.t.Helper()
	inv, err := w.AddOfficer(w.ctx, by, n)
	w.must(err)
	_, err = w.AcceptInvitation(w.ctx, inv.Code, goodPassword, here)
	w.must(err)
}

// as signs the officer in.
func (w *world) as(id vocab.OfficerID) SignedIn {
	w.t.Helper()
	in, err := w.SignIn(w.ctx, string(id), goodPassword, here)
	w.must(err)
	return in
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// demoPerson is the n-th person who does not exist.
func demoPerson(n int) vocab.SubjectKey {
	v := "99000020000229" + string([]byte{byte('0' + n/100%10), byte('0' + n/10%10), byte('0' + n%10)})
	return vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: v + checkSign(v)}
}

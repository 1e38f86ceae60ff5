// Package apptest opens whole nodes for tests: real engines in temporary
// folders, with a source, a binding and a grant where a test wants them.
package apptest

import (
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the source of the tests is a SQLite file

	"fontis/internal/app"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// Config is the configuration of a fresh node, on PostgreSQL when the tests run there.
func Config(t testing.TB) app.Config {
	t.Helper()
	cfg := app.Config{Dir: t.TempDir(), Name: "node.test", Jurisdiction: "990000", TimeZone: "UTC", Demo: true, Listen: "127.0.0.1:0", SourceFolders: map[string][]string{"*": {os.TempDir()}}}
	if dbtest.OnPostgres() {
		cfg.Database, cfg.Schema = dbtest.PostgresAddress(t)
	}
	return cfg
}

// Open opens a node and closes it at the test's end.
func Open(t testing.TB, cfg app.Config, o app.Options) *app.App {
	t.Helper()
	o.New = true
	a, err := app.Open(t.Context(), cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// Officer is an actor with roles in a member, as sign-in would make it.
func Officer(m vocab.MemberID, roles ...vocab.Role) identity.Actor {
	return identity.Actor{Member: m, Officer: vocab.OfficerID("o-" + string(m)), Roles: roles}
}

// Init makes the node with its authority and the members of the small world, once.
func Init(t testing.TB, a *app.App) {
	t.Helper()
	if _, err := a.Identity.Node(t.Context()); err == nil {
		return
	}
	inv, err := a.Identity.InitNode(t.Context(), identity.Init{
		Name: a.Config.Name, Instance: "TEST", Jurisdiction: "990000",
		Authority: identity.NewMember{ID: "bureau", Name: identity.Name{En: "Data Bureau", Zh: "数据局"}, Kind: identity.KindAuthority, Region: "990000"},
		Officer:   identity.NewOfficer{Login: "first", Name: "First Officer"},
	})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := a.Identity.AcceptInvitation(t.Context(), inv.Code, "a long enough passphrase", identity.From{})
	if err != nil {
		t.Fatal(err)
	}
	for m, name := range map[vocab.MemberID]identity.Name{
		Civil: {En: "Civil Affairs", Zh: "民政局"}, Tax: {En: "Tax Service", Zh: "税务局"}, "school": {En: "Education", Zh: "教育局"},
	} {
		if _, err := a.Identity.AddMember(t.Context(), signed.Actor, identity.NewMember{ID: m, Name: name, Kind: identity.KindDepartment, Region: "990000"}); err != nil {
			t.Fatal(err)
		}
	}
}

// The members of the small world.
const (
	Civil vocab.MemberID = "civil"
	Tax   vocab.MemberID = "tax"
)

// Citizen is the citizen number of invented resident i, and their birth date.
func Citizen(i int) (number, born string) {
	day := time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i*37%25000)
	body := subject.DemoArea + day.Format("20060102") + fmt.Sprintf("%03d", i%1000)
	return body + string(subject.CitizenCheckSign(body)), day.Format(time.DateOnly)
}

// Register makes a SQLite file with n residents: number, name, birth date,
// licence state with its period; the last one has no birth date.
func Register(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "residents.db")
	conn, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tx, err := conn.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(`CREATE TABLE resident (number TEXT, name TEXT, born TEXT, licence TEXT, since TEXT, until TEXT)`); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		number, born := Citizen(i)
		var b any = born
		if i == n-1 {
			b = nil
		}
		if _, err := tx.Exec(`INSERT INTO resident VALUES (?, ?, ?, 'valid', '2020-01-01', NULL)`, number, fmt.Sprintf("测试%d", i), b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tx.Exec(`CREATE INDEX resident_number ON resident (number)`); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return path
}

// Items of the small world.
const (
	Dataset vocab.DatasetID = "civil-residents"
	Born    vocab.ItemID    = "civil-residents/born"
	Name    vocab.ItemID    = "civil-residents/name"
)

// World is a node with the residents' register bound and one compare grant.
type World struct {
	*app.App
	Steward identity.Actor
	User    identity.Actor
	Grant   access.Grant
}

// NewWorld opens a node with n residents and a grant of the question to Tax.
func NewWorld(t testing.TB, n int, q vocab.Question) *World {
	t.Helper()
	return Fill(t, Open(t, Config(t), app.Options{Clock: clock.System()}), n, q)
}

// Fill makes the small world in an open node.
func Fill(t testing.TB, a *app.App, n int, q vocab.Question) *World {
	t.Helper()
	Init(t, a)
	w := &World{App: a, Steward: Officer(Civil, vocab.Steward), User: Officer(Tax, vocab.DataUser)}
	if _, err := a.Door.AddSource(t.Context(), w.Steward, "residents", "sqlite://"+Register(t, n), ""); err != nil {
		t.Fatal(err)
	}
	for item, compare := range map[vocab.ItemID]string{Born: "date", Name: "name"} {
		_, err := a.Door.Bind(t.Context(), w.Steward, access.Binding{
			Item: item, Owner: Civil, Source: "residents", Table: "resident", Column: item.Name(), Subject: "number",
			KeyKind: vocab.CitizenNumber, Compare: compare, Read: true, About: vocab.NaturalPerson,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Grant = Grant(q)
	w.Put(t, w.Grant)
	return w
}

// Grant is a grant of the question about residents to Tax.
func Grant(q vocab.Question) access.Grant {
	now := time.Now()
	return access.Grant{
		ID: vocab.GrantID(vocab.NewID("g")), Provider: Civil, To: Tax, State: access.GrantActive, Dataset: Dataset,
		About: vocab.NaturalPerson, Items: []vocab.ItemID{Born, Name}, Question: q, Carriages: []vocab.Carriage{vocab.Single, vocab.Batch},
		Purpose: "pension", Basis: "Social Insurance Law art. 58", CasePattern: `P-\d+`, From: now.Add(-time.Hour), Until: now.AddDate(1, 0, 0),
	}
}

// Put puts a grant as a decision would.
func (w *World) Put(t testing.TB, g access.Grant) {
	t.Helper()
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error { return w.Door.PutGrant(t.Context(), tx, g, w.Steward) })
	if err != nil {
		t.Fatal(err)
	}
}

// Ask is a comparison of resident i's birth date under the world's grant.
func (w *World) Ask(i int, born string) access.Call {
	number, _ := Citizen(i)
	return access.Call{
		Grant: w.Grant.ID, Question: w.Grant.Question, Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number},
		Values: map[vocab.ItemID]string{Born: born}, Purpose: "pension", Case: "P-1",
	}
}

// Diary is a log that a test prints.
func Diary(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

// Made says that maker added officer, so that the two are no two hands; without a
// maker it says that the authority invited them anew.
func Made(t testing.TB, d *db.DB, officer, maker vocab.OfficerID) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if maker == "" {
			_, err := tx.Exec(t.Context(), `DELETE FROM officer_maker WHERE officer = $1`, string(officer))
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO officer_maker (officer, owner_member, maker, made_at) VALUES ($1, 'm', $2, 0)`, string(officer), string(maker))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

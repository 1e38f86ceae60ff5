// Package dbsuite is what every engine of the database must pass: one set of
// rules, run on a file of SQLite and on a PostgreSQL server alike.
package dbsuite

import (
	"context"
	"os"
	"testing"
	"testing/fstest"

	"fontis/internal/engine/db"
	"fontis/migrations"
)

// Engine is what the suite needs of an engine under test.
type Engine struct {
	// Place gives a fresh place for a database, removed when the test ends.
	Place func(testing.TB) string
	// Open opens the database at a place, in this process or in a child of it.
	Open func(ctx context.Context, place string) (*db.DB, error)
}

// childPlace tells the test binary that it is the child that gets killed.
const childPlace = "FONTIS_DBSUITE_CHILD"

// tables is the schema of the suite, with every kind of column and index that
// the common subset allows.
var tables = fstest.MapFS{
	"suite/0001_first.sql": {Data: []byte(`
-- A comment; with a semicolon and a word: bigint.
CREATE TABLE owner (
	id    bigint  NOT NULL PRIMARY KEY,
	name  text    NOT NULL UNIQUE,
	text  text    NOT NULL DEFAULT 'bigint; -- text',
	alive boolean NOT NULL DEFAULT TRUE,
	mark  bytea,
	note  text CHECK (note <> 'forbidden')
);
CREATE TABLE thing (
	id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	owner   bigint NOT NULL REFERENCES owner (id),
	at      bigint NOT NULL,
	revoked bigint
);
CREATE UNIQUE INDEX thing_live ON thing (owner, at) WHERE revoked IS NULL;
CREATE TABLE pair (
	a text   NOT NULL,
	b bigint NOT NULL,
	v text   NOT NULL,
	PRIMARY KEY (a, b)
); -- clustered
CREATE TABLE tree (
	id     bigint NOT NULL PRIMARY KEY,
	parent bigint REFERENCES tree (id)
);
CREATE TABLE before_owner (
	owner bigint NOT NULL REFERENCES owner (id)
);
INSERT INTO owner (id, name) VALUES (0, 'nobody');
`)},
	"suite/0002_second.sql": {Data: []byte(`ALTER TABLE pair ADD COLUMN seen boolean NOT NULL DEFAULT FALSE;`)},
}

// RunAll runs every rule on the engine.
func RunAll(t *testing.T, e Engine) {
	if place := os.Getenv(childPlace); place != "" {
		e.liveUntilKilled(t, place)
		return
	}
	groups := []struct {
		name string
		run  func(*testing.T, Engine)
	}{
		{"sql", runSQL},
		{"tx", runTx},
		{"outbox", runOutbox},
		{"migrate", runMigrate},
		{"copy", runCopy},
		{"crash", runCrash},
		{"faults", runFaults},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) { g.run(t, e) })
	}
}

// rule is one promise that an engine keeps; its name says it.
type rule struct {
	name  string
	check func(*testing.T, *db.DB)
}

func run(t *testing.T, e Engine, rules []rule) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) { r.check(t, e.fresh(t)) })
	}
}

// fresh gives a new database with the tables of the suite.
func (e Engine) fresh(t *testing.T) *db.DB {
	t.Helper()
	return e.at(t, e.Place(t))
}

func (e Engine) at(t *testing.T, place string) *db.DB {
	t.Helper()
	ctx := context.Background()
	d, err := e.Open(ctx, place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	must(t, d.Migrate(ctx, migrations.FS, "outbox"))
	must(t, d.Migrate(ctx, tables, "suite"))
	return d
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write runs one statement in a transaction of its own.
func write(d *db.DB, query string, args ...any) error {
	ctx := context.Background()
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	})
}

// count gives the one number that a query answers.
func count(t *testing.T, d *db.DB, query string, args ...any) int {
	t.Helper()
	var n int
	ctx := context.Background()
	must(t, d.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow(ctx, query, args...).Scan(&n) }))
	return n
}

const (
	putOwner    = `INSERT INTO owner (id, name) VALUES ($1, $2)`
	countOwners = `SELECT COUNT(*) FROM owner WHERE id > 0`
)

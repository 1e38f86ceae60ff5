// Package dbtest gives a test its own fresh database: a file of SQLite, or a
// schema of PostgreSQL where FONTIS_PG_DSN names a server, so that the same tests
// run on both. scripts/pg.sh starts such a server.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/postgres"
	"fontis/internal/engine/db/sqlite"
	"fontis/migrations"
)

// variable names the server for the tests.
const variable = "FONTIS_PG_DSN"

// places remembers where the database of a test lies, for Reopen: the path of a
// file, or the name of a schema.
var places sync.Map

// OnPostgres reports whether the databases of this run are PostgreSQL's.
func OnPostgres() bool { return os.Getenv(variable) != "" }

// Open gives a fresh database with the tables of the outbox and of the named
// packages, closed and removed when the test ends.
func Open(t testing.TB, pkgs ...string) *db.DB {
	t.Helper()
	place := SQLitePlace(t)
	if OnPostgres() {
		place = PostgresPlace(t)
	}
	return open(t, place, append([]string{"outbox"}, pkgs...))
}

// Reopen closes d and opens the same data again, as a restarted process would.
func Reopen(t testing.TB, d *db.DB) *db.DB {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatalf("close the test database: %v", err)
	}
	place, ok := places.Load(d)
	if !ok {
		t.Fatal("reopen: the database was not opened by dbtest")
	}
	return open(t, place.(string), nil)
}

// Another opens the same data a second time, as a second process would.
func Another(t testing.TB, d *db.DB) *db.DB {
	t.Helper()
	place, ok := places.Load(d)
	if !ok {
		t.Fatal("the database was not opened by dbtest")
	}
	return open(t, place.(string), nil)
}

func open(t testing.TB, place string, pkgs []string) *db.DB {
	t.Helper()
	ctx := context.Background()
	d, err := OpenPlace(ctx, place)
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	places.Store(d, place)
	t.Cleanup(func() {
		places.Delete(d)
		d.Close()
	})
	for _, p := range pkgs {
		if err := d.Migrate(ctx, migrations.FS, p); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// OpenPlace opens the database at a place, in this process or in a child of it.
func OpenPlace(ctx context.Context, place string) (*db.DB, error) {
	if filepath.IsAbs(place) {
		return sqlite.Open(ctx, place)
	}
	return postgres.Open(ctx, os.Getenv(variable), place)
}

// SQLitePlace gives the path of a file that is not there yet.
func SQLitePlace(t testing.TB) string { return filepath.Join(t.TempDir(), "test.db") }

// NeedPostgres skips the test where FONTIS_PG_DSN names no server.
func NeedPostgres(t testing.TB) {
	t.Helper()
	if !OnPostgres() {
		t.Skipf("%s names no PostgreSQL server; scripts/pg.sh starts one", variable)
	}
}

// PostgresPlace gives the name of a schema that is not there yet, dropped when
// the test ends; the test is skipped where FONTIS_PG_DSN names no server.
func PostgresPlace(t testing.TB) string {
	t.Helper()
	NeedPostgres(t)
	dsn := os.Getenv(variable)
	var b [8]byte
	rand.Read(b[:])
	schema := "test_" + hex.EncodeToString(b[:])
	t.Cleanup(func() {
		server, err := sql.Open("pgx", dsn)
		if err != nil {
			t.Errorf("drop the test schema: %v", err)
			return
		}
		defer server.Close()
		if _, err := server.Exec(`DROP SCHEMA IF EXISTS "` + schema + `" CASCADE`); err != nil {
			t.Errorf("drop the test schema: %v", err)
		}
	})
	return schema
}

// PostgresAddress gives the server's address and a fresh schema on it, for a test
// that opens a whole node there.
func PostgresAddress(t testing.TB) (dsn, schema string) {
	t.Helper()
	schema = PostgresPlace(t)
	return os.Getenv(variable), schema
}

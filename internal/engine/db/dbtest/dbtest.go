// Package dbtest gives a test its own fresh database: a file of SQLite, or a
// schema of PostgreSQL where FONTIS_PG_DSN names a server.
package dbtest

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/sqlite"
	"fontis/migrations"
)

// opened remembers where the database of a test lies, for Reopen.
var opened sync.Map

// Open gives a fresh database with the tables of the outbox and of the named
// packages, closed and removed when the test ends.
func Open(t testing.TB, pkgs ...string) *db.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	d := open(t, path, pkgs)
	return d
}

// Reopen closes d and opens the same data again, as a restarted process would.
func Reopen(t testing.TB, d *db.DB) *db.DB {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatalf("close the test database: %v", err)
	}
	path, ok := opened.Load(d)
	if !ok {
		t.Fatal("reopen: the database was not opened by dbtest")
	}
	return open(t, path.(string), nil)
}

func open(t testing.TB, path string, pkgs []string) *db.DB {
	t.Helper()
	ctx := context.Background()
	d, err := sqlite.Open(ctx, path)
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	opened.Store(d, path)
	t.Cleanup(func() { d.Close() })
	for _, p := range append([]string{"outbox"}, pkgs...) {
		if err := d.Migrate(ctx, migrations.FS, p); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

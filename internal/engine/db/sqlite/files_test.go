package sqlite_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/sqlite"
	"fontis/internal/vocab"
)

func openIn(t *testing.T, dir string, ddl string) *db.DB {
	t.Helper()
	ctx := context.Background()
	d, err := sqlite.Open(ctx, filepath.Join(dir, "a b?#%41.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Migrate(ctx, fstest.MapFS{"m/0001_m.sql": {Data: []byte(ddl)}}, "m"); err != nil {
		t.Fatal(err)
	}
	return d
}

const marked = `CREATE TABLE secret (k bytea NOT NULL PRIMARY KEY, v text NOT NULL, w text NOT NULL);%s
CREATE INDEX secret_w ON secret (w);`

// traces counts a mark in every file of the folder.
func traces(t *testing.T, dir, mark string) (n int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		body, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(body, []byte(mark))
	}
	return n
}

func TestErasedRowsLeaveNoTraceInAnyFile(t *testing.T) {
	for name, how := range map[string]string{"rows by number": "", "rows by key": " -- clustered"} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			dir := t.TempDir()
			d := openIn(t, dir, fmt.Sprintf(marked, how))
			// Another process that has the file open keeps the log from going away.
			other := openIn(t, dir, fmt.Sprintf(marked, how))
			if err := other.Read(ctx, func(*db.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
			const rows, every = 8000, 10
			for from := 0; from < rows; from += 500 {
				err := d.Write(ctx, func(tx *db.Tx) error {
					for n := from; n < from+500; n++ {
						k := sha256.Sum256([]byte{byte(n), byte(n >> 8)}) // in no order, so that pages split
						mark := "KEEPME"
						if n%every == 0 {
							mark = "ERASEME"
						}
						_, err := tx.Exec(ctx, `INSERT INTO secret (k, v, w) VALUES ($1, $2, $3)`, k[:16],
							mark+strings.Repeat("x", int(k[31])), mark+fmt.Sprint(n))
						if err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if traces(t, dir, "ERASEME") == 0 {
				t.Fatal("the test sees nothing: no mark stands in the files before the erasure")
			}
			err := d.Write(ctx, func(tx *db.Tx) error {
				n, err := tx.Exec(ctx, `DELETE FROM secret WHERE v LIKE 'ERASEME%'`)
				if n != rows/every {
					t.Errorf("%d rows erased", n)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Scrub(ctx, "secret"); err != nil {
				t.Fatal(err)
			}
			if n := traces(t, dir, "ERASEME"); n != 0 {
				t.Errorf("%d traces are left", n)
			}
			if traces(t, dir, "KEEPME") == 0 {
				t.Error("the rows that stay are gone")
			}
			err = d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO secret (k, v, w) VALUES ($1, 'v', 'w')`, []byte("after"))
				return err
			})
			if err != nil {
				t.Errorf("write after the scrub: %v", err)
			}
		})
	}
}

func TestEveryConnectionHasTheSettings(t *testing.T) {
	ctx := context.Background()
	d := openIn(t, t.TempDir(), `CREATE TABLE x (id bigint);`)
	look := func(kind string) func(*db.Tx) error {
		return func(tx *db.Tx) error {
			for name, want := range map[string]string{
				"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1",
			} {
				var got string
				if err := tx.QueryRow(ctx, `PRAGMA `+name).Scan(&got); err != nil {
					return err
				}
				if got != want {
					t.Errorf("%s: %s is %s, want %s", kind, name, got, want)
				}
			}
			return nil
		}
	}
	if err := d.Write(ctx, look("writer")); err != nil {
		t.Error(err)
	}
	if err := d.Read(ctx, look("reader")); err != nil {
		t.Error(err)
	}
}

func TestFilesBelongToTheirOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	openIn(t, dir, `CREATE TABLE x (id bigint);`)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 3 {
		t.Errorf("%d files, want the database, its log and its index", len(entries))
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "a b?#%41.db") {
			t.Errorf("a stray file: %s", e.Name())
		}
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
}

func TestADamagedFileMeansAway(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(ctx, path); !errors.Is(err, vocab.DatabaseAway) {
		t.Errorf("not a database: got %v", err)
	}
	if _, err := sqlite.Open(ctx, filepath.Join(path, "below", "x.db")); err == nil {
		t.Error("a folder that cannot be was taken")
	}
}

func TestAFileThatMayNotBeOpenedHasItsOwnRemedy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.Mkdir(path, 0o700); err != nil { // nobody opens a folder as a file, whatever their rights
		t.Fatal(err)
	}
	_, err := sqlite.Open(context.Background(), path)
	var f *vocab.Failure
	if !errors.As(err, &f) || f.Code != vocab.DatabaseAway || !strings.Contains(f.Fix, "ls -l "+filepath.Dir(path)) {
		t.Errorf("a file that cannot be opened: got %v, with the remedy of %+v", err, f)
	}
}

func TestAFullDiskMeansDiskLow(t *testing.T) {
	ctx := context.Background()
	d := openIn(t, t.TempDir(), `CREATE TABLE x (v text);`)
	limit := func(tx *db.Tx) error { // the engine's own limit answers as a full disk does
		var pages int
		return tx.QueryRow(ctx, `PRAGMA max_page_count = 20`).Scan(&pages)
	}
	if err := d.Write(ctx, limit); err != nil {
		t.Fatal(err)
	}
	put := func(size int) error {
		return d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO x (v) VALUES ($1)`, strings.Repeat("x", size))
			return err
		})
	}
	if err := put(1 << 20); !errors.Is(err, vocab.DiskLow) {
		t.Errorf("got %v", err)
	}
	if err := put(10); err != nil {
		t.Errorf("a small row after it: %v", err)
	}
}

func TestScrubDoesNotPassOverAnotherReader(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	d := openIn(t, dir, `CREATE TABLE x (v text);`)
	other := openIn(t, dir, `CREATE TABLE x (v text);`) // as another process would
	err := other.Read(ctx, func(tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM x`).Scan(&n); err != nil {
			return err
		}
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		if err := d.Scrub(short); err == nil {
			t.Error("it says scrubbed while another reads the old pages")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Scrub(ctx); err != nil {
		t.Error(err)
	}
}

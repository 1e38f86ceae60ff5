package dbsuite

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

func runCopy(t *testing.T, e Engine) {
	t.Run("ASnapshotRestoresEverything", func(t *testing.T) { Carry(t, e, e) })
	t.Run("OnlyAnEmptyDatabaseIsLoaded", func(t *testing.T) { onlyEmptyIsLoaded(t, e) })
	t.Run("ASnapshotIsOfOneMoment", func(t *testing.T) { aSnapshotIsOfOneMoment(t, e) })
	t.Run("ADamagedSnapshotIsRefused", func(t *testing.T) { aDamagedSnapshotIsRefused(t, e) })
	t.Run("ASnapshotOverwritesNothing", func(t *testing.T) { aSnapshotOverwritesNothing(t, e) })
	t.Run("ScrubKeepsTheRest", func(t *testing.T) { scrubKeepsTheRest(t, e) })
}

func fill(t *testing.T, d *db.DB) {
	t.Helper()
	ctx := context.Background()
	must(t, d.Write(ctx, func(tx *db.Tx) error {
		for i := 1; i <= 120; i++ {
			mark := []byte{byte(i), 0, 255}
			switch i % 3 {
			case 0:
				mark = nil
			case 1:
				mark = []byte{}
			}
			if _, err := tx.Exec(ctx, `INSERT INTO owner (id, name, alive, mark, note) VALUES ($1, $2, $3, $4, $5)`,
				i, "名"+string(rune('一'+i)), i%2 == 0, mark, nil); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO thing (owner, at) VALUES ($1, $2)`, i, i*7); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO pair (a, b, v, seen) VALUES ($1, $2, $3, $4)`, "k", i, "v", i%2 == 1); err != nil {
				return err
			}
		}
		// A row that refers to a later one, so that the order of copying matters.
		for _, q := range []string{
			`INSERT INTO tree (id, parent) VALUES (9, NULL)`,
			`INSERT INTO tree (id, parent) VALUES (1, 9)`, `INSERT INTO tree (id, parent) VALUES (2, 1)`,
			`INSERT INTO before_owner (owner) VALUES (3)`, // its name sorts before the table it refers to
			`DELETE FROM thing WHERE id > 100`,
			`DELETE FROM owner WHERE id = 0`,
		} {
			if _, err := tx.Exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	}))
	must(t, put(d, "fact"))
	must(t, advance(d, "c", 1))
}

// dump gives the whole content, to compare two databases by.
func dump(t *testing.T, d *db.DB) map[string][][]string {
	t.Helper()
	ctx := context.Background()
	out := map[string][][]string{}
	for name, q := range map[string]string{
		"owner":    `SELECT id, name, text, CASE WHEN alive THEN 1 ELSE 0 END, mark, CASE WHEN mark IS NULL THEN 1 ELSE 0 END, note FROM owner ORDER BY id`,
		"thing":    `SELECT id, owner, at, revoked FROM thing ORDER BY id`,
		"pair":     `SELECT a, b, v, CASE WHEN seen THEN 1 ELSE 0 END FROM pair ORDER BY a, b`,
		"before":   `SELECT owner FROM before_owner`,
		"tree":     `SELECT id, parent FROM tree ORDER BY id`,
		"outbox":   `SELECT n, topic, key, payload FROM outbox ORDER BY n`,
		"position": `SELECT consumer, n FROM outbox_position ORDER BY consumer`,
		"version":  `SELECT n, pkg, version, body FROM schema_version ORDER BY n`,
	} {
		must(t, d.Read(ctx, func(tx *db.Tx) error {
			rows, err := tx.Query(ctx, q)
			if err != nil {
				return err
			}
			defer rows.Close()
			cols, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				cells, at := make([]*string, len(cols)), make([]any, len(cols))
				for i := range cells {
					at[i] = &cells[i]
				}
				if err := rows.Scan(at...); err != nil {
					return err
				}
				line := make([]string, len(cols))
				for i, c := range cells {
					if line[i] = "NULL"; c != nil {
						line[i] = "=" + *c
					}
				}
				out[name] = append(out[name], line)
			}
			return rows.Err()
		}))
	}
	return out
}

// Carry checks that a snapshot of one engine restores everything in another.
func Carry(t *testing.T, from, to Engine) {
	ctx := context.Background()
	d := from.fresh(t)
	fill(t, d)
	path := filepath.Join(t.TempDir(), "snapshot.db")
	must(t, d.Snapshot(ctx, path))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the snapshot's mode is %v, %v", info.Mode(), err)
	}
	want := dump(t, d)
	bare, err := to.Open(ctx, to.Place(t))
	must(t, err)
	t.Cleanup(func() { bare.Close() })
	for name, target := range map[string]*db.DB{"without tables": bare, "with tables": emptied(t, to)} {
		must(t, target.Load(ctx, path))
		if diff := cmp.Diff(want, dump(t, target)); diff != "" {
			t.Errorf("%s: the restored differs:\n%s", name, diff)
		}
		must(t, target.Migrate(ctx, tables, "suite"))
		// What the schema promised is kept in the restored one too, and numbers go on.
		must(t, write(target, `INSERT INTO thing (owner, at) VALUES ($1, $2)`, 1, 1))
		if n := count(t, target, `SELECT MAX(id) FROM thing`); n <= 100 {
			t.Errorf("%s: number %d was given again", name, n)
		}
		if err := write(target, `INSERT INTO thing (owner, at) VALUES ($1, $2)`, 999, 1); !db.IsForeign(err) {
			t.Errorf("%s: a reference is no longer kept: %v", name, err)
		}
		if err := write(target, `INSERT INTO pair (a, b, v) VALUES ('k', 1, 'v')`); !db.IsUnique(err) {
			t.Errorf("%s: a key is no longer unique: %v", name, err)
		}
	}
	beside, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(beside) != 1 {
		t.Errorf("more than the snapshot lies in its folder: %v", beside)
	}
}

// emptied gives a migrated database without rows.
func emptied(t *testing.T, e Engine) *db.DB {
	t.Helper()
	d := e.fresh(t)
	must(t, write(d, `DELETE FROM owner`))
	return d
}

func onlyEmptyIsLoaded(t *testing.T, e Engine) {
	ctx := context.Background()
	d := e.fresh(t)
	fill(t, d)
	path := filepath.Join(t.TempDir(), "snapshot.db")
	must(t, d.Snapshot(ctx, path))
	must(t, write(d, `UPDATE pair SET v = 'newer'`))
	if err := d.Load(ctx, path); vocab.CodeOf(err) != vocab.StateWrong {
		t.Errorf("got %v", err)
	}
	if n := count(t, d, `SELECT COUNT(*) FROM pair WHERE v = 'newer'`); n != 120 {
		t.Errorf("%d rows are as they were, want 120", n)
	}
}

func aSnapshotIsOfOneMoment(t *testing.T, e Engine) {
	ctx, cancel := context.WithCancel(context.Background())
	d := e.fresh(t)
	must(t, write(d, putOwner, 1, "one"))
	stop := make(chan error)
	go func() { // every change touches two tables at once
		for i := 0; ctx.Err() == nil; i++ {
			err := d.Write(ctx, func(tx *db.Tx) error {
				if _, err := tx.Exec(ctx, `INSERT INTO thing (owner, at) VALUES (1, $1)`, i); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, `INSERT INTO pair (a, b, v) VALUES ('k', $1, 'v')`, i)
				return err
			})
			if err != nil && ctx.Err() == nil {
				stop <- err
				return
			}
		}
		stop <- nil
	}()
	path := filepath.Join(t.TempDir(), "snapshot.db")
	err := d.Snapshot(context.Background(), path)
	cancel()
	must(t, <-stop)
	must(t, err)
	restored, err := e.Open(context.Background(), e.Place(t))
	must(t, err)
	t.Cleanup(func() { restored.Close() })
	must(t, restored.Load(context.Background(), path))
	a, b := count(t, restored, `SELECT COUNT(*) FROM thing`), count(t, restored, `SELECT COUNT(*) FROM pair`)
	if a != b {
		t.Errorf("%d and %d rows, which were always equal", a, b)
	}
}

func aDamagedSnapshotIsRefused(t *testing.T, e Engine) {
	ctx := context.Background()
	d := e.fresh(t)
	fill(t, d)
	path := filepath.Join(t.TempDir(), "snapshot.db")
	must(t, d.Snapshot(ctx, path))
	body, err := os.ReadFile(path)
	must(t, err)
	for name, damage := range map[string]func([]byte) []byte{
		"cut":      func(b []byte) []byte { return b[:len(b)/2] },
		"not a db": func([]byte) []byte { return []byte("this is a text, and no database at all") },
		"page lost": func(b []byte) []byte {
			clear := append([]byte{}, b...)
			copy(clear[4096*2:4096*3], make([]byte, 4096))
			return clear
		},
	} {
		broken := filepath.Join(t.TempDir(), "broken.db")
		must(t, os.WriteFile(broken, damage(body), 0o600))
		target := emptied(t, e)
		if err := target.Load(ctx, broken); err == nil {
			t.Errorf("%s: taken", name)
		}
		must(t, write(target, putOwner, 1, "still serves"))
	}
	if err := emptied(t, e).Load(ctx, path+".none"); err == nil {
		t.Error("a file that is not there was taken")
	}
}

func aSnapshotOverwritesNothing(t *testing.T, e Engine) {
	path := filepath.Join(t.TempDir(), "precious")
	must(t, os.WriteFile(path, []byte("x"), 0o600))
	if err := e.fresh(t).Snapshot(context.Background(), path); vocab.CodeOf(err) != vocab.AlreadyExists {
		t.Errorf("got %v", err)
	}
	if body, err := os.ReadFile(path); err != nil || string(body) != "x" {
		t.Errorf("the file is now %q, %v", body, err)
	}
}

func scrubKeepsTheRest(t *testing.T, e Engine) {
	d := e.fresh(t)
	fill(t, d)
	must(t, write(d, `DELETE FROM pair WHERE b <= 60`))
	want := dump(t, d)
	must(t, d.Scrub(context.Background(), "pair"))
	if diff := cmp.Diff(want, dump(t, d)); diff != "" {
		t.Error(diff)
	}
	must(t, write(d, `INSERT INTO pair (a, b, v) VALUES ('z', 1, 'v')`))
}

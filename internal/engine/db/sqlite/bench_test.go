package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/sqlite"
)

var benchTables = fstest.MapFS{"b/0001_b.sql": {Data: []byte(`
CREATE TABLE kv (
	k bigint NOT NULL PRIMARY KEY,
	v bytea  NOT NULL,
	t text   NOT NULL
);`)}}

func openBench(b *testing.B) *db.DB {
	b.Helper()
	ctx := context.Background()
	d, err := sqlite.Open(ctx, filepath.Join(b.TempDir(), "b.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	if err := d.Migrate(ctx, benchTables, "b"); err != nil {
		b.Fatal(err)
	}
	return d
}

const insertKV = `INSERT INTO kv (k, v, t) VALUES ($1, $2, $3)`

// BenchmarkInsert gives the cost of one row in transactions of 1,000.
func BenchmarkInsert(b *testing.B) {
	d := openBench(b)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	v := make([]byte, 32)
	b.ResetTimer()
	for i := 0; i < b.N; {
		err := d.Write(ctx, func(tx *db.Tx) error {
			for n := 0; n < 1000 && i < b.N; n++ {
				if _, err := tx.Exec(ctx, insertKV, int64(i), v, "some text"); err != nil {
					return err
				}
				i++
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(d.Stats().LongestHold.Milliseconds()), "ms-longest-hold")
}

// BenchmarkCommit gives the cost of a transaction of one row.
func BenchmarkCommit(b *testing.B) {
	d := openBench(b)
	ctx := context.Background()
	v := make([]byte, 32)
	i := int64(0)
	b.ResetTimer()
	for b.Loop() {
		i++
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, insertKV, i, v, "x"); return err }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadRow gives the cost of a read transaction with one look-up.
func BenchmarkReadRow(b *testing.B) {
	d := openBench(b)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	const rows = 10000
	err := d.Write(ctx, func(tx *db.Tx) error {
		for i := range rows {
			if _, err := tx.Exec(ctx, insertKV, i, []byte("v"), "x"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		var v []byte
		err := d.Read(ctx, func(tx *db.Tx) error {
			return tx.QueryRow(ctx, `SELECT v FROM kv WHERE k = $1`, rand.IntN(rows)).Scan(&v)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBesideSnapshot gives the longest commit of one row while a snapshot of
// a large file is written beside it.
func BenchmarkBesideSnapshot(b *testing.B) {
	const rows, row = 100_000, 2000
	d := openBench(b)
	ctx := context.Background()
	v := make([]byte, row)
	for i := int64(0); i < rows; {
		err := d.Write(ctx, func(tx *db.Tx) error {
			for range 1000 {
				if _, err := tx.Exec(ctx, insertKV, i, v, "some text"); err != nil {
					return err
				}
				i++
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	var longest time.Duration
	commits, i := 0, int64(rows)
	b.ResetTimer()
	for n := range b.N {
		done := make(chan error, 1)
		go func() { done <- d.Snapshot(ctx, filepath.Join(b.TempDir(), fmt.Sprint(n))) }()
		for running := true; running; {
			began := time.Now()
			err := d.Write(ctx, func(tx *db.Tx) error {
				i++
				_, err := tx.Exec(ctx, insertKV, i, v, "some text")
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			commits++
			longest = max(longest, time.Since(began))
			select {
			case err := <-done:
				if err != nil {
					b.Fatal(err)
				}
				running = false
			default:
			}
		}
	}
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms-longest-commit")
	b.ReportMetric(float64(commits)/b.Elapsed().Seconds(), "commits/s")
}

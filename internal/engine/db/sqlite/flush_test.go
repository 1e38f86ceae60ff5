package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"fontis/internal/engine/db"
)

// TestTheLogDoesNotGrowForEver writes five times what the log may hold, from
// several sides, so that the log is never at rest.
func TestTheLogDoesNotGrowForEver(t *testing.T) {
	dir := t.TempDir()
	d := openIn(t, dir, `CREATE TABLE x (k bigint NOT NULL PRIMARY KEY, v bytea NOT NULL);`)
	ctx := context.Background()
	const rows, size, writers = 480, 64 << 10, 4
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range rows {
				err := d.Write(ctx, func(tx *db.Tx) error {
					_, err := tx.Exec(ctx, `INSERT INTO x (k, v) VALUES ($1, $2)`, w*rows+i, make([]byte, size))
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	info, err := os.Stat(filepath.Join(dir, "a b?#%41.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	if whole := int64(rows * size * writers); info.Size() > whole*2/3 {
		t.Errorf("the log has %d MB after %d MB were written", info.Size()>>20, whole>>20)
	}
	var n int
	err = d.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow(ctx, `SELECT COUNT(*) FROM x`).Scan(&n) })
	if err != nil || n != rows*writers {
		t.Errorf("%d rows, %v", n, err)
	}
}

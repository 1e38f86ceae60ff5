package jobs

import (
	"context"
	"time"

	"fontis/internal/engine/db"
)

const (
	sqlDone    = `SELECT done_at FROM jobs_task WHERE name = $1`
	sqlPutDone = `INSERT INTO jobs_task (name, done_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET done_at = excluded.done_at`
)

// lastDone is when a task was last done; zero for one that never was.
func lastDone(ctx context.Context, d *db.DB, name string) (time.Time, error) {
	var at int64
	err := d.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow(ctx, sqlDone, name).Scan(&at) })
	if db.NoRows(err) {
		return time.Time{}, nil
	}
	return time.UnixMicro(at).UTC(), err
}

func putDone(ctx context.Context, d *db.DB, name string, at time.Time) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlPutDone, name, at.UnixMicro())
		return err
	})
}

package lockout

import (
	"context"
	"time"

	"fontis/internal/engine/db"
)

const (
	sqlSelectAttempt = `SELECT failures, last_at, locked_until FROM sign_in_attempt WHERE tried = $1`
	sqlUpsertAttempt = `INSERT INTO sign_in_attempt (tried, failures, last_at, locked_until) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tried) DO UPDATE SET failures = $2, last_at = $3, locked_until = $4`
	sqlDeleteAttempt = `DELETE FROM sign_in_attempt WHERE tried = $1`
	sqlPruneAttempts = `DELETE FROM sign_in_attempt WHERE last_at <= $1 AND locked_until <= $2`
)

// attemptRow is what is remembered of wrong tries; zero when there were none.
type attemptRow struct {
	failures int
	last     time.Time
	until    time.Time
}

func selectAttempt(ctx context.Context, tx *db.Tx, key string) (attemptRow, error) {
	var r attemptRow
	var last, until int64
	err := tx.QueryRow(ctx, sqlSelectAttempt, key).Scan(&r.failures, &last, &until)
	if db.NoRows(err) {
		return attemptRow{}, nil
	}
	r.last, r.until = db.FromMicros(last), db.FromMicros(until)
	return r, err
}

func upsertAttempt(ctx context.Context, tx *db.Tx, key string, r attemptRow) error {
	_, err := tx.Exec(ctx, sqlUpsertAttempt, key, r.failures, db.Micros(r.last), db.Micros(r.until))
	return err
}

func deleteAttempt(ctx context.Context, tx *db.Tx, key string) error {
	_, err := tx.Exec(ctx, sqlDeleteAttempt, key)
	return err
}

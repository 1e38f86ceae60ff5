package ledger

import (
	"context"
	"time"

	"fontis/internal/engine/db"
)

// watermark is how far log and record have been held against each other.
type watermark struct {
	index uint64
	seq   int64
}

const (
	beginLog        = `INSERT INTO ledger_log (origin, reconciled_index, reconciled_seq, begun_at) VALUES ($1, 0, 0, $2) ON CONFLICT (origin) DO NOTHING`
	selectWatermark = `SELECT reconciled_index, reconciled_seq FROM ledger_log WHERE origin = $1`
	updateWatermark = `UPDATE ledger_log SET reconciled_index = $2, reconciled_seq = $3 WHERE origin = $1 AND reconciled_seq <= $3`
	selectAfter     = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE seq > $1 AND origin = $2`
	selectSettled   = `SELECT COALESCE((SELECT MIN(seq) - 1 FROM ledger_entry WHERE seq > $2 AND leaf_index IS NULL AND origin = $1),
		(SELECT COALESCE(MAX(seq), 0) FROM ledger_entry))`
)

func (s store) watermark(ctx context.Context, tx *db.Tx, origin string, now time.Time) (watermark, error) {
	if _, err := tx.Exec(ctx, beginLog, origin, now.UnixMicro()); err != nil {
		return watermark{}, err
	}
	return s.readMark(ctx, tx, origin)
}

func (store) readMark(ctx context.Context, tx *db.Tx, origin string) (watermark, error) {
	var w watermark
	var index int64
	err := tx.QueryRow(ctx, selectWatermark, origin).Scan(&index, &w.seq)
	w.index = uint64(index)
	return w, err
}

func (store) setWatermark(ctx context.Context, tx *db.Tx, origin string, w watermark) error {
	_, err := tx.Exec(ctx, updateWatermark, origin, int64(w.index), w.seq)
	return err
}

func (store) after(ctx context.Context, tx *db.Tx, origin string, seq int64) ([]record, error) {
	return many(ctx, tx, selectAfter, seq, origin)
}

// settled is the last entry before which every entry has its place in the log.
func (store) settled(ctx context.Context, tx *db.Tx, origin string, after int64) (int64, error) {
	var seq int64
	err := tx.QueryRow(ctx, selectSettled, origin, after).Scan(&seq)
	return seq, err
}

func many(ctx context.Context, tx *db.Tx, query string, args ...any) ([]record, error) {
	rows, err := tx.Query(ctx, query, args...)
	return db.Collect(rows, err, scanRecord)
}

const selectNewest = `SELECT seq, at FROM ledger_entry ORDER BY seq DESC LIMIT 1`

// newest is the last record and when it was made; zero before the first.
func (store) newest(ctx context.Context, tx *db.Tx) (int64, time.Time, error) {
	var seq, at int64
	err := tx.QueryRow(ctx, selectNewest).Scan(&seq, &at)
	if db.NoRows(err) {
		return 0, time.Time{}, nil
	}
	return seq, time.UnixMicro(at).UTC(), err
}

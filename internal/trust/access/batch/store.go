package batch

import (
	"context"
	"encoding/json"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const upsertBatch = `INSERT INTO access_batch
	(id, owner_member, grant_id, trace, state, body, total_rows, done_rows, seq, error, made_at, changed_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
	ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body, done_rows = excluded.done_rows,
	seq = excluded.seq, error = excluded.error, changed_at = excluded.changed_at`

// stored is what has no column of its own.
type stored struct {
	Call    Call   `json:"call"`
	Promise string `json:"promise,omitempty"`
	Over    bool   `json:"over,omitempty"`
	Tries   int    `json:"tries,omitempty"`
	Tried   int64  `json:"tried,omitempty"`

	Ending vocab.Code `json:"ending,omitempty"`
}

// Put keeps a batch as it stands.
func Put(ctx context.Context, tx *db.Tx, b Batch) error {
	body, err := json.Marshal(stored{Call: b.Call, Promise: b.Promise, Over: b.Over, Tries: b.Tries, Tried: b.Tried, Ending: b.Ending})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, upsertBatch, string(b.ID), string(b.Owner), string(b.Grant), string(b.Trace), string(b.State), string(body),
		b.Rows, b.Done, b.Seq, b.Error, b.Made.UnixMicro(), b.Changed.UnixMicro())
	return err
}

const updateProgress = `UPDATE access_batch SET done_rows = $2, changed_at = $3 WHERE id = $1`

// PutProgress writes how far a batch has come, and nothing else.
func PutProgress(ctx context.Context, tx *db.Tx, b *Batch) error {
	_, err := tx.Exec(ctx, updateProgress, string(b.ID), b.Done, b.Changed.UnixMicro())
	return err
}

const batchColumns = `id, owner_member, grant_id, trace, state, body, total_rows, done_rows, seq, error, made_at, changed_at, emptied_at`

const (
	selectBatch     = `SELECT ` + batchColumns + ` FROM access_batch WHERE id = $1`
	selectBatchesOf = `SELECT ` + batchColumns + ` FROM access_batch WHERE owner_member = $1 AND (made_at < $2 OR made_at = $2 AND id > $3)
		ORDER BY made_at DESC, id LIMIT $4`
	selectOpen = `SELECT ` + batchColumns + ` FROM access_batch WHERE state IN ('accepted', 'recording', 'asking', 'failed') ORDER BY made_at, id`
)

// Get reads one batch, or says that no row is there.
func Get(ctx context.Context, tx *db.Tx, id vocab.BatchID) (Batch, error) {
	return scanBatch(tx.QueryRow(ctx, selectBatch, string(id)))
}

// OfMember lists a member's batches that are older than after, newest first.
func OfMember(ctx context.Context, tx *db.Tx, m vocab.MemberID, after Status, limit int) ([]Batch, error) {
	if limit <= 0 || limit > 1000 {
		limit = 100
	}
	return readBatches(ctx, tx, selectBatchesOf, string(m), after.Made.UnixMicro(), string(after.ID), limit)
}

// Unended lists the batches that a start takes up, and those that failed.
func Unended(ctx context.Context, tx *db.Tx) ([]Batch, error) {
	return readBatches(ctx, tx, selectOpen)
}

func readBatches(ctx context.Context, tx *db.Tx, query string, args ...any) ([]Batch, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Batch
	for rows.Next() {
		b, err := scanBatch(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

func scanBatch(r interface{ Scan(...any) error }) (Batch, error) {
	var b Batch
	var id, owner, grant, trace, state, body string
	var seq *int64
	var made, changed, emptied int64
	err := r.Scan(&id, &owner, &grant, &trace, &state, &body, &b.Rows, &b.Done, &seq, &b.Error, &made, &changed, &emptied)
	if err != nil {
		return Batch{}, err
	}
	b.ID, b.Owner, b.Grant, b.Trace, b.State = vocab.BatchID(id), vocab.MemberID(owner), vocab.GrantID(grant), vocab.TraceID(trace), State(state)
	b.Made, b.Changed, b.Emptied = db.FromMicros(made), db.FromMicros(changed), db.FromMicros(emptied)
	if seq != nil {
		b.Seq = *seq
	}
	var kept stored
	if err := json.Unmarshal([]byte(body), &kept); err != nil {
		return Batch{}, fmt.Errorf("batch %s: %w", b.ID, err)
	}
	b.Call, b.File, b.Promise, b.Over, b.Tries, b.Tried, b.Ending = kept.Call, kept.Call.File, kept.Promise, kept.Over, kept.Tries, kept.Tried, kept.Ending
	return b, nil
}

package access

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

// batchBody is what has no column of its own.
type batchBody struct {
	Call    BatchCall `json:"call"`
	Promise string    `json:"promise,omitempty"`
	Over    bool      `json:"over,omitempty"`
	Tries   int       `json:"tries,omitempty"`
	Tried   int64     `json:"tried,omitempty"`

	Ending vocab.Code `json:"ending,omitempty"`
}

func (store) putBatch(ctx context.Context, tx *db.Tx, s BatchStatus) error {
	body, err := json.Marshal(batchBody{Call: s.call, Promise: s.Promise, Over: s.over, Tries: s.Tries, Tried: s.tried, Ending: s.ending})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, upsertBatch, string(s.ID), string(s.Owner), string(s.Grant), string(s.Trace), string(s.State), string(body),
		s.Rows, s.Done, s.seq, s.Error, s.Made.UnixMicro(), s.Changed.UnixMicro())
	return err
}

const updateProgress = `UPDATE access_batch SET done_rows = $2, changed_at = $3 WHERE id = $1`

// putProgress writes how far a batch has come, and nothing else.
func (store) putProgress(ctx context.Context, tx *db.Tx, s *BatchStatus) error {
	_, err := tx.Exec(ctx, updateProgress, string(s.ID), s.Done, s.Changed.UnixMicro())
	return err
}

const batchColumns = `id, owner_member, grant_id, trace, state, body, total_rows, done_rows, seq, error, made_at, changed_at, emptied_at`

const (
	selectBatch     = `SELECT ` + batchColumns + ` FROM access_batch WHERE id = $1`
	selectBatchesOf = `SELECT ` + batchColumns + ` FROM access_batch WHERE owner_member = $1 AND (made_at < $2 OR made_at = $2 AND id > $3)
		ORDER BY made_at DESC, id LIMIT $4`
	selectOpen = `SELECT ` + batchColumns + ` FROM access_batch WHERE state IN ('accepted', 'recording', 'asking', 'failed') ORDER BY made_at, id`
)

func (store) batch(ctx context.Context, tx *db.Tx, id vocab.BatchID) (BatchStatus, error) {
	return scanBatch(tx.QueryRow(ctx, selectBatch, string(id)))
}

func (store) batchesOf(ctx context.Context, tx *db.Tx, m vocab.MemberID, after BatchStatus, limit int) ([]BatchStatus, error) {
	if limit <= 0 || limit > 1000 {
		limit = 100
	}
	return readBatches(ctx, tx, selectBatchesOf, string(m), after.Made.UnixMicro(), string(after.ID), limit)
}

func (store) openBatches(ctx context.Context, tx *db.Tx) ([]BatchStatus, error) {
	return readBatches(ctx, tx, selectOpen)
}

func readBatches(ctx context.Context, tx *db.Tx, query string, args ...any) ([]BatchStatus, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []BatchStatus
	for rows.Next() {
		s, err := scanBatch(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func scanBatch(r interface{ Scan(...any) error }) (BatchStatus, error) {
	var s BatchStatus
	var id, owner, grant, trace, state, body string
	var seq *int64
	var made, changed, emptied int64
	err := r.Scan(&id, &owner, &grant, &trace, &state, &body, &s.Rows, &s.Done, &seq, &s.Error, &made, &changed, &emptied)
	if err != nil {
		return BatchStatus{}, err
	}
	s.ID, s.Owner, s.Grant, s.Trace, s.State = vocab.BatchID(id), vocab.MemberID(owner), vocab.GrantID(grant), vocab.TraceID(trace), BatchState(state)
	s.Made, s.Changed, s.Emptied = db.FromMicros(made), db.FromMicros(changed), db.FromMicros(emptied)
	if seq != nil {
		s.seq = *seq
	}
	var kept batchBody
	if err := json.Unmarshal([]byte(body), &kept); err != nil {
		return BatchStatus{}, fmt.Errorf("batch %s: %w", s.ID, err)
	}
	s.call, s.File, s.Promise, s.over, s.Tries, s.tried, s.ending = kept.Call, kept.Call.File, kept.Promise, kept.Over, kept.Tries, kept.Tried, kept.Ending
	return s, nil
}

package batch

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

const (
	columns = `id, owner_member, act, state, officer, machine, said, trace, secret, count, done, at`

	sqlBegin = `INSERT INTO catalog_batch (` + columns + `) VALUES ($1, $2, $3, 'gathering', $4, $5, $6, '', $7, 0, 0, $8)
		ON CONFLICT (id) DO NOTHING`
	sqlLoad     = `SELECT ` + columns + ` FROM catalog_batch WHERE id = $1`
	sqlOpen     = `SELECT ` + columns + ` FROM catalog_batch WHERE state <> 'done' AND act = $1 ORDER BY id`
	sqlCount    = `UPDATE catalog_batch SET count = $2 WHERE id = $1`
	sqlSeal     = `UPDATE catalog_batch SET state = 'sealed', trace = $2 WHERE id = $1`
	sqlProgress = `UPDATE catalog_batch SET state = $2, done = $3 WHERE id = $1`
	sqlForget   = `DELETE FROM catalog_batch WHERE id = $1`

	sqlAdd        = `INSERT INTO catalog_batch_rows (batch_id, chunk, first_dataset, root, rows) VALUES ($1, $2, $3, $4, $5)`
	sqlRoots      = `SELECT root FROM catalog_batch_rows WHERE batch_id = $1 ORDER BY chunk`
	sqlRows       = `SELECT rows FROM catalog_batch_rows WHERE batch_id = $1 AND chunk = $2`
	sqlFirsts     = `SELECT first_dataset FROM catalog_batch_rows WHERE batch_id = $1 AND chunk = $2`
	sqlForgetRows = `DELETE FROM catalog_batch_rows WHERE batch_id = $1 AND chunk IN (
		SELECT chunk FROM catalog_batch_rows WHERE batch_id = $1 LIMIT 100)`
)

func scan(s db.Scanner) (*Batch, error) {
	var b Batch
	var at int64
	if err := s.Scan(&b.ID, &b.Owner, &b.Act, &b.State, &b.Officer, &b.Machine, &b.Said, &b.Trace, &b.secret, &b.Count, &b.Done, &at); err != nil {
		return nil, err
	}
	b.At = db.FromMicros(at)
	return &b, nil
}

// Load gives a batch.
func Load(ctx context.Context, tx *db.Tx, id string) (*Batch, error) {
	b, err := scan(tx.QueryRow(ctx, sqlLoad, id))
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	return b, err
}

// Open lists the batches of an act that are not done.
func Open(ctx context.Context, tx *db.Tx, act string) ([]*Batch, error) {
	rows, err := tx.Query(ctx, sqlOpen, act)
	return db.Collect(rows, err, scan)
}

// Rows gives the rows of one piece of the tree, none where there is no such piece.
func Rows(ctx context.Context, tx *db.Tx, id string, no int64) ([]Row, error) {
	var text string
	err := tx.QueryRow(ctx, sqlRows, id, no).Scan(&text)
	if db.NoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Row
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return nil, fmt.Errorf("read rows of batch %s: %w", id, err)
	}
	return out, nil
}

// Prepare does for rows what needs no database.
func (b *Batch) Prepare(rows []Row) (*Ready, error) {
	r := &Ready{rows: rows, from: b.Count}
	at := r.from
	for part := range slices.Chunk(rows, proof.ChunkRows) {
		text, err := json.Marshal(part)
		if err != nil {
			return nil, fmt.Errorf("write rows of batch %s: %w", b.ID, err)
		}
		r.chunks = append(r.chunks, chunk{part[0].Dataset, proof.NewRowsTree(roots(b.secret, at, part)).Root(), string(text)})
		at += int64(len(part))
	}
	return r, nil
}

func chunkRoots(ctx context.Context, tx *db.Tx, id string) ([]proof.Hash, error) {
	rows, err := tx.Query(ctx, sqlRoots, id)
	return db.Collect(rows, err, func(s db.Scanner) (proof.Hash, error) {
		var b []byte
		if err := s.Scan(&b); err != nil {
			return proof.Hash{}, err
		}
		if len(b) != proof.HashSize {
			return proof.Hash{}, vocab.LedgerCorrupt.Because("a kept root of batch %s has %d bytes", id, len(b))
		}
		return proof.Hash(b), nil
	})
}

// chunkOf finds the piece that holds the entry if any does: the pieces are in the
// order of the ids, and halved until one is left.
func chunkOf(ctx context.Context, tx *db.Tx, id string, d vocab.DatasetID) (int64, []Row, error) {
	b, err := Load(ctx, tx, id)
	if err != nil || b.Count == 0 {
		return 0, nil, err
	}
	low, high := int64(0), (b.Count+proof.ChunkRows-1)/proof.ChunkRows
	for high-low > 1 {
		middle := (low + high) / 2
		var first vocab.DatasetID
		if err := tx.QueryRow(ctx, sqlFirsts, id, middle).Scan(&first); err != nil {
			return 0, nil, err
		}
		if first <= d {
			low = middle
		} else {
			high = middle
		}
	}
	rows, err := Rows(ctx, tx, id, low)
	return low, rows, err
}

// ForgetSome removes a part of a batch that was never sealed, at last the batch.
func ForgetSome(ctx context.Context, tx *db.Tx, id string) (done bool, err error) {
	n, err := tx.Exec(ctx, sqlForgetRows, id)
	if err != nil || n > 0 {
		return false, err
	}
	_, err = tx.Exec(ctx, sqlForget, id)
	return true, err
}

// From gives at most so many rows from a place on, of one piece of the tree.
func From(ctx context.Context, tx *db.Tx, id string, at int64, most int) ([]Row, error) {
	rows, err := Rows(ctx, tx, id, at/proof.ChunkRows)
	if err != nil {
		return nil, err
	}
	rows = rows[min(at%proof.ChunkRows, int64(len(rows))):]
	return rows[:min(len(rows), most)], nil
}

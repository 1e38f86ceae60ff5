package ledger

import (
	"context"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

const insertRow = `INSERT INTO ledger_row (seq, row_no, person, root, secret) VALUES ($1, $2, $3, $4, $5)`

func (store) insertRow(ctx context.Context, tx *db.Tx, seq, row int64, p vocab.PersonRef, root proof.Hash, secret []byte) error {
	_, err := tx.Exec(ctx, insertRow, seq, row, p[:], root[:], secret)
	return err
}

const updateRowOutcome = `UPDATE ledger_row SET outcome_root = $3, outcome_secret = $4 WHERE seq = $1 AND row_no = $2`

func (store) setRowOutcome(ctx context.Context, tx *db.Tx, seq, row int64, root proof.Hash, secret []byte) error {
	_, err := tx.Exec(ctx, updateRowOutcome, seq, row, root[:], secret)
	return err
}

const countRows = `SELECT COUNT(*), COUNT(outcome_root) FROM ledger_row WHERE seq = $1`

func (store) countRows(ctx context.Context, tx *db.Tx, seq int64) (rows, answered int64, err error) {
	err = tx.QueryRow(ctx, countRows, seq).Scan(&rows, &answered)
	return rows, answered, err
}

const (
	selectRoots        = `SELECT root FROM ledger_row WHERE seq = $1 AND row_no >= $2 AND row_no < $3 ORDER BY row_no`
	selectOutcomeRoots = `SELECT outcome_root FROM ledger_row WHERE seq = $1 AND row_no >= $2 AND row_no < $3 ORDER BY row_no`
)

func (store) rowRoots(ctx context.Context, tx *db.Tx, seq, from, until int64, outcome bool) ([]proof.Hash, error) {
	query := selectRoots
	if outcome {
		query = selectOutcomeRoots
	}
	rows, err := tx.Query(ctx, query, seq, from, until)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []proof.Hash
	for rows.Next() {
		var root []byte
		if err := rows.Scan(&root); err != nil {
			return nil, err
		}
		if len(root) != proof.HashSize {
			return nil, vocab.LedgerCorrupt.Because("row %d of entry %d has no root", from+int64(len(out)), seq)
		}
		out = append(out, proof.Hash(root))
	}
	return out, rows.Err()
}

type storedRow struct{ secret, outcomeSecret []byte }

const selectRow = `SELECT secret, outcome_secret FROM ledger_row WHERE seq = $1 AND row_no = $2`

func (store) row(ctx context.Context, tx *db.Tx, seq, no int64) (storedRow, error) {
	var r storedRow
	err := tx.QueryRow(ctx, selectRow, seq, no).Scan(&r.secret, &r.outcomeSecret)
	return r, err
}

const updateSealed = `UPDATE ledger_entry SET state = $2, leaf = $3, secret = $4, row_roots = $5
	WHERE seq = $1 AND state = 'gathering'`

func (store) setSealed(ctx context.Context, tx *db.Tx, r record) error {
	_, err := tx.Exec(ctx, updateSealed, r.seq, string(r.state), r.leaf, r.secret, r.rowRoots)
	return err
}

const updateBatchOutcome = `UPDATE ledger_entry SET state = $2, outcome_seq = $3, outcome_row = 0 WHERE seq = $1`

func (store) setBatchOutcome(ctx context.Context, tx *db.Tx, seq int64, state vocab.AccessState, outcome int64) error {
	_, err := tx.Exec(ctx, updateBatchOutcome, seq, string(state), outcome)
	return err
}

const (
	eraseEntry = `UPDATE ledger_entry SET secret = NULL, outcome_secret = NULL WHERE trace = $1`
	eraseRows  = `UPDATE ledger_row SET secret = NULL, outcome_secret = NULL WHERE seq = (SELECT seq FROM ledger_entry WHERE trace = $1)`
)

// erase destroys the openings of an entry, of its rows and of its outcome.
func (store) erase(ctx context.Context, tx *db.Tx, trace vocab.TraceID) error {
	n, err := tx.Exec(ctx, eraseEntry, string(trace))
	if err != nil {
		return err
	}
	if n == 0 {
		return notThere()
	}
	_, err = tx.Exec(ctx, eraseRows, string(trace))
	return err
}

package ledger

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

const (
	selectEntries       = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE seq > $1 AND at >= $2 AND at < $3 AND kind <> $4 ORDER BY seq LIMIT $5`
	selectEntriesDown   = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE seq < $1 AND at >= $2 AND at < $3 AND kind <> $4 ORDER BY seq DESC LIMIT $5`
	selectEntriesOf     = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE seq > $1 AND at >= $2 AND at < $3 AND kind <> $4 AND owner_member = $6 ORDER BY seq LIMIT $5`
	selectEntriesDownOf = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE seq < $1 AND at >= $2 AND at < $3 AND kind <> $4 AND owner_member = $6 ORDER BY seq DESC LIMIT $5`
	selectActs          = `SELECT ` + entryColumns + ` FROM ledger_entry
		WHERE seq > $1 AND at >= $2 AND at < $3 AND (kind = $4 OR state = 'refused') ORDER BY seq LIMIT $5`
	selectTracesAt = `SELECT leaf_index, trace FROM ledger_entry WHERE origin = $1 AND leaf_index >= $2 AND leaf_index <= $3`
	selectSpan     = `SELECT COALESCE(MIN(leaf_index), -1), COALESCE(MAX(leaf_index), -1) FROM ledger_entry WHERE at >= $1 AND at < $2 AND origin = $3 AND leaf_index >= 0`
)

func (store) entries(ctx context.Context, tx *db.Tx, q EntriesOf) ([]record, error) {
	if q.Acts {
		return many(ctx, tx, selectActs, q.After, q.From.UnixMicro(), q.Until.UnixMicro(), int64(proof.Act), q.Limit)
	}
	query, down := selectEntries, selectEntriesDown
	args := []any{q.After, q.From.UnixMicro(), q.Until.UnixMicro(), int64(proof.Outcome), q.Limit}
	if q.Owner != "" {
		query, down = selectEntriesOf, selectEntriesDownOf
		args = append(args, string(q.Owner))
	}
	if q.Newest {
		query = down
	}
	return many(ctx, tx, query, args...)
}

// tracesAt fills in the traces of the places that are asked for. It walks over the
// range once: an index on the place would be paid for by every access.
func (store) tracesAt(ctx context.Context, tx *db.Tx, origin string, first, last uint64, into map[uint64]vocab.TraceID) error {
	rows, err := tx.Query(ctx, selectTracesAt, origin, int64(first), int64(last))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var index int64
		var trace string
		if err := rows.Scan(&index, &trace); err != nil {
			return err
		}
		if _, asked := into[uint64(index)]; asked {
			into[uint64(index)] = vocab.TraceID(trace)
		}
	}
	return rows.Err()
}

func (store) span(ctx context.Context, tx *db.Tx, origin string, from, until time.Time) (first, end uint64, ok bool, err error) {
	var low, high int64
	err = tx.QueryRow(ctx, selectSpan, from.UnixMicro(), until.UnixMicro(), origin).Scan(&low, &high)
	if err != nil || low < 0 {
		return 0, 0, false, err
	}
	return uint64(low), uint64(high) + 1, true, nil
}

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
	selectStanding = `SELECT ` + entryColumns + ` FROM ledger_entry
		WHERE seq > $1 AND at >= $2 AND at < $3 AND kind = $4 AND secret IS NOT NULL ORDER BY seq LIMIT $5`
	selectTracesAt = `SELECT leaf_index, trace FROM ledger_entry WHERE origin = $1 AND leaf_index >= $2 AND leaf_index <= $3`
	selectSpan     = `SELECT COALESCE((SELECT MAX(leaf_index) + 1 FROM ledger_entry WHERE at < $1 AND origin = $3 AND leaf_index >= 0), 0),
		COALESCE((SELECT MIN(leaf_index) FROM ledger_entry WHERE at >= $2 AND origin = $3 AND leaf_index >= 0), $4),
		EXISTS (SELECT 1 FROM ledger_entry WHERE at >= $1 AND at < $2 AND origin = $3)`
)

func (store) entries(ctx context.Context, tx *db.Tx, q EntriesOf) ([]record, error) {
	if q.Acts {
		return many(ctx, tx, selectActs, q.After, q.From.UnixMicro(), q.Until.UnixMicro(), int64(proof.Act), q.Limit)
	}
	if q.Standing != "" {
		return many(ctx, tx, selectStanding, q.After, q.From.UnixMicro(), q.Until.UnixMicro(), int64(proof.KindOf(q.Standing)), q.Limit)
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

func (store) span(ctx context.Context, tx *db.Tx, origin string, from, until time.Time) (first, end uint64, any bool, err error) {
	var low, high int64
	err = tx.QueryRow(ctx, selectSpan, from.UnixMicro(), until.UnixMicro(), origin, forever).Scan(&low, &high, &any)
	return uint64(low), uint64(high), any, err
}

const selectPlacesFrom = `SELECT leaf_index FROM ledger_entry WHERE origin = $1 AND leaf_index >= $2 ORDER BY leaf_index`

// known is the place in a frozen log up to which every leaf has its record: what
// was bound when the backup was made, and what stands without a gap behind it.
func (s store) known(ctx context.Context, tx *db.Tx, origin string, size uint64) (uint64, error) {
	mark, err := s.readMark(ctx, tx, origin)
	if err != nil {
		return 0, err
	}
	end := min(mark.index, size)
	rows, err := tx.Query(ctx, selectPlacesFrom, origin, int64(end))
	places, err := db.Collect(rows, err, func(s db.Scanner) (int64, error) {
		var at int64
		err := s.Scan(&at)
		return at, err
	})
	for _, at := range places {
		if uint64(at) != end || end == size {
			break
		}
		end++
	}
	return end, err
}

const selectDeclared = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE kind = $1 ORDER BY seq`

// declared lists the losses that restores declared.
func (store) declared(ctx context.Context, tx *db.Tx) ([]record, error) {
	return many(ctx, tx, selectDeclared, int64(proof.Origin))
}

const selectUnplaced = `SELECT trace, leaf FROM ledger_entry WHERE origin = $1 AND leaf_index IS NULL`

func (store) unplaced(ctx context.Context, tx *db.Tx, origin string, each func(vocab.TraceID, []byte)) error {
	rows, err := tx.Query(ctx, selectUnplaced, origin)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var trace string
		var leaf []byte
		if err := rows.Scan(&trace, &leaf); err != nil {
			return err
		}
		each(vocab.TraceID(trace), leaf)
	}
	return rows.Err()
}

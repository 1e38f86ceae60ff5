package ledger

import (
	"context"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

const forever = int64(1) << 62

const selectTouchOf = `SELECT row_no FROM ledger_person WHERE person = $1 AND seq = $2 AND n >= $3 AND n <= $4 ORDER BY n LIMIT 1`

// rowOf is the person's row in a batch: the one of that counter, or the first
// when number is 0.
func (store) rowOf(ctx context.Context, tx *db.Tx, p vocab.PersonRef, seq, number int64) (int64, error) {
	var row int64
	last := number
	if number == 0 {
		last = forever
	}
	err := tx.QueryRow(ctx, selectTouchOf, p[:], seq, number, last).Scan(&row)
	return row, err
}

const (
	selectPageAll      = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE seq < $1 AND kind <> $2 ORDER BY seq DESC LIMIT $3`
	selectPageCaller   = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE owner_member = $1 AND seq < $2 AND kind <> $3 ORDER BY seq DESC LIMIT $4`
	selectPageRefused  = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE owner_member = $1 AND seq < $2 AND kind <> $3 AND state = 'refused' ORDER BY seq DESC LIMIT $4`
	selectPageProvider = `SELECT ` + entryColumns + ` FROM ledger_entry WHERE provider = $1 AND seq < $2 AND kind <> $3 ORDER BY seq DESC LIMIT $4`
)

// page lists entries newest first; outcome groups are shown with their accesses.
func (store) page(ctx context.Context, tx *db.Tx, v Viewer, f Filter) ([]record, error) {
	before := f.Before
	if before <= 0 {
		before = forever
	}
	if f.Limit <= 0 || f.Limit > 1000 {
		f.Limit = 100
	}
	switch {
	case f.Refused && v.Member != "":
		return many(ctx, tx, selectPageRefused, string(v.Member), before, int64(proof.Outcome), f.Limit)
	case v.Auditor:
		return many(ctx, tx, selectPageAll, before, int64(proof.Outcome), f.Limit)
	case v.Member == "":
		return nil, nil
	case f.AsCaller:
		return many(ctx, tx, selectPageCaller, string(v.Member), before, int64(proof.Outcome), f.Limit)
	default:
		return many(ctx, tx, selectPageProvider, string(v.Member), before, int64(proof.Outcome), f.Limit)
	}
}

package ledger

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const (
	insertDeferral = `INSERT INTO ledger_deferral (order_id, person, member, seq, from_at, until_at) VALUES ($1, $2, $3, $4, $5, $6)`
	endDeferral    = `UPDATE ledger_deferral SET until_at = $2 WHERE order_id = $1 AND until_at > $2`
	selectHiding   = `SELECT member, seq, from_at FROM ledger_deferral WHERE person = $1 AND until_at > $2`
)

func (store) insertDeferral(ctx context.Context, tx *db.Tx, d Deferral, seq int64) error {
	_, err := tx.Exec(ctx, insertDeferral, d.Order, d.Person[:], string(d.Member), seq, d.From.UnixMicro(), d.Until.UnixMicro())
	return err
}

func (store) endDeferral(ctx context.Context, tx *db.Tx, order string, at time.Time) error {
	_, err := tx.Exec(ctx, endDeferral, order, at.UnixMicro())
	return err
}

// hiding lists the deferrals on the person that are in force at the moment.
func (store) hiding(ctx context.Context, tx *db.Tx, p vocab.PersonRef, now time.Time) ([]hiding, error) {
	rows, err := tx.Query(ctx, selectHiding, p[:], now.UnixMicro())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []hiding
	for rows.Next() {
		var h hiding
		var from int64
		if err := rows.Scan(&h.member, &h.seq, &from); err != nil {
			return nil, err
		}
		h.from = time.UnixMicro(from).UTC()
		out = append(out, h)
	}
	return out, rows.Err()
}

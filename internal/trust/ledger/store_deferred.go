package ledger

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const (
	insertDeferral  = `INSERT INTO ledger_deferral (order_id, person, member, seq, from_at, until_at) VALUES ($1, $2, $3, $4, $5, $6)`
	endDeferral     = `UPDATE ledger_deferral SET until_at = $2 WHERE order_id = $1 AND until_at > $2`
	selectHiding    = `SELECT member, seq, from_at FROM ledger_deferral WHERE person = $1 AND until_at > $2`
	selectDeferrals = `SELECT d.order_id, d.person, d.member, COALESCE(e.trace, ''), d.from_at, d.until_at
		FROM ledger_deferral d LEFT JOIN ledger_entry e ON e.seq = d.seq WHERE d.order_id > $1 ORDER BY d.order_id LIMIT $2`
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
	return db.Collect(rows, err, func(s db.Scanner) (hiding, error) {
		var h hiding
		var from int64
		err := s.Scan(&h.member, &h.seq, &from)
		h.from = db.FromMicros(from)
		return h, err
	})
}

func (store) deferrals(ctx context.Context, tx *db.Tx, after string, limit int) ([]Deferral, error) {
	rows, err := tx.Query(ctx, selectDeferrals, after, limit)
	return db.Collect(rows, err, func(s db.Scanner) (Deferral, error) {
		var d Deferral
		var person []byte
		var from, until int64
		err := s.Scan(&d.Order, &person, &d.Member, &d.Trace, &from, &until)
		copy(d.Person[:], person)
		d.From, d.Until = db.FromMicros(from), db.FromMicros(until)
		return d, err
	})
}

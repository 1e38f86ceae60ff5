package quality

import (
	"context"
	"time"

	"fontis/internal/engine/db"
)

const (
	selectStatusRows  = `SELECT id, owner_member, item, person, state, rev, created_at, changed_at, sealed, body FROM quality_status_act WHERE id > $1 ORDER BY id LIMIT $2`
	selectContestRows = `SELECT id, item, item_owner, source, person, state, created_at FROM quality_contest WHERE id > $1 ORDER BY id LIMIT $2`
)

// bareRow is a row as it stands: whoever holds it against the acts reads nothing
// into it, for it may have been changed by hand.
type bareRow struct {
	id, owner, item, source, state, body string
	rev                                  int64
	person, sealed                       []byte
	created, changed                     time.Time
}

func loadStatusRows(ctx context.Context, tx *db.Tx, after string, limit int) ([]bareRow, error) {
	rows, err := tx.Query(ctx, selectStatusRows, after, limit)
	return db.Collect(rows, err, func(s db.Scanner) (bareRow, error) {
		var r bareRow
		var created, changed int64
		err := s.Scan(&r.id, &r.owner, &r.item, &r.person, &r.state, &r.rev, &created, &changed, &r.sealed, &r.body)
		r.created, r.changed = db.FromMicros(created), db.FromMicros(changed)
		return r, err
	})
}

func loadContestRows(ctx context.Context, tx *db.Tx, after string, limit int) ([]bareRow, error) {
	rows, err := tx.Query(ctx, selectContestRows, after, limit)
	return db.Collect(rows, err, func(s db.Scanner) (bareRow, error) {
		var r bareRow
		var created int64
		err := s.Scan(&r.id, &r.item, &r.owner, &r.source, &r.person, &r.state, &created)
		r.created = db.FromMicros(created)
		return r, err
	})
}

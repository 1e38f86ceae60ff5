package halt

import (
	"context"
	"time"

	"fontis/internal/engine/db"
)

const (
	insertHalt = `INSERT INTO access_halt (emergency, owner_member, unit, officer, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (emergency) DO NOTHING`
	deleteHalt = `DELETE FROM access_halt WHERE emergency = $1`
	selectHalt = `SELECT emergency, owner_member, unit, officer FROM access_halt ORDER BY emergency`
)

// Insert keeps a halt in the caller's transaction.
func Insert(ctx context.Context, tx *db.Tx, h Halt, at time.Time) error {
	_, err := tx.Exec(ctx, insertHalt, h.Emergency, string(h.Member), h.Unit, string(h.Officer), db.Micros(at))
	return err
}

// Delete forgets the halt that an emergency brought.
func Delete(ctx context.Context, tx *db.Tx, emergency string) error {
	_, err := tx.Exec(ctx, deleteHalt, emergency)
	return err
}

// All gives every halt.
func All(ctx context.Context, tx *db.Tx, each func(Halt)) error {
	rows, err := tx.Query(ctx, selectHalt)
	all, err := db.Collect(rows, err, func(r db.Scanner) (h Halt, err error) {
		return h, r.Scan(&h.Emergency, &h.Member, &h.Unit, &h.Officer)
	})
	for _, h := range all {
		each(h)
	}
	return err
}

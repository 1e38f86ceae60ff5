package access

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/access/label"
	"fontis/internal/vocab"
)

const insertLabel = `INSERT INTO access_label (item, person, contest, owner_member, at) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (item, person, contest) DO NOTHING`

func (store) putLabel(ctx context.Context, tx *db.Tx, l label.Label, owner vocab.MemberID, at time.Time) error {
	_, err := tx.Exec(ctx, insertLabel, string(l.Item), l.Person[:], l.Contest, string(owner), at.UnixMicro())
	return err
}

const deleteLabel = `DELETE FROM access_label WHERE item = $1 AND person = $2 AND contest = $3`

func (store) dropLabel(ctx context.Context, tx *db.Tx, l label.Label) error {
	_, err := tx.Exec(ctx, deleteLabel, string(l.Item), l.Person[:], l.Contest)
	return err
}

const selectLabels = `SELECT item, person, contest, at FROM access_label ORDER BY item, person, contest`

func (store) labels(ctx context.Context, tx *db.Tx) ([]label.Standing, error) {
	rows, err := tx.Query(ctx, selectLabels)
	return db.Collect(rows, err, func(s db.Scanner) (label.Standing, error) {
		var l label.Standing
		var person []byte
		var at int64
		err := s.Scan(&l.Item, &person, &l.Contest, &at)
		copy(l.Person[:], person)
		l.At = db.FromMicros(at)
		return l, err
	})
}

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

const selectLabels = `SELECT item, person, contest FROM access_label ORDER BY item, person, contest`

func (store) labels(ctx context.Context, tx *db.Tx, each func(label.Label)) error {
	rows, err := tx.Query(ctx, selectLabels)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var item, contest string
		var person []byte
		if err := rows.Scan(&item, &person, &contest); err != nil {
			return err
		}
		each(label.Label{Item: vocab.ItemID(item), Person: vocab.PersonRef(person), Contest: contest})
	}
	return rows.Err()
}

package hands

import (
	"context"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const sqlSelectMakers = `SELECT maker FROM officer_maker WHERE officer = $1 ORDER BY maker`

func selectMakers(ctx context.Context, tx *db.Tx, id vocab.OfficerID) ([]vocab.OfficerID, error) {
	rows, err := tx.Query(ctx, sqlSelectMakers, string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []vocab.OfficerID
	for rows.Next() {
		var m vocab.OfficerID
		if err := rows.Scan(&m); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

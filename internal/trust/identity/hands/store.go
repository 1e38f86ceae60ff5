package hands

import (
	"context"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const (
	sqlSelectMakers   = `SELECT maker FROM officer_maker WHERE officer = $1 AND of_authority = FALSE ORDER BY maker`
	sqlSelectAdmitted = `SELECT maker AS by_whom FROM officer_maker WHERE officer = $1
		UNION SELECT given_by FROM officer_role WHERE officer = $1 AND given_by <> '' AND given_by <> $1
		UNION SELECT created_by FROM machine_token WHERE id = $1
		ORDER BY by_whom`
)

func selectOfficers(ctx context.Context, tx *db.Tx, query string, id vocab.OfficerID) ([]vocab.OfficerID, error) {
	rows, err := tx.Query(ctx, query, string(id))
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

package naming

import (
	"context"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// An officer is on a member's list who is employed there or holds a role there.
const sqlSelectListed = `SELECT o.id, o.unit, o.state FROM officer o WHERE o.id = $1 AND (o.owner_member = $2
	OR EXISTS (SELECT 1 FROM officer_role r WHERE r.officer = o.id AND r.owner_member = $2))`

func selectListed(ctx context.Context, tx *db.Tx, m vocab.MemberID, id vocab.OfficerID) (Officer, error) {
	o := Officer{Word: Listed}
	var state string
	err := tx.QueryRow(ctx, sqlSelectListed, string(id), string(m)).Scan(&o.ID, &o.Unit, &state)
	if state == "suspended" {
		o.Word = Suspended
	}
	return o, err
}

package identity

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const (
	sqlInsertMaker = `INSERT INTO officer_maker (officer, owner_member, maker, made_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (officer, maker) DO NOTHING`
	sqlDeleteMakers  = `DELETE FROM officer_maker WHERE officer = $1`
	sqlFromAuthority = `SELECT COUNT(*) FROM invitation i JOIN officer_role r ON r.officer = i.issued_by AND r.role = 'authority'
		JOIN identity_node n ON n.owner_member = r.owner_member WHERE i.hash = $1`
)

func insertMaker(ctx context.Context, tx *db.Tx, o Officer, maker vocab.OfficerID, now time.Time) error {
	_, err := tx.Exec(ctx, sqlInsertMaker, string(o.ID), string(o.Member), string(maker), db.Micros(now))
	return err
}

// vouchMaker forgets who made an officer when the used code is from the authority
// of the node, who has given the account to its officer anew.
func vouchMaker(ctx context.Context, tx *db.Tx, id vocab.OfficerID, hash [32]byte) error {
	var n int
	if err := tx.QueryRow(ctx, sqlFromAuthority, hash[:]).Scan(&n); err != nil || n == 0 {
		return err
	}
	_, err := tx.Exec(ctx, sqlDeleteMakers, string(id))
	return err
}

package identity

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const (
	sqlInsertMaker = `INSERT INTO officer_maker (officer, owner_member, maker, made_at, of_authority) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (officer, maker) DO UPDATE SET of_authority = excluded.of_authority`
	sqlDeleteMakers  = `DELETE FROM officer_maker WHERE officer = $1 AND maker <> $2`
	sqlFromAuthority = `SELECT COALESCE(MIN(i.issued_by), '') FROM invitation i JOIN officer_role r ON r.officer = i.issued_by AND r.role = 'authority'
		JOIN identity_node n ON n.owner_member = r.owner_member WHERE i.hash = $1`
)

// maker is who gave an officer a code.
type maker struct {
	officer     Officer
	by          vocab.OfficerID
	ofAuthority bool // of the node
}

func insertMaker(ctx context.Context, tx *db.Tx, m maker, now time.Time) error {
	_, err := tx.Exec(ctx, sqlInsertMaker, string(m.officer.ID), string(m.officer.Member), string(m.by), db.Micros(now), m.ofAuthority)
	return err
}

// vouchMaker forgets who made an officer when the used code is from the authority
// of the node, who has given the account to its officer anew and now stands for it.
func vouchMaker(ctx context.Context, tx *db.Tx, id vocab.OfficerID, hash [32]byte) error {
	var by string
	if err := tx.QueryRow(ctx, sqlFromAuthority, hash[:]).Scan(&by); err != nil || by == "" {
		return err
	}
	_, err := tx.Exec(ctx, sqlDeleteMakers, string(id), by)
	return err
}

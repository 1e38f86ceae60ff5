package identity

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const (
	sqlSelectBinding = `SELECT o.id, o.state, m.kind, o.issuer, o.issuer_subject FROM officer o
		JOIN member m ON m.id = o.owner_member WHERE o.id = $1 AND m.state = 'active'`
	sqlHasBinding    = `SELECT COUNT(*) FROM officer WHERE issuer = $1 AND issuer_subject = $2`
	sqlUpdateBinding = `UPDATE officer SET issuer = $2, issuer_subject = $3, state = 'active', changed_at = $4 WHERE id = $1`
	sqlSelectKind    = `SELECT kind FROM member WHERE id = $1 AND state = 'active'`
)

func selectBinding(ctx context.Context, tx *db.Tx, id vocab.OfficerID) (binding, error) {
	var b binding
	err := tx.QueryRow(ctx, sqlSelectBinding, string(id)).Scan(&b.officer, &b.state, &b.kind, &b.issuer, &b.subject)
	return b, err
}

func hasBinding(ctx context.Context, tx *db.Tx, issuer, subject string) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, sqlHasBinding, issuer, subject).Scan(&n)
	return n > 0, err
}

// updateBinding ties the officer and closes the way of the invitation.
func updateBinding(ctx context.Context, tx *db.Tx, id vocab.OfficerID, v vouched, now time.Time) error {
	if _, err := tx.Exec(ctx, sqlUpdateBinding, string(id), v.issuer, v.subject, db.Micros(now)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlDeleteOfficerInvitations, string(id))
	return err
}

func selectMemberKind(ctx context.Context, tx *db.Tx, m vocab.MemberID) (MemberKind, error) {
	var k MemberKind
	err := tx.QueryRow(ctx, sqlSelectKind, string(m)).Scan(&k)
	return k, err
}

package identity

import (
	"context"
	"slices"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity/password"
	"fontis/internal/vocab"
)

const (
	sqlInsertOfficer = `INSERT INTO officer
		(id, owner_member, login, name, unit, state, password, password_key, issuer, issuer_subject, created_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, '', '', '', '', $7, $7) ON CONFLICT (id) DO NOTHING`
	officerColumns   = `SELECT o.id, o.owner_member, o.login, o.name, o.unit, o.state, o.created_at FROM officer o`
	sqlSelectOfficer = officerColumns + ` JOIN member m ON m.id = o.owner_member
		WHERE o.id = $1 AND (m.id = $2 OR (m.region >= $3 AND m.region <= $4)
			OR EXISTS (SELECT 1 FROM officer_role r WHERE r.officer = o.id AND r.owner_member = $2))`
	sqlSelectOfficers = officerColumns + ` WHERE o.owner_member = $1 AND o.id > $2 ORDER BY o.id LIMIT $3`
	sqlUpdateOfficer  = `UPDATE officer SET state = $2, changed_at = $3 WHERE id = $1`

	sqlSelectHeld   = `SELECT owner_member, role FROM officer_role WHERE officer = $1 ORDER BY owner_member, role`
	sqlSelectHeldIn = `SELECT owner_member, role FROM officer_role WHERE officer = $1 AND owner_member = $2 ORDER BY role`
	sqlDeleteRole   = `DELETE FROM officer_role WHERE officer = $1 AND owner_member = $2 AND role = $3`
	sqlInsertRole   = `INSERT INTO officer_role (officer, owner_member, role, given_by, given_at) VALUES ($1, $2, $3, $4, $5)`

	sqlDeleteOfficerSessions    = `DELETE FROM officer_session WHERE officer = $1`
	sqlDeleteOfficerInvitations = `DELETE FROM invitation WHERE officer = $1 AND used_at = 0`

	sqlInsertInvitation = `INSERT INTO invitation (hash, owner_member, officer, issued_by, issued_at, expires_at, used_at)
		VALUES ($1, $2, $3, $4, $5, $6, 0)`
	sqlSelectInvitation = `SELECT o.id, o.owner_member, o.login, o.name FROM invitation i
		JOIN officer o ON o.id = i.officer JOIN member m ON m.id = o.owner_member
		WHERE i.hash = $1 AND i.used_at = 0 AND i.expires_at > $2 AND o.state <> 'suspended' AND m.state = 'active'`
	sqlSpendInvitation = `UPDATE invitation SET used_at = $2 WHERE hash = $1 AND used_at = 0 AND expires_at > $2`
	sqlSetPassword     = `UPDATE officer SET password = $2, password_key = $3, state = 'active', changed_at = $4
		WHERE id = $1 AND state <> 'suspended'`
	sqlSelectFirst = officerColumns + ` JOIN identity_node n ON n.owner_member = o.owner_member ORDER BY o.created_at, o.id LIMIT 1`
	sqlCountIn     = `SELECT COUNT(*) FROM officer WHERE state = 'active' OR password <> '' OR issuer <> ''`

	sqlPruneInvitations = `DELETE FROM invitation WHERE expires_at <= $1 OR (used_at > 0 AND used_at <= $1)`
)

func insertOfficer(ctx context.Context, tx *db.Tx, o Officer) (fresh bool, err error) {
	rows, err := tx.Exec(ctx, sqlInsertOfficer, string(o.ID), string(o.Member), o.Login, o.Name, o.Unit, string(o.State), db.Micros(o.Created))
	return rows == 1, err
}

func scanOfficer(row db.Scanner) (Officer, error) {
	var o Officer
	var created int64
	err := row.Scan(&o.ID, &o.Member, &o.Login, &o.Name, &o.Unit, &o.State, &created)
	o.Created = db.FromMicros(created)
	return o, err
}

func selectOfficer(ctx context.Context, tx *db.Tx, sc scope, id vocab.OfficerID) (Officer, error) {
	return scanOfficer(tx.QueryRow(ctx, sqlSelectOfficer, string(id), string(sc.own), sc.from, sc.to))
}

func selectOfficers(ctx context.Context, tx *db.Tx, m vocab.MemberID, p Page) ([]Officer, error) {
	rows, err := tx.Query(ctx, sqlSelectOfficers, string(m), p.After, p.Most())
	return db.Collect(rows, err, scanOfficer)
}

func updateOfficerState(ctx context.Context, tx *db.Tx, id vocab.OfficerID, to State, now time.Time) error {
	_, err := tx.Exec(ctx, sqlUpdateOfficer, string(id), string(to), db.Micros(now))
	return err
}

func scanHeld(row db.Scanner) (Held, error) {
	var h Held
	err := row.Scan(&h.Member, &h.Role)
	return h, err
}

func selectHeld(ctx context.Context, tx *db.Tx, id vocab.OfficerID) ([]Held, error) {
	rows, err := tx.Query(ctx, sqlSelectHeld, string(id))
	return db.Collect(rows, err, scanHeld)
}

func selectHeldIn(ctx context.Context, tx *db.Tx, id vocab.OfficerID, m vocab.MemberID) ([]Held, error) {
	rows, err := tx.Query(ctx, sqlSelectHeldIn, string(id), string(m))
	return db.Collect(rows, err, scanHeld)
}

// replaceRoles leaves a role that stays as it was given: who gave it admitted the
// officer, and nobody's later word on other roles takes that off them.
func replaceRoles(ctx context.Context, tx *db.Tx, c roleChange) error {
	held, err := selectHeldIn(ctx, tx, c.officer, c.member)
	if err != nil {
		return err
	}
	for _, h := range held {
		if slices.Contains(c.roles, h.Role) {
			continue
		}
		if _, err := tx.Exec(ctx, sqlDeleteRole, string(c.officer), string(c.member), string(h.Role)); err != nil {
			return err
		}
	}
	for _, r := range c.roles {
		if slices.Contains(held, Held{c.member, r}) {
			continue
		}
		if _, err := tx.Exec(ctx, sqlInsertRole, string(c.officer), string(c.member), string(r), string(c.by.Officer), db.Micros(c.at)); err != nil {
			return err
		}
	}
	return nil
}

// endOfficer ends the officer's sessions and open invitations.
func endOfficer(ctx context.Context, tx *db.Tx, id vocab.OfficerID) error {
	if _, err := tx.Exec(ctx, sqlDeleteOfficerSessions, string(id)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlDeleteOfficerInvitations, string(id))
	return err
}

// invitationRow is one invitation as stored; the code itself is not.
type invitationRow struct {
	hash    [32]byte
	officer Officer
	by      vocab.OfficerID
	at      time.Time
	expires time.Time
}

func insertInvitation(ctx context.Context, tx *db.Tx, i invitationRow) error {
	if _, err := tx.Exec(ctx, sqlDeleteOfficerInvitations, string(i.officer.ID)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlInsertInvitation, i.hash[:], string(i.officer.Member), string(i.officer.ID), string(i.by), db.Micros(i.at), db.Micros(i.expires))
	return err
}

// selectInvitation gives the officer whom a living code invites.
func selectInvitation(ctx context.Context, tx *db.Tx, hash [32]byte, now time.Time) (Officer, error) {
	var o Officer
	err := tx.QueryRow(ctx, sqlSelectInvitation, hash[:], db.Micros(now)).Scan(&o.ID, &o.Member, &o.Login, &o.Name)
	return o, err
}

// selectFirst gives the first officer of the node, and how many officers have been in.
func selectFirst(ctx context.Context, tx *db.Tx) (o Officer, in int, err error) {
	if o, err = scanOfficer(tx.QueryRow(ctx, sqlSelectFirst)); err == nil {
		err = tx.QueryRow(ctx, sqlCountIn).Scan(&in)
	}
	return o, in, err
}

func spendInvitation(ctx context.Context, tx *db.Tx, hash [32]byte, now time.Time) (spent bool, err error) {
	rows, err := tx.Exec(ctx, sqlSpendInvitation, hash[:], db.Micros(now))
	return rows == 1, err
}

func setPassword(ctx context.Context, tx *db.Tx, id vocab.OfficerID, p password.Stored, now time.Time) (set bool, err error) {
	rows, err := tx.Exec(ctx, sqlSetPassword, string(id), p.PHC, p.Key, db.Micros(now))
	return rows == 1, err
}

package identity

import (
	"context"
	"database/sql"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity/password"
	"fontis/internal/vocab"
)

const (
	credentialColumns = `SELECT o.id, o.owner_member, o.password, o.password_key FROM officer o
		JOIN member m ON m.id = o.owner_member WHERE o.state = 'active' AND m.state = 'active' AND `
	sqlSelectCredential       = credentialColumns + `o.id = $1`
	sqlSelectCredentialsShort = credentialColumns + `o.login = $1 ORDER BY o.id LIMIT 2`

	sqlInsertSession = `INSERT INTO officer_session
		(id, owner_member, officer, hash, hash_key, via, created_at, seen_at, expires_at, address, agent)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10)`
	sqlLoadSession = `SELECT s.id, s.owner_member, s.officer, s.hash, s.hash_key, s.seen_at, s.expires_at, o.unit,
			m.name_en, m.name_zh, m.region, n.owner_member, o.owner_member
		FROM officer_session s
		JOIN officer o ON o.id = s.officer
		JOIN member h ON h.id = o.owner_member
		JOIN member m ON m.id = s.owner_member
		JOIN identity_node n ON n.id = 1
		WHERE s.id = $1 AND o.state = 'active' AND h.state = 'active' AND m.state = 'active'`
	sqlSelectSessions = `SELECT id, officer, owner_member, via, created_at, seen_at, expires_at, address, agent
		FROM officer_session WHERE officer = $1 AND expires_at > $2 ORDER BY id LIMIT 500`
	sqlDeleteSession = `DELETE FROM officer_session WHERE id = $1 AND officer = $2`
	sqlTouchSession  = `UPDATE officer_session SET seen_at = $2 WHERE id = $1 AND seen_at < $2`
	sqlPruneSessions = `DELETE FROM officer_session WHERE expires_at <= $1 OR seen_at <= $2`
)

// credential is what a password is tried against; empty when there is none.
type credential struct {
	officer vocab.OfficerID
	member  vocab.MemberID
	stored  password.Stored
}

func scanCredential(row db.Scanner) (credential, error) {
	var c credential
	err := row.Scan(&c.officer, &c.member, &c.stored.PHC, &c.stored.Key)
	return c, err
}

// selectCredential finds an active officer by id, or by a login that only one
// member has.
func selectCredential(ctx context.Context, tx *db.Tx, login string) (credential, error) {
	query := sqlSelectCredentialsShort
	if strings.Contains(login, "@") {
		query = sqlSelectCredential
	}
	rows, err := tx.Query(ctx, query, login)
	list, err := db.Collect(rows, err, scanCredential)
	if err != nil || len(list) != 1 {
		return credential{}, err
	}
	return list[0], nil
}

// sessionRow is a session as stored.
type sessionRow struct {
	Session
	hash []byte
	key  string
}

func insertSession(ctx context.Context, tx *db.Tx, r sessionRow) error {
	_, err := tx.Exec(ctx, sqlInsertSession, r.ID, string(r.Member), string(r.Officer), r.hash, r.key, r.Via,
		db.Micros(r.Created), db.Micros(r.Expires), r.Address, r.Agent)
	return err
}

// loadSession makes the actor of a session whose officer, home member and acting
// member may all act.
func loadSession(ctx context.Context, tx *db.Tx, id string) (*entry, error) {
	var e entry
	var expires int64
	var home vocab.MemberID
	a := &e.actor
	err := tx.QueryRow(ctx, sqlLoadSession, id).Scan(&a.Session, &a.Member, &a.Officer, &e.hash, &e.key, &e.seen, &expires,
		&a.Unit, &a.MemberName.En, &a.MemberName.Zh, &a.Region, &a.Keeper, &home)
	if err != nil {
		return nil, err
	}
	a.Until, a.OfNode = db.FromMicros(expires), a.Member == a.Keeper
	held, err := selectHeldIn(ctx, tx, a.Officer, a.Member)
	if err != nil {
		return nil, err
	}
	if len(held) == 0 && a.Member != home {
		// Who lost their last role in another member no longer acts for it.
		return nil, sql.ErrNoRows
	}
	for _, h := range held {
		a.Roles = append(a.Roles, h.Role)
	}
	return &e, nil
}

func selectSessions(ctx context.Context, tx *db.Tx, o vocab.OfficerID, now int64) ([]Session, error) {
	rows, err := tx.Query(ctx, sqlSelectSessions, string(o), now)
	return db.Collect(rows, err, func(row db.Scanner) (Session, error) {
		var s Session
		var created, seen, expires int64
		err := row.Scan(&s.ID, &s.Officer, &s.Member, &s.Via, &created, &seen, &expires, &s.Address, &s.Agent)
		s.Created, s.Seen, s.Expires = db.FromMicros(created), db.FromMicros(seen), db.FromMicros(expires)
		return s, err
	})
}

func deleteSession(ctx context.Context, tx *db.Tx, id string, o vocab.OfficerID) (found bool, err error) {
	n, err := tx.Exec(ctx, sqlDeleteSession, id, string(o))
	return n == 1, err
}

func touchSession(ctx context.Context, tx *db.Tx, id string, now int64) error {
	_, err := tx.Exec(ctx, sqlTouchSession, id, now)
	return err
}

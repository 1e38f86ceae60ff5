package identity

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const (
	sqlInsertMachine = `INSERT INTO machine_token
		(id, owner_member, system, name, roles, hash, hash_key, created_by, created_at, expires_at, revoked_at, listed_only)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11)`
	machineColumns = `SELECT t.id, t.owner_member, t.system, t.name, t.roles, t.created_by, t.created_at, t.expires_at, t.revoked_at, t.listed_only
		FROM machine_token t`
	sqlSelectMachine = machineColumns + ` JOIN member m ON m.id = t.owner_member
		WHERE t.id = $1 AND (m.id = $2 OR (m.region >= $3 AND m.region <= $4))`
	sqlSelectMachines = machineColumns + ` WHERE t.owner_member = $1 AND t.id > $2 ORDER BY t.id LIMIT $3`
	sqlRevokeMachine  = `UPDATE machine_token SET revoked_at = $2 WHERE id = $1`
	sqlLoadMachine    = `SELECT t.id, t.owner_member, t.system, t.roles, t.hash, t.hash_key, t.expires_at, t.listed_only,
			m.name_en, m.name_zh, m.region, n.owner_member
		FROM machine_token t
		JOIN member m ON m.id = t.owner_member
		JOIN identity_node n ON n.id = 1
		WHERE t.id = $1 AND t.revoked_at = 0 AND m.state = 'active'`
)

func insertMachine(ctx context.Context, tx *db.Tx, m Machine, hash []byte, key string) error {
	_, err := tx.Exec(ctx, sqlInsertMachine, string(m.ID), string(m.Member), string(m.System), m.Name, joinRoles(m.Roles),
		hash, key, string(m.CreatedBy), db.Micros(m.Created), db.Micros(m.Expires), m.ListedOnly)
	return err
}

func scanMachine(row db.Scanner) (Machine, error) {
	var m Machine
	var roles string
	var created, expires, revoked int64
	err := row.Scan(&m.ID, &m.Member, &m.System, &m.Name, &roles, &m.CreatedBy, &created, &expires, &revoked, &m.ListedOnly)
	m.Roles = splitRoles(roles)
	m.Created, m.Expires, m.Revoked = db.FromMicros(created), db.FromMicros(expires), db.FromMicros(revoked)
	return m, err
}

func selectMachine(ctx context.Context, tx *db.Tx, sc scope, id vocab.MachineID) (Machine, error) {
	return scanMachine(tx.QueryRow(ctx, sqlSelectMachine, string(id), string(sc.own), sc.from, sc.to))
}

func selectMachines(ctx context.Context, tx *db.Tx, m vocab.MemberID, p Page) ([]Machine, error) {
	rows, err := tx.Query(ctx, sqlSelectMachines, string(m), p.After, p.Most())
	return db.Collect(rows, err, scanMachine)
}

func revokeMachine(ctx context.Context, tx *db.Tx, id vocab.MachineID, now time.Time) error {
	_, err := tx.Exec(ctx, sqlRevokeMachine, string(id), db.Micros(now))
	return err
}

// loadMachine makes the actor of a token that is not revoked and whose member
// may act.
func loadMachine(ctx context.Context, tx *db.Tx, id string) (*entry, error) {
	var e entry
	var roles string
	var expires int64
	a := &e.actor
	err := tx.QueryRow(ctx, sqlLoadMachine, id).Scan(&a.Machine, &a.Member, &a.System, &roles, &e.hash, &e.key, &expires, &a.ListedOnly,
		&a.MemberName.En, &a.MemberName.Zh, &a.Region, &a.Keeper)
	a.Session, a.Roles, a.Until, a.OfNode = string(a.Machine), splitRoles(roles), db.FromMicros(expires), a.Member == a.Keeper
	return &e, err
}

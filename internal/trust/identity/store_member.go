package identity

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const (
	sqlInsertNode = `INSERT INTO identity_node (id, name, instance, jurisdiction, owner_member, created_at)
		VALUES (1, $1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`
	sqlSelectNode   = `SELECT name, instance, jurisdiction, owner_member, created_at FROM identity_node WHERE id = 1`
	sqlInsertMember = `INSERT INTO member
		(id, owner_member, name_en, name_zh, credit_code, class, kind, region, state, created_at, changed_at)
		VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (id) DO NOTHING`
	memberColumns = `SELECT m.id, m.name_en, m.name_zh, m.credit_code, m.class, m.kind, m.region, m.state, m.created_at, n.instance
		FROM member m JOIN identity_node n ON n.id = 1`
	sqlSelectMember = memberColumns + `
		WHERE m.id = $1 AND (m.id = $2 OR (m.region >= $3 AND m.region <= $4))`
	sqlSelectMembers = memberColumns + `
		WHERE m.id > $1 AND (m.id = $3 OR (m.region >= $4 AND m.region <= $5)) ORDER BY m.id LIMIT $2`
	sqlSelectDepartments = memberColumns + `
		WHERE m.id > $1 AND m.state = 'active' AND m.kind IN ('authority', 'department') ORDER BY m.id LIMIT $2`
	sqlSelectMemberName  = `SELECT name_en, name_zh FROM member WHERE id = $1`
	sqlUpdateProtects    = `UPDATE member SET protects = $2 WHERE id = $1`
	sqlSelectProtecting  = `SELECT id FROM member WHERE protects = 1 ORDER BY id`
	sqlUpdateMemberState = `UPDATE member SET state = $2, changed_at = $3 WHERE id = $1`
)

func insertNode(ctx context.Context, tx *db.Tx, n Node) (fresh bool, err error) {
	rows, err := tx.Exec(ctx, sqlInsertNode, n.Name, n.Instance, n.Jurisdiction, string(n.Keeper), db.Micros(n.Created))
	return rows == 1, err
}

func readNode(ctx context.Context, tx *db.Tx) (Node, error) {
	var n Node
	var created int64
	err := tx.QueryRow(ctx, sqlSelectNode).Scan(&n.Name, &n.Instance, &n.Jurisdiction, &n.Keeper, &created)
	if db.NoRows(err) {
		return Node{}, vocab.StateWrong.Because("this node has no name yet").WithFix("fontis init")
	}
	if err != nil {
		return Node{}, fmt.Errorf("read node: %w", err)
	}
	n.Created = db.FromMicros(created)
	return n, nil
}

func insertMember(ctx context.Context, tx *db.Tx, m Member) (fresh bool, err error) {
	rows, err := tx.Exec(ctx, sqlInsertMember, string(m.ID), m.Name.En, m.Name.Zh, m.CreditCode, m.Class,
		string(m.Kind), m.Region, string(m.State), db.Micros(m.Created))
	return rows == 1, err
}

func scanMember(row db.Scanner) (Member, error) {
	var m Member
	var created int64
	var instance string
	err := row.Scan(&m.ID, &m.Name.En, &m.Name.Zh, &m.CreditCode, &m.Class, &m.Kind, &m.Region, &m.State, &created, &instance)
	m.Created = db.FromMicros(created)
	m.Identity = identityString(instance, m.Class, m.ID)
	return m, err
}

func selectMember(ctx context.Context, tx *db.Tx, sc scope, id vocab.MemberID) (Member, error) {
	return scanMember(tx.QueryRow(ctx, sqlSelectMember, string(id), string(sc.own), sc.from, sc.to))
}

func selectMemberName(ctx context.Context, tx *db.Tx, id vocab.MemberID) (Name, error) {
	var n Name
	err := tx.QueryRow(ctx, sqlSelectMemberName, string(id)).Scan(&n.En, &n.Zh)
	return n, err
}

func updateMemberState(ctx context.Context, tx *db.Tx, id vocab.MemberID, to State, now time.Time) error {
	_, err := tx.Exec(ctx, sqlUpdateMemberState, string(id), string(to), db.Micros(now))
	return err
}

func updateProtects(ctx context.Context, tx *db.Tx, id vocab.MemberID, protects bool) error {
	flag := 0
	if protects {
		flag = 1
	}
	_, err := tx.Exec(ctx, sqlUpdateProtects, string(id), flag)
	return err
}

func selectProtecting(ctx context.Context, tx *db.Tx) ([]vocab.MemberID, error) {
	rows, err := tx.Query(ctx, sqlSelectProtecting)
	return db.Collect(rows, err, func(row db.Scanner) (vocab.MemberID, error) {
		var id vocab.MemberID
		err := row.Scan(&id)
		return id, err
	})
}

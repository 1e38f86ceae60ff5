package identity

import (
	"context"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const (
	sqlHasRoot    = `SELECT COUNT(*) FROM identity_root WHERE person = $1`
	sqlSelectRoot = `SELECT kind, sealed FROM identity_root WHERE person = $1`
	sqlInsertRoot = `INSERT INTO identity_root (person, owner_member, kind, sealed, source, created_at)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (person) DO NOTHING`

	sqlInsertSelf = `INSERT INTO self_permit
		(id, owner_member, person, hash, hash_key, issued_by, issued_at, expires_at, via, mandate, agent, acts)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	sqlLoadSelf       = `SELECT person, hash, hash_key, expires_at, via, mandate, agent, acts FROM self_permit WHERE id = $1`
	sqlDeleteSelf     = `DELETE FROM self_permit WHERE id = $1`
	sqlSelectPassesOf = `SELECT id FROM self_permit WHERE mandate = $1`
	sqlDeletePassesOf = `DELETE FROM self_permit WHERE mandate = $1`
	sqlPruneSelf      = `DELETE FROM self_permit WHERE expires_at <= $1`
)

// rootRow is one row of the identity root.
type rootRow struct {
	ref     vocab.PersonRef
	owner   vocab.MemberID
	kind    vocab.SubjectKeyKind
	sealed  []byte
	source  vocab.SourceID
	created time.Time
}

func hasRoot(ctx context.Context, tx *db.Tx, ref vocab.PersonRef) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, sqlHasRoot, ref[:]).Scan(&n)
	return n > 0, err
}

func insertRoot(ctx context.Context, tx *db.Tx, r rootRow) error {
	_, err := tx.Exec(ctx, sqlInsertRoot, r.ref[:], string(r.owner), string(r.kind), r.sealed, string(r.source), db.Micros(r.created))
	return err
}

func selectRoot(ctx context.Context, tx *db.Tx, ref vocab.PersonRef) (rootRow, error) {
	r := rootRow{ref: ref}
	err := tx.QueryRow(ctx, sqlSelectRoot, ref[:]).Scan(&r.kind, &r.sealed)
	return r, err
}

// selfRow is a person's permit as stored. Under a mandate person is the
// principal and agent who acts.
type selfRow struct {
	SelfPermit
	owner  vocab.MemberID
	person vocab.PersonRef
	hash   []byte
	key    string
	by     vocab.OfficerID
	at     time.Time
	via    string

	mandate string
	agent   vocab.PersonRef
	acts    []string
}

func insertSelf(ctx context.Context, tx *db.Tx, r selfRow) error {
	var agent []byte
	if r.mandate != "" {
		agent = r.agent[:]
	}
	_, err := tx.Exec(ctx, sqlInsertSelf, r.ID, string(r.owner), r.person[:], r.hash, r.key, string(r.by), db.Micros(r.at), db.Micros(r.Expires),
		r.via, r.mandate, agent, strings.Join(r.acts, " "))
	return err
}

func loadSelf(ctx context.Context, tx *db.Tx, id string) (*entry, error) {
	var e entry
	var person, agent []byte
	var expires int64
	var via, acts string
	a := &e.actor
	err := tx.QueryRow(ctx, sqlLoadSelf, id).Scan(&person, &e.hash, &e.key, &expires, &via, &a.Mandate, &agent, &acts)
	if err != nil {
		return nil, err
	}
	if a.Session, a.Until = id, db.FromMicros(expires); a.Mandate == "" {
		copy(a.Self[:], person)
		a.InPerson = via == viaCounter
		return &e, nil
	}
	copy(a.Principal[:], person)
	copy(a.Agent[:], agent)
	a.Acts = strings.Fields(acts)
	return &e, nil
}

func deleteSelf(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, sqlDeleteSelf, id)
	return err
}

// deletePasses removes the passes of a mandate and gives their ids.
func deletePasses(ctx context.Context, tx *db.Tx, mandate string) ([]string, error) {
	rows, err := tx.Query(ctx, sqlSelectPassesOf, mandate)
	ids, err := db.Collect(rows, err, func(row db.Scanner) (string, error) {
		var id string
		err := row.Scan(&id)
		return id, err
	})
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, sqlDeletePassesOf, mandate)
	return ids, err
}

// pruneEnded removes rows that no verb looks at any more.
func pruneEnded(ctx context.Context, tx *db.Tx, now time.Time, idle time.Duration) (int64, error) {
	var removed int64
	for _, d := range []struct {
		query string
		args  []any
	}{
		{sqlPruneSessions, []any{db.Micros(now), db.Micros(now.Add(-idle))}},
		{sqlPruneSelf, []any{db.Micros(now)}},
		{sqlPruneInvitations, []any{db.Micros(now)}},
	} {
		n, err := tx.Exec(ctx, d.query, d.args...)
		if err != nil {
			return removed, err
		}
		removed += n
	}
	return removed, nil
}

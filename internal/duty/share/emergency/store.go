package emergency

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const columns = `id, owner_member, provider, grant_id, officer, unit, reason, basis, state, reviewer, note, opened_at, ends_at, reviewed_at`

const (
	upsert = `INSERT INTO emergency (` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
	ON CONFLICT (id) DO UPDATE SET state = excluded.state, reviewer = excluded.reviewer, note = excluded.note, reviewed_at = excluded.reviewed_at`
	selectOne   = `SELECT ` + columns + ` FROM emergency WHERE id = $1`
	selectOwn   = `SELECT ` + columns + ` FROM emergency WHERE (owner_member = $1 OR provider = $1) AND id > $2 ORDER BY id LIMIT $3`
	selectOpen  = `SELECT COUNT(*) FROM emergency WHERE owner_member = $1 AND (state IN ('declared', 'overdue') OR (state = 'upheld' AND ends_at > $2))`
	selectEvery = `SELECT ` + columns + ` FROM emergency WHERE id > $1 ORDER BY id LIMIT $2`
)

func put(ctx context.Context, tx *db.Tx, e *Emergency) error {
	reviewed := int64(0)
	if !e.ReviewedAt.IsZero() {
		reviewed = e.ReviewedAt.UnixMicro()
	}
	_, err := tx.Exec(ctx, upsert, e.ID, string(e.Member), string(e.Provider), string(e.Grant), string(e.Officer), e.Unit, e.Reason, e.Basis,
		string(e.State), string(e.Reviewer), e.Note, e.OpenedAt.UnixMicro(), e.EndsAt.UnixMicro(), reviewed)
	return err
}

func get(ctx context.Context, tx *db.Tx, id string) (Emergency, error) {
	e, err := scan(tx.QueryRow(ctx, selectOne, id))
	if db.NoRows(err) {
		return Emergency{}, identity.NotYours()
	}
	return e, err
}

// countOpen counts what runs, or what nobody has reviewed.
func countOpen(ctx context.Context, tx *db.Tx, m vocab.MemberID, now time.Time) (n int, err error) {
	err = tx.QueryRow(ctx, selectOpen, string(m), now.UnixMicro()).Scan(&n)
	return n, err
}

func list(ctx context.Context, tx *db.Tx, m vocab.MemberID, every bool, after string, limit int) ([]Emergency, error) {
	query, args := selectOwn, []any{string(m), after, limit}
	if every {
		query, args = selectEvery, []any{after, limit}
	}
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Emergency
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

func scan(r interface{ Scan(...any) error }) (Emergency, error) {
	var e Emergency
	var member, provider, grant, officer, state, reviewer string
	var opened, ends, reviewed int64
	err := r.Scan(&e.ID, &member, &provider, &grant, &officer, &e.Unit, &e.Reason, &e.Basis, &state, &reviewer, &e.Note, &opened, &ends, &reviewed)
	if err != nil {
		return Emergency{}, err
	}
	e.Member, e.Provider, e.Grant, e.Officer = vocab.MemberID(member), vocab.MemberID(provider), vocab.GrantID(grant), vocab.OfficerID(officer)
	e.State, e.Reviewer = State(state), vocab.OfficerID(reviewer)
	e.OpenedAt, e.EndsAt = time.UnixMicro(opened).UTC(), time.UnixMicro(ends).UTC()
	if reviewed != 0 {
		e.ReviewedAt = time.UnixMicro(reviewed).UTC()
	}
	return e, nil
}

package access

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/access/binding"
	"fontis/internal/trust/access/grant"
	"fontis/internal/vocab"
)

// store holds the only SQL of the door.
type store struct{}

const upsertGrant = `INSERT INTO access_grant (id, owner_member, to_member, request, state, body, changed_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body, changed_at = excluded.changed_at`

func (store) putGrant(ctx context.Context, tx *db.Tx, g *Grant, body string, now time.Time) error {
	_, err := tx.Exec(ctx, upsertGrant, string(g.ID), string(g.Provider), string(g.To), string(g.Request), string(g.State), body, now.UnixMicro())
	return err
}

const (
	selectGrants      = `SELECT body FROM access_grant ORDER BY id`
	selectGrant       = `SELECT body FROM access_grant WHERE id = $1`
	selectGrantsTo    = `SELECT body FROM access_grant WHERE to_member = $1 AND id > $2 ORDER BY id LIMIT $3`
	selectGrantsGiven = `SELECT body FROM access_grant WHERE owner_member = $1 AND id > $2 ORDER BY id LIMIT $3`
)

func (s store) grants(ctx context.Context, tx *db.Tx) ([]*Grant, error) {
	return readGrants(ctx, tx, selectGrants)
}

func (s store) grantsOf(ctx context.Context, tx *db.Tx, m vocab.MemberID, given bool, after vocab.GrantID, limit int) ([]*Grant, error) {
	if limit <= 0 || limit > 1000 {
		limit = 100
	}
	query := selectGrantsTo
	if given {
		query = selectGrantsGiven
	}
	return readGrants(ctx, tx, query, string(m), string(after), limit)
}

func (s store) grant(ctx context.Context, tx *db.Tx, id vocab.GrantID) (*Grant, error) {
	all, err := readGrants(ctx, tx, selectGrant, string(id))
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, grant.Missing(id)
	}
	return all[0], nil
}

func readGrants(ctx context.Context, tx *db.Tx, query string, args ...any) ([]*Grant, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*Grant
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		var g Grant
		if err := json.Unmarshal([]byte(body), &g); err != nil {
			return nil, fmt.Errorf("read a stored grant: %w", err)
		}
		if err := g.Ready(); err != nil {
			return nil, fmt.Errorf("grant %s: %w", g.ID, err)
		}
		out = append(out, &g)
	}
	return out, rows.Err()
}

const upsertBinding = `INSERT INTO access_binding (item, owner_member, source, body, made_at) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (item) DO UPDATE SET source = excluded.source, body = excluded.body, made_at = excluded.made_at`

func (store) putBinding(ctx context.Context, tx *db.Tx, b Binding, body string, now time.Time) error {
	_, err := tx.Exec(ctx, upsertBinding, string(b.Item), string(b.Owner), string(b.SourceKey()), body, now.UnixMicro())
	return err
}

const selectBindings = `SELECT body FROM access_binding ORDER BY item`

func (store) bindings(ctx context.Context, tx *db.Tx) ([]*binding.Bound, error) {
	rows, err := tx.Query(ctx, selectBindings)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*binding.Bound
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		var b Binding
		if err := json.Unmarshal([]byte(body), &b); err != nil {
			return nil, fmt.Errorf("read a stored binding: %w", err)
		}
		made, err := binding.Ready(b)
		if err != nil {
			return nil, fmt.Errorf("binding of %s: %w", b.Item, err)
		}
		out = append(out, made)
	}
	return out, rows.Err()
}

package demand

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
)

// A demand exists for its requester, for the department, and for the authority over
// that one: $2 says that the caller is one, $3 is what codes of its region begin with.
const (
	columns = `state, body`

	sqlInsert = `INSERT INTO catalog_demand (id, owner_member, provider, region, request, state, changed_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	sqlUpdate = `UPDATE catalog_demand SET state = $2, changed_at = $3, body = $4, provider = $5, region = $6 WHERE id = $1`
	sqlLoad   = `SELECT ` + columns + ` FROM catalog_demand WHERE id = $1`
	sqlList   = `SELECT ` + columns + ` FROM catalog_demand
		WHERE (owner_member = $1 OR provider = $1 OR ($2 = 1 AND substr(region, 1, $4) = $3)) AND id > $5 ORDER BY id LIMIT $6`
)

func bodyOf(d *Demand) (string, error) {
	kept := *d
	kept.Clocks = nil
	text, err := json.Marshal(kept)
	if err != nil {
		return "", fmt.Errorf("write demand %s: %w", d.ID, err)
	}
	return string(text), nil
}

func insert(ctx context.Context, tx *db.Tx, d *Demand) error {
	text, err := bodyOf(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlInsert, d.ID, string(d.Requester), string(d.Provider), d.Region, string(d.Request), string(d.State), db.Micros(d.OpenedAt), text)
	return err
}

func update(ctx context.Context, tx *db.Tx, d *Demand, at time.Time) error {
	text, err := bodyOf(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlUpdate, d.ID, string(d.State), db.Micros(at), text, string(d.Provider), d.Region)
	return err
}

func scan(s db.Scanner) (*Demand, error) {
	var state State
	var text string
	if err := s.Scan(&state, &text); err != nil {
		return nil, err
	}
	var d Demand
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return nil, fmt.Errorf("read a demand: %w", err)
	}
	d.State = state
	return &d, nil
}

func load(ctx context.Context, tx *db.Tx, id string) (*Demand, error) {
	d, err := scan(tx.QueryRow(ctx, sqlLoad, id))
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	return d, err
}

func list(ctx context.Context, tx *db.Tx, a identity.Actor, after string, limit int) ([]*Demand, error) {
	is, stem := a.Oversees()
	rows, err := tx.Query(ctx, sqlList, string(a.Member), is, stem, len(stem), after, limit)
	return db.Collect(rows, err, scan)
}

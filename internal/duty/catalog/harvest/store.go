package harvest

import (
	"context"
	"encoding/json"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
)

const (
	columns = `id, owner_member, officer, name, address, nightly, run, state, cursor, whole, since, began_at, report`

	sqlInsert  = `INSERT INTO catalog_harvest (` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	sqlUpdate  = `UPDATE catalog_harvest SET run = $2, state = $3, cursor = $4, whole = $5, since = $6, began_at = $7, report = $8 WHERE id = $1`
	sqlLoad    = `SELECT ` + columns + ` FROM catalog_harvest WHERE id = $1 AND owner_member = $2`
	sqlList    = `SELECT ` + columns + ` FROM catalog_harvest WHERE owner_member = $1 ORDER BY id`
	sqlNightly = `SELECT ` + columns + ` FROM catalog_harvest WHERE nightly = 1 ORDER BY id`
	sqlDelete  = `DELETE FROM catalog_harvest WHERE id = $1 AND owner_member = $2`

	sqlMeet = `INSERT INTO catalog_harvest_met (harvest_id, entry, run) VALUES ($1, $2, $3)
		ON CONFLICT (harvest_id, entry) DO UPDATE SET run = excluded.run`
	sqlForget    = `DELETE FROM catalog_harvest_met WHERE harvest_id = $1 AND entry IN (SELECT entry FROM catalog_harvest_met WHERE harvest_id = $1 LIMIT $2)`
	sqlCountGone = `SELECT COUNT(*) FROM catalog_harvest_met WHERE harvest_id = $1 AND run < $2`
	sqlGone      = `SELECT entry FROM catalog_harvest_met WHERE harvest_id = $1 AND run < $2 ORDER BY entry LIMIT $3`
)

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func insert(ctx context.Context, tx *db.Tx, h *Harvest) error {
	report, err := json.Marshal(h.Report)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlInsert, h.ID, string(h.Owner), string(h.officer), h.Name, h.Address, flag(h.Nightly), h.Run, string(h.State), h.Cursor,
		flag(h.Whole), db.Micros(h.Since), db.Micros(h.Began), string(report))
	return err
}

func update(ctx context.Context, tx *db.Tx, h *Harvest) error {
	report, err := json.Marshal(h.Report)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlUpdate, h.ID, h.Run, string(h.State), h.Cursor, flag(h.Whole), db.Micros(h.Since), db.Micros(h.Began), string(report))
	return err
}

func scan(s db.Scanner) (*Harvest, error) {
	var h Harvest
	var nightly, whole, since, began int64
	var report string
	err := s.Scan(&h.ID, &h.Owner, &h.officer, &h.Name, &h.Address, &nightly, &h.Run, &h.State, &h.Cursor, &whole, &since, &began, &report)
	if err != nil {
		return nil, err
	}
	h.Nightly, h.Whole, h.Since, h.Began = nightly == 1, whole == 1, db.FromMicros(since), db.FromMicros(began)
	if err := json.Unmarshal([]byte(report), &h.Report); err != nil {
		return nil, fmt.Errorf("read the report of harvest %s: %w", h.ID, err)
	}
	return &h, nil
}

func load(ctx context.Context, tx *db.Tx, a identity.Actor, id string) (*Harvest, error) {
	h, err := scan(tx.QueryRow(ctx, sqlLoad, id, string(a.Member)))
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	return h, err
}

func list(ctx context.Context, tx *db.Tx, a identity.Actor) ([]*Harvest, error) {
	rows, err := tx.Query(ctx, sqlList, string(a.Member))
	return db.Collect(rows, err, scan)
}

func nightly(ctx context.Context, tx *db.Tx) ([]*Harvest, error) {
	rows, err := tx.Query(ctx, sqlNightly)
	return db.Collect(rows, err, scan)
}

func missing(ctx context.Context, tx *db.Tx, h *Harvest) ([]string, error) {
	rows, err := tx.Query(ctx, sqlGone, h.ID, h.Run, maxMissing)
	return db.Collect(rows, err, func(s db.Scanner) (string, error) {
		var e string
		err := s.Scan(&e)
		return e, err
	})
}

package review

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const (
	checkColumns = `id, owner_member, dataset, rev, print, result, declared, officer, checked_by, basis, at`

	sqlInsertCheck = `INSERT INTO review_check (` + checkColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	sqlChecks      = `SELECT ` + checkColumns + ` FROM review_check WHERE dataset = $1 ORDER BY at DESC, id DESC LIMIT $2`

	changeColumns = `id, owner_member, region, dataset, state, body`

	sqlInsertChange = `INSERT INTO review_change (id, owner_member, region, dataset, state, changed_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	sqlUpdateChange = `UPDATE review_change SET state = $2, changed_at = $3, body = $4 WHERE id = $1`
	sqlChange       = `SELECT ` + changeColumns + ` FROM review_change WHERE id = $1`
	sqlChanges      = `SELECT ` + changeColumns + ` FROM review_change
		WHERE (owner_member = $1 OR ($2 = 1 AND substr(region, 1, $4) = $3)) AND id > $5 ORDER BY id LIMIT $6`
	sqlUnaccepted = `SELECT ` + changeColumns + ` FROM review_change WHERE dataset = $1 AND state <> 'accepted'`
)

func insertCheck(ctx context.Context, tx *db.Tx, c *Check) error {
	_, err := tx.Exec(ctx, sqlInsertCheck, c.ID, string(c.Owner), string(c.Dataset), c.Rev, c.Print, string(c.Result), c.Declared, string(c.Officer), c.By, c.Basis, db.Micros(c.At))
	return err
}

func scanCheck(s db.Scanner) (Check, error) {
	var c Check
	var at int64
	err := s.Scan(&c.ID, &c.Owner, &c.Dataset, &c.Rev, &c.Print, &c.Result, &c.Declared, &c.Officer, &c.By, &c.Basis, &at)
	c.At = db.FromMicros(at)
	return c, err
}

func checks(ctx context.Context, tx *db.Tx, id vocab.DatasetID) ([]Check, error) {
	rows, err := tx.Query(ctx, sqlChecks, string(id), maxPage)
	return db.Collect(rows, err, scanCheck)
}

// lastCheck is the newest word on an entry, nil where there is none.
func lastCheck(ctx context.Context, tx *db.Tx, id vocab.DatasetID) (*Check, error) {
	c, err := scanCheck(tx.QueryRow(ctx, sqlChecks, string(id), 1))
	if db.NoRows(err) {
		return nil, nil
	}
	return &c, err
}

func insertChange(ctx context.Context, tx *db.Tx, c *Change) error {
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write change %s: %w", c.ID, err)
	}
	_, err = tx.Exec(ctx, sqlInsertChange, c.ID, string(c.Owner), c.Region, string(c.Dataset), string(c.State), db.Micros(c.At), string(text))
	if db.IsUnique(err) {
		return vocab.AlreadyExists.Wrap(err, "an update of %s is owed already", c.Dataset)
	}
	return err
}

func updateChange(ctx context.Context, tx *db.Tx, c *Change, at time.Time) error {
	kept := *c
	kept.Clocks = nil
	text, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("write change %s: %w", c.ID, err)
	}
	_, err = tx.Exec(ctx, sqlUpdateChange, c.ID, string(c.State), db.Micros(at), string(text))
	return err
}

func scanChange(s db.Scanner) (*Change, error) {
	var c Change
	var text string
	var head Change
	if err := s.Scan(&head.ID, &head.Owner, &head.Region, &head.Dataset, &head.State, &text); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return nil, fmt.Errorf("read change %s: %w", head.ID, err)
	}
	c.State = head.State
	return &c, nil
}

func change(ctx context.Context, tx *db.Tx, id string) (*Change, error) {
	return scanChange(tx.QueryRow(ctx, sqlChange, id))
}

// unaccepted is the change of an entry that is owed or reviewed; nil where none is.
func unaccepted(ctx context.Context, tx *db.Tx, id vocab.DatasetID) (*Change, error) {
	c, err := scanChange(tx.QueryRow(ctx, sqlUnaccepted, string(id)))
	if db.NoRows(err) {
		return nil, nil
	}
	return c, err
}

// changes lists those of the actor's member and those that its authority reaches.
func changes(ctx context.Context, tx *db.Tx, a identity.Actor, after string, limit int) ([]*Change, error) {
	is, stem := a.Oversees()
	rows, err := tx.Query(ctx, sqlChanges, string(a.Member), is, stem, len(stem), after, limit)
	return db.Collect(rows, err, scanChange)
}

package access

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access/binding"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const upsertSource = `INSERT INTO access_source (id, owner_member, kind, address, password, state, made_at, checked_at, report)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, address = excluded.address, password = excluded.password,
	state = excluded.state, checked_at = excluded.checked_at, report = excluded.report,
	made_at = CASE WHEN excluded.kind = 'keyed' THEN excluded.made_at ELSE access_source.made_at END`

func (store) putSource(ctx context.Context, tx *db.Tx, c Connected, report string) error {
	_, err := tx.Exec(ctx, upsertSource, string(binding.SourceKey(c.Owner, c.ID)), string(c.Owner), string(c.Kind), c.Address, c.password, c.State,
		c.Made.UnixMicro(), c.Checked.UnixMicro(), report)
	return err
}

const sourceColumns = `id, owner_member, kind, address, password, state, made_at, checked_at, report`

const (
	selectSource    = `SELECT ` + sourceColumns + ` FROM access_source WHERE id = $1`
	selectSourcesOf = `SELECT ` + sourceColumns + ` FROM access_source WHERE owner_member = $1 ORDER BY id`
)

func (store) source(ctx context.Context, tx *db.Tx, id vocab.SourceID) (Connected, error) {
	c, err := scanSource(tx.QueryRow(ctx, selectSource, string(id)))
	if db.NoRows(err) {
		return Connected{}, identity.NotYours()
	}
	return c, err
}

func (store) sourcesOf(ctx context.Context, tx *db.Tx, m vocab.MemberID) ([]Connected, error) {
	rows, err := tx.Query(ctx, selectSourcesOf, string(m))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Connected
	for rows.Next() {
		c, err := scanSource(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

func scanSource(s interface{ Scan(...any) error }) (Connected, error) {
	var c Connected
	var id, owner, kind, report string
	var made, checked int64
	if err := s.Scan(&id, &owner, &kind, &c.Address, &c.password, &c.State, &made, &checked, &report); err != nil {
		return Connected{}, err
	}
	c.ID, c.Owner, c.Kind = vocab.SourceID(strings.TrimPrefix(id, owner+"_")), vocab.MemberID(owner), source.Kind(kind)
	c.Made, c.Checked = time.UnixMicro(made).UTC(), time.UnixMicro(checked).UTC()
	var kept sourceReport
	if err := json.Unmarshal([]byte(report), &kept); err != nil {
		return Connected{}, fmt.Errorf("report of source %s: %w", c.ID, err)
	}
	c.Report, c.Tags, c.Columns = kept.Report, kept.Tags, kept.Columns
	return c, nil
}

// sourceReport is what is known of a source and has no column of its own.
type sourceReport struct {
	Report  source.Report          `json:"report"`
	Tags    map[string][]vocab.Tag `json:"tags,omitempty"`
	Columns []string               `json:"columns,omitempty"`
}

const (
	deleteBadSubjects = `DELETE FROM access_bad_subject WHERE source = $1`
	insertBadSubject  = `INSERT INTO access_bad_subject (source, line, owner_member, cause) VALUES ($1, $2, $3, $4)`
	selectBadSubjects = `SELECT line, cause FROM access_bad_subject WHERE source = $1 AND line > $2 ORDER BY line LIMIT $3`
)

func (store) putBadSubjects(ctx context.Context, tx *db.Tx, m vocab.MemberID, id vocab.SourceID, bad []BadLine) error {
	if _, err := tx.Exec(ctx, deleteBadSubjects, string(id)); err != nil {
		return err
	}
	for _, b := range bad {
		if _, err := tx.Exec(ctx, insertBadSubject, string(id), b.Line, string(m), b.Cause); err != nil {
			return err
		}
	}
	return nil
}

func (store) badSubjects(ctx context.Context, tx *db.Tx, id vocab.SourceID, after int64, limit int) ([]BadLine, error) {
	if limit <= 0 || limit > 1000 {
		limit = 100
	}
	rows, err := tx.Query(ctx, selectBadSubjects, string(id), after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []BadLine
	for rows.Next() {
		var b BadLine
		if err := rows.Scan(&b.Line, &b.Cause); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

package calendar

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const (
	clockColumns = `id, ref_kind, ref_id, rule, jurisdiction, calendar, owner_member, other_member, length, extended, started_at, anchor_at, used,
		due_at, provisional, stopped_at, stopped_why, step, next_at, tries, ended_at, body`

	sqlInsertClock = `INSERT INTO calendar_clock (` + clockColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`
	sqlUpdateClock = `UPDATE calendar_clock SET calendar = $2, extended = $3, anchor_at = $4, used = $5, due_at = $6, provisional = $7, stopped_at = $8,
		stopped_why = $9, step = $10, next_at = $11, tries = $12, ended_at = $13 WHERE id = $1`
	sqlOpenClock  = `SELECT ` + clockColumns + ` FROM calendar_clock WHERE ref_kind = $1 AND ref_id = $2 AND rule = $3 AND ended_at = 0`
	sqlClock      = `SELECT ` + clockColumns + ` FROM calendar_clock WHERE id = $1`
	sqlClocksOf   = `SELECT ` + clockColumns + ` FROM calendar_clock WHERE ref_kind = $1 AND ref_id = $2 ORDER BY started_at, id`
	sqlClocksOpen = `SELECT ` + clockColumns + ` FROM calendar_clock WHERE ref_kind = $1 AND ref_id > $3 AND rule = $2 AND ended_at = 0 ORDER BY ref_id LIMIT $4`
	sqlEndClocks  = `UPDATE calendar_clock SET ended_at = $3, next_at = NULL WHERE ref_kind = $1 AND ref_id = $2 AND ended_at = 0`
	sqlClocksDue  = `SELECT id FROM calendar_clock WHERE next_at IS NOT NULL AND next_at <= $1 ORDER BY next_at, id LIMIT $2`
	sqlNext       = `SELECT MIN(next_at) FROM calendar_clock WHERE next_at IS NOT NULL`
	sqlClocksMine = `SELECT ` + clockColumns + ` FROM calendar_clock WHERE owner_member = $1 AND ended_at = 0 AND (due_at > $2 OR (due_at = $2 AND id > $3))
		ORDER BY due_at, id LIMIT $4`
	sqlClocksIn = `SELECT ` + clockColumns + ` FROM calendar_clock WHERE calendar = $1 AND ended_at = 0 AND id > $2 ORDER BY id LIMIT $3`

	sqlRules   = `SELECT body, origin FROM calendar_rule WHERE jurisdiction = $1 AND ($2 = '' OR name = $2) ORDER BY name, valid_from`
	sqlPutRule = `INSERT INTO calendar_rule (jurisdiction, name, valid_from, origin, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (jurisdiction, name, valid_from) DO UPDATE SET origin = excluded.origin, body = excluded.body
		WHERE calendar_rule.origin = excluded.origin OR excluded.origin = 'own'`
	sqlDropShipped = `DELETE FROM calendar_rule WHERE origin = 'shipped'`
)

// body is what of a clock no column is needed for.
type body struct {
	Rule Rule `json:"rule"`
}

func scanClock(s db.Scanner) (Running, error) {
	var r Running
	var text string
	var started, anchor, due, stopped, ended int64
	var next sql.NullInt64
	err := s.Scan(&r.ID, &r.Ref.Kind, &r.Ref.ID, &r.Rule.Name, &r.Jurisdiction, &r.Calendar, &r.Owner, &r.Other, &r.Length, &r.Extended, &started, &anchor, &r.used,
		&due, &r.Provisional, &stopped, &r.StoppedWhy, &r.Step, &next, &r.tries, &ended, &text)
	if err != nil {
		return Running{}, err
	}
	var b body
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return Running{}, fmt.Errorf("read the rule of clock %s: %w", r.ID, err)
	}
	r.Rule = b.Rule
	r.StartedAt, r.anchor, r.DueAt, r.StoppedAt, r.EndedAt = db.FromMicros(started), db.FromMicros(anchor), db.FromMicros(due), db.FromMicros(stopped), db.FromMicros(ended)
	if next.Valid {
		r.NextAt = db.FromMicros(next.Int64)
	}
	return r, nil
}

func insertClock(ctx context.Context, tx *db.Tx, r *Running) error {
	text, err := json.Marshal(body{Rule: r.Rule})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlInsertClock, r.ID, r.Ref.Kind, r.Ref.ID, r.Rule.Name, r.Jurisdiction, r.Calendar, string(r.Owner), string(r.Other),
		r.Length, r.Extended, db.Micros(r.StartedAt), db.Micros(r.anchor), r.used, db.Micros(r.DueAt), r.Provisional, db.Micros(r.StoppedAt), r.StoppedWhy,
		r.Step, db.OrNull(r.NextAt), r.tries, db.Micros(r.EndedAt), string(text))
	return err
}

func updateClock(ctx context.Context, tx *db.Tx, r *Running) error {
	_, err := tx.Exec(ctx, sqlUpdateClock, r.ID, r.Calendar, r.Extended, db.Micros(r.anchor), r.used, db.Micros(r.DueAt), r.Provisional, db.Micros(r.StoppedAt),
		r.StoppedWhy, r.Step, db.OrNull(r.NextAt), r.tries, db.Micros(r.EndedAt))
	return err
}

func openClock(ctx context.Context, tx *db.Tx, ref Ref, rule string) (Running, error) {
	return scanClock(tx.QueryRow(ctx, sqlOpenClock, ref.Kind, ref.ID, rule))
}

func clockByID(ctx context.Context, tx *db.Tx, id string) (Running, error) {
	return scanClock(tx.QueryRow(ctx, sqlClock, id))
}

func clocksOf(ctx context.Context, tx *db.Tx, ref Ref) ([]Running, error) {
	rows, err := tx.Query(ctx, sqlClocksOf, ref.Kind, ref.ID)
	return db.Collect(rows, err, scanClock)
}

func clocksOpen(ctx context.Context, tx *db.Tx, kind, rule, after string, limit int) ([]Running, error) {
	rows, err := tx.Query(ctx, sqlClocksOpen, kind, rule, after, limit)
	return db.Collect(rows, err, scanClock)
}

func clocksOwned(ctx context.Context, tx *db.Tx, owner vocab.MemberID, after string, limit int) ([]Running, error) {
	var at int64
	if after != "" {
		last, err := clockByID(ctx, tx, after)
		if db.NoRows(err) || err == nil && last.Owner != owner {
			return nil, identity.NotYours()
		}
		if err != nil {
			return nil, err
		}
		at = db.Micros(last.DueAt)
	}
	rows, err := tx.Query(ctx, sqlClocksMine, string(owner), at, after, limit)
	return db.Collect(rows, err, scanClock)
}

func clocksIn(ctx context.Context, tx *db.Tx, calendar, after string, limit int) ([]Running, error) {
	rows, err := tx.Query(ctx, sqlClocksIn, calendar, after, limit)
	return db.Collect(rows, err, scanClock)
}

func endClocks(ctx context.Context, tx *db.Tx, ref Ref, at time.Time) error {
	_, err := tx.Exec(ctx, sqlEndClocks, ref.Kind, ref.ID, db.Micros(at))
	return err
}

func clocksDue(ctx context.Context, tx *db.Tx, now time.Time, limit int) ([]string, error) {
	rows, err := tx.Query(ctx, sqlClocksDue, db.Micros(now), limit)
	return db.Collect(rows, err, func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) })
}

func nextDue(ctx context.Context, tx *db.Tx) (time.Time, bool, error) {
	var at sql.NullInt64
	err := tx.QueryRow(ctx, sqlNext).Scan(&at)
	return db.FromMicros(at.Int64), at.Valid, err
}

func loadRules(ctx context.Context, tx *db.Tx, jurisdiction, name string) ([]Rule, error) {
	rows, err := tx.Query(ctx, sqlRules, jurisdiction, name)
	return db.Collect(rows, err, func(s db.Scanner) (r Rule, err error) {
		var text, origin string
		if err := s.Scan(&text, &origin); err != nil {
			return r, err
		}
		err = json.Unmarshal([]byte(text), &r)
		if r.Own = origin == own; r.Own {
			r.Verified = false
		}
		return r, err
	})
}

// putRule writes a rule; a shipped one never over one of the node's own.
func putRule(ctx context.Context, tx *db.Tx, r Rule, origin string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlPutRule, r.Jurisdiction, r.Name, r.from(), origin, string(text))
	return err
}

func dropShipped(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, sqlDropShipped)
	return err
}

package holding

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// Destroyed is the state of a register whose rows are gone.
const Destroyed = "destroyed"

// bound says that an item is bound to the register, whatever was noted of it.
const bound = `EXISTS (SELECT 1 FROM access_binding WHERE access_binding.source = access_source.id)`

const (
	columns = `SELECT id, owner_member, grant_id, trace, state, body, changed_at, emptied_at FROM access_batch `

	selectSpan   = columns + `WHERE id >= $1 AND id <= $2`
	selectTraced = columns + `WHERE trace = $1`
	selectOver   = columns + `WHERE id > $2 AND emptied_at = 0 AND state = 'done' AND changed_at < $1 ORDER BY id LIMIT $3`
	markBatch    = `UPDATE access_batch SET emptied_at = $2 WHERE id = $1 AND emptied_at = 0`

	selectIdle = `SELECT id, owner_member, idle_at FROM access_source
		WHERE id > $2 AND kind = 'keyed' AND state <> '` + Destroyed + `' AND idle_at > 0 AND idle_at < $1 AND NOT ` + bound + ` ORDER BY id LIMIT $3`
	selectGone = `SELECT id, gone FROM access_source WHERE gone <> ''`
	noteUnused = `UPDATE access_source SET idle_at = $1 WHERE kind = 'keyed' AND idle_at = 0
		AND NOT ` + bound
	noteUsed = `UPDATE access_source SET idle_at = 0 WHERE idle_at > 0
		AND ` + bound
	markSource  = `UPDATE access_source SET state = '` + Destroyed + `', gone = $2 WHERE id = $1`
	dropWronged = `DELETE FROM access_bad_subject WHERE source = $1`
)

func scanBatch(s db.Scanner) (batch, error) {
	var b batch
	var body string
	var changed, emptied int64
	if err := s.Scan(&b.id, &b.owner, &b.grant, &b.trace, &b.state, &body, &changed, &emptied); err != nil {
		return b, err
	}
	b.changed, b.emptied = db.FromMicros(changed), emptied > 0
	var err error
	if b.over, err = over(body); err != nil {
		return b, fmt.Errorf("batch %s: %w", b.id, err)
	}
	return b, nil
}

func batchesBetween(ctx context.Context, tx *db.Tx, first, last vocab.BatchID) ([]batch, error) {
	rows, err := tx.Query(ctx, selectSpan, string(first), string(last))
	return db.Collect(rows, err, scanBatch)
}

func batchOf(ctx context.Context, tx *db.Tx, trace vocab.TraceID) (batch, error) {
	return scanBatch(tx.QueryRow(ctx, selectTraced, string(trace)))
}

func filesOver(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]batch, error) {
	rows, err := tx.Query(ctx, selectOver, db.Micros(before), after, limit)
	return db.Collect(rows, err, scanBatch)
}

func markEmptied(ctx context.Context, tx *db.Tx, id string, now time.Time) error {
	_, err := tx.Exec(ctx, markBatch, id, db.Micros(now))
	return err
}

type idleRegister struct {
	name  string
	owner vocab.MemberID
	idle  time.Time
}

func registersIdle(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]idleRegister, error) {
	rows, err := tx.Query(ctx, selectIdle, db.Micros(before), after, limit)
	return db.Collect(rows, err, func(s db.Scanner) (idleRegister, error) {
		var r idleRegister
		var at int64
		err := s.Scan(&r.name, &r.owner, &at)
		r.idle = db.FromMicros(at)
		return r, err
	})
}

type goneRegister struct{ name, version string }

func registersGone(ctx context.Context, tx *db.Tx) ([]goneRegister, error) {
	rows, err := tx.Query(ctx, selectGone)
	return db.Collect(rows, err, func(s db.Scanner) (goneRegister, error) {
		var g goneRegister
		return g, s.Scan(&g.name, &g.version)
	})
}

func noteIdle(ctx context.Context, tx *db.Tx, now time.Time) error {
	if _, err := tx.Exec(ctx, noteUsed); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, noteUnused, db.Micros(now))
	return err
}

func markGone(ctx context.Context, tx *db.Tx, name, version string) error {
	if _, err := tx.Exec(ctx, markSource, name, version); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, dropWronged, name)
	return err
}

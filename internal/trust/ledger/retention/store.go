package retention

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
)

const (
	insertRule = `INSERT INTO retention_rule (dataset, kind, years, days, citation, source, verified) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (dataset, kind) DO `
	sqlPutRule  = insertRule + `UPDATE SET years = $3, days = $4, citation = $5, source = $6, verified = $7`
	sqlShipRule = insertRule + `NOTHING`
	sqlRules    = `SELECT dataset, kind, years, days, citation, source, verified FROM retention_rule ORDER BY kind, dataset LIMIT 10000`

	sqlInsertHold = `INSERT INTO retention_hold (id, owner_member, officer, about, target, person, reason, reference, put_at, lifted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)`
	holdColumns   = `SELECT id, owner_member, officer, about, target, person, reason, reference, put_at, lifted_at FROM retention_hold `
	sqlHoldByID   = holdColumns + `WHERE id = $1`
	sqlHolds      = holdColumns + `WHERE $1 = '' OR (put_at, id) < (SELECT put_at, id FROM retention_hold WHERE id = $1) ORDER BY put_at DESC, id DESC LIMIT $2`
	sqlStanding   = holdColumns + `WHERE lifted_at = 0 ORDER BY put_at`
	sqlUpdateHold = `UPDATE retention_hold SET lifted_at = $2, reason = $3 WHERE id = $1`
	sqlPass       = `SELECT COALESCE(MAX(seq), 0) FROM retention_pass WHERE kind = $1 AND years = $2`
	sqlSetPass    = `INSERT INTO retention_pass (kind, years, seq) VALUES ($1, $2, $3) ON CONFLICT (kind, years) DO UPDATE SET seq = $3`
	sqlBeginAgain = `DELETE FROM retention_pass WHERE kind = $1 OR $1 = ''`
	sqlInsertCert = `INSERT INTO retention_certificate (id, trace, kind, years, days, citation, count, oldest, newest, made_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING`
	sqlCertificates = `SELECT id, trace, kind, years, days, citation, count, oldest, newest, made_at FROM retention_certificate
		WHERE $1 = '' OR (made_at, id) < (SELECT made_at, id FROM retention_certificate WHERE id = $1) ORDER BY made_at DESC, id DESC LIMIT $2`
)

func putRule(ctx context.Context, tx *db.Tx, query string, r Rule) error {
	verified := 0
	if r.Verified {
		verified = 1
	}
	_, err := tx.Exec(ctx, query, r.Dataset, r.Kind, r.Years, r.Days, r.Citation, r.Source, verified)
	return err
}

func rules(ctx context.Context, tx *db.Tx) ([]Rule, error) {
	rows, err := tx.Query(ctx, sqlRules)
	return db.Collect(rows, err, func(row db.Scanner) (Rule, error) {
		var r Rule
		var verified int64
		err := row.Scan(&r.Dataset, &r.Kind, &r.Years, &r.Days, &r.Citation, &r.Source, &verified)
		r.Verified = verified == 1
		return r, err
	})
}

func insertHold(ctx context.Context, tx *db.Tx, h Hold) error {
	var person []byte
	if h.About == Person {
		person = h.person[:]
	}
	_, err := tx.Exec(ctx, sqlInsertHold, h.ID, string(h.By), string(h.Officer), string(h.About), h.Target, person, h.Reason, h.Reference, h.Put.UnixMicro())
	return err
}

func scanHold(row db.Scanner) (Hold, error) {
	var h Hold
	var person []byte
	var put, lifted int64
	err := row.Scan(&h.ID, &h.By, &h.Officer, &h.About, &h.Target, &person, &h.Reason, &h.Reference, &put, &lifted)
	copy(h.person[:], person)
	h.Put = time.UnixMicro(put).UTC()
	if lifted > 0 {
		h.Lifted = time.UnixMicro(lifted).UTC()
	}
	return h, err
}

func holdByID(ctx context.Context, tx *db.Tx, id string) (Hold, error) {
	h, err := scanHold(tx.QueryRow(ctx, sqlHoldByID, id))
	if db.NoRows(err) {
		return Hold{}, identity.NotYours()
	}
	return h, err
}

func holds(ctx context.Context, tx *db.Tx, p identity.Page) ([]Hold, error) {
	rows, err := tx.Query(ctx, sqlHolds, p.After, p.Most())
	return db.Collect(rows, err, scanHold)
}

// standingHolds are all holds that were not lifted.
func standingHolds(ctx context.Context, tx *db.Tx) ([]Hold, error) {
	rows, err := tx.Query(ctx, sqlStanding)
	return db.Collect(rows, err, scanHold)
}

func updateLifted(ctx context.Context, tx *db.Tx, h Hold) error {
	_, err := tx.Exec(ctx, sqlUpdateHold, h.ID, h.Lifted.UnixMicro(), h.Reason)
	return err
}

func passAt(ctx context.Context, tx *db.Tx, t term) (int64, error) {
	var seq int64
	err := tx.QueryRow(ctx, sqlPass, t.kind, t.years).Scan(&seq)
	return seq, err
}

func setPass(ctx context.Context, tx *db.Tx, t term, seq int64) error {
	_, err := tx.Exec(ctx, sqlSetPass, t.kind, t.years, seq)
	return err
}

func beginAgain(ctx context.Context, tx *db.Tx, kind string) error {
	_, err := tx.Exec(ctx, sqlBeginAgain, kind)
	return err
}

func insertCertificate(ctx context.Context, tx *db.Tx, c Certificate) error {
	_, err := tx.Exec(ctx, sqlInsertCert, c.ID, string(c.Trace), c.Kind, c.Years, c.Days, c.Citation, c.Count, c.Oldest.UnixMicro(), c.Newest.UnixMicro(), c.Made.UnixMicro())
	return err
}

func certificates(ctx context.Context, tx *db.Tx, p identity.Page) ([]Certificate, error) {
	rows, err := tx.Query(ctx, sqlCertificates, p.After, p.Most())
	return db.Collect(rows, err, func(row db.Scanner) (Certificate, error) {
		var c Certificate
		var oldest, newest, made int64
		err := row.Scan(&c.ID, &c.Trace, &c.Kind, &c.Years, &c.Days, &c.Citation, &c.Count, &oldest, &newest, &made)
		c.Oldest, c.Newest, c.Made = time.UnixMicro(oldest).UTC(), time.UnixMicro(newest).UTC(), time.UnixMicro(made).UTC()
		return c, err
	})
}

package audit

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// A report tells nothing of what came after it was made: one of before that was
// published ahead covers its time until then, and no withdrawal frees that.
const (
	sqlInsertReport   = `INSERT INTO audit_report (id, owner_member, from_at, until_at, made_at, body, trace) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	sqlReportByID     = `SELECT body, trace, withdrawn_at, withdrawn_why FROM audit_report WHERE id = $1`
	sqlWithdrawReport = `UPDATE audit_report SET withdrawn_at = $2, withdrawn_why = $3 WHERE id = $1`
	sqlOverlapping    = `SELECT COUNT(*) FROM audit_report WHERE from_at < $2 AND until_at > $1 AND made_at > $1
		AND NOT (withdrawn_at > 0 AND from_at = $1 AND until_at = $2 AND until_at <= made_at)`
	sqlReports = `SELECT body, trace, withdrawn_at, withdrawn_why FROM audit_report
		WHERE $1 = '' OR (made_at, id) < (SELECT made_at, id FROM audit_report WHERE id = $1) ORDER BY made_at DESC, id DESC LIMIT $2`
)

func insertReport(ctx context.Context, tx *db.Tx, by vocab.MemberID, r Report, body []byte) error {
	_, err := tx.Exec(ctx, sqlInsertReport, r.ID, string(by), db.Micros(r.From), db.Micros(r.Until), db.Micros(r.Made), body, string(r.Trace))
	return err
}

// kept is a report as it was published, and whether it still stands.
type kept struct {
	body      []byte
	trace     vocab.TraceID
	withdrawn *Withdrawal
}

func scanReport(s db.Scanner) (kept, error) {
	var k kept
	var at int64
	var why string
	err := s.Scan(&k.body, &k.trace, &at, &why)
	if at > 0 {
		k.withdrawn = &Withdrawal{At: db.FromMicros(at), Reason: why}
	}
	return k, err
}

func reportByID(ctx context.Context, tx *db.Tx, id string) (kept, error) {
	return scanReport(tx.QueryRow(ctx, sqlReportByID, id))
}

func withdrawReport(ctx context.Context, tx *db.Tx, id string, w Withdrawal) error {
	_, err := tx.Exec(ctx, sqlWithdrawReport, id, db.Micros(w.At), w.Reason)
	return err
}

func countOverlapping(ctx context.Context, tx *db.Tx, from, until time.Time) (n int, err error) {
	err = tx.QueryRow(ctx, sqlOverlapping, db.Micros(from), db.Micros(until)).Scan(&n)
	return n, err
}

func reports(ctx context.Context, tx *db.Tx, p identity.Page) ([]kept, error) {
	rows, err := tx.Query(ctx, sqlReports, p.After, p.Most())
	return db.Collect(rows, err, scanReport)
}

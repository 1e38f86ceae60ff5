package audit

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/retention"
)

// Store is what retention destroys of this desk: what a member said of a file and
// what the auditor found, once the look is over.
func Store() retention.Store {
	return retention.Store{Kind: "audit", Tables: []string{"audit_case"}, Over: overCases, Destroy: emptyCase}
}

const (
	sqlOverCases = caseColumns + `WHERE id > $2 AND state = 'judged' AND judged_at < $1 AND (answer <> '' OR finding <> '') ORDER BY id LIMIT $3`
	sqlEmptyCase = `UPDATE audit_case SET answer = '', finding = '' WHERE id = $1`
)

func overCases(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]retention.Stored, error) {
	rows, err := tx.Query(ctx, sqlOverCases, db.Micros(before), after, limit)
	return db.Collect(rows, err, func(s db.Scanner) (retention.Stored, error) {
		c, err := scanCase(s)
		return retention.Stored{ID: c.ID, Names: []string{string(c.Member)}, Entry: c.Trace, Closed: c.Judged}, err
	})
}

func emptyCase(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, sqlEmptyCase, id)
	return err
}

package bench

import (
	"context"
	"fmt"

	"fontis/internal/engine/db"
)

// copyClocks doubles clocks that were started as clocks are: one statement makes a
// thousand. Only the load of a bench does so; what it measures reads them as any
// other.
const copyClocks = `INSERT INTO calendar_clock (id, ref_kind, ref_id, rule, jurisdiction, calendar, owner_member, other_member, length, extended, started_at, anchor_at, used,
	due_at, provisional, stopped_at, stopped_why, step, next_at, tries, ended_at, body)
	SELECT id || $1, 'copy', ref_id || $1, rule, jurisdiction, calendar, owner_member, other_member, length, extended, started_at, anchor_at, used,
	due_at, provisional, stopped_at, stopped_why, step, next_at, tries, ended_at, body
	FROM calendar_clock WHERE ref_kind = 'model'`

// multiply adds so many copies of the models.
func (l *lawWorld) multiply(ctx context.Context, copies int) error {
	for k := range copies {
		err := l.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, copyClocks, fmt.Sprintf(".%d", k))
			return err
		})
		if err != nil {
			return fmt.Errorf("copy clocks: %w", err)
		}
	}
	return nil
}

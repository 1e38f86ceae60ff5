package catalog

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
)

const (
	upsertFill = `INSERT INTO catalog_fill (id, owner_member, field, value, officer, machine, at, changed, undone_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0) ON CONFLICT (id) DO UPDATE SET changed = catalog_fill.changed + excluded.changed`
	updateUndone = `UPDATE catalog_fill SET undone_at = $3 WHERE id = $1 AND owner_member = $2`
	selectFills  = `SELECT id, field, value, officer, machine, at, changed, undone_at FROM catalog_fill
		WHERE owner_member = $1 AND ($2 = '' OR at < (SELECT at FROM catalog_fill WHERE id = $2 AND owner_member = $1)
			OR (at = (SELECT at FROM catalog_fill WHERE id = $2 AND owner_member = $1) AND id < $2))
		ORDER BY at DESC, id DESC LIMIT $3`
	countStanding = `SELECT COUNT(*) FROM (SELECT c.dataset_id FROM catalog_change c
		JOIN catalog_dataset d ON d.id = c.dataset_id AND d.rev = c.rev
		WHERE c.set_id = $1 AND c.set_id <> '' AND c.owner_member = $2 LIMIT $3) standing`
)

// keepFill notes what one transaction of a fill changed.
func keepFill(ctx context.Context, tx *db.Tx, a identity.Actor, f Fill, set *ChangeSet, at time.Time) error {
	_, err := tx.Exec(ctx, upsertFill, set.ID, string(a.Member), string(f.Field), f.Value, string(a.Officer), string(a.Machine), db.Micros(at), set.Changed)
	return err
}

// loadFills counts for each what an undo would take back, by the index of sets.
func loadFills(ctx context.Context, tx *db.Tx, a identity.Actor, after string, limit int) ([]Filled, error) {
	rows, err := tx.Query(ctx, selectFills, string(a.Member), after, limit)
	list, err := db.Collect(rows, err, func(s db.Scanner) (Filled, error) {
		var f Filled
		var at, undone int64
		err := s.Scan(&f.ID, &f.Field, &f.Value, &f.Officer, &f.Machine, &at, &f.Changed, &undone)
		f.At = db.FromMicros(at)
		if undone != 0 {
			f.Undone = db.FromMicros(undone)
		}
		return f, err
	})
	for i := range list {
		if err == nil {
			err = tx.QueryRow(ctx, countStanding, list[i].ID, string(a.Member), MostStanding).Scan(&list[i].Standing)
		}
	}
	return list, err
}

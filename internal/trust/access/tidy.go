package access

import (
	"context"
	"fmt"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// DropAnswered removes submitted values that an ended batch left behind when the
// node was stopped between its end and their removal. A failed batch keeps them:
// it is taken up again.
func (d *Door) DropAnswered(ctx context.Context) error {
	left := map[vocab.BatchID]bool{}
	for info, err := range d.p.Blobs.List(ctx, "batch/") {
		if err != nil {
			return fmt.Errorf("list what batches left: %w", err)
		}
		rest := strings.TrimPrefix(info.Name, "batch/")
		if id, side, ok := strings.Cut(rest, "/"); ok && strings.HasPrefix(side, "in") {
			left[vocab.BatchID(id)] = true
		}
	}
	for id := range left {
		var s BatchStatus
		err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
			var err error
			s, err = d.store.batch(ctx, tx, id)
			return err
		})
		if db.NoRows(err) {
			continue // its first transaction is still under way
		}
		if err != nil {
			return fmt.Errorf("look at batch %s: %w", id, err)
		}
		if s.State == BatchDone || s.State == BatchRefused {
			d.drop(ctx, id, "in")
		}
	}
	return nil
}

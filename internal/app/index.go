package app

import (
	"context"
	"path/filepath"
	"time"

	"fontis/internal/duty/catalog"
	"fontis/internal/engine/index"
)

// lastSave bounds how long closing waits for the index's snapshot; without one the
// next start fills the index from the tables.
const lastSave = time.Minute

// openIndex opens the catalog's index from its snapshot; it is saved again before
// the database closes.
func (a *App) openIndex() *index.Index {
	x := index.Open(catalog.IndexOptions(filepath.Join(a.Config.data(), "index")))
	if at, thrown := x.Restored(); thrown != "" {
		a.Diary.Warn("the index's snapshot is not used", "reason", thrown, "position", at)
	}
	a.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), lastSave)
		defer cancel()
		if err := x.Close(ctx); err != nil {
			a.Diary.Warn("the index left no snapshot", "error", err)
		}
		return nil
	})
	return x
}

package app

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"fontis/internal/duty/catalog"
	"fontis/internal/engine/db/postgres"
	"fontis/internal/engine/index"
	indexpostgres "fontis/internal/engine/index/postgres"
	"fontis/internal/vocab"
)

// lastSave bounds how long closing waits for the index's snapshot; without one the
// next start fills the index from the tables.
const lastSave = time.Minute

// Where the catalog's index may stand.
const (
	inMemory   = "memory"
	inPostgres = "postgres"
)

// openIndex opens the catalog's index where the configuration has it; what it holds
// is kept before the database closes.
func (a *App) openIndex(ctx context.Context) (index.Finder, error) {
	x, err := a.Config.openIndex(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the catalog's index: %w", err)
	}
	if at, thrown := x.Restored(); thrown != "" {
		a.Diary.Warn("what is left of the index is not used", "reason", thrown, "position", at)
	}
	a.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), lastSave)
		defer cancel()
		if err := x.Close(ctx); err != nil {
			a.Diary.Warn("the next start fills the index anew", "error", err)
		}
		return nil
	})
	return x, nil
}

func (c Config) openIndex(ctx context.Context) (index.Finder, error) {
	opts := catalog.IndexOptions(filepath.Join(c.data(), "index"))
	switch c.Index {
	case "", inMemory:
		return index.Open(opts), nil
	case inPostgres:
	default:
		return nil, vocab.BadInput.Because("index is %q in node.toml", c.Index).WithFix("write %q, or %q where the node's database is PostgreSQL", inMemory, inPostgres)
	}
	address, err := c.databaseAddress()
	if err != nil {
		return nil, err
	}
	if address == "" {
		return nil, vocab.BadInput.Because("index is %q in node.toml, and the node's database is a file", c.Index).
			WithFix("take index out of node.toml, so that it stands in memory; or make the node on a PostgreSQL server: fontis init --database-file")
	}
	// A schema of its own, so that no copy of the record holds it.
	d, err := postgres.Open(ctx, address, c.schema()+"_index")
	if err != nil {
		return nil, err
	}
	x, err := indexpostgres.Open(ctx, d, opts)
	if err != nil {
		d.Close()
		return nil, err
	}
	return x, nil
}

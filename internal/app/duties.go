package app

import (
	"context"
	"errors"
	"fmt"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/duty/share"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
)

func (a *App) openDuties(ctx context.Context, _ Options) error {
	x, err := a.openIndex(ctx)
	if err != nil {
		return err
	}
	a.Catalog, err = catalog.New(catalog.Parts{
		DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Log: a.Ledger, Index: x, Retag: a.Door.Retag, Open: a.Door.PutOpen,
		Gate: gate{a},
		Changed: func(ctx context.Context, tx *db.Tx, by identity.Actor, old, now *entry.Dataset) error {
			return a.Review.Changed(ctx, tx, by, old, now)
		},
	})
	if err != nil {
		return fmt.Errorf("open the catalog: %w", err)
	}
	a.Review, err = review.New(review.Parts{DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Notices: a.Identity, Catalog: a.Catalog, Clocks: a.Calendar, Node: Place{a}})
	if err != nil {
		return fmt.Errorf("open the catalog's reviews: %w", err)
	}
	a.Demand, err = demand.New(demand.Parts{DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Notices: a.Identity, Catalog: a.Catalog, Clocks: a.Calendar, Node: Place{a}})
	if err != nil {
		return fmt.Errorf("open demands: %w", err)
	}
	if err := a.openFinding(ctx, x); err != nil {
		return err
	}
	if err := a.Catalog.Rebuild(ctx); err != nil {
		return fmt.Errorf("fill the index: %w", err)
	}
	a.tasks.Go(func() {
		if err := a.Catalog.Follow(a.run); err != nil && !errors.Is(err, context.Canceled) {
			a.Diary.Error("the index follows no more", "error", err)
		}
	})
	return a.openShare(ctx)
}

// gate is the reviews as the catalog asks them, which are opened after it.
type gate struct{ a *App }

func (g gate) Gate(ctx context.Context, tx *db.Tx, by identity.Actor, d *entry.Dataset, said *catalog.Secrecy) error {
	return g.a.Review.Gate(ctx, tx, by, d, said)
}

func (g gate) Clear(ctx context.Context, tx *db.Tx, by identity.Actor, d *entry.Dataset, said *catalog.Secrecy) (catalog.Cleared, error) {
	return g.a.Review.Clear(ctx, tx, by, d, said)
}

func (g gate) Declare(ctx context.Context, tx *db.Tx, by identity.Actor, d *entry.Dataset, said catalog.Secrecy) error {
	return g.a.Review.Declare(ctx, tx, by, d, said)
}

func (a *App) openShare(ctx context.Context) error {
	url := a.Config.URL
	if url == "" {
		url = "http://" + a.Config.Listen
	}
	var err error
	a.Share, err = share.New(share.Parts{
		DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Notices: a.Identity, Door: a.Door, Catalog: a.Catalog, Clocks: a.Calendar, Demands: a.Demand, Node: Place{a}, URL: url, Codes: a.codesOf, Diary: a.Diary,
	})
	if err != nil {
		return fmt.Errorf("open share: %w", err)
	}
	return a.Share.Rebuild(ctx)
}

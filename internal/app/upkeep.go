package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fontis/internal/engine/blob"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/identity/idempotency"
)

// upkeepEvery is how often the node tidies up; a restart reads back at most what
// the ledger wrote in that time.
const upkeepEvery = time.Minute

// How long uploads stay. A page's upload waits for its mapping; the report and the
// rejected lines of an import are fetched, mended and sent again.
const (
	uploadDays = 2
	reportDays = 90
)

// indexConsumer is the place in the outbox that the catalog's index has reached.
// It begins anew from the tables at each start and needs no fact from before.
const indexConsumer = "catalog-index"

// prunedAtOnce keeps the transaction that forgets facts short.
const prunedAtOnce = 1000

// chore is one thing that the node tidies.
type chore struct {
	name string
	do   func(context.Context) error
}

// chores are what a node does each minute, in this order.
func (a *App) chores() []chore {
	return []chore{
		{"ledger", a.Ledger.Mark},
		{"door", func(ctx context.Context) error { _, err := a.Door.Prune(ctx); return err }},
		{"open sets", func(ctx context.Context) error { _, err := a.Door.CloseDays(ctx); return err }},
		{"sign-in", func(ctx context.Context) error { _, err := a.Identity.Prune(ctx); return err }},
		{"kept answers", func(ctx context.Context) error {
			_, err := idempotency.New(a.DB, a.Keys, a.Clock).Prune(ctx)
			return err
		}},
		{"uploads", func(ctx context.Context) error { return a.forgetBlobs(ctx, "pages/import", uploadDays) }},
		{"imports", func(ctx context.Context) error { return a.forgetBlobs(ctx, "imports/", reportDays) }},
		{"holdings", a.holding.Sweep},
		{"facts", a.forgetFacts},
	}
}

// upkeep moves the ledger's watermark and forgets what no rule needs any more.
func (a *App) upkeep() {
	tick := time.NewTicker(upkeepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-a.run.Done():
			return
		}
		for _, c := range a.chores() {
			if err := c.do(a.run); err != nil && a.run.Err() == nil {
				a.Diary.Warn("upkeep waits for the next round", "task", c.name, "error", err)
			}
		}
	}
}

// forgetBlobs deletes what lies under a prefix and was last written so long ago.
func (a *App) forgetBlobs(ctx context.Context, prefix string, days int) error {
	before := a.Clock.Now().AddDate(0, 0, -days)
	var old []blob.Info
	for info, err := range a.Blobs.List(ctx, prefix) {
		if err != nil {
			return fmt.Errorf("list %s: %w", prefix, err)
		}
		if strings.HasPrefix(info.Name, prefix) && info.Modified.Before(before) {
			old = append(old, info)
		}
	}
	for _, info := range old {
		if err := a.Blobs.Delete(ctx, info.Name); err != nil {
			return fmt.Errorf("delete what is left of %s: %w", prefix, err)
		}
	}
	return nil
}

// forgetFacts removes facts that every consumer has heard, the catalog's index
// among them.
func (a *App) forgetFacts(ctx context.Context) error {
	box := outbox.New(a.DB)
	last, err := box.Last(ctx)
	if err != nil {
		return err
	}
	late, cancel := context.WithTimeout(ctx, upkeepEvery/2)
	defer cancel()
	if err := a.Catalog.Settled(late); err != nil {
		return fmt.Errorf("wait for the catalog's index: %w", err)
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error { return box.Advance(ctx, tx, indexConsumer, last) })
	if err != nil {
		return err
	}
	_, err = box.Prune(ctx, append(a.Jobs.Consumers(), indexConsumer), prunedAtOnce)
	return err
}

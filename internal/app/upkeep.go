package app

import (
	"context"
	"time"
)

// upkeepEvery is how often the node tidies up; a restart reads back at most what
// the ledger wrote in that time.
const upkeepEvery = time.Minute

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
		for name, task := range map[string]func(context.Context) error{
			"ledger":    a.Ledger.Mark,
			"door":      func(ctx context.Context) error { _, err := a.Door.Prune(ctx); return err },
			"open sets": func(ctx context.Context) error { _, err := a.Door.CloseDays(ctx); return err },
			"sign-in": func(ctx context.Context) error {
				_, err := a.Identity.Prune(ctx)
				return err
			},
		} {
			if err := task(a.run); err != nil && a.run.Err() == nil {
				a.Diary.Warn("upkeep waits for the next round", "task", name, "error", err)
			}
		}
	}
}

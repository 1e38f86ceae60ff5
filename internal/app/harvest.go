package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"fontis/internal/duty/catalog/finding"
	"fontis/internal/duty/catalog/harvest"
	"fontis/internal/duty/catalog/lists"
	"fontis/internal/duty/catalog/standard"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/duty/share/coverage"
	"fontis/internal/duty/share/freshness"
	running "fontis/internal/edge/taking/harvest"
	"fontis/internal/engine/index"
	"fontis/internal/vocab"
)

// The hour of the night at which catalogs of others are read, and how long each may
// take; one that takes longer goes on the next night.
const (
	harvestHour   = 2 * time.Hour
	harvestBudget = 30 * time.Minute
)

// openFinding opens what the catalog stands with beside its entries: synonyms, saved
// searches, catalogs of others, what stands in the place of others, and standards.
func (a *App) openFinding(ctx context.Context, x index.Finder) error {
	var err error
	a.Finding, err = finding.New(finding.Parts{DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Notices: a.Identity, Catalog: a.Catalog, Index: x})
	if err != nil {
		return fmt.Errorf("open finding: %w", err)
	}
	a.Lists = lists.New(lists.Parts{Catalog: a.Catalog})
	a.Harvest, err = harvest.New(harvest.Parts{DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, May: a.mayHarvest})
	if err != nil {
		return fmt.Errorf("open harvests: %w", err)
	}
	a.Succession, err = succession.New(succession.Parts{DB: a.DB, Notices: a.Identity, Catalog: a.Catalog, Node: Place{a}, Holders: a.waitFor})
	if err != nil {
		return fmt.Errorf("open the ends of entries: %w", err)
	}
	a.Standard, err = standard.New(standard.Parts{DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Catalog: a.Catalog})
	if err != nil {
		return fmt.Errorf("open standards: %w", err)
	}
	return a.Finding.Load(ctx)
}

// openFreshness wires who looks whether data are as fresh as their entries promise,
// and the report that counts them.
func (a *App) openFreshness(_ context.Context, _ Options) error {
	var err error
	a.Freshness, err = freshness.New(freshness.Parts{DB: a.DB, Clock: a.Clock, Notices: a.Identity, Catalog: a.Catalog, Bound: a.Door.Bound, Fresh: a.Share.Fresh})
	if err != nil {
		return fmt.Errorf("open freshness: %w", err)
	}
	a.Coverage, err = coverage.New(coverage.Parts{DB: a.DB, Catalog: a.Catalog, Bound: a.Door.Bound, Stale: a.Freshness.Stale})
	if err != nil {
		return fmt.Errorf("open the report of coverage: %w", err)
	}
	return nil
}

// mayHarvest lets a member have a host read that the operator opened for it.
func (a *App) mayHarvest(m vocab.MemberID, at *url.URL) error {
	for _, who := range []string{string(m), anyMember} {
		if slices.Contains(a.Config.HarvestHosts[who], at.Host) {
			return nil
		}
	}
	return vocab.NotOffered.Because("the operator did not open the host %s for harvests of %s", at.Host, m).
		WithFix("The operator writes it in node.toml, under [harvest_hosts], and starts the node again: %s = [%q]", m, at.Host)
}

func (a *App) runner() *running.Runner {
	return running.New(running.Parts{Catalog: a.Catalog, Harvest: a.Harvest, Clock: a.Clock, Scratch: a.Config.data()})
}

// harvestAll reads every catalog that is read by night; one that fails holds up no
// other, and says so in its report.
func (a *App) harvestAll(ctx context.Context) error {
	all, err := a.Harvest.Nightly(ctx)
	if err != nil {
		return err
	}
	r := a.runner()
	for _, h := range all {
		_, err := r.Run(ctx, h.Actor(), h.ID, running.Order{Budget: harvestBudget})
		if err != nil && !errors.Is(err, context.Canceled) {
			a.Diary.Warn("a harvest was broken off", "harvest", h.ID, "error", err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

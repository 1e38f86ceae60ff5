package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/duty/share/level"
	"fontis/internal/edge/jobs"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/retention"
	"fontis/internal/vocab"
)

// openCalendar opens rules and clocks, before the duties that ask for them.
func (a *App) openCalendar(ctx context.Context, _ Options) error {
	var err error
	a.Calendar, err = calendar.New(ctx, calendar.Parts{DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Notices: a.Identity, Diary: a.Diary})
	if err != nil {
		return fmt.Errorf("open the calendar: %w", err)
	}
	return nil
}

// openAuthorisation opens what persons authorise bodies to ask.
func (a *App) openAuthorisation(_ context.Context, _ Options) error {
	var err error
	a.Authorisation, err = authorisation.New(authorisation.Parts{
		DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Notices: a.Identity, Door: a.Door, Catalog: a.Catalog, Clocks: a.Calendar, Node: Place{a}, Diary: a.Diary,
	})
	if err != nil {
		return fmt.Errorf("open authorisation: %w", err)
	}
	return nil
}

// openJobs makes the scheduler; it runs once every duty has said what it does
// about its clocks.
func (a *App) openJobs(_ context.Context, _ Options) error {
	var err error
	a.Jobs, err = jobs.New(jobs.Parts{DB: a.DB, Clock: a.Clock, Clocks: a.Calendar, Diary: a.Diary})
	if err != nil {
		return fmt.Errorf("open the jobs: %w", err)
	}
	zone, err := a.Config.zone()
	if err != nil {
		return err
	}
	a.Jobs.Hear("saved-searches", a.Finding.Hear)
	a.Jobs.At("harvest", harvestHour, zone, a.harvestAll)
	a.Jobs.At("freshness", harvestHour, zone, a.Freshness.Sweep)
	a.Jobs.Every("look-for-use", time.Hour, a.Share.LookForUse)
	return nil
}

// Place answers what sharing asks of the node.
type Place struct{ *App }

// Authority is the member that keeps the node; it never changes.
func (p Place) Authority(ctx context.Context) (vocab.MemberID, string, error) {
	n, err := p.Identity.Node(ctx)
	if err != nil {
		return "", "", fmt.Errorf("look who keeps the node: %w", err)
	}
	return n.Keeper, n.Jurisdiction, nil
}

// InCharge is the data authority over a division that is none of those named; empty
// where none takes part.
func (p Place) InCharge(ctx context.Context, region string, not ...vocab.MemberID) (vocab.MemberID, error) {
	keeper, _, err := p.Authority(ctx)
	if err != nil {
		return "", err
	}
	all, err := p.Authorities(ctx)
	return level.InCharge(all, keeper, region, not...), err
}

// Body gives a member.
func (p Place) Body(ctx context.Context, m vocab.MemberID) (identity.Member, error) {
	return p.Identity.Member(ctx, identity.Actor{Member: m}, m)
}

// Region is where a member is.
func (p Place) Region(ctx context.Context, m vocab.MemberID) (string, error) {
	found, err := p.Identity.Member(ctx, identity.Actor{Member: m}, m)
	if err != nil {
		return "", fmt.Errorf("look where a member is: %w", err)
	}
	return found.Region, nil
}

// Authorities are the data authorities that take part, with their divisions.
func (p Place) Authorities(ctx context.Context) ([]level.Body, error) {
	keeper, jurisdiction, err := p.Authority(ctx)
	if err != nil {
		return nil, err
	}
	as := identity.Actor{Member: keeper, Region: jurisdiction, OfNode: true, Roles: []vocab.Role{vocab.Authority}}
	var out []level.Body
	for after := ""; ; {
		list, err := p.Identity.Members(ctx, as, identity.Page{After: after, Limit: authoritiesPage})
		if err != nil {
			return nil, fmt.Errorf("look for authorities: %w", err)
		}
		for _, m := range list {
			after = string(m.ID)
			if m.Kind == identity.KindAuthority && m.State == identity.Active || m.ID == keeper {
				out = append(out, level.Body{Member: m.ID, Region: m.Region})
			}
		}
		if len(list) < authoritiesPage {
			return out, nil
		}
	}
}

// authoritiesPage is how many members are read at once; a dispute reads them all.
const authoritiesPage = 200

// looked is how many of a grant's newest accesses are looked at for one that answered.
const looked = 100

// Used tells whether a grant has answered yet.
func (p Place) Used(ctx context.Context, provider vocab.MemberID, id vocab.GrantID) (bool, error) {
	list, err := p.Ledger.OfMember(ctx, ledger.Viewer{Member: provider}, ledger.Filter{Grant: id, Limit: looked})
	if err != nil {
		return false, fmt.Errorf("look whether a grant was used: %w", err)
	}
	return slices.ContainsFunc(list, func(l ledger.Listed) bool { return l.State == string(vocab.Released) }), nil
}

// leastRows are the law's rows of how long records are kept at least, by kind.
func leastRows() map[string]string {
	return map[string]string{"access": "retention.access", "batch": "retention.batch", "act": "retention.act", "request": "retention.request"}
}

// keptAtLeast gives for each kind of record the strictest row that holds now where
// the node is: a place may keep longer than those that it falls back to, never
// shorter.
func (a *App) keptAtLeast(ctx context.Context) ([]retention.Least, error) {
	rows, err := a.Calendar.Rules(ctx, a.Config.Jurisdiction)
	if err != nil {
		return nil, err
	}
	now := a.Clock.Now()
	var out []retention.Least
	for kind, name := range leastRows() {
		var strictest *calendar.Rule
		for i := range rows {
			r := &rows[i]
			if r.Name != name || r.Kind != calendar.Years || now.Before(r.From) || !r.Until.IsZero() && !now.Before(r.Until) {
				continue
			}
			if strictest == nil || r.Length > strictest.Length {
				strictest = r
			}
		}
		if r := strictest; r != nil {
			out = append(out, retention.Least{Kind: kind, Row: r.Name, Jurisdiction: r.Jurisdiction, Years: r.Length, Citation: r.Citation, Source: r.Source, Verified: r.Verified})
		}
	}
	return out, nil
}

// longestOrder is the law's row of the longest order that defers a use: of the
// ground's place or of the node's own, the shorter. Where neither has one nothing is
// deferred.
func (a *App) longestOrder(ctx context.Context, tx *db.Tx, jurisdiction string) (int, string, error) {
	node, err := a.Identity.Node(ctx)
	if err != nil {
		return 0, "", err
	}
	own, err := a.Calendar.Rule(ctx, tx, node.Jurisdiction, "deferral.term")
	if err != nil {
		return 0, "", err
	}
	r, err := a.Calendar.Rule(ctx, tx, jurisdiction, "deferral.term")
	if vocab.CodeOf(err) == vocab.RuleMissing || err == nil && own.Length < r.Length {
		r, err = own, nil
	}
	return r.Length, r.Citation, err
}

// waitFor are the members that hold a grant of an entry which has not ended, and those
// that asked for one and were not answered yet.
func (a *App) waitFor(ctx context.Context, owner vocab.MemberID, id vocab.DatasetID) ([]vocab.MemberID, error) {
	out, err := a.holdersOf(ctx, owner, id)
	for _, state := range share.States() {
		if err != nil || slices.Contains([]share.State{share.StateDraft, share.StateAgreed, share.StateInPart, share.StateRefused, share.StateWithdrawn}, state) {
			continue
		}
		q := share.ListQuery{Incoming: true, State: state, Limit: grantsPage}
		for more := true; more && err == nil; {
			var list []*share.Request
			list, err = a.Share.List(ctx, identity.Actor{Member: owner}, q)
			for _, r := range list {
				q.After = r.ID
				if r.Dataset == id {
					out = append(out, r.Requester)
				}
			}
			more = len(list) == grantsPage
		}
	}
	if err != nil {
		return nil, fmt.Errorf("list who waits for %s: %w", id, err)
	}
	return out, nil
}

// holdersOf are the members that hold a grant of an entry which has not ended.
func (a *App) holdersOf(ctx context.Context, owner vocab.MemberID, id vocab.DatasetID) ([]vocab.MemberID, error) {
	var out []vocab.MemberID
	for after := vocab.GrantID(""); ; {
		list, err := a.Door.Grants(ctx, identity.Actor{Member: owner}, true, after, grantsPage)
		if err != nil {
			return nil, fmt.Errorf("list the grants of %s: %w", owner, err)
		}
		for _, g := range list {
			after = g.ID
			if g.Dataset == id && g.State != access.GrantEnded && !slices.Contains(out, g.To) {
				out = append(out, g.To)
			}
		}
		if len(list) < grantsPage {
			return out, nil
		}
	}
}

// grantsPage is how many grants are read at once.
const grantsPage = 500

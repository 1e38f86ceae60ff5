package app

import (
	"context"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/quality"
	"fontis/internal/edge/api/law"
	"fontis/internal/edge/jobs/channel"
	"fontis/internal/edge/text"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/inbox"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/trust/ledger/retention"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
)

// Records are the services about what is on record: who may see it, for how long
// it is kept, and who looks at those who look.
type Records struct {
	View      *view.Service
	Mandates  *mandate.Service
	Deferrals *deferral.Service
	Audit     *audit.Service
	Retention *retention.Service
}

// openRecords opens them, after the jobs that call two of them each day.
func (a *App) openRecords(ctx context.Context, _ Options) error {
	a.Records = Records{
		View:      view.New(view.Parts{DB: a.DB, Ledger: a.Ledger, Identity: a.Identity}),
		Mandates:  mandate.NewService(mandate.Parts{DB: a.DB, Clock: a.Clock, Identity: a.Identity, Ledger: a.about}),
		Deferrals: deferral.NewService(deferral.Parts{DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Identity: a.Identity, Longest: a.longestOrder}),
		Audit:     audit.NewService(audit.Parts{DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Identity: a.Identity, Clocks: fileClocks{a}}),
		Retention: retention.NewService(retention.Parts{
			DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Identity: a.Identity, DatasetOf: a.datasetOf, Keeper: a.keeper(), Least: a.keptAtLeast,
		}),
	}
	a.Calendar.Handle(fileRef, func(ctx context.Context, tx *db.Tx, r calendar.Running, _ int) error {
		return a.Records.Audit.Overdue(ctx, tx, r.Ref.ID)
	})
	a.Tally.Keep(deferral.Books(a.Ledger)...)
	a.Records.Retention.Keep(append(a.holding.Stores(), audit.Store(), quality.Kept(), a.Share.Kept(), noticesTo(inbox.OfMembers), noticesTo(inbox.OfPersons))...)
	a.Records.Retention.Keep(channel.Kept()...)
	a.Jobs.Every("deferrals", time.Hour, counted(a.Records.Deferrals.Due))
	a.Jobs.Every("retention", 24*time.Hour, counted(a.Records.Retention.Due))
	if err := a.Records.Retention.Ship(ctx); err != nil {
		return err
	}
	return a.Records.Deferrals.Ship(ctx)
}

// noticesTo is what retention destroys of an inbox.
func noticesTo(old func(context.Context, *db.Tx, time.Time, string, int) ([]inbox.Old, error)) retention.Store {
	over := func(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]retention.Stored, error) {
		list, err := old(ctx, tx, before, after, limit)
		out := make([]retention.Stored, len(list))
		for i, n := range list {
			out[i] = retention.Stored{ID: n.ID, Names: n.Names, Person: n.Person, Closed: n.At}
		}
		return out, err
	}
	return retention.Store{Kind: "notice", Tables: []string{"notice", "person_notice"}, Over: over, Destroy: inbox.Destroy}
}

// counted leaves the count of what was done to the ledger, which has it.
func counted(due func(context.Context) (int, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := due(ctx)
		return err
	}
}

func (a *App) about(ctx context.Context, tx *db.Tx, person vocab.PersonRef, act string, fields map[string]string) error {
	_, err := a.Ledger.ActAbout(ctx, tx, person, act, fields)
	return err
}

// datasetOf is the data set of a grant, as its provider sees it.
func (a *App) datasetOf(provider vocab.MemberID, id vocab.GrantID) (vocab.DatasetID, bool) {
	g, err := a.Door.GrantFor(identity.Actor{Member: provider}, id)
	return g.Dataset, err == nil
}

// records is what their face for programs stands on.
func (a *App) records(texts *text.Catalog) law.Records {
	r := a.Records
	return law.Records{Identity: a.Identity, View: r.View, Mandates: r.Mandates, Deferrals: r.Deferrals, Audit: r.Audit, Retention: r.Retention, Text: texts}
}

// The clock of a file that an auditor asked for.
const (
	fileRef  = "audit"
	fileRule = "audit.casefile"
)

type fileClocks struct{ a *App }

// Start runs the member's term.
func (f fileClocks) Start(ctx context.Context, tx *db.Tx, c audit.Case) error {
	_, err := f.a.Calendar.Start(ctx, tx, calendar.Start{
		Ref: calendar.Ref{Kind: fileRef, ID: c.ID}, Rule: fileRule, Jurisdiction: f.a.Config.Jurisdiction, Owner: c.Member, At: f.a.Clock.Now(),
	})
	return err
}

// End ends it.
func (f fileClocks) End(ctx context.Context, tx *db.Tx, c audit.Case) error {
	return f.a.Calendar.End(ctx, tx, calendar.Ref{Kind: fileRef, ID: c.ID}, fileRule)
}

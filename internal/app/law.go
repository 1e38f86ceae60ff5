package app

import (
	"context"
	"fmt"

	"fontis/internal/duty/calendar"
	"fontis/internal/edge/jobs"
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

// openJobs makes the scheduler; it runs once every duty has said what it does
// about its clocks.
func (a *App) openJobs(_ context.Context, _ Options) error {
	var err error
	a.Jobs, err = jobs.New(jobs.Parts{DB: a.DB, Clock: a.Clock, Clocks: a.Calendar, Diary: a.Diary})
	if err != nil {
		return fmt.Errorf("open the jobs: %w", err)
	}
	return nil
}

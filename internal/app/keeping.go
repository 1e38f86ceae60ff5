package app

import (
	"context"
	"fmt"
	"io"

	"fontis/internal/edge/api"
)

// keeping are the verbs about the whole node.
func (a *App) keeping() api.Keeping {
	return api.Keeping{
		Backup: func(ctx context.Context, w io.Writer) error {
			_, err := a.Backup(ctx, w)
			return err
		},
		State: a.State,
		Tally: a.Tally.Hurry,
	}
}

// State tells how the log and its witnesses stand.
func (a *App) State(ctx context.Context) (api.NodeState, error) {
	s := a.Log.State()
	out := api.NodeState{
		Origin: a.Log.Origin(), Size: s.Size, Witnessed: s.Witnessed, Witnesses: len(s.Witnesses), Waiting: s.WaitingSince,
		Trouble: s.Trouble, Alarms: a.Ledger.Repaired().Alarms,
		Gone: a.Ledger.Repaired().Gone,
	}
	if b := s.RolledBack; b != nil {
		out.RolledBack = fmt.Sprintf("witness %s holds %d entries, this log %d", b.Witness, b.TheirSize, b.OurSize)
	}
	out.Calendars = a.Calendar.Warn(a.Config.Jurisdiction)
	var err error
	if out.DeadLetters, err = a.Channels.DeadCount(ctx); err != nil {
		return out, err
	}
	out.Tally, err = a.Tally.Report(ctx)
	return out, err
}

package app

import (
	"context"
	"fmt"

	"fontis/internal/duty/share/emergency"
)

// openEmergency wires emergencies and what follows when nobody reviews one.
func (a *App) openEmergency(_ context.Context, _ Options) error {
	var err error
	a.Emergency, err = emergency.New(emergency.Parts{
		DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Notices: a.Identity, Door: a.Door, Clocks: a.Calendar, Authority: Place{a}.Authority,
	})
	if err != nil {
		return fmt.Errorf("open emergencies: %w", err)
	}
	a.Calendar.Handle(emergency.RefKind, a.Emergency.Expired)
	return nil
}

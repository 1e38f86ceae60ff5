// Package terms holds the commands about the terms of law and what runs by them:
// calendars and rules, the life of a request and its disputes, and what persons
// authorise bodies to ask.
//
// Each is a thin client of the interface for programs; flags are what the
// interface names.
package terms

import (
	"time"

	"fontis/cmd/fontis/console"
)

func dayOf(flag, s string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, console.Misuse("--%s: %q is not a day such as 2026-03-01", flag, s)
	}
	return t, nil
}

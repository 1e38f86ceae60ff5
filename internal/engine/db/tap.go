package db

import "context"

// Step is a point of a transaction at which a Tap is asked.
type Step string

// The steps, in the order in which a transaction passes them.
const (
	StepBegin     Step = "begin"
	StepExec      Step = "exec"
	StepQuery     Step = "query"
	StepCommit    Step = "commit"    // just before: an error leaves nothing
	StepCommitted Step = "committed" // just after: an error means that the answer was lost
)

// Tap sees every step of every transaction and may fail it; package faulty
// builds on it.
type Tap func(ctx context.Context, step Step, query string) error

// WithTap gives the same database with tap at every step; d itself keeps its own.
func (d *DB) WithTap(tap Tap) *DB { return &DB{core: d.core, tap: tap} }

func (d *DB) tapped(ctx context.Context, step Step, query string) error {
	if d.tap == nil {
		return nil
	}
	return d.tap(ctx, step, query)
}

package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

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

// failedRow is a row whose Scan gives err. A sql.Row can be made only by a pool,
// so it comes from one that cannot connect.
func failedRow(err error) *sql.Row {
	pool := sql.OpenDB(noConnector{err})
	defer pool.Close()
	return pool.QueryRowContext(context.Background(), "")
}

type noConnector struct{ err error }

// Connect gives the error that the row shall carry.
func (n noConnector) Connect(context.Context) (driver.Conn, error) { return nil, n.err }

// Driver is asked for by nobody.
func (n noConnector) Driver() driver.Driver { return nil }

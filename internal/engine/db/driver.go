package db

import (
	"context"
	"database/sql"
	"errors"
)

// Dialect names the SQL that an engine speaks. Only a store.go may look at it,
// for the few statements that the common subset does not reach.
type Dialect string

// The two dialects.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Fault is what an engine's error means to the one who called.
type Fault int

// Ours is a mistake of the statement or a broken constraint; Away means that the
// engine cannot serve; Full that its disk is full.
const (
	Ours Fault = iota
	Away
	Full
)

// Driver is what an engine must give; the portable type does the rest.
type Driver interface {
	// Dialect is the SQL that the engine speaks.
	Dialect() Dialect
	// Connect opens a fresh connection; one that is not for writing refuses writes.
	Connect(ctx context.Context, write bool) (*sql.Conn, error)
	// Begin opens the transaction: the only writer's, or a reader's snapshot.
	Begin(ctx context.Context, c *sql.Conn, write bool) (*sql.Tx, error)
	// Fault classes an error of the engine.
	Fault(err error) Fault
	// Close ends what Connect opened from.
	Close() error
}

// Keeper is how an engine is copied, restored and cleaned as a whole.
type Keeper interface {
	// Snapshot writes the whole database as one new SQLite file.
	Snapshot(ctx context.Context, d *DB, path string) error
	// Load fills the empty database from such a file.
	Load(ctx context.Context, d *DB, path string) error
	// Scrub removes what deleted rows left behind in the engine's files.
	Scrub(ctx context.Context, d *DB, tables []string) error
}

// NoRows reports whether a row that was asked for is not there.
func NoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// IsUnique reports whether err is a broken primary key or unique index.
func IsUnique(err error) bool {
	return hasState(err, "23505") || hasCode(err, 2067, 1555, 2579)
}

// IsForeign reports whether err is a broken reference to another table.
func IsForeign(err error) bool {
	return hasState(err, "23503") || hasCode(err, 787)
}

// hasState asks by PostgreSQL's five-character state, without naming its driver.
func hasState(err error, state string) bool {
	var e interface {
		error
		SQLState() string
	}
	return errors.As(err, &e) && e.SQLState() == state
}

// hasCode asks by SQLite's extended result codes, without naming its driver.
func hasCode(err error, codes ...int) bool {
	var e interface {
		error
		Code() int
	}
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code() == c {
			return true
		}
	}
	return false
}

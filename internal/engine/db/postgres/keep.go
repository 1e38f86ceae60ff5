package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/sqlite"
	"fontis/internal/vocab"
)

// Snapshot reads every table in one repeatable-read transaction into a new file
// of SQLite.
func (e *engine) Snapshot(ctx context.Context, d *db.DB, path string) error {
	return d.Read(ctx, func(from *db.Tx) error {
		return sqlite.WriteSnapshot(ctx, path, func(to *db.Tx) error { return db.Copy(ctx, from, to) })
	})
}

// Load fills the empty schema from a snapshot.
func (e *engine) Load(ctx context.Context, d *db.DB, path string) error {
	return sqlite.LoadInto(ctx, d, path)
}

// Scrub writes the tables anew without the rows that are gone. The server's own
// log keeps them until it is recycled; its archive, if there is one, longer.
func (e *engine) Scrub(ctx context.Context, _ *db.DB, tables []string) error {
	c, err := e.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, t := range tables {
		if _, err := c.ExecContext(ctx, `VACUUM (FULL) `+quote(t)); err != nil {
			return fmt.Errorf("scrub table %s: %w", t, err)
		}
	}
	return nil
}

// lockSpace sets our advisory locks apart from those of others ("font").
const lockSpace = 0x666f6e74

const (
	tryLock   = `SELECT pg_try_advisory_lock($1::int, hashtext($2))`
	nameOwner = `SELECT a.pid, a.application_name, COALESCE(host(a.client_addr), 'this host'), a.backend_start
		FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1::int::oid AND l.objid = hashtext($2)::oid
			AND l.objsubid = 2 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	ownSession = `SELECT pg_backend_pid()`
	endSession = `SELECT pg_terminate_backend($1, 5000)`
)

// Fence lets only this process write to the schema from now on: every write
// connection takes the lock first and loses it with the connection.
func (e *engine) Fence() { e.fenced.Store(true) }

// lock takes the lock of the schema for the connection. A session of our own that
// the server has not yet given up is ended: this process has one writer, and
// this is it.
func (e *engine) lock(ctx context.Context, c *sql.Conn) error {
	for range 2 {
		var got bool
		if err := c.QueryRowContext(ctx, tryLock, lockSpace, e.schema).Scan(&got); err != nil {
			return err
		}
		if got {
			var own int64
			err := c.QueryRowContext(ctx, ownSession).Scan(&own)
			e.session.Store(own)
			return err
		}
		var pid int64
		var name, from string
		var since time.Time
		err := c.QueryRowContext(ctx, nameOwner, lockSpace, e.schema).Scan(&pid, &name, &from, &since)
		if db.NoRows(err) {
			continue // it has just gone
		}
		if err != nil {
			return err
		}
		if name != tag() || e.session.Load() != pid {
			return vocab.LeaseHeld.Because("schema %s is held by %s, connected from %s since %s",
				e.schema, name, from, since.UTC().Format(time.RFC3339))
		}
		if _, err := c.ExecContext(ctx, endSession, pid); err != nil {
			return err
		}
	}
	return vocab.LeaseHeld.Because("schema %s is held by another session", e.schema)
}

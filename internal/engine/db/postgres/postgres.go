// Package postgres is the database on a PostgreSQL server (15 or later), or on
// what speaks its wire.
//
// The tables stand in a schema of their own. Commits are durable when they are
// answered: a server that was told otherwise is overruled for our connections, and
// one that does not sync at all is refused. Writers of the process queue on one
// connection; that connection can hold an advisory lock, so that a second process
// on the same schema cannot write.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/sys/unix"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const (
	// readers is the number of read connections; a server gives about 100 in all.
	readers = 8
	// connectTime bounds the wait for a server that does not answer.
	connectTime = 10 * time.Second
	// silence is how long a sent byte may stay unacknowledged before the server
	// counts as gone; a commit waits that long at most for a lost network.
	silence = 20 * time.Second
	// DefaultSchema is where the tables stand unless told otherwise.
	DefaultSchema = "fontis"
)

// Open opens the schema at the server that dsn names, and makes the schema where
// there is none. Without a schema it is "fontis".
func Open(ctx context.Context, dsn string, schema ...string) (*db.DB, error) {
	name := DefaultSchema
	if len(schema) > 0 && schema[0] != "" {
		name = schema[0]
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The parser's words can hold the password.
		return nil, vocab.BadInput.Because("the address of the PostgreSQL database is not understood")
	}
	e := &engine{schema: name}
	config.RuntimeParams["search_path"] = quote(name)
	config.RuntimeParams["application_name"] = tag()
	config.RuntimeParams["timezone"] = "UTC"
	config.ConnectTimeout = connectTime
	config.DialFunc = (&net.Dialer{Timeout: connectTime, KeepAlive: silence / 2, Control: limitSilence}).DialContext
	e.pool = sql.OpenDB(connector{stdlib.GetConnector(*config, stdlib.OptionAfterConnect(e.settle))})
	e.pool.SetMaxIdleConns(-1) // the portable type keeps the connections
	whole := db.New(e, e, readers)
	if err := whole.Write(ctx, func(tx *db.Tx) error { return e.prepare(ctx, tx) }); err != nil {
		whole.Close()
		return nil, fmt.Errorf("open PostgreSQL schema %s: %w", name, err)
	}
	return whole, nil
}

// limitSilence makes the kernel give up a connection whose server is gone.
func limitSilence(network, _ string, raw syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var failed error
	err := raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silence.Milliseconds()))
	})
	return errors.Join(err, failed)
}

// tag names this process to whoever looks at the server's connections.
func tag() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("fontis pid %d on %.24s", os.Getpid(), host)
}

// engine implements db.Driver, db.Keeper and db.Fencer.
type engine struct {
	pool   *sql.DB
	schema string
	// fenced says that a write connection must hold the lock of the schema.
	fenced atomic.Bool
	// session is the server's number of the session that holds the lock.
	session atomic.Int64
}

const (
	showSettings  = `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'server_encoding', 'server_version_num')`
	hasSchema     = `SELECT 1 FROM pg_namespace WHERE nspname = $1`
	commitDurably = `SET synchronous_commit = on`
)

// settle makes a fresh connection keep the promise of durable commits.
func (e *engine) settle(ctx context.Context, c *pgx.Conn) error {
	rows, err := c.Query(ctx, showSettings)
	if err != nil {
		return err
	}
	settings := map[string]string{}
	var name, value string
	_, err = pgx.ForEachRow(rows, []any{&name, &value}, func() error { settings[name] = value; return nil })
	if err != nil {
		return err
	}
	if err := keepsPromises(settings); err != nil {
		return err
	}
	if s := settings["synchronous_commit"]; s == "off" || s == "local" {
		_, err = c.Exec(ctx, commitDurably)
	}
	return err
}

// keepsPromises refuses a server on which a commit can be lost or text be mangled.
func keepsPromises(settings map[string]string) error {
	for _, name := range []string{"fsync", "full_page_writes"} {
		if v := settings[name]; v != "on" {
			return vocab.DatabaseAway.Because("the server runs with %s=%s, so that a commit can be lost", name, v).
				WithFix("set %s = on in postgresql.conf and restart the server", name)
		}
	}
	if v := settings["server_encoding"]; v != "UTF8" {
		return vocab.DatabaseAway.Because("the database has the encoding %s instead of UTF8", v).
			WithFix("create it with CREATE DATABASE fontis ENCODING 'UTF8' TEMPLATE template0")
	}
	if v := settings["server_version_num"]; len(v) < 6 || v < "150000" {
		return vocab.DatabaseAway.Because("the server is of version %s, below 150000", v)
	}
	return nil
}

// prepare makes the schema where there is none.
func (e *engine) prepare(ctx context.Context, tx *db.Tx) error {
	var one int
	err := tx.QueryRow(ctx, hasSchema, e.schema).Scan(&one)
	if !db.NoRows(err) {
		return err
	}
	_, err = tx.Exec(ctx, `CREATE SCHEMA `+quote(e.schema))
	return err
}

// Dialect is db.Postgres.
func (e *engine) Dialect() db.Dialect { return db.Postgres }

// Connect opens a connection; the write connection of a fenced database holds the
// lock of its schema.
func (e *engine) Connect(ctx context.Context, write bool) (*sql.Conn, error) {
	c, err := e.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if write && e.fenced.Load() {
		if err := e.lock(ctx, c); err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, nil
}

// Begin opens the write transaction, or a reader's snapshot. Its begin and commit
// do not end with ctx, so that no commit is cut in half; a silent server ends them.
func (e *engine) Begin(ctx context.Context, c *sql.Conn, write bool) (*sql.Tx, error) {
	o := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	if write {
		o = &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	}
	return c.BeginTx(context.WithoutCancel(ctx), o)
}

// Fault tells a server that does not serve from a mistake of the statement.
func (e *engine) Fault(err error) db.Fault {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return db.Ours
	}
	var told *pgconn.PgError
	if errors.As(err, &told) {
		return faultOf(told.Code)
	}
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &connect), errors.As(err, &network),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, errLost), errors.Is(err, driver.ErrBadConn),
		pgconn.SafeToRetry(err), strings.Contains(err.Error(), "conn closed"):
		return db.Away
	}
	return db.Ours
}

// faultOf reads PostgreSQL's error classes: 08 connection, 53 resources, 57P
// operator's intervention, 58 system, XX internal, 25006 a server that only reads.
func faultOf(state string) db.Fault {
	switch {
	case state == "53100":
		return db.Full
	case state == "25006", strings.HasPrefix(state, "08"), strings.HasPrefix(state, "53"),
		strings.HasPrefix(state, "57P"), strings.HasPrefix(state, "58"), strings.HasPrefix(state, "XX"):
		return db.Away
	}
	return db.Ours
}

// Close ends the pool.
func (e *engine) Close() error { return e.pool.Close() }

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

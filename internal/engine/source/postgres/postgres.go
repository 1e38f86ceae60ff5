// Package postgres reads PostgreSQL databases that are not ours.
//
// Every reading is one read-only transaction with the time limits set at the
// server, under a search path of pg_catalog alone, so that nothing in the source
// can put its own meaning under an operator. All values travel as text, in both
// directions, and no statement stays prepared at the server: a pooler between us
// and the source does not matter.
package postgres

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"fontis/internal/engine/source"
	"fontis/internal/vocab"
)

// A source belongs to others: a few connections, given back soon.
const (
	maxConnections = 4
	maxLifetime    = 30 * time.Minute
	maxIdle        = 5 * time.Minute
	healthCheck    = time.Minute
	keepAlive      = 30 * time.Second
	connectTimeout = 5 * time.Second
)

// DB is an open database.
type DB struct {
	pool    *pgxpool.Pool
	address source.Address
	timeout time.Duration
	begin   string
}

// Connect opens a database. It does not reach it yet.
func Connect(ctx context.Context, a source.Address, o source.Options) (source.Driver, error) {
	conf, err := pgxpool.ParseConfig(a.String())
	if err != nil {
		// The library's error may repeat parts of the address: the cause is ours.
		return nil, vocab.BadInput.Because("the address cannot be used; with sslmode=verify-ca or verify-full the root certificate must be readable")
	}
	c := conf.ConnConfig
	c.Password = string(o.Password)
	c.RuntimeParams = map[string]string{"application_name": "fontis"}
	c.ConnectTimeout = min(connectTimeout, o.Timeout)
	c.DialFunc = (&net.Dialer{KeepAlive: keepAlive, Timeout: c.ConnectTimeout}).DialContext
	c.DefaultQueryExecMode = pgx.QueryExecModeExec
	c.StatementCacheCapacity, c.DescriptionCacheCapacity = 0, 0
	conf.MaxConns = maxConnections
	conf.MaxConnLifetime, conf.MaxConnLifetimeJitter = maxLifetime, maxLifetime/10
	conf.MaxConnIdleTime, conf.HealthCheckPeriod = maxIdle, healthCheck
	pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), conf)
	if err != nil {
		return nil, vocab.BadInput.Because("the address cannot be used")
	}
	return &DB{pool: pool, address: a, timeout: o.Timeout, begin: settings(o.Timeout)}, nil
}

// Close ends every connection.
func (d *DB) Close() error {
	d.pool.Close()
	return nil
}

// settings are the words that open every reading, sent in one trip. A lock is
// waited for half as long as the statement may last, so that the two can be told
// apart. The zone is left as it is: the day of a moment is the source's own day.
func settings(timeout time.Duration) string {
	return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " + limits(timeout)
}

func limits(timeout time.Duration) string {
	return fmt.Sprintf("SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d; SET LOCAL idle_in_transaction_session_timeout = %d; "+
		"SET LOCAL search_path = pg_catalog; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL bytea_output = 'hex'",
		timeout.Milliseconds(), max(1, timeout.Milliseconds()/2), 2*timeout.Milliseconds())
}

// read runs f in a read-only transaction. It is always rolled back: there is
// nothing to commit.
func (d *DB) read(ctx context.Context, f func(pgx.Tx) error) error {
	return d.in(ctx, d.begin, f)
}

func (d *DB) in(ctx context.Context, begin string, f func(pgx.Tx) error) error {
	tx, err := d.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return d.explain(ctx, err)
	}
	err = f(tx)
	// A connection that cannot roll back is broken, and the pool drops it.
	if undo := tx.Rollback(ctx); err == nil && undo != nil {
		err = undo
	}
	return d.explain(ctx, err)
}

// notes tells what is weak about the connection itself.
func (d *DB) notes() []string {
	if strings.HasPrefix(d.address.Host, "/") || d.address.SSLMode == "verify-full" {
		return nil
	}
	u := url.Values{"sslmode": {"verify-full"}}
	return []string{"sslmode=" + d.address.SSLMode + " does not prove that the server is the one meant; " + u.Encode() + " does"}
}

var _ source.Driver = (*DB)(nil)

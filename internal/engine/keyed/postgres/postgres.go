// Package postgres keeps each version of a register as one PostgreSQL table.
//
// A version is copied into a table of its own and indexed; one short transaction
// then names it in the list of registers and drops the table before it. A reader
// that meets the dropped table asks the list again and begins anew with the new
// one. Open drops tables that the list does not name, unless a load is at work on
// them.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"fontis/internal/engine/keyed"
	"fontis/internal/vocab"
)

// driver is the keyed.Driver over one schema of a database.
type driver struct {
	pool   *pgxpool.Pool
	schema string
	seen   sync.Map // register name -> keyed.Info, as last read
}

// Open connects to the database, makes the schema and the list of registers
// when they are missing, and clears what killed loads left.
func Open(ctx context.Context, dsn, schema string, opts keyed.Options) (*keyed.Store, error) {
	d, err := connect(ctx, dsn, schema)
	if err != nil {
		return nil, err
	}
	return keyed.New(d, opts), nil
}

func connect(ctx context.Context, dsn, schema string) (*driver, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, vocab.BadInput.Because("the address of the registers' database cannot be read") // it may hold a password
	}
	config.ConnConfig.RuntimeParams["synchronous_commit"] = "on" // what was acknowledged survives, whatever the role's default
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the registers' database: %w", away(err))
	}
	d := &driver{pool: pool, schema: schema}
	if err := d.prepare(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open the registers' database: %w", away(err))
	}
	return d, nil
}

// prepare makes schema and list under a lock, for two nodes may start at once.
func (d *driver) prepare(ctx context.Context) error {
	return d.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockStart, d.schema); err != nil {
			return err
		}
		for _, text := range []string{createSchema, createList} {
			if _, err := tx.Exec(ctx, d.in(text)); err != nil {
				return err
			}
		}
		return d.clear(ctx, tx)
	})
}

// clear drops the tables of versions that neither answer nor are being loaded.
func (d *driver) clear(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, d.in(selectLeft), d.schema)
	if err != nil {
		return err
	}
	left, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, table := range left {
		var free bool
		if err := tx.QueryRow(ctx, tryLockLoad, d.schema+"."+table).Scan(&free); err != nil {
			return err
		}
		if !free { // its loader lives
			continue
		}
		if _, err := tx.Exec(ctx, d.onTable(dropTable, table)); err != nil {
			return err
		}
	}
	return nil
}

// Load copies the entries into a table of their own, then switches.
func (d *driver) Load(ctx context.Context, info keyed.Info, entries iter.Seq2[keyed.Entry, error], done func() keyed.Info) error {
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return away(err)
	}
	defer conn.Release()
	table := tablePrefix + info.Version
	// The lock goes with the connection, so a killed load holds nothing.
	if _, err := conn.Exec(ctx, lockLoad, d.schema+"."+table); err != nil {
		return away(err)
	}
	after := context.WithoutCancel(ctx) // the caller may have gone; the clearing is still due
	defer conn.Exec(after, unlockLoad, d.schema+"."+table)
	err = d.fill(ctx, conn, table, entries)
	if err == nil {
		err = d.change(ctx, info.Name, func(tx pgx.Tx) error {
			i := done()
			_, err := tx.Exec(ctx, d.in(upsertRegister), i.Name, i.Version, i.Dated.UnixMicro(), i.Loaded.UnixMicro(), i.Rows, i.Keys, i.Several)
			return err
		})
	}
	if err != nil {
		d.pool.Exec(after, d.onTable(dropTable, table)) // what fails here is cleared at the next Open
		return away(err)
	}
	return nil
}

func (d *driver) fill(ctx context.Context, conn *pgxpool.Conn, table string, entries iter.Seq2[keyed.Entry, error]) error {
	if _, err := conn.Exec(ctx, d.onTable(createTable, table)); err != nil {
		return err
	}
	next, stop := iter.Pull2(entries)
	defer stop()
	var broken error // the rows' own error, which the server would only retell
	_, err := conn.CopyFrom(ctx, pgx.Identifier{d.schema, table}, []string{"k", "v"}, pgx.CopyFromFunc(func() ([]any, error) {
		e, err, ok := next()
		if broken = err; !ok || err != nil {
			return nil, err
		}
		return []any{e.Key[:], e.Packed}, nil
	}))
	switch {
	case broken != nil:
		return broken
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	}
	for _, text := range []string{createIndex, analyze} {
		if _, err := conn.Exec(ctx, d.onTable(text, table)); err != nil {
			return err
		}
	}
	return nil
}

// change runs edit on the register's line and drops the table that answered
// before, in one transaction. Other changes of the register wait.
func (d *driver) change(ctx context.Context, name string, edit func(pgx.Tx) error) error {
	return d.inTx(ctx, func(tx pgx.Tx) error {
		var old string
		err := tx.QueryRow(ctx, d.in(selectForChange), name).Scan(&old)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if err := edit(tx); err != nil || old == "" {
			return err
		}
		_, err = tx.Exec(ctx, d.onTable(dropTable, tablePrefix+old))
		return err
	})
}

// Get reads the version that answers now. What is known of a register is kept
// between calls: its table is dropped in the transaction that replaces it, so a
// table that still answers is the one that answers now.
func (d *driver) Get(ctx context.Context, name string, keys []keyed.Key, found func(int, []byte) error) (keyed.Info, error) {
	if len(keys) == 0 {
		info, err := d.describe(ctx, name)
		return info, away(err)
	}
	info, err := d.answering(ctx, name, func(info keyed.Info) error { return d.read(ctx, info, keys, found) })
	return info, away(err)
}

// Walk reads the version that answers now from end to end, in one statement.
func (d *driver) Walk(ctx context.Context, name string, begin func(keyed.Info) error, each func(keyed.Entry) error) error {
	_, err := d.answering(ctx, name, func(info keyed.Info) error { return d.walk(ctx, info, begin, each) })
	return away(err)
}

// answering reads the version that answers now; when its table was dropped
// before read reported anything, it asks for the newer one.
func (d *driver) answering(ctx context.Context, name string, read func(keyed.Info) error) (keyed.Info, error) {
	for try := 0; ; try++ {
		info, err := d.known(ctx, name)
		if err == nil {
			err = read(info)
		}
		var pgErr *pgconn.PgError
		if errors.As(err, &pgErr) && pgErr.Code == undefinedTable && try < maxTries {
			d.seen.CompareAndDelete(name, info) // replaced or dropped: nothing was reported yet
			continue
		}
		return info, err
	}
}

// undefinedTable is PostgreSQL's code for a table that is not there.
const undefinedTable = "42P01"

// maxTries is far more than the loads that can end during one reading.
const maxTries = 20

func (d *driver) known(ctx context.Context, name string) (keyed.Info, error) {
	if info, ok := d.seen.Load(name); ok {
		return info.(keyed.Info), nil
	}
	info, err := d.describe(ctx, name)
	if err == nil {
		d.seen.Store(name, info)
	}
	return info, err
}

func (d *driver) read(ctx context.Context, info keyed.Info, keys []keyed.Key, found func(int, []byte) error) error {
	switch {
	case len(keys) == 1:
		return d.one(ctx, info, keys[0], found)
	case len(keys) <= manyAtOnce:
		return d.many(ctx, d.pool, info, keys, 0, found)
	}
	// The transaction holds the table from the first statement to the last.
	return d.inTx(ctx, func(tx pgx.Tx) error {
		for at := 0; at < len(keys); at += manyAtOnce {
			if err := d.many(ctx, tx, info, keys[at:min(at+manyAtOnce, len(keys))], at, found); err != nil {
				return err
			}
		}
		return nil
	})
}

// List describes all registers.
func (d *driver) List(ctx context.Context) ([]keyed.Info, error) {
	rows, err := d.pool.Query(ctx, d.in(selectRegisters))
	if err != nil {
		return nil, away(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (keyed.Info, error) { return scanInfo(row) })
	return list, away(err)
}

// Drop removes the register's line and its table.
func (d *driver) Drop(ctx context.Context, name string) error {
	return away(d.change(ctx, name, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, d.in(deleteRegister), name)
		if err == nil && tag.RowsAffected() == 0 {
			return keyed.NotThere(name)
		}
		return err
	}))
}

// Close ends the connections.
func (d *driver) Close() error {
	d.pool.Close()
	return nil
}

func (d *driver) inTx(ctx context.Context, work func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, d.pool, work)
}

// away marks a database that does not answer; other errors pass.
func away(err error) error {
	var pgErr *pgconn.PgError
	var failure *vocab.Failure
	var connect *pgconn.ConnectError
	switch {
	case err == nil || errors.As(err, &failure) || errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &connect):
		return vocab.SourceAway.Because("the registers' database cannot be reached") // the driver's text repeats the address
	case errors.As(err, &pgErr):
		return fmt.Errorf("the registers' database says %s: %s", pgErr.Code, pgErr.Message)
	case pgconn.SafeToRetry(err) || pgconn.Timeout(err):
		return vocab.SourceAway.Wrap(err, "the registers' database does not answer")
	}
	return err
}

func micros(n int64) time.Time { return time.UnixMicro(n).UTC() }

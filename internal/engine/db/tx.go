package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"fontis/internal/vocab"
)

// Tx is an open transaction. It belongs to the function that it was given to and
// ends with it; it is not safe for use by several goroutines.
type Tx struct {
	db    *DB
	write bool

	c     *conn
	sqlTx *sql.Tx
	calm  context.Context // of the whole transaction, without its end
	outer context.Context // of the whole transaction, as given

	open   *sql.Rows // the last result set, possibly still open
	broken error     // the first statement that failed; it bars the commit
	hooks  []func()
	news   []string
}

// Dialect is the SQL that the engine speaks.
func (t *Tx) Dialect() Dialect { return t.db.Dialect() }

// Exec runs a statement and gives the number of rows it touched.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	s, run, err := t.ready(ctx, StepExec, query, args)
	if err != nil {
		return 0, err
	}
	res, err := s.ExecContext(run, args...)
	if err != nil {
		return 0, t.fail(err)
	}
	return res.RowsAffected()
}

// Query runs a statement that gives rows. Close them, or read them to their end,
// before the next statement.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, run, err := t.ready(ctx, StepQuery, query, args)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(run, args...)
	if err != nil {
		return nil, t.fail(err)
	}
	t.open = rows
	return rows, nil
}

// QueryRow runs a statement that gives one row; its Scan must be called before
// the next statement, and gives the error of the whole.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *Row {
	rows, err := t.Query(ctx, query, args...)
	return &Row{tx: t, rows: rows, err: err}
}

// OnCommit runs f after a successful commit, before the next transaction begins,
// so in commit order. f must be short and must not write.
func (t *Tx) OnCommit(f func()) { t.hooks = append(t.hooks, f) }

// Announce wakes, after a successful commit, those who wait for News of topic.
func (t *Tx) Announce(topic string) {
	for _, n := range t.news {
		if n == topic {
			return
		}
	}
	t.news = append(t.news, topic)
}

// ready checks that the statement may run now and gives it prepared.
func (t *Tx) ready(ctx context.Context, step Step, query string, args []any) (*sql.Stmt, context.Context, error) {
	if t.sqlTx == nil {
		return nil, nil, errors.New("the transaction has ended")
	}
	if t.broken != nil {
		return nil, nil, fmt.Errorf("an earlier statement of the transaction failed: %w", t.broken)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if err := t.outer.Err(); err != nil {
		return nil, nil, err
	}
	if t.open != nil {
		if _, err := t.open.Columns(); err == nil {
			return nil, nil, errors.New("rows of an earlier query are still open in the transaction")
		}
		t.open = nil
	}
	if err := checkText(args); err != nil {
		return nil, nil, err
	}
	if err := t.db.tapped(ctx, step, query); err != nil {
		return nil, nil, t.fail(err)
	}
	run := ctx
	if t.write && t.db.Dialect() == SQLite {
		// A write of SQLite is short and never waits; without the watch on ctx
		// it costs a third less. ctx is looked at between statements.
		run = t.calm
	}
	s, err := t.c.prepared(run, query)
	if err != nil {
		return nil, nil, t.fail(err)
	}
	return s, run, nil
}

// fail remembers the first failed statement: PostgreSQL would commit nothing
// after it, so neither does SQLite.
func (t *Tx) fail(err error) error {
	if t.broken == nil && t.write {
		t.broken = err
	}
	return err
}

func (t *Tx) begin(ctx context.Context, c *conn) error {
	if err := t.db.tapped(ctx, StepBegin, ""); err != nil {
		return err
	}
	t.outer, t.calm = ctx, context.WithoutCancel(ctx)
	s, err := t.db.driver.Begin(ctx, c.Conn, t.write)
	if err != nil {
		return err
	}
	t.c, t.sqlTx = c, s
	return nil
}

func (t *Tx) commit(ctx context.Context) error {
	if t.broken != nil {
		return fmt.Errorf("commit after a failed statement: %w", t.broken)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	t.closeRows()
	if err := t.db.tapped(ctx, StepCommit, ""); err != nil {
		return err
	}
	err := t.sqlTx.Commit()
	if err == nil {
		t.sqlTx = nil
		err = t.db.tapped(ctx, StepCommitted, "")
	}
	if err != nil {
		t.tell(nil) // it may stand all the same: let those who wait look
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// abandon ends the transaction without a trace and gives the connection back, or
// nil when it can no longer be trusted.
func (t *Tx) abandon(c *conn) *conn {
	if t.sqlTx == nil {
		return c
	}
	t.closeRows()
	err := t.sqlTx.Rollback()
	t.sqlTx = nil
	if err != nil {
		c.discard()
		return nil
	}
	return c
}

func (t *Tx) closeRows() {
	if t.open != nil {
		t.open.Close()
		t.open = nil
	}
}

// tell runs the hooks and wakes those who wait for what was announced.
func (t *Tx) tell(hooks []func()) {
	for _, f := range hooks {
		f()
	}
	for _, n := range t.news {
		t.db.announce(n)
	}
}

// checkText refuses text that one engine would keep and the other would not.
func checkText(args []any) error {
	for i, a := range args {
		s, ok := a.(string)
		if !ok {
			if v := reflect.ValueOf(a); v.Kind() == reflect.String {
				s = v.String()
			}
		}
		if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
			return vocab.BadInput.Because("text of argument $%d is not UTF-8 or holds a NUL", i+1)
		}
	}
	return nil
}

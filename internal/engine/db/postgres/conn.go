package postgres

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5/stdlib"
)

// errLost stands for driver.ErrBadConn where a statement ran.
var errLost = errors.New("the connection to the server is lost")

// connector makes connections that never tell database/sql to take them back at
// a statement. It would, and would wait until the connection is free; but a
// statement of a transaction holds the connection, and both would wait for ever.
type connector struct{ driver.Connector }

// Connect opens a connection.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return conn{raw.(*stdlib.Conn)}, nil
}

type conn struct{ *stdlib.Conn }

// PrepareContext prepares a statement that keeps the rule too.
func (c conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	raw, err := c.Conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, told(ctx, err)
	}
	return stmt{raw.(*stdlib.Stmt)}, nil
}

// ExecContext runs a statement that is not prepared.
func (c conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	res, err := c.Conn.ExecContext(ctx, query, args)
	return res, told(ctx, err)
}

// QueryContext runs a query that is not prepared.
func (c conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.QueryContext(ctx, query, args)
	return rows, told(ctx, err)
}

type stmt struct{ *stdlib.Stmt }

// ExecContext runs the statement.
func (s stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	res, err := s.Stmt.ExecContext(ctx, args)
	return res, told(ctx, err)
}

// QueryContext runs the query.
func (s stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.Stmt.QueryContext(ctx, args)
	return rows, told(ctx, err)
}

// told says what befell a statement: its caller went, or the connection did.
func told(ctx context.Context, err error) error {
	if !errors.Is(err, driver.ErrBadConn) {
		return err
	}
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	return errLost
}

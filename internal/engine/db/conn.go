package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

// maxStatements bounds the prepared statements of one connection, so that texts
// built with a varying number of placeholders cannot grow without end.
const maxStatements = 400

// conn is one connection with the statements prepared on it, found by text. It
// belongs to one transaction at a time.
type conn struct {
	*sql.Conn
	stmts map[string]*sql.Stmt
	order []string
}

func newConn(c *sql.Conn) *conn { return &conn{Conn: c, stmts: map[string]*sql.Stmt{}} }

func (c *conn) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if len(c.order) >= maxStatements {
		oldest := c.order[0]
		c.order = c.order[1:]
		c.stmts[oldest].Close()
		delete(c.stmts, oldest)
	}
	c.stmts[query] = s
	c.order = append(c.order, query)
	return s, nil
}

// discard ends the connection for good instead of handing it back to a pool.
func (c *conn) discard() {
	if c == nil {
		return
	}
	for _, s := range c.stmts {
		s.Close()
	}
	c.Raw(func(any) error { return driver.ErrBadConn })
	c.Conn.Close()
}

package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"fontis/internal/engine/source"
	"fontis/internal/engine/source/statement"
)

const (
	selectTables = `SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`
	// hidden 1 is a hidden column of a virtual table; 2 and 3 are generated ones, which read like any other.
	selectColumns  = `SELECT name, type FROM pragma_table_xinfo($1) WHERE hidden <> 1 ORDER BY cid`
	selectEstimate = `SELECT CAST(stat AS TEXT) FROM sqlite_stat1 WHERE tbl = $1 AND stat IS NOT NULL LIMIT 1`
	hasEstimates   = `SELECT COUNT(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'`
)

// Catalog lists tables and views. A view that no longer works is left out.
func (d *DB) Catalog(ctx context.Context) ([]source.Table, error) {
	if err := d.reachable(); err != nil {
		return nil, err
	}
	var tables []source.Table
	err := d.read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, selectTables)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name, kind string
			if err := rows.Scan(&name, &kind); err != nil {
				return err
			}
			tables = append(tables, source.Table{Name: name, View: kind == "view", Rows: -1})
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return describe(ctx, tx, tables)
	})
	if err != nil {
		return nil, err
	}
	whole := tables[:0]
	for _, t := range tables {
		if len(t.Columns) > 0 {
			whole = append(whole, t)
		}
	}
	return whole, nil
}

func describe(ctx context.Context, tx *sql.Tx, tables []source.Table) error {
	var estimates int
	if err := tx.QueryRowContext(ctx, hasEstimates).Scan(&estimates); err != nil {
		return err
	}
	for i := range tables {
		t := &tables[i]
		columns, err := describeColumns(ctx, tx, t.Name)
		if err != nil && !t.View {
			return err
		}
		t.Columns = columns
		if estimates == 0 {
			continue
		}
		var stat string
		err = tx.QueryRowContext(ctx, selectEstimate, t.Name).Scan(&stat)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		first, _, _ := strings.Cut(stat, " ")
		if n, err := strconv.ParseInt(first, 10, 64); err == nil {
			t.Rows = n
		}
	}
	return nil
}

func describeColumns(ctx context.Context, tx *sql.Tx, table string) ([]source.Column, error) {
	rows, err := tx.QueryContext(ctx, selectColumns, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var columns []source.Column
	for rows.Next() {
		var name, declared string
		if err := rows.Scan(&name, &declared); err != nil {
			return nil, err
		}
		columns = append(columns, source.Column{Name: name, Type: declared, Kind: kindOf(declared), Cast: castOf(declared)})
	}
	return columns, rows.Err()
}

// kindOf reads a declared type as people mean it.
func kindOf(declared string) source.ValueKind {
	d := strings.ToUpper(declared)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(d, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("BOOL"):
		return source.Bool
	case has("TIME"):
		return source.Moment
	case has("DATE"):
		return source.Date
	case has("INT") && !has("POINT"):
		return source.Integer
	case has("CHAR", "CLOB", "TEXT"):
		return source.Text
	case has("REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL"):
		return source.Number
	case d == "BLOB":
		return source.Bytes
	}
	return source.Text
}

// castOf says "text" where SQLite itself would not compare a column with a text:
// its rules of affinity turn the parameter into a number or nothing at all.
func castOf(declared string) string {
	d := strings.ToUpper(declared)
	switch kindOf(declared) {
	case source.Integer, source.Number:
		return ""
	case source.Text:
		if strings.Contains(d, "CHAR") || strings.Contains(d, "CLOB") || strings.Contains(d, "TEXT") {
			return ""
		}
	}
	return "text"
}

// words say how SQLite gives a list and compares by bytes. A unary plus keeps
// the value and drops the declared type, by which the Go driver would otherwise
// read dates in its own way.
func words() statement.Words {
	side := func(c source.Column) string {
		switch {
		case c.Kind == source.Bool:
			return "CASE CAST(" + statement.Quote(c.Name) + " AS TEXT) WHEN '1' THEN 'true' WHEN '0' THEN 'false' ELSE LOWER(CAST(" + statement.Quote(c.Name) + " AS TEXT)) END"
		case c.Kind == source.Date, c.Kind == source.Moment:
			return isoMoment(statement.Quote(c.Name))
		case c.Cast == "text":
			return "CAST(" + statement.Quote(c.Name) + " AS TEXT)"
		}
		return statement.Quote(c.Name)
	}
	return statement.Words{
		OneOf: func(c source.Column, p string) string {
			return side(c) + " IN (SELECT value FROM json_each(" + p + "))"
		},
		List: func(values []string) any {
			b, err := json.Marshal(values) // texts always encode
			if err != nil {
				return "[]"
			}
			return string(b)
		},
		Param: func(c source.Column, p string) string {
			switch c.Kind {
			case source.Integer, source.Number:
				return "CAST(" + p + " AS NUMERIC)"
			case source.Bool:
				return "CASE LOWER(" + p + ") WHEN '1' THEN 'true' WHEN 't' THEN 'true' WHEN '0' THEN 'false' WHEN 'f' THEN 'false' ELSE LOWER(" + p + ") END"
			}
			return p
		},
		Side:   func(c source.Column) string { return side(c) + collation(c) },
		Shown:  func(c source.Column) string { return "+" + statement.Quote(c.Name) },
		AsText: func(c source.Column) string { return "CAST(" + statement.Quote(c.Name) + " AS TEXT)" },
	}
}

// isoMoment writes a stored moment as canonical values are written: a T before
// the time of day, and no time at midnight. SQLite keeps moments as plain text.
func isoMoment(name string) string {
	text := "CAST(" + name + " AS TEXT)"
	return "CASE WHEN SUBSTR(" + text + ", 11) IN (' 00:00:00', 'T00:00:00', ' 00:00') THEN SUBSTR(" + text + ", 1, 10)" +
		" WHEN SUBSTR(" + text + ", 11, 1) = ' ' THEN SUBSTR(" + text + ", 1, 10) || 'T' || SUBSTR(" + text + ", 12) ELSE " + text + " END"
}

func collation(c source.Column) string {
	if c.Kind == source.Integer || c.Kind == source.Number {
		return ""
	}
	return " COLLATE BINARY"
}

// Rows reads rows in one transaction.
func (d *DB) Rows(ctx context.Context, s source.Scan) (source.Batch, error) {
	text, args := statement.Rows(words(), s)
	kinds := make([]source.ValueKind, 0, len(s.Columns)+1)
	if s.Subject != nil {
		kinds = append(kinds, source.Text)
	}
	for _, c := range s.Columns {
		kinds = append(kinds, c.Kind)
	}
	// The mark is taken before the snapshot: a change in between makes the next
	// mark differ, and a new answer never carries an old one's mark unseen.
	batch := source.Batch{Mark: d.mark()}
	err := d.read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, text, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		cells := make([]any, len(kinds))
		for rows.Next() {
			for i := range cells {
				cells[i] = new(any)
			}
			if err := rows.Scan(cells...); err != nil {
				return err
			}
			row := make([]source.Value, len(kinds))
			for i, c := range cells {
				row[i] = value(*c.(*any), kinds[i])
			}
			batch.Rows = append(batch.Rows, row)
		}
		return rows.Err()
	})
	return batch, err
}

// Top counts values.
func (d *DB) Top(ctx context.Context, s source.TopScan) (source.Top, error) {
	var top source.Top
	err := d.read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, statement.Top(words(), s))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var cell any
			var n int64
			if err := rows.Scan(&cell, &n, &top.Rows, &top.Nulls); err != nil {
				return err
			}
			top.Add(value(cell, s.Column.Kind), n, s.Values)
		}
		return rows.Err()
	})
	return top, err
}

// value makes a canonical value from what SQLite holds, which need not be of the
// column's declared type.
func value(cell any, k source.ValueKind) source.Value {
	switch v := cell.(type) {
	case nil:
		return source.NullValue(k)
	case int64:
		if k == source.Text || k == source.Number {
			k = source.Integer
		}
		return source.NewValue(k, strconv.FormatInt(v, 10))
	case float64:
		return source.NewValue(source.Number, strconv.FormatFloat(v, 'f', -1, 64))
	case []byte:
		return source.Value{Kind: source.Bytes, Text: hex.EncodeToString(v)}
	case bool:
		return source.NewValue(source.Bool, strconv.FormatBool(v))
	case time.Time:
		return source.NewValue(source.Moment, v.Format("2006-01-02T15:04:05.999999999Z07:00"))
	case string:
		if k == source.Integer || k == source.Number || k == source.Bytes {
			k = source.Text
		}
		return source.NewValue(k, v)
	}
	return source.Value{Kind: source.Other, Text: fmt.Sprint(cell)}
}

// read runs f in a read transaction, whose first statement takes the snapshot.
func (d *DB) read(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := d.pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return explain(ctx, err)
	}
	err = f(tx)
	if undo := ignoreDone(tx.Rollback()); err == nil {
		err = undo
	}
	return explain(ctx, err)
}

// mark changes with a committed change, as finely as the file system keeps time.
// The file is examined and never opened here: closing it would drop the locks
// that SQLite holds on it for this process, and a reader could see half a change.
func (d *DB) mark() string {
	info, err := os.Stat(d.path)
	if err != nil {
		return ""
	}
	mark := fmt.Sprintf("%x-%x", info.Size(), info.ModTime().UnixNano())
	if wal, err := os.Stat(d.path + "-wal"); err == nil {
		mark += fmt.Sprintf("-%x-%x", wal.Size(), wal.ModTime().UnixNano())
	}
	return mark
}

var _ source.Driver = (*DB)(nil)

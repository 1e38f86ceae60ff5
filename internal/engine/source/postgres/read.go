package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"fontis/internal/engine/source"
	"fontis/internal/engine/source/statement"
)

// A column stands in the catalog only when the account may read it: grants may
// be given by column. Domains are shown and compared as what they are made of.
const selectCatalog = `
SELECT n.nspname, c.relname, c.relkind IN ('v', 'm'), c.reltuples::bigint, a.attname,
	format_type(a.atttypid, a.atttypmod), b.typname, b.typtype::text, format_type(b.oid, NULL)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
	AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
	AND has_schema_privilege(n.oid, 'USAGE')
	AND has_column_privilege(c.oid, a.attnum, 'SELECT')
ORDER BY n.nspname, c.relname, a.attnum`

// Catalog lists tables and views with their readable columns.
func (d *DB) Catalog(ctx context.Context) ([]source.Table, error) {
	var tables []source.Table
	err := d.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectCatalog)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var t source.Table
			var c source.Column
			var base, class, cast string
			if err := rows.Scan(&t.Schema, &t.Name, &t.View, &t.Rows, &c.Name, &c.Type, &base, &class, &cast); err != nil {
				return err
			}
			c.Kind, c.Cast = kindOf(base, class), castOf(base, cast)
			if last := len(tables) - 1; last >= 0 && tables[last].FullName() == t.FullName() {
				tables[last].Columns = append(tables[last].Columns, c)
				continue
			}
			if t.View {
				t.Rows = -1
			}
			t.Columns = []source.Column{c}
			tables = append(tables, t)
		}
		return rows.Err()
	})
	return tables, err
}

func kindOf(base, class string) source.ValueKind {
	switch base {
	case "int2", "int4", "int8":
		return source.Integer
	case "numeric", "float4", "float8":
		return source.Number
	case "bool":
		return source.Bool
	case "date":
		return source.Date
	case "timestamp", "timestamptz":
		return source.Moment
	case "bytea":
		return source.Bytes
	case "text", "varchar", "bpchar", "name", "char", "uuid", "citext":
		return source.Text
	}
	if class == "e" {
		return source.Text
	}
	return source.Other
}

// castOf is the type that a parameter takes so that the column's own index and
// equality serve. Everything without an order of its own compares as text.
func castOf(base, formatted string) string {
	switch base {
	case "int2", "int4", "int8":
		return "bigint" // a number too large for the column equals nothing in it, and is no error
	case "float4", "float8":
		return "float8"
	case "numeric", "bool", "date", "timestamp", "timestamptz":
		return formatted
	case "varchar", "text":
		return "text"
	case "bpchar":
		return "bpchar" // its formatted name, character, would cut a parameter to one character
	}
	return ""
}

// words say how PostgreSQL gives a list, and compare text by its bytes.
func words() statement.Words {
	asText := func(c source.Column) string {
		if c.Cast == "bpchar" {
			return "rtrim(" + statement.Quote(c.Name) + "::text)"
		}
		return statement.Quote(c.Name) + "::text"
	}
	return statement.Words{
		OneOf: func(c source.Column, p string) string {
			if c.Cast == "" {
				return asText(c) + " = ANY(" + p + "::text[])"
			}
			return statement.Quote(c.Name) + " = ANY(" + p + "::text[]::" + c.Cast + "[])"
		},
		List: func(values []string) any { return values },
		Param: func(c source.Column, p string) string {
			if byBytes(c) {
				return p + "::text"
			}
			return p + "::text::" + c.Cast
		},
		Side: func(c source.Column) string {
			if byBytes(c) {
				return asText(c) + ` COLLATE "C"`
			}
			// A bare name in ORDER BY would be that of the output, which is text; a cast
			// to its own type is the column's value, and its index still serves.
			return statement.Quote(c.Name) + "::" + c.Cast
		},
		Shown: func(c source.Column) string {
			if c.Kind == source.Text {
				return asText(c)
			}
			return statement.Quote(c.Name)
		},
		AsText: asText,
	}
}

func byBytes(c source.Column) bool { return c.Cast == "" || c.Cast == "text" || c.Cast == "bpchar" }

const selectMark = `SELECT pg_snapshot_xmax(pg_current_snapshot())::text`

// Rows reads rows in one transaction. The mark is the server's count of
// transactions: it moves with every change in the whole cluster, so that it may
// differ where this table did not, and never stays where it did.
func (d *DB) Rows(ctx context.Context, s source.Scan) (source.Batch, error) {
	text, args := statement.Rows(words(), s)
	kinds := make([]source.ValueKind, 0, len(s.Columns)+1)
	if s.Subject != nil {
		kinds = append(kinds, source.Text)
	}
	for _, c := range s.Columns {
		kinds = append(kinds, c.Kind)
	}
	var batch source.Batch
	err := d.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, text, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			row := make([]source.Value, len(kinds))
			for i, raw := range rows.RawValues() {
				row[i] = value(raw, kinds[i])
			}
			batch.Rows = append(batch.Rows, row)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return d.mark(ctx, tx, &batch.Mark)
	})
	return batch, err
}

// mark reads the mark last: what speaks PostgreSQL's wire without having the
// function has answered by then, and its answer goes without a mark.
func (d *DB) mark(ctx context.Context, tx pgx.Tx, mark *string) error {
	err := tx.QueryRow(ctx, selectMark).Scan(mark)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && strings.HasPrefix(pg.Code, "42") {
		return nil
	}
	return err
}

// Top counts values.
func (d *DB) Top(ctx context.Context, s source.TopScan) (source.Top, error) {
	w := words()
	shown := w.Shown
	w.Shown = func(c source.Column) string { // a type without equality cannot be grouped
		if c.Kind == source.Other {
			return statement.Quote(c.Name) + "::text"
		}
		return shown(c)
	}
	var top source.Top
	err := d.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, statement.Top(w, s))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n int64
			v := value(rows.RawValues()[0], s.Column.Kind)
			if err := rows.Scan(nil, &n, &top.Rows, &top.Nulls); err != nil {
				return err
			}
			top.Add(v, n, s.Values)
		}
		return rows.Err()
	})
	return top, err
}

// value makes a canonical value from the server's text.
func value(raw []byte, k source.ValueKind) source.Value {
	if raw == nil {
		return source.NullValue(k)
	}
	text := string(raw)
	if k == source.Bytes {
		return source.Value{Kind: k, Text: strings.TrimPrefix(text, `\x`)}
	}
	return source.NewValue(k, text)
}

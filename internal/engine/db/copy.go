package db

import (
	"context"
	"fmt"
	"strings"

	"fontis/internal/vocab"
)

const (
	selectSteps  = `SELECT pkg, version, body FROM schema_version ORDER BY n`
	deferSQLite  = `PRAGMA defer_foreign_keys = ON`
	tablesSQLite = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`
	tablesPg     = `SELECT table_name::text FROM information_schema.tables
		WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name`
	columnsSQLite = `SELECT name, type, 0 FROM pragma_table_info($1) ORDER BY cid`
	columnsPg     = `SELECT column_name::text, data_type::text, CASE WHEN is_identity = 'YES' THEN 1 ELSE 0 END
		FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`
	foreignPg = `SELECT conrelid::regclass::text, conname::text FROM pg_constraint
		WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND NOT condeferrable ORDER BY 1, 2`
	checkForeignPg = `SET CONSTRAINTS ALL IMMEDIATE`
)

// copyRows is the number of rows that one INSERT carries.
const copyRows = 50

// step is one migration as schema_version remembers it.
type step struct {
	pkg     string
	version int64
	body    string
}

// Copy makes the tables that the migrations of from made, and their rows, in to,
// whatever the two engines are. Tables of to that hold rows are refused; empty
// ones are made anew. Tables that no migration made are not copied.
func Copy(ctx context.Context, from, to *Tx) error {
	steps, err := list(ctx, from, selectSteps, func(scan func(...any) error) (s step, err error) {
		return s, scan(&s.pkg, &s.version, &s.body)
	})
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if err := clear(ctx, to); err != nil {
		return err
	}
	if err := to.Build(ctx, versionTable); err != nil {
		return err
	}
	for _, s := range steps {
		if err := to.Build(ctx, s.body); err != nil {
			return fmt.Errorf("rebuild %s %d: %w", s.pkg, s.version, err)
		}
	}
	tables, err := to.tables(ctx)
	if err != nil {
		return err
	}
	restore, err := to.deferForeign(ctx)
	if err != nil {
		return fmt.Errorf("defer the references: %w", err)
	}
	// A migration may have put rows; the snapshot has them too.
	for _, name := range tables {
		if _, err := to.Exec(ctx, `DELETE FROM `+quote(name)); err != nil {
			return err
		}
	}
	for _, name := range tables {
		if err := copyTable(ctx, from, to, name); err != nil {
			return fmt.Errorf("copy table %s: %w", name, err)
		}
	}
	if err := restore(); err != nil {
		return fmt.Errorf("check the references: %w", err)
	}
	return nil
}

// clear drops the tables of to, which must hold no rows.
func clear(ctx context.Context, to *Tx) error {
	tables, err := to.tables(ctx)
	if err != nil {
		return err
	}
	for _, name := range tables {
		if name == "schema_version" {
			continue
		}
		var one int
		err := to.QueryRow(ctx, `SELECT 1 FROM `+quote(name)+` LIMIT 1`).Scan(&one)
		if err == nil {
			return vocab.StateWrong.Because("table %s already holds rows, and a snapshot is loaded only into an empty database", name)
		}
		if !NoRows(err) {
			return err
		}
	}
	cascade := ""
	if to.Dialect() == Postgres {
		cascade = " CASCADE"
	}
	for _, name := range tables {
		if _, err := to.Exec(ctx, `DROP TABLE `+quote(name)+cascade); err != nil {
			return err
		}
	}
	return nil
}

// column is a column of a table that rows are copied into.
type column struct {
	name, kind string
	identity   bool
}

func copyTable(ctx context.Context, from, to *Tx, name string) error {
	cols, err := to.columns(ctx, name)
	if err != nil {
		return err
	}
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = quote(c.name)
	}
	rows, err := from.Query(ctx, `SELECT `+strings.Join(names, ", ")+` FROM `+quote(name))
	if err != nil {
		return err
	}
	defer rows.Close()
	head := `INSERT INTO ` + quote(name) + ` (` + strings.Join(names, ", ") + `)`
	if to.Dialect() == Postgres {
		head += ` OVERRIDING SYSTEM VALUE`
	}
	var args []any
	flush := func() error {
		if len(args) == 0 {
			return nil
		}
		_, err := to.Exec(ctx, head+values(len(args)/len(cols), len(cols)), args...)
		args = args[:0]
		return err
	}
	cells, places := make([]any, len(cols)), make([]any, len(cols))
	for i := range cells {
		places[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		for i, c := range cols {
			switch v := cells[i].(type) {
			case int64:
				if c.kind == "boolean" {
					cells[i] = v != 0
				}
			case []byte:
				if v == nil { // SQLite's way to give empty bytes
					cells[i] = []byte{}
				}
			}
		}
		args = append(args, cells...)
		if len(args) == copyRows*len(cols) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := flush(); err != nil {
		return err
	}
	return to.renumber(ctx, name, cols)
}

// renumber lets the columns that number themselves go on after the copied rows.
func (t *Tx) renumber(ctx context.Context, name string, cols []column) error {
	for _, c := range cols {
		if !c.identity {
			continue
		}
		_, err := t.Exec(ctx, `SELECT setval(pg_get_serial_sequence('`+quote(name)+`', '`+c.name+`'),
			COALESCE(MAX(`+quote(c.name)+`), 1), MAX(`+quote(c.name)+`) IS NOT NULL) FROM `+quote(name))
		if err != nil {
			return err
		}
	}
	return nil
}

// values gives " VALUES ($1, $2), ($3, $4)" for rows of width columns.
func values(rows, width int) string {
	var b strings.Builder
	b.WriteString(" VALUES ")
	for i := range rows * width {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	b.WriteString(")")
	return b.String()
}

func (t *Tx) tables(ctx context.Context) ([]string, error) {
	query := tablesSQLite
	if t.Dialect() == Postgres {
		query = tablesPg
	}
	return list(ctx, t, query, func(scan func(...any) error) (name string, err error) {
		return name, scan(&name)
	})
}

func (t *Tx) columns(ctx context.Context, table string) ([]column, error) {
	query := columnsSQLite
	if t.Dialect() == Postgres {
		query = columnsPg
	}
	return list(ctx, t, query, func(scan func(...any) error) (c column, err error) {
		return c, scan(&c.name, &c.kind, &c.identity)
	}, table)
}

// deferForeign puts off the check of references until what it returns is called,
// so that tables can be filled in any order.
func (t *Tx) deferForeign(ctx context.Context) (restore func() error, err error) {
	if t.Dialect() == SQLite {
		_, err := t.Exec(ctx, deferSQLite) // the commit checks
		return func() error { return nil }, err
	}
	type reference struct{ table, name string }
	refs, err := list(ctx, t, foreignPg, func(scan func(...any) error) (r reference, err error) {
		return r, scan(&r.table, &r.name)
	})
	if err != nil {
		return nil, err
	}
	alter := func(how string) error {
		for _, r := range refs {
			if _, err := t.Exec(ctx, `ALTER TABLE `+r.table+` ALTER CONSTRAINT `+quote(r.name)+how); err != nil {
				return err
			}
		}
		return nil
	}
	if err := alter(` DEFERRABLE INITIALLY DEFERRED`); err != nil {
		return nil, err
	}
	return func() error {
		if _, err := t.Exec(ctx, checkForeignPg); err != nil {
			return err
		}
		return alter(` NOT DEFERRABLE`)
	}, nil
}

func list[T any](ctx context.Context, t *Tx, query string, row func(scan func(...any) error) (T, error), args ...any) ([]T, error) {
	rows, err := t.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := row(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

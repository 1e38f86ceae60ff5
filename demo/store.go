package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // departments of the demo keep SQLite files

	"fontis/internal/vocab"
)

// book is the database of one department: a SQLite file of its own, as any
// system outside fontis would have.
//
// It is written in steps, one transaction each, in an order that never changes:
// the tables, a first part of each, the rest, the indexes. The file itself
// counts the steps done, in user_version, so that a killed load goes on where it
// stood and ends with the same bytes.
type book struct {
	owner  vocab.MemberID
	tables []table
}

// chunk is how many places of the world one transaction writes: some 40 ms.
const chunk = 5000

// many rows go into one statement; beyond it nothing gets faster.
const many = 40

// step is one transaction of a book.
type step struct {
	table    *table
	from, to int    // places of the world
	exec     string // instead of rows
}

// steps lists all steps; first is how many make a book that can be asked.
func (b *book) steps() (all []step, first int) {
	for i := range b.tables {
		t := &b.tables[i]
		all = append(all, step{exec: "CREATE TABLE " + t.name + " (" + t.columns + ")"})
	}
	for i := range b.tables {
		t := &b.tables[i]
		all = append(all, step{table: t, to: min(chunk, t.places)})
	}
	first = len(all)
	for i := range b.tables {
		t := &b.tables[i]
		for from := chunk; from < t.places; from += chunk {
			all = append(all, step{table: t, from: from, to: min(from+chunk, t.places)})
		}
		all = append(all, step{exec: "CREATE INDEX " + t.name + "_" + t.index + " ON " + t.name + " (" + t.index + ")"})
	}
	return append(all, step{exec: "ANALYZE"}), first
}

func (b *book) path(folder string) string { return filepath.Join(folder, string(b.owner)+".db") }

// write does the steps up to last that are not done yet; told hears of each.
func (b *book) write(ctx context.Context, folder string, last int, told func(step)) (err error) {
	all, _ := b.steps()
	if _, err := os.Stat(b.path(folder)); err == nil {
		if err := os.Chmod(b.path(folder), 0o600); err != nil {
			return err
		}
	}
	conn, err := b.open(ctx, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var done int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&done); err != nil {
		return fmt.Errorf("read %s: %w", b.path(folder), err)
	}
	for ; done < last; done++ {
		if err := b.do(ctx, conn, all[done], done+1); err != nil {
			return fmt.Errorf("write %s, step %d: %w", b.path(folder), done+1, err)
		}
		told(all[done])
	}
	if last == len(all) {
		return b.seal(folder)
	}
	return nil
}

// open opens the file for writing. Without syncs a killed process loses nothing;
// a lost power may, and then the folder is made anew.
func (b *book) open(ctx context.Context, folder string) (*sql.DB, error) {
	q := url.Values{"_pragma": {"busy_timeout(10000)", "synchronous(0)", "cache_size(-65536)"}, "_txlock": {"immediate"}}
	dsn := url.URL{Scheme: "file", Path: b.path(folder), RawQuery: q.Encode()}
	conn, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	conn.SetMaxOpenConns(1)
	return conn, conn.PingContext(ctx)
}

func (b *book) do(ctx context.Context, conn *sql.DB, s step, version int) (err error) {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if undo := tx.Rollback(); err == nil && !errors.Is(undo, sql.ErrTxDone) {
			err = undo
		}
	}()
	if s.exec != "" {
		_, err = tx.ExecContext(ctx, s.exec)
	} else {
		err = s.fill(ctx, tx)
	}
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return err
	}
	return tx.Commit()
}

// fill writes the rows of the step's places, many a statement.
func (s step) fill(ctx context.Context, tx *sql.Tx) error {
	full, err := tx.PrepareContext(ctx, s.table.insert(many))
	if err != nil {
		return err
	}
	defer full.Close()
	args := make([]any, 0, many*s.table.width)
	var failed error
	put := func(values ...any) {
		if args = append(args, values...); len(args) < many*s.table.width || failed != nil {
			return
		}
		_, failed = full.ExecContext(ctx, args...)
		args = args[:0]
	}
	for i := s.from; i < s.to && failed == nil; i++ {
		s.table.rows(i, put)
	}
	if failed != nil || len(args) == 0 {
		return failed
	}
	_, err = tx.ExecContext(ctx, s.table.insert(len(args)/s.table.width), args...)
	return err
}

func (t *table) insert(rows int) string {
	row := "(?" + strings.Repeat(", ?", t.width-1) + ")"
	return "INSERT INTO " + t.name + " VALUES " + row + strings.Repeat(", "+row, rows-1)
}

// seal makes a finished book durable and takes away the right to write it.
func (b *book) seal(folder string) error {
	f, err := os.OpenFile(b.path(folder), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Chmod(b.path(folder), 0o400)
}

// count counts the rows of each table.
func (b *book) count(ctx context.Context, folder string) (counts []Count, err error) {
	conn, err := b.open(ctx, folder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	for i := range b.tables {
		c := Count{What: b.tables[i].step}
		if err := conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+b.tables[i].name).Scan(&c.Rows); err != nil {
			return nil, err
		}
		counts = append(counts, c)
	}
	return counts, nil
}

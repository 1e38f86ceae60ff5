// Package sqlite reads SQLite files that are not ours.
//
// The file is opened with mode=ro, and every connection says query_only; Powers
// tries to write all the same. immutable is not set: the file may have a writer,
// and each reading is one consistent snapshot.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"fontis/internal/engine/source"
	"fontis/internal/vocab"
)

// Few readers are enough for one file; each holds a page cache of its own.
const maxConnections = 4

// How long a reader waits for a writer that holds the file.
const busyTimeout = 2 * time.Second

// DB is an open file.
type DB struct {
	path string
	pool *sql.DB
}

// Connect opens a file. It does not reach it yet.
func Connect(_ context.Context, a source.Address, o source.Options) (source.Driver, error) {
	path, err := filepath.Abs(a.Path)
	if err != nil {
		return nil, vocab.SourceAway.Because("the path cannot be made whole")
	}
	busy := min(busyTimeout, o.Timeout/2)
	q := url.Values{"mode": {"ro"}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()), "query_only(1)", "trusted_schema(0)",
	}}
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	pool, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, vocab.SourceAway.Because("SQLite cannot be started")
	}
	pool.SetMaxOpenConns(maxConnections)
	pool.SetMaxIdleConns(maxConnections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return &DB{path: path, pool: pool}, nil
}

// Close ends every connection.
func (d *DB) Close() error { return d.pool.Close() }

// Powers tries to write and looks at the file's mode. A file that this process
// could write by going round SQLite is worth a note: fontis does not.
func (d *DB) Powers(ctx context.Context) (source.Powers, error) {
	p := source.Powers{Account: "this process"}
	if err := d.reachable(); err != nil {
		return p, err
	}
	could, err := d.attempt(ctx)
	if err != nil {
		return p, err
	}
	if could {
		p.Found = append(p.Found, source.Power{What: "tables of the file", Mend: "chmod a-w " + d.path})
	}
	// The file is not opened to find out: closing it again would drop SQLite's locks.
	if unix.Access(d.path, unix.W_OK) == nil {
		p.Notes = append(p.Notes, "the file's mode lets this process write; it is opened read-only all the same")
	}
	return p, nil
}

// attempt tries to write with query_only off, so that what refuses is the file's
// own mode of opening, and undoes it.
func (d *DB) attempt(ctx context.Context) (could bool, err error) {
	conn, err := d.pool.Conn(ctx)
	if err != nil {
		return false, explain(ctx, err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	for _, statement := range []string{"PRAGMA query_only = 0", "BEGIN"} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return false, explain(ctx, err)
		}
	}
	_, tried := conn.ExecContext(ctx, "CREATE TABLE fontis_probe (x INTEGER)")
	undo := context.WithoutCancel(ctx)
	for _, statement := range []string{"ROLLBACK", "PRAGMA query_only = 1"} {
		if _, err := conn.ExecContext(undo, statement); err != nil {
			return false, explain(ctx, err)
		}
	}
	var se *driver.Error
	if errors.As(tried, &se) && se.Code()&0xff == lib.SQLITE_READONLY {
		return false, nil
	}
	return tried == nil, explain(ctx, tried)
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// reachable says more than SQLite would about a file that is not there.
func (d *DB) reachable() error {
	info, err := os.Stat(d.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return vocab.SourceAway.Because("there is no such file").WithFix("check the path, and that it is mounted on this machine")
	case errors.Is(err, os.ErrPermission):
		return vocab.SourceAway.Because("this process may not reach the file").WithFix("give the account of this process read permission: chmod g+r, and g+x on its folders")
	case err != nil:
		return vocab.SourceAway.Because("the file cannot be examined")
	case !info.Mode().IsRegular():
		return vocab.SourceAway.Because("the path is no file")
	}
	return nil
}

// explain turns SQLite's codes into failures. Its texts are not repeated: they
// may hold values.
func explain(ctx context.Context, err error) error {
	var f *vocab.Failure
	if err == nil || errors.As(err, &f) {
		return err
	}
	if ctx.Err() != nil {
		return vocab.SourceSlow.Wrap(ctx.Err(), "the call was given up")
	}
	var se *driver.Error
	if !errors.As(err, &se) {
		return vocab.SourceAway.Because("SQLite gave an error without a code")
	}
	switch se.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_INTERRUPT:
		return vocab.SourceSlow.Because("another program holds the file").WithFix("let its writer commit sooner, or give a copy of the file")
	case lib.SQLITE_NOTADB, lib.SQLITE_CORRUPT:
		return vocab.SourceAway.Because("the file is no SQLite database, or it is damaged").WithFix("check it: sqlite3 FILE 'PRAGMA integrity_check'")
	case lib.SQLITE_CANTOPEN, lib.SQLITE_PERM, lib.SQLITE_AUTH, lib.SQLITE_IOERR, lib.SQLITE_READONLY:
		return vocab.SourceAway.Because("SQLite cannot open or read the file, code %d", se.Code()).
			WithFix("give read permission on the file and its folder; a file in WAL mode also needs its -shm and -wal files, or: sqlite3 FILE 'PRAGMA journal_mode=DELETE'")
	case lib.SQLITE_ERROR, lib.SQLITE_SCHEMA, lib.SQLITE_MISMATCH:
		return vocab.SourceUnknown.Because("the tables of the source changed while it was read, or a view in it is broken")
	}
	return vocab.SourceAway.Because("SQLite gave code %d", se.Code())
}

// Package sqlite is the database in one file, for a node that needs nothing else.
//
// Every connection syncs each commit to the disk (WAL, synchronous=FULL), keeps
// references (foreign_keys), takes the write lock before it reads
// (BEGIN IMMEDIATE) and overwrites what it deletes (secure_delete). The file is
// readable by its owner only.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the engine, in pure Go

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// readers is the number of read connections: more do not help, since a read is
// bound by the processor.
const readers = 8

// Open opens the database file at path, and makes it where there is none.
func Open(ctx context.Context, path string) (*db.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := create(path); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	d := &engine{path: path}
	if d.write, err = pool(path, settings, "_txlock=immediate"); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	if d.read, err = pool(path, settings, "_pragma=query_only(1)"); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	whole := db.New(d, d, readers)
	d.flusher = startFlusher(d, whole)
	// The first transaction switches the file to WAL and shows that it opens.
	if err := whole.Write(ctx, func(*db.Tx) error { return nil }); err != nil {
		whole.Close()
		return nil, fmt.Errorf("open database %s: %w", path, withheld(err, path))
	}
	return whole, nil
}

// withheld gives a file that may not be opened or written its own remedy: there is
// no server to start.
func withheld(err error, path string) error {
	switch primary(err) {
	case codeReadOnly, codeCantOpen:
		return vocab.DatabaseAway.Wrap(err, "this account may not open or write the file").
			WithFix("use the account that owns the folder: ls -l %s", filepath.Dir(path))
	}
	return err
}

// create makes an empty file for its owner only, and makes its name durable.
// SQLite gives its WAL and index files the same mode.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// settings belong in the address, so that every connection gets them. The log is
// moved into the file by the flusher; at 32,768 pages (128 MB) by SQLite itself.
const settings = "_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)" +
	"&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_pragma=temp_store(2)&_pragma=cache_size(-16384)" +
	"&_pragma=journal_size_limit(67108864)&_pragma=wal_autocheckpoint(32768)&_pragma=trusted_schema(0)"

func pool(path, first, more string) (*sql.DB, error) {
	address := (&url.URL{Scheme: "file", Path: path, RawQuery: first + "&" + more}).String()
	p, err := sql.Open("sqlite", address)
	if err != nil {
		return nil, err
	}
	p.SetMaxIdleConns(-1) // a connection given back is closed; the portable type keeps its own
	return p, nil
}

// engine implements db.Driver and db.Keeper.
type engine struct {
	path        string
	write, read *sql.DB
	flusher     *flusher // nil for a snapshot
}

// Dialect is db.SQLite.
func (e *engine) Dialect() db.Dialect { return db.SQLite }

// Connect opens a connection to the file.
func (e *engine) Connect(ctx context.Context, write bool) (*sql.Conn, error) {
	if write {
		return e.write.Conn(ctx)
	}
	return e.read.Conn(ctx)
}

// Begin takes the write lock at once, or opens a reader's snapshot.
func (e *engine) Begin(ctx context.Context, c *sql.Conn, write bool) (*sql.Tx, error) {
	if write && e.flusher != nil {
		if err := e.flusher.look(c); err != nil {
			return nil, err
		}
	}
	return c.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{ReadOnly: !write})
}

// Fault tells a failing disk or file from a mistake of the statement.
func (e *engine) Fault(err error) db.Fault {
	switch primary(err) {
	case codeFull:
		return db.Full
	case codeBusy, codeLocked, codeReadOnly, codeIO, codeCorrupt, codeCantOpen, codeNotADB, codeNoMem:
		return db.Away
	}
	return db.Ours
}

// primary is the primary result code of SQLite's errors, 0 of any other.
func primary(err error) int {
	var coded interface {
		error
		Code() int
	}
	if !errors.As(err, &coded) {
		return 0
	}
	return coded.Code() & 0xff
}

// The primary result codes of SQLite that are not the caller's mistake.
const (
	codeBusy     = 5
	codeLocked   = 6
	codeNoMem    = 7
	codeReadOnly = 8
	codeIO       = 10
	codeCorrupt  = 11
	codeFull     = 13
	codeCantOpen = 14
	codeNotADB   = 26
)

// Close ends both pools.
func (e *engine) Close() error {
	if e.flusher != nil {
		e.flusher.close()
	}
	return errors.Join(e.write.Close(), e.read.Close())
}

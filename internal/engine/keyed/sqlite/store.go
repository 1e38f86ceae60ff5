package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"os"

	"fontis/internal/engine/keyed"
)

const (
	createTable = `CREATE TABLE kv (k BLOB NOT NULL PRIMARY KEY, v BLOB NOT NULL) STRICT, WITHOUT ROWID`
	insertOne   = `INSERT INTO kv (k, v) VALUES ($1, $2)`
	selectOne   = `SELECT v FROM kv WHERE k = $1`
	selectMany  = `SELECT j.key, kv.v FROM json_each($1) AS j CROSS JOIN kv ON kv.k = unhex(j.value)`
)

// manyAtOnce is how many keys one statement takes; a larger call is cut, always
// within one version.
const manyAtOnce = 20_000

// build writes a version's file and syncs it.
func build(ctx context.Context, path string, entries iter.Seq2[keyed.Entry, error]) (m manifest, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // SQLite would make it readable for others
	if err != nil {
		return m, err
	}
	if err := f.Close(); err != nil {
		return m, err
	}
	db, err := sql.Open("sqlite", address(path, "_pragma=journal_mode(off)", "_pragma=synchronous(off)", "_pragma=locking_mode(exclusive)", "_pragma=cache_size(-65536)"))
	if err != nil {
		return m, err
	}
	db.SetMaxOpenConns(1)
	if err := errors.Join(fillTable(ctx, db, entries), db.Close()); err != nil {
		return m, err
	}
	if err := syncPath(path); err != nil {
		return m, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return m, err
	}
	return manifest{Bytes: info.Size()}, nil
}

func fillTable(ctx context.Context, db *sql.DB, entries iter.Seq2[keyed.Entry, error]) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec(createTable); err != nil {
		return err
	}
	insert, err := tx.Prepare(insertOne)
	if err != nil {
		return err
	}
	defer insert.Close()
	for e, err := range entries {
		if err != nil {
			return err
		}
		// Without ctx: the driver would start a goroutine a row to watch it, and
		// entries ends with ctx anyway.
		if _, err := insert.Exec(e.Key[:], e.Packed); err != nil {
			return fmt.Errorf("insert row: %w", err)
		}
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return tx.Commit()
}

// Get reads from the version that answers now.
func (d *driver) Get(ctx context.Context, name string, keys []keyed.Key, found func(int, []byte) error) (info keyed.Info, err error) {
	h, err := d.acquire(name)
	if err != nil {
		return keyed.Info{}, err
	}
	defer func() { err = errors.Join(err, d.release(h)) }()
	if len(keys) == 0 {
		return h.Info, nil
	}
	if err := h.start(); err != nil {
		return keyed.Info{}, err
	}
	if len(keys) == 1 {
		return h.Info, h.getOne(keys[0], found)
	}
	for at := 0; at < len(keys); at += manyAtOnce {
		if err := h.getMany(ctx, keys[at:min(at+manyAtOnce, len(keys))], at, found); err != nil {
			return keyed.Info{}, err
		}
	}
	return h.Info, nil
}

// getOne takes no ctx: it lasts microseconds, and watching ctx costs more.
func (h *handle) getOne(key keyed.Key, found func(int, []byte) error) error {
	var v []byte
	err := h.one.QueryRow(key[:]).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return found(0, v)
}

func (h *handle) getMany(ctx context.Context, keys []keyed.Key, at int, found func(int, []byte) error) error {
	rows, err := h.many.QueryContext(ctx, jsonKeys(keys))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var i int
		var v []byte
		if err := rows.Scan(&i, &v); err != nil {
			return err
		}
		if err := found(at+i, v); err != nil {
			return err
		}
	}
	return rows.Err()
}

// jsonKeys is ["<hex>","<hex>",...].
func jsonKeys(keys []keyed.Key) string {
	b := make([]byte, 0, len(keys)*(2*len(keyed.Key{})+3)+2)
	b = append(b, '[')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = hex.AppendEncode(b, k[:])
		b = append(b, '"')
	}
	return string(append(b, ']'))
}

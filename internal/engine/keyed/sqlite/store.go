package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"

	"fontis/internal/engine/keyed"
	"fontis/internal/vocab"
)

const (
	createTable = `CREATE TABLE kv (k BLOB NOT NULL PRIMARY KEY, v BLOB NOT NULL) STRICT, WITHOUT ROWID`
	insertOne   = `INSERT INTO kv (k, v) VALUES (?, ?)`
	selectOne   = `SELECT v FROM kv WHERE k = $1`
	selectMany  = `SELECT j.key, kv.v FROM json_each($1) AS j CROSS JOIN kv ON kv.k = unhex(j.value)`
	selectAll   = `SELECT k, v FROM kv ORDER BY k`
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
	g := &gathering{}
	if g.one, err = tx.Prepare(insertOne); err != nil {
		return err
	}
	defer g.one.Close()
	if g.many, err = tx.Prepare(insertOne + strings.Repeat(", (?, ?)", rowsAtOnce-1)); err != nil {
		return err
	}
	defer g.many.Close()
	for e, err := range entries {
		if err == nil {
			err = g.add(e)
		}
		if err != nil {
			return err
		}
	}
	if err := g.flush(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return tx.Commit()
}

// rowsAtOnce is how many rows one insert takes; a row at a time loads a quarter slower.
const rowsAtOnce = 50

// bytesAtOnce bounds what is gathered when values are large.
const bytesAtOnce = 4 << 20

// gathering collects rows for one insert; its buffers serve every insert.
type gathering struct {
	one, many *sql.Stmt
	keys      [rowsAtOnce]keyed.Key
	values    [rowsAtOnce][]byte
	args      []any
	bytes     int
}

func (g *gathering) add(e keyed.Entry) error {
	n := len(g.args) / 2
	g.keys[n], g.values[n] = e.Key, append(g.values[n][:0], e.Packed...)
	g.args = append(g.args, g.keys[n][:], g.values[n])
	g.bytes += len(e.Packed)
	if n+1 == rowsAtOnce || g.bytes > bytesAtOnce {
		return g.flush()
	}
	return nil
}

// flush inserts without ctx: the driver would start a goroutine an insert to
// watch it, and the entries end with ctx anyway.
func (g *gathering) flush() error {
	var err error
	if len(g.args) == 2*rowsAtOnce {
		_, err = g.many.Exec(g.args...)
	} else {
		for i := 0; i < len(g.args) && err == nil; i += 2 {
			_, err = g.one.Exec(g.args[i : i+2]...)
		}
	}
	if err != nil {
		return fmt.Errorf("insert rows: %w", err)
	}
	if g.bytes > bytesAtOnce {
		g.values = [rowsAtOnce][]byte{} // rare: do not hold on to large buffers
	}
	g.args, g.bytes = g.args[:0], 0
	return nil
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
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-ctx.Done():
		return keyed.Info{}, ctx.Err()
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

// Walk reads the version that answers now from end to end.
func (d *driver) Walk(ctx context.Context, name string, begin func(keyed.Info) error, each func(keyed.Entry) error) (err error) {
	h, err := d.acquire(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.release(h)) }()
	if err := h.start(); err != nil {
		return err
	}
	if err := begin(h.Info); err != nil {
		return err
	}
	rows, err := h.db.QueryContext(ctx, selectAll)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k, v sql.RawBytes
		if err := rows.Scan(&k, &v); err != nil {
			return err
		}
		if len(k) != len(keyed.Key{}) {
			return vocab.SourceAway.Because("register %s is damaged: a key has %d bytes", name, len(k))
		}
		if err := each(keyed.Entry{Key: keyed.Key(k), Packed: v}); err != nil {
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

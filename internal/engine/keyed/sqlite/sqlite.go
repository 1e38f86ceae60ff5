// Package sqlite keeps each register as one SQLite file in key order.
//
// A version is built in a file of its own, without a journal because nobody
// reads it yet, then synced; a manifest beside it, exchanged by one atomic
// rename, says which file answers. Readers hold the file open that they began
// with; the old one is removed when the last of them has ended. Open removes
// every file that no manifest names: what a killed process left. One process at
// a time opens a folder for loading.
package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"fontis/internal/engine/keyed"
	"fontis/internal/vocab"

	_ "modernc.org/sqlite" // the SQL driver named "sqlite"
)

const (
	manifestExt = ".json"
	versionExt  = ".db"
	newExt      = ".new"
)

// driver is the keyed.Driver over a folder.
type driver struct {
	folder string
	mu     sync.Mutex // guards open, its handles' refs and retired, and closed
	open   map[string]*handle
	closed bool
}

// manifest says which version of a register answers.
type manifest struct {
	keyed.Info
	Bytes int64 `json:"bytes"` // of the file, so that a torn copy is noticed
}

// handle is one version, opened at its first reading.
type handle struct {
	manifest
	path    string
	refs    int  // readers at work
	retired bool // replaced or dropped: removed with the last reader

	once sync.Once
	err  error
	db   *sql.DB
	one  *sql.Stmt
	many *sql.Stmt

	// Readers come in one after the other as they came: database/sql serves those
	// who wait for a connection at random, and in a crowd some waited for long.
	turns chan struct{}
}

// Open makes the folder when it is missing and clears what no manifest names.
func Open(folder string, opts keyed.Options) (*keyed.Store, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("find the registers' folder: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the registers' folder: %w", err)
	}
	d := &driver{folder: folder, open: map[string]*handle{}}
	if err := d.readFolder(); err != nil {
		return nil, fmt.Errorf("open the registers' folder %s: %w", folder, err)
	}
	if opts.Scratch == "" {
		opts.Scratch = folder
	}
	return keyed.New(d, opts), nil
}

func (d *driver) readFolder() error {
	entries, err := os.ReadDir(d.folder)
	if err != nil {
		return err
	}
	kept := map[string]bool{}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), manifestExt)
		if !ok || keyed.ValidName(name) != nil {
			continue
		}
		m, err := d.readManifest(name)
		if err != nil {
			return err
		}
		h := &handle{manifest: m, path: d.versionPath(m.Info)}
		d.open[name] = h
		kept[filepath.Base(h.path)] = true
	}
	for _, e := range entries {
		left := strings.HasSuffix(e.Name(), newExt) || strings.HasPrefix(e.Name(), ".sort-") ||
			(strings.Contains(e.Name(), versionExt) && !kept[e.Name()])
		if left {
			if err := os.Remove(filepath.Join(d.folder, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *driver) readManifest(name string) (m manifest, err error) {
	path := filepath.Join(d.folder, name+manifestExt)
	raw, err := os.ReadFile(path)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil || m.Name != name || keyed.ValidName(m.Version) != nil {
		return m, vocab.FileUnreadable.Because("%s is not the manifest of register %s", path, name).
			WithFix("move the file away, start, and load the register again")
	}
	return m, nil
}

// versionPath cannot meet another register's: '.' is in no name.
func (d *driver) versionPath(i keyed.Info) string {
	return filepath.Join(d.folder, i.Name+"."+i.Version+versionExt)
}

// Load builds the version's file, then switches the manifest.
func (d *driver) Load(ctx context.Context, info keyed.Info, entries iter.Seq2[keyed.Entry, error], done func() keyed.Info) error {
	path := d.versionPath(info)
	m, err := build(ctx, path, entries)
	if err == nil {
		m.Info = done()
		err = d.writeManifest(m)
	}
	if err != nil {
		return errors.Join(err, removeIfThere(path))
	}
	return d.swap(info.Name, &handle{manifest: m, path: path})
}

// writeManifest is the switch: before its rename the old version answers, after
// it the new one.
func (d *driver) writeManifest(m manifest) error {
	raw, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return err
	}
	path := filepath.Join(d.folder, m.Name+manifestExt)
	f, err := os.OpenFile(path+newExt, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := syncPath(d.folder); err != nil { // the version's file before its manifest
		return err
	}
	if err := os.Rename(path+newExt, path); err != nil {
		return err
	}
	return syncPath(d.folder)
}

// swap makes h answer and retires what answered before; h nil drops.
func (d *driver) swap(name string, h *handle) error {
	d.mu.Lock()
	old := d.open[name]
	if h != nil {
		d.open[name] = h
	} else {
		delete(d.open, name)
	}
	if old == nil {
		d.mu.Unlock()
		return nil
	}
	old.retired = true
	last := old.refs == 0
	d.mu.Unlock()
	if last {
		return old.remove()
	}
	return nil
}

// Drop removes the manifest first: from then on the register is not there.
func (d *driver) Drop(_ context.Context, name string) error {
	err := os.Remove(filepath.Join(d.folder, name+manifestExt))
	if errors.Is(err, fs.ErrNotExist) {
		return keyed.NotThere(name)
	}
	if err == nil {
		err = syncPath(d.folder)
	}
	if err != nil {
		return err
	}
	return d.swap(name, nil)
}

// List describes all registers.
func (d *driver) List(context.Context) ([]keyed.Info, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]keyed.Info, 0, len(d.open))
	for _, h := range d.open {
		list = append(list, h.Info)
	}
	slices.SortFunc(list, func(a, b keyed.Info) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// Close ends every open version. Readers still at work meet an error.
func (d *driver) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	var errs []error
	for _, h := range d.open {
		errs = append(errs, h.close())
	}
	return errors.Join(errs...)
}

// acquire holds the version that answers now until release.
func (d *driver) acquire(name string) (*handle, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, vocab.SourceAway.Because("the registers are closed")
	}
	h := d.open[name]
	if h == nil {
		return nil, keyed.NotThere(name)
	}
	h.refs++
	return h, nil
}

func (d *driver) release(h *handle) error {
	d.mu.Lock()
	h.refs--
	last := h.retired && h.refs == 0
	d.mu.Unlock()
	if last {
		return h.remove()
	}
	return nil
}

// close ends the version's connections; start cannot run after it.
func (h *handle) close() error {
	h.once.Do(func() { h.err = vocab.SourceAway.Because("the registers are closed") })
	if h.db == nil {
		return nil
	}
	return h.db.Close()
}

func (h *handle) remove() error { return errors.Join(h.close(), removeIfThere(h.path)) }

// start opens the file for reading. It never changes any more, so SQLite need
// not lock or look for a journal; the whole file is mapped.
func (h *handle) start() error {
	h.once.Do(func() {
		info, err := os.Stat(h.path)
		if err != nil || info.Size() != h.Bytes {
			h.err = vocab.SourceAway.Because("the file of register %s is missing or torn: %s", h.Name, h.path).
				WithFix("load the register again")
			return
		}
		h.db, h.err = sql.Open("sqlite", address(h.path, "mode=ro", "immutable=1", "_pragma=query_only(1)", "_pragma=mmap_size(12000000000)", "_pragma=cache_size(-65536)"))
		if h.err != nil {
			return
		}
		// More than processors: one that was let in may not run at once.
		n := 4 * runtime.GOMAXPROCS(0)
		h.turns = make(chan struct{}, n)
		h.db.SetMaxIdleConns(n)
		if h.one, h.err = h.db.Prepare(selectOne); h.err == nil {
			h.many, h.err = h.db.Prepare(selectMany)
		}
	})
	return h.err
}

func address(path string, params ...string) string {
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String() + "?" + strings.Join(params, "&")
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

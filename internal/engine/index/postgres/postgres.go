package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"fontis/internal/engine/db"
	"fontis/internal/engine/index"
	"fontis/internal/engine/index/segment"
	"fontis/internal/engine/index/word"
	"fontis/internal/vocab"
)

//go:embed tables
var tables embed.FS

// Index finds documents in a schema of PostgreSQL; safe for many readers and
// writers of one process. It is an index.Finder.
type Index struct {
	db     *db.DB
	opts   index.Options
	spec   segment.Spec
	facets map[index.Facet]int
	found  int64  // the position that the tables stood at when they were opened
	thrown string // why they are filled anew

	synonyms atomic.Pointer[word.Synonyms]

	// writing is held by the one who changes the tables; before mu.
	writing sync.Mutex

	mu       sync.Mutex // guards the rest
	position int64
	mark     index.Mark
	anew     bool          // the tables are emptied before the next change
	moved    chan struct{} // closed and replaced when position moves
}

const (
	sqlState    = `SELECT origin, position, mark_position, mark_text FROM state`
	sqlSetState = `INSERT INTO state (origin, position, mark_position, mark_text) VALUES ($1, $2, $3, $4)
		ON CONFLICT (one) DO UPDATE SET origin = excluded.origin, position = excluded.position, mark_position = excluded.mark_position, mark_text = excluded.mark_text`
	sqlEmpty = `TRUNCATE document, title, name, named, pair, state`
)

// Open takes up the index of a database in which nothing else stands, and closes it
// with the index. Tables that were made of something else are filled anew. Dir of the
// options has no meaning here.
func Open(ctx context.Context, d *db.DB, o index.Options) (*Index, error) {
	x := &Index{db: d, opts: o, facets: map[index.Facet]int{}, moved: make(chan struct{})}
	x.spec = segment.Spec{Facets: len(o.Facets)}
	if o.Above != nil {
		x.spec.Above = func(facet int, value string) string { return o.Above(o.Facets[facet], value) }
	}
	for i, f := range o.Facets {
		x.facets[f] = i
	}
	x.SetSynonyms(nil)
	if err := d.Migrate(ctx, tables, "tables"); err != nil {
		return nil, fmt.Errorf("open the index in PostgreSQL: %w", err)
	}
	err := d.Read(ctx, func(tx *db.Tx) error {
		var origin string
		err := tx.QueryRow(ctx, sqlState).Scan(&origin, &x.position, &x.mark.Position, &x.mark.Text)
		switch {
		case db.NoRows(err):
			x.anew = true // empty, or a filling that was killed
			return nil
		case err == nil && origin != x.origin():
			x.Reset("it was made of " + origin + ", which is of no use to this program")
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the index in PostgreSQL: %w", err)
	}
	x.found = x.position
	return x, nil
}

// origin names what the documents are made of, and which facets they have.
func (x *Index) origin() string {
	names := make([]string, len(x.opts.Facets))
	for i, f := range x.opts.Facets {
		names[i] = string(f)
	}
	return x.opts.Origin + ": " + strings.Join(names, " ")
}

// Close ends the connections; the tables stand as they are.
func (x *Index) Close(ctx context.Context) error {
	var err error
	if x.Position() > 0 {
		err = x.write(ctx, func(*db.Tx) error { return nil })
	}
	return errors.Join(err, x.db.Close())
}

// Like opens an empty index of the same choices and synonyms, in memory.
func (x *Index) Like() index.Finder {
	return index.With(x.opts, x.synonyms.Load())
}

// SetSynonyms replaces the words that stand for one another.
func (x *Index) SetSynonyms(groups [][]string) { x.synonyms.Store(word.Same(groups)) }

// Restored tells at which position the tables stood when they were opened, and why
// they are filled anew.
func (x *Index) Restored() (position int64, thrown string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.found, x.thrown
}

// Reset has everything thrown away before the next change, for the reason given.
func (x *Index) Reset(why string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.anew, x.thrown, x.position, x.found, x.mark = true, why, 0, 0, index.Mark{}
}

// Marked gives the mark that was set last, or that the tables hold.
func (x *Index) Marked() index.Mark {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.mark
}

// SetMark notes what stands at the position that is applied next; it is kept with
// that change.
func (x *Index) SetMark(m index.Mark) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.mark = m
}

// Position is the outbox position up to which changes were applied.
func (x *Index) Position() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.position
}

// Await returns when the position is reached, or with ctx's error when it ends.
func (x *Index) Await(ctx context.Context, position int64) error {
	for {
		x.mu.Lock()
		at, moved := x.position, x.moved
		x.mu.Unlock()
		if at >= position {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (x *Index) knows(f index.Facet) (int, error) {
	i, ok := x.facets[f]
	if !ok {
		return 0, vocab.ColumnUnknown.Because("there is no facet %q", f)
	}
	return i, nil
}

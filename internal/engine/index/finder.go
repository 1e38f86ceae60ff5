package index

import (
	"context"

	"fontis/internal/engine/index/word"
)

// Finder is an index, whatever it stands on: Index in the memory of the process, or
// the one in tables of a PostgreSQL server (package postgres). What one finds, and in
// which order, the other finds.
type Finder interface {
	Search(ctx context.Context, q Query) (*Result, error)
	Suggest(ctx context.Context, typed string, v Visible, limit int) ([]Suggestion, error)
	Items(ctx context.Context, iq ItemQuery) (*ItemResult, error)

	// Apply does changes and moves the position; position 0 is for filling.
	Apply(ctx context.Context, position int64, changes []Change) error
	// Compact tidies up after a filling.
	Compact(ctx context.Context) error
	// Position is how far changes were applied; Await waits for one.
	Position() int64
	Await(ctx context.Context, position int64) error

	// Restored tells what was there at the opening. SetMark says what stands at a
	// position that is applied next, which ties the index to a history: Marked gives
	// it. Reset throws everything away.
	Restored() (position int64, thrown string)
	Marked() Mark
	SetMark(m Mark)
	Reset(why string)

	SetSynonyms(groups [][]string)
	// Like opens an empty index of the same choices and synonyms, in memory.
	Like() Finder

	Close(ctx context.Context) error
}

// With opens an empty index in memory, with synonyms.
func With(o Options, known *word.Synonyms) *Index {
	o.Dir = ""
	x := Open(o)
	x.synonyms.Store(known)
	return x
}

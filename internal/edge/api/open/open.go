// Package open is what the open faces share, CKAN's and DCAT's: how the catalog is
// walked for anybody, and how it is told in the reader's language.
//
// The flow of a walk: entries are looked at in batches in the order of their ids;
// for a caller without a sign-in each batch takes one of few places, which all the
// faces share; what was found of a batch is written out when the place is free again.
//
// The promises: a walk ends with the caller, and when its patience ends; walks of
// callers without a sign-in never hold more than their places, however many call;
// a slow reader holds none.
package open

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/text"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Catalog is what the open faces read of the catalog.
type Catalog interface {
	Get(ctx context.Context, a identity.Actor, id vocab.DatasetID) (*entry.Dataset, error)
	List(ctx context.Context, a identity.Actor, q catalog.ListQuery) ([]*entry.Dataset, error)
	Search(ctx context.Context, a identity.Actor, q catalog.SearchQuery) (*catalog.SearchResult, error)
}

// Names tells what members and the node itself are called.
type Names interface {
	Node(ctx context.Context) (identity.Node, error)
	MemberNames(ctx context.Context, ids ...vocab.MemberID) (map[vocab.MemberID]identity.Name, error)
}

// The bounds of walks.
const (
	Batch    = 500              // entries of one look, the catalog's own bound
	Patience = 15 * time.Second // of a usual walk
	places   = 4                // walks of callers without a sign-in, at once
	wait     = 5 * time.Second  // for a place
	glance   = 16               // entries between two looks at the clock
)

// Moves tells what stands in the place of an entry that ended.
type Moves interface {
	Moved(ctx context.Context, id vocab.DatasetID) (*entry.Dataset, error)
}

// Parts are what a reader stands on; all are needed.
type Parts struct {
	Catalog Catalog
	Moves   Moves
	Names   Names
	Text    *text.Catalog
	Clock   clock.Clock
}

// Reader reads the catalog for the open faces.
type Reader struct {
	Parts
	places chan struct{}
}

// New gives the reader that the open faces of one node share.
func New(p Parts) *Reader { return &Reader{Parts: p, places: make(chan struct{}, places)} }

// Entry is the entry of that name as far as the caller may see it, and where others
// stand in its place, what everybody may know of it.
func (r *Reader) Entry(ctx context.Context, by identity.Actor, id vocab.DatasetID) (*entry.Dataset, error) {
	d, err := r.Catalog.Get(ctx, by, id)
	if vocab.CodeOf(err) != vocab.NoSuchThing {
		return d, err
	}
	if moved, gone := r.Moves.Moved(ctx, id); gone == nil {
		return moved, nil
	} else if vocab.CodeOf(gone) != vocab.NoSuchThing {
		return nil, gone
	}
	return nil, err
}

// Impatient is the failure of a walk whose patience ended.
const Impatient = vocab.QueryUnclear

// Walk says which entries are looked at and for how long.
type Walk struct {
	catalog.ListQuery
	Patience time.Duration
	Between  func() error // after each batch, without its place: what was found goes out
}

// Each gives do the entries that the caller may see, in the order of their ids, until
// it says no.
func (r *Reader) Each(ctx context.Context, by identity.Actor, w Walk, do func(*entry.Dataset) bool) error {
	w.Limit = Batch
	var spent time.Duration
	for more := true; more; {
		began := r.Clock.Now()
		var err error
		if more, err = r.batch(ctx, by, &w, spent, do); err != nil {
			return err
		}
		spent += r.Clock.Now().Sub(began)
		if w.Between == nil {
			continue
		}
		if err := w.Between(); err != nil {
			return err
		}
	}
	return nil
}

// batch looks at the next entries and tells whether others follow.
func (r *Reader) batch(ctx context.Context, by identity.Actor, w *Walk, spent time.Duration, do func(*entry.Dataset) bool) (bool, error) {
	began := r.Clock.Now()
	if by.Nobody() {
		if err := r.enter(ctx); err != nil {
			return false, err
		}
		defer func() { <-r.places }()
	}
	list, err := r.Catalog.List(ctx, by, w.ListQuery)
	if err != nil {
		return false, fmt.Errorf("list the catalog: %w", err)
	}
	for i, d := range list {
		if !do(d) {
			return false, nil
		}
		w.After = d.ID
		if i%glance != glance-1 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return false, fmt.Errorf("walk through the catalog: %w", err)
		}
		if spent+r.Clock.Now().Sub(began) > w.Patience {
			return false, Impatient.Because("after %s not every entry was looked at; ask by organization, groups, tags or words, which are found at once", w.Patience)
		}
	}
	return len(list) == Batch, nil
}

// enter takes a place among the walks of callers without a sign-in.
func (r *Reader) enter(ctx context.Context) error {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case r.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a place to read the catalog: %w", ctx.Err())
	case <-t.C:
		return vocab.TooManyCalls.Because("%d others read the whole catalog now", places)
	}
}

// Since reads the time from which on changes are asked for; none where nothing is said.
func Since(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, vocab.BadInput.Because("modified_since is not a time such as 2026-01-31T00:00:00Z")
}

// Published counts what is published and the caller may see, by the facets.
func (r *Reader) Published(ctx context.Context, by identity.Actor, facets ...string) (*catalog.SearchResult, error) {
	out, err := r.Catalog.Search(ctx, by, catalog.SearchQuery{
		Filters: map[string][]string{string(catalog.FacetState): {string(entry.StatePublished)}}, Facets: facets, Limit: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("count the catalog: %w", err)
	}
	return out, nil
}

// Say is a sentence of the catalog of texts.
func (r *Reader) Say(lang text.Lang, key string) string {
	s, _ := r.Text.Get(lang, key) // a test reads every key
	return s
}

// In is the text in the reader's language, or in the one that it has.
func In(lang text.Lang, t entry.Text) string {
	if lang == text.English && t.EN != "" || t.ZH == "" {
		return t.EN
	}
	return t.ZH
}

// Called is the name in the reader's language, or the other word for what has none.
func Called(lang text.Lang, n identity.Name, other string) string {
	if s := In(lang, entry.Text{ZH: n.Zh, EN: n.En}); s != "" {
		return s
	}
	return other
}

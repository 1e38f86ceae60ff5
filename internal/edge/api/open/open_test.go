package open

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// endless is a catalog that always has more.
type endless struct {
	Catalog
	looks int
}

func (e *endless) List(context.Context, identity.Actor, catalog.ListQuery) ([]*entry.Dataset, error) {
	e.looks++
	out := make([]*entry.Dataset, Batch)
	for i := range out {
		out[i] = &entry.Dataset{ID: vocab.DatasetID(fmt.Sprintf("d-%d-%03d", e.looks, i))}
	}
	return out, nil
}

// TestAWalkEndsWithItsPatienceWithinABatch: an entry that takes long to look at does
// not hold the node for the hundreds after it.
func TestAWalkEndsWithItsPatienceWithinABatch(t *testing.T) {
	k := clock.NewFake(time.Unix(0, 0))
	r, n := New(Parts{Catalog: &endless{}, Clock: k}), 0
	err := r.Each(t.Context(), identity.Actor{}, Walk{Patience: Patience}, func(*entry.Dataset) bool {
		n++
		k.Advance(time.Second)
		return true
	})
	if vocab.CodeOf(err) != Impatient || n > int(Patience/time.Second)+glance {
		t.Errorf("%d entries of a second each were looked at: %v", n, err)
	}
}

// TestAWalkEndsWithItsCaller.
func TestAWalkEndsWithItsCaller(t *testing.T) {
	ctx, gone := context.WithCancel(t.Context())
	r, n := New(Parts{Catalog: &endless{}, Clock: clock.NewFake(time.Unix(0, 0))}), 0
	err := r.Each(ctx, identity.Actor{}, Walk{Patience: Patience}, func(*entry.Dataset) bool {
		n++
		gone()
		return true
	})
	if !errors.Is(err, context.Canceled) || n > glance {
		t.Errorf("%d entries were looked at for nobody: %v", n, err)
	}
}

// TestWalksForNobodyHoldFewPlaces: one more than there are places waits and is refused,
// a caller with a sign-in never waits, and who writes out holds no place.
func TestWalksForNobodyHoldFewPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(Parts{Catalog: &endless{}, Clock: clock.System()})
		one := func(*entry.Dataset) bool { return false }
		let := make(chan struct{})
		for range places {
			go func() {
				_ = r.Each(t.Context(), identity.Actor{}, Walk{Patience: Patience}, func(*entry.Dataset) bool { <-let; return false })
			}()
		}
		synctest.Wait()
		if err := r.Each(t.Context(), identity.Actor{}, Walk{Patience: Patience}, one); vocab.CodeOf(err) != vocab.TooManyCalls {
			t.Errorf("the fifth walk: %v", err)
		}
		if err := r.Each(t.Context(), identity.Actor{Member: "m"}, Walk{Patience: Patience}, one); err != nil {
			t.Errorf("an officer's walk: %v", err)
		}
		close(let)
		synctest.Wait()
		for range places {
			err := r.Each(t.Context(), identity.Actor{}, Walk{Patience: Patience, Between: func() error {
				return r.Each(t.Context(), identity.Actor{}, Walk{Patience: Patience}, one)
			}}, one)
			if err != nil || len(r.places) != 0 {
				t.Errorf("writing out holds a place: %v", err)
			}
		}
	})
}

package dbsuite

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
)

func runOutbox(t *testing.T, e Engine) {
	run(t, e, []rule{
		{"FactsStandInCommitOrder", factsStandInCommitOrder},
		{"AFactStandsOnlyWithItsChange", aFactStandsOnlyWithItsChange},
		{"WaitWakesAtTheCommitWithoutPolling", waitWakesAtTheCommit},
		{"WaitEndsWithItsContext", waitEndsWithItsContext},
		{"APositionNeverGoesBack", aPositionNeverGoesBack},
		{"PruneKeepsWhatIsNotHeard", pruneKeepsWhatIsNotHeard},
	})
	t.Run("PositionsSurviveReopening", func(t *testing.T) { positionsSurviveReopening(t, e) })
}

func put(d *db.DB, key string) error {
	ctx := context.Background()
	return d.Write(ctx, func(tx *db.Tx) error {
		return outbox.Put(ctx, tx, outbox.Fact{Topic: "t", Key: key, Payload: []byte(key)})
	})
}

func factsStandInCommitOrder(t *testing.T, d *db.DB) {
	ctx := context.Background()
	var committed []string
	var wg sync.WaitGroup
	const writers, each = 8, 10
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				key := strconv.Itoa(w*each + i)
				err := d.Write(ctx, func(tx *db.Tx) error {
					tx.OnCommit(func() { committed = append(committed, key) })
					return outbox.Put(ctx, tx, outbox.Fact{Topic: "t", Key: key, Payload: []byte(key)})
				})
				if err != nil {
					t.Error(err)
				}
				if i%3 == 0 { // a rollback in between leaves a gap at most
					d.Write(ctx, func(tx *db.Tx) error {
						return errors.Join(outbox.Put(ctx, tx, outbox.Fact{Topic: "t", Key: "never"}), errors.New("no"))
					})
				}
			}
		})
	}
	wg.Wait()
	facts, err := outbox.New(d).Read(ctx, 0, writers*each+1)
	must(t, err)
	if len(facts) != len(committed) {
		t.Fatalf("%d facts, want %d", len(facts), len(committed))
	}
	for i, f := range facts {
		if f.Key != committed[i] || string(f.Payload) != f.Key || f.Topic != "t" {
			t.Fatalf("fact %d is %q, the commit was of %q", i, f.Key, committed[i])
		}
		if i > 0 && f.N <= facts[i-1].N {
			t.Fatalf("number %d after %d", f.N, facts[i-1].N)
		}
	}
}

func aFactStandsOnlyWithItsChange(t *testing.T, d *db.DB) {
	ctx := context.Background()
	d.Write(ctx, func(tx *db.Tx) error {
		must(t, outbox.Put(ctx, tx, outbox.Fact{Topic: "t", Key: "k"}))
		return errors.New("no")
	})
	if last, err := outbox.New(d).Last(ctx); err != nil || last != 0 {
		t.Errorf("last fact %d, %v", last, err)
	}
}

func waitWakesAtTheCommit(t *testing.T, d *db.DB) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	looks := make(chan struct{}, 100)
	watched := d.WithTap(func(_ context.Context, s db.Step, _ string) error {
		if s == db.StepQuery {
			looks <- struct{}{}
		}
		return nil
	})
	done := make(chan error)
	go func() { done <- outbox.New(watched).Wait(ctx, 0) }()
	<-looks // it looks once; from now on only a commit with a fact may wake it
	must(t, write(d, putOwner, 1, "one"))
	must(t, write(d, putOwner, 2, "two"))
	must(t, put(d, "k"))
	must(t, <-done)
	// The first look may have come before or after the commit; a second is enough.
	if n := len(looks); n > 1 {
		t.Errorf("it looked %d times more, so it polls", n)
	}
	must(t, outbox.New(d).Wait(ctx, 0)) // a fact that is there already
}

func waitEndsWithItsContext(t *testing.T, d *db.DB) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- outbox.New(d).Wait(ctx, 0) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func advance(d *db.DB, consumer string, n int64) error {
	ctx := context.Background()
	return d.Write(ctx, func(tx *db.Tx) error { return outbox.New(d).Advance(ctx, tx, consumer, n) })
}

func aPositionNeverGoesBack(t *testing.T, d *db.DB) {
	ctx := context.Background()
	for _, n := range []int64{3, 5, 4, 5} {
		must(t, advance(d, "c", n))
	}
	got, err := outbox.New(d).Position(ctx, "c")
	if err != nil || got != 5 {
		t.Errorf("position %d, %v, want 5", got, err)
	}
	if got, err := outbox.New(d).Position(ctx, "new"); err != nil || got != 0 {
		t.Errorf("position of a new consumer %d, %v", got, err)
	}
}

func pruneKeepsWhatIsNotHeard(t *testing.T, d *db.DB) {
	ctx := context.Background()
	o := outbox.New(d)
	for i := range 10 {
		must(t, put(d, strconv.Itoa(i)))
	}
	facts, err := o.Read(ctx, 0, 10)
	must(t, err)
	prune := func(want int64, consumers ...string) {
		t.Helper()
		if n, err := o.Prune(ctx, consumers, 3); err != nil || n != want {
			t.Errorf("pruned %d, %v, want %d", n, err, want)
		}
	}
	prune(0) // nobody has heard anything
	must(t, advance(d, "a", facts[4].N))
	prune(0, "a", "b") // b has not
	must(t, advance(d, "b", facts[9].N))
	prune(3, "a", "b")
	prune(2, "a", "b")
	must(t, advance(d, "a", facts[9].N))
	prune(3)
	prune(1) // the newest stays
	prune(0)
	left, err := o.Read(ctx, 0, 10)
	must(t, err)
	if len(left) != 1 || left[0].N != facts[9].N {
		t.Errorf("left: %v", left)
	}
	must(t, put(d, "next"))
	if last, err := o.Last(ctx); err != nil || last <= facts[9].N {
		t.Errorf("number %d was given again, %v", last, err)
	}
}

func positionsSurviveReopening(t *testing.T, e Engine) {
	place := e.Place(t)
	d := e.at(t, place)
	must(t, put(d, "k"))
	must(t, advance(d, "c", 1))
	must(t, d.Close())
	d = e.at(t, place)
	ctx := context.Background()
	if n, err := outbox.New(d).Position(ctx, "c"); err != nil || n != 1 {
		t.Errorf("position %d, %v", n, err)
	}
	if n, err := outbox.New(d).Last(ctx); err != nil || n != 1 {
		t.Errorf("last %d, %v", n, err)
	}
}

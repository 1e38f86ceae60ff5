package access_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/consent"
	"fontis/internal/trust/access/halt"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// turning is a clock that, once armed, goes an hour on after it was next read.
type turning struct {
	*clock.Fake
	armed atomic.Bool
}

func (c *turning) Now() time.Time {
	now := c.Fake.Now()
	if c.armed.CompareAndSwap(true, false) {
		c.Advance(time.Hour)
	}
	return now
}

// A grant that ends while a call is on its way opens nothing: it is asked for again
// when the entry is durable, and the record says that nothing was released.
func TestAGrantThatEndsDuringACallOpensNothing(t *testing.T) {
	c, looks := &turning{Fake: clock.NewFake(time.Now().UTC().Truncate(time.Second))}, new(meanwhile)
	w := apptest.Fill(t, apptest.Open(t, apptest.Config(t), app.Options{Clock: c, Between: looks.between()}), 10, vocab.Compare)
	w.Grant.Until = c.Now().Add(30 * time.Minute)
	w.Put(t, w.Grant)
	_, born := apptest.Citizen(3)
	if _, err := w.Door.Ask(t.Context(), w.User, w.Ask(3, born)); err != nil {
		t.Fatal(err)
	}
	looks.then(func() { t.Error("the source was opened") })
	c.armed.Store(true)
	if got, err := w.Door.Ask(t.Context(), w.User, w.Ask(3, born)); vocab.CodeOf(err) != vocab.GrantEnded {
		t.Fatalf("answered %+v, %v", got, err)
	}
	list := usesOf(t, w, 3)
	if len(list) != 2 || list[0].State != string(vocab.Failed) || list[1].State != string(vocab.Released) {
		t.Errorf("the person's chain: %+v", list)
	}
}

// meanwhile does something once, while a source is being read.
type meanwhile struct{ do atomic.Pointer[func()] }

func (m *meanwhile) then(do func()) { m.do.Store(&do) }

func (m *meanwhile) between() app.Between {
	return app.Between{Connect: func(c source.Connect) source.Connect {
		return func(ctx context.Context, a source.Address, o source.Options) (source.Driver, error) {
			d, err := c(ctx, a, o)
			return slow{d, m}, err
		}
	}}
}

type slow struct {
	source.Driver
	m *meanwhile
}

func (s slow) Rows(ctx context.Context, q source.Scan) (source.Batch, error) {
	rows, err := s.Driver.Rows(ctx, q)
	if do := s.m.do.Swap(nil); do != nil {
		(*do)()
	}
	return rows, err
}

// endings are what may end a call that was allowed.
var endings = []struct {
	name string
	by   func(*testing.T, *apptest.World)
	want vocab.Code
}{
	{"the grant is suspended", func(t *testing.T, w *apptest.World) {
		g := w.Grant
		g.State, g.Reason = access.GrantSuspended, "a breach"
		w.Put(t, g)
	}, vocab.GrantSuspended},
	{"the grant is ended", func(t *testing.T, w *apptest.World) {
		g := w.Grant
		g.State, g.Reason = access.GrantEnded, "the need is gone"
		w.Put(t, g)
	}, vocab.GrantEnded},
	{"an item is taken out of the grant", func(t *testing.T, w *apptest.World) {
		g := w.Grant
		g.Items = []vocab.ItemID{apptest.Name}
		w.Put(t, g)
	}, vocab.ItemOutside},
	{"the officer's unit is halted", func(t *testing.T, w *apptest.World) {
		h := halt.Halt{Member: w.User.Member, Unit: w.User.Unit, Officer: w.User.Officer, Emergency: "e-1"}
		inTx(t, w.App, func(ctx context.Context, tx *db.Tx) error {
			_, err := w.Door.SuspendUnit(ctx, tx, h, func(access.Grant) error { return nil })
			return err
		})
	}, vocab.GrantSuspended},
	{"the person takes their word back", func(t *testing.T, w *apptest.World) {
		inTx(t, w.App, func(ctx context.Context, tx *db.Tx) error {
			return w.Door.Unauthorise(ctx, tx, w.Grant.ID, w.Identity.AuditRef(key(3)))
		})
	}, vocab.NotAuthorised},
}

// What ends while the source answers holds the answer back: the caller gets nothing,
// and the person reads that nothing came of it.
func TestWhatEndsWhileTheSourceAnswersHoldsTheAnswerBack(t *testing.T) {
	for _, e := range endings {
		t.Run(e.name, func(t *testing.T) {
			looks := new(meanwhile)
			w := apptest.Fill(t, apptest.Open(t, apptest.Config(t), app.Options{Between: looks.between()}), 10, vocab.Compare)
			w.User.Unit = "window 3"
			w.Grant.ByPerson, w.Grant.Carriages = true, []vocab.Carriage{vocab.Single}
			w.Put(t, w.Grant)
			inTx(t, w.App, func(ctx context.Context, tx *db.Tx) error {
				return w.Door.Authorise(ctx, tx, consent.Given{ID: "c-1", Grant: w.Grant.ID, Person: w.Identity.AuditRef(key(3)), Items: w.Grant.Items, Until: w.Grant.Until})
			})
			_, born := apptest.Citizen(3)
			if _, err := w.Door.Ask(t.Context(), w.User, w.Ask(3, born)); err != nil {
				t.Fatal(err)
			}
			looks.then(func() { e.by(t, w) })
			if got, err := w.Door.Ask(t.Context(), w.User, w.Ask(3, born)); vocab.CodeOf(err) != e.want || len(got.Answers) > 0 {
				t.Errorf("answered %+v, %v, want %s", got, err, e.want)
			}
			if list := usesOf(t, w, 3); len(list) != 2 || list[0].State != string(vocab.Failed) || len(list[0].Answers) > 0 {
				t.Errorf("the person's chain: %+v", list)
			}
		})
	}
}

// The rows of a batch go out together: a grant that ends while the last of them is
// looked up holds all of them back, and every row says so.
func TestABatchWhoseGrantEndsWhileTheSourceAnswersGivesNothingOut(t *testing.T) {
	looks := new(meanwhile)
	w := apptest.Fill(t, apptest.Open(t, apptest.Config(t), app.Options{Between: looks.between()}), 10, vocab.Compare)
	looks.then(func() {
		g := w.Grant
		g.State, g.Reason = access.GrantEnded, "the need is gone"
		w.Put(t, g)
	})
	_, born := apptest.Citizen(3)
	s := ended(t, w, compareBatch(w), line(3, born))
	if s.State != batch.Failed {
		t.Errorf("the batch is %s: %s", s.State, s.Error)
	}
	if _, err := w.Door.BatchAnswers(t.Context(), w.User, s.ID); vocab.CodeOf(err) != vocab.StateWrong {
		t.Errorf("its answers: %v", err)
	}
	settled(t, w, s.Trace)
	if list := usesOf(t, w, 3); len(list) != 1 || list[0].State != string(vocab.Failed) || len(list[0].Answers) > 0 {
		t.Errorf("the person sees %+v", list)
	}
}

// usesOf is what person i sees, newest first, once all outcomes are in the log.
func usesOf(t *testing.T, w *apptest.World, i int) []ledger.Access {
	t.Helper()
	self := identity.Actor{Self: w.Identity.AuditRef(key(i))}
	list, err := w.Door.Mine(t.Context(), self, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		settled(t, w, a.Trace)
	}
	if list, err = w.Door.Mine(t.Context(), self, 0, 10); err != nil {
		t.Fatal(err)
	}
	return list
}

package jobs_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fontis/internal/duty/calendar"
	"fontis/internal/edge/jobs"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/db/outbox"
)

// clocks stands for the calendar: moments that are due, and a note of each look.
type clocks struct {
	mu     sync.Mutex // guards what follows
	clock  clock.Clock
	due    []time.Time
	looks  int
	looked chan struct{}
}

func (c *clocks) Sweep(context.Context, int) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks++
	now := c.clock.Now()
	c.due = slices.DeleteFunc(c.due, func(t time.Time) bool {
		if t.After(now) {
			return false
		}
		n++
		return true
	})
	return n, nil
}

func (c *clocks) Next(context.Context) (time.Time, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case c.looked <- struct{}{}:
	default:
	}
	if len(c.due) == 0 {
		return time.Time{}, false, nil
	}
	return slices.MinFunc(c.due, time.Time.Compare), true, nil
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func scheduler(t *testing.T, d *db.DB, c clock.Clock, k *clocks) *jobs.Jobs {
	t.Helper()
	k.clock, k.looked = c, make(chan struct{}, 100)
	j, err := jobs.New(jobs.Parts{DB: d, Clock: c, Clocks: k})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestATaskMissedWhileDownIsDoneOnceAtTheStart(t *testing.T) {
	d, c := dbtest.Open(t, "jobs"), clock.NewFake(noon)
	done := 0
	begin := func() *jobs.Jobs {
		j := scheduler(t, d, c, &clocks{})
		j.At("daily", 3*time.Hour, time.UTC, func(context.Context) error { done++; return nil })
		return j
	}
	round := func(j *jobs.Jobs) time.Time {
		t.Helper()
		next, err := j.Round(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	j := begin()
	if next := round(j); done != 1 || !next.Equal(time.Date(2026, 3, 3, 3, 0, 0, 0, time.UTC)) {
		t.Fatalf("done %d times, next at %s", done, next)
	}
	round(begin()) // a restart within the day
	if done != 1 {
		t.Fatalf("a restart did the task again")
	}
	c.Set(noon.AddDate(0, 0, 5)) // five mornings were missed
	if next := round(begin()); done != 2 || !next.Equal(time.Date(2026, 3, 8, 3, 0, 0, 0, time.UTC)) {
		t.Fatalf("done %d times, next at %s", done, next)
	}
	c.Set(noon) // the machine's clock goes back
	round(j)
	if done != 2 {
		t.Fatal("a clock that went back did the task again")
	}
}

func TestAFailedTaskIsTriedAgainAndHoldsUpNoOther(t *testing.T) {
	c := clock.NewFake(noon)
	j := scheduler(t, dbtest.Open(t, "jobs"), c, &clocks{})
	bad, good := 0, 0
	j.Every("bad", time.Hour, func(context.Context) error { bad++; return errors.New("away") })
	j.Every("good", time.Hour, func(context.Context) error { good++; return nil })
	for range 3 {
		next, err := j.Round(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c.Set(next)
	}
	if bad != 3 || good != 1 {
		t.Fatalf("the failing task was tried %d times, the other done %d times", bad, good)
	}
}

func TestTheSchedulerSleepsUntilSomethingIsDueOrNew(t *testing.T) {
	d, k := dbtest.Open(t, "jobs"), &clocks{}
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	k.due = []time.Time{time.Now().Add(24 * time.Hour)}
	j := scheduler(t, d, clock.System(), k)
	ctx, stop := context.WithCancel(t.Context())
	var over sync.WaitGroup
	over.Go(func() { j.Run(ctx) })
	<-k.looked
	k.mu.Lock()
	k.due = append(k.due, time.Now().Add(-time.Second)) // sooner than what it sleeps for
	k.mu.Unlock()
	if err := d.Write(ctx, func(tx *db.Tx) error { tx.Announce(calendar.News); return nil }); err != nil {
		t.Fatal(err)
	}
	<-k.looked
	stop()
	over.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.due) != 1 || k.looks > 3 {
		t.Fatalf("%d clocks are left after %d looks", len(k.due), k.looks)
	}
}

func TestAConsumerHearsEveryFactInOrderAndGoesOnAfterAFailure(t *testing.T) {
	d := dbtest.Open(t, "jobs")
	put := func(key string) {
		t.Helper()
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			return outbox.Put(t.Context(), tx, outbox.Fact{Topic: "test", Key: key, Payload: []byte("{}")})
		}); err != nil {
			t.Fatal(err)
		}
	}
	put("a")
	put("b")
	var keys []string
	all := make(chan struct{})
	run := func(j *jobs.Jobs) (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		var over sync.WaitGroup
		over.Go(func() { j.Run(ctx) })
		return func() { cancel(); over.Wait() }
	}
	j := scheduler(t, d, clock.System(), &clocks{})
	failed := false
	j.Hear("reader", func(_ context.Context, f outbox.Fact) error {
		if f.Key == "b" && !failed {
			failed = true
			return errors.New("away")
		}
		if keys = append(keys, f.Key); f.Key == "c" {
			close(all)
		}
		return nil
	})
	stop := run(j)
	put("c")
	<-all
	stop()
	if !slices.Equal(keys, []string{"a", "b", "c"}) {
		t.Fatalf("heard %v", keys)
	}
}

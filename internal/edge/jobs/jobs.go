package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Clocks are the terms of law that somebody must look at in time.
type Clocks interface {
	// Sweep handles what is due and gives the number of steps that it handled.
	Sweep(ctx context.Context, limit int) (int, error)
	// Next is the earliest moment at which anything is due.
	Next(ctx context.Context) (time.Time, bool, error)
}

// Channel carries a notice to where its receiver reads. A notice holds no datum
// about a person, only a link.
type Channel interface {
	// Name is the word under which its position and its failures are kept.
	Name() string
	// Deliver hands one notice over; an error has it tried again.
	Deliver(ctx context.Context, n identity.Notice) error
}

// Parts are what the scheduler stands on; all but Diary are needed.
type Parts struct {
	DB     *db.DB
	Clock  clock.Clock
	Clocks Clocks
	Diary  *slog.Logger
}

// Jobs is the scheduler of one node.
type Jobs struct {
	p      Parts
	outbox *outbox.Outbox

	mu        sync.Mutex // guards what follows
	tasks     []*task
	consumers []consumer
	running   bool
}

// task is done again and again; due says when, after it was last done.
type task struct {
	name  string
	due   func(done time.Time) time.Time
	do    func(context.Context) error
	at    time.Time // the next time; zero before the first look
	tries int
}

type consumer struct {
	name string
	hear func(ctx context.Context, f outbox.Fact) error
}

// New makes the scheduler. Every, At and Hear are called before Run.
func New(p Parts) (*Jobs, error) {
	if p.DB == nil || p.Clock == nil || p.Clocks == nil {
		return nil, fmt.Errorf("make jobs: %w", vocab.InternalError.Because("database, clock and clocks are all needed"))
	}
	if p.Diary == nil {
		p.Diary = slog.New(slog.DiscardHandler)
	}
	return &Jobs{p: p, outbox: outbox.New(p.DB)}, nil
}

// Every has a task done every so often, counted from when it was last done.
func (j *Jobs) Every(name string, every time.Duration, do func(context.Context) error) {
	j.add(&task{name: name, do: do, due: func(done time.Time) time.Time {
		if done.IsZero() {
			return done
		}
		return done.Add(every)
	}})
}

// At has a task done once a day, at a time of day in a zone. One that was missed
// is done at the start.
func (j *Jobs) At(name string, sinceMidnight time.Duration, zone *time.Location, do func(context.Context) error) {
	j.add(&task{name: name, do: do, due: func(done time.Time) time.Time {
		if done.IsZero() {
			return done
		}
		y, m, d := done.In(zone).Date()
		at := time.Date(y, m, d, 0, 0, 0, 0, zone).Add(sinceMidnight)
		if !at.After(done) {
			at = time.Date(y, m, d+1, 0, 0, 0, 0, zone).Add(sinceMidnight)
		}
		return at
	}})
}

func (j *Jobs) add(t *task) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tasks = append(j.tasks, t)
}

// Hear has a consumer hear every fact of the outbox in its order, at least once.
// It goes on after the last fact that it heard without an error.
func (j *Jobs) Hear(name string, hear func(ctx context.Context, f outbox.Fact) error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.consumers = append(j.consumers, consumer{name, hear})
}

// Consumers lists who hears facts, so that none is pruned before.
func (j *Jobs) Consumers() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []string
	for _, c := range j.consumers {
		out = append(out, c.name)
	}
	return out
}

// The waits. look bounds how long a machine's clock that jumped goes unseen; it
// costs a comparison in memory, no query.
const (
	look      = 30 * time.Second
	firstWait = time.Second
	longWait  = 10 * time.Minute
	sweepSize = 1000
)

// Run does everything in its time until ctx ends; the owner of the process calls
// it once.
func (j *Jobs) Run(ctx context.Context) {
	j.mu.Lock()
	if j.running {
		j.mu.Unlock()
		return
	}
	j.running = true
	consumers := slices.Clone(j.consumers)
	j.mu.Unlock()
	var group sync.WaitGroup
	defer group.Wait()
	for _, c := range consumers {
		group.Go(func() { j.follow(ctx, c) })
	}
	tries := 0
	for ctx.Err() == nil {
		news := j.p.DB.News(calendar.News) // before the look, so that nothing is missed
		next, err := j.Round(ctx)
		if err == nil {
			tries = 0
			j.sleep(ctx, next, news)
			continue
		}
		if ctx.Err() == nil {
			j.p.Diary.Warn("the scheduler waits", "error", err)
		}
		j.pause(ctx, tries)
		tries++
	}
}

// sleep waits for the moment, for news, or for the end.
func (j *Jobs) sleep(ctx context.Context, until time.Time, news <-chan struct{}) {
	for {
		wait := look
		if !until.IsZero() {
			left := until.Sub(j.p.Clock.Now())
			if left <= 0 {
				return
			}
			wait = min(wait, left)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-news:
			timer.Stop()
			return
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

func (j *Jobs) pause(ctx context.Context, tries int) {
	timer := time.NewTimer(min(firstWait<<min(tries, 20), longWait))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Round does everything that is due now and gives the moment of the next thing;
// zero when there is none.
func (j *Jobs) Round(ctx context.Context) (time.Time, error) {
	for {
		n, err := j.p.Clocks.Sweep(ctx, sweepSize)
		if err != nil {
			return time.Time{}, fmt.Errorf("sweep the clocks: %w", err)
		}
		if n < sweepSize {
			break
		}
	}
	next, any, err := j.p.Clocks.Next(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if !any {
		next = time.Time{}
	}
	soonest, err := j.round(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if next.IsZero() || !soonest.IsZero() && soonest.Before(next) {
		next = soonest
	}
	return next, nil
}

// round does the tasks that are due and gives the moment of the next one.
func (j *Jobs) round(ctx context.Context) (next time.Time, err error) {
	j.mu.Lock()
	tasks := slices.Clone(j.tasks)
	j.mu.Unlock()
	for _, t := range tasks {
		if t.at.IsZero() {
			done, err := lastDone(ctx, j.p.DB, t.name)
			if err != nil {
				return time.Time{}, fmt.Errorf("look when %s was last done: %w", t.name, err)
			}
			if t.at = t.due(done); t.at.IsZero() {
				t.at = j.p.Clock.Now()
			}
		}
		if now := j.p.Clock.Now(); !t.at.After(now) {
			if err := j.do(ctx, t, now); err != nil {
				return time.Time{}, err
			}
		}
		if next.IsZero() || t.at.Before(next) {
			next = t.at
		}
	}
	return next, nil
}

// do does a task and says when it comes next: by its plan, or soon after a failure.
func (j *Jobs) do(ctx context.Context, t *task, now time.Time) error {
	if err := t.do(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		j.p.Diary.Warn("a task waits for another try", "task", t.name, "error", err)
		t.at = now.Add(min(firstWait<<min(t.tries+3, 20), longWait))
		t.tries++
		return nil
	}
	t.tries, t.at = 0, t.due(now)
	if err := putDone(ctx, j.p.DB, t.name, now); err != nil {
		return fmt.Errorf("note that %s was done: %w", t.name, err)
	}
	return nil
}

// hearChunk is how many facts a consumer reads at a time.
const hearChunk = 200

// follow carries facts to one consumer until ctx ends.
func (j *Jobs) follow(ctx context.Context, c consumer) {
	tries := 0
	for ctx.Err() == nil {
		if err := j.carry(ctx, c); err == nil || ctx.Err() != nil {
			tries = 0
			continue
		} else {
			j.p.Diary.Warn("a consumer waits for another try", "consumer", c.name, "error", err)
		}
		j.pause(ctx, tries)
		tries++
	}
}

// carry waits for facts and hands them over; the position moves after each chunk,
// and at once before a fact that failed.
func (j *Jobs) carry(ctx context.Context, c consumer) error {
	from, err := j.outbox.Position(ctx, c.name)
	if err != nil {
		return err
	}
	if err := j.outbox.Wait(ctx, from); err != nil {
		return err
	}
	facts, err := j.outbox.Read(ctx, from, hearChunk)
	if err != nil {
		return err
	}
	heard := from
	var failed error
	for _, f := range facts {
		if failed = c.hear(ctx, f); failed != nil {
			break
		}
		heard = f.N
	}
	if heard > from {
		err = j.p.DB.Write(ctx, func(tx *db.Tx) error { return j.outbox.Advance(ctx, tx, c.name, heard) })
		if err != nil {
			return err
		}
	}
	return failed
}

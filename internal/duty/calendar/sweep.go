package calendar

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// The waits after a handler that failed: each is twice the one before.
const (
	firstWait = time.Minute
	longWait  = 6 * time.Hour
)

// Sweep handles what is due: the most overdue first, every step that a clock
// missed in its order, each in a transaction of its own. It gives the number of
// steps handled. A handler that fails keeps its step for later and holds up no
// other clock.
func (s *Service) Sweep(ctx context.Context, limit int) (n int, err error) {
	if err := s.redate(ctx); err != nil {
		return 0, err
	}
	now := s.p.Clock.Now()
	var due []string
	err = s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = clocksDue(ctx, tx, now, limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("look for what is due: %w", err)
	}
	for _, id := range due {
		done, err := s.sweepOne(ctx, id, now)
		n += done
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// sweepOne handles all steps of one clock that are due.
func (s *Service) sweepOne(ctx context.Context, id string, now time.Time) (n int, err error) {
	for {
		again := false
		var failed Running
		err := s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
			again, err = s.step(ctx, tx, id, now, &failed)
			return err
		})
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		if err != nil {
			s.p.Diary.Error("a clock waits: its step failed", "clock", id, "kind", failed.Ref.Kind, "rule", failed.Rule.Name, "step", failed.Step, "error", err)
			return n, s.wait(ctx, id, now)
		}
		if !again {
			return n, nil
		}
		n++
	}
}

// step handles one step of a clock; again says that it did, and that another may
// be due.
func (s *Service) step(ctx context.Context, tx *db.Tx, id string, now time.Time, seen *Running) (again bool, err error) {
	r, err := clockByID(ctx, tx, id)
	if err != nil {
		return false, err
	}
	if *seen = r; r.NextAt.IsZero() || r.NextAt.After(now) {
		return false, nil
	}
	h, ok := s.handler(r.Ref.Kind)
	if !ok {
		return false, vocab.InternalError.Because("nobody handles the clocks of a %s", r.Ref.Kind)
	}
	s.date(&r)
	if r.NextAt.After(now) { // the calendar has changed since
		return false, updateClock(ctx, tx, &r)
	}
	step := r.Step
	r.Step, r.tries = r.Step+1, 0
	s.date(&r)
	if err := updateClock(ctx, tx, &r); err != nil {
		return false, err
	}
	return true, h(ctx, tx, r, step)
}

// wait puts a clock whose handler failed off.
func (s *Service) wait(ctx context.Context, id string, now time.Time) error {
	return s.p.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := clockByID(ctx, tx, id)
		if err != nil || r.NextAt.IsZero() {
			return err
		}
		r.NextAt = now.Add(min(firstWait<<min(r.tries, 10), longWait))
		r.tries++
		return updateClock(ctx, tx, &r)
	})
}

// Next gives the earliest moment at which anything is due.
func (s *Service) Next(ctx context.Context) (at time.Time, any bool, err error) {
	err = s.p.DB.Read(ctx, func(tx *db.Tx) error {
		pending, err := pendingCalendar(ctx, tx)
		if err == nil && pending.name != "" {
			at, any = s.p.Clock.Now(), true
			return nil
		}
		if err != nil {
			return err
		}
		at, any, err = nextDue(ctx, tx)
		return err
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("look for what is due next: %w", err)
	}
	return at, any, nil
}

package calendar

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// News is the topic on which a transaction that moved a clock is announced, for
// whoever sleeps until Next.
const News = "calendar"

// Start starts a clock, in the caller's transaction. One clock of a rule runs for
// a thing at a time.
func (s *Service) Start(ctx context.Context, tx *db.Tx, in Start) (Running, error) {
	now := s.p.Clock.Now()
	if in.At.IsZero() {
		in.At = now
	}
	rule, err := s.ruleAt(ctx, tx, in.Jurisdiction, in.Rule, in.At)
	if err != nil {
		return Running{}, fmt.Errorf("start a clock: %w", err)
	}
	if rule.Kind == Years {
		return Running{}, vocab.RuleMissing.Because("the rule %s of %s bounds how long something lasts and runs no clock", rule.Name, rule.Jurisdiction)
	}
	if in.Length == 0 {
		in.Length = rule.Length
	}
	if in.Length < 0 || in.Ref.Kind == "" || in.Ref.ID == "" {
		return Running{}, vocab.InternalError.Because("a clock of %s runs for %q with the length %d", in.Rule, in.Ref.Kind, in.Length)
	}
	r := Running{
		ID: vocab.NewID("c"), Ref: in.Ref, Rule: rule, Jurisdiction: in.Jurisdiction, Owner: in.Owner, Other: in.Other,
		Length: in.Length, StartedAt: in.At, anchor: in.At,
	}
	r.Calendar = s.table(in.Jurisdiction).Name
	s.date(&r)
	if err := insertClock(ctx, tx, &r); err != nil {
		if db.IsUnique(err) {
			return Running{}, vocab.StateWrong.Because("the clock %s runs already for this %s", in.Rule, in.Ref.Kind)
		}
		return Running{}, fmt.Errorf("start a clock: %w", err)
	}
	tx.Announce(News)
	return r, nil
}

// date works out when the clock is due, and when its next step is.
func (s *Service) date(r *Running) {
	t := s.table(r.Jurisdiction)
	state := r.run()
	if r.Step == 0 { // a term that is over stays where it was
		due, known := state.due(t)
		r.DueAt, r.Provisional = due, !known
	}
	r.DueDay = t.DayOf(r.DueAt.Add(-time.Microsecond))
	switch {
	case !r.Open() || r.Stopped() || r.Step > len(r.Rule.Steps):
		r.NextAt = time.Time{}
	case r.Step == 0:
		r.NextAt = r.DueAt
	default:
		r.NextAt, _ = state.after(t, r.DueAt, r.Rule.Steps[r.Step-1].After)
	}
}

// alter changes the open clock of a rule.
func (s *Service) alter(ctx context.Context, tx *db.Tx, ref Ref, rule string, do func(*Running) error) error {
	r, err := openClock(ctx, tx, ref, rule)
	if db.NoRows(err) {
		return vocab.StateWrong.Because("no clock %s runs for this %s", rule, ref.Kind)
	}
	if err != nil {
		return err
	}
	if err := do(&r); err != nil {
		return err
	}
	s.date(&r)
	if err := updateClock(ctx, tx, &r); err != nil {
		return err
	}
	tx.Announce(News)
	return nil
}

// Stop stops a clock for a reason that its rule names. A term that is over
// cannot be stopped any more.
func (s *Service) Stop(ctx context.Context, tx *db.Tx, ref Ref, rule, why string) error {
	now := s.p.Clock.Now()
	err := s.alter(ctx, tx, ref, rule, func(r *Running) error {
		switch {
		case r.Stopped():
			return vocab.StateWrong.Because("the clock %s stands still already", rule)
		case r.Overdue(now):
			return vocab.StateWrong.Because("the term of %s ended on %s", rule, r.DueDay)
		case !slices.Contains(r.Rule.Stops, why):
			return vocab.StateWrong.Because("%q is no reason to stop the clock %s", why, rule)
		}
		r.StoppedAt, r.StoppedWhy = now, why
		if now.Before(r.anchor) {
			r.StoppedAt = r.anchor // the machine's clock went back
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("stop a clock: %w", err)
	}
	return nil
}

// Resume lets a stopped clock run on.
func (s *Service) Resume(ctx context.Context, tx *db.Tx, ref Ref, rule string) error {
	now := s.p.Clock.Now()
	err := s.alter(ctx, tx, ref, rule, func(r *Running) error {
		if !r.Stopped() {
			return vocab.StateWrong.Because("the clock %s runs already", rule)
		}
		on := r.run().resume(s.table(r.Jurisdiction), now)
		r.anchor, r.used, r.StoppedAt, r.StoppedWhy = on.anchor, on.used, time.Time{}, ""
		return nil
	})
	if err != nil {
		return fmt.Errorf("resume a clock: %w", err)
	}
	return nil
}

// Extend makes a term longer, once, by at most what its rule allows, and before
// it is over. Who consented is the duty's to ask and to record.
func (s *Service) Extend(ctx context.Context, tx *db.Tx, ref Ref, rule string, days int, why string) error {
	now := s.p.Clock.Now()
	err := s.alter(ctx, tx, ref, rule, func(r *Running) error {
		switch {
		case r.Extended > 0:
			return vocab.StateWrong.Because("the term of %s was extended by %d already, and it is extended once", rule, r.Extended)
		case days <= 0 || days > r.Rule.Extension:
			return vocab.BadInput.Because("the term of %s is extended by 1 to %d, not by %d (%s)", rule, r.Rule.Extension, days, r.Rule.Citation)
		case r.Overdue(now):
			return vocab.StateWrong.Because("the term of %s ended on %s", rule, r.DueDay)
		case why == "":
			return vocab.ReasonNeeded.Because("an extension says why")
		}
		r.Extended = days
		return nil
	})
	if err != nil {
		return fmt.Errorf("extend a clock: %w", err)
	}
	return nil
}

// End ends the clock: what it was for is done, or is no longer owed.
func (s *Service) End(ctx context.Context, tx *db.Tx, ref Ref, rule string) error {
	now := s.p.Clock.Now()
	if err := s.alter(ctx, tx, ref, rule, func(r *Running) error { r.EndedAt = now; return nil }); err != nil {
		return fmt.Errorf("end a clock: %w", err)
	}
	return nil
}

// EndAll ends every clock that still runs for a thing; none is no error.
func (s *Service) EndAll(ctx context.Context, tx *db.Tx, ref Ref) error {
	if err := endClocks(ctx, tx, ref, s.p.Clock.Now()); err != nil {
		return fmt.Errorf("end clocks: %w", err)
	}
	tx.Announce(News)
	return nil
}

// OfRef gives the clocks of a thing, oldest first, the ended ones too. Whether
// the reader may see the thing is the duty's to ask.
func (s *Service) OfRef(ctx context.Context, tx *db.Tx, ref Ref) ([]Running, error) {
	out, err := clocksOf(ctx, tx, ref)
	if err != nil {
		return nil, fmt.Errorf("list clocks: %w", err)
	}
	for i := range out {
		out[i].DueDay = s.table(out[i].Jurisdiction).DayOf(out[i].DueAt.Add(-time.Microsecond))
	}
	return out, nil
}

// OpenOf lists the open clocks of a rule over all things of a kind, in the order of
// their ids, after one.
func (s *Service) OpenOf(ctx context.Context, tx *db.Tx, kind, rule, after string, limit int) ([]Running, error) {
	out, err := clocksOpen(ctx, tx, kind, rule, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list open clocks: %w", err)
	}
	return out, nil
}

// Due lists the open clocks whose turn is the actor's member's, the most urgent
// first, after the last one seen.
func (s *Service) Due(ctx context.Context, a identity.Actor, after string, limit int) ([]Running, error) {
	if a.Member == "" {
		return nil, vocab.SignInNeeded.Because("clocks are listed for a member")
	}
	var out []Running
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = clocksOwned(ctx, tx, a.Member, after, min(max(limit, 1), maxPage))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what is due: %w", err)
	}
	for i := range out {
		out[i].DueDay = s.table(out[i].Jurisdiction).DayOf(out[i].DueAt.Add(-time.Microsecond))
	}
	return out, nil
}

// maxPage bounds every list.
const maxPage = 500

package quality

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// RefKind is the kind under which clocks of contests run.
const RefKind = "contest"

func refOf(c *Contest) calendar.Ref { return calendar.Ref{Kind: RefKind, ID: string(c.ID)} }

// turnClock ends the clock of the state that is left and starts the one of the
// state that begins.
func (s *Service) turnClock(ctx context.Context, tx *db.Tx, m mover, c *Contest) error {
	if m.t.Act == ActExtend {
		return s.extendClock(ctx, tx, m.w, c)
	}
	if m.t.Keep {
		return nil
	}
	if err := s.p.Clocks.EndAll(ctx, tx, refOf(c)); err != nil {
		return err
	}
	if c.Clock, c.DueAt = "", (time.Time{}); m.t.Clock == "" {
		return nil
	}
	return s.startClock(ctx, tx, c, m.t.Clock, turnOf(c.State))
}

// turnOf is the side whose turn a state is.
func turnOf(st State) Side {
	switch st {
	case StateRouted, StateVerifying:
		return Source
	case StateNotAccepted, StateClosed:
		return Raiser
	}
	return Authority
}

func (s *Service) startClock(ctx context.Context, tx *db.Tx, c *Contest, rule string, side Side) error {
	if rule == ClockVerify && (c.By == ByDepartment || c.By == ByRule) {
		rule = ClockDepartment
	}
	owner, err := s.turn(ctx, c, side)
	if err != nil {
		return err
	}
	r, err := s.p.Clocks.Start(ctx, tx, calendar.Start{
		Ref: refOf(c), Rule: rule, Jurisdiction: s.p.Jurisdiction, Owner: owner, Other: c.Member, At: s.p.Clock.Now(),
	})
	if err != nil {
		return err
	}
	c.Clock, c.DueAt = rule, r.DueAt
	return nil
}

func (s *Service) extendClock(ctx context.Context, tx *db.Tx, w Word, c *Contest) error {
	if err := s.p.Clocks.Extend(ctx, tx, refOf(c), c.Clock, w.Days, w.Reason); err != nil {
		return err
	}
	running, err := s.p.Clocks.OfRef(ctx, tx, refOf(c))
	if err != nil {
		return err
	}
	for _, r := range running {
		if r.Open() {
			c.DueAt = r.DueAt
		}
	}
	return nil
}

// Clocks gives the clocks that ran and run for a contest: rule, citation, due
// day and whether that is provisional.
func (s *Service) Clocks(ctx context.Context, a identity.Actor, id vocab.ContestID) ([]calendar.Running, error) {
	var out []calendar.Running
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := load(ctx, tx, a, id)
		if err == nil {
			out, err = s.p.Clocks.OfRef(ctx, tx, refOf(c))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("clocks of contest: %w", err)
	}
	return out, nil
}

// Expired is what happens when a term is over: a contest that nobody wants
// reviewed is filed; in every other state the one whose turn it is, then those
// whom the rule names, are told. Nothing is ever decided by silence.
func (s *Service) Expired(ctx context.Context, tx *db.Tx, r calendar.Running, step int) error {
	c, err := loadAny(ctx, tx, vocab.ContestID(r.Ref.ID))
	if db.NoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case c.State.Final():
		return nil
	case step == 0 && (c.State == StateClosed || c.State == StateNotAccepted):
		return s.advance(ctx, tx, c, ActFile, "")
	case step == 0:
		return nil // the first step of the rule tells at the same moment
	case c.State == StatePropagating && r.Rule.Steps[step-1].Tell == "holder":
		return s.remind(ctx, tx, c)
	}
	return s.overdue(ctx, tx, c, r, step)
}

// overdue tells that a term has passed: an act, a fact and a notice.
func (s *Service) overdue(ctx context.Context, tx *db.Tx, c *Contest, r calendar.Running, step int) error {
	tell := ""
	if step <= len(r.Rule.Steps) {
		tell = r.Rule.Steps[step-1].Tell
	}
	err := s.p.Ledger.Act(ctx, tx, "contest.overdue", map[string]string{
		"provider": string(c.Owner), "source": string(c.Source), "contest": string(c.ID), "item": string(c.Item), "to_state": string(c.State),
		"rule": r.Rule.Name, "citation": r.Rule.Citation, "told": tell, "step": fmt.Sprint(step),
	})
	if err != nil {
		return err
	}
	if err := put(ctx, tx, fact.TopicContest, string(c.ID), fact.Contest{
		ID: c.ID, From: string(c.State), To: string(c.State), Act: "overdue", Item: c.Item, Owner: c.Owner, Source: c.Source,
	}); err != nil {
		return err
	}
	to := Authority
	if tell == "provider" || tell == "stewards" {
		to = Source
	}
	n, err := s.notice(ctx, c, to)
	if err != nil {
		return err
	}
	n.Kind = NoticeOverdue
	n.Params["rule"], n.Params["due"] = r.Rule.Name, r.DueDay.String()
	return s.p.Notices.PutNotice(ctx, tx, n)
}

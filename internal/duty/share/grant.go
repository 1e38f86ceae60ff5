package share

import (
	"context"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Suspend stops a grant for a time; the provider, or the authority over it, says why.
func (s *Service) Suspend(ctx context.Context, a identity.Actor, id vocab.GrantID, reason string) (*Request, error) {
	return s.turn(ctx, a, id, ActSuspend, reason)
}

// Resume lets a suspended grant answer again.
func (s *Service) Resume(ctx context.Context, a identity.Actor, id vocab.GrantID, reason string) (*Request, error) {
	return s.turn(ctx, a, id, ActResume, reason)
}

// End ends a grant for good; the provider and the authority over it may, and the
// holder may give it back.
func (s *Service) End(ctx context.Context, a identity.Actor, id vocab.GrantID, reason string) (*Request, error) {
	return s.turn(ctx, a, id, ActEnd, reason)
}

func (s *Service) turn(ctx context.Context, a identity.Actor, id vocab.GrantID, act, reason string) (*Request, error) {
	r, err := s.change(ctx, a, selectByGrant, string(id), func(ctx context.Context, tx *db.Tx, r *Request) error {
		t, err := s.step(a, r, act)
		if err != nil {
			return err
		}
		if err := t.allows(r, reason, ""); err != nil {
			return err
		}
		if err := s.turnGrant(ctx, tx, a, t, r, reason); err != nil {
			return err
		}
		return s.move(ctx, tx, a, t, r, reason, "")
	})
	if err != nil {
		return nil, fmt.Errorf("%s grant: %w", act, err)
	}
	return r, nil
}

// turnGrant changes the grant behind the door. The authority is no side of a grant;
// that it may is said by the table.
func (s *Service) turnGrant(ctx context.Context, tx *db.Tx, a identity.Actor, t Transition, r *Request, reason string) error {
	if t.By != Authority {
		return s.p.Door.EndGrantTx(ctx, tx, a, r.Grant, t.GrantTo, reason)
	}
	g, err := s.p.Door.GrantFor(identity.Actor{Member: r.Provider}, r.Grant)
	if err != nil {
		return err
	}
	g.State, g.Reason = t.GrantTo, reason
	return s.p.Door.PutGrant(ctx, tx, g, a)
}

// Like drafts a request as the one that a grant came from, for the holder. Where
// its period is over, one of the same length begins now.
func (s *Service) Like(ctx context.Context, a identity.Actor, id vocab.GrantID) (*Request, error) {
	if err := mayRequest(a); err != nil {
		return nil, err
	}
	old, err := s.OfGrant(ctx, a, id)
	if err == nil && !a.In(old.Requester) {
		err = fmt.Errorf("get request: %w", identity.NotYours())
	}
	if err != nil {
		return nil, err
	}
	f := old.Fields
	f.Previous = old.ID
	if now := s.p.Clock.Now(); !f.Until.After(now) {
		f.From, f.Until = now, now.Add(f.Until.Sub(f.From))
	}
	return s.Draft(ctx, a, f)
}

package share

import (
	"context"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Suspend stops a grant for a time; the provider says why.
func (s *Service) Suspend(ctx context.Context, a identity.Actor, id vocab.GrantID, reason string) (*Request, error) {
	return s.turn(ctx, a, id, ActSuspend, reason)
}

// Resume lets a suspended grant answer again.
func (s *Service) Resume(ctx context.Context, a identity.Actor, id vocab.GrantID, reason string) (*Request, error) {
	return s.turn(ctx, a, id, ActResume, reason)
}

// End ends a grant for good; the provider may, and the holder may give it back.
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
		if err := s.p.Door.EndGrantTx(ctx, tx, a, r.Grant, t.GrantTo, reason); err != nil {
			return err
		}
		return s.move(ctx, tx, a, t, r, reason, "")
	})
	if err != nil {
		return nil, fmt.Errorf("%s grant: %w", act, err)
	}
	return r, nil
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

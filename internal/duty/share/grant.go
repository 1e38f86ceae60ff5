package share

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Suspension is whose word keeps a grant from answering.
type Suspension struct {
	By     Side           `json:"by"`
	Member vocab.MemberID `json:"member"`
	Region string         `json:"region,omitempty"` // of an authority
	At     time.Time      `json:"at"`
}

// lifts reports whether the suspension is the actor's to lift: of whoever suspended,
// or of a body above it.
func (u *Suspension) lifts(a identity.Actor) bool {
	return u == nil || u.By != Authority || a.In(u.Member) || u.Region != "" && a.Region != u.Region && a.Governs(u.Region)
}

// liftable refuses to lift what another body suspended, and says who lifts it.
func (r *Request) liftable(a identity.Actor) error {
	if r.Suspension.lifts(a) || r.past || r.GrantState != access.GrantSuspended {
		return nil
	}
	err := vocab.RoleMissing.Because("the authority %s suspended grant %s: it, or an authority above it, lets it be used again", r.Suspension.Member, r.Grant)
	if a.In(r.Provider) {
		return err.WithFix("Ask %s to resume it: fontis grant resume %s --reason TEXT. Its provider may end it: fontis grant end %s --reason TEXT", r.Suspension.Member, r.Grant, r.Grant)
	}
	return err.WithFix("Ask %s to resume it: fontis grant resume %s --reason TEXT", r.Suspension.Member, r.Grant)
}

// Suspend stops a grant for a time; the provider, or the authority over it, says why.
func (s *Service) Suspend(ctx context.Context, a identity.Actor, id vocab.GrantID, reason string) (*Request, error) {
	return s.turn(ctx, a, id, ActSuspend, reason)
}

// Resume lets a suspended grant answer again; whoever suspended it may, or a body
// above, and the provider where the node itself suspended it.
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
		if act == ActResume {
			if err := r.liftable(a); err != nil {
				return err
			}
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

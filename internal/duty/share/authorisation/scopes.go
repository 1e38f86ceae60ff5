package authorisation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Register proposes what the actor's body may ask of persons.
func (s *Service) Register(ctx context.Context, a identity.Actor, sc Scope) (*Registration, error) {
	if err := a.Must(vocab.DataUser); err != nil {
		return nil, err
	}
	body, err := s.p.Node.Body(ctx, a.Member)
	if err != nil {
		return nil, err
	}
	if body.Kind != identity.KindFirm && body.Kind != identity.KindService {
		return nil, vocab.RoleMissing.Because("persons authorise firms and public-service bodies; %s is a %s, and asks by request", a.Member, body.Kind)
	}
	if err := sc.check(); err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	now := s.p.Clock.Now()
	r := &Registration{ID: vocab.NewID("z"), Body: a.Member, State: Proposed, Author: a.Officer, Scope: sc, CreatedAt: now, ChangedAt: now}
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.settle(ctx, tx, a, r); err != nil {
			return err
		}
		if err := insertScope(ctx, tx, r); err != nil {
			return err
		}
		if err := s.clock(ctx, tx, r); err != nil {
			return err
		}
		return s.tell(ctx, tx, a, r, "register", "authorisation-proposed", toAuthority)
	})
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	return r.shown(a), nil
}

// settle asks what only the catalog and the refusals know.
func (s *Service) settle(ctx context.Context, tx *db.Tx, a identity.Actor, r *Registration) error {
	d, err := s.p.Catalog.GetTx(ctx, tx, a, r.Dataset)
	if err != nil {
		return err
	}
	if d.State != entry.StatePublished || d.Share == vocab.NotShared {
		return vocab.ShareRefused.Because("data set %s is not published, or not shared", d.ID)
	}
	if !d.Subject.OfPersons() {
		return vocab.BadInput.Because("data set %s is not about persons: ask by request", d.ID)
	}
	for _, id := range r.Items {
		it, ok := d.Item(id.Name())
		if !ok {
			return vocab.BadInput.Because("data set %s has no item %q", d.ID, id.Name())
		}
		if d.ShareOf(it) == vocab.NotShared {
			return vocab.ShareRefused.Because("item %s is not shared", id)
		}
	}
	if r.Provider = d.Owner; r.Provider == r.Body {
		return vocab.BadInput.Because("the data are the body's own")
	}
	return s.p.Catalog.CheckItems(ctx, tx, vocab.PathRequest, r.Items...)
}

func (s *Service) clock(ctx context.Context, tx *db.Tx, r *Registration) error {
	authority, jurisdiction, err := s.p.Node.Authority(ctx)
	if err != nil {
		return err
	}
	_, err = s.p.Clocks.Start(ctx, tx, calendar.Start{Ref: r.ref(), Rule: rule, Jurisdiction: jurisdiction, Owner: authority, Other: r.Body})
	if vocab.CodeOf(err) == vocab.RuleMissing {
		s.p.Diary.Warn("the review has no term here", "registration", r.ID, "jurisdiction", jurisdiction)
		return nil
	}
	return err
}

func (r *Registration) ref() calendar.Ref { return calendar.Ref{Kind: kind, ID: r.ID} }

// Review is the authority's word on a registration. An approved one becomes a
// grant that answers about nobody until a person says so.
func (s *Service) Review(ctx context.Context, a identity.Actor, id string, agree bool, reason, citation string) (*Registration, error) {
	return s.change(ctx, a, id, func(tx *db.Tx, r *Registration) error {
		switch {
		case !oversees(a) || a.In(r.Body) || a.In(r.Provider):
			return vocab.RoleMissing.Because("a registration is reviewed by the data authority, which is no side of it")
		case a.Officer == "" || a.IsMachine():
			return vocab.RoleMissing.Because("a review is given by an officer who is signed in")
		case r.State != Proposed:
			return vocab.StateWrong.Because("a registration that is %s is not reviewed", r.State)
		case strings.TrimSpace(reason) == "" || !agree && strings.TrimSpace(citation) == "":
			return vocab.ReasonNeeded.Because("a review says why, and a refusal names the law")
		}
		r.Reason, r.Citation = reason, citation
		if r.State = Declined; agree {
			r.State = Approved
			if err := s.settle(ctx, tx, identity.Actor{Member: r.Body}, r); err != nil {
				return err
			}
			r.Grant = vocab.GrantID(vocab.NewID("g"))
			if err := s.p.Door.PutGrant(ctx, tx, r.grant(s.p.Clock.Now()), a); err != nil {
				return err
			}
		}
		if err := updateScope(ctx, tx, r, s.p.Clock.Now()); err != nil {
			return err
		}
		if err := s.p.Clocks.EndAll(ctx, tx, r.ref()); err != nil {
			return err
		}
		return s.tell(ctx, tx, a, r, "review", "authorisation-"+string(r.State), toBody)
	})
}

// horizon is how long the grant behind a registration stands; each word of a
// person ends on its own day long before.
const horizon = 10

// grant is the door's side of a registration: nothing beyond the scope is in it.
func (r *Registration) grant(now time.Time) access.Grant {
	return access.Grant{
		ID: r.Grant, Provider: r.Provider, To: r.Body, State: access.GrantActive, Dataset: r.Dataset, About: vocab.NaturalPerson,
		Items: r.Items, Statuses: r.Statuses, Question: r.Question, Carriages: []vocab.Carriage{vocab.Single},
		Purpose: r.Purpose, Basis: strings.TrimSpace(r.Basis.Law + " " + r.Basis.Article), From: now, Until: now.AddDate(horizon, 0, 0),
		CasePattern: r.Cases, PerDay: r.PerDay, ByPerson: true,
	}
}

// End ends a registration for good: by its body, by the provider's steward, or by
// the authority. Every word that was given to it ends with it.
func (s *Service) End(ctx context.Context, a identity.Actor, id, reason string) (*Registration, error) {
	return s.change(ctx, a, id, func(tx *db.Tx, r *Registration) error {
		may := a.In(r.Body) && (a.Has(vocab.DataUser) || a.Has(vocab.Steward)) || a.In(r.Provider) && a.Has(vocab.Steward) || oversees(a)
		switch {
		case !may:
			return vocab.RoleMissing.Because("a registration is ended by its body, the provider's steward or the data authority")
		case r.State != Approved && r.State != Proposed:
			return vocab.StateWrong.Because("a registration that is %s does not end", r.State)
		case strings.TrimSpace(reason) == "":
			return vocab.ReasonNeeded.Because("the end of a registration says why")
		}
		if r.Grant != "" {
			g := r.grant(r.ChangedAt)
			g.State, g.Reason = access.GrantEnded, reason
			if err := s.p.Door.PutGrant(ctx, tx, g, a); err != nil {
				return err
			}
		}
		r.State, r.Reason = Ended, reason
		if err := updateScope(ctx, tx, r, s.p.Clock.Now()); err != nil {
			return err
		}
		if err := s.p.Clocks.EndAll(ctx, tx, r.ref()); err != nil {
			return err
		}
		to := toBody
		if a.In(r.Body) {
			to = toAuthority
		}
		return s.tell(ctx, tx, a, r, "end", "authorisation-ended", to)
	})
}

// Get gives a registration to its body, to the provider and to the authority.
func (s *Service) Get(ctx context.Context, a identity.Actor, id string) (*Registration, error) {
	var out *Registration
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if out, err = loadScope(ctx, tx, a, id); err != nil {
			return err
		}
		out.Clocks, err = s.p.Clocks.OfRef(ctx, tx, out.ref())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("get a registration: %w", err)
	}
	return out.shown(a), nil
}

// List gives the registrations that the actor may see, after one.
func (s *Service) List(ctx context.Context, a identity.Actor, state State, after string, limit int) ([]*Registration, error) {
	if a.Member == "" {
		return nil, vocab.SignInNeeded.Because("registrations are listed for a member; a person reads the offers")
	}
	var out []*Registration
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = listScopes(ctx, tx, a, state, after, min(max(limit, 1), maxPage))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list registrations: %w", err)
	}
	for i := range out {
		out[i] = out[i].shown(a)
	}
	return out, nil
}

func (s *Service) change(ctx context.Context, a identity.Actor, id string, do func(*db.Tx, *Registration) error) (*Registration, error) {
	var out *Registration
	err := s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if out, err = loadScope(ctx, tx, a, id); err != nil {
			return err
		}
		return do(tx, out)
	})
	if err != nil {
		return nil, fmt.Errorf("change a registration: %w", err)
	}
	return out.shown(a), nil
}

// oversees: the authority that keeps the node reviews what bodies may ask.
func oversees(a identity.Actor) bool { return a.OfNode && a.Has(vocab.Authority) }

func (r *Registration) shown(a identity.Actor) *Registration {
	out := *r
	if !a.In(r.Body) {
		out.Author = ""
	}
	return &out
}

// expired tells the authority, and then those above, that a review is overdue;
// nothing is approved by it.
func (s *Service) expired(ctx context.Context, tx *db.Tx, c calendar.Running, step int) error {
	if step == 0 || step > len(c.Rule.Steps) {
		return nil
	}
	r, err := anyScope(ctx, tx, c.Ref.ID)
	if err != nil || r.State != Proposed {
		return err
	}
	return s.tell(ctx, tx, identity.Actor{}, r, "remind", "authorisation-overdue", toAuthority)
}

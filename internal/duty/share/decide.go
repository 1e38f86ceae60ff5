package share

import (
	"context"
	"fmt"
	"slices"

	"fontis/internal/duty/share/asked"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/vocab"
)

// Decide gives the provider's word on a request: all of it, some of its items, or
// none. With an agreement the grant stands at once, unless two stewards must
// agree: then the request waits for Approve.
func (s *Service) Decide(ctx context.Context, a identity.Actor, id vocab.RequestID, d Decision) (*Request, error) {
	r, err := s.change(ctx, a, selectRequest, string(id), func(ctx context.Context, tx *db.Tx, r *Request) error {
		if err := d.settle(r); err != nil {
			return err
		}
		t, err := s.step(a, r, d.act(r))
		if err != nil {
			return err
		}
		if err := mayDecide(a, r); err != nil {
			return err
		}
		if err := t.allows(r, d.Reason, d.Citation); err != nil {
			return err
		}
		if err := d.follows(r); err != nil {
			return err
		}
		if r.State == StateSecond && d.Agree {
			return waits(a, r)
		}
		decided := &Decided{Decision: d, By: a.Officer, At: s.p.Clock.Now()}
		if !d.Agree {
			r.Decision = decided
			return s.move(ctx, tx, a, t, r, d.Reason, d.Citation)
		}
		if err := s.agreeable(ctx, tx, a, r, decided); err != nil {
			return err
		}
		if r.Decision = decided; r.twoHands() {
			if t, err = s.step(a, r, ActPropose); err != nil {
				return err
			}
			return s.move(ctx, tx, a, t, r, d.Reason, d.Citation)
		}
		return s.give(ctx, tx, a, t, r)
	})
	if err != nil {
		return nil, fmt.Errorf("decide request: %w", err)
	}
	s.putTwins(ctx, r)
	return r, nil
}

// Approve is the second steward's agreement to what the first decided, as it is.
func (s *Service) Approve(ctx context.Context, a identity.Actor, id vocab.RequestID) (*Request, error) {
	r, err := s.change(ctx, a, selectRequest, string(id), func(ctx context.Context, tx *db.Tx, r *Request) error {
		act := ActAgree
		if r.Decision != nil {
			act = r.Decision.act(r)
		}
		t, err := s.step(a, r, act)
		if err != nil {
			return err
		}
		if r.State != StateSecond || r.Decision == nil {
			return vocab.StateWrong.Because("a request that is %s waits for no second approval", r.State)
		}
		if err := mayDecide(a, r); err != nil {
			return err
		}
		if a.Officer == r.Decision.By {
			return waits(a, r)
		}
		two, err := hands.Second(ctx, tx, r.Decision.By, a.Officer)
		if err != nil {
			return err
		}
		r.hands = two.String()
		decided := *r.Decision
		decided.Second = a.Officer
		if err := s.agreeable(ctx, tx, a, r, &decided); err != nil {
			return err
		}
		r.Decision = &decided
		return s.give(ctx, tx, a, t, r)
	})
	if err != nil {
		return nil, fmt.Errorf("approve request: %w", err)
	}
	s.putTwins(ctx, r)
	return r, nil
}

// waits says what a request that awaits the second approver needs.
func waits(a identity.Actor, r *Request) error {
	if r.Decision != nil && a.Officer == r.Decision.By {
		return vocab.SecondNeeded.Because("reading about persons in a batch needs two stewards of %s, and this one has agreed already", r.Provider).
			WithFix("Another steward of %s approves it as it is: fontis decide %s --approve --as LOGIN", r.Provider, r.ID)
	}
	return vocab.StateWrong.Because("a decision waits for a second steward: approve it as it is, or refuse")
}

// settle brings a decision to its one form against the request.
func (d *Decision) settle(r *Request) error {
	d.Items = slices.Clone(d.Items)
	for i, it := range d.Items {
		if it.Dataset() == vocab.DatasetID(it) {
			d.Items[i] = vocab.ItemID(string(r.Dataset) + "/" + string(it))
		}
		if !slices.Contains(r.Items, d.Items[i]) {
			return vocab.BadInput.Because("the decision names %s, which was not asked", d.Items[i].Name()).
				WithFix("Name none but items of the request: fontis request show %s", r.ID)
		}
	}
	if d.Items = asked.Distinct(d.Items); len(d.Items) == len(r.Items) {
		d.Items = nil // all of them is no part
	}
	if !d.Agree {
		if len(d.Items) > 0 {
			return vocab.BadInput.Because("a refusal names no items; agree in part to give some of them")
		}
		d.Limits = Limits{}
		return nil
	}
	return narrower(r, d)
}

// act is the step that the decision means.
func (d *Decision) act(*Request) string {
	switch {
	case !d.Agree:
		return ActRefuse
	case len(d.Items) > 0:
		return ActInPart
	}
	return ActAgree
}

// mayDecide keeps authors from deciding, and asks for a name: a system decides
// nothing that needs two stewards or that its own member asks.
func mayDecide(a identity.Actor, r *Request) error {
	if a.Officer == "" {
		return vocab.RoleMissing.Because("a decision names the officer who gives it")
	}
	if slices.Contains(r.Authors, a.Officer) {
		return vocab.RoleMissing.Because("who wrote a request does not decide it").WithFix("Let another steward of %s decide.", r.Provider)
	}
	if a.IsMachine() && (r.twoHands() || r.Requester == r.Provider) {
		return vocab.RoleMissing.Because("this decision is given by officers who are signed in, not by a system that names one")
	}
	return nil
}

// agreeable asks everything that an agreement must hold, at the moment of it.
func (s *Service) agreeable(ctx context.Context, tx *db.Tx, a identity.Actor, r *Request, d *Decided) error {
	set, err := s.p.Catalog.GetTx(ctx, tx, a, r.Dataset)
	if err != nil {
		return err
	}
	if set.State != entry.StatePublished {
		return vocab.StateWrong.Because("data set %s is %s", set.ID, set.State)
	}
	r.set = set
	if r.About = set.Subject; r.About == "" {
		r.About = vocab.MixedSubject
	}
	if lacks := asked.Missing(&r.Fields, r.About); len(lacks) > 0 {
		return vocab.FieldMissing.Because("the data set has changed since: the request lacks %v", lacks)
	}
	items := r.items(&d.Decision)
	if err := shared(set, items); err != nil {
		return err
	}
	if err := s.p.Catalog.CheckItems(ctx, tx, vocab.PathGrant, items...); err != nil {
		return err
	}
	if err := s.scopeRefusals(ctx, tx, set, r); err != nil {
		return err
	}
	if g := r.grant("", &d.Decision); !g.Until.After(s.p.Clock.Now()) {
		return vocab.BadInput.Because("the period of the grant is over already")
	}
	_, err = s.rows(set, r, items)
	return err
}

// give puts the grant and takes the step, in the caller's transaction.
func (s *Service) give(ctx context.Context, tx *db.Tx, a identity.Actor, t Transition, r *Request) error {
	d := r.Decision
	if !t.Grants || d == nil || !d.Agree || r.twoHands() && d.Second == "" || r.set == nil {
		return vocab.InternalError.Because("a grant was to be given without its decision")
	}
	var err error
	g := r.grant(vocab.GrantID(vocab.NewID("g")), &d.Decision)
	if g.Rows, err = s.rows(r.set, r, g.Items); err != nil {
		return err
	}
	g.Second = string(d.Second)
	if err := s.p.Door.PutGrant(ctx, tx, g, a); err != nil {
		return err
	}
	r.Grant = g.ID
	return s.move(ctx, tx, a, t, r, d.Reason, d.Citation)
}

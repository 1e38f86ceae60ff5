package share

import (
	"context"
	"slices"

	"fontis/internal/duty/share/level"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/vocab"
)

// inCharge is the authority over the provider that may rule on the request, empty
// where none takes part; and who keeps the node.
func (s *Service) inCharge(ctx context.Context, r *Request) (who, keeper vocab.MemberID, err error) {
	all, err := s.p.Node.Authorities(ctx)
	if err != nil {
		return "", "", err
	}
	if keeper, _, err = s.p.Node.Authority(ctx); err != nil {
		return "", "", err
	}
	return level.InCharge(all, keeper, r.Region, r.Provider, r.Requester), keeper, nil
}

// ruled refuses a step that waits for an authority where none takes part that is
// neither side of the request: nobody could ever take the next one.
func (s *Service) ruled(ctx context.Context, r *Request) error {
	who, _, err := s.inCharge(ctx, r)
	if err == nil && who == "" {
		err = vocab.AuthorityMissing.Because("no data authority takes part here that is neither %s nor %s and is over %s", r.Requester, r.Provider, r.Region)
	}
	return err
}

// levels notes who rules on a dispute: the authority of the provider's own level,
// and later the common superior of both sides. Where no authority above takes part
// in this node, another officer of the one that has ruled decides, and the dispute
// says so.
func (s *Service) levels(ctx context.Context, r *Request, superior bool) error {
	all, err := s.p.Node.Authorities(ctx)
	if err != nil {
		return err
	}
	keeper, _, err := s.p.Node.Authority(ctx)
	if err != nil {
		return err
	}
	theirs, err := s.p.Node.Region(ctx, r.Requester)
	if err != nil {
		return err
	}
	d := *r.Dispute
	if d.Authority == "" {
		d.Authority = level.InCharge(all, keeper, r.Region, r.Provider, r.Requester)
	}
	if superior {
		regions := []string{r.Region}
		if theirs != "" {
			regions = append(regions, theirs)
		}
		i := slices.IndexFunc(all, func(b level.Body) bool { return b.Member == d.Authority })
		over := level.Body{Region: r.Region}
		if i >= 0 {
			over = all[i]
		}
		top, ok := level.Nearest(all, regions, &over, r.Provider, r.Requester, d.Authority)
		if d.Superior, d.StandIn = top.Member, false; !ok {
			d.Superior, d.StandIn = d.Authority, true
		}
	}
	r.Dispute = &d
	return nil
}

// rules reports whether the actor is of the authority that rules on the dispute at
// its present level; where none was noted, any authority over the provider is.
func (r *Request) rules(a identity.Actor, side Side) bool {
	d := r.Dispute
	switch {
	case d == nil:
		return true
	case side == Superior && d.Authority != "":
		return d.Superior != "" && a.In(d.Superior)
	case side == Authority && r.State == StateAuthority && d.Authority != "":
		return a.In(d.Authority)
	}
	return true
}

// another asks that who stands in for a superior is not of one hand with the officer
// who has ruled.
func another(ctx context.Context, tx *db.Tx, a identity.Actor, side Side, r *Request) error {
	d := r.Dispute
	if side != Superior || !d.StandIn || len(d.Rulings) == 0 {
		return nil
	}
	two, err := hands.Second(ctx, tx, d.Rulings[0].Officer, a.Officer)
	r.hands = two.String()
	return err
}

// remedy says what would give the dispute an authority, or a superior, of its own.
func (d *Dispute) remedy() string {
	if d.Authority == "" && len(d.Rulings) == 0 && !d.Settled {
		return "No data authority takes part in this node that is neither of the two sides, so nobody can rule if talking comes to nothing. " +
			"Admit one: fontis member add ID NAME --kind authority --region CODE"
	}
	if !d.StandIn {
		return ""
	}
	return "No authority above " + string(d.Authority) + " that both sides have in common takes part in this node, so another officer of it decides. " +
		"Admit the superior: fontis member add ID NAME --kind authority --region CODE"
}

package share

import (
	"context"
	"slices"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/vocab"
)

// Body is a data authority that takes part, with the code of its division.
type Body struct {
	Member vocab.MemberID
	Region string
}

// holds reports whether the body's division is the one of all regions, or above it.
func (b Body) holds(regions ...string) bool {
	as := identity.Actor{Roles: []vocab.Role{vocab.Authority}, Region: b.Region}
	return !slices.ContainsFunc(regions, func(r string) bool { return !as.Governs(r) })
}

// above reports whether the body's division holds the other's and is not it.
func (b Body) above(other Body) bool { return b.Region != other.Region && b.holds(other.Region) }

// Nearest is the lowest of the authorities in the tree of divisions that holds all
// the regions, stands above one of them where that is given, and is none of those
// concerned.
func Nearest(all []Body, regions []string, over *Body, not ...vocab.MemberID) (Body, bool) {
	var best Body
	found := false
	for _, b := range all {
		switch {
		case slices.Contains(not, b.Member) || !b.holds(regions...) || over != nil && !b.above(*over):
		case !found || best.above(b) || !b.above(best) && b.Member < best.Member:
			best, found = b, true
		}
	}
	return best, found
}

// InCharge is the data authority over a region that is none of those concerned: the
// nearest in the tree of divisions, else who keeps the node; empty where neither is.
func InCharge(all []Body, keeper vocab.MemberID, region string, not ...vocab.MemberID) vocab.MemberID {
	if b, ok := Nearest(all, []string{region}, nil, not...); ok {
		return b.Member
	}
	if slices.Contains(not, keeper) {
		return ""
	}
	return keeper
}

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
	return InCharge(all, keeper, r.Region, r.Provider, r.Requester), keeper, nil
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
		d.Authority = InCharge(all, keeper, r.Region, r.Provider, r.Requester)
	}
	if superior {
		regions := []string{r.Region}
		if theirs != "" {
			regions = append(regions, theirs)
		}
		i := slices.IndexFunc(all, func(b Body) bool { return b.Member == d.Authority })
		over := Body{Region: r.Region}
		if i >= 0 {
			over = all[i]
		}
		top, ok := Nearest(all, regions, &over, r.Provider, r.Requester, d.Authority)
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

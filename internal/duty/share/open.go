package share

import (
	"context"
	"slices"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// known is what steps ask beside the table, as it is when a request is read.
type known struct {
	window  bool           // the refusal may still be disputed
	longest int            // days by which the reply's term may be extended
	ruler   bool           // a data authority takes part that is neither side
	demand  *demand.Demand // behind the request, while it waits for one
}

// know fills it in, so that no step is offered which its verb refuses for a reason
// that is known before.
func (s *Service) know(ctx context.Context, tx *db.Tx, r *Request) error {
	who, _, err := s.inCharge(ctx, r)
	if err != nil {
		return err
	}
	k := &known{ruler: who != "", window: s.windowOpen(r.Clocks)}
	rule, err := s.p.Clocks.Rule(ctx, tx, r.Region, r.rule(RuleReply))
	switch {
	case err == nil:
		k.longest = rule.Extension
	case vocab.CodeOf(err) != vocab.RuleMissing:
		return err
	}
	if uncataloged(r) && slices.Contains(wished, r.State) {
		if k.demand, err = s.p.Demands.Of(ctx, tx, r.Demanded.ID); err != nil {
			return err
		}
	}
	r.known = k
	return nil
}

// waits reports whether a request waits for the actor's word as an authority: a check
// of conformity, a longer term, whose the data are, a ruling.
func (s *Service) waits(ctx context.Context, tx *db.Tx, a identity.Actor, r *Request) (bool, error) {
	if r.State == StateSubmitted && !extensionAsked(r) {
		return false, nil
	}
	err := s.know(ctx, tx, r)
	return slices.ContainsFunc(r.Steps(a), func(t Transition) bool { return t.By == Authority || t.By == Superior }), err
}

// windowOpen reports whether a refusal may still be disputed, by the clocks of the
// request. A place without the rule sets no end to it.
func (s *Service) windowOpen(all []calendar.Running) bool {
	of := func(c calendar.Running) bool { return c.Rule.Name == RuleWindow }
	return !slices.ContainsFunc(all, of) || slices.ContainsFunc(all, func(c calendar.Running) bool {
		return of(c) && c.Open() && s.p.Clock.Now().Before(c.DueAt)
	})
}

// Steps are the steps that the actor may take now, in the order of the table; a
// verb still asks what each needs. Of two lines of a side for one act the first that
// fits is taken, and that one is offered.
func (r *Request) Steps(a identity.Actor) []Transition {
	var out []Transition
	for _, t := range transitions {
		same := func(o Transition) bool { return o.Act == t.Act && o.By == t.By }
		if t.By != Platform && r.stands(a, t.By) && a.Must(t.Roles...) == nil && t.fits(r) && !r.vain(a, t) && !slices.ContainsFunc(out, same) {
			out = append(out, t)
		}
	}
	return out
}

// fits reports whether the table leaves the step open to the request.
func (t Transition) fits(r *Request) bool {
	return slices.Contains(t.From, r.State) && (t.When == nil || t.When(r)) && (len(t.GrantFrom) == 0 || slices.Contains(t.GrantFrom, r.GrantState) && !r.past)
}

// vain reports whether the verb of a step would refuse it whatever is said, for what
// the table does not hold: the officer's own part in the request, the terms, and who
// takes part.
func (r *Request) vain(a identity.Actor, t Transition) bool {
	k := r.known
	if k == nil {
		k = &known{window: true, longest: 1, ruler: true}
	}
	switch t.Act {
	case ActAgree, ActInPart, ActPropose:
		return mayDecide(a, r) != nil || r.State == StateSecond && r.Decision != nil && r.Decision.By == a.Officer || t.Act == ActInPart && r.orderedWhole()
	case ActRefuse:
		return t.By == Provider && mayDecide(a, r) != nil || t.By == Authority && mayRule(a, r) != nil
	case ActUphold, ActOrder:
		return mayRule(a, r) != nil
	case ActAskMore:
		return k.longest == 0 || !k.ruler
	case ActDisown, ActEscalate:
		return !k.ruler
	case ActDispute, ActAppeal:
		return r.State == StateRefused && !k.window || t.To == StateAuthority && !k.ruler
	case ActCertify:
		return a.Officer == ""
	case ActResume:
		return !r.Suspension.lifts(a)
	case ActListed, ActUnlisted, ActMoved:
		return k.demand != nil && !answers(k.demand.Answers(a), t)
	}
	return false
}

// answers reports whether one of the answers to a demand takes the step.
func answers(all []string, t Transition) bool {
	return slices.ContainsFunc(all, func(act string) bool {
		switch act {
		case demand.ActList:
			return t.Act == ActListed
		case demand.ActRefuse:
			return t.Act == ActUnlisted
		case demand.ActAssign:
			return t.Act == ActMoved && t.By == Authority
		}
		return t.Act == ActMoved && t.By == Provider
	})
}

// orderedWhole reports whether a ruling orders all that was asked.
func (r *Request) orderedWhole() bool {
	u := r.ordered()
	return u != nil && (len(u.Items) == 0 || len(u.Items) == len(r.Items))
}

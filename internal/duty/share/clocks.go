package share

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// What the clocks of this package run for.
const (
	kindRequest = "request"
	kindGrant   = "grant"
)

func (r *Request) ref() calendar.Ref { return calendar.Ref{Kind: kindRequest, ID: string(r.ID)} }

func (r *Request) grantRef() calendar.Ref { return calendar.Ref{Kind: kindGrant, ID: string(r.Grant)} }

// region is where the provider is; the node's own jurisdiction when it has none.
func (s *Service) region(ctx context.Context, r *Request) (string, error) {
	region, err := s.p.Node.Region(ctx, r.Provider)
	if err != nil || region != "" {
		return region, err
	}
	_, region, err = s.p.Node.Authority(ctx)
	return region, err
}

// place notes where a request that is submitted belongs, and gives the step that
// the place takes.
func (s *Service) place(ctx context.Context, tx *db.Tx, a identity.Actor, r *Request) (t Transition, err error) {
	if r.Region, err = s.region(ctx, r); err != nil {
		return t, err
	}
	if r.conform, err = s.conforms(ctx, tx, r); err != nil {
		return t, err
	}
	return s.step(a, r, ActSubmit)
}

// conforms tells whether the request goes through the conformity check: where the
// jurisdiction has one, and an authority takes part that is neither side and could
// make it. Without one the provider looks at the form too.
func (s *Service) conforms(ctx context.Context, tx *db.Tx, r *Request) (bool, error) {
	takes, err := s.p.Clocks.Takes(ctx, tx, r.Region, RuleConformity)
	if err != nil || !takes {
		return false, err
	}
	who, _, err := s.inCharge(ctx, r)
	return who != "", err
}

// clocks fills in the clocks of a request that is read.
func (s *Service) clocks(ctx context.Context, tx *db.Tx, r *Request) error {
	out, err := s.p.Clocks.OfRef(ctx, tx, r.ref())
	if err != nil {
		return err
	}
	if r.State == StateDemand {
		more, err := s.p.Clocks.OfRef(ctx, tx, demand.Ref(r.Demanded.ID))
		if err != nil {
			return err
		}
		out = append(out, more...)
	}
	if r.Grant != "" {
		more, err := s.p.Clocks.OfRef(ctx, tx, r.grantRef())
		if err != nil {
			return err
		}
		out = append(out, more...)
	}
	if r.Clocks = out; r.State != StateDraft {
		r.DueAt = due(out)
	}
	return nil
}

// due is the end of the request's own clock that runs.
func due(all []calendar.Running) time.Time {
	for _, c := range all {
		if c.Ref.Kind != kindGrant && c.Open() && !c.Stopped() {
			return c.DueAt
		}
	}
	return time.Time{}
}

// rule is the name of the calendar's row for a line of the table.
func (r *Request) rule(name string) string {
	if name != RuleReply {
		return name
	}
	if r.Share == vocab.Unconditional {
		return RuleUnconditional
	}
	return RuleConditional
}

// turn is whose turn it is while a rule runs.
func turn(rule string) Side {
	switch rule {
	case RuleReply, RuleProcedure, RuleConsult, RuleDelivery, RuleReview:
		return Provider
	case RuleSupplement, RuleWindow, RuleDestruction:
		return Requester
	}
	return Authority
}

// wind does to the clocks what the step does, in its transaction.
func (s *Service) wind(ctx context.Context, tx *db.Tx, t Transition, r *Request) error {
	clocks := s.p.Clocks
	var err error
	switch t.Clocks {
	case ClocksFresh:
		if err = clocks.EndAll(ctx, tx, r.ref()); err == nil && t.Clock != "" {
			err = s.start(ctx, tx, r, r.ref(), t.Clock, time.Time{})
		}
	case ClocksPause:
		err = s.pause(ctx, tx, t, r)
	case ClocksResume:
		own, stands := r.standing(t.Act)
		err = clocks.End(ctx, tx, r.ref(), own)
		switch {
		case err != nil:
		case stands != "":
			err = clocks.Resume(ctx, tx, r.ref(), stands)
		default: // none stood: the term begins with what was brought
			err = s.start(ctx, tx, r, r.ref(), t.Clock, time.Time{})
		}
	}
	if err == nil && t.Act == ActExtend {
		err = clocks.Extend(ctx, tx, r.ref(), r.rule(RuleReply), r.Extension.Days, r.Extension.Reason)
	}
	if err == nil {
		err = s.windGrant(ctx, tx, t, r)
	}
	if err != nil {
		return err
	}
	if t.Act != ActRemind {
		return s.clocks(ctx, tx, r)
	}
	return nil
}

// standing names the clock of what a step ends, and the one that stood meanwhile.
func (r *Request) standing(act string) (own, stands string) {
	if act == ActProceed {
		return RuleProcedure, r.Procedure.Clock
	}
	return RuleSupplement, r.Supplement.Clock
}

// pause stops the clock that runs and starts the one of the step.
func (s *Service) pause(ctx context.Context, tx *db.Tx, t Transition, r *Request) error {
	all, err := s.p.Clocks.OfRef(ctx, tx, r.ref())
	if err != nil {
		return err
	}
	for _, c := range all {
		if !c.Open() || c.Stopped() {
			continue
		}
		why := stopSupplement
		if t.Act == ActProcedure {
			p := *r.Procedure
			why, p.Clock = p.Kind, c.Rule.Name
			r.Procedure = &p
		} else {
			sup := *r.Supplement
			sup.Clock = c.Rule.Name
			r.Supplement = &sup
		}
		if err := s.p.Clocks.Stop(ctx, tx, r.ref(), c.Rule.Name, why); err != nil {
			return err
		}
	}
	return s.start(ctx, tx, r, r.ref(), t.Clock, time.Time{})
}

// windGrant does to the clocks of the grant what the step does.
func (s *Service) windGrant(ctx context.Context, tx *db.Tx, t Transition, r *Request) error {
	clocks := s.p.Clocks
	switch {
	case t.Grants:
		until := r.grant(r.Grant, decisionOf(r)).Until
		for rule, at := range map[string]time.Time{RuleDelivery: {}, RuleReview: {}, RuleDestruction: until} {
			if err := s.start(ctx, tx, r, r.grantRef(), rule, at); err != nil {
				return err
			}
		}
	case t.Act == ActDeliver:
		return s.endOne(ctx, tx, r.grantRef(), RuleDelivery)
	case t.Act == ActReview:
		if err := s.endOne(ctx, tx, r.grantRef(), RuleReview); err != nil {
			return err
		}
		return s.start(ctx, tx, r, r.grantRef(), RuleReview, time.Time{})
	case t.GrantTo == access.GrantEnded:
		if err := clocks.EndAll(ctx, tx, r.grantRef()); err != nil {
			return err
		}
		return s.start(ctx, tx, r, r.grantRef(), RuleDestruction, time.Time{})
	case t.Act == ActCertify:
		return clocks.EndAll(ctx, tx, r.grantRef())
	}
	return nil
}

func (s *Service) endOne(ctx context.Context, tx *db.Tx, ref calendar.Ref, rule string) error {
	err := s.p.Clocks.End(ctx, tx, ref, rule)
	if vocab.CodeOf(err) == vocab.StateWrong {
		return nil // it has ended, or never began
	}
	return err
}

// start starts a clock. A place without the rule has no clock for this step; the
// diary says so, and the request goes on.
func (s *Service) start(ctx context.Context, tx *db.Tx, r *Request, ref calendar.Ref, rule string, at time.Time) error {
	side := turn(rule)
	owner, err := s.member(ctx, r, side)
	if err != nil {
		return err
	}
	other := r.Requester
	if side == Requester {
		other = r.Provider
	}
	_, err = s.p.Clocks.Start(ctx, tx, calendar.Start{Ref: ref, Rule: r.rule(rule), Jurisdiction: r.Region, Owner: owner, Other: other, At: at})
	if vocab.CodeOf(err) == vocab.RuleMissing {
		s.p.Diary.Warn("a step has no term here", "request", r.ID, "rule", rule, "jurisdiction", r.Region)
		return nil
	}
	return err
}

// longer asks whether the term may be extended by so much, so that the authority
// is not asked in vain.
func (s *Service) longer(ctx context.Context, tx *db.Tx, r *Request) error {
	rule, err := s.p.Clocks.Rule(ctx, tx, r.Region, r.rule(RuleReply))
	if err != nil {
		return err
	}
	if r.Extension.Days <= 0 || r.Extension.Days > rule.Extension {
		return vocab.BadInput.Because("the reply's term is extended by 1 to %d days, not by %d (%s)", rule.Extension, r.Extension.Days, rule.Citation)
	}
	return nil
}

// window asks whether a refusal may still be disputed.
func (s *Service) window(ctx context.Context, tx *db.Tx, t Transition, r *Request) error {
	if r.State != StateRefused {
		return nil
	}
	all, err := s.p.Clocks.OfRef(ctx, tx, r.ref())
	if err != nil {
		return err
	}
	if s.windowOpen(all) {
		return nil
	}
	return vocab.StateWrong.Because("the time in which a refusal may be disputed is over").WithFix("Draft a new request that names this one as its previous one.")
}

// expired is what happens when a term of a request is over: its state says so, and
// step by step others are told. Nothing is ever approved by it.
func (s *Service) expired(ctx context.Context, tx *db.Tx, c calendar.Running, step int) error {
	r, err := loadAny(ctx, tx, selectAny, c.Ref.ID)
	if db.NoRows(err) {
		return s.p.Clocks.EndAll(ctx, tx, c.Ref)
	}
	if err != nil {
		return err
	}
	s.stand(r)
	switch {
	case c.Rule.Name == RuleWindow:
		return s.p.Clocks.EndAll(ctx, tx, c.Ref)
	case step > 0:
		return s.remind(ctx, tx, r, c, step)
	case r.State == StateSubmitted || r.State == StateExtended:
		t, err := stepOf(ActOverdue, Platform, r)
		if err != nil {
			return err
		}
		r.OverdueAt = s.p.Clock.Now()
		return s.move(ctx, tx, identity.Actor{}, t, r, reminder(c), c.Rule.Citation)
	}
	return nil
}

// grantExpired is what happens when a term of a grant is over.
func (s *Service) grantExpired(ctx context.Context, tx *db.Tx, c calendar.Running, step int) error {
	r, err := loadAny(ctx, tx, selectAnyGrant, c.Ref.ID)
	if db.NoRows(err) {
		return s.p.Clocks.EndAll(ctx, tx, c.Ref)
	}
	if err != nil {
		return err
	}
	s.stand(r)
	if c.Rule.Name != RuleDestruction && r.past {
		return s.p.Clocks.End(ctx, tx, c.Ref, c.Rule.Name)
	}
	if c.Rule.Name == RuleDelivery {
		used, err := s.p.Node.Used(ctx, r.Provider, r.Grant)
		if err != nil {
			return err
		}
		if used {
			return s.delivered(ctx, tx, r)
		}
	}
	if step == 0 {
		return nil
	}
	return s.remind(ctx, tx, r, c, step)
}

// delivered takes the first use of a grant for its delivery.
func (s *Service) delivered(ctx context.Context, tx *db.Tx, r *Request) error {
	t, err := stepOf(ActDeliver, Platform, r)
	if err == nil {
		err = t.allows(r, "", "")
	}
	if err != nil {
		return err
	}
	r.DeliveredAt = s.p.Clock.Now()
	return s.enter(ctx, tx, identity.Actor{}, t, r, "", "")
}

// remind tells the next one up that a term is over.
func (s *Service) remind(ctx context.Context, tx *db.Tx, r *Request, c calendar.Running, step int) error {
	if step > len(c.Rule.Steps) {
		return nil
	}
	t, err := stepOf(ActRemind, Platform, r)
	if err != nil {
		return err
	}
	t.Tell = map[string]Side{
		"requester": Requester, "holder": Requester, "provider": Provider, "stewards": Provider, "authority": Authority, "superior": Superior,
	}[c.Rule.Steps[step-1].Tell]
	if t.Tell == "" {
		t.Tell = Authority
	}
	return s.move(ctx, tx, identity.Actor{}, t, r, reminder(c), c.Rule.Citation)
}

func reminder(c calendar.Running) string { return fmt.Sprintf("%s: %s", c.Rule.Name, c.DueDay) }

// LookForUse takes the first use of each grant that is not yet delivered for its
// delivery. The node's scheduler calls it.
func (s *Service) LookForUse(ctx context.Context) error {
	after := ""
	for {
		var chunk []calendar.Running
		err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
			chunk, err = s.p.Clocks.OpenOf(ctx, tx, kindGrant, RuleDelivery, after, rebuildChunk)
			return err
		})
		if err != nil {
			return fmt.Errorf("look for grants in use: %w", err)
		}
		for _, c := range chunk {
			after = c.Ref.ID
			if err := s.lookForUse(ctx, c.Owner, vocab.GrantID(c.Ref.ID)); err != nil {
				return fmt.Errorf("look for grants in use: %w", err)
			}
		}
		if len(chunk) < rebuildChunk {
			return nil
		}
	}
}

func (s *Service) lookForUse(ctx context.Context, provider vocab.MemberID, g vocab.GrantID) error {
	used, err := s.p.Node.Used(ctx, provider, g)
	if err != nil || !used {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := loadAny(ctx, tx, selectAnyGrant, string(g))
		if err != nil {
			return err
		}
		s.stand(r)
		if !r.DeliveredAt.IsZero() || r.past {
			return nil
		}
		return s.delivered(ctx, tx, r)
	})
}

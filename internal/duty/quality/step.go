package quality

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/vocab"
)

// Accept takes a contest up: from the commit on the value says disputed, in every
// answer, batch row and export. What the source holds now is read first, so that
// the records can tell who received it.
func (s *Service) Accept(ctx context.Context, a identity.Actor, id vocab.ContestID) (*Contest, error) {
	c, err := s.Get(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if _, err := s.may(a, c, ActAccept); err != nil {
		return nil, fmt.Errorf("accept contest: %w", err)
	}
	before := s.reread(ctx, id)
	return s.step(ctx, a, id, ActAccept, Word{}, func(c *Contest) error {
		c.Before = before
		return nil
	})
}

// Decline refuses to take a contest up, with the reason and the rule.
func (s *Service) Decline(ctx context.Context, a identity.Actor, id vocab.ContestID, w Word) (*Contest, error) {
	return s.step(ctx, a, id, ActDecline, w, nil)
}

// Withdraw takes a contest back before the source has found anything.
func (s *Service) Withdraw(ctx context.Context, a identity.Actor, id vocab.ContestID, w Word) (*Contest, error) {
	return s.step(ctx, a, id, ActWithdraw, w, nil)
}

// Route sends a contest to a source of the item: the body named, or the owner. A
// body that is known for none gets it by the authority's assignment, with a reason.
func (s *Service) Route(ctx context.Context, a identity.Actor, id vocab.ContestID, w Word) (*Contest, error) {
	c, err := s.Get(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if w.To == "" {
		w.To = c.Owner
	}
	if err := s.there(ctx, w.To); err != nil {
		return nil, fmt.Errorf("route contest: %w", err)
	}
	if is, err := s.isSource(ctx, c, w.To); err != nil {
		return nil, fmt.Errorf("route contest: %w", err)
	} else if !is {
		return nil, vocab.BadInput.Because("%s is known for no source of %s", w.To, c.Item).WithFix("Assign it there, with the reason: fontis contest assign %s --to %s --reason TEXT", c.ID, w.To)
	}
	return s.step(ctx, a, id, ActRoute, w, func(c *Contest) error { c.Source = w.To; return nil })
}

// NotMine is the source's word that the value is another's. The first time, with
// a source of the item named, the contest goes there; else the authority assigns
// it, and sees whom the source named.
func (s *Service) NotMine(ctx context.Context, a identity.Actor, id vocab.ContestID, w Word) (*Contest, error) {
	c, err := s.Get(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if w.To != "" && w.To == c.Source {
		return nil, vocab.BadInput.Because("the contest is at %s already", w.To)
	}
	on := false
	if w.To != "" {
		if err := s.there(ctx, w.To); err != nil {
			return nil, fmt.Errorf("pass a contest on: %w", err)
		}
		if on, err = s.isSource(ctx, c, w.To); err != nil {
			return nil, fmt.Errorf("pass a contest on: %w", err)
		}
	}
	if !on || slices.Contains(c.Once, ActRedirect) {
		return s.step(ctx, a, id, ActDisclaim, w, func(c *Contest) error { c.Named = w.To; return nil })
	}
	return s.step(ctx, a, id, ActRedirect, w, func(c *Contest) error { c.Source = w.To; return nil })
}

// Assign is the authority's word on who verifies; the body cannot pass it on.
func (s *Service) Assign(ctx context.Context, a identity.Actor, id vocab.ContestID, w Word) (*Contest, error) {
	if w.To == "" {
		return nil, vocab.FieldMissing.Because("the step names the body that the contest goes to")
	}
	if err := s.there(ctx, w.To); err != nil {
		return nil, fmt.Errorf("assign contest: %w", err)
	}
	return s.step(ctx, a, id, ActAssign, w, func(c *Contest) error { c.Source, c.Named = w.To, ""; return nil })
}

// there refuses a body that is not there, as everything else that is not.
func (s *Service) there(ctx context.Context, m vocab.MemberID) error {
	if checkText(string(m), maxName) != nil {
		return identity.NotYours()
	}
	return s.p.Member(ctx, m)
}

// isSource says whether the body is known for a source of the contested value: it
// owns the item, or one of the items that the authority named beside it.
func (s *Service) isSource(ctx context.Context, c *Contest, m vocab.MemberID) (bool, error) {
	if m == c.Owner || m == s.p.Sources.OwnerOf(c.Item) {
		return true, nil
	}
	others, err := s.others(ctx, c.Item)
	return slices.ContainsFunc(others, func(o vocab.ItemID) bool { return s.p.Sources.OwnerOf(o) == m }), err
}

// Take is the source's word that the value is its own.
func (s *Service) Take(ctx context.Context, a identity.Actor, id vocab.ContestID) (*Contest, error) {
	return s.step(ctx, a, id, ActTake, Word{}, nil)
}

// Extend makes the term of a complex contest longer, once.
func (s *Service) Extend(ctx context.Context, a identity.Actor, id vocab.ContestID, w Word) (*Contest, error) {
	return s.step(ctx, a, id, ActExtend, w, func(*Contest) error { return nil })
}

// AskReview is the raiser's word that the outcome is wrong; another officer of
// the authority decides, once.
func (s *Service) AskReview(ctx context.Context, a identity.Actor, id vocab.ContestID, w Word) (*Contest, error) {
	return s.step(ctx, a, id, ActReview, w, nil)
}

// Decide ends a review: the contest is opened again and labelled, or the outcome
// is confirmed and filed.
func (s *Service) Decide(ctx context.Context, a identity.Actor, id vocab.ContestID, reopen bool, w Word) (*Contest, error) {
	if !reopen {
		return s.step(ctx, a, id, ActConfirm, w, nil)
	}
	if c, err := s.Get(ctx, a, id); err != nil {
		return nil, err
	} else if _, err := s.may(a, c, ActReopen); err != nil {
		return nil, fmt.Errorf("decide a review: %w", err)
	}
	before := s.reread(ctx, id)
	return s.step(ctx, a, id, ActReopen, w, func(c *Contest) error {
		c.Before, c.After, c.Compared, c.Remedy, c.Source, c.Named, c.Proof = before, Checked{}, nil, "", "", "", ""
		c.Round++
		c.Once = []string{ActReview} // the second round may extend and be re-routed again
		return nil
	})
}

// Steps are the steps that the actor may take now, in the order of the table; a
// verb still asks what each needs.
func (c *Contest) Steps(a identity.Actor) []Transition {
	sides := c.sides(a)
	var out []Transition
	for _, t := range transitions {
		asked := t.By == Raiser && c.isPersons() || a.Must(t.Roles...) == nil && a.Officer != "" && !a.IsMachine()
		switch {
		case !asked || !slices.Contains(sides, t.By) || !slices.Contains(t.From, c.State):
		case t.Once && slices.Contains(c.Once, t.Act) || c.barred(a, t) != nil:
		default:
			out = append(out, t)
		}
	}
	return out
}

// may finds the line of the table on the actor's side and asks the role.
func (s *Service) may(a identity.Actor, c *Contest, act string) (Transition, error) {
	var last error
	for _, side := range c.sides(a) {
		t, err := stepOf(act, side, c.State)
		if err == nil && !(side == Raiser && c.isPersons()) {
			err = a.Must(t.Roles...)
			if err == nil && (a.Officer == "" || a.IsMachine()) {
				err = vocab.RoleMissing.Because("a step of a contest is taken by an officer who is signed in, not by a system")
			}
		}
		if err == nil {
			err = c.barred(a, t)
		}
		if err == nil {
			return t, nil
		}
		if last == nil || vocab.CodeOf(last) == vocab.RoleMissing {
			last = err
		}
	}
	if last == nil {
		last = vocab.RoleMissing.Because("the step %s is not the caller's", act).WithFix("%s", whose(act))
	}
	return Transition{}, last
}

// barred says why an officer may not take a step that their role would allow: who
// acted in a contest does not decide its review, nobody acts in one for the source
// and for the authority, and an authority that is itself the source takes up what
// is said against it.
func (c *Contest) barred(a identity.Actor, t Transition) error {
	switch {
	case t.Fresh && slices.Contains(c.hands, a.Officer):
		return vocab.SecondNeeded.Because("who acted in a contest does not decide its review")
	case t.By == Authority && slices.Contains(c.worked, a.Officer), t.By == Source && slices.Contains(c.hands, a.Officer):
		return vocab.SecondNeeded.Because("nobody acts in a contest for the source and for the authority").WithFix("Let another officer of %s take the step.", a.Member)
	case t.Act == ActDecline && a.In(c.Owner):
		return vocab.SecondNeeded.Because("contest %s is about what %s holds itself, and nobody turns away a contest of their own value", c.ID, a.Member).
			WithFix("Take it up: fontis contest accept %s. What is found goes into the finding.", c.ID)
	}
	return nil
}

// step takes one step of an actor; with changes the contest under it.
func (s *Service) step(ctx context.Context, a identity.Actor, id vocab.ContestID, act string, w Word, with func(*Contest) error) (*Contest, error) {
	var out *Contest
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := load(ctx, tx, a, id)
		if err != nil {
			return err
		}
		t, err := s.may(a, c, act)
		if err != nil {
			return err
		}
		m := mover{a: a, t: t, w: w, with: with}
		if m.hands, err = c.fresh(ctx, tx, a, t); err != nil {
			return err
		}
		out = c
		return s.move(ctx, tx, m, c)
	})
	if err != nil {
		return nil, fmt.Errorf("%s contest: %w", act, err)
	}
	return shown(a, out), nil
}

// fresh asks that who decides a review is not of one hand with any officer who acted
// in the contest for the authority, and gives the first of them with the new one.
func (c *Contest) fresh(ctx context.Context, tx *db.Tx, a identity.Actor, t Transition) (string, error) {
	said := ""
	if !t.Fresh {
		return said, nil
	}
	for _, before := range c.hands {
		two, err := hands.Second(ctx, tx, before, a.Officer)
		if err != nil {
			return "", err
		}
		said = cmp.Or(said, two.String())
	}
	return said, nil
}

// advance takes one step of the platform's own.
func (s *Service) advance(ctx context.Context, tx *db.Tx, c *Contest, act, reason string) error {
	t, err := stepOf(act, Platform, c.State)
	if err != nil {
		return err
	}
	return s.move(ctx, tx, mover{t: t, w: Word{Reason: reason}}, c)
}

// mover is a step on its way: by whom, which, with what words, and what else it
// changes.
type mover struct {
	a    identity.Actor
	t    Transition
	w    Word
	with func(*Contest) error
	// hands are two officers of the authority and who admitted each, at a review.
	hands string
}

// move takes the step: new state, label, clock, history, act, fact and notice.
func (s *Service) move(ctx context.Context, tx *db.Tx, m mover, c *Contest) error {
	for _, v := range []string{m.w.Reason, m.w.Citation} {
		if err := checkText(v, maxText); err != nil {
			return err
		}
	}
	if err := m.t.allows(c, m.w); err != nil {
		return err
	}
	from := c.State
	c.State, c.ChangedAt = m.t.To, s.p.Clock.Now()
	if m.t.Once {
		c.Once = append(slices.Clone(c.Once), m.t.Act)
	}
	if m.with != nil {
		if err := m.with(c); err != nil {
			return err
		}
	}
	if r := strings.TrimSpace(m.w.Reason); r != "" {
		c.Reason, c.Citation = r, strings.TrimSpace(m.w.Citation)
	}
	switch {
	case m.a.Officer == "":
	case m.t.By == Authority && !slices.Contains(c.hands, m.a.Officer):
		c.hands = append(slices.Clone(c.hands), m.a.Officer)
	case m.t.By == Source && !slices.Contains(c.worked, m.a.Officer):
		c.worked = append(slices.Clone(c.worked), m.a.Officer)
	}
	if err := s.mark(ctx, tx, m.t, c); err != nil {
		return err
	}
	if err := s.turnClock(ctx, tx, m, c); err != nil {
		return err
	}
	if err := update(ctx, tx, c); err != nil {
		return err
	}
	h := Change{
		Contest: c.ID, Rev: c.Rev, Act: m.t.Act, From: from, To: c.State, Side: m.t.By, Member: m.a.Member, Officer: m.a.Officer,
		Reason: m.w.Reason, Citation: m.w.Citation, At: c.ChangedAt, mandate: m.a.Mandate, hands: m.hands,
	}
	if err := putChange(ctx, tx, c.Member, h); err != nil {
		return err
	}
	return s.tell(ctx, tx, m.t.Tell, c, h)
}

// mark puts or takes the label, in the step's own transaction.
func (s *Service) mark(ctx context.Context, tx *db.Tx, t Transition, c *Contest) error {
	switch {
	case t.Label:
		return s.p.Labels.Label(ctx, tx, c.Item, c.person, string(c.ID))
	case t.Unmark:
		return s.p.Labels.Unlabel(ctx, tx, c.Item, c.person, string(c.ID))
	}
	return nil
}

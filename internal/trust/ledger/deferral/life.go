package deferral

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/suppress"
	"fontis/internal/vocab"
)

// Confirm puts an order in force: an officer of another body, an authority or an
// auditor, answers for it with the author. The rules are held again, for time has
// passed since it was proposed.
func (s *Service) Confirm(ctx context.Context, a identity.Actor, id string) (Order, error) {
	return s.decide(ctx, a, id, func(ctx context.Context, tx *db.Tx, o *Order) error {
		now := s.p.Clock.Now()
		g, err := ground(ctx, tx, o.Law, o.Ground)
		if err != nil {
			return err
		}
		earlier, err := ofPerson(ctx, tx, o.person)
		if err != nil {
			return err
		}
		if err := g.allows(*o, earlier, now); err != nil {
			return err
		}
		o.State, o.From = InForce, now
		if err := s.within(ctx, tx, *o); err != nil {
			return err
		}
		return s.hide(ctx, tx, a, *o)
	})
}

// hide puts the deferral, and the order's own entry under it: it appears with
// what it hid.
func (s *Service) hide(ctx context.Context, tx *db.Tx, a identity.Actor, o Order) error {
	d := ledger.Deferral{Order: o.ID, Person: o.person, Member: o.Member, Trace: o.Trace, From: o.From, Until: o.Until}
	if err := s.p.Ledger.Defer(ctx, tx, d); err != nil {
		return err
	}
	e, err := s.p.Ledger.ActAbout(ctx, tx, o.person, actOrdered, o.fields(a))
	if err != nil {
		return err
	}
	d.Order, d.Member, d.Trace = o.ID+ownEntry, "", e.Trace
	return s.p.Ledger.Defer(ctx, tx, d)
}

// because holds the words of a decision.
func because(reason string) error {
	switch {
	case strings.TrimSpace(reason) == "":
		return vocab.ReasonNeeded.Because("whoever refuses or lifts an order says why")
	case len(reason) > 2000 || subject.HoldsCitizenNumber(reason):
		return vocab.BadInput.Because("a reason has at most 2,000 bytes and no person's number")
	}
	return nil
}

// Refuse ends a proposal that another body does not confirm.
func (s *Service) Refuse(ctx context.Context, a identity.Actor, id, reason string) (Order, error) {
	if err := because(reason); err != nil {
		return Order{}, err
	}
	return s.decide(ctx, a, id, func(ctx context.Context, tx *db.Tx, o *Order) error {
		o.State, o.Reason = Refused, reason
		return s.p.Ledger.Act(ctx, tx, actRefused, o.besides(a))
	})
}

func (s *Service) decide(ctx context.Context, a identity.Actor, id string, step func(context.Context, *db.Tx, *Order) error) (Order, error) {
	if err := mustDecide(a, vocab.Authority, vocab.Auditor); err != nil {
		return Order{}, err
	}
	if !supervises(a) {
		return Order{}, a.MustOnNode(vocab.Authority)
	}
	var o Order
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		var err error
		if o, err = byID(ctx, tx, id); err != nil {
			return err
		}
		if a.Member == o.Body || a.Member == o.Member || a.Officer == o.Author {
			return vocab.SecondNeeded.Because("the second officer of an order is of another body than %s", o.Body)
		}
		two, err := hands.Second(ctx, tx, o.Author, a.Officer)
		if err != nil {
			return err
		}
		o.hands = two.String()
		if o.State != Proposed {
			return vocab.StateWrong.Because("the order is %s already", o.State)
		}
		o.Second, o.SecondOf, o.Decided = a.Officer, a.Member, s.p.Clock.Now()
		if err := step(ctx, tx, &o); err != nil {
			return err
		}
		return update(ctx, tx, o)
	})
	if err != nil {
		return Order{}, fmt.Errorf("decide on a deferral: %w", err)
	}
	return o, nil
}

// Lift ends an order before its end: by the body that asked, by that of its second
// officer, or by the authority that keeps the node. The person is told at once.
func (s *Service) Lift(ctx context.Context, a identity.Actor, id, reason string) error {
	if err := mustDecide(a, vocab.DataUser, vocab.Steward, vocab.Authority, vocab.Auditor); err != nil {
		return err
	}
	if err := because(reason); err != nil {
		return err
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		o, err := byID(ctx, tx, id)
		if err != nil {
			return err
		}
		if !a.In(o.Body) && !a.In(o.SecondOf) && a.MustOnNode(vocab.Authority) != nil {
			return identity.NotYours()
		}
		now := s.p.Clock.Now()
		if !o.Hides(now) {
			return vocab.StateWrong.Because("the order is not in force")
		}
		for _, name := range []string{o.ID, o.ID + ownEntry} {
			if err := s.p.Ledger.Undefer(ctx, tx, name, now); err != nil {
				return err
			}
		}
		o.State, o.Reason, o.Decided = Lifted, reason, now
		return s.tell(ctx, tx, o, actLifted)
	})
	if err != nil {
		return fmt.Errorf("lift a deferral: %w", err)
	}
	return nil
}

// tell enters the end in the person's chain, puts a line in their inbox and
// closes the order.
func (s *Service) tell(ctx context.Context, tx *db.Tx, o Order, act string) error {
	fields := o.fields(identity.Actor{})
	fields[ledger.FieldMember] = string(o.Body)
	if _, err := s.p.Ledger.ActAbout(ctx, tx, o.person, act, fields); err != nil {
		return err
	}
	n := identity.Notice{Person: o.person, Kind: "deferral-over", Params: map[string]string{"ground": o.Ground}, Link: "/mydata"}
	if err := s.p.Identity.PutNotice(ctx, tx, n); err != nil {
		return err
	}
	return updateTold(ctx, tx, o, s.p.Clock.Now())
}

// dueAtOnce bounds the orders that one call of Due closes.
const dueAtOnce = 200

// Due tells the persons whose orders have ended, each once and in a transaction
// of its own, and gives how many. What the orders hid has appeared already.
func (s *Service) Due(ctx context.Context) (int, error) {
	var over []Order
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		over, err = ended(ctx, tx, s.p.Clock.Now(), dueAtOnce)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("find deferrals that ended: %w", err)
	}
	for i, o := range over {
		if err := s.end(ctx, o.ID); err != nil {
			return i, fmt.Errorf("tell of the end of deferral %s: %w", o.ID, err)
		}
	}
	return len(over), nil
}

// end closes an order whose time is over, unless somebody has closed it meanwhile.
func (s *Service) end(ctx context.Context, id string) error {
	return s.p.DB.Write(ctx, func(tx *db.Tx) error {
		o, err := byID(ctx, tx, id)
		if err != nil || o.State != InForce {
			return err
		}
		o.State = Over
		return s.tell(ctx, tx, o, actOver)
	})
}

// Orders lists orders, newest first: a body's own; an authority or an auditor
// sees all, since they confirm and supervise.
func (s *Service) Orders(ctx context.Context, a identity.Actor, p identity.Page) ([]Order, error) {
	if err := a.Must(vocab.DataUser, vocab.Steward, vocab.Authority, vocab.Auditor); err != nil {
		return nil, err
	}
	owner := a.Member
	if supervises(a) {
		owner = ""
	}
	var list []Order
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		list, err = orders(ctx, tx, owner, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list deferrals: %w", err)
	}
	return list, nil
}

// smallCell is the least count that a public table by ground shows.
const smallCell = 10

// Figures count orders.
type Figures struct {
	Orders   int `json:"orders"`
	InForce  int `json:"in_force"`
	Renewals int `json:"renewals"`
	Refused  int `json:"refused"`
	Lifted   int `json:"lifted"`
}

// ByGround are the figures of one ground; a small count is suppressed.
type ByGround struct {
	Ground     string   `json:"ground"`
	Citation   string   `json:"citation"`
	Verified   bool     `json:"verified"`
	Figures    *Figures `json:"figures,omitempty"`
	Suppressed bool     `json:"suppressed,omitempty"`
}

// Totals is what everyone may know of deferrals.
type Totals struct {
	At      time.Time  `json:"at"`
	All     Figures    `json:"all"`
	Grounds []ByGround `json:"grounds"`
}

// Totals counts every order; it is public. The figures of all are told as they are,
// for the law asks for them; a ground goes where one of its figures is small, or
// where the sums of all would tell another that went.
func (s *Service) Totals(ctx context.Context) (Totals, error) {
	now := s.p.Clock.Now()
	out := Totals{At: now}
	var rows []Figures
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := grounds(ctx, tx)
		if err != nil {
			return err
		}
		for _, g := range all {
			f, err := count(ctx, tx, g, now)
			if err != nil {
				return err
			}
			rows = append(rows, f)
			out.All.add(f)
			out.Grounds = append(out.Grounds, ByGround{Ground: g.Name, Citation: g.Citation, Verified: g.Verified})
		}
		return nil
	})
	if err != nil {
		return Totals{}, fmt.Errorf("count deferrals: %w", err)
	}
	for i, gone := range suppressed(rows) {
		if out.Grounds[i].Suppressed = gone; !gone {
			out.Grounds[i].Figures = &rows[i]
		}
	}
	return out, nil
}

// suppressed says which grounds go. With one ground alone its figures are those of
// all, and there is nothing to keep.
func suppressed(rows []Figures) []bool {
	out := make([]bool, len(rows))
	if len(rows) < 2 {
		return out
	}
	for _, figure := range []func(*Figures) int{
		func(f *Figures) int { return f.Orders },
		func(f *Figures) int { return f.InForce },
		func(f *Figures) int { return f.Renewals },
		func(f *Figures) int { return f.Refused },
		func(f *Figures) int { return f.Lifted },
	} {
		line := make([]int, len(rows))
		for i := range rows {
			line[i] = figure(&rows[i])
		}
		gone, _ := suppress.Line(line, smallCell)
		for i := range gone {
			out[i] = out[i] || gone[i]
		}
	}
	return out
}

func (f *Figures) add(g Figures) {
	f.Orders += g.Orders
	f.InForce += g.InForce
	f.Renewals += g.Renewals
	f.Refused += g.Refused
	f.Lifted += g.Lifted
}

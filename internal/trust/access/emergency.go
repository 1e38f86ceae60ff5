package access

import (
	"context"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/trust/access/guard"
	"fontis/internal/trust/access/halt"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// PutEmergency gives the officer's member a grant at once, for at most 24 hours
// and single questions only. Who calls it sees to notice and review, in the same
// transaction. A tagged item is refused in an emergency too.
func (d *Door) PutEmergency(ctx context.Context, tx *db.Tx, a identity.Actor, e EmergencyGrant) (Grant, error) {
	if err := a.Must(vocab.DataUser); err != nil {
		return Grant{}, err
	}
	if a.IsMachine() || a.Officer == "" {
		return Grant{}, vocab.RoleMissing.Because("an officer declares an emergency, not a system")
	}
	if err := e.Check(); err != nil {
		return Grant{}, err
	}
	if err := d.halts.Refuses(a); err != nil {
		return Grant{}, err
	}
	b := d.bindings.Get(e.Items[0])
	if b == nil {
		return Grant{}, vocab.ItemUnbound.Because("no source answers for the item %s", e.Items[0]).
			WithFix("Look whether the item exists: fontis search WORDS --items. If it does, its department has bound it to no source yet: fontis bind")
	}
	if a.In(b.Owner) {
		return Grant{}, vocab.BadInput.Because("the data are the member's own")
	}
	g := e.Grant(b.Owner, a.Member, d.p.Clock.Now())
	g.About = b.About
	return g, d.PutGrant(ctx, tx, g, a)
}

// SuspendUnit refuses what a unit, or a member without units, asks under any grant
// until LiftUnit, in the caller's transaction; each tells of every grant that stands.
// Grants are their member's and stay as they are, so that one given meanwhile is held
// too and the review gives all of them back.
func (d *Door) SuspendUnit(ctx context.Context, tx *db.Tx, h Halt, each func(Grant) error) (int, error) {
	if err := halt.Insert(ctx, tx, h, d.p.Clock.Now()); err != nil {
		return 0, fmt.Errorf("suspend a unit: %w", err)
	}
	tx.OnCommit(func() { d.halts.Put(h) })
	n := 0
	for after := vocab.GrantID(""); ; {
		page, err := d.store.grantsOf(ctx, tx, h.Member, false, after, 1000)
		if err != nil {
			return n, err
		}
		for _, g := range page {
			after = g.ID
			if g.State != GrantActive {
				continue
			}
			if err := each(*g); err != nil {
				return n, err
			}
			n++
		}
		if len(page) < 1000 {
			return n, nil
		}
	}
}

// LiftUnit lets the unit, or the member, ask again that an emergency had halted.
func (d *Door) LiftUnit(ctx context.Context, tx *db.Tx, m vocab.MemberID, emergency string) error {
	tx.OnCommit(func() { d.halts.Lift(m, emergency) })
	return halt.Delete(ctx, tx, emergency)
}

// permitOf is the kind of permit under which the grant opens rows.
func permitOf(g *Grant) vocab.PermitKind {
	if g.Emergency != "" {
		return vocab.PermitEmergency
	}
	return vocab.PermitGrant
}

// gateOf counts a call; in an emergency it also tells the person, in the
// transaction that records the use.
func (d *Door) gateOf(g *Grant) ledger.Gate {
	if g.Emergency != "" {
		return emergencyGate{d}
	}
	return d.guard
}

type emergencyGate struct{ d *Door }

// Pass counts, and tells each person whose record is to be opened.
func (e emergencyGate) Pass(ctx context.Context, tx *db.Tx, tickets []any) ([]error, error) {
	refusals, err := e.d.guard.Pass(ctx, tx, tickets)
	if err != nil {
		return nil, err
	}
	for i, t := range tickets {
		c, ok := t.(*guard.Ticket)
		if refusals[i] != nil || !ok || !c.Grant.About.OfPersons() {
			continue
		}
		err := e.d.p.Identity.PutNotice(ctx, tx, identity.Notice{
			Person: c.Guess.Person, Kind: "emergency-used", Link: "/mine", Params: map[string]string{"member": string(c.Member), "grant": string(c.Grant.ID)},
		})
		if err != nil {
			return nil, err
		}
	}
	return refusals, nil
}

package access

import (
	"context"
	"encoding/json"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// PutGrant writes a grant in the caller's transaction; from its commit on the
// door knows it. Every change of a grant is an act of the ledger.
func (d *Door) PutGrant(ctx context.Context, tx *db.Tx, g Grant, by identity.Actor) error {
	if g.Zone == "" {
		g.Zone = d.p.Zone.String()
	}
	if err := g.Check(); err != nil {
		return err
	}
	if err := d.bindings.RefuseTagged(vocab.PathGrant, g.Items); err != nil {
		return err
	}
	if err := g.Ready(); err != nil {
		return err
	}
	body, err := json.Marshal(g)
	if err != nil {
		return fmt.Errorf("write grant %s: %w", g.ID, err)
	}
	if err := d.store.putGrant(ctx, tx, &g, string(body), d.p.Clock.Now()); err != nil {
		return fmt.Errorf("write grant %s: %w", g.ID, err)
	}
	err = d.p.Ledger.Act(ctx, tx, "grant."+string(g.State), map[string]string{
		"member": string(by.Member), "officer": string(by.Officer), "provider": string(g.Provider), "grant": string(g.ID),
		"to": string(g.To), "dataset": string(g.Dataset), "reason": g.Reason, "basis": g.Basis, "purpose": g.Purpose,
	})
	if err != nil {
		return err
	}
	payload, err := json.Marshal(fact.Grant{ID: g.ID, To: g.To, Owner: g.Provider, State: string(g.State)})
	if err != nil {
		return err
	}
	tx.OnCommit(func() { d.grants.Put(&g) })
	return outbox.Put(ctx, tx, outbox.Fact{Topic: fact.TopicGrant, Key: string(g.ID), Payload: payload})
}

// GrantFor gives a grant to a member that holds or gave it; to anyone else it
// does not exist.
func (d *Door) GrantFor(a identity.Actor, id vocab.GrantID) (Grant, error) {
	g := d.grants.Get(id)
	if g == nil || (!a.In(g.To) && !a.In(g.Provider) && !a.Has(vocab.Auditor)) {
		return Grant{}, grant.Missing(id)
	}
	return *g, nil
}

// Grants lists what the actor's member holds or has given, by id after the last.
func (d *Door) Grants(ctx context.Context, a identity.Actor, given bool, after vocab.GrantID, limit int) ([]Grant, error) {
	if a.Member == "" {
		return nil, vocab.SignInNeeded.Because("grants are listed for a member")
	}
	var out []Grant
	err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := d.store.grantsOf(ctx, tx, a.Member, given, after, limit)
		for _, g := range all {
			out = append(out, *g)
		}
		return err
	})
	return out, err
}

// EndGrant suspends, resumes or ends a grant. The provider may do all three, the
// holder may end its own. An ended grant never comes back.
func (d *Door) EndGrant(ctx context.Context, a identity.Actor, id vocab.GrantID, to GrantState, reason string) error {
	g, err := d.GrantFor(a, id)
	if err != nil {
		return err
	}
	if err := a.Must(vocab.Steward, vocab.Authority, vocab.DataUser); err != nil {
		return err
	}
	if reason == "" {
		return vocab.ReasonNeeded.Because("to make grant %s %s", id, to)
	}
	if !a.In(g.Provider) && to != GrantEnded {
		return vocab.RoleMissing.Because("only the provider %s suspends or resumes grant %s", g.Provider, id)
	}
	return d.p.DB.Write(ctx, func(tx *db.Tx) error { return d.EndGrantTx(ctx, tx, a, id, to, reason) })
}

// SuspendAll suspends every active grant after a declared loss; with runs in the
// same transaction for each, to tell its provider.
func (d *Door) SuspendAll(ctx context.Context, by identity.Actor, reason string, with func(context.Context, *db.Tx, Grant) error) (int, error) {
	var active []Grant
	err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := d.store.grants(ctx, tx)
		for _, g := range all {
			if g.State == GrantActive {
				active = append(active, *g)
			}
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, g := range active {
		err := d.p.DB.Write(ctx, func(tx *db.Tx) error {
			g.State, g.Reason = GrantSuspended, reason
			if err := d.PutGrant(ctx, tx, g, by); err != nil {
				return err
			}
			return with(ctx, tx, g)
		})
		if err != nil {
			return 0, fmt.Errorf("suspend %s: %w", g.ID, err)
		}
	}
	return len(active), nil
}

package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
)

// Machine is a system's access, without its secret.
type Machine struct {
	ID        vocab.MachineID
	Member    vocab.MemberID
	System    vocab.SystemID
	Name      string
	Roles     []vocab.Role
	CreatedBy vocab.OfficerID
	Created   time.Time
	Expires   time.Time
	Revoked   time.Time // zero while it lives
	// ListedOnly binds its calls to officers whom the member lists.
	ListedOnly bool
}

// NewMachine is what a steward or operator writes to let a system of their own
// member call. Roles are user, steward or both; user when empty.
type NewMachine struct {
	Member  vocab.MemberID
	System  vocab.SystemID
	Name    string
	Roles   []vocab.Role
	Expires time.Time
	// ListedOnly refuses calls in the name of anyone whom the member does not list.
	ListedOnly bool
}

// longestMachine bounds a token's life, so that a forgotten one dies.
const longestMachine = 400 * 24 * time.Hour

// machineRoles are those a machine may hold: it administers nobody.
func machineRoles() []vocab.Role { return []vocab.Role{vocab.DataUser, vocab.Steward} }

func (n NewMachine) ready(now time.Time) (NewMachine, error) {
	roles, err := validRoles(n.Roles)
	if err != nil {
		return n, err
	}
	n.Roles = roles
	if len(n.Roles) == 0 {
		n.Roles = []vocab.Role{vocab.DataUser}
	}
	for _, r := range n.Roles {
		if !slices.Contains(machineRoles(), r) {
			return n, vocab.BadInput.Because("a machine may hold the roles %s, not %s", joinRoles(machineRoles()), r)
		}
	}
	if !memberShape.MatchString(string(n.System)) {
		return n, vocab.BadInput.Because("a system's id is 1 to 48 of a-z, 0-9 and inner hyphens")
	}
	if n.Name == "" {
		n.Name = string(n.System)
	}
	if err := validNamed("name of the token", n.Name); err != nil {
		return n, err
	}
	if n.Expires.IsZero() {
		n.Expires = now.Add(90 * 24 * time.Hour)
	}
	if !n.Expires.After(now) || n.Expires.After(now.Add(longestMachine)) {
		return n, vocab.BadInput.Because("a token ends in the future and within %d days", int(longestMachine/(24*time.Hour)))
	}
	return n, nil
}

// IssueMachine makes a token for a system; its secret is given here only. The
// actor must be a steward or operator of that very member: the member answers
// for whom its machine names, so not even an authority makes one for it.
func (s *Service) IssueMachine(ctx context.Context, a Actor, n NewMachine) (Machine, token.Token, error) {
	if err := a.mustBeSomeone(); err != nil {
		return Machine{}, "", err
	}
	n, err := n.ready(s.clock.Now())
	if err != nil {
		return Machine{}, "", err
	}
	id, secret := token.New(token.Machine)
	m := Machine{
		ID: vocab.MachineID(id), Member: n.Member, System: n.System, Name: n.Name, Roles: n.Roles,
		CreatedBy: a.Officer, Created: s.clock.Now(), Expires: n.Expires, ListedOnly: n.ListedOnly,
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.answersFor(ctx, tx, a, n.Member); err != nil {
			return err
		}
		hash, key := token.Hash(s.keys, id, secret)
		if err := insertMachine(ctx, tx, m, hash[:], key); err != nil {
			return err
		}
		return s.act(ctx, tx, change{
			act: "machine-issued", what: "machine", id: id, owner: m.Member, state: "active", by: a,
			more: map[string]string{"system": string(m.System), "roles": joinRoles(m.Roles), "expires": m.Expires.Format(time.RFC3339)},
		})
	})
	if err != nil {
		return Machine{}, "", fmt.Errorf("issue machine token: %w", err)
	}
	return m, secret, nil
}

// answersFor is administered, for the member's own officers only.
func (s *Service) answersFor(ctx context.Context, tx *db.Tx, a Actor, m vocab.MemberID) error {
	if _, err := s.administered(ctx, tx, a, m); err != nil {
		return err
	}
	if !a.In(m) {
		return vocab.RoleMissing.Because("only officers acting for the member itself may do this")
	}
	return a.Must(vocab.Steward, vocab.Operator)
}

// Machines lists the tokens of a member without their secrets, by id.
func (s *Service) Machines(ctx context.Context, a Actor, m vocab.MemberID, p Page) ([]Machine, error) {
	if err := a.mustBeSomeone(); err != nil {
		return nil, err
	}
	var list []Machine
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		if _, err := s.memberFor(ctx, tx, a, m); err != nil {
			return err
		}
		var err error
		list, err = selectMachines(ctx, tx, m, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list machine tokens: %w", err)
	}
	return list, nil
}

// RevokeMachine ends a token; it is dead when this returns. An authority may end
// what it could not issue.
func (s *Service) RevokeMachine(ctx context.Context, a Actor, id vocab.MachineID) error {
	if err := a.mustBeSomeone(); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		m, err := selectMachine(ctx, tx, scopeOf(a), id)
		if db.NoRows(err) {
			return NotYours()
		}
		if err != nil {
			return err
		}
		if _, err := s.administered(ctx, tx, a, m.Member); err != nil {
			return err
		}
		if !m.Revoked.IsZero() {
			return vocab.StateWrong.Because("the token was revoked on %s", m.Revoked.Format(time.RFC3339))
		}
		if err := revokeMachine(ctx, tx, id, s.clock.Now()); err != nil {
			return err
		}
		tx.OnCommit(func() { s.cache.Drop(string(id)) })
		return s.act(ctx, tx, change{
			act: "machine-revoked", what: "machine", id: string(id), owner: m.Member, state: "revoked", by: a,
		})
	})
	if err != nil {
		return fmt.Errorf("revoke machine token: %w", err)
	}
	return nil
}

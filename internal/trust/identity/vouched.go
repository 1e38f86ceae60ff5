package identity

import (
	"context"
	"fmt"
	"slices"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// signInVouched opens a session for an officer for whom an issuer vouches. The
// issuer's own subject is bound at the first sign-in: a login that the issuer
// gives to somebody else later opens nothing.
func (s *Service) signInVouched(ctx context.Context, v vouched, from From) (SignedIn, error) {
	roles, err := validRoles(v.officer.Roles)
	if err != nil {
		return SignedIn{}, err
	}
	v.officer.Roles = roles
	var in SignedIn
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		id := OfficerOf(v.officer.Login, v.officer.Member)
		b, err := selectBinding(ctx, tx, id)
		if db.NoRows(err) && v.provision {
			b, err = s.provision(ctx, tx, v)
		}
		if db.NoRows(err) {
			return notHere()
		}
		if err != nil {
			return err
		}
		if err := s.bind(ctx, tx, v, b); err != nil {
			return err
		}
		if v.follow {
			if err := s.followRoles(ctx, tx, v, b); err != nil {
				return err
			}
		}
		in, err = s.openSession(ctx, tx, opening{officer: id, member: v.officer.Member, via: "oidc", from: from})
		return err
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("sign in through the issuer: %w", err)
	}
	return in, nil
}

func notHere() error {
	return vocab.SignInFailed.Because("the issuer knows this person, but they are no officer here who may sign in").
		WithFix("ask a steward of your member to add you")
}

// binding is what the record knows of an officer's account at an issuer.
type binding struct {
	officer         vocab.OfficerID
	state           State
	kind            MemberKind
	issuer, subject string
}

func (s *Service) provision(ctx context.Context, tx *db.Tx, v vouched) (binding, error) {
	if err := validOfficer(v.officer); err != nil {
		return binding{}, err
	}
	kind, err := selectMemberKind(ctx, tx, v.officer.Member)
	if err != nil {
		return binding{}, err
	}
	n := v.officer
	n.Roles = grantable(n.Roles, kind)
	if _, err := s.putOfficer(ctx, tx, n, Actor{}); err != nil {
		return binding{}, err
	}
	return binding{officer: OfficerOf(n.Login, n.Member), state: Invited, kind: kind}, nil
}

// grantable leaves out authority where no authority can be, and auditor where
// auditing is not the member's work: an issuer's word is no authority's.
func grantable(roles []vocab.Role, kind MemberKind) []vocab.Role {
	return slices.DeleteFunc(slices.Clone(roles), func(r vocab.Role) bool {
		return r == vocab.Authority && kind != KindAuthority || r == vocab.Auditor && kind != KindAuthority && kind != KindAuditor
	})
}

// bind ties the officer to the issuer's subject, or checks the tie.
func (s *Service) bind(ctx context.Context, tx *db.Tx, v vouched, b binding) error {
	if b.state == Suspended {
		return notHere()
	}
	if b.issuer != "" {
		if b.issuer != v.issuer || b.subject != v.subject {
			return vocab.SignInFailed.Because("this login belongs to another account of the issuer")
		}
		return nil
	}
	other, err := hasBinding(ctx, tx, v.issuer, v.subject)
	if err != nil {
		return err
	}
	if other {
		return vocab.SignInFailed.Because("this account of the issuer belongs to another officer")
	}
	if err := updateBinding(ctx, tx, b.officer, v, s.clock.Now()); err != nil {
		return err
	}
	return s.act(ctx, tx, change{
		act: "officer-bound", what: "officer", id: string(b.officer), owner: v.officer.Member, state: string(Active),
		more: map[string]string{"issuer": v.issuer},
	})
}

func (s *Service) followRoles(ctx context.Context, tx *db.Tx, v vouched, b binding) error {
	want := grantable(v.officer.Roles, b.kind)
	held, err := selectHeldIn(ctx, tx, b.officer, v.officer.Member)
	if err != nil {
		return err
	}
	have := make([]vocab.Role, len(held))
	for i, h := range held {
		have[i] = h.Role
		if !slices.Contains(v.given, h.Role) {
			want = append(want, h.Role)
		}
	}
	slices.Sort(want)
	if want = slices.Compact(want); slices.Equal(have, want) {
		return nil
	}
	return s.changeRoles(ctx, tx, roleChange{officer: b.officer, member: v.officer.Member, roles: want, at: s.clock.Now()})
}

package identity

import (
	"context"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity/code"
	"fontis/internal/trust/identity/password"
	"fontis/internal/vocab"
)

func (s *Service) putInvitation(ctx context.Context, tx *db.Tx, o Officer, by Actor) (Invitation, error) {
	inv := Invitation{Officer: o.ID, Code: code.New(), Expires: s.clock.Now().Add(s.opt.InvitationLife)}
	hash, _ := code.Hash(inv.Code)
	err := insertInvitation(ctx, tx, invitationRow{hash: hash, officer: o, by: by.Officer, at: s.clock.Now(), expires: inv.Expires})
	if err != nil {
		return Invitation{}, fmt.Errorf("store invitation: %w", err)
	}
	if err := s.keepMaker(ctx, tx, o, by); err != nil {
		return Invitation{}, fmt.Errorf("remember who invited: %w", err)
	}
	return inv, nil
}

func spent() error {
	return vocab.InvitationSpent.Because("the code is not known, was used, or has ended")
}

// Invited gives the officer whom a living code invites, for the page that asks
// for the password. It is charged to the address like a sign-in.
func (s *Service) Invited(ctx context.Context, typed string, from From) (vocab.OfficerID, error) {
	o, _, err := s.invited(ctx, typed, from)
	return o.ID, err
}

func (s *Service) invited(ctx context.Context, typed string, from From) (Officer, [32]byte, error) {
	tried := s.book.Tried("", from.Address)
	if err := s.book.Charge(ctx, tried); err != nil {
		return Officer{}, [32]byte{}, err
	}
	hash, ok := code.Hash(typed)
	if !ok {
		return Officer{}, hash, spent()
	}
	var o Officer
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		o, err = selectInvitation(ctx, tx, hash, s.clock.Now())
		if db.NoRows(err) {
			return spent()
		}
		if err != nil {
			return err
		}
		return s.book.Refund(ctx, tx, tried)
	})
	if err != nil {
		return Officer{}, hash, fmt.Errorf("read invitation: %w", err)
	}
	return o, hash, nil
}

// AcceptInvitation sets the password with the code, once, and signs in. Sessions
// that the officer had are ended.
func (s *Service) AcceptInvitation(ctx context.Context, typed string, p password.Password, from From) (SignedIn, error) {
	o, hash, err := s.invited(ctx, typed, from)
	if err != nil {
		return SignedIn{}, err
	}
	if err := password.Strong(p, o.Login, o.Name, string(o.ID)); err != nil {
		return SignedIn{}, err
	}
	st, err := s.hasher.Hash(ctx, p)
	if err != nil {
		return SignedIn{}, fmt.Errorf("hash password: %w", err)
	}
	var in SignedIn
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		now := s.clock.Now()
		ok, err := spendInvitation(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		if !ok {
			return spent()
		}
		if err := vouchMaker(ctx, tx, o.ID, hash); err != nil {
			return err
		}
		if in, err = s.renewPassword(ctx, tx, o, st, from); err != nil {
			return err
		}
		return s.act(ctx, tx, change{
			act: "invitation-used", what: "officer", id: string(o.ID), owner: o.Member, state: string(Active), by: in.Actor,
		})
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("accept invitation: %w", err)
	}
	return in, nil
}

// renewPassword stores a password, ends what the officer had open and opens one
// new session.
func (s *Service) renewPassword(ctx context.Context, tx *db.Tx, o Officer, st password.Stored, from From) (SignedIn, error) {
	set, err := setPassword(ctx, tx, o.ID, st, s.clock.Now())
	if err != nil {
		return SignedIn{}, err
	}
	if !set {
		return SignedIn{}, spent()
	}
	if err := endOfficer(ctx, tx, o.ID); err != nil {
		return SignedIn{}, err
	}
	if err := s.book.Forgive(ctx, tx, string(o.ID)); err != nil {
		return SignedIn{}, err
	}
	tx.OnCommit(s.cache.Clear)
	return s.openSession(ctx, tx, opening{officer: o.ID, member: o.Member, via: "password", from: from})
}

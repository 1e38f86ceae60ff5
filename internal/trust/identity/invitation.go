package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity/password"
	"fontis/internal/vocab"
)

// codeSigns are Crockford's 32: no I, L, O, U, so that a printed code survives
// being read aloud and typed.
const codeSigns = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength is 20 signs of 5 bits: 100 random bits need no slow hash.
const codeLength = 20

// newCode makes "ABCD-EFGH-JKMN-PQRS-TVWX".
func newCode() string {
	var raw [codeLength]byte
	rand.Read(raw[:])
	var b strings.Builder
	for i, r := range raw {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(codeSigns[r&31])
	}
	return b.String()
}

// codeHash is what is stored of a code; ok is false for what cannot be one.
func codeHash(code string) (sum [32]byte, ok bool) {
	if len(code) > 100 {
		return sum, false
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(code) {
		switch r {
		case '-', ' ', '\t', '\n', '\r', '\u2013', '\u2014', '\u3000':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r > 'Z' || strings.IndexByte(codeSigns, byte(r)) < 0 {
			return sum, false
		}
		b.WriteRune(r)
	}
	if b.Len() != codeLength {
		return sum, false
	}
	return sha256.Sum256([]byte("fontis/invitation/v1\n" + b.String())), true
}

func (s *Service) putInvitation(ctx context.Context, tx *db.Tx, o Officer, by Actor) (Invitation, error) {
	inv := Invitation{Officer: o.ID, Code: newCode(), Expires: s.clock.Now().Add(s.opt.InvitationLife)}
	hash, _ := codeHash(inv.Code)
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
func (s *Service) Invited(ctx context.Context, code string, from From) (vocab.OfficerID, error) {
	o, _, err := s.invited(ctx, code, from)
	return o.ID, err
}

func (s *Service) invited(ctx context.Context, code string, from From) (Officer, [32]byte, error) {
	tried := s.tried("", from)
	if err := s.charge(ctx, tried); err != nil {
		return Officer{}, [32]byte{}, err
	}
	hash, ok := codeHash(code)
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
		return s.refund(ctx, tx, tried)
	})
	if err != nil {
		return Officer{}, hash, fmt.Errorf("read invitation: %w", err)
	}
	return o, hash, nil
}

// AcceptInvitation sets the password with the code, once, and signs in. Sessions
// that the officer had are ended.
func (s *Service) AcceptInvitation(ctx context.Context, code string, p password.Password, from From) (SignedIn, error) {
	o, hash, err := s.invited(ctx, code, from)
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
	if err := deleteAttempt(ctx, tx, s.triedKey("officer", string(o.ID))); err != nil {
		return SignedIn{}, err
	}
	tx.OnCommit(s.cache.clear)
	return s.openSession(ctx, tx, opening{officer: o.ID, member: o.Member, via: "password", from: from})
}

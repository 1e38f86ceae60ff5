package identity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
)

// SelfPermit is a person's short-lived access, without its secret.
type SelfPermit struct {
	ID      string
	Expires time.Time
}

// How a person came in.
const (
	viaCounter = "counter" // an officer saw them and their document
	viaIssuer  = "oidc"
	viaDemo    = "demo"
	viaMandate = "mandate" // another acts for them
)

// How long a person's permit lasts when nothing is said, and at most.
const (
	usualSelf   = 15 * time.Minute
	longestSelf = time.Hour
)

// IssueSelf gives a permit to the person who stands at the counter; the clerk,
// who holds the role counter, has seen their document. The number is not kept.
func (s *Service) IssueSelf(ctx context.Context, a Actor, k vocab.SubjectKey, life time.Duration) (SelfPermit, token.Token, error) {
	if err := a.Must(vocab.Counter); err != nil {
		return SelfPermit{}, "", err
	}
	if !a.signedIn() {
		return SelfPermit{}, "", vocab.RoleMissing.Because("a permit is given by a clerk, not by a machine")
	}
	return s.issueSelf(ctx, a, k, life, viaCounter)
}

// IssueDemoSelf gives a permit for an invented person; a demo node only, and a
// citizen number of the area that does not exist only.
func (s *Service) IssueDemoSelf(ctx context.Context, k vocab.SubjectKey) (SelfPermit, token.Token, error) {
	c := subject.Canonical(k)
	if !s.opt.Demo || c.Kind != vocab.CitizenNumber || !strings.HasPrefix(c.Value, subject.DemoArea) {
		return SelfPermit{}, "", vocab.NotOffered.Because("only a demo node gives permits without a counter, and to invented persons only").
			WithFix("go to a counter with your document")
	}
	return s.issueSelf(ctx, Actor{}, k, 0, viaDemo)
}

func (s *Service) issueSelf(ctx context.Context, a Actor, k vocab.SubjectKey, life time.Duration, via string) (SelfPermit, token.Token, error) {
	self, err := s.SelfActor(k)
	if err != nil {
		return SelfPermit{}, "", err
	}
	life = orElse(life, usualSelf)
	if life < 0 || life > longestSelf {
		return SelfPermit{}, "", vocab.BadInput.Because("a person's permit lasts at most %s", longestSelf)
	}
	row := selfRow{SelfPermit: SelfPermit{Expires: s.clock.Now().Add(life)}, owner: a.Member, person: self.Self, by: a.Officer, via: via}
	var p SelfPermit
	var secret token.Token
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if p, secret, err = s.putPass(ctx, tx, row); err != nil {
			return err
		}
		return s.act(ctx, tx, change{
			act: "self-permit-issued", what: "self", id: p.ID, owner: a.Member, state: "active", by: a, more: map[string]string{"via": via},
		})
	})
	if err != nil {
		return SelfPermit{}, "", fmt.Errorf("issue self permit: %w", err)
	}
	return p, secret, nil
}

// putPass stores a pass under a fresh token.
func (s *Service) putPass(ctx context.Context, tx *db.Tx, r selfRow) (SelfPermit, token.Token, error) {
	id, secret := token.New(token.Person)
	hash, key := token.Hash(s.keys, id, secret)
	r.ID, r.hash, r.key, r.at = id, hash[:], key, s.clock.Now()
	return r.SelfPermit, secret, insertSelf(ctx, tx, r)
}

// signInPerson opens the session of a person for whom an issuer vouches. Of the
// number nothing is kept; when it cannot be one, nothing of it is repeated.
func (s *Service) signInPerson(ctx context.Context, k vocab.SubjectKey) (SignedIn, error) {
	p, secret, err := s.issueSelf(ctx, Actor{}, k, s.opt.PersonLife, viaIssuer)
	if vocab.CodeOf(err) == vocab.SubjectInvalid {
		return SignedIn{}, vocab.SignInFailed.Because("the issuer's claim holds no number of the kind that it should")
	}
	if err != nil {
		return SignedIn{}, err
	}
	self, err := s.SelfActor(k)
	if err != nil {
		return SignedIn{}, err
	}
	self.Session, self.Until = p.ID, p.Expires
	return SignedIn{Token: secret, Actor: self, Expires: p.Expires}, nil
}

// Pass is leave to act for a person under a mandate, which package mandate has
// looked at in the same transaction.
type Pass struct {
	Mandate          string
	Agent, Principal vocab.PersonRef
	Acts             []string
	Until            time.Time // of the mandate
}

// OpenPass opens the session of who acts under a mandate; it ends with the
// mandate at the latest.
func (s *Service) OpenPass(ctx context.Context, tx *db.Tx, p Pass) (SignedIn, error) {
	none := vocab.PersonRef{}
	if p.Mandate == "" || p.Agent == none || p.Principal == none || len(p.Acts) == 0 {
		return SignedIn{}, vocab.InternalError.Because("a pass names its mandate, both persons and the acts")
	}
	row := selfRow{person: p.Principal, via: viaMandate, mandate: p.Mandate, agent: p.Agent, acts: p.Acts}
	if row.Expires = s.clock.Now().Add(s.opt.PersonLife); p.Until.Before(row.Expires) {
		row.Expires = p.Until
	}
	made, secret, err := s.putPass(ctx, tx, row)
	if err != nil {
		return SignedIn{}, fmt.Errorf("open a pass: %w", err)
	}
	a := Actor{Mandate: p.Mandate, Agent: p.Agent, Principal: p.Principal, Acts: p.Acts, Session: made.ID, Until: made.Expires}
	return SignedIn{Token: secret, Actor: a, Expires: made.Expires}, nil
}

// ClosePasses ends every session under a mandate; they are dead when the
// transaction is.
func (s *Service) ClosePasses(ctx context.Context, tx *db.Tx, mandate string) error {
	if mandate == "" {
		return vocab.InternalError.Because("no mandate is named")
	}
	ids, err := deletePasses(ctx, tx, mandate)
	if err != nil {
		return fmt.Errorf("close the passes of %s: %w", mandate, err)
	}
	tx.OnCommit(func() {
		for _, id := range ids {
			s.cache.Drop(id)
		}
	})
	return nil
}

// EndSelf ends the permit that the person, or who acts for them, came with.
func (s *Service) EndSelf(ctx context.Context, a Actor) error {
	if !a.IsPerson() && a.Mandate == "" {
		return NotYours()
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		tx.OnCommit(func() { s.cache.Drop(a.Session) })
		return deleteSelf(ctx, tx, a.Session)
	})
	if err != nil {
		return fmt.Errorf("end self permit: %w", err)
	}
	return nil
}

package mandate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Mine lists the mandates that the person gave and those under which they act,
// newest first.
func (s *Service) Mine(ctx context.Context, a identity.Actor) ([]Mandate, error) {
	if !a.IsPerson() {
		return nil, vocab.SignInNeeded.Because("mandates are listed for a person")
	}
	return s.of(ctx, a.Self)
}

// OfPerson lists a person's mandates at the counter where they stand; the look is
// an entry in their chain.
func (s *Service) OfPerson(ctx context.Context, a identity.Actor, k vocab.SubjectKey) ([]Mandate, error) {
	if err := atCounter(a); err != nil {
		return nil, err
	}
	person, err := s.p.Identity.SelfActor(k)
	if err != nil {
		return nil, err
	}
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		return s.p.Ledger(ctx, tx, person.Self, "mandate.looked-up", map[string]string{"member": string(a.Member), "officer": string(a.Officer)})
	})
	if err != nil {
		return nil, fmt.Errorf("write down that mandates are looked up: %w", err)
	}
	return s.of(ctx, person.Self)
}

func (s *Service) of(ctx context.Context, person vocab.PersonRef) ([]Mandate, error) {
	var list []Mandate
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		list, err = ofPerson(ctx, tx, person)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list mandates: %w", err)
	}
	slices.SortFunc(list, func(a, b Mandate) int { return b.Given.Compare(a.Given) })
	for i := range list {
		list[i].Mine = list[i].principal == person
	}
	return list, nil
}

// AgentOf is who acts under a mandate, while it stands; nobody once it has ended. It
// is for the notices of what they began in the person's name.
func (s *Service) AgentOf(ctx context.Context, tx *db.Tx, id string) (vocab.PersonRef, error) {
	m, err := byID(ctx, tx, id)
	if vocab.CodeOf(err) == vocab.NoSuchThing || err == nil && !m.Alive(s.p.Clock.Now()) {
		return vocab.PersonRef{}, nil
	}
	return m.agent, err
}

// Enter opens a session in which the person acts under the mandate; it is an
// entry in the principal's chain.
func (s *Service) Enter(ctx context.Context, a identity.Actor, id string) (identity.SignedIn, error) {
	if !a.IsPerson() {
		return identity.SignedIn{}, vocab.SignInNeeded.Because("who acts under a mandate signs in as themself first")
	}
	var in identity.SignedIn
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		m, err := byID(ctx, tx, id)
		if err != nil {
			return err
		}
		if m.agent != a.Self || !m.Alive(s.p.Clock.Now()) {
			return identity.NotYours()
		}
		pass := identity.Pass{Mandate: m.ID, Agent: m.agent, Principal: m.principal, Acts: m.Acts, Until: m.Until}
		if in, err = s.p.Identity.OpenPass(ctx, tx, pass); err != nil {
			return err
		}
		return s.p.Ledger(ctx, tx, m.principal, "mandate.entered", map[string]string{"mandate": m.ID, "acts": strings.Join(m.Acts, " ")})
	})
	if err != nil {
		return identity.SignedIn{}, fmt.Errorf("act under a mandate: %w", err)
	}
	return in, nil
}

// Withdraw ends a mandate at once: the person who gave it does so, who acts under
// it resigns, or the counter that recorded it does it for the person.
func (s *Service) Withdraw(ctx context.Context, a identity.Actor, id string) error {
	return s.end(ctx, a, id, ending{state: Withdrawn})
}

// The reasons for which a counter ends a mandate.
const (
	DeathOfPrincipal = "death-of-principal"
	DeathOfAgent     = "death-of-agent"
	GuardianshipOver = "guardianship-over"
	OfAge            = "of-age"
	CourtEnded       = "court-decision"
)

// Reasons lists why a counter may end a mandate.
func Reasons() []string {
	return []string{DeathOfPrincipal, DeathOfAgent, GuardianshipOver, OfAge, CourtEnded}
}

type ending struct {
	state     State
	reason    string
	reference string
}

// End ends a mandate at a counter that has seen the document which ends it.
func (s *Service) End(ctx context.Context, a identity.Actor, id, reason, reference string) error {
	if err := atCounter(a); err != nil {
		return err
	}
	if !slices.Contains(Reasons(), reason) || strings.TrimSpace(reference) == "" || len(reference) > 100 {
		return vocab.ReasonNeeded.Because("an ending names one of %s and the number of the document that proves it", strings.Join(Reasons(), ", "))
	}
	return s.end(ctx, a, id, ending{state: Ended, reason: reason, reference: reference})
}

// Died ends every mandate by which the dead person acted or was acted for, except
// those of heirs.
func (s *Service) Died(ctx context.Context, a identity.Actor, k vocab.SubjectKey, reference string) (int, error) {
	list, err := s.OfPerson(ctx, a, k)
	if err != nil {
		return 0, err
	}
	ended := 0
	for _, m := range list {
		if m.State != Active || m.Kind == Heir && m.Mine {
			continue
		}
		reason := DeathOfAgent
		if m.Mine {
			reason = DeathOfPrincipal
		}
		if err := s.End(ctx, a, m.ID, reason, reference); err != nil {
			return ended, err
		}
		ended++
	}
	return ended, nil
}

func (s *Service) end(ctx context.Context, a identity.Actor, id string, e ending) error {
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		m, err := byID(ctx, tx, id)
		if err != nil {
			return err
		}
		if !m.endedBy(a, e) {
			return identity.NotYours()
		}
		if m.State != Active {
			return vocab.StateWrong.Because("the mandate is %s already", m.State)
		}
		m.State, m.Reason, m.Ended = e.state, e.reason, s.p.Clock.Now()
		if e.reference != "" {
			m.reference = e.reference
		}
		if err := updateEnd(ctx, tx, m); err != nil {
			return err
		}
		if err := s.p.Identity.ClosePasses(ctx, tx, m.ID); err != nil {
			return err
		}
		return s.tell(ctx, tx, a, m, "mandate."+string(e.state))
	})
	if err != nil {
		return fmt.Errorf("end a mandate: %w", err)
	}
	return nil
}

// endedBy says whether the actor may end the mandate so.
func (m Mandate) endedBy(a identity.Actor, e ending) bool {
	switch {
	case a.IsPerson():
		return a.Self == m.principal || a.Self == m.agent
	case e.state == Ended:
		return true // any counter that has seen the document
	default:
		return atCounter(a) == nil && a.In(m.Counter)
	}
}

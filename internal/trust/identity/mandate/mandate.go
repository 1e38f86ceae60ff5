package mandate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// Kind is why one may act for another.
type Kind string

// The kinds of mandates.
const (
	Agent          Kind = "agent"          // named by the person
	Guardian       Kind = "guardian"       // by law or court
	Relative       Kind = "relative"       // helps one who cannot
	Representative Kind = "representative" // of a firm
	Heir           Kind = "heir"           // after death
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Agent, Guardian, Relative, Representative, Heir} }

// The acts that a mandate can name. View is who used the person's data.
const (
	View      = "view"
	Contest   = "contest"
	Authorise = "authorise"
	Withdraw  = "withdraw" // of an authorisation
	Apply     = "apply"
)

// Acts lists every act.
func Acts() []string { return []string{View, Contest, Authorise, Withdraw, Apply} }

// Documents lists what a counter may take as evidence.
func Documents() []string {
	return []string{"power-of-attorney", "guardianship", "household-register", "court-decision", "business-licence", "death-certificate"}
}

// State is how a mandate stands on record; one that ran out is still active there.
type State string

// The states of a mandate.
const (
	Active    State = "active"
	Withdrawn State = "withdrawn"
	Ended     State = "ended"
)

// longest is the longest time for which a mandate can be given.
const longest = 5 * 366 * 24 * time.Hour

// New is a mandate on its way in. Principal is empty when the person gives it.
type New struct {
	Kind      Kind
	Principal vocab.SubjectKey
	Agent     vocab.SubjectKey
	Acts      []string
	Until     time.Time
	InPerson  bool   // the principal stands at the counter and ticked each act
	Document  string // the kind of evidence
	Reference string // its number at who issued it; never a person's number
}

// Mandate is one mandate, without the names of the two persons.
type Mandate struct {
	ID       string         `json:"id"`
	Kind     Kind           `json:"kind"`
	Acts     []string       `json:"acts"`
	State    State          `json:"state"`
	Reason   string         `json:"reason,omitempty"` // why it ended
	Given    time.Time      `json:"given"`
	Until    time.Time      `json:"until"`
	Ended    time.Time      `json:"ended,omitzero"`
	InPerson bool           `json:"in_person"`
	Document string         `json:"document,omitempty"`
	Counter  vocab.MemberID `json:"counter,omitempty"` // where it was recorded
	Mine     bool           `json:"mine"`              // the reader gave it; otherwise the reader acts under it

	principal, agent vocab.PersonRef
	reference        string
	officer          vocab.OfficerID
}

// Alive reports whether one may act under the mandate at the moment.
func (m Mandate) Alive(now time.Time) bool { return m.State == Active && now.Before(m.Until) }

// Ledger takes acts about a person; package ledger's has this shape behind a func.
type Ledger func(ctx context.Context, tx *db.Tx, person vocab.PersonRef, act string, fields map[string]string) error

// Parts are what mandates stand on.
type Parts struct {
	DB       *db.DB
	Clock    clock.Clock
	Identity *identity.Service
	Ledger   Ledger
}

// Service holds the verbs of this package.
type Service struct{ p Parts }

// NewService makes the service.
func NewService(p Parts) *Service { return &Service{p} }

// Give lets the person who is signed in name somebody to act for them. The view
// can be named only by who stands at a counter.
func (s *Service) Give(ctx context.Context, a identity.Actor, n New) (Mandate, error) {
	if !a.IsPerson() {
		return Mandate{}, vocab.SignInNeeded.Because("a mandate is given by the person, or recorded at a counter")
	}
	n.InPerson, n.Kind = a.InPerson, orElse(n.Kind, Agent)
	if n.Kind != Agent && n.Kind != Relative {
		return Mandate{}, vocab.BadInput.Because("a %s is recorded at a counter, with a document", n.Kind)
	}
	if n.Principal != (vocab.SubjectKey{}) {
		return Mandate{}, vocab.BadInput.Because("a person gives a mandate for themself alone")
	}
	n.Document, n.Reference = "", ""
	return s.put(ctx, a, n, a.Self)
}

// Record writes down at a counter what a document proves, or what the person who
// stands there says.
func (s *Service) Record(ctx context.Context, a identity.Actor, n New) (Mandate, error) {
	if err := atCounter(a); err != nil {
		return Mandate{}, err
	}
	if !slices.Contains(Documents(), n.Document) || strings.TrimSpace(n.Reference) == "" {
		return Mandate{}, vocab.FieldMissing.Because("a mandate recorded at a counter names its document, one of %s, and the number of it", strings.Join(Documents(), ", "))
	}
	if len(n.Reference) > 100 || subject.HoldsCitizenNumber(n.Reference) {
		return Mandate{}, vocab.BadInput.Because("the document's number is at most 100 signs and no person's number")
	}
	firm := subject.Canonical(n.Principal).Kind == vocab.CreditCode
	if firm != (n.Kind == Representative) {
		return Mandate{}, vocab.BadInput.Because("a firm is acted for by its representative, and a representative acts for a firm")
	}
	principal, err := s.p.Identity.SelfActor(n.Principal)
	if err != nil {
		return Mandate{}, err
	}
	return s.put(ctx, a, n, principal.Self)
}

func atCounter(a identity.Actor) error {
	if err := a.Must(vocab.Counter); err != nil {
		return err
	}
	if a.IsMachine() || a.Officer == "" {
		return vocab.RoleMissing.Because("a document is seen by an officer in a session of their own")
	}
	return nil
}

// check holds the rules that bind every mandate.
func (n New) check(now time.Time) error {
	if !slices.Contains(Kinds(), n.Kind) {
		return vocab.BadInput.Because("a mandate is one of %v", Kinds())
	}
	if len(n.Acts) == 0 {
		return vocab.FieldMissing.Because("a mandate names its acts: %s", strings.Join(Acts(), ", "))
	}
	for _, act := range n.Acts {
		if !slices.Contains(Acts(), act) {
			return vocab.BadInput.Because("a mandate can name %s, and not what was named", strings.Join(Acts(), ", "))
		}
	}
	if slices.Contains(n.Acts, View) && !n.InPerson {
		return vocab.MandateOutside.Because("the view of who used their data is named only by the person, in person, at a counter")
	}
	if !n.Until.After(now) || n.Until.After(now.Add(longest)) {
		return vocab.BadInput.Because("a mandate ends after today and within five years")
	}
	return nil
}

func (s *Service) put(ctx context.Context, a identity.Actor, n New, principal vocab.PersonRef) (Mandate, error) {
	now := s.p.Clock.Now()
	n.Acts = slices.Clone(n.Acts)
	slices.Sort(n.Acts)
	n.Acts = slices.Compact(n.Acts)
	if err := n.check(now); err != nil {
		return Mandate{}, err
	}
	if subject.Canonical(n.Agent).Kind == vocab.CreditCode {
		return Mandate{}, vocab.BadInput.Because("a person acts under a mandate, not a firm")
	}
	agent, err := s.p.Identity.SelfActor(n.Agent)
	if err != nil {
		return Mandate{}, err
	}
	if agent.Self == principal {
		return Mandate{}, vocab.BadInput.Because("nobody needs a mandate to act for themself")
	}
	m := Mandate{
		ID: vocab.NewID("md"), Kind: n.Kind, Acts: n.Acts, State: Active, Given: now, Until: n.Until, InPerson: n.InPerson,
		Document: n.Document, Counter: a.Member, Mine: a.IsPerson(), principal: principal, agent: agent.Self, reference: n.Reference, officer: a.Officer,
	}
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := insert(ctx, tx, m); err != nil {
			return err
		}
		return s.tell(ctx, tx, a, m, "mandate.given")
	})
	if err != nil {
		return Mandate{}, fmt.Errorf("put a mandate: %w", err)
	}
	return m, nil
}

// tell enters the step in the principal's chain and puts a notice into both
// inboxes.
func (s *Service) tell(ctx context.Context, tx *db.Tx, a identity.Actor, m Mandate, act string) error {
	err := s.p.Ledger(ctx, tx, m.principal, act, map[string]string{
		"mandate": m.ID, "acts": strings.Join(m.Acts, " "), "kind": string(m.Kind), "until": m.Until.UTC().Format(time.RFC3339), "reason": m.Reason,
		"document": m.Document, "reference": m.reference, "member": string(a.Member), "officer": string(a.Officer),
	})
	if err != nil {
		return fmt.Errorf("record the act %s: %w", act, err)
	}
	kind := strings.ReplaceAll(act, ".", "-")
	for _, person := range []vocab.PersonRef{m.principal, m.agent} {
		n := identity.Notice{Person: person, Kind: kind, Params: map[string]string{"mandate": m.ID, "until": m.Until.Format(time.DateOnly)}, Link: "/mandates"}
		if err := s.p.Identity.PutNotice(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}

func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

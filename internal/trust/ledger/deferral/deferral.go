package deferral

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// Ground is a row of the law that allows a deferral.
type Ground struct {
	Name         string    `json:"name"`
	Jurisdiction string    `json:"jurisdiction"`
	Citation     string    `json:"citation"`
	Source       string    `json:"source"`
	Verified     bool      `json:"verified"`
	LongestDays  int       `json:"longest_days"` // of one order
	Renewals     int       `json:"renewals"`     // how often it may be renewed
	AskDays      int       `json:"ask_days"`     // how old an entry may be when its deferral is asked for
	From         time.Time `json:"from,omitzero"`
	Until        time.Time `json:"until,omitzero"`
}

// State is how an order stands on record.
type State string

// The states of an order. One in force is over when its end has come.
const (
	Proposed State = "proposed"
	InForce  State = "in-force"
	Refused  State = "refused"
	Lifted   State = "lifted"
	Over     State = "over" // and the person was told
)

// Order is one order, without the person.
type Order struct {
	ID        string          `json:"id"`
	Body      vocab.MemberID  `json:"body"` // whose officer asks
	Author    vocab.OfficerID `json:"author"`
	Member    vocab.MemberID  `json:"member,omitempty"` // whose uses are deferred, or
	Trace     vocab.TraceID   `json:"trace,omitempty"`  // which entry
	Ground    string          `json:"ground"`
	Law       string          `json:"jurisdiction"`
	Reference string          `json:"reference"` // the body's own file
	Second    vocab.OfficerID `json:"second,omitempty"`
	SecondOf  vocab.MemberID  `json:"second_of,omitempty"`
	State     State           `json:"state"`
	Reason    string          `json:"reason,omitempty"` // why refused or lifted
	Renews    string          `json:"renews,omitempty"`
	Made      time.Time       `json:"made"`
	From      time.Time       `json:"from"`
	Until     time.Time       `json:"until"`
	Decided   time.Time       `json:"decided,omitzero"`

	person vocab.PersonRef
	entry  time.Time // of the one entry, when it was made
	hands  string    // both officers and who admitted each, at the decision
}

// New is an order on its way in: Trace, or Member with the Subject.
type New struct {
	Subject      vocab.SubjectKey
	Member       vocab.MemberID
	Trace        vocab.TraceID
	Ground       string
	Jurisdiction string
	Reference    string
	Until        time.Time
	Renews       string // the order that this one renews
}

// Parts are what deferrals stand on.
type Parts struct {
	DB       *db.DB
	Clock    clock.Clock
	Ledger   *ledger.Ledger
	Identity *identity.Service
	// Longest is the law's own row of the longest order in a jurisdiction, whatever
	// the ground says; 0 days where there is none. Nil: the ground's term alone.
	Longest func(ctx context.Context, tx *db.Tx, jurisdiction string) (days int, citation string, err error)
}

// Service holds the verbs of this package.
type Service struct{ p Parts }

// NewService makes the service.
func NewService(p Parts) *Service { return &Service{p} }

// PutGround puts a row of the law; the authority that keeps the node does so, and
// the act is an entry. A row that ships is not overwritten.
func (s *Service) PutGround(ctx context.Context, a identity.Actor, g Ground) error {
	if err := a.MustOnNode(vocab.Authority); err != nil {
		return err
	}
	if err := g.check(); err != nil {
		return err
	}
	shipped, err := Shipped()
	if err != nil {
		return fmt.Errorf("put a ground of deferral: %w", err)
	}
	if i := slices.IndexFunc(shipped, func(o Ground) bool { return o.Name == g.Name && o.Jurisdiction == g.Jurisdiction }); i >= 0 {
		return vocab.RowShipped.Because("the ground %s of %s ships with %d days and %d renewals: %s", g.Name, g.Jurisdiction, shipped[i].LongestDays, shipped[i].Renewals, shipped[i].Citation).
			WithFix("Give yours a name or a jurisdiction of its own, with its citation.")
	}
	if g.beyond(of(g.Name, shipped)) {
		return vocab.RowShipped.Because("no ground of the node's own reaches further than those that ship, or than the one of its name: in the days of an order, in renewals, or in the days to ask").
			WithFix("Give it at most what the shipped ground of its name has, or the longest of them: fontis defer grounds")
	}
	g.Verified = false // nobody but the program's own rows says that it was held against the law
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := putGround(ctx, tx, g); err != nil {
			return err
		}
		return s.p.Ledger.Act(ctx, tx, "deferral.ground", map[string]string{
			ledger.FieldMember: string(a.Member), ledger.FieldOfficer: string(a.Officer), "ground": g.Name, "citation": g.Citation,
			"longest_days": fmt.Sprint(g.LongestDays), "renewals": fmt.Sprint(g.Renewals), "ask_days": fmt.Sprint(g.AskDays), "verified": fmt.Sprint(g.Verified),
		})
	})
	if err != nil {
		return fmt.Errorf("put a ground of deferral: %w", err)
	}
	return nil
}

// Grounds lists the rows of the law; they are public.
func (s *Service) Grounds(ctx context.Context) ([]Ground, error) {
	var list []Ground
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		list, err = grounds(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list grounds of deferral: %w", err)
	}
	return list, nil
}

// Propose asks for an order. It hides nothing until an officer of another body
// has confirmed it.
func (s *Service) Propose(ctx context.Context, a identity.Actor, n New) (Order, error) {
	if err := mustDecide(a, vocab.DataUser, vocab.Steward, vocab.Authority); err != nil {
		return Order{}, err
	}
	o, err := s.ready(a, n)
	if err != nil {
		return Order{}, err
	}
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if o, err = s.about(ctx, tx, o, n); err != nil {
			return err
		}
		g, err := ground(ctx, tx, n.Jurisdiction, n.Ground)
		if err != nil {
			return err
		}
		earlier, err := ofPerson(ctx, tx, o.person)
		if err != nil {
			return err
		}
		if err := g.allows(o, earlier, s.p.Clock.Now()); err != nil {
			return err
		}
		if err := s.within(ctx, tx, o); err != nil {
			return err
		}
		if err := insert(ctx, tx, o); err != nil {
			return err
		}
		return s.p.Ledger.Act(ctx, tx, actProposed, o.besides(a))
	})
	if err != nil {
		return Order{}, fmt.Errorf("propose a deferral: %w", err)
	}
	return o, nil
}

// supervises reports whether the actor sees and confirms the orders of all bodies:
// an auditor, or the authority that keeps the node; another region's does not.
func supervises(a identity.Actor) bool {
	return a.Has(vocab.Auditor) || a.MustOnNode(vocab.Authority) == nil
}

// within holds an order against the law's own longest term.
func (s *Service) within(ctx context.Context, tx *db.Tx, o Order) error {
	if s.p.Longest == nil {
		return nil
	}
	days, citation, err := s.p.Longest(ctx, tx, o.Law)
	if err != nil || days == 0 || !o.Until.After(o.From.AddDate(0, 0, days)) {
		return err
	}
	return vocab.DeferralTerm.Because("one order lasts %d days at most (%s), and this one would end on %s", days, citation, o.Until.Format(time.DateOnly))
}

// mustDecide is nil for an officer of one of the roles in a session of their own.
func mustDecide(a identity.Actor, roles ...vocab.Role) error {
	if err := a.Must(roles...); err != nil {
		return err
	}
	if a.IsMachine() || a.Officer == "" {
		return vocab.RoleMissing.Because("an order is signed by an officer in a session of their own")
	}
	return nil
}

func (s *Service) ready(a identity.Actor, n New) (Order, error) {
	now := s.p.Clock.Now()
	if (n.Trace == "") == (n.Member == "") {
		return Order{}, vocab.BadInput.Because("an order names one entry, or one body and the person")
	}
	if strings.TrimSpace(n.Reference) == "" || len(n.Reference) > 100 || subject.HoldsCitizenNumber(n.Reference) {
		return Order{}, vocab.FieldMissing.Because("an order names the file in which its reasons lie, in at most 100 signs and without a person's number")
	}
	if len(n.Renews) > 100 || subject.HoldsCitizenNumber(n.Renews) {
		return Order{}, vocab.BadInput.Because("a renewal names the order that it renews")
	}
	if n.Member != "" && n.Member != a.Member && a.MustOnNode(vocab.Authority) != nil {
		return Order{}, vocab.RoleMissing.Because("a body asks for the deferral of its own uses; %s is another", n.Member)
	}
	return Order{
		ID: vocab.NewID("df"), Body: a.Member, Author: a.Officer, Member: n.Member, Trace: n.Trace, Ground: n.Ground, Law: n.Jurisdiction,
		Reference: n.Reference, State: Proposed, Renews: n.Renews, Made: now, From: now, Until: n.Until.Truncate(time.Second),
	}, nil
}

// about finds the person: of an entry that the body may see as its own, or by key.
func (s *Service) about(ctx context.Context, tx *db.Tx, o Order, n New) (Order, error) {
	if o.Trace != "" {
		var err error
		o.person, o.entry, err = s.p.Ledger.PersonOf(ctx, tx, o.Trace, o.Body)
		return o, err
	}
	self, err := s.p.Identity.SelfActor(n.Subject)
	o.person = self.Self
	return o, err
}

func (o Order) fields(a identity.Actor) map[string]string {
	return map[string]string{
		ledger.FieldMember: string(a.Member), ledger.FieldOfficer: string(a.Officer), "order": o.ID, "ground": o.Ground, "jurisdiction": o.Law,
		"reference": o.Reference, "of": string(o.Member), "entry": string(o.Trace), "author": string(o.Author), "second": string(o.Second),
		"until": o.Until.UTC().Format(time.RFC3339), "renews": o.Renews, "reason": o.Reason,
		"body": string(o.Body), "made": exact(o.Made), "from": exact(o.From), "entry_at": exact(o.entry), "decided": exact(o.Decided),
		hands.Field: o.hands,
	}
}

// besides are the fields of an act about the order that stands beside the
// person's chain.
func (o Order) besides(a identity.Actor) map[string]string {
	f := o.fields(a)
	f[ledger.FieldAbout] = hex.EncodeToString(o.person[:])
	return f
}

// exact is a moment as the acts tell it and the tables hold it.
func exact(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return time.UnixMicro(t.UnixMicro()).UTC().Format(time.RFC3339Nano)
}

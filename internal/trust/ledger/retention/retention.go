package retention

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
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// Any is the data set of a rule for every data set without one of its own.
const Any = "*"

// Kinds lists the kinds of records that rules are about: entries of the ledger
// first, then what is kept beside it.
func Kinds() []string {
	return append(entryKinds(), "contest", "request", "audit", "notice", "address", "batch-file", "register")
}

// entryKinds are those whose openings are the evidence itself: they are kept for
// whole years.
func entryKinds() []string { return []string{"access", "batch", "act"} }

// Rule is a row of the law: years and days count from the end of the matter.
type Rule struct {
	Dataset  string `json:"dataset"`
	Kind     string `json:"kind"`
	Years    int    `json:"years"`
	Days     int    `json:"days,omitempty"`
	Citation string `json:"citation"`
	Source   string `json:"source"`
	Verified bool   `json:"verified"`
}

func (r Rule) check() error {
	switch {
	case r.Dataset == "" || r.Citation == "":
		return vocab.FieldMissing.Because("a rule of retention names its data set, or %s, and its citation", Any)
	case !slices.Contains(Kinds(), r.Kind):
		return vocab.BadInput.Because("a rule of retention is about one of %s", strings.Join(Kinds(), ", "))
	case r.Years < 0 || r.Years > 100 || r.Days < 0 || r.Days > 365:
		return vocab.BadInput.Because("records are kept for at most 100 years and 365 days")
	case slices.Contains(entryKinds(), r.Kind) && r.Days > 0:
		return vocab.BadInput.Because("entries of the ledger are kept for whole years")
	case r.Years == 0 && r.Days == 0:
		return vocab.BadInput.Because("records are kept for a day at least")
	}
	return nil
}

// before is the moment before which a matter must have ended for its time to be
// over now.
func (r Rule) before(now time.Time) time.Time { return now.AddDate(-r.Years, 0, -r.Days) }

// over reports whether the time of what ended then is over.
func (r Rule) over(closed, now time.Time) bool { return !closed.AddDate(r.Years, 0, r.Days).After(now) }

// About says what a hold covers.
type About string

// What a hold can cover.
const (
	Entry   About = "entry"
	CaseNo  About = "case"
	Grant   About = "grant"
	Dataset About = "dataset"
	Member  About = "member"
	Person  About = "person"
)

// Abouts lists what a hold can cover.
func Abouts() []About { return []About{Entry, CaseNo, Grant, Dataset, Member, Person} }

// Hold keeps records from being destroyed.
type Hold struct {
	ID        string          `json:"id"`
	By        vocab.MemberID  `json:"by"`
	Officer   vocab.OfficerID `json:"officer"`
	About     About           `json:"about"`
	Target    string          `json:"target,omitempty"` // empty for a person, whom a hold does not name
	Reason    string          `json:"reason"`
	Reference string          `json:"reference"`
	Put       time.Time       `json:"put"`
	Lifted    time.Time       `json:"lifted,omitzero"`

	person vocab.PersonRef
}

// NewHold is a hold on its way in; Subject names the person of a hold on one.
type NewHold struct {
	About     About
	Target    string
	Subject   vocab.SubjectKey
	Reason    string
	Reference string
}

// Parts are what retention stands on. DatasetOf tells the data set of a grant,
// for questions that name no item.
type Parts struct {
	DB        *db.DB
	Clock     clock.Clock
	Ledger    *ledger.Ledger
	Identity  *identity.Service
	DatasetOf func(provider vocab.MemberID, grant vocab.GrantID) (vocab.DatasetID, bool)
	Keeper    func(context.Context) (vocab.MemberID, error) // in whose name the daily round destroys
	Least     func(context.Context) ([]Least, error)        // the rows of law that no rule is shorter than
}

// Service holds the verbs of this package.
type Service struct {
	p      Parts
	stores []Store
}

// NewService makes the service and puts its guard before every erasure.
func NewService(p Parts) *Service {
	s := &Service{p: p}
	p.Ledger.GuardErasures(s.guard)
	return s
}

// PutRule puts a row of the law. A shorter term looks again at what a longer one
// kept.
func (s *Service) PutRule(ctx context.Context, a identity.Actor, r Rule) error {
	if err := a.MustOnNode(vocab.Authority); err != nil {
		return err
	}
	if err := r.check(); err != nil {
		return err
	}
	if err := s.longEnough(ctx, r); err != nil {
		return fmt.Errorf("put a rule of retention: %w", err)
	}
	r.Verified = false // nobody but the program's own rows says that it was held against the law
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := putRule(ctx, tx, sqlPutRule, r); err != nil {
			return err
		}
		if err := beginAgain(ctx, tx, r.Kind); err != nil {
			return err
		}
		return s.p.Ledger.Act(ctx, tx, "retention.rule", map[string]string{
			ledger.FieldMember: string(a.Member), ledger.FieldOfficer: string(a.Officer), "dataset": r.Dataset, "kind": r.Kind,
			"years": fmt.Sprint(r.Years), "days": fmt.Sprint(r.Days), "citation": r.Citation, "verified": fmt.Sprint(r.Verified),
		})
	})
	if err != nil {
		return fmt.Errorf("put a rule of retention: %w", err)
	}
	return nil
}

// Rules lists for how long records are kept, by the rules that were put and never
// shorter than the law's own row; they are public.
func (s *Service) Rules(ctx context.Context) ([]Rule, error) {
	least, err := s.p.Least(ctx)
	if err != nil {
		return nil, fmt.Errorf("list rules of retention: %w", err)
	}
	var list []Rule
	err = s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		list, err = rules(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list rules of retention: %w", err)
	}
	return raise(list, least), nil
}

// mayHold is nil for an officer of the authority that keeps the node, or of an
// auditor.
func mayHold(a identity.Actor) error {
	if a.IsMachine() {
		return vocab.RoleMissing.Because("a hold is put by an officer in a session of their own")
	}
	if a.Has(vocab.Auditor) {
		return nil
	}
	return a.MustOnNode(vocab.Authority)
}

// PutHold puts a legal hold; it works from this moment.
func (s *Service) PutHold(ctx context.Context, a identity.Actor, n NewHold) (Hold, error) {
	if err := mayHold(a); err != nil {
		return Hold{}, err
	}
	if strings.TrimSpace(n.Reason) == "" || strings.TrimSpace(n.Reference) == "" || len(n.Reason)+len(n.Reference) > 500 {
		return Hold{}, vocab.ReasonNeeded.Because("a hold names its reason and the file it rests on")
	}
	for _, v := range []string{n.Reason, n.Reference, n.Target} {
		if subject.HoldsCitizenNumber(v) {
			return Hold{}, vocab.BadInput.Because("a text of the hold holds a citizen number; a hold on a person names them by their key")
		}
	}
	if !slices.Contains(Abouts(), n.About) || (n.About == Person) != (n.Target == "") || len(n.Target) > 200 {
		return Hold{}, vocab.BadInput.Because("a hold is on one of %v, and names which", Abouts())
	}
	h := Hold{
		ID: vocab.NewID("hd"), By: a.Member, Officer: a.Officer, About: n.About, Target: n.Target, Reason: n.Reason, Reference: n.Reference, Put: s.p.Clock.Now(),
	}
	if n.About == Person {
		self, err := s.p.Identity.SelfActor(n.Subject)
		if err != nil {
			return Hold{}, err
		}
		h.person = self.Self
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := insertHold(ctx, tx, h); err != nil {
			return err
		}
		return s.act(ctx, tx, a, "hold.put", h)
	})
	if err != nil {
		return Hold{}, fmt.Errorf("put a hold: %w", err)
	}
	return h, nil
}

// Lift ends a hold: only the body that put it, with a reason.
func (s *Service) Lift(ctx context.Context, a identity.Actor, id, reason string) error {
	if err := mayHold(a); err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return vocab.ReasonNeeded.Because("whoever lifts a hold says why")
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		h, err := holdByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if !a.In(h.By) {
			return identity.NotYours()
		}
		if !h.Lifted.IsZero() {
			return vocab.StateWrong.Because("the hold was lifted on %s", h.Lifted.Format(time.DateOnly))
		}
		h.Lifted, h.Reason = s.p.Clock.Now(), reason
		if err := updateLifted(ctx, tx, h); err != nil {
			return err
		}
		if err := beginAgain(ctx, tx, ""); err != nil {
			return err
		}
		return s.act(ctx, tx, a, "hold.lifted", h)
	})
	if err != nil {
		return fmt.Errorf("lift a hold: %w", err)
	}
	return nil
}

func (s *Service) act(ctx context.Context, tx *db.Tx, a identity.Actor, act string, h Hold) error {
	return s.p.Ledger.Act(ctx, tx, act, map[string]string{
		ledger.FieldMember: string(a.Member), ledger.FieldOfficer: string(a.Officer), "hold": h.ID, "about": string(h.About), "target": h.Target,
		"reason": h.Reason, "reference": h.Reference,
	})
}

// Holds lists every hold to those who may put one.
func (s *Service) Holds(ctx context.Context, a identity.Actor, p identity.Page) ([]Hold, error) {
	if err := mayHold(a); err != nil {
		return nil, err
	}
	var list []Hold
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		list, err = holds(ctx, tx, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list holds: %w", err)
	}
	return list, nil
}

// guard refuses to destroy what a hold covers, whoever wants it.
func (s *Service) guard(ctx context.Context, tx *db.Tx, traces []vocab.TraceID) error {
	standing, err := standingHolds(ctx, tx)
	if err != nil || len(standing) == 0 {
		return err
	}
	for _, t := range traces {
		e, err := s.p.Ledger.RawOf(ctx, tx, t)
		if err != nil {
			return err
		}
		h, err := s.heldBy(ctx, tx, standing, &e)
		if err != nil {
			return err
		}
		if h != "" {
			return vocab.OnHold.Because("the hold %s covers the entry %s", h, t)
		}
	}
	return nil
}

// heldBy is the hold that covers the entry; empty when none does. Of an entry
// whose openings are gone there is nothing left to keep.
func (s *Service) heldBy(ctx context.Context, tx *db.Tx, standing []Hold, e *ledger.Raw) (string, error) {
	for _, h := range standing {
		covers := false
		switch h.About {
		case Entry:
			covers = string(e.Trace) == h.Target
		case CaseNo:
			covers = e.Fields[ledger.FieldCase] == h.Target || e.Kind.String() == "batch" // cases of a batch stand in its rows
		case Grant:
			covers = string(e.Grant) == h.Target
		case Member:
			covers = string(e.Owner) == h.Target || string(e.Provider) == h.Target
		case Dataset:
			covers = slices.Contains(s.datasets(e), vocab.DatasetID(h.Target))
		case Person:
			var err error
			if covers, err = s.p.Ledger.Concerns(ctx, tx, e.Trace, h.person); err != nil {
				return "", err
			}
		}
		if covers && e.Fields != nil {
			return h.ID, nil
		}
	}
	return "", nil
}

// datasets are those of the items that the entry names, or of its grant.
func (s *Service) datasets(e *ledger.Raw) []vocab.DatasetID {
	var out []vocab.DatasetID
	for _, i := range e.Access.Items {
		if strings.Contains(i, "/") {
			out = append(out, vocab.ItemID(i).Dataset())
		}
	}
	if len(out) == 0 && e.Grant != "" && s.p.DatasetOf != nil {
		if d, ok := s.p.DatasetOf(e.Provider, e.Grant); ok {
			out = append(out, d)
		}
	}
	if d := e.Fields["dataset"]; len(out) == 0 && d != "" {
		out = append(out, vocab.DatasetID(d))
	}
	return out
}

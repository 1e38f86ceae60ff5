package emergency

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/vocab"
)

// State is where an emergency stands.
type State string

// Upheld and objected are the reviewer's word; overdue means that nobody gave one
// in time.
const (
	Declared State = "declared"
	Upheld   State = "upheld"
	Objected State = "objected"
	Overdue  State = "overdue"
)

// Emergency is one, with its review.
type Emergency struct {
	ID         string             `json:"id"`
	Member     vocab.MemberID     `json:"member"`
	Provider   vocab.MemberID     `json:"provider"`
	Grant      vocab.GrantID      `json:"grant"`
	Officer    vocab.OfficerID    `json:"officer,omitempty"` // for the member itself and the authority
	Unit       string             `json:"unit,omitempty"`
	Reason     string             `json:"reason"`
	Basis      string             `json:"basis"`
	State      State              `json:"state"`
	Reviewer   vocab.OfficerID    `json:"reviewer,omitempty"`
	Note       string             `json:"note,omitempty"`
	OpenedAt   time.Time          `json:"opened_at"`
	EndsAt     time.Time          `json:"ends_at"`
	ReviewedAt time.Time          `json:"reviewed_at,omitzero"`
	Clocks     []calendar.Running `json:"clocks,omitempty"`

	hands string // both officers and who admitted each, at the review
}

// Door gives and takes the grants.
type Door interface {
	PutEmergency(ctx context.Context, tx *db.Tx, a identity.Actor, e access.EmergencyGrant) (access.Grant, error)
	SuspendUnit(ctx context.Context, tx *db.Tx, h access.Halt, each func(access.Grant) error) (int, error)
	LiftUnit(ctx context.Context, tx *db.Tx, m vocab.MemberID, emergency string) error
	PutGrant(ctx context.Context, tx *db.Tx, g access.Grant, by identity.Actor) error
	GrantFor(a identity.Actor, id vocab.GrantID) (access.Grant, error)
}

// Ledger takes each step as an act.
type Ledger interface {
	Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error
}

// Notices takes a line for an inbox.
type Notices interface {
	PutNotice(ctx context.Context, tx *db.Tx, n identity.Notice) error
}

// Clocks run the term of the review.
type Clocks interface {
	Start(ctx context.Context, tx *db.Tx, s calendar.Start) (calendar.Running, error)
	EndAll(ctx context.Context, tx *db.Tx, ref calendar.Ref) error
	OfRef(ctx context.Context, tx *db.Tx, ref calendar.Ref) ([]calendar.Running, error)
	Rule(ctx context.Context, tx *db.Tx, jurisdiction, name string) (calendar.Rule, error)
}

// Parts are what the service stands on; all are needed.
type Parts struct {
	DB        *db.DB
	Clock     clock.Clock
	Ledger    Ledger
	Notices   Notices
	Door      Door
	Clocks    Clocks
	Authority func(ctx context.Context) (keeper vocab.MemberID, jurisdiction string, err error)
}

// Service holds the verbs of emergencies.
type Service struct{ p Parts }

// RefKind is what the clocks of this package run for; rule is their term, and
// longest is how long the grant of an emergency lives.
const (
	RefKind = "emergency"
	rule    = "emergency.review"
	longest = "emergency.term"
)

// New makes the service. Expired is to be registered for RefKind.
func New(p Parts) (*Service, error) {
	if p.DB == nil || p.Clock == nil || p.Ledger == nil || p.Notices == nil || p.Door == nil || p.Clocks == nil || p.Authority == nil {
		return nil, fmt.Errorf("make emergency: %w", vocab.InternalError.Because("a part is missing"))
	}
	return &Service{p: p}, nil
}

// mostOpen is how many emergencies of a member may run or wait for their review:
// a body that three reviews wait for has officers to review, not more to open.
const mostOpen = 3

// Declare gives the officer's member a grant at once. Provider and authority are
// told, and the term of the review begins.
func (s *Service) Declare(ctx context.Context, a identity.Actor, in access.EmergencyGrant) (Emergency, error) {
	keeper, jurisdiction, err := s.p.Authority(ctx)
	if err != nil {
		return Emergency{}, err
	}
	var e Emergency
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.lives(ctx, tx, jurisdiction, &in); err != nil {
			return err
		}
		g, err := s.p.Door.PutEmergency(ctx, tx, a, in)
		if err != nil {
			return err
		}
		n, err := countOpen(ctx, tx, a.Member, g.From)
		if err != nil {
			return err
		}
		if n >= mostOpen {
			return vocab.QuotaSpent.Because("%d emergencies of %s run or wait for their review, and at most %d may", n, a.Member, mostOpen).
				WithFix("Let a second officer review them; one that was upheld counts until it ends.")
		}
		e = Emergency{
			ID: vocab.NewID("e"), Member: a.Member, Provider: g.Provider, Grant: g.ID, Officer: a.Officer, Unit: a.Unit,
			Reason: in.Reason, Basis: in.Basis, State: Declared, OpenedAt: g.From.UTC(), EndsAt: g.Until.UTC(),
		}
		if err := put(ctx, tx, &e); err != nil {
			return err
		}
		_, err = s.p.Clocks.Start(ctx, tx, calendar.Start{Ref: e.ref(), Rule: rule, Jurisdiction: jurisdiction, Owner: e.Member, Other: keeper})
		if err != nil {
			return err
		}
		if err := s.act(ctx, tx, &e, "emergency.declare", a); err != nil {
			return err
		}
		return s.tell(ctx, tx, &e, "emergency-declared", e.Provider, keeper, e.Member)
	})
	if err != nil {
		return Emergency{}, fmt.Errorf("declare an emergency: %w", err)
	}
	return e, nil
}

// lives holds the hours asked against the law's row; the door's own bound holds
// besides, and alone where there is no row.
func (s *Service) lives(ctx context.Context, tx *db.Tx, jurisdiction string, in *access.EmergencyGrant) error {
	r, err := s.p.Clocks.Rule(ctx, tx, jurisdiction, longest)
	if vocab.CodeOf(err) == vocab.RuleMissing {
		return nil
	}
	if err != nil {
		return err
	}
	if in.Hours > r.Length {
		return vocab.BadInput.Because("%d hours were asked, an emergency has 1 to %d (%s)", in.Hours, r.Length, r.Citation)
	}
	if in.Hours == 0 && r.Length < grant.MostEmergencyHours {
		in.Hours = r.Length
	}
	return nil
}

// Review is the second officer's word: of the same member, and never the one who
// declared it. An objection ends the grant at once; a late word lets the unit ask
// again.
func (s *Service) Review(ctx context.Context, a identity.Actor, id string, uphold bool, note string) (Emergency, error) {
	keeper, _, err := s.p.Authority(ctx)
	if err != nil {
		return Emergency{}, err
	}
	var e Emergency
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if e, err = get(ctx, tx, id); err != nil {
			return err
		}
		if !a.In(e.Member) {
			return identity.NotYours()
		}
		if err := mayReview(a, &e, note); err != nil {
			return err
		}
		two, err := hands.Second(ctx, tx, e.Officer, a.Officer)
		if err != nil {
			return err
		}
		e.hands = two.String()
		e.State, e.Reviewer, e.Note, e.ReviewedAt = Upheld, a.Officer, note, s.p.Clock.Now().UTC()
		if !uphold {
			e.State = Objected
			if err := s.end(ctx, tx, a, &e); err != nil {
				return err
			}
		}
		if err := put(ctx, tx, &e); err != nil {
			return err
		}
		if err := s.p.Door.LiftUnit(ctx, tx, e.Member, e.ID); err != nil {
			return err
		}
		if err := s.p.Clocks.EndAll(ctx, tx, e.ref()); err != nil {
			return err
		}
		if err := s.act(ctx, tx, &e, "emergency."+string(e.State), a); err != nil {
			return err
		}
		return s.tell(ctx, tx, &e, "emergency-"+string(e.State), e.Provider, keeper)
	})
	if err != nil {
		return Emergency{}, fmt.Errorf("review emergency %s: %w", id, err)
	}
	return e, nil
}

// Reviews reports whether the review is the actor's to give.
func (e *Emergency) Reviews(a identity.Actor) bool {
	return a.In(e.Member) && mayReview(a, e, "said") == nil
}

// mayReview refuses the one who declared it, systems, and a second word.
func mayReview(a identity.Actor, e *Emergency, note string) error {
	if err := a.Must(vocab.DataUser, vocab.Authority, vocab.Auditor); err != nil {
		return err
	}
	switch {
	case a.IsMachine() || a.Officer == "":
		return vocab.RoleMissing.Because("an officer reviews an emergency, not a system")
	case a.Officer == e.Officer:
		return vocab.SecondNeeded.Because("who declared emergency %s cannot review it", e.ID).
			WithFix("Another officer of %s reviews it, who holds the role user, authority or auditor there: fontis emergency review %s --uphold --note TEXT --as LOGIN; fontis officer list shows who there is.", e.Member, e.ID)
	case strings.TrimSpace(note) == "":
		return vocab.ReasonNeeded.Because("a review says what was found")
	case e.State == Upheld || e.State == Objected:
		return vocab.StateWrong.Because("emergency %s is %s: it was reviewed", e.ID, e.State).WithFix("See it: fontis emergency list")
	}
	return nil
}

// end ends the grant of an emergency that was objected to.
func (s *Service) end(ctx context.Context, tx *db.Tx, a identity.Actor, e *Emergency) error {
	g, err := s.p.Door.GrantFor(a, e.Grant)
	if err != nil || g.State == access.GrantEnded {
		return err
	}
	g.State, g.Reason = access.GrantEnded, "objected to in its review"
	return s.p.Door.PutGrant(ctx, tx, g, a)
}

// Expired is what follows when nobody reviewed in time: the unit that drew it, or
// the whole of a member without units, asks nothing under any grant until the review
// is given. Provider, authority and the member hear it. Further steps remind the
// authority.
func (s *Service) Expired(ctx context.Context, tx *db.Tx, r calendar.Running, step int) error {
	e, err := get(ctx, tx, r.Ref.ID)
	if err != nil {
		return err
	}
	keeper, _, err := s.p.Authority(ctx)
	if err != nil {
		return err
	}
	if step > 0 {
		return s.tell(ctx, tx, &e, "emergency-overdue", keeper)
	}
	e.State = Overdue
	if err := put(ctx, tx, &e); err != nil {
		return err
	}
	node := identity.Actor{Member: keeper}
	kind := "member-halted"
	if e.Unit != "" {
		kind = "unit-halted"
	}
	h := access.Halt{Member: e.Member, Unit: e.Unit, Officer: e.Officer, Emergency: e.ID}
	_, err = s.p.Door.SuspendUnit(ctx, tx, h, func(g access.Grant) error {
		return s.p.Notices.PutNotice(ctx, tx, identity.Notice{
			Member: g.Provider, Kind: kind, Link: "/grants/" + string(g.ID), Params: map[string]string{"grant": string(g.ID), "member": string(g.To)},
		})
	})
	if err != nil {
		return err
	}
	if err := s.act(ctx, tx, &e, "emergency.overdue", node); err != nil {
		return err
	}
	return s.tell(ctx, tx, &e, "emergency-overdue", e.Provider, keeper, e.Member)
}

// List shows the emergencies that concern the actor's member, newest last; the
// node's authority and auditors see all.
func (s *Service) List(ctx context.Context, a identity.Actor, after string, limit int) ([]Emergency, error) {
	if a.Nobody() || a.Member == "" {
		return nil, vocab.SignInNeeded.Because("emergencies are listed for a member")
	}
	if limit <= 0 || limit > 200 {
		limit = 100
	}
	every := a.MustOnNode(vocab.Authority, vocab.Auditor) == nil
	var out []Emergency
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		if out, err = list(ctx, tx, a.Member, every, after, limit); err != nil {
			return err
		}
		for i := range out {
			if !every && !a.In(out[i].Member) { // the officers' names stay inside
				out[i].Officer, out[i].Reviewer = "", ""
			}
			if out[i].Clocks, err = s.p.Clocks.OfRef(ctx, tx, out[i].ref()); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func (e *Emergency) ref() calendar.Ref { return calendar.Ref{Kind: RefKind, ID: e.ID} }

func (s *Service) act(ctx context.Context, tx *db.Tx, e *Emergency, act string, by identity.Actor) error {
	return s.p.Ledger.Act(ctx, tx, act, map[string]string{
		"member": string(e.Member), "officer": string(by.Officer), "provider": string(e.Provider), "grant": string(e.Grant),
		"emergency": e.ID, "reason": e.Reason, "basis": e.Basis, "note": e.Note, hands.Field: e.hands,
	})
}

func (s *Service) tell(ctx context.Context, tx *db.Tx, e *Emergency, kind string, to ...vocab.MemberID) error {
	told := map[vocab.MemberID]bool{}
	for _, m := range to {
		if m == "" || told[m] {
			continue
		}
		told[m] = true
		err := s.p.Notices.PutNotice(ctx, tx, identity.Notice{
			Member: m, Kind: kind, Link: "/grants/" + string(e.Grant), Params: map[string]string{"emergency": e.ID, "member": string(e.Member), "grant": string(e.Grant)},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

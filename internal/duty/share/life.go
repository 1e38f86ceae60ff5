package share

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fontis/internal/duty/share/asked"

	"fontis/internal/duty/calendar"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Life is what became of a request between its submission and the end of its
// grant.
type Life struct {
	Region      string          `json:"region,omitempty"` // the provider's
	Share       vocab.ShareType `json:"share,omitempty"`  // of what is asked: it says which term the reply has
	Demanded    *Demanded       `json:"demanded,omitempty"`
	Supplement  *Supplement     `json:"supplement,omitempty"`
	Procedure   *Procedure      `json:"procedure,omitempty"`
	Extension   *Extension      `json:"extension,omitempty"`
	Rerouted    bool            `json:"rerouted,omitempty"`
	Assigned    bool            `json:"assigned,omitempty"`
	Dispute     *Dispute        `json:"dispute,omitempty"`
	OverdueAt   time.Time       `json:"overdue_at,omitzero"`
	DeliveredAt time.Time       `json:"delivered_at,omitzero"`
	ReviewedAt  time.Time       `json:"reviewed_at,omitzero"`
	Suspension  *Suspension     `json:"suspension,omitempty"` // by a word, while it lasts
	Destruction *Destruction    `json:"destruction,omitempty"`
}

// Supplement is what was missing; it is told once.
type Supplement struct {
	What     string    `json:"what"`
	Asked    time.Time `json:"asked"`
	Supplied time.Time `json:"supplied,omitzero"`
	Back     State     `json:"back"`            // where the request goes on
	Clock    string    `json:"clock,omitempty"` // that stands meanwhile
}

// Extension is a longer term for the reply, which the authority decides.
type Extension struct {
	Days    int       `json:"days"`
	Reason  string    `json:"reason"`
	Asked   time.Time `json:"asked"`
	Decided time.Time `json:"decided,omitzero"`
	Granted bool      `json:"granted,omitempty"`
}

// Dispute is about a refusal or a silence.
type Dispute struct {
	Raised  time.Time `json:"raised"`
	Reason  string    `json:"reason"`
	Settled bool      `json:"settled,omitempty"`
	Rulings []Ruling  `json:"rulings,omitempty"`

	Authority vocab.MemberID `json:"authority,omitempty"` // of the provider's level, which rules first
	Superior  vocab.MemberID `json:"superior,omitempty"`  // common to both sides, which rules last
	StandIn   bool           `json:"stand_in,omitempty"`  // there is none: another officer of the authority rules
	Remedy    string         `json:"remedy,omitempty"`    // what would give it one
}

// Ruling is what an authority decided, with reason and citation.
type Ruling struct {
	Level    Side            `json:"level"`
	Order    bool            `json:"order"`           // the provider is to agree; else the refusal stands
	Items    []vocab.ItemID  `json:"items,omitempty"` // ordered at least; empty: all that was asked
	Reason   string          `json:"reason"`
	Citation string          `json:"citation"`
	Member   vocab.MemberID  `json:"member"`
	Officer  vocab.OfficerID `json:"officer,omitempty"` // shown inside that member only
	At       time.Time       `json:"at"`
}

// Destruction is the holder's certificate that what it had is gone.
type Destruction struct {
	Method  string          `json:"method"`         // how it was destroyed
	What    string          `json:"what"`           // which copies, in which systems
	Kept    string          `json:"kept,omitempty"` // what a law has it keep, and which
	On      calendar.Day    `json:"on"`
	Officer vocab.OfficerID `json:"officer,omitempty"`
	At      time.Time       `json:"at"`
}

// ordered is the ruling that the provider is to agree, while it holds.
func (r *Request) ordered() *Ruling {
	if r.Dispute == nil || len(r.Dispute.Rulings) == 0 {
		return nil
	}
	last := &r.Dispute.Rulings[len(r.Dispute.Rulings)-1]
	if !last.Order {
		return nil
	}
	return last
}

// stands reports whether the actor stands on a side. Nobody rules on a request of
// their own member, and who has ruled once is not the superior.
func (r *Request) stands(a identity.Actor, side Side) bool {
	switch side {
	case Provider:
		return a.In(r.Provider)
	case Requester:
		return a.In(r.Requester)
	}
	over := a.Governs(r.Region) || a.OfNode && a.Has(vocab.Authority)
	if !over || a.In(r.Provider) || a.In(r.Requester) {
		return false
	}
	return r.rules(a, side) && (side == Authority || side == Superior && !r.ruledBy(a))
}

func (r *Request) ruledBy(a identity.Actor) bool {
	return r.Dispute != nil && slices.ContainsFunc(r.Dispute.Rulings, func(u Ruling) bool { return u.Officer == a.Officer })
}

// shown hides officers of other members.
func (l Life) shown(a identity.Actor, r *Request) Life {
	if l.Dispute != nil {
		d := *l.Dispute
		d.Rulings, d.Remedy = slices.Clone(d.Rulings), d.remedy()
		for i := range d.Rulings {
			if !a.In(d.Rulings[i].Member) {
				d.Rulings[i].Officer = ""
			}
		}
		l.Dispute = &d
	}
	if l.Destruction != nil && !a.In(r.Requester) {
		d := *l.Destruction
		d.Officer = ""
		l.Destruction = &d
	}
	return l
}

// The stages of a request whose grant was given; before that its state says it.
const (
	StageAgreed    = "agreed"         // given, not yet delivered
	StageActive    = "active"         // delivered
	StageSuspended = "suspended"      // for a time
	StageEnded     = "ended"          // the certificate of destruction is owed
	StageClosed    = "ended_and_gone" // and handed in
)

// stage says in one word where request and grant stand.
func (r *Request) stage(now time.Time) string {
	if !slices.Contains(given, r.State) {
		return string(r.State)
	}
	switch {
	case r.Destruction != nil:
		return StageClosed
	case r.over(now):
		return StageEnded
	case r.GrantState == access.GrantSuspended:
		return StageSuspended
	case !r.DeliveredAt.IsZero():
		return StageActive
	}
	return StageAgreed
}

// over reports whether the grant has ended, by word or by its day.
func (r *Request) over(now time.Time) bool {
	return r.GrantState == access.GrantEnded || r.Grant != "" && !now.Before(r.grant(r.Grant, decisionOf(r)).Until)
}

// Word is what a step may say.
type Word struct {
	Act      string          `json:"act"`
	Reason   string          `json:"reason,omitempty"`
	Citation string          `json:"citation,omitempty"`
	Kind     string          `json:"kind,omitempty"`    // of a procedure
	Days     int             `json:"days,omitempty"`    // of an extension
	Dataset  vocab.DatasetID `json:"dataset,omitempty"` // of the true source
	Items    []vocab.ItemID  `json:"items,omitempty"`   // at least, of an order
}

// Acts lists the steps that Take takes; the others have verbs of their own.
func Acts() []string {
	return []string{
		ActPass, ActRefuse, ActSupplement, ActProcedure, ActProceed, ActAskMore, ActExtend, ActNoMore, ActReroute, ActDisown, ActAssign, ActDispute, ActSettle, ActEscalate,
		ActUphold, ActOrder, ActAppeal, ActDeliver, ActReview,
	}
}

// Take takes a step of the table: by the requester, the provider, the authority
// over the provider, or the common superior.
func (s *Service) Take(ctx context.Context, a identity.Actor, id vocab.RequestID, w Word) (*Request, error) {
	r, err := s.change(ctx, a, selectRequest, string(id), func(ctx context.Context, tx *db.Tx, r *Request) error {
		if !slices.Contains(Acts(), w.Act) {
			return vocab.BadInput.Because("a step is one of %s", strings.Join(Acts(), ", "))
		}
		t, err := s.step(a, r, w.Act)
		if err != nil {
			return err
		}
		if w.Act == ActRefuse && t.By != Authority {
			return vocab.BadInput.Because("the provider's refusal is a decision")
		}
		for _, v := range []string{w.Reason, w.Citation} {
			if err := asked.CheckText(v, asked.MaxText); err != nil {
				return err
			}
		}
		if err := t.allows(r, w.Reason, w.Citation); err != nil {
			return err
		}
		if err := s.prepare(ctx, tx, a, t, r, w); err != nil {
			return err
		}
		return s.enter(ctx, tx, a, t, r, w.Reason, w.Citation)
	})
	if err != nil {
		return nil, fmt.Errorf("take the step %s of a request: %w", w.Act, err)
	}
	s.putTwins(ctx, r)
	return r, nil
}

// prepare notes what a step says, before it is taken.
func (s *Service) prepare(ctx context.Context, tx *db.Tx, a identity.Actor, t Transition, r *Request, w Word) error {
	now := s.p.Clock.Now()
	switch t.Act {
	case ActSupplement:
		r.Supplement = &Supplement{What: w.Reason, Asked: now, Back: r.State}
	case ActProcedure:
		return s.proceeding(ctx, tx, r, w)
	case ActProceed:
		p := *r.Procedure
		p.Ended = now
		r.Procedure = &p
	case ActAskMore:
		r.Extension = &Extension{Days: w.Days, Reason: w.Reason, Asked: now}
		if err := s.longer(ctx, tx, r); err != nil {
			return err
		}
		return s.ruled(ctx, r)
	case ActDisown:
		return s.ruled(ctx, r)
	case ActEscalate:
		if err := s.levels(ctx, r, false); err != nil { // one may have been admitted meanwhile
			return err
		}
		return s.ruled(ctx, r)
	case ActExtend, ActNoMore:
		e := *r.Extension
		e.Decided, e.Granted = now, t.Act == ActExtend
		r.Extension = &e
	case ActReroute:
		r.Rerouted = true
		return s.reroute(ctx, tx, a, r, w.Dataset)
	case ActAssign:
		r.Assigned = true
		return s.reroute(ctx, tx, a, r, w.Dataset)
	case ActDispute:
		if err := s.window(ctx, tx, t, r); err != nil {
			return err
		}
		r.Dispute = &Dispute{Raised: now, Reason: w.Reason}
		if t.To == StateAuthority {
			if err := s.ruled(ctx, r); err != nil {
				return err
			}
		}
		return s.levels(ctx, r, false)
	case ActAppeal:
		if err := s.window(ctx, tx, t, r); err != nil {
			return err
		}
		if r.State == StateDemand {
			if err := s.p.Demands.Contested(ctx, tx, a, r.Demanded.ID, w.Reason); err != nil {
				return err
			}
		}
		return s.levels(ctx, r, true)
	case ActSettle:
		d := *r.Dispute
		d.Settled = true
		r.Dispute = &d
	case ActUphold, ActOrder:
		if err := another(ctx, tx, a, t.By, r); err != nil {
			return err
		}
		if t.To == StateDemand {
			if err := s.p.Demands.Order(ctx, tx, a, r.Demanded.ID); err != nil {
				return err
			}
		}
		return s.rule(a, t, r, w)
	case ActRefuse:
		r.Decision = &Decided{Decision: Decision{Reason: w.Reason, Citation: w.Citation}, At: now}
		return mayRule(a, r)
	case ActDeliver:
		r.DeliveredAt = now
	case ActReview:
		r.ReviewedAt = now
	}
	return nil
}

// rule notes the ruling of an authority.
func (s *Service) rule(a identity.Actor, t Transition, r *Request, w Word) error {
	if err := mayRule(a, r); err != nil {
		return err
	}
	u := Ruling{Level: t.By, Order: t.Act == ActOrder, Reason: w.Reason, Citation: w.Citation, Member: a.Member, Officer: a.Officer, At: s.p.Clock.Now()}
	for _, it := range w.Items {
		if it.Dataset() == vocab.DatasetID(it) {
			it = vocab.ItemID(string(r.Dataset) + "/" + string(it))
		}
		if !slices.Contains(r.Items, it) || !u.Order {
			return vocab.BadInput.Because("an order names items that were asked, and a refusal that stands names none")
		}
		u.Items = append(u.Items, it)
	}
	d := *r.Dispute
	d.Rulings = append(slices.Clone(d.Rulings), u)
	r.Dispute = &d
	return nil
}

func mayRule(a identity.Actor, r *Request) error {
	if a.Officer == "" || a.IsMachine() {
		return vocab.RoleMissing.Because("a ruling is given by an officer who is signed in")
	}
	if slices.Contains(r.Authors, a.Officer) {
		return vocab.RoleMissing.Because("who wrote a request does not rule on it")
	}
	return nil
}

// follows holds a decision against the ruling that ordered it.
func (d *Decision) follows(r *Request) error {
	u := r.ordered()
	if u == nil || !d.Agree {
		return nil
	}
	want := u.Items
	if len(want) == 0 {
		want = r.Items
	}
	for _, it := range want {
		if !slices.Contains(r.items(d), it) {
			return vocab.StateWrong.Because("the ruling of the %s orders item %s, and the decision leaves it out", u.Level, it)
		}
	}
	return nil
}

// reroute turns the request to the data set of its true source. Items keep their
// codes; one that is not there is the requester's to ask anew.
func (s *Service) reroute(ctx context.Context, tx *db.Tx, a identity.Actor, r *Request, to vocab.DatasetID) error {
	if to == "" || to == r.Dataset {
		return vocab.FieldMissing.Because("the true source is named by its data set: dataset")
	}
	var items []vocab.ItemID
	for _, it := range r.Items {
		items = append(items, vocab.ItemID(string(to)+"/"+it.Name()))
	}
	from := r.Provider
	r.Dataset, r.Items, r.RowScope = to, items, ""
	if err := s.submittable(ctx, tx, a, r); err != nil {
		return err
	}
	if r.Provider == from {
		return vocab.BadInput.Because("data set %s is of the same provider", to)
	}
	if r.Provider == r.Requester {
		return vocab.BadInput.Because("data set %s is the requester's own", to)
	}
	region, err := s.region(ctx, r)
	r.Region = region
	return err
}

// Supply brings what was missing, as the whole of the fields; the data set stays.
func (s *Service) Supply(ctx context.Context, a identity.Actor, id vocab.RequestID, f Fields) (*Request, error) {
	r, err := s.change(ctx, a, selectRequest, string(id), func(ctx context.Context, tx *db.Tx, r *Request) error {
		t, err := s.step(a, r, ActSupply)
		if err != nil {
			return err
		}
		if r.State == StateSupplementing {
			if f.Dataset = r.Dataset; r.Supplement == nil {
				return vocab.InternalError.Because("request %s waits for a supplement that nobody asked", r.ID)
			}
			r.Fields, r.Authors = f, authors(r.Authors, a)
			if err := s.submittable(ctx, tx, a, r); err != nil {
				return err
			}
			if r.SubmittedAt.IsZero() && len(asked.Missing(&r.Fields, r.About)) == 0 {
				r.SubmittedAt = s.p.Clock.Now()
			}
			sup := *r.Supplement
			sup.Supplied = s.p.Clock.Now()
			r.Supplement = &sup
		}
		if err := t.allows(r, "", ""); err != nil {
			return err
		}
		return s.move(ctx, tx, a, t, r, "", "")
	})
	if err != nil {
		return nil, fmt.Errorf("supplement request: %w", err)
	}
	s.putTwins(ctx, r)
	return r, nil
}

// Certify hands in the certificate of destruction, once the grant is over.
func (s *Service) Certify(ctx context.Context, a identity.Actor, id vocab.RequestID, d Destruction) (*Request, error) {
	r, err := s.change(ctx, a, selectRequest, string(id), func(ctx context.Context, tx *db.Tx, r *Request) error {
		t, err := s.step(a, r, ActCertify)
		if err != nil {
			return err
		}
		if r.Grant != "" && !r.past {
			return vocab.StateWrong.Because("the grant is %s: end it first", r.GrantState).
				WithFix("End it, then certify: fontis grant end %s --reason TEXT", r.Grant)
		}
		if err := t.allows(r, "", ""); err != nil {
			return err
		}
		for _, v := range []string{d.Method, d.What, d.Kept} {
			if err := asked.CheckText(v, asked.MaxText); err != nil {
				return err
			}
		}
		if strings.TrimSpace(d.Method) == "" || strings.TrimSpace(d.What) == "" || d.On == 0 || a.Officer == "" {
			return vocab.FieldMissing.Because("a certificate of destruction says method, what, on which day, and its officer")
		}
		if d.On > calendar.DayOf(s.p.Clock.Now().Date())+1 {
			return vocab.BadInput.Because("a certificate is of what was destroyed, and %s is to come", d.On)
		}
		d.Officer, d.At = a.Officer, s.p.Clock.Now()
		r.Destruction = &d
		return s.enter(ctx, tx, a, t, r, d.Method, "")
	})
	if err != nil {
		return nil, fmt.Errorf("certify destruction: %w", err)
	}
	return r, nil
}

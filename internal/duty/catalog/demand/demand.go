package demand

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// RefKind is what the clocks of this package run for; Rule is their term, and
// RuleAssign the authority's, the same as for a request.
const (
	RefKind    = "demand"
	Rule       = "catalog.demand"
	RuleAssign = "request.assign"
)

// Demand is one, with its answer.
type Demand struct {
	ID        string             `json:"id"`
	Request   vocab.RequestID    `json:"request"`
	Requester vocab.MemberID     `json:"requester"`
	Provider  vocab.MemberID     `json:"provider"`
	Region    string             `json:"region,omitempty"`
	State     State              `json:"state"`
	Name      string             `json:"name"`            // of the data set that is missing
	What      string             `json:"what"`            // must be in it, and why
	Items     []string           `json:"items,omitempty"` // as the requester calls them
	Basis     entry.Cite         `json:"basis,omitzero"`
	Purpose   string             `json:"purpose,omitempty"`
	Dataset   vocab.DatasetID    `json:"dataset,omitempty"` // that was listed for it
	Found     []vocab.ItemID     `json:"found,omitempty"`   // of it: those that were meant
	Reason    string             `json:"reason,omitempty"`
	Citation  string             `json:"citation,omitempty"`
	Ordered   bool               `json:"ordered,omitempty"`
	Rerouted  bool               `json:"rerouted,omitempty"` // a department has said that another is the source
	Assigned  bool               `json:"assigned,omitempty"` // the authority has named who is
	Talks     bool               `json:"talks,omitempty"`    // the two sides talk its refusal over
	OpenedAt  time.Time          `json:"opened_at"`
	EndedAt   time.Time          `json:"ended_at,omitzero"`
	Clocks    []calendar.Running `json:"clocks,omitempty"`
}

// Ref is what the demand's clock runs for.
func (d *Demand) Ref() calendar.Ref { return Ref(d.ID) }

// Ref is what the clock of a demand runs for.
func Ref(id string) calendar.Ref { return calendar.Ref{Kind: RefKind, ID: id} }

// Wish is a demand on its way in, from the request that waits for it.
type Wish struct {
	Request vocab.RequestID `json:"-"`
	Of      vocab.MemberID  `json:"of"`
	Name    string          `json:"name"`
	What    string          `json:"what"`
	Items   []string        `json:"wanted,omitempty"`
	Basis   entry.Cite      `json:"-"`
	Purpose string          `json:"-"`
}

// Answer is the department's word: the entry that it listed, that it is not the
// source, or why it does not list; and the authority's, who is the source.
type Answer struct {
	Of       vocab.MemberID  `json:"of,omitempty" doc:"Not ours: the department that should list it"`
	NotMine  bool            `json:"not_mine,omitempty" doc:"Not ours, and the authority is to say whose"`
	Dataset  vocab.DatasetID `json:"dataset,omitempty"`
	Items    []string        `json:"items,omitempty"` // codes of those that were meant; empty: those of the names asked
	Reason   string          `json:"reason,omitempty"`
	Citation string          `json:"citation,omitempty"`
}

// Ledger takes each step as an act.
type Ledger interface {
	Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error
}

// Notices takes a line for an inbox.
type Notices interface {
	PutNotice(ctx context.Context, tx *db.Tx, n identity.Notice) error
}

// Node tells who keeps the node, who is in charge of a division beside those
// concerned (nobody where no authority is), and where members are.
type Node interface {
	Authority(ctx context.Context) (keeper vocab.MemberID, jurisdiction string, err error)
	InCharge(ctx context.Context, region string, not ...vocab.MemberID) (vocab.MemberID, error)
	Region(ctx context.Context, m vocab.MemberID) (string, error)
}

// Answered is what the request behind a demand does when it is answered, in the
// same transaction.
type Answered func(ctx context.Context, tx *db.Tx, a identity.Actor, d *Demand) error

// Parts are what the service stands on; all are needed.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	Ledger  Ledger
	Notices Notices
	Catalog *catalog.Service
	Clocks  *calendar.Service
	Node    Node
}

// Service holds the verbs of demands.
type Service struct {
	p     Parts
	heard Answered
}

// New makes the service and says what it does about its clocks.
func New(p Parts) (*Service, error) {
	if p.DB == nil || p.Clock == nil || p.Ledger == nil || p.Notices == nil || p.Catalog == nil || p.Clocks == nil || p.Node == nil {
		return nil, fmt.Errorf("make demand: %w", vocab.InternalError.Because("a part is missing"))
	}
	s := &Service{p: p, heard: func(context.Context, *db.Tx, identity.Actor, *Demand) error { return nil }}
	p.Clocks.Handle(RefKind, s.expired)
	return s, nil
}

// Hear registers what the request behind a demand does. Call it at wiring.
func (s *Service) Hear(h Answered) { s.heard = h }

// Open makes the demand of an actor's request, in the request's transaction: the
// department is told, and its term begins.
func (s *Service) Open(ctx context.Context, tx *db.Tx, a identity.Actor, n Wish) (*Demand, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	if a.In(n.Of) {
		return nil, vocab.BadInput.Because("a demand is made of another member")
	}
	region, err := s.region(ctx, n.Of)
	if err != nil {
		return nil, err
	}
	d := &Demand{
		ID: vocab.NewID("dm"), Request: n.Request, Requester: a.Member, Provider: n.Of, Region: region, Name: n.Name, What: n.What,
		Items: slices.Clone(n.Items), Basis: n.Basis, Purpose: n.Purpose, OpenedAt: s.p.Clock.Now().UTC(),
	}
	if err := insert(ctx, tx, d); err != nil {
		return nil, err
	}
	t, err := stepOf(d, ActOpen, "", "")
	if err != nil {
		return nil, err
	}
	return d, s.enter(ctx, tx, a, t, d)
}

// region is where a department is; the node's own where it has none.
func (s *Service) region(ctx context.Context, m vocab.MemberID) (string, error) {
	region, err := s.p.Node.Region(ctx, m)
	if err == nil && region == "" {
		_, region, err = s.p.Node.Authority(ctx)
	}
	return region, err
}

// Withdraw ends a demand whose request was taken back, in the request's transaction.
func (s *Service) Withdraw(ctx context.Context, tx *db.Tx, a identity.Actor, id string) error {
	return s.step(ctx, tx, a, id, ActWithdraw, "")
}

// Order opens a refused demand again, in the transaction of the ruling that the
// data set is to be listed.
func (s *Service) Order(ctx context.Context, tx *db.Tx, a identity.Actor, id string) error {
	return s.step(ctx, tx, a, id, ActOrder, "")
}

// Contested ends the order to list, in the transaction of the appeal against it:
// until the superior rules the department owes nothing.
func (s *Service) Contested(ctx context.Context, tx *db.Tx, a identity.Actor, id, reason string) error {
	return s.step(ctx, tx, a, id, ActAppeal, reason)
}

// Talk notes that the two sides talk the refusal over, or no longer do: meanwhile
// the department may still list what was demanded. The request's own step is its act.
func (s *Service) Talk(ctx context.Context, tx *db.Tx, id string, on bool) error {
	d, err := load(ctx, tx, id)
	if err != nil {
		return err
	}
	d.Talks = on
	return update(ctx, tx, d, s.p.Clock.Now())
}

func (s *Service) step(ctx context.Context, tx *db.Tx, a identity.Actor, id, act, reason string) error {
	d, err := load(ctx, tx, id)
	if err != nil {
		return err
	}
	t, err := stepOf(d, act, reason, "")
	if err != nil {
		return err
	}
	if act == ActOrder || act == ActAppeal {
		d.Ordered, d.Reason, d.Citation = act == ActOrder, reason, ""
	}
	return s.enter(ctx, tx, a, t, d)
}

// Answer is the department's word on a demand, and moves the request behind it.
func (s *Service) Answer(ctx context.Context, a identity.Actor, id string, w Answer) (*Demand, error) {
	var d *Demand
	err := s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if d, err = s.visible(ctx, tx, a, id); err != nil {
			return err
		}
		if err := mayAnswer(a, d); err != nil {
			return err
		}
		t, err := stepOf(d, w.actOf(d), w.Reason, w.Citation)
		if err != nil {
			return err
		}
		for _, v := range []string{w.Reason, w.Citation} {
			if err := checkText(v, maxText); err != nil {
				return err
			}
		}
		switch t.Act {
		case ActList:
			err = s.lists(ctx, tx, a, d, w)
		case ActReroute, ActAssign:
			err = s.moves(ctx, d, t, w.Of)
		}
		if err != nil {
			return err
		}
		d.Reason, d.Citation = w.Reason, w.Citation
		if err := s.enter(ctx, tx, a, t, d); err != nil {
			return err
		}
		return s.heard(ctx, tx, a, d)
	})
	if err != nil {
		return nil, fmt.Errorf("answer demand %s: %w", id, err)
	}
	return d, nil
}

// moves turns a demand to the department that should list it.
func (s *Service) moves(ctx context.Context, d *Demand, t Transition, of vocab.MemberID) error {
	switch of {
	case "":
		return vocab.FieldMissing.Because("the department that should list it is named: of")
	case d.Provider, d.Requester:
		return vocab.BadInput.Because("demand %s goes on to another than %s and %s", d.ID, d.Provider, d.Requester)
	}
	if err := checkText(string(of), maxName); err != nil {
		return err
	}
	region, err := s.region(ctx, of)
	if err != nil {
		return err
	}
	d.Provider, d.Region = of, region
	d.Rerouted, d.Assigned = true, t.Act == ActAssign
	return nil
}

// lists ties a demand to the entry that answers it, and finds the items meant.
func (s *Service) lists(ctx context.Context, tx *db.Tx, a identity.Actor, d *Demand, w Answer) error {
	set, err := s.p.Catalog.GetTx(ctx, tx, a, w.Dataset)
	if err != nil {
		return err
	}
	if set.Owner != d.Provider || set.State != entry.StatePublished {
		return vocab.StateWrong.Because("data set %s is %s of %s; a demand is answered by a published entry of %s", set.ID, set.State, set.Owner, d.Provider).
			WithFix("fontis publish %s, then answer again.", set.ID)
	}
	d.Dataset, d.Found, d.Talks = set.ID, nil, false
	for _, code := range w.Items {
		it, err := set.Named(code)
		if err != nil {
			return err
		}
		if it.Awaits != "" {
			return vocab.SecrecyUnchecked.Because("item %s of %s is not yet reviewed, and others do not see it", it.Code, set.ID).
				WithFix("Another officer of the department: fontis dataset check %s --listable --basis LAW", set.ID)
		}
		d.Found = append(d.Found, set.ItemID(it.Code))
	}
	if len(w.Items) > 0 {
		return nil
	}
	for _, name := range d.Items {
		it, err := set.Named(name)
		if err != nil || it.Awaits != "" { // the requester chooses
			d.Found = nil
			return nil
		}
		d.Found = append(d.Found, set.ItemID(it.Code))
	}
	return nil
}

// enter takes a step that is allowed: state, clock, row, act and notice.
func (s *Service) enter(ctx context.Context, tx *db.Tx, a identity.Actor, t Transition, d *Demand) error {
	from := d.State
	if t.To != "" {
		d.State = t.To
		if err := s.p.Clocks.EndAll(ctx, tx, d.Ref()); err != nil {
			return err
		}
	}
	switch {
	case t.To == Open || t.To == Assigning:
		d.EndedAt = time.Time{}
		if err := s.start(ctx, tx, d); err != nil {
			return err
		}
	case t.To != "":
		d.EndedAt = s.p.Clock.Now().UTC()
	}
	if err := update(ctx, tx, d, s.p.Clock.Now()); err != nil {
		return err
	}
	err := s.p.Ledger.Act(ctx, tx, "demand."+t.Act, map[string]string{
		"member": string(a.Member), "officer": string(a.Officer), "demand": d.ID, "request": string(d.Request), "provider": string(d.Provider),
		"to": string(d.Requester), "dataset": string(d.Dataset), "from_state": string(from), "to_state": string(d.State), "reason": d.Reason, "citation": d.Citation,
	})
	if err != nil {
		return err
	}
	if d.Clocks, err = s.p.Clocks.OfRef(ctx, tx, d.Ref()); err != nil || t.Act == ActRemind {
		return err
	}
	return s.tell(ctx, tx, d, t.Tell, "demand-"+t.Act, nil)
}

// start starts the term of who has the turn. A place without the rule has no term.
func (s *Service) start(ctx context.Context, tx *db.Tx, d *Demand) (err error) {
	in := calendar.Start{Ref: d.Ref(), Rule: Rule, Jurisdiction: d.Region, Owner: d.Provider, Other: d.Requester}
	if d.State == Assigning {
		in.Rule = RuleAssign
		if in.Owner, err = s.inCharge(ctx, d); err != nil {
			return err
		}
	}
	if _, err = s.p.Clocks.Start(ctx, tx, in); vocab.CodeOf(err) == vocab.RuleMissing {
		return nil
	}
	return err
}

// inCharge is the authority that hears of the demand; who keeps the node where none
// is over the department.
func (s *Service) inCharge(ctx context.Context, d *Demand) (vocab.MemberID, error) {
	who, err := s.p.Node.InCharge(ctx, d.Region, d.Provider, d.Requester)
	if err == nil && who == "" {
		who, _, err = s.p.Node.Authority(ctx)
	}
	return who, err
}

func (s *Service) tell(ctx context.Context, tx *db.Tx, d *Demand, to Side, kind string, more map[string]string) error {
	member := map[Side]vocab.MemberID{Requester: d.Requester, Provider: d.Provider}[to]
	if member == "" {
		var err error
		if member, err = s.inCharge(ctx, d); err != nil {
			return err
		}
	}
	params := map[string]string{"demand": d.ID, "request": string(d.Request), "dataset": string(d.Dataset)}
	for k, v := range more {
		params[k] = v
	}
	return s.p.Notices.PutNotice(ctx, tx, identity.Notice{Member: member, Kind: kind, Link: "/demands/" + d.ID, Params: params})
}

// expired tells the next one up that the term is over; it answers nothing.
func (s *Service) expired(ctx context.Context, tx *db.Tx, r calendar.Running, step int) error {
	d, err := load(ctx, tx, r.Ref.ID)
	if vocab.CodeOf(err) == vocab.NoSuchThing {
		return s.p.Clocks.EndAll(ctx, tx, r.Ref)
	}
	if err != nil || step == 0 || step > len(r.Rule.Steps) {
		return err
	}
	t, err := stepOf(d, ActRemind, "", "")
	if err != nil {
		return err
	}
	if err := s.enter(ctx, tx, identity.Actor{}, t, d); err != nil {
		return err
	}
	to := map[string]Side{"provider": Provider, "stewards": Provider, "requester": Requester}[r.Rule.Steps[step-1].Tell]
	return s.tell(ctx, tx, d, to, "demand-reminder", map[string]string{"term": r.Rule.Name + ": " + r.DueDay.String()})
}

// Get gives a demand to whom it concerns.
func (s *Service) Get(ctx context.Context, a identity.Actor, id string) (*Demand, error) {
	var d *Demand
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if d, err = s.visible(ctx, tx, a, id); err != nil {
			return err
		}
		d.Clocks, err = s.p.Clocks.OfRef(ctx, tx, d.Ref())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("get demand: %w", err)
	}
	return d, nil
}

// Of gives a demand to the request that waits for it, in the request's transaction.
func (s *Service) Of(ctx context.Context, tx *db.Tx, id string) (*Demand, error) {
	return load(ctx, tx, id)
}

// List gives the demands that concern the actor's member, in the order of their ids.
func (s *Service) List(ctx context.Context, a identity.Actor, after string, limit int) ([]*Demand, error) {
	if a.Member == "" {
		return nil, vocab.SignInNeeded.Because("demands are listed for a member")
	}
	var out []*Demand
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if out, err = list(ctx, tx, a, after, min(max(limit, 1), maxPage)); err != nil {
			return err
		}
		for _, d := range out {
			if d.Clocks, err = s.p.Clocks.OfRef(ctx, tx, d.Ref()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list demands: %w", err)
	}
	return out, nil
}

// maxPage bounds every list.
const maxPage = 500

func (s *Service) visible(ctx context.Context, tx *db.Tx, a identity.Actor, id string) (*Demand, error) {
	if checkText(id, maxName) != nil {
		return nil, identity.NotYours()
	}
	d, err := load(ctx, tx, id)
	if err == nil && !d.sees(a) {
		return nil, identity.NotYours()
	}
	return d, err
}

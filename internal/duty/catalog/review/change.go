package review

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/vocab"
)

// RefKind is what the clocks of this package run for; the rules are their terms.
const (
	RefKind    = "catalog"
	RuleChange = "catalog.change"
	RuleReview = "catalog.review"
)

// State is where a change stands.
type State string

// The owner owes an update; it is there and the authority reviews it; it is
// accepted.
const (
	Owed     State = "owed"
	Updated  State = "updated"
	Accepted State = "accepted"
)

// States lists every state.
func States() []State { return []State{Owed, Updated, Accepted} }

// Cause is why an entry must be brought up to date.
type Cause string

// The body's duty changed, the data changed, items were added to what others see
// already, or what they read of it was changed.
const (
	OfDuty  Cause = "duty"
	OfData  Cause = "data"
	OfItems Cause = "items"
	OfWords Cause = "words"
)

// Causes lists what one may announce.
func Causes() []Cause { return []Cause{OfDuty, OfData} }

// Change is one duty to bring an entry up to date.
type Change struct {
	ID       string             `json:"id"`
	Dataset  vocab.DatasetID    `json:"dataset"`
	Owner    vocab.MemberID     `json:"owner"`
	Region   string             `json:"region,omitempty"`
	State    State              `json:"state"`
	Cause    Cause              `json:"cause"`
	On       calendar.Day       `json:"on"` // the day of the cause
	Reason   string             `json:"reason"`
	By       vocab.MemberID     `json:"by,omitempty"` // who announced it; empty: the node
	Rev      int64              `json:"rev"`          // of the entry at the announcement
	Extended int                `json:"extended,omitempty"`
	Done     string             `json:"done,omitempty"`    // what the owner did, or why nothing had to be done
	DoneRev  int64              `json:"done_rev,omitzero"` // of the entry then
	Finding  string             `json:"finding,omitempty"` // the authority's
	Returned int                `json:"returned,omitempty"`
	DoneBy   vocab.OfficerID    `json:"done_by,omitempty"`  // who took the step update; shown to the owner
	StandIn  bool               `json:"stand_in,omitempty"` // no other authority takes part: another officer of the owner reviews
	At       time.Time          `json:"at"`
	Clocks   []calendar.Running `json:"clocks,omitempty"`

	hands string // both officers, where another of the owner's reviewed
}

func (c *Change) ref() calendar.Ref { return calendar.Ref{Kind: RefKind, ID: c.ID} }

// News announces that an entry must be brought up to date.
type News struct {
	Cause  Cause        `json:"cause"`
	On     calendar.Day `json:"on"` // the day on which it happened: the term runs from there
	Reason string       `json:"reason"`
}

// Step is what a step of a change says.
type Step struct {
	Act    string `json:"act"`
	Reason string `json:"reason,omitempty"`
	Days   int    `json:"days,omitempty"` // of an extension
	catalog.Secrecy
}

// Announce begins the term in which an entry is brought up to date: the owner says
// it, or the authority over it.
func (s *Service) Announce(ctx context.Context, a identity.Actor, id vocab.DatasetID, n News) (*Change, error) {
	if err := a.Must(vocab.Steward, vocab.Authority); err != nil {
		return nil, err
	}
	if n.Cause != OfDuty && n.Cause != OfData {
		return nil, vocab.BadInput.Because("a cause is duty or data")
	}
	var c *Change
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		d, err := s.p.Catalog.GetTx(ctx, tx, a, id)
		if err != nil {
			return err
		}
		c = &Change{Cause: n.Cause, On: n.On, Reason: n.Reason, By: a.Member}
		return s.open(ctx, tx, a, d, c)
	})
	if err != nil {
		return nil, fmt.Errorf("announce a change of %s: %w", id, err)
	}
	return c, nil
}

// Changed hears of an edit of what others see: added items, which wait for their
// review, and other words are a change of their own.
func (s *Service) Changed(ctx context.Context, tx *db.Tx, a identity.Actor, old, now *entry.Dataset) error {
	c := &Change{Cause: OfItems, Reason: "items were added to a listed entry"}
	switch {
	case now.State == entry.StateRetired:
		return nil
	case added(old, now):
	case reworded(old, now):
		c.Cause, c.Reason = OfWords, "what others read of a listed entry was changed"
	default:
		return nil
	}
	last, err := unaccepted(ctx, tx, now.ID)
	if err != nil {
		return err
	}
	if last == nil {
		return s.open(ctx, tx, identity.Actor{}, now, c)
	}
	if last.State == Owed {
		return nil // it is owed already
	}
	t, err := stepOf(last, ActReturn, c.Reason, []Side{Platform})
	if err != nil {
		return err
	}
	return s.enter(ctx, tx, identity.Actor{}, t, last, c.Reason)
}

// open puts a change and takes its first step; an actor that is nobody is the node.
func (s *Service) open(ctx context.Context, tx *db.Tx, a identity.Actor, d *entry.Dataset, c *Change) error {
	region, err := s.p.Node.Region(ctx, d.Owner)
	if err != nil {
		return err
	}
	if region == "" {
		if _, region, err = s.p.Node.Authority(ctx); err != nil {
			return err
		}
	}
	now := s.p.Clock.Now()
	c.ID, c.Dataset, c.Owner, c.Region, c.Rev, c.At = vocab.NewID("ch"), d.ID, d.Owner, region, d.Rev, now.UTC()
	today := calendar.DayOf(now.Date())
	if c.On == 0 {
		c.On = today
	}
	sides := c.sides(a)
	if a.Nobody() {
		sides = []Side{Platform}
	}
	t, err := stepOf(c, ActAnnounce, c.Reason, sides)
	if err != nil {
		return err
	}
	if d.State != entry.StatePublished && d.State != entry.StateSuspended {
		return vocab.StateWrong.Because("%s is %s, and only what others see must be kept up to date", d.ID, d.State)
	}
	if c.On > today+1 || c.On < today-3660 {
		return vocab.BadInput.Because("%s is no day on which it can have happened", c.On)
	}
	if err := text("reason", c.Reason); err != nil {
		return err
	}
	if open, err := unaccepted(ctx, tx, d.ID); err != nil || open != nil {
		if err == nil {
			err = vocab.AlreadyExists.Because("an update of %s is owed already", d.ID)
		}
		return err
	}
	if err := insertChange(ctx, tx, c); err != nil {
		return err
	}
	return s.enter(ctx, tx, a, t, c, c.Reason)
}

// Take takes a step of a change: extend, update, accept or return.
func (s *Service) Take(ctx context.Context, a identity.Actor, id string, w Step) (*Change, error) {
	if w.Act != ActExtend && w.Act != ActUpdate && w.Act != ActAccept && w.Act != ActReturn {
		return nil, vocab.BadInput.Because("a step is one of extend, update, accept, return")
	}
	if err := a.Must(vocab.Steward, vocab.Authority); err != nil {
		return nil, err
	}
	var c *Change
	err := s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if c, err = s.load(ctx, tx, a, id); err != nil {
			return err
		}
		t, err := stepOf(c, w.Act, w.Reason, c.sides(a))
		if err != nil {
			return err
		}
		if w.Reason != "" {
			if err := text("reason", w.Reason); err != nil {
				return err
			}
		}
		if err := s.prepare(ctx, tx, a, c, w); err != nil {
			return err
		}
		return s.enter(ctx, tx, a, t, c, w.Reason)
	})
	if err != nil {
		return nil, fmt.Errorf("take the step %s of change %s: %w", w.Act, id, err)
	}
	return c.shown(a), nil
}

// shown is the change as the actor sees it: officers are named inside the owner only.
func (c *Change) shown(a identity.Actor) *Change {
	if !a.In(c.Owner) {
		c.DoneBy = ""
	}
	return c
}

// prepare notes what a step says.
func (s *Service) prepare(ctx context.Context, tx *db.Tx, a identity.Actor, c *Change, w Step) error {
	switch w.Act {
	case ActExtend:
		c.Extended = w.Days
		return s.p.Clocks.Extend(ctx, tx, c.ref(), RuleChange, w.Days, w.Reason)
	case ActUpdate:
		d, err := s.p.Catalog.GetTx(ctx, tx, a, c.Dataset)
		if err != nil {
			return err
		}
		who, err := s.p.Node.InCharge(ctx, c.Region, c.Owner)
		if err != nil {
			return err
		}
		c.Done, c.DoneRev, c.DoneBy, c.StandIn = w.Reason, d.Rev, a.Officer, who == ""
		if d.State == entry.StateRetired {
			return nil
		}
		if err := s.Gate(ctx, tx, a, d, &w.Secrecy); err != nil {
			return err
		}
		if err := s.p.Catalog.ReviewedTx(ctx, tx, a, d.ID, func(vocab.OfficerID) bool { return true }); err != nil {
			return err
		}
		if d, err = s.p.Catalog.GetTx(ctx, tx, a, c.Dataset); err != nil {
			return err
		}
		c.DoneRev = d.Rev // what is reviewed is shown from here on
		return nil
	case ActAccept, ActReturn:
		if c.StandIn {
			two, err := hands.Second(ctx, tx, c.DoneBy, a.Officer)
			if err != nil {
				return err
			}
			c.hands = two.String()
		}
		c.Finding = w.Reason
		if w.Act == ActReturn {
			c.Returned++
		}
	}
	return nil
}

// enter takes a step that is allowed: state, clock, row, act and notice.
func (s *Service) enter(ctx context.Context, tx *db.Tx, a identity.Actor, t Transition, c *Change, reason string) error {
	from := c.State
	if t.To != "" {
		c.State = t.To
		if err := s.p.Clocks.EndAll(ctx, tx, c.ref()); err != nil {
			return err
		}
	}
	if err := s.start(ctx, tx, t, c); err != nil {
		return err
	}
	if err := updateChange(ctx, tx, c, s.p.Clock.Now()); err != nil {
		return err
	}
	if err := s.act(ctx, tx, a, t, c, from, reason); err != nil {
		return err
	}
	tell := t.Tell
	if t.Act == ActAnnounce && a.In(c.Owner) {
		tell = Authority
	}
	if t.Act != ActRemind {
		if err := s.tell(ctx, tx, c, tell, "change-"+t.Act, nil); err != nil {
			return err
		}
	}
	var err error
	c.Clocks, err = s.p.Clocks.OfRef(ctx, tx, c.ref())
	return err
}

// start starts the clock of the state that a step leads to. A place without the
// rule has no term for it.
func (s *Service) start(ctx context.Context, tx *db.Tx, t Transition, c *Change) error {
	if t.Clock == "" {
		return nil
	}
	who, err := s.inCharge(ctx, c)
	if err != nil {
		return err
	}
	in := calendar.Start{Ref: c.ref(), Rule: t.Clock, Jurisdiction: c.Region, Owner: c.Owner, Other: who}
	if t.Clock == RuleReview {
		in.Owner, in.Other = who, c.Owner
	}
	if t.Act == ActAnnounce && c.On != calendar.DayOf(s.p.Clock.Now().Date()) {
		in.At = c.On.Date().Add(12 * time.Hour) // the term runs from the day of the cause
	}
	if t.Act == ActReturn {
		c.Extended = 0
	}
	_, err = s.p.Clocks.Start(ctx, tx, in)
	if vocab.CodeOf(err) == vocab.RuleMissing {
		return nil
	}
	return err
}

func (s *Service) act(ctx context.Context, tx *db.Tx, a identity.Actor, t Transition, c *Change, from State, reason string) error {
	return s.p.Ledger.Act(ctx, tx, "change."+t.Act, map[string]string{
		"member": string(a.Member), "officer": string(a.Officer), "change": c.ID, "dataset": string(c.Dataset), "provider": string(c.Owner),
		"cause": string(c.Cause), "from_state": string(from), "to_state": string(c.State), "reason": reason, hands.Field: c.hands,
	})
}

// inCharge is the authority that reviews the change, or the owner itself where no
// other takes part.
func (s *Service) inCharge(ctx context.Context, c *Change) (vocab.MemberID, error) {
	who, err := s.p.Node.InCharge(ctx, c.Region, c.Owner)
	return cmp.Or(who, c.Owner), err
}

func (s *Service) tell(ctx context.Context, tx *db.Tx, c *Change, to Side, kind string, more map[string]string) error {
	member := c.Owner
	if to == Authority {
		var err error
		if member, err = s.inCharge(ctx, c); err != nil {
			return err
		}
	}
	params := map[string]string{"dataset": string(c.Dataset), "change": c.ID, "provider": string(c.Owner)}
	for k, v := range more {
		params[k] = v
	}
	return s.p.Notices.PutNotice(ctx, tx, identity.Notice{Member: member, Kind: kind, Link: "/changes", Params: params})
}

// expired tells the next one up that a term is over; nothing is accepted by it.
func (s *Service) expired(ctx context.Context, tx *db.Tx, r calendar.Running, step int) error {
	c, err := change(ctx, tx, r.Ref.ID)
	if db.NoRows(err) {
		return s.p.Clocks.EndAll(ctx, tx, r.Ref)
	}
	if err != nil || step == 0 || step > len(r.Rule.Steps) {
		return err
	}
	t, err := stepOf(c, ActRemind, "", []Side{Platform})
	if err != nil {
		return err
	}
	term := r.Rule.Name + ": " + r.DueDay.String()
	if err := s.enter(ctx, tx, identity.Actor{}, t, c, term); err != nil {
		return err
	}
	to := Authority
	if tell := r.Rule.Steps[step-1].Tell; tell == "provider" || tell == "stewards" {
		to = Owner
	}
	return s.tell(ctx, tx, c, to, "change-reminder", map[string]string{"term": term})
}

// List gives the changes of the actor's member, or, to an authority, those of its
// region, in the order of their ids.
func (s *Service) List(ctx context.Context, a identity.Actor, after string, limit int) ([]*Change, error) {
	if a.Member == "" {
		return nil, vocab.SignInNeeded.Because("changes are listed for a member")
	}
	var out []*Change
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if out, err = changes(ctx, tx, a, after, min(max(limit, 1), maxPage)); err != nil {
			return err
		}
		for _, c := range out {
			if c.Clocks, err = s.p.Clocks.OfRef(ctx, tx, c.shown(a).ref()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list changes: %w", err)
	}
	return out, nil
}

// maxPage bounds every list.
const maxPage = 500

// load gives a change as far as it exists for the actor.
func (s *Service) load(ctx context.Context, tx *db.Tx, a identity.Actor, id string) (*Change, error) {
	c, err := change(ctx, tx, id)
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	if err != nil {
		return nil, err
	}
	if !a.In(c.Owner) && len(c.sides(a)) == 0 {
		return nil, identity.NotYours()
	}
	return c, nil
}

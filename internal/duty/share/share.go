package share

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"fontis/internal/duty/share/asked"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share/level"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Ledger takes each step as an act, in the transaction that makes it: no act, no
// step.
type Ledger interface {
	Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error
}

// Notices takes a line for an inbox in the transaction that makes the step.
type Notices interface {
	PutNotice(ctx context.Context, tx *db.Tx, n identity.Notice) error
}

// Parts are what the service stands on; all but Codes and Diary are needed.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	Ledger  Ledger
	Notices Notices
	Door    *access.Door
	Catalog *catalog.Service
	Clocks  *calendar.Service
	Demands *demand.Service
	Node    Node
	URL     string // the node's address, for the code that a twin's page prints
	// Codes are some of the list that an item's values are from; nil knows no lists.
	Codes func(context.Context, entry.Item) ([]string, error)
	Diary *slog.Logger
}

// Node is what sharing asks of the node that it runs on.
type Node interface {
	// Authority is the member that keeps the node, and its jurisdiction.
	Authority(ctx context.Context) (vocab.MemberID, string, error)
	// Region is where a member is.
	Region(ctx context.Context, m vocab.MemberID) (string, error)
	// Body is a member, with what sort of body it is.
	Body(ctx context.Context, m vocab.MemberID) (identity.Member, error)
	// Authorities are the data authorities that take part, with their divisions.
	Authorities(ctx context.Context) ([]level.Body, error)
	// Used tells whether a grant has answered yet.
	Used(ctx context.Context, provider vocab.MemberID, g vocab.GrantID) (bool, error)
}

// Service holds the verbs of sharing.
type Service struct{ p Parts }

// New makes the service; Rebuild puts the test twins.
func New(p Parts) (*Service, error) {
	if p.DB == nil || p.Clock == nil || p.Ledger == nil || p.Notices == nil || p.Door == nil || p.Catalog == nil || p.Clocks == nil || p.Demands == nil || p.Node == nil {
		return nil, fmt.Errorf("make share: %w", vocab.InternalError.Because("database, clock, ledger, notices, door, catalog, clocks, demands and node are all needed"))
	}
	if p.Diary == nil {
		p.Diary = slog.New(slog.DiscardHandler)
	}
	s := &Service{p: p}
	p.Clocks.Handle(kindRequest, s.expired)
	p.Clocks.Handle(kindGrant, s.grantExpired)
	p.Demands.Hear(s.answered)
	return s, nil
}

// Draft makes a request of the actor's member. Whatever is missing may come
// later; tagged items and data that are not shared are refused at once.
func (s *Service) Draft(ctx context.Context, a identity.Actor, f Fields) (*Request, error) {
	if err := mayRequest(a); err != nil {
		return nil, err
	}
	if err := asked.Normalise(&f); err != nil {
		return nil, fmt.Errorf("draft a request: %w", err)
	}
	now := s.p.Clock.Now()
	r := &Request{
		ID: vocab.RequestID(vocab.NewID("r")), Requester: a.Member, State: StateDraft, Rev: 1, Fields: f,
		Authors: authors(nil, a), CreatedAt: now, ChangedAt: now,
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.settle(ctx, tx, a, r); err != nil {
			return err
		}
		if err := insert(ctx, tx, r); err != nil {
			return err
		}
		return putChange(ctx, tx, r.Requester, change(a, r, "draft", "", string(StateDraft)))
	})
	if err != nil {
		return nil, fmt.Errorf("draft a request: %w", err)
	}
	return s.shown(a, r), nil
}

// Edit replaces the fields of a draft of the actor's member, on the revision
// named; 0 is whatever it is now.
func (s *Service) Edit(ctx context.Context, a identity.Actor, id vocab.RequestID, rev int64, f Fields) (*Request, error) {
	if err := mayRequest(a); err != nil {
		return nil, err
	}
	if err := asked.Normalise(&f); err != nil {
		return nil, fmt.Errorf("edit request: %w", err)
	}
	r, err := s.change(ctx, a, selectRequest, string(id), func(ctx context.Context, tx *db.Tx, r *Request) error {
		if err := ownDraft(a, r); err != nil {
			return err
		}
		if rev != 0 && rev != r.Rev {
			return stale(id, rev)
		}
		r.Fields, r.Authors, r.ChangedAt = f, authors(r.Authors, a), s.p.Clock.Now()
		if err := s.settle(ctx, tx, a, r); err != nil {
			return err
		}
		if err := update(ctx, tx, r); err != nil {
			return err
		}
		return putChange(ctx, tx, r.Requester, change(a, r, "edit", string(StateDraft), string(StateDraft)))
	})
	if err != nil {
		return nil, fmt.Errorf("edit request: %w", err)
	}
	return r, nil
}

// Drop removes a draft; nobody else has seen it.
func (s *Service) Drop(ctx context.Context, a identity.Actor, id vocab.RequestID) error {
	if err := mayRequest(a); err != nil {
		return err
	}
	_, err := s.change(ctx, a, selectRequest, string(id), func(ctx context.Context, tx *db.Tx, r *Request) error {
		if err := ownDraft(a, r); err != nil {
			return err
		}
		return remove(ctx, tx, r.ID)
	})
	if err != nil {
		return fmt.Errorf("drop request: %w", err)
	}
	return nil
}

// Submit hands a draft to the provider. Everything that is missing is told at once.
func (s *Service) Submit(ctx context.Context, a identity.Actor, id vocab.RequestID) (*Request, error) {
	r, err := s.change(ctx, a, selectRequest, string(id), func(ctx context.Context, tx *db.Tx, r *Request) error {
		t, err := s.step(a, r, ActSubmit)
		if err != nil {
			return err
		}
		if r.State == StateDraft { // in any other state the step itself is refused
			if err := s.submittable(ctx, tx, a, r); err != nil {
				return err
			}
			if t, err = s.place(ctx, tx, a, r); err != nil {
				return err
			}
			r.Authors, r.SubmittedAt = authors(r.Authors, a), s.p.Clock.Now()
		}
		return s.move(ctx, tx, a, t, r, "", "")
	})
	if err != nil {
		return nil, fmt.Errorf("submit request: %w", err)
	}
	s.putTwins(ctx, r)
	return r, nil
}

// Withdraw takes a request back before it is decided.
func (s *Service) Withdraw(ctx context.Context, a identity.Actor, id vocab.RequestID, reason string) (*Request, error) {
	r, err := s.change(ctx, a, selectRequest, string(id), func(ctx context.Context, tx *db.Tx, r *Request) error {
		t, err := s.step(a, r, ActWithdraw)
		if err != nil {
			return err
		}
		if r.State == StateDemand {
			if err := s.p.Demands.Withdraw(ctx, tx, a, r.Demanded.ID); err != nil {
				return err
			}
		}
		return s.move(ctx, tx, a, t, r, reason, "")
	})
	if err != nil {
		return nil, fmt.Errorf("withdraw request: %w", err)
	}
	return r, nil
}

// Get gives a request to its requester or, once submitted, to its provider.
func (s *Service) Get(ctx context.Context, a identity.Actor, id vocab.RequestID) (*Request, error) {
	var r *Request
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if r, err = load(ctx, tx, a, selectRequest, string(id)); err != nil {
			return err
		}
		if err := s.clocks(ctx, tx, r); err != nil {
			return err
		}
		return s.know(ctx, tx, r)
	})
	if err != nil {
		return nil, fmt.Errorf("get request: %w", err)
	}
	return s.shown(a, r), nil
}

// OfGrant gives the request that a grant came from.
func (s *Service) OfGrant(ctx context.Context, a identity.Actor, id vocab.GrantID) (*Request, error) {
	var r *Request
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		r, err = load(ctx, tx, a, selectByGrant, string(id))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("get request: %w", err)
	}
	return s.shown(a, r), nil
}

// History gives the changes of a request, oldest first, after the revision. The
// provider sees them from the submission on; officers are named inside their own
// member only.
func (s *Service) History(ctx context.Context, a identity.Actor, id vocab.RequestID, afterRev int64) ([]Change, error) {
	var out []Change
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a, selectRequest, string(id))
		if err != nil {
			return err
		}
		out, err = loadHistory(ctx, tx, r.ID, afterRev, maxPage)
		out = slices.DeleteFunc(out, func(c Change) bool { return !a.In(r.Requester) && c.To == string(StateDraft) })
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("history of request: %w", err)
	}
	for i := range out {
		if !a.In(out[i].Member) {
			out[i].Officer, out[i].Machine = "", ""
		}
	}
	return out, nil
}

// grantStands is the state of the grant; one whose day has come has ended.
func (r *Request) grantStands() access.GrantState {
	if r.past {
		return access.GrantEnded
	}
	return r.GrantState
}

// change loads a request for the actor, lets do change it, and shows the outcome.
func (s *Service) change(ctx context.Context, a identity.Actor, query, id string, do func(context.Context, *db.Tx, *Request) error) (*Request, error) {
	if a.Member == "" {
		return nil, vocab.SignInNeeded.Because("requests are made and decided for a member")
	}
	var out *Request
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a, query, id)
		if err != nil {
			return err
		}
		s.stand(r)
		out = r
		return do(ctx, tx, r)
	})
	if err != nil {
		return nil, err
	}
	return s.shown(a, out), nil
}

// step finds the line of the table for the actor's side and asks the role.
func (s *Service) step(a identity.Actor, r *Request, act string) (Transition, error) {
	var last error
	for _, side := range []Side{Provider, Requester, Authority, Superior} {
		if !r.stands(a, side) {
			continue
		}
		t, err := stepOf(act, side, r)
		if err == nil {
			err = a.Must(t.Roles...)
		}
		if err == nil && (side != Authority || slices.Contains(t.From, r.State)) {
			return t, nil
		}
		if err == nil { // a line of the same act for the superior may fit better
			if other, errOther := stepOf(act, Superior, r); errOther == nil && slices.Contains(other.From, r.State) {
				continue
			}
			return t, nil
		}
		if last == nil || vocab.CodeOf(last) == vocab.RoleMissing {
			last = err
		}
	}
	if last == nil {
		last = vocab.RoleMissing.Because("the step %s of a request is another's", act).WithFix("Look whose it is: fontis request show ID")
	}
	return Transition{}, last
}

// move takes the step: new state, history, act, fact and notice.
func (s *Service) move(ctx context.Context, tx *db.Tx, a identity.Actor, t Transition, r *Request, reason, citation string) error {
	for _, v := range []string{reason, citation} {
		if err := asked.CheckText(v, asked.MaxText); err != nil {
			return err
		}
	}
	if err := t.allows(r, reason, citation); err != nil {
		return err
	}
	return s.enter(ctx, tx, a, t, r, reason, citation)
}

// enter takes a step that is allowed.
func (s *Service) enter(ctx context.Context, tx *db.Tx, a identity.Actor, t Transition, r *Request, reason, citation string) error {
	from, to := string(r.State), string(t.To)
	if t.To == "" && slices.Contains(given, r.State) { // an act on the grant
		from, to = string(r.grantStands()), string(t.GrantTo)
	}
	if t.GrantTo != "" {
		if r.GrantState, r.Suspension = t.GrantTo, nil; t.GrantTo == access.GrantSuspended {
			r.Suspension = &Suspension{By: t.By, Member: a.Member, Region: a.Region, At: s.p.Clock.Now()}
		}
	}
	if t.To != "" {
		r.State = t.To
	}
	if to == "" {
		to = from
	}
	r.ChangedAt = s.p.Clock.Now()
	if talks := r.State == StateConsulting; uncataloged(r) && talks != (from == string(StateConsulting)) {
		if err := s.p.Demands.Talk(ctx, tx, r.Demanded.ID, talks); err != nil {
			return err
		}
	}
	if err := s.wind(ctx, tx, t, r); err != nil {
		return err
	}
	if err := update(ctx, tx, r); err != nil {
		return err
	}
	c := change(a, r, t.Act, from, to)
	c.Reason, c.Citation = reason, citation
	if err := putChange(ctx, tx, r.Requester, c); err != nil {
		return err
	}
	return s.tell(ctx, tx, a, t, r, c)
}

func change(a identity.Actor, r *Request, act, from, to string) Change {
	return Change{Request: r.ID, Rev: r.Rev, Act: act, From: from, To: to, Member: a.Member, Officer: a.Officer, Machine: a.Machine, At: r.ChangedAt}
}

// shown is the request as the actor sees it: officers of the other side are not
// named, and an agreement that waits for the second steward is not yet said.
func (s *Service) shown(a identity.Actor, r *Request) *Request {
	out := *r
	s.stand(&out)
	if !a.In(r.Requester) {
		out.Authors = nil
	}
	if r.Decision != nil && !a.In(r.Provider) {
		d := *r.Decision
		d.By, d.Second = "", ""
		out.Decision = &d
		if r.State == StateSecond || r.State == StateWithdrawn {
			out.Decision = nil
		}
	}
	out.Life = r.Life.shown(a, r)
	out.Stage = out.stage(s.p.Clock.Now())
	return &out
}

// stand notes where the grant stands.
func (s *Service) stand(r *Request) {
	r.GrantState = s.grantState(r)
	r.past = r.over(s.p.Clock.Now())
}

func (s *Service) grantState(r *Request) access.GrantState {
	if r.Grant == "" {
		return ""
	}
	g, err := s.p.Door.GrantFor(identity.Actor{Member: r.Provider}, r.Grant)
	if err != nil {
		return ""
	}
	return g.State
}

func mayRequest(a identity.Actor) error {
	if err := a.Must(vocab.DataUser); err != nil {
		return err
	}
	if a.Member == "" {
		return vocab.RoleMissing.Because("the caller acts for no member")
	}
	return nil
}

func ownDraft(a identity.Actor, r *Request) error {
	if !a.In(r.Requester) {
		return vocab.RoleMissing.Because("only the requester changes a request")
	}
	if r.State != StateDraft {
		return vocab.StateWrong.Because("a request that is %s stays as it was", r.State)
	}
	return nil
}

func authors(old []vocab.OfficerID, a identity.Actor) []vocab.OfficerID {
	if a.Officer == "" || slices.Contains(old, a.Officer) {
		return old
	}
	return append(slices.Clone(old), a.Officer)
}

package quality

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// StatusState is where a status act stands.
type StatusState string

// The states of a status act: nothing is changed before a second officer agrees.
const (
	StatusProposed  StatusState = "proposed"
	StatusDone      StatusState = "done"
	StatusRefused   StatusState = "refused"
	StatusWithdrawn StatusState = "withdrawn"
)

// NewStatusAct is a change of one person's status, as the first officer proposes it.
type NewStatusAct struct {
	Item     vocab.ItemID     `json:"item"`
	Subject  vocab.SubjectKey `json:"subject"`
	Value    string           `json:"value,omitempty" doc:"What the status becomes; kept sealed"`
	Off      bool             `json:"off,omitempty" doc:"The person is taken off the register instead"`
	Evidence string           `json:"evidence" doc:"The number of the document that the change rests on"`
	Law      string           `json:"law"`
	Article  string           `json:"article"`
	Reason   string           `json:"reason"`
}

// Effect says where a change takes effect.
type Effect string

// A register of this node says it from the commit on. A department's own system,
// which this node only reads, is changed by the department: until then answers say
// what it holds. Of an item that is connected to nothing the act is the record.
const (
	InRegister Effect = "register"
	AtSource   Effect = "source"
	Unbound    Effect = "unbound"
)

// StatusChange is what an act makes of a person's status; an empty value takes the
// person off the register.
type StatusChange struct {
	Item    vocab.ItemID
	Subject vocab.SubjectKey
	Value   string
	Act     string
}

// StatusAct is a change of one person's status.
type StatusAct struct {
	ID        string          `json:"id"`
	Owner     vocab.MemberID  `json:"owner"`
	Item      vocab.ItemID    `json:"item"`
	State     StatusState     `json:"state"`
	Rev       int64           `json:"rev"`
	Evidence  string          `json:"evidence"`
	Law       string          `json:"law"`
	Article   string          `json:"article"`
	Reason    string          `json:"reason"`
	Proposer  vocab.OfficerID `json:"proposer,omitempty"` // inside the member only
	Second    vocab.OfficerID `json:"second,omitempty"`
	Why       string          `json:"why,omitempty"` // of a refusal
	Off       bool            `json:"off,omitempty"` // the person is taken off the register
	Effect    Effect          `json:"effect,omitempty"`
	Contest   string          `json:"contest"`         // where the person contests it
	Trace     vocab.TraceID   `json:"trace,omitempty"` // of the newest entry about it
	CreatedAt time.Time       `json:"created_at"`
	ChangedAt time.Time       `json:"changed_at"`

	// What is confirmed or refused, for the stewards of the owner while it waits; the
	// person reads the value once it is done.
	Subject *vocab.SubjectKey `json:"subject,omitempty"`
	Value   string            `json:"value,omitempty"`

	person vocab.PersonRef
	sealed []byte
	hands  string // both officers and who admitted each, at the confirmation
}

// ProposeStatus is the first officer's word. It changes nothing.
func (s *Service) ProposeStatus(ctx context.Context, a identity.Actor, n NewStatusAct) (*StatusAct, error) {
	if err := mayActOnStatus(a); err != nil {
		return nil, err
	}
	if err := n.check(); err != nil {
		return nil, fmt.Errorf("propose a status act: %w", err)
	}
	now := s.p.Clock.Now()
	act := &StatusAct{
		ID: vocab.NewID("s"), Owner: a.Member, Item: n.Item, State: StatusProposed, Rev: 1, Evidence: strings.TrimSpace(n.Evidence),
		Law: n.Law, Article: n.Article, Reason: n.Reason, Off: n.Off, Proposer: a.Officer, CreatedAt: now, ChangedAt: now,
	}
	act.Contest = "/contests/new?item=" + string(n.Item) + "&act=" + act.ID
	var err error
	if act.sealed, err = s.p.Vault.Seal([]byte(n.Value), boundToStatus(act.ID)); err != nil {
		return nil, fmt.Errorf("seal the value of a status act: %w", err)
	}
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		set, err := s.item(ctx, tx, a, n.Item)
		if err != nil {
			return err
		}
		if !a.In(set.Owner) {
			return identity.NotYours()
		}
		if !set.Subject.OfPersons() {
			return vocab.BadInput.Because("a status act is about a person, and data set %s is about none", set.ID)
		}
		if err := s.p.Catalog.CheckItems(ctx, tx, vocab.PathStatus, n.Item); err != nil {
			return err
		}
		if act.person, err = s.p.Vault.Keep(ctx, tx, set.Owner, n.Subject); err != nil {
			return err
		}
		if err := insertStatus(ctx, tx, act); err != nil {
			return err
		}
		return s.tellStatus(ctx, tx, a, act, identity.Notice{Member: act.Owner, Kind: NoticeProposed})
	})
	if err != nil {
		return nil, fmt.Errorf("propose a status act: %w", err)
	}
	return shownStatus(a, act), nil
}

// ConfirmStatus is the second officer's word. Evidence, both officers, the notice
// to the person, the way to contest, the change and its entry in the person's
// chain stand together, or none does.
func (s *Service) ConfirmStatus(ctx context.Context, a identity.Actor, id string) (*StatusAct, error) {
	if err := mayActOnStatus(a); err != nil {
		return nil, err
	}
	act, err := s.StatusAct(ctx, a, id)
	if err != nil {
		return nil, err
	}
	k, err := s.p.Vault.Open(ctx, act.person)
	if err != nil {
		return nil, fmt.Errorf("confirm a status act: %w", err)
	}
	out, err := s.turnStatus(ctx, a, id, StatusDone, func(ctx context.Context, tx *db.Tx, act *StatusAct) error {
		if a.Officer == act.Proposer {
			return vocab.SecondNeeded.Because("who proposed a change of a person's status does not confirm it").WithFix("Let another steward of %s confirm it.", act.Owner)
		}
		two, err := hands.Second(ctx, tx, act.Proposer, a.Officer)
		if err != nil {
			return err
		}
		act.hands = two.String()
		if err := act.whole(); err != nil {
			return err
		}
		act.Second = a.Officer
		value, err := s.p.Vault.Unseal(act.sealed, boundToStatus(act.ID))
		if err != nil {
			return err
		}
		if act.Effect, err = s.p.Statuses.SetStatus(ctx, tx, StatusChange{Item: act.Item, Subject: k, Value: string(value), Act: act.ID}); err != nil {
			return err
		}
		return s.tellStatus(ctx, tx, a, act, identity.Notice{Person: act.person, Kind: NoticeStatus})
	})
	if err != nil {
		return nil, fmt.Errorf("confirm a status act: %w", err)
	}
	return out, nil
}

// RefuseStatus is the second officer's refusal; WithdrawStatus the proposer's own
// way back. Neither changes anything.
func (s *Service) RefuseStatus(ctx context.Context, a identity.Actor, id, why string) (*StatusAct, error) {
	if err := mayActOnStatus(a); err != nil {
		return nil, err
	}
	if strings.TrimSpace(why) == "" {
		return nil, vocab.ReasonNeeded.Because("a refusal needs a reason")
	}
	if err := checkText(why, maxText); err != nil {
		return nil, err
	}
	out, err := s.turnStatus(ctx, a, id, StatusRefused, func(ctx context.Context, tx *db.Tx, act *StatusAct) error {
		act.Why, act.Second = why, a.Officer
		kind := NoticeRefused
		if a.Officer == act.Proposer {
			act.State, act.Second, kind = StatusWithdrawn, "", NoticeDropped
		}
		return s.tellStatus(ctx, tx, a, act, identity.Notice{Member: act.Owner, Kind: kind})
	})
	if err != nil {
		return nil, fmt.Errorf("refuse a status act: %w", err)
	}
	return out, nil
}

// turnStatus moves a proposed act of the actor's member.
func (s *Service) turnStatus(ctx context.Context, a identity.Actor, id string, to StatusState, do func(context.Context, *db.Tx, *StatusAct) error) (*StatusAct, error) {
	var act *StatusAct
	err := s.p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if act, err = loadStatus(ctx, tx, a, id); err != nil {
			return err
		}
		if !a.In(act.Owner) {
			return identity.NotYours()
		}
		if act.State != StatusProposed {
			return vocab.StateWrong.Because("a status act that is %s stays as it is", act.State)
		}
		act.State, act.ChangedAt = to, s.p.Clock.Now()
		if err := do(ctx, tx, act); err != nil {
			return err
		}
		return updateStatus(ctx, tx, act)
	})
	if err != nil {
		return nil, err
	}
	return shownStatus(a, act), nil
}

// StatusAct gives an act to the member, to the person whom it is about, and to
// the authority.
func (s *Service) StatusAct(ctx context.Context, a identity.Actor, id string) (*StatusAct, error) {
	var act *StatusAct
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		act, err = loadStatus(ctx, tx, a, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("get status act: %w", err)
	}
	out := shownStatus(a, act)
	if err := s.openStatus(ctx, a, out); err != nil {
		return nil, fmt.Errorf("open status act: %w", err)
	}
	return out, nil
}

// openStatus fills in what the reader must know: nobody confirms a change of which
// they do not see whose it is and to what, and the person reads what became of it.
func (s *Service) openStatus(ctx context.Context, a identity.Actor, act *StatusAct) error {
	waits := act.State == StatusProposed && a.In(act.Owner) && mayActOnStatus(a) == nil
	if !waits && (act.State != StatusDone || !a.IsPerson()) {
		return nil
	}
	value, err := s.p.Vault.Unseal(act.sealed, boundToStatus(act.ID))
	if err != nil {
		return err
	}
	act.Value = string(value)
	if !waits {
		return nil
	}
	k, err := s.p.Vault.Open(ctx, act.person)
	act.Subject = &k
	return err
}

// StatusActs lists the acts that the actor may see, newest first.
func (s *Service) StatusActs(ctx context.Context, a identity.Actor, q ListQuery) ([]*StatusAct, error) {
	if a.Nobody() {
		return nil, vocab.SignInNeeded.Because("status acts are listed for a member or a person")
	}
	var out []*StatusAct
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = loadStatuses(ctx, tx, a, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list status acts: %w", err)
	}
	for i, act := range out {
		out[i] = shownStatus(a, act)
	}
	return out, nil
}

// Permits is nil when the newest act about the person's status says the value: a
// register of this node may then be loaded with it. Without one a load by one hand
// changes no status: not by another value, not by none, not by leaving a person out.
func (s *Service) Permits(ctx context.Context, item vocab.ItemID, k vocab.SubjectKey, value string) error {
	var act *StatusAct
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		act, err = loadDone(ctx, tx, item, s.p.Vault.Ref(k))
		return err
	})
	if db.NoRows(err) {
		return noAct(item)
	}
	if err != nil {
		return fmt.Errorf("look for the act about a status: %w", err)
	}
	said, err := s.p.Vault.Unseal(act.sealed, boundToStatus(act.ID))
	if err != nil {
		return fmt.Errorf("look for the act about a status: %w", err)
	}
	if string(said) != value {
		return noAct(item)
	}
	return nil
}

func noAct(item vocab.ItemID) error {
	return vocab.SecondNeeded.Because("the load would change a person's status in %s, and no act of two officers says so", item).
		WithFix("Propose each change first: fontis status-act propose, and let another steward confirm it.")
}

// check asks for everything that a change of a person's status must have.
func (n *NewStatusAct) check() error {
	for field, v := range map[string]string{
		"item": n.Item.Name(), "subject": n.Subject.Value, "evidence": n.Evidence, "law": n.Law, "article": n.Article, "reason": n.Reason,
	} {
		if strings.TrimSpace(v) == "" {
			return vocab.FieldMissing.Because("a change of a person's status lacks %s", field)
		}
	}
	if n.Off == (strings.TrimSpace(n.Value) != "") {
		return vocab.FieldMissing.Because("a change of a person's status says what it becomes, or takes the person off the register")
	}
	for _, v := range []string{n.Evidence, n.Law, n.Article, n.Value, string(n.Item)} {
		if err := checkText(v, maxName); err != nil {
			return err
		}
	}
	return checkText(n.Reason, maxText)
}

// whole holds an act against what it must have at the moment that it takes effect.
func (act *StatusAct) whole() error {
	if act.Evidence == "" || act.Law == "" || act.Contest == "" || act.Proposer == "" || act.person == (vocab.PersonRef{}) {
		return vocab.InternalError.Because("a status act was to take effect without evidence, ground, proposer, person or way to contest it")
	}
	return nil
}

// mayActOnStatus asks a steward who is signed in: a system or token alone changes
// no person's status, and neither does any other role.
func mayActOnStatus(a identity.Actor) error {
	if err := a.Must(vocab.Steward); err != nil {
		return err
	}
	if a.Officer == "" || a.IsMachine() || a.Member == "" {
		return vocab.RoleMissing.Because("a person's status is changed by officers who are signed in, not by a system that names one")
	}
	return nil
}

// tellStatus writes what each step of a status act writes: an entry in the
// person's own chain, a fact and a notice.
func (s *Service) tellStatus(ctx context.Context, tx *db.Tx, a identity.Actor, act *StatusAct, n identity.Notice) error {
	pairs := []ledger.Pair{
		{Name: ledger.FieldAct, Value: "status." + string(act.State)},
		{Name: "status_act", Value: act.ID},
		{Name: ledger.FieldItems, Value: proof.ListValue([]string{string(act.Item)})},
		{Name: "evidence", Value: act.Evidence},
		{Name: ledger.FieldBasis, Value: act.Law + " " + act.Article},
		{Name: "reason", Value: act.Reason},
		{Name: "contest", Value: act.Contest},
		{Name: "second", Value: yes(act.Second != "")},
		{Name: "confirmed", Value: yes(act.Second != "")}, // as the person reads it: of an order, second names an officer
		{Name: "why", Value: act.Why},
		{Name: "sealed", Value: digest(act.sealed)},
		{Name: "off", Value: yes(act.Off)},
		{Name: "effect", Value: string(act.Effect)},
		{Name: hands.Field, Value: act.hands},
	}
	var err error
	if act.Trace, err = s.enter(ctx, tx, a, act.Owner, act.person, pairs); err != nil {
		return err
	}
	if err := put(ctx, tx, fact.TopicStatus, act.ID, fact.Status{ID: act.ID, Owner: act.Owner, Item: act.Item, State: string(act.State)}); err != nil {
		return err
	}
	n.Link = "/status-acts/" + act.ID
	n.Params = map[string]string{"status_act": act.ID, "item": string(act.Item), "state": string(act.State)}
	return s.p.Notices.PutNotice(ctx, tx, n)
}

// enter writes an entry about a person, who finds it in their own view.
func (s *Service) enter(ctx context.Context, tx *db.Tx, a identity.Actor, owner vocab.MemberID, person vocab.PersonRef, pairs []ledger.Pair) (vocab.TraceID, error) {
	pairs = append([]ledger.Pair{
		{Name: ledger.FieldMember, Value: string(a.Member)},
		{Name: ledger.FieldOfficer, Value: string(a.Officer)},
		{Name: ledger.FieldUnit, Value: a.Unit},
		{Name: ledger.FieldRole, Value: a.InRole()},
	}, pairs...)
	e, err := s.p.Ledger.Enter(ctx, tx, ledger.Plain{Kind: proof.Act, Owner: a.Member, Provider: owner, Person: person, Fields: pairs})
	if err != nil {
		return "", fmt.Errorf("record an act about a person: %w", err)
	}
	return e.Trace, nil
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func boundToStatus(id string) []byte { return []byte("fontis/status-act/v1\n" + id) }

// shownStatus is the act as the actor sees it: the person learns that two
// officers decided, and the body, never their names.
func shownStatus(a identity.Actor, act *StatusAct) *StatusAct {
	out := *act
	if !a.In(act.Owner) {
		out.Proposer, out.Second = "", ""
	}
	return &out
}

// statusBody is what of an act has no column of its own.
type statusBody struct {
	Evidence string          `json:"evidence"`
	Law      string          `json:"law"`
	Article  string          `json:"article"`
	Reason   string          `json:"reason"`
	Proposer vocab.OfficerID `json:"proposer"`
	Second   vocab.OfficerID `json:"second,omitempty"`
	Why      string          `json:"why,omitempty"`
	Contest  string          `json:"contest"`
	Trace    vocab.TraceID   `json:"trace,omitempty"`
	Off      bool            `json:"off,omitempty"`
	Effect   Effect          `json:"effect,omitempty"`
}

func statusText(act *StatusAct) (string, error) {
	b, err := json.Marshal(statusBody{
		Evidence: act.Evidence, Law: act.Law, Article: act.Article, Reason: act.Reason, Proposer: act.Proposer, Second: act.Second, Why: act.Why, Contest: act.Contest, Trace: act.Trace,
		Off: act.Off, Effect: act.Effect,
	})
	return string(b), err
}

package share

import (
	"net/netip"
	"slices"
	"time"

	"fontis/internal/duty/share/asked"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// State is where a request stands. What becomes of the grant afterwards is the
// grant's own state.
type State string

// The states; a new one is a line in the table of transitions.
const (
	StateDraft     State = "draft"
	StateSubmitted State = "submitted"
	StateSecond    State = "awaiting_second" // one steward agreed, another must
	StateAgreed    State = "agreed"
	StateInPart    State = "agreed_in_part"
	StateRefused   State = "refused"
	StateWithdrawn State = "withdrawn"

	StateDemand        State = "catalog_demand"     // what it asks is not in the catalog: a department is to list it
	StateConformity    State = "conformity_check"   // with the data authority, where the jurisdiction has this step
	StateSupplementing State = "supplementing"      // told once what is missing; the clock stands
	StateProcedure     State = "in_procedure"       // a procedure of law or a consultation comes first; the clock stands
	StateExtended      State = "extended"           // the reply's term was extended with the authority's consent
	StateOverdue       State = "overdue"            // the term is over; nothing is approved by silence
	StateAssigning     State = "assigning"          // not the source: the authority names who is
	StateConsulting    State = "consulting"         // a refusal is disputed, the two sides talk
	StateAuthority     State = "authority_decision" // the data authority rules
	StateSuperior      State = "superior_decision"  // the common superior rules
	StateOrdered       State = "ordered"            // a ruling says that the provider is to agree
)

// States lists every state.
func States() []State {
	return []State{
		StateDraft, StateDemand, StateConformity, StateSupplementing, StateSubmitted, StateProcedure, StateExtended, StateOverdue, StateAssigning, StateSecond,
		StateConsulting, StateAuthority, StateSuperior, StateOrdered, StateAgreed, StateInPart, StateRefused, StateWithdrawn,
	}
}

// Fields are what the requester writes.
type Fields = asked.Fields

// Limits are what a decision may narrow; zero leaves as asked, and none widens.
type Limits struct {
	Guesses   int            `json:"guesses,omitempty"` // below access.MostGuesses
	PerDay    int64          `json:"per_day,omitempty"`
	HourFrom  int            `json:"hour_from,omitempty"`
	HourUntil int            `json:"hour_until,omitempty"`
	Networks  []netip.Prefix `json:"networks,omitempty"`
	Until     time.Time      `json:"until,omitzero"`
}

// Decision is what a steward of the provider says to a request.
type Decision struct {
	Agree    bool           `json:"agree"`
	Items    []vocab.ItemID `json:"items,omitempty"` // agreed in part: only these
	Reason   string         `json:"reason,omitempty"`
	Citation string         `json:"citation,omitempty"`
	Limits
}

// Decided is a decision with who gave it. The other side sees no officers.
type Decided struct {
	Decision
	By     vocab.OfficerID `json:"by,omitempty"`
	At     time.Time       `json:"at"`
	Second vocab.OfficerID `json:"second,omitempty"` // the second approver
}

// Request is an application for data.
type Request struct {
	ID        vocab.RequestID `json:"id"`
	Requester vocab.MemberID  `json:"requester"`
	Provider  vocab.MemberID  `json:"provider"`
	State     State           `json:"state"`
	Rev       int64           `json:"rev"` // counts the changes
	Fields

	About      vocab.SubjectKind `json:"about,omitempty"`   // whom the data set is about
	Authors    []vocab.OfficerID `json:"authors,omitempty"` // who drafted, edited or submitted
	Decision   *Decided          `json:"decision,omitempty"`
	Grant      vocab.GrantID     `json:"grant,omitempty"`
	GrantState access.GrantState `json:"grant_state,omitempty"`

	CreatedAt   time.Time `json:"created_at"`
	ChangedAt   time.Time `json:"changed_at"`
	SubmittedAt time.Time `json:"submitted_at,omitzero"`
	DueAt       time.Time `json:"due_at,omitzero"` // when the clock of the state ends
	EmptiedAt   time.Time `json:"emptied_at,omitzero" doc:"When what was written in it was destroyed"`

	Life
	Stage  string             `json:"stage,omitempty"`  // where request and grant stand in one word
	Clocks []calendar.Running `json:"clocks,omitempty"` // when one request is read: its clocks and its grant's

	set     *entry.Dataset // as the step under way read it
	hands   string         // of a step that took two officers
	past    bool           // its grant is over, by word or by its day
	known   *known         // what steps ask beside the table; nil: not looked up
	conform bool           // the jurisdiction has the conformity check
	listing bool           // what was demanded is being listed
	whole   bool           // what was listed is all that the request needed
}

// Change is one line of a request's history. From and To are states of the
// request, or of the grant for what becomes of it.
type Change struct {
	Request  vocab.RequestID `json:"request"`
	Rev      int64           `json:"rev"`
	Act      string          `json:"act"`
	From     string          `json:"from,omitempty"`
	To       string          `json:"to"`
	Member   vocab.MemberID  `json:"member"`
	Officer  vocab.OfficerID `json:"officer,omitempty"` // shown inside the officer's member only
	Machine  vocab.MachineID `json:"machine,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Citation string          `json:"citation,omitempty"`
	At       time.Time       `json:"at"`
}

// Warning tells the provider what a decision should know.
type Warning struct {
	Code  vocab.Code   `json:"code"`
	Item  vocab.ItemID `json:"item,omitempty"`
	Cause string       `json:"cause"`
}

// twoHands says whether the request asks what one steward alone may not give.
func (r *Request) twoHands() bool {
	return r.About.OfPersons() && r.Question == vocab.Read && slices.Contains(r.Carriages, vocab.Batch)
}

// items are those that the decision leaves.
func (r *Request) items(d *Decision) []vocab.ItemID {
	if d == nil || len(d.Items) == 0 {
		return r.Items
	}
	return d.Items
}

// grant is the grant that the decision makes of the request; without a decision
// it is what the requester asked, for the twin.
func (r *Request) grant(id vocab.GrantID, d *Decision) access.Grant {
	g := access.Grant{
		ID: id, Request: r.ID, Provider: r.Provider, To: r.Requester, State: access.GrantActive,
		Dataset: r.Dataset, About: r.About, Items: slices.Clone(r.items(d)), Statuses: slices.Clone(r.Statuses),
		Question: r.Question, Carriages: slices.Clone(r.Carriages), Purpose: r.Purpose, Basis: r.BasisText(), Statute: r.Statute,
		From: r.From, Until: r.Until, CasePattern: r.CasePattern, CasesPerDay: r.CasesPerDay, PerDay: r.PerDay,
		HourFrom: r.HourFrom, HourUntil: r.HourUntil, Networks: slices.Clone(r.Networks), Existence: r.Existence,
	}
	if d == nil {
		return g
	}
	g.Guesses = d.Guesses
	if d.PerDay > 0 {
		g.PerDay = d.PerDay
	}
	if d.HourFrom != 0 || d.HourUntil != 0 {
		g.HourFrom, g.HourUntil = d.HourFrom, d.HourUntil
	}
	if len(d.Networks) > 0 {
		g.Networks = slices.Clone(d.Networks)
	}
	if !d.Until.IsZero() {
		g.Until = d.Until
	}
	return g
}

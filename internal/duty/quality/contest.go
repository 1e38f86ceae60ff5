package quality

import (
	"time"

	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/vocab"
)

// RaisedBy tells who raised a contest.
type RaisedBy string

// A rule is the platform's own comparison of sources.
const (
	ByPerson     RaisedBy = "person"
	ByCounter    RaisedBy = "counter"
	ByDepartment RaisedBy = "department"
	ByCourt      RaisedBy = "court"
	ByRule       RaisedBy = "rule"
)

// Raise is what a contest begins with.
type Raise struct {
	Item    vocab.ItemID     `json:"item"`
	Subject vocab.SubjectKey `json:"subject" doc:"Whose value; a person's own permit names them"`
	Fault   Fault            `json:"fault"`
	// Claimed and Statement are kept sealed: they are about the subject.
	Claimed   string   `json:"claimed,omitempty" doc:"What the value should be"`
	Statement string   `json:"statement,omitempty" doc:"Why, in the raiser's words"`
	Evidence  []string `json:"evidence,omitempty" doc:"Numbers of documents, never their content"`
	Case      string   `json:"case,omitempty" doc:"The raiser's own case number"`
	Judgment  string   `json:"judgment,omitempty" doc:"A court's judgment; the contest is then a court's"`
	StatusAct string   `json:"status_act,omitempty" doc:"The act that changed a status, when that is contested"`
	// AtCounter says that the clerk has seen the document of the person who raises.
	AtCounter bool `json:"at_counter,omitempty"`
}

// Word is what is said with a step.
type Word struct {
	Reason   string `json:"reason,omitempty"`
	Citation string `json:"citation,omitempty"`
	// To is the body that a contest goes to: routing, not mine, assigning.
	To     vocab.MemberID `json:"to,omitempty"`
	Remedy Remedy         `json:"remedy,omitempty" doc:"Of an act in dispute: administrative_review or court"`
	Days   int            `json:"days,omitempty" doc:"Of an extension"`
	// Evidence is asked of a source whose value is not read again through this node.
	Evidence string `json:"evidence,omitempty" doc:"Of a finding on a value that this node does not read: the number of the document that the source went by"`
}

// Checked is how a value stood when it was read again.
type Checked struct {
	Print   string    `json:"print,omitempty"`
	Version string    `json:"version,omitempty"`
	At      time.Time `json:"at,omitzero"`
}

// Compared is what another source says of the value that was found; the other's
// value itself is not shown.
type Compared struct {
	Item   vocab.ItemID   `json:"item"`
	Member vocab.MemberID `json:"member"`
	Answer vocab.Answer   `json:"answer"`
}

// Contest is one value in dispute.
type Contest struct {
	ID     vocab.ContestID `json:"id"`
	Number int64           `json:"-"` // its place on this node: nobody is told it, for it counts others' contests as well
	State  State           `json:"state"`
	Rev    int64           `json:"rev"`
	Item   vocab.ItemID    `json:"item"`
	Owner  vocab.MemberID  `json:"owner"`            // of the item
	Source vocab.MemberID  `json:"source,omitempty"` // who is asked; empty until routed
	Named  vocab.MemberID  `json:"named,omitempty"`  // whom a source named that is known for no source of the item: the authority assigns
	Fault  Fault           `json:"fault"`

	By       RaisedBy        `json:"raised_by"`
	Member   vocab.MemberID  `json:"member,omitempty"`  // the raiser's
	Officer  vocab.OfficerID `json:"officer,omitempty"` // shown inside that member only
	Case     string          `json:"case,omitempty"`
	Judgment string          `json:"judgment,omitempty"`
	Evidence []string        `json:"evidence,omitempty"`
	Act      string          `json:"status_act,omitempty"`
	Mandate  string          `json:"mandate,omitempty"` // under which another raised it for the person

	Round    int        `json:"round,omitempty"` // how often it was opened again
	Once     []string   `json:"once,omitempty"`  // acts that were taken and may not be again
	Before   Checked    `json:"before,omitzero"`
	After    Checked    `json:"after,omitzero"`
	Changed  bool       `json:"changed,omitempty"` // between the two readings
	Compared []Compared `json:"compared,omitempty"`
	Reason   string     `json:"reason,omitempty"` // of the last step that had one
	Citation string     `json:"citation,omitempty"`
	Remedy   Remedy     `json:"remedy,omitempty"`
	Proof    string     `json:"proof,omitempty"` // the document that the source went by, where the value is not read again

	Clock     string    `json:"clock,omitempty"` // the rule that runs
	DueAt     time.Time `json:"due_at,omitzero"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"`

	person vocab.PersonRef   // whose value: the audit pseudonym
	sealed []byte            // what the raiser says
	hands  []vocab.OfficerID // who acted in it for the authority
	worked []vocab.OfficerID // and who for the source
}

// Said is what the raiser says about the subject, opened for who may see it.
type Said struct {
	Subject   vocab.SubjectKey `json:"subject"`
	Claimed   string           `json:"claimed,omitempty"`
	Statement string           `json:"statement,omitempty"`
}

// Change is one line of a contest's history.
type Change struct {
	Contest  vocab.ContestID `json:"contest"`
	Rev      int64           `json:"rev"`
	Act      string          `json:"act"`
	From     State           `json:"from,omitempty"`
	To       State           `json:"to"`
	Side     Side            `json:"side"`
	Member   vocab.MemberID  `json:"member,omitempty"`
	Officer  vocab.OfficerID `json:"officer,omitempty"` // shown inside the officer's member only
	Reason   string          `json:"reason,omitempty"`
	Citation string          `json:"citation,omitempty"`
	At       time.Time       `json:"at"`

	hands   string // both officers of the authority, and who admitted each, at a review
	mandate string // under which the raiser's agent took the step; in the entry
}

// TaskState is how far a holder of a wrong value has come.
type TaskState string

// A holder says that it did its work again, or that the value changed nothing;
// the authority excuses one who can no longer answer.
const (
	TaskOpen     TaskState = "open"
	TaskRedone   TaskState = "redone"
	TaskNoEffect TaskState = "no_effect"
	TaskExcused  TaskState = "excused"
)

// Task asks one holder of a wrong value what it did.
type Task struct {
	ID       string          `json:"id"`
	Contest  vocab.ContestID `json:"contest"`
	Item     vocab.ItemID    `json:"item"`
	Member   vocab.MemberID  `json:"member"`
	Grant    vocab.GrantID   `json:"grant"`
	State    TaskState       `json:"state"`
	Reason   string          `json:"reason,omitempty"`
	Officer  vocab.OfficerID `json:"officer,omitempty"` // who answered; inside the member only
	Unsure   bool            `json:"unsure,omitempty"`  // it may have received the value: of no use the outcome is on record
	Uses     []Use           `json:"uses,omitempty"`    // when the wrong value was given; inside the member only
	More     int             `json:"more,omitempty"`    // uses beyond those listed
	Reminded int             `json:"reminded,omitempty"`
	TellAt   time.Time       `json:"told_at"`
	DoneAt   time.Time       `json:"done_at,omitzero"`
}

// Use is one access in which a holder received the wrong value, or may have.
type Use struct {
	Trace  vocab.TraceID `json:"trace"`
	Case   string        `json:"case,omitempty"`
	At     time.Time     `json:"at"`
	Unsure bool          `json:"unsure,omitempty"` // the outcome is not on record: it may have been given
}

// Answer is a holder's word on a task.
type Answer struct {
	State  TaskState `json:"state" doc:"redone or no_effect"`
	Reason string    `json:"reason,omitempty" doc:"Needed for no_effect: because ..."`
}

// ListQuery asks for contests or tasks, newest first.
type ListQuery struct {
	State State
	After string // the last one seen
	Limit int
}

// maxPage bounds every list; none is read whole into memory.
const maxPage = 500

func (q ListQuery) limit() int {
	if q.Limit <= 0 {
		return 50
	}
	return min(q.Limit, maxPage)
}

// side is where the actor stands in the contest; a body may stand on two.
func (c *Contest) sides(a identity.Actor) []Side {
	var out []Side
	if a.In(c.Source) && c.Source != "" {
		out = append(out, Source)
	}
	if governs(a) {
		out = append(out, Authority)
	}
	// A contest of a person is the person's alone, also when a counter wrote it down.
	switch {
	case c.isPersons():
		if who, ok := person(a); ok && who == c.person {
			out = append(out, Raiser)
		}
	case a.In(c.Member) && c.Member != "":
		out = append(out, Raiser)
	}
	return out
}

// isPersons reports whether the contest is a person's own, whoever wrote it down.
func (c *Contest) isPersons() bool { return c.By == ByPerson || c.By == ByCounter }

// person is whom the actor contests for: themself, or the principal of a mandate
// that names contests.
func person(a identity.Actor) (vocab.PersonRef, bool) {
	who, err := a.For(mandate.Contest)
	return who, err == nil
}

// looksOn reports whether the actor may see who used the person's data: an agent
// only where the person ticked that in person.
func looksOn(a identity.Actor) bool {
	_, err := a.For(mandate.View)
	return a.Mandate == "" || err == nil
}

// governs reports whether the actor is an officer of the node's authority, which
// hears the contests of all its members.
func governs(a identity.Actor) bool { return a.OfNode && a.Has(vocab.Authority) }

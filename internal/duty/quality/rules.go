package quality

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// State is where a contest stands.
type State string

// The states of a contest; a new one is a line in the table of transitions.
const (
	StateRaised      State = "raised"
	StateNotAccepted State = "not_accepted"
	StateLabelled    State = "labelled"   // accepted: every answer says disputed
	StateRouted      State = "routed"     // the golden source is asked
	StateUnassigned  State = "unassigned" // no body says that it is the source
	StateVerifying   State = "verifying"
	StateCorrected   State = "corrected"
	StateInPart      State = "corrected_in_part"
	StateUpheld      State = "upheld"
	StateActDispute  State = "act_disputed" // what is wrong is an act, which has its own remedy
	StatePropagating State = "propagating"  // holders of the wrong value are told
	StatePropagated  State = "propagated"   // and all have answered
	StateClosed      State = "closed"       // the label is gone
	StateReview      State = "in_review"
	StateWithdrawn   State = "withdrawn"
	StateFiled       State = "filed"
)

// States lists every state.
func States() []State {
	return []State{
		StateRaised, StateNotAccepted, StateLabelled, StateRouted, StateUnassigned, StateVerifying, StateCorrected, StateInPart,
		StateUpheld, StateActDispute, StatePropagating, StatePropagated, StateClosed, StateReview, StateWithdrawn, StateFiled,
	}
}

// Final reports whether nothing follows any more.
func (s State) Final() bool { return s == StateFiled || s == StateWithdrawn }

// Labelled reports whether the value says disputed while a contest stands so.
func (s State) Labelled() bool {
	switch s {
	case StateRaised, StateNotAccepted, StateClosed, StateReview, StateWithdrawn, StateFiled:
		return false
	}
	return true
}

// Side is one of those whom a contest concerns.
type Side string

// The platform moves by itself what needs nobody's judgement.
const (
	Raiser    Side = "raiser"
	Authority Side = "authority"
	Source    Side = "source"
	Platform  Side = "platform"
)

// Acts that move a contest.
const (
	ActRaise     = "raise"
	ActAccept    = "accept"
	ActDecline   = "decline"
	ActWithdraw  = "withdraw"
	ActRoute     = "route"
	ActRedirect  = "redirect" // not mine, but that body's; once
	ActDisclaim  = "disclaim" // not mine
	ActAssign    = "assign"
	ActTake      = "take"
	ActExtend    = "extend"
	ActCorrect   = "correct"
	ActInPart    = "correct-in-part"
	ActUphold    = "uphold"
	ActRefer     = "refer" // to the remedy of the act that is in dispute
	ActPropagate = "propagate"
	ActSettle    = "settle"
	ActClose     = "close"
	ActReview    = "ask-review"
	ActReopen    = "reopen"
	ActConfirm   = "confirm"
	ActFile      = "file"
)

// The clocks; their lengths and citations are rows of the calendar.
const (
	ClockAccept     = "contest.accept"
	ClockRoute      = "contest.route"
	ClockVerify     = "contest.verify"
	ClockDepartment = "contest.verify.department" // instead, where no person raised it
	ClockPropagate  = "contest.propagate"
	ClockHolder     = "contest.holder"
	ClockReview     = "contest.review" // to ask for a review, and to decide it
)

// Transition is one line of the table of steps.
type Transition struct {
	Act  string
	From []State
	To   State
	By   Side
	// Roles are asked in the side's member; a person as raiser needs none.
	Roles  []vocab.Role
	Reason bool // must be said
	Cite   bool // and the law or rule that it rests on
	Label  bool // the value is labelled in the same transaction
	Unmark bool // its label goes in the same transaction
	Once   bool // at most once in a contest's life
	Fresh  bool // by an officer who has not acted in it for the authority
	Tell   Side
	Clock  string // the clock that runs in the state To; empty: none
	Keep   bool   // the clock of the state before runs on
}

var transitions = []Transition{
	{Act: ActAccept, From: []State{StateRaised}, To: StateLabelled, By: Authority, Roles: authority, Label: true, Tell: Raiser, Clock: ClockRoute},
	{Act: ActAccept, From: []State{StateRaised}, To: StateLabelled, By: Platform, Label: true, Tell: Authority, Clock: ClockRoute},
	{Act: ActDecline, From: []State{StateRaised}, To: StateNotAccepted, By: Authority, Roles: authority, Reason: true, Cite: true, Tell: Raiser, Clock: ClockReview},
	{Act: ActWithdraw, From: []State{StateRaised}, To: StateWithdrawn, By: Raiser, Roles: raisers, Tell: Authority},
	{Act: ActWithdraw, From: []State{StateLabelled, StateRouted, StateUnassigned, StateVerifying}, To: StateWithdrawn, By: Raiser, Roles: raisers, Unmark: true, Tell: Authority},

	{Act: ActRoute, From: []State{StateLabelled}, To: StateRouted, By: Authority, Roles: authority, Tell: Source, Clock: ClockVerify},
	{Act: ActRedirect, From: []State{StateRouted}, To: StateRouted, By: Source, Roles: steward, Reason: true, Once: true, Tell: Source, Clock: ClockVerify},
	{Act: ActDisclaim, From: []State{StateRouted}, To: StateUnassigned, By: Source, Roles: steward, Reason: true, Tell: Authority, Clock: ClockRoute},
	{Act: ActAssign, From: []State{StateLabelled, StateUnassigned, StateRouted, StateVerifying}, To: StateVerifying, By: Authority, Roles: authority, Reason: true, Tell: Source, Clock: ClockVerify},
	{Act: ActTake, From: []State{StateRouted}, To: StateVerifying, By: Source, Roles: steward, Tell: Raiser, Keep: true},
	{Act: ActExtend, From: []State{StateVerifying}, To: StateVerifying, By: Source, Roles: steward, Reason: true, Once: true, Tell: Raiser, Keep: true},

	{Act: ActCorrect, From: []State{StateVerifying}, To: StateCorrected, By: Source, Roles: steward, Tell: Raiser, Clock: ClockPropagate},
	{Act: ActInPart, From: []State{StateVerifying}, To: StateInPart, By: Source, Roles: steward, Reason: true, Cite: true, Tell: Raiser, Clock: ClockPropagate},
	{Act: ActUphold, From: []State{StateVerifying}, To: StateUpheld, By: Source, Roles: steward, Reason: true, Cite: true, Tell: Raiser},
	{Act: ActRefer, From: []State{StateVerifying}, To: StateActDispute, By: Source, Roles: steward, Reason: true, Cite: true, Tell: Raiser},

	{Act: ActPropagate, From: []State{StateCorrected, StateInPart}, To: StatePropagating, By: Platform, Tell: Raiser, Clock: ClockHolder},
	{Act: ActSettle, From: []State{StatePropagating}, To: StatePropagated, By: Platform, Tell: Authority},
	{Act: ActClose, From: []State{StatePropagated, StateUpheld, StateActDispute}, To: StateClosed, By: Platform, Unmark: true, Tell: Raiser, Clock: ClockReview},

	{Act: ActReview, From: []State{StateNotAccepted, StateClosed}, To: StateReview, By: Raiser, Roles: raisers, Reason: true, Once: true, Tell: Authority, Clock: ClockReview},
	{Act: ActReopen, From: []State{StateReview}, To: StateLabelled, By: Authority, Roles: authority, Reason: true, Label: true, Fresh: true, Tell: Raiser, Clock: ClockRoute},
	{Act: ActConfirm, From: []State{StateReview}, To: StateFiled, By: Authority, Roles: authority, Reason: true, Cite: true, Fresh: true, Tell: Raiser},
	{Act: ActFile, From: []State{StateNotAccepted, StateClosed}, To: StateFiled, By: Platform, Tell: Raiser},
}

var (
	authority = []vocab.Role{vocab.Authority}
	steward   = []vocab.Role{vocab.Steward}
	raisers   = []vocab.Role{vocab.DataUser, vocab.Steward, vocab.Counter, vocab.Authority}
)

// Transitions lists the steps that a contest may take after it is raised.
func Transitions() []Transition { return slices.Clone(transitions) }

// stepOf finds the line of an act for a side in a state; where the side knows
// the act and the state does not, the state is what is wrong.
func stepOf(act string, by Side, s State) (Transition, error) {
	known := false
	for _, t := range transitions {
		if t.Act != act || t.By != by {
			continue
		}
		if known = true; slices.Contains(t.From, s) {
			return t, nil
		}
	}
	if known {
		return Transition{}, vocab.StateWrong.Because("a contest that is %s cannot take the step %s", s, act).WithFix("%s", nextSteps(s))
	}
	return Transition{}, vocab.RoleMissing.Because("the %s of a contest does not %s it", by, act).WithFix("%s", whose(act))
}

// nextSteps says what may come after a state, and from whom.
func nextSteps(s State) string {
	var out []string
	for _, t := range transitions {
		word := t.Act + " (the " + string(t.By) + ")"
		if t.By != Platform && slices.Contains(t.From, s) && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	if len(out) == 0 {
		return "Look at it: fontis contest show ID. No step of an officer follows this state."
	}
	return "Look at it: fontis contest show ID. What may come next: " + strings.Join(out, ", ") + "; fontis contest --help has the command of each."
}

// whose says who takes a step, and the role that it asks.
func whose(act string) string {
	var out []string
	for _, t := range transitions {
		if t.Act != act || t.By == Platform {
			continue
		}
		roles := make([]string, len(t.Roles))
		for i, r := range t.Roles {
			roles[i] = string(r)
		}
		if word := "the " + string(t.By) + " (role " + strings.Join(roles, " or ") + ")"; !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	if len(out) == 0 {
		return "No officer takes this step: fontis contest --help lists the steps."
	}
	return "This step is taken by " + strings.Join(out, " or by ") + "; fontis contest show ID says who that is."
}

// allows decides whether the contest may take the step with what is said.
func (t Transition) allows(c *Contest, w Word) error {
	if !slices.Contains(t.From, c.State) {
		return vocab.StateWrong.Because("a contest that is %s cannot take the step %s", c.State, t.Act)
	}
	if t.Reason && strings.TrimSpace(w.Reason) == "" {
		return vocab.ReasonNeeded.Because("the step %s needs a reason", t.Act)
	}
	if t.Cite && strings.TrimSpace(w.Citation) == "" {
		return vocab.ReasonNeeded.Because("the step %s needs the rule that it rests on", t.Act)
	}
	if t.Once && slices.Contains(c.Once, t.Act) {
		return vocab.StateWrong.Because("the step %s was taken once in this contest, and there is no second", t.Act)
	}
	return nil
}

// Fault is what is wrong with a value.
type Fault string

// The faults of policy section 4.4.
const (
	Missing     Fault = "missing"
	Wrong       Fault = "wrong"
	Outdated    Fault = "outdated"
	Conflict    Fault = "conflict" // between sources
	Duplicate   Fault = "duplicate"
	OutOfDomain Fault = "out_of_domain"
	WrongPerson Fault = "wrong_person"
)

// Faults lists every fault.
func Faults() []Fault {
	return []Fault{Missing, Wrong, Outdated, Conflict, Duplicate, OutOfDomain, WrongPerson}
}

// Remedy is where an act is disputed.
type Remedy string

// The remedies of an administrative act.
const (
	AdministrativeReview Remedy = "administrative_review"
	Court                Remedy = "court"
)

// The most signs that a text has.
const (
	maxText = 4000
	maxName = 200
)

// checkText refuses what no page shows, and what names a person: the steps of a
// contest are read by many. What names the subject goes into its own field.
func checkText(v string, most int) error {
	if !utf8.ValidString(v) || utf8.RuneCountInString(v) > most {
		return vocab.BadInput.Because("a text of the contest is not UTF-8 or longer than %d signs", most)
	}
	for _, r := range v {
		if unicode.IsControl(r) && !(most == maxText && (r == '\n' || r == '\r' || r == '\t')) {
			return vocab.BadInput.Because("a text of the contest holds the control character U+%04X", r)
		}
	}
	if subject.HoldsCitizenNumber(v) {
		return vocab.BadInput.Because("a text of the contest holds a citizen number, which belongs into the field of the subject alone")
	}
	return nil
}

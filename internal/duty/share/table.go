package share

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"fontis/internal/duty/share/asked"

	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// Side is one of those whom a request concerns.
type Side string

// The requester and the provider; the data authority over the provider; one
// above it, who has not decided yet; and the node itself, when a clock runs out.
const (
	Requester Side = "requester"
	Provider  Side = "provider"
	Authority Side = "authority"
	Superior  Side = "superior"
	Platform  Side = "platform"
)

// Acts that change a request or its grant.
const (
	ActSubmit     = "submit"
	ActWithdraw   = "withdraw"
	ActDemand     = "demand"     // what is asked is not in the catalog
	ActMoved      = "moved"      // another department is to list it, or the authority names which
	ActListed     = "listed"     // the department has listed it
	ActUnlisted   = "unlisted"   // the department refuses to
	ActPass       = "pass"       // the authority: the request conforms
	ActSupplement = "supplement" // tell once what is missing
	ActSupply     = "supply"     // what was missing is there
	ActProcedure  = "procedure"  // one of law, or a consultation, comes before the answer
	ActProceed    = "proceed"    // it is over
	ActAskMore    = "ask-extension"
	ActExtend     = "extend" // the authority consents
	ActNoMore     = "refuse-extension"
	ActReroute    = "reroute" // the provider is not the source, and names who is
	ActDisown     = "disown"  // the provider is not the source, and the authority names who is
	ActAssign     = "assign"
	ActOverdue    = "overdue"
	ActRemind     = "remind"

	ActPropose = "propose" // the first of two stewards agrees
	ActAgree   = "agree"
	ActInPart  = "agree-in-part"
	ActRefuse  = "refuse"

	ActDispute  = "dispute"
	ActSettle   = "settle"   // the requester takes the refusal as it is
	ActEscalate = "escalate" // consulting came to nothing
	ActUphold   = "uphold"   // a refusal stands
	ActOrder    = "order"    // the provider is to agree
	ActAppeal   = "appeal"

	ActDeliver = "deliver"
	ActReview  = "review"
	ActSuspend = "suspend"
	ActResume  = "resume"
	ActEnd     = "end"
	ActCertify = "certify" // the holder says that it destroyed what it had
)

// The rules of law by which the clocks run; which days they are stands in the
// calendar's rows. RuleReply is one of the two by the share type.
const (
	RuleReply         = "request.reply"
	RuleUnconditional = "request.reply.unconditional"
	RuleConditional   = "request.reply.conditional"
	RuleSupplement    = "request.supplement"
	RuleProcedure     = "request.procedure"
	RuleConformity    = "request.conformity"
	RuleAssign        = "request.assign"
	RuleWindow        = "request.dispute"
	RuleConsult       = "dispute.consult"
	RuleAuthority     = "dispute.authority"
	RuleSuperior      = "dispute.superior"
	RuleDelivery      = "request.delivery"
	RuleReview        = "grant.review"
	RuleDestruction   = "grant.destruction"
)

// Clocking is what a step does to the clocks of the request.
type Clocking string

// A step keeps the clocks; ends them all and starts its own; stops the one that
// runs and starts its own; or ends its own and lets the stopped one run on.
const (
	ClocksKeep   Clocking = ""
	ClocksFresh  Clocking = "fresh"
	ClocksPause  Clocking = "pause"
	ClocksResume Clocking = "resume"
)

// Transition is one line of the table of steps.
type Transition struct {
	Act  string
	From []State
	To   State // of the request; empty: it stays
	// GrantFrom and GrantTo are set where the step concerns the grant.
	GrantFrom []access.GrantState
	GrantTo   access.GrantState
	When      func(*Request) bool // what else must be so; nil: nothing

	By     Side
	Roles  []vocab.Role // one of them, held in that side's member
	Needs  bool         // every field that a submission needs
	Reason bool         // reason must be said
	Cite   bool         // and the law that it rests on
	Grants bool         // puts a grant, so a decision must be there
	Tell   Side         // who hears of it: whose turn it is, or whom it concerns
	Clocks Clocking
	Clock  string // the rule that runs in the state To; empty: none
	Source string // where the step itself is laid down
}

// Where steps are laid down; what is not read in the law's own text says so.
const (
	lawShare    = "政务数据共享条例（国务院令第809号）[R3][R6], unverified"
	lawExtend   = "政务数据共享条例 [R13, REC], unverified"
	lawOnce     = "政务数据共享条例：一次性告知 [R13], unverified"
	lawStands   = "no law read for requests; permits stand still for special procedures [L-APPR 45]"
	lawDispute  = "政务数据共享条例：协商、同级数据主管部门、共同上级 [R13][R14], unverified"
	lawSource   = "数源部门确认 [R41], unverified"
	lawConform  = "local rules of conformity checks [R16], unverified"
	lawDemand   = "比照上海市数据条例第三十九条 [L-SH 39]"
	lawEnd      = "政务数据共享条例：目的实现或条件变化可终止共享 [R13][R15], unverified"
	lawDesign   = "no law read: design of this software"
	lawOverdue  = "no silent approval: design of this software"
	lawTwoHands = "two hands for reading about persons in a batch: design of this software"
)

var (
	users     = []vocab.Role{vocab.DataUser}
	stewards  = []vocab.Role{vocab.Steward}
	authority = []vocab.Role{vocab.Authority}

	owing      = []State{StateSubmitted, StateExtended, StateOverdue}
	running    = []State{StateSubmitted, StateExtended}
	unanswered = append(slices.Clone(owing), StateConsulting)
	decided    = append(slices.Clone(unanswered), StateOrdered)
	wished     = []State{StateDemand, StateConsulting} // talked over, it may still be listed
	given      = []State{StateAgreed, StateInPart}
	alive      = []access.GrantState{access.GrantActive, access.GrantSuspended}
	open       = []State{
		StateSubmitted, StateExtended, StateOverdue, StateConformity, StateSupplementing, StateProcedure, StateAssigning, StateSecond,
		StateConsulting, StateAuthority, StateSuperior, StateOrdered, StateDemand,
	}
)

func only(s State) []State { return []State{s} }

func with(all []State, more ...State) []State { return append(slices.Clone(all), more...) }

var transitions = []Transition{
	{Act: ActSubmit, From: only(StateDraft), To: StateConformity, When: conforms, By: Requester, Roles: users, Needs: true, Tell: Authority, Clocks: ClocksFresh, Clock: RuleConformity, Source: lawConform},
	{Act: ActSubmit, From: only(StateDraft), To: StateSubmitted, By: Requester, Roles: users, Needs: true, Tell: Provider, Clocks: ClocksFresh, Clock: RuleReply, Source: lawShare},
	{Act: ActPass, From: only(StateConformity), To: StateSubmitted, By: Authority, Roles: authority, Tell: Provider, Clocks: ClocksFresh, Clock: RuleReply, Source: lawConform},
	{Act: ActRefuse, From: only(StateConformity), To: StateRefused, By: Authority, Roles: authority, Reason: true, Cite: true, Tell: Requester, Clocks: ClocksFresh, Clock: RuleWindow, Source: lawConform},
	{Act: ActWithdraw, From: open, To: StateWithdrawn, By: Requester, Roles: users, Tell: Provider, Clocks: ClocksFresh, Source: lawDesign},

	{Act: ActDemand, From: only(StateDraft), To: StateDemand, When: uncataloged, By: Requester, Roles: users, Tell: Authority, Clocks: ClocksFresh, Source: lawDemand},
	{Act: ActMoved, From: only(StateDemand), By: Provider, Roles: stewards, Reason: true, Tell: Requester, Source: lawSource},
	{Act: ActMoved, From: only(StateDemand), By: Authority, Roles: authority, Reason: true, Tell: Requester, Source: lawSource},
	{Act: ActListed, From: wished, To: StateConformity, When: wholeAndChecked, By: Provider, Roles: stewards, Needs: true, Tell: Authority, Clocks: ClocksFresh, Clock: RuleConformity, Source: lawDemand},
	{Act: ActListed, From: wished, To: StateSubmitted, When: isWhole, By: Provider, Roles: stewards, Needs: true, Tell: Provider, Clocks: ClocksFresh, Clock: RuleReply, Source: lawDemand},
	{Act: ActListed, From: wished, To: StateSupplementing, When: notWhole, By: Provider, Roles: stewards, Tell: Requester, Clocks: ClocksFresh, Clock: RuleSupplement, Source: lawDemand},
	{Act: ActUnlisted, From: only(StateDemand), To: StateRefused, By: Provider, Roles: stewards, Reason: true, Cite: true, Tell: Requester, Clocks: ClocksFresh, Clock: RuleWindow, Source: lawDemand},

	{Act: ActSupplement, From: running, To: StateSupplementing, When: toldNothing, By: Provider, Roles: stewards, Reason: true, Tell: Requester, Clocks: ClocksPause, Clock: RuleSupplement, Source: lawOnce},
	{Act: ActSupplement, From: only(StateConformity), To: StateSupplementing, When: toldNothing, By: Authority, Roles: authority, Reason: true, Tell: Requester, Clocks: ClocksPause, Clock: RuleSupplement, Source: lawOnce},
	{Act: ActSupply, From: only(StateSupplementing), To: StateConformity, When: back(StateConformity), By: Requester, Roles: users, Needs: true, Tell: Authority, Clocks: ClocksResume, Clock: RuleConformity, Source: lawOnce},
	{Act: ActSupply, From: only(StateSupplementing), To: StateExtended, When: back(StateExtended), By: Requester, Roles: users, Needs: true, Tell: Provider, Clocks: ClocksResume, Clock: RuleReply, Source: lawOnce},
	{Act: ActSupply, From: only(StateSupplementing), To: StateSubmitted, When: back(StateSubmitted), By: Requester, Roles: users, Needs: true, Tell: Provider, Clocks: ClocksResume, Clock: RuleReply, Source: lawOnce},

	{Act: ActProcedure, From: running, To: StateProcedure, When: noProcedure, By: Provider, Roles: stewards, Reason: true, Cite: true, Tell: Requester, Clocks: ClocksPause, Clock: RuleProcedure, Source: lawStands},
	{Act: ActProceed, From: only(StateProcedure), To: StateExtended, When: aside(StateExtended), By: Provider, Roles: stewards, Tell: Requester, Clocks: ClocksResume, Clock: RuleReply, Source: lawStands},
	{Act: ActProceed, From: only(StateProcedure), To: StateSubmitted, When: aside(StateSubmitted), By: Provider, Roles: stewards, Tell: Requester, Clocks: ClocksResume, Clock: RuleReply, Source: lawStands},

	{Act: ActAskMore, From: only(StateSubmitted), When: notExtended, By: Provider, Roles: stewards, Reason: true, Tell: Authority, Source: lawExtend},
	{Act: ActExtend, From: only(StateSubmitted), To: StateExtended, When: extensionAsked, By: Authority, Roles: authority, Tell: Requester, Source: lawExtend},
	{Act: ActNoMore, From: only(StateSubmitted), When: extensionAsked, By: Authority, Roles: authority, Reason: true, Tell: Provider, Source: lawExtend},
	{Act: ActReroute, From: owing, To: StateSubmitted, When: notRouted, By: Provider, Roles: stewards, Reason: true, Tell: Provider, Clocks: ClocksFresh, Clock: RuleReply, Source: lawSource},
	{Act: ActDisown, From: owing, To: StateAssigning, When: notAssigned, By: Provider, Roles: stewards, Reason: true, Tell: Authority, Clocks: ClocksFresh, Clock: RuleAssign, Source: lawSource},
	{Act: ActAssign, From: only(StateAssigning), To: StateSubmitted, By: Authority, Roles: authority, Reason: true, Tell: Provider, Clocks: ClocksFresh, Clock: RuleReply, Source: lawSource},
	{Act: ActOverdue, From: running, To: StateOverdue, By: Platform, Tell: Requester, Source: lawOverdue},
	{Act: ActRemind, From: with(open, StateAgreed, StateInPart), By: Platform, Source: lawOverdue},

	{Act: ActPropose, From: decided, To: StateSecond, When: twoHands, By: Provider, Roles: stewards, Tell: Provider, Source: lawTwoHands},
	{Act: ActAgree, From: with(decided, StateSecond), To: StateAgreed, When: wholly, By: Provider, Roles: stewards, Grants: true, Tell: Requester, Clocks: ClocksFresh, Source: lawShare},
	{Act: ActInPart, From: with(decided, StateSecond), To: StateInPart, When: partly, By: Provider, Roles: stewards, Reason: true, Cite: true, Grants: true, Tell: Requester, Clocks: ClocksFresh, Source: lawShare},
	{Act: ActRefuse, From: with(owing, StateSecond), To: StateRefused, When: notOrdered, By: Provider, Roles: stewards, Reason: true, Cite: true, Tell: Requester, Clocks: ClocksFresh, Clock: RuleWindow, Source: lawShare},

	{Act: ActDispute, From: only(StateRefused), To: StateConsulting, When: notDisputed, By: Requester, Roles: users, Reason: true, Tell: Provider, Clocks: ClocksFresh, Clock: RuleConsult, Source: lawDispute},
	{Act: ActDispute, From: only(StateOverdue), To: StateAuthority, By: Requester, Roles: users, Reason: true, Tell: Authority, Clocks: ClocksFresh, Clock: RuleAuthority, Source: lawDispute},
	{Act: ActSettle, From: only(StateConsulting), To: StateRefused, By: Requester, Roles: users, Tell: Provider, Clocks: ClocksFresh, Source: lawDispute},
	{Act: ActEscalate, From: only(StateConsulting), To: StateAuthority, By: Requester, Roles: users, Reason: true, Tell: Authority, Clocks: ClocksFresh, Clock: RuleAuthority, Source: lawDispute},
	{Act: ActUphold, From: only(StateAuthority), To: StateRefused, By: Authority, Roles: authority, Reason: true, Cite: true, Tell: Requester, Clocks: ClocksFresh, Clock: RuleWindow, Source: lawDispute},
	{Act: ActOrder, From: only(StateAuthority), To: StateDemand, When: uncataloged, By: Authority, Roles: authority, Reason: true, Cite: true, Tell: Requester, Clocks: ClocksFresh, Source: lawDispute},
	{Act: ActOrder, From: only(StateAuthority), To: StateOrdered, By: Authority, Roles: authority, Reason: true, Cite: true, Tell: Provider, Clocks: ClocksFresh, Clock: RuleReply, Source: lawDispute},
	{Act: ActAppeal, From: only(StateRefused), To: StateSuperior, When: ruledOnce, By: Requester, Roles: users, Reason: true, Tell: Superior, Clocks: ClocksFresh, Clock: RuleSuperior, Source: lawDispute},
	{Act: ActAppeal, From: only(StateDemand), To: StateSuperior, When: orderedOnce, By: Provider, Roles: stewards, Reason: true, Tell: Superior, Clocks: ClocksFresh, Clock: RuleSuperior, Source: lawDispute},
	{Act: ActAppeal, From: only(StateOrdered), To: StateSuperior, When: ruledOnce, By: Provider, Roles: stewards, Reason: true, Tell: Superior, Clocks: ClocksFresh, Clock: RuleSuperior, Source: lawDispute},
	{Act: ActUphold, From: only(StateSuperior), To: StateRefused, By: Superior, Roles: authority, Reason: true, Cite: true, Tell: Requester, Clocks: ClocksFresh, Source: lawDispute},
	{Act: ActOrder, From: only(StateSuperior), To: StateDemand, When: uncataloged, By: Superior, Roles: authority, Reason: true, Cite: true, Tell: Requester, Clocks: ClocksFresh, Source: lawDispute},
	{Act: ActOrder, From: only(StateSuperior), To: StateOrdered, By: Superior, Roles: authority, Reason: true, Cite: true, Tell: Provider, Clocks: ClocksFresh, Clock: RuleReply, Source: lawDispute},

	{Act: ActDeliver, From: given, GrantFrom: alive, When: notDelivered, By: Provider, Roles: stewards, Tell: Requester, Source: lawShare},
	{Act: ActDeliver, From: given, GrantFrom: alive, When: notDelivered, By: Platform, Tell: Requester, Source: lawShare},
	{Act: ActReview, From: given, GrantFrom: alive, By: Provider, Roles: stewards, Reason: true, Tell: Requester, Source: lawDesign},
	{Act: ActSuspend, From: given, GrantFrom: []access.GrantState{access.GrantActive}, GrantTo: access.GrantSuspended, By: Provider, Roles: stewards, Reason: true, Tell: Requester, Source: lawEnd},
	{Act: ActSuspend, From: given, GrantFrom: alive, GrantTo: access.GrantSuspended, When: notHalted, By: Authority, Roles: authority, Reason: true, Tell: Requester, Source: lawEnd},
	{Act: ActResume, From: given, GrantFrom: []access.GrantState{access.GrantSuspended}, GrantTo: access.GrantActive, When: notHalted, By: Provider, Roles: stewards, Reason: true, Tell: Requester, Source: lawEnd},
	{Act: ActResume, From: given, GrantFrom: []access.GrantState{access.GrantSuspended}, GrantTo: access.GrantActive, When: suspendedByWord, By: Authority, Roles: authority, Reason: true, Tell: Requester, Source: lawEnd},
	{Act: ActEnd, From: given, GrantFrom: alive, GrantTo: access.GrantEnded, By: Provider, Roles: stewards, Reason: true, Tell: Requester, Source: lawEnd},
	{Act: ActEnd, From: given, GrantFrom: alive, GrantTo: access.GrantEnded, By: Requester, Roles: []vocab.Role{vocab.DataUser, vocab.Steward}, Reason: true, Tell: Provider, Source: lawEnd},
	{Act: ActEnd, From: given, GrantFrom: alive, GrantTo: access.GrantEnded, By: Authority, Roles: authority, Reason: true, Tell: Requester, Source: lawEnd},
	{Act: ActCertify, From: given, When: certifiable, By: Requester, Roles: []vocab.Role{vocab.DataUser, vocab.Steward}, Tell: Provider, Source: lawDesign},
}

// What else a step asks of the request.

func conforms(r *Request) bool        { return r.conform }
func uncataloged(r *Request) bool     { return r.Demanded != nil && r.Dataset == "" }
func isWhole(r *Request) bool         { return listable(r) && r.whole }
func notWhole(r *Request) bool        { return listable(r) && !r.whole }
func wholeAndChecked(r *Request) bool { return isWhole(r) && r.conform }
func listable(r *Request) bool        { return uncataloged(r) || r.listing }
func toldNothing(r *Request) bool     { return r.Supplement == nil }
func notExtended(r *Request) bool     { return r.Extension == nil }
func extensionAsked(r *Request) bool  { return r.Extension != nil && r.Extension.Decided.IsZero() }
func notRouted(r *Request) bool       { return !r.Rerouted && !r.Assigned }
func notAssigned(r *Request) bool     { return !r.Assigned }
func notDisputed(r *Request) bool     { return r.Dispute == nil }
func notOrdered(r *Request) bool      { return r.ordered() == nil }
func ruledOnce(r *Request) bool {
	return r.Dispute != nil && len(r.Dispute.Rulings) == 1 && !r.Dispute.Settled
}
func orderedOnce(r *Request) bool  { return ruledOnce(r) && r.ordered() != nil }
func notDelivered(r *Request) bool { return r.DeliveredAt.IsZero() }
func certifiable(r *Request) bool  { return r.past && r.Destruction == nil }

// Whoever suspended a grant, or a body above, lets it be used again; what the node
// itself suspended has no word to it, and the provider confirms it.
func notHalted(r *Request) bool       { return r.Suspension == nil || r.Suspension.By != Authority }
func suspendedByWord(r *Request) bool { return r.Suspension != nil }

// Nobody agrees to what no entry lists yet, and the second approver to nothing but
// what the first decided.
func wholly(r *Request) bool {
	return r.Dataset != "" && (r.State != StateSecond || r.Decision != nil && len(r.Decision.Items) == 0)
}

func partly(r *Request) bool {
	return r.Dataset != "" && (r.State != StateSecond && len(r.Items) > 1 || r.State == StateSecond && !wholly(r))
}

func twoHands(r *Request) bool { return r.Dataset != "" && r.twoHands() }

func back(to State) func(*Request) bool {
	return func(r *Request) bool { return r.Supplement != nil && r.Supplement.Back == to }
}

// noProcedure lets each provider stop its term once.
func noProcedure(r *Request) bool { return r.Procedure == nil || r.Procedure.Of != r.Provider }

func aside(to State) func(*Request) bool {
	return func(r *Request) bool { return r.Procedure != nil && r.Procedure.Back == to }
}

// Transitions lists the steps that a request and its grant may take.
func Transitions() []Transition { return slices.Clone(transitions) }

// stepOf finds the line of an act for a side: the one that fits the request, or
// the first, which then says why it does not.
func stepOf(act string, by Side, r *Request) (Transition, error) {
	var first *Transition
	for i := range transitions {
		t := &transitions[i]
		if t.Act != act || t.By != by {
			continue
		}
		if first == nil {
			first = t
		}
		if slices.Contains(t.From, r.State) && (t.When == nil || t.When(r)) {
			return *t, nil
		}
	}
	if first == nil {
		return Transition{}, vocab.RoleMissing.Because("the %s of a request does not %s it", by, act).WithFix("Look whose it is: fontis request show ID")
	}
	return *first, nil
}

// told lists what the lines of officers that fit say, each once.
func told(fits func(*Transition) bool, say func(*Transition) string) string {
	var out []string
	for i := range transitions {
		if t := &transitions[i]; len(t.Roles) > 0 && fits(t) && !slices.Contains(out, say(t)) {
			out = append(out, say(t))
		}
	}
	return strings.Join(out, ", ")
}

// next says which steps may come now, and whose they are.
func next(r *Request) string {
	steps := told(func(t *Transition) bool {
		return t.fits(r)
	}, func(t *Transition) string { return fmt.Sprintf("%s (the %s)", t.Act, t.By) })
	return fmt.Sprintf("Look at it: fontis request show %s. What may come next: %s.", r.ID, cmp.Or(steps, "nothing more"))
}

// allows decides whether the request may take the step now, with the reason given.
func (t Transition) allows(r *Request, reason, citation string) error {
	if !slices.Contains(t.From, r.State) {
		return vocab.StateWrong.Because("a request that is %s cannot take the step %s", r.State, t.Act).WithFix("%s", next(r))
	}
	if t.When != nil && !t.When(r) {
		return vocab.StateWrong.Because("the step %s was taken already, or is not open to this request", t.Act).WithFix("%s", next(r))
	}
	if len(t.GrantFrom) > 0 && (r.past || !slices.Contains(t.GrantFrom, r.GrantState)) {
		return vocab.StateWrong.Because("a grant that is %s cannot take the step %s", r.grantStands(), t.Act).WithFix("%s", next(r))
	}
	if t.Reason && strings.TrimSpace(reason) == "" {
		return vocab.ReasonNeeded.Because("the step %s needs a reason", t.Act)
	}
	if t.Cite && strings.TrimSpace(citation) == "" {
		return vocab.ReasonNeeded.Because("the step %s needs the law that it rests on", t.Act)
	}
	if t.Needs {
		if lacks := asked.Missing(&r.Fields, r.About); len(lacks) > 0 {
			return vocab.FieldMissing.Because("the request lacks %s", strings.Join(lacks, ", ")).
				WithFix("Fill in %s, then submit again.", strings.Join(lacks, ", "))
		}
	}
	return nil
}

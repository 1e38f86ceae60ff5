package demand

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// State is where a demand stands.
type State string

// The states; Open is the department's turn, Assigning the authority's.
const (
	Open      State = "open"
	Assigning State = "assigning"
	Listed    State = "listed"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
)

// States lists every state.
func States() []State { return []State{Open, Assigning, Listed, Refused, Withdrawn} }

// Side is one of those whom a demand concerns.
type Side string

// Who needs the data; who should list it; the data authority over that one; and the
// node, when the clock runs out.
const (
	Requester Side = "requester"
	Provider  Side = "provider"
	Authority Side = "authority"
	Platform  Side = "platform"
)

// The steps of a demand.
const (
	ActOpen     = "open"
	ActList     = "list"
	ActRefuse   = "refuse"
	ActWithdraw = "withdraw"
	ActOrder    = "order"   // a ruling: the department is to list it
	ActAppeal   = "appeal"  // the department takes the order to the superior
	ActReroute  = "reroute" // another department is the source, and is named
	ActDisown   = "disown"  // the authority is to name it
	ActAssign   = "assign"
	ActRemind   = "remind"
)

// Transition is one line of the table of steps.
type Transition struct {
	Act    string
	From   []State
	To     State // empty: it stays
	By     Side
	Reason bool // must be said
	Cite   bool // and the law that it rests on
	Tell   Side
	Source string
}

const (
	lawDemand  = "比照上海市数据条例第三十九条 [L-SH 39]"
	lawDispute = "政务数据共享条例：协商、同级数据主管部门、共同上级 [R13][R14], unverified"
	lawSource  = "数源部门确认 [R41], unverified"
	lawDesign  = "no law read: design of this software"
)

var transitions = []Transition{
	{Act: ActOpen, From: []State{""}, To: Open, By: Requester, Tell: Provider, Source: lawDemand},
	{Act: ActList, From: []State{Open, Refused}, To: Listed, By: Provider, Tell: Requester, Source: lawDemand},
	{Act: ActReroute, From: []State{Open}, To: Open, By: Provider, Reason: true, Tell: Provider, Source: lawSource},
	{Act: ActDisown, From: []State{Open}, To: Assigning, By: Provider, Reason: true, Tell: Authority, Source: lawSource},
	{Act: ActAssign, From: []State{Assigning}, To: Open, By: Authority, Reason: true, Tell: Provider, Source: lawSource},
	{Act: ActRefuse, From: []State{Open}, To: Refused, By: Provider, Reason: true, Cite: true, Tell: Authority, Source: lawDemand},
	{Act: ActWithdraw, From: []State{Open, Assigning}, To: Withdrawn, By: Requester, Tell: Authority, Source: lawDesign},
	{Act: ActOrder, From: []State{Refused}, To: Open, By: Authority, Tell: Provider, Source: lawDispute},
	{Act: ActAppeal, From: []State{Open}, To: Refused, By: Provider, Reason: true, Tell: Requester, Source: lawDispute},
	{Act: ActRemind, From: []State{Open, Assigning}, By: Platform, Source: lawDesign},
}

// Transitions lists the steps that a demand may take.
func Transitions() []Transition { return slices.Clone(transitions) }

// stepOf finds the line of an act and asks the state and the words.
func stepOf(d *Demand, act, reason, citation string) (Transition, error) {
	t := transitions[slices.IndexFunc(transitions, func(t Transition) bool { return t.Act == act })]
	switch {
	case !slices.Contains(t.From, d.State):
		return t, vocab.StateWrong.Because("a demand that is %s cannot take the step %s", d.State, act)
	case act == ActList && d.State == Refused && !d.Talks:
		return t, vocab.StateWrong.Because("demand %s was refused, and its refusal is not talked over now", d.ID).
			WithFix("List the data set; who asked demands it anew: fontis demand make --help")
	case d.Ordered && (act == ActRefuse || act == ActReroute || act == ActDisown):
		return t, vocab.StateWrong.Because("a ruling orders that demand %s be listed", d.ID).
			WithFix("List the data set and answer with its id, or appeal the order: fontis dispute appeal %s --reason TEXT", d.Request)
	case act == ActAppeal && !d.Ordered:
		return t, vocab.StateWrong.Because("no ruling orders that demand %s be listed", d.ID)
	case act == ActReroute && d.Rerouted || (act == ActReroute || act == ActDisown) && d.Assigned:
		return t, vocab.StateWrong.Because("the step %s was taken already, or is not open to demand %s", act, d.ID)
	case t.Reason && strings.TrimSpace(reason) == "" || t.Cite && strings.TrimSpace(citation) == "":
		return t, vocab.ReasonNeeded.Because("the step %s of a demand needs a reason, and a refusal the law that it rests on", act)
	}
	return t, nil
}

// mayAnswer asks who answers for the department, or who assigns the demand to one:
// an authority that is neither side.
func mayAnswer(a identity.Actor, d *Demand) error {
	if d.State == Assigning {
		if !(a.Governs(d.Region) || a.OfNode && a.Has(vocab.Authority)) || a.In(d.Provider) || a.In(d.Requester) || a.Officer == "" || a.IsMachine() {
			return vocab.RoleMissing.Because("demand %s is assigned by an officer of the data authority over %s", d.ID, d.Provider)
		}
		return nil
	}
	if err := a.Must(vocab.Steward); err != nil {
		return err
	}
	if !a.In(d.Provider) {
		return vocab.RoleMissing.Because("a demand is answered by %s", d.Provider)
	}
	if a.Officer == "" {
		return vocab.RoleMissing.Because("an answer names the officer who gives it")
	}
	return nil
}

// actOf is the step that an answer takes.
func (w *Answer) actOf(d *Demand) string {
	switch {
	case d.State == Assigning:
		return ActAssign
	case w.Dataset != "":
		return ActList
	case w.Of != "":
		return ActReroute
	case w.NotMine:
		return ActDisown
	}
	return ActRefuse
}

// Answers are the steps that the actor may take with an answer now.
func (d *Demand) Answers(a identity.Actor) []string {
	if mayAnswer(a, d) != nil {
		return nil
	}
	var out []string
	for _, act := range []string{ActList, ActReroute, ActDisown, ActAssign, ActRefuse} {
		if _, err := stepOf(d, act, "x", "x"); err == nil {
			out = append(out, act)
		}
	}
	return out
}

// sees reports whether the demand exists for an actor.
func (d *Demand) sees(a identity.Actor) bool {
	return a.In(d.Requester) || a.In(d.Provider) || a.Governs(d.Region) || a.OfNode && a.Has(vocab.Authority)
}

// The most that one demand names.
const (
	maxItems = 500
	maxName  = 200
	maxText  = 4000
)

// check refuses what no demand can say, and says at once what it lacks.
func (n *Wish) check() error {
	var lacks []string
	for _, f := range []struct{ name, value string }{{"of", string(n.Of)}, {"name", n.Name}, {"what", n.What}} {
		if strings.TrimSpace(f.value) == "" {
			lacks = append(lacks, f.name)
		}
	}
	if len(lacks) > 0 {
		return vocab.FieldMissing.Because("the demand lacks %s", strings.Join(lacks, ", "))
	}
	if len(n.Items) > maxItems {
		return vocab.BadInput.Because("a demand names at most %d items", maxItems)
	}
	for _, v := range append([]string{string(n.Of), n.Name}, n.Items...) {
		if err := checkText(v, maxName); err != nil {
			return err
		}
	}
	return checkText(n.What, maxText)
}

// checkText refuses what no page shows, and what names a person.
func checkText(v string, most int) error {
	bad := func(r rune) bool {
		return unicode.IsControl(r) && (most == maxName || r != '\n' && r != '\r' && r != '\t')
	}
	if !utf8.ValidString(v) || utf8.RuneCountInString(v) > most || strings.ContainsFunc(v, bad) {
		return vocab.BadInput.Because("a text of the demand is not UTF-8, holds a control character or is longer than %d signs", most)
	}
	if subject.HoldsCitizenNumber(v) {
		return vocab.BadInput.Because("a text of the demand holds a citizen number; a demand names no person")
	}
	return nil
}

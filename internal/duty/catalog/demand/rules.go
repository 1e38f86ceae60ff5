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

// The states; Open is the department's turn.
const (
	Open      State = "open"
	Listed    State = "listed"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
)

// States lists every state.
func States() []State { return []State{Open, Listed, Refused, Withdrawn} }

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
	ActOrder    = "order" // a ruling: the department is to list it
	ActRemind   = "remind"
)

// Transition is one line of the table of steps.
type Transition struct {
	Act    string
	From   []State
	To     State // empty: it stays
	By     Side
	Reason bool // reason and citation must be said
	Tell   Side
	Source string
}

const (
	lawDemand  = "比照上海市数据条例第三十九条 [L-SH 39]"
	lawDispute = "政务数据共享条例：协商、同级数据主管部门、共同上级 [R13][R14], unverified"
	lawDesign  = "no law read: design of this software"
)

var transitions = []Transition{
	{Act: ActOpen, From: []State{""}, To: Open, By: Requester, Tell: Provider, Source: lawDemand},
	{Act: ActList, From: []State{Open}, To: Listed, By: Provider, Tell: Requester, Source: lawDemand},
	{Act: ActRefuse, From: []State{Open}, To: Refused, By: Provider, Reason: true, Tell: Authority, Source: lawDemand},
	{Act: ActWithdraw, From: []State{Open}, To: Withdrawn, By: Requester, Tell: Authority, Source: lawDesign},
	{Act: ActOrder, From: []State{Refused}, To: Open, By: Authority, Tell: Provider, Source: lawDispute},
	{Act: ActRemind, From: []State{Open}, By: Platform, Source: lawDesign},
}

// Transitions lists the steps that a demand may take.
func Transitions() []Transition { return slices.Clone(transitions) }

// stepOf finds the line of an act and asks the state and the words.
func stepOf(d *Demand, act, reason, citation string) (Transition, error) {
	t := transitions[slices.IndexFunc(transitions, func(t Transition) bool { return t.Act == act })]
	switch {
	case !slices.Contains(t.From, d.State):
		return t, vocab.StateWrong.Because("a demand that is %s cannot take the step %s", d.State, act)
	case act == ActRefuse && d.Ordered:
		return t, vocab.StateWrong.Because("a ruling orders that demand %s be listed", d.ID).WithFix("List the data set and answer with its id; the request for it is decided on its own.")
	case t.Reason && (strings.TrimSpace(reason) == "" || strings.TrimSpace(citation) == ""):
		return t, vocab.ReasonNeeded.Because("a demand is refused with a reason and the law that it rests on")
	}
	return t, nil
}

// mayAnswer asks who answers for the department.
func mayAnswer(a identity.Actor, d *Demand) error {
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

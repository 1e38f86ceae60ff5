package review

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// highLevel is the security level from which two officers look.
const highLevel = 3

// TwoOfficers reports whether the secrecy review of an entry is a second officer's
// own word: about persons, and where the entry or an item is of a high level.
func TwoOfficers(d *entry.Dataset) bool {
	return d.Subject == "" || d.Subject.OfPersons() || d.Level >= highLevel || slices.ContainsFunc(d.Items, func(it entry.Item) bool { return it.Level >= highLevel })
}

// Print stands for what a reader of the catalog would see of an entry; a word of a
// review holds for that and nothing else.
func Print(d *entry.Dataset) (string, error) {
	type item struct {
		Code  string
		Name  entry.Text
		Level int
	}
	seen := struct {
		Name, Abstract entry.Text
		Subject        vocab.SubjectKind
		Level          int
		Items          []item
	}{d.Name, d.Abstract, d.Subject, d.Level, nil}
	for _, it := range d.Items {
		seen.Items = append(seen.Items, item{it.Code, it.Name, it.Level})
	}
	text, err := json.Marshal(seen)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// passes decides by the last word on an entry whether it may be shown: nil, or why
// not. declared says that what the publisher declares now would be enough.
func passes(d *entry.Dataset, print string, last *Check) (declared bool, err error) {
	two := TwoOfficers(d)
	switch {
	case last != nil && last.Print == print && last.Result == Withheld:
		return false, vocab.SecrecyWithheld.Because("the secrecy review of %s withholds it: %s", d.ID, last.Basis)
	case last != nil && last.Print == print && !(two && last.Declared):
		return false, nil
	case two:
		return false, vocab.SecrecyUnchecked.Because("no second officer has said that %s, as it stands, may be listed", d.ID).
			WithFix("Another officer of the department: fontis dataset check %s --listable --basis LAW", d.ID)
	}
	return true, vocab.SecrecyUnchecked.Because("nobody has said who made the secrecy review of %s, and on what it rests", d.ID).
		WithFix("Say so when you publish: --secrecy-checked-by NAME --secrecy-basis LAW")
}

// added reports whether an edit shows an item that was not there.
func added(old, now *entry.Dataset) bool {
	return slices.ContainsFunc(now.Items, func(it entry.Item) bool {
		_, was := old.Item(it.Code)
		return !was
	})
}

// reworded reports whether an edit shows other words or another level than before:
// a name, an abstract, an item's name. To show less is no such edit.
func reworded(old, now *entry.Dataset) bool {
	return old.Name != now.Name || old.Abstract != now.Abstract || old.Level != now.Level || old.Subject != now.Subject ||
		slices.ContainsFunc(now.Items, func(it entry.Item) bool {
			was, there := old.Item(it.Code)
			return there && (was.Name != it.Name || was.Level != it.Level)
		})
}

// Side is one of those whom a change concerns.
type Side string

// The owner of the entry; the data authority over it; and the node, when a clock
// runs out.
const (
	Owner     Side = "owner"
	Authority Side = "authority"
	Platform  Side = "platform"
)

// The steps of a change.
const (
	ActAnnounce = "announce"
	ActExtend   = "extend"
	ActUpdate   = "update"
	ActAccept   = "accept"
	ActReturn   = "return"
	ActRemind   = "remind"
)

// Transition is one line of the table of steps.
type Transition struct {
	Act    string
	From   []State
	To     State // empty: it stays
	By     []Side
	Reason bool
	Once   bool
	Tell   Side
	Clock  string // the rule that runs in the state To; empty: as before
	Source string
}

const (
	lawChange = "政务数据共享条例（国务院令第809号）：变更事由发生之日起更新目录 [R13], numbers [REC], unverified"
	lawReview = "政务数据共享条例：目录经主管部门审核 [R12][R13], unverified; its term is a proposal of this software"
	lawRemind = "no silent acceptance: design of this software"
)

var transitions = []Transition{
	{Act: ActAnnounce, From: []State{""}, To: Owed, By: []Side{Owner, Authority, Platform}, Reason: true, Tell: Owner, Clock: RuleChange, Source: lawChange},
	{Act: ActExtend, From: []State{Owed}, By: []Side{Owner}, Reason: true, Once: true, Tell: Authority, Source: lawChange},
	{Act: ActUpdate, From: []State{Owed}, To: Updated, By: []Side{Owner}, Reason: true, Tell: Authority, Clock: RuleReview, Source: lawChange},
	{Act: ActAccept, From: []State{Updated}, To: Accepted, By: []Side{Authority}, Tell: Owner, Source: lawReview},
	{Act: ActReturn, From: []State{Updated}, To: Owed, By: []Side{Authority, Platform}, Reason: true, Tell: Owner, Clock: RuleChange, Source: lawReview},
	{Act: ActRemind, From: []State{Owed, Updated}, By: []Side{Platform}, Source: lawRemind},
}

// Transitions lists the steps that a change may take.
func Transitions() []Transition { return slices.Clone(transitions) }

// stepOf finds the line of an act and asks state, side and words.
func stepOf(c *Change, act, reason string, sides []Side) (Transition, error) {
	i := slices.IndexFunc(transitions, func(t Transition) bool { return t.Act == act })
	t := transitions[i]
	switch {
	case !slices.ContainsFunc(t.By, func(s Side) bool { return slices.Contains(sides, s) }):
		return t, vocab.RoleMissing.Because("the step %s of a change is another's", act)
	case !slices.Contains(t.From, c.State):
		return t, vocab.StateWrong.Because("a change that is %s cannot take the step %s", c.State, act)
	case t.Once && c.Extended > 0:
		return t, vocab.StateWrong.Because("the step %s was taken already", act)
	case t.Reason && strings.TrimSpace(reason) == "":
		return t, vocab.ReasonNeeded.Because("the step %s needs a reason", act)
	}
	return t, nil
}

// sides are those on which an officer stands. Nobody reviews what is their own
// member's, unless no other authority takes part: then one who did not make the
// update stands in, and the change says so.
func (c *Change) sides(a identity.Actor) []Side {
	if a.Officer == "" || a.IsMachine() {
		return nil
	}
	if a.In(c.Owner) {
		var out []Side
		if a.Has(vocab.Steward) {
			out = append(out, Owner)
		}
		if c.StandIn && a.Has(vocab.Authority) {
			out = append(out, Authority)
		}
		return out
	}
	if a.Governs(c.Region) || a.OfNode && a.Has(vocab.Authority) {
		return []Side{Authority}
	}
	return nil
}

// Steps are the steps that the actor may take now.
func (c *Change) Steps(a identity.Actor) []Transition {
	var out []Transition
	for _, t := range transitions {
		if _, err := stepOf(c, t.Act, "x", c.sides(a)); err == nil {
			out = append(out, t)
		}
	}
	return out
}

package grant

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fontis/internal/vocab"
)

// Decide says whether the grant allows the call at the moment; nil is yes. It
// reads nothing but its arguments, so that the same decision can be explained
// again years later. Quota and guess guard need memory and come after it.
func Decide(g *Grant, caller vocab.MemberID, c Call, now time.Time) error {
	if g == nil || g.To != caller {
		return Missing(c.Grant)
	}
	for _, rule := range decideRules {
		if err := rule.holds(g, c, now); err != nil {
			return err
		}
	}
	return nil
}

// Missing is the one answer for a grant that is not there and one that is not yours.
func Missing(id vocab.GrantID) error {
	return vocab.GrantMissing.Because("no grant %q is held by you", id)
}

type rule struct {
	name  string
	holds func(*Grant, Call, time.Time) error
}

// decideRules in the order in which a refusal is most useful to the caller.
var decideRules = []rule{
	{"state", stateHolds},
	{"period", periodHolds},
	{"question", questionHolds},
	{"carriage", carriageHolds},
	{"purpose", purposeHolds},
	{"case", caseHolds},
	{"items", itemsHold},
	{"hours", hoursHold},
	{"network", networkHolds},
	{"subject", subjectHolds},
}

// Stands says whether the grant is active and in its period: what a long piece of
// work asks again before each step.
func (g *Grant) Stands(now time.Time) error {
	if err := stateHolds(g, Call{}, now); err != nil {
		return err
	}
	return periodHolds(g, Call{}, now)
}

func stateHolds(g *Grant, _ Call, _ time.Time) error {
	switch g.State {
	case Active:
		return nil
	case Suspended:
		return vocab.GrantSuspended.Because("grant %s is suspended: %s", g.ID, g.Reason)
	default:
		return vocab.GrantEnded.Because("grant %s was ended: %s", g.ID, g.Reason)
	}
}

func periodHolds(g *Grant, _ Call, now time.Time) error {
	if now.Before(g.From) {
		return vocab.GrantNotBegun.Because("grant %s begins on %s", g.ID, g.From.Format(time.DateOnly))
	}
	if !now.Before(g.Until) {
		return vocab.GrantEnded.Because("grant %s ended on %s", g.ID, g.Until.Format(time.DateOnly))
	}
	return nil
}

func questionHolds(g *Grant, c Call, _ time.Time) error {
	if c.Question != g.Question {
		return vocab.QuestionOutside.Because("grant %s allows %s, not %s", g.ID, g.Question, c.Question)
	}
	if c.Question == vocab.Status && !g.statuses[c.Status] {
		return vocab.QuestionOutside.Because("grant %s allows the statuses %s, not %q", g.ID, strings.Join(g.Statuses, ", "), c.Status)
	}
	return nil
}

func carriageHolds(g *Grant, c Call, _ time.Time) error {
	if c.Carriage == vocab.Subscription {
		return vocab.NotOffered.Because("subscription")
	}
	if !slices.Contains(g.Carriages, c.Carriage) {
		return vocab.QuestionOutside.Because("grant %s allows the carriage %v, not %s", g.ID, g.Carriages, c.Carriage).
			WithFix("ask for it: fontis request DATASET --carriages single,batch, with what grant %s gave", g.ID)
	}
	if c.Carriage == vocab.Batch && c.Question == vocab.Read && g.About.OfPersons() && (g.Statute == "" || g.Second == "") {
		return vocab.StatuteNeeded.Because("grant %s: reading about persons in a batch needs a named statute and a second approver", g.ID)
	}
	return nil
}

func purposeHolds(g *Grant, c Call, _ time.Time) error {
	if c.Purpose != g.Purpose {
		return vocab.PurposeOutside.Because("grant %s is for the purpose %q, not %q", g.ID, g.Purpose, c.Purpose)
	}
	return nil
}

func caseHolds(g *Grant, c Call, _ time.Time) error {
	if strings.TrimSpace(c.Case) == "" {
		return vocab.CaseMissing.Because("grant %s needs a case number with each call", g.ID)
	}
	if len(c.Case) > 200 || !g.caseForm.MatchString(c.Case) {
		return vocab.CaseMismatch.Because("the case number does not have the form %s", g.CasePattern)
	}
	return nil
}

func itemsHold(g *Grant, c Call, _ time.Time) error {
	if len(c.Values)+len(c.Items) == 0 && c.Question != vocab.Status {
		return vocab.BadInput.Because("no item is named")
	}
	all := true
	for n := range c.Values {
		all = all && g.holds(n)
	}
	for _, n := range c.Items {
		all = all && g.holds(n)
	}
	if all {
		return nil
	}
	for _, n := range c.Names() { // in order, so that the cause is always the same
		if !g.holds(n) {
			return vocab.ItemOutside.Because("grant %s does not hold the item %s", g.ID, n).
				WithFix("Ask only for the items that the grant names (fontis grant show %s), or request the item.", g.ID)
		}
	}
	return nil
}

// fewItems is the most that are looked through without the map.
const fewItems = 8

func (g *Grant) holds(n vocab.ItemID) bool {
	if len(g.Items) <= fewItems {
		return slices.Contains(g.Items, n)
	}
	return g.items[n]
}

func hoursHold(g *Grant, _ Call, now time.Time) error {
	if g.HourFrom == 0 && g.HourUntil == 0 {
		return nil
	}
	if g.zone != nil {
		now = now.In(g.zone)
	}
	h := now.Hour()
	inside := h >= g.HourFrom && h < g.HourUntil
	if g.HourFrom > g.HourUntil { // over midnight
		inside = h >= g.HourFrom || h < g.HourUntil
	}
	if !inside {
		return vocab.HourOutside.Because("grant %s holds from %02d:00 to %02d:00 in %s, and it is %s there", g.ID, g.HourFrom, g.HourUntil, now.Location(), now.Format("15:04"))
	}
	return nil
}

func networkHolds(g *Grant, c Call, _ time.Time) error {
	if len(g.Networks) == 0 {
		return nil
	}
	addr := c.Network.Unmap()
	for _, n := range g.Networks {
		if n.Contains(addr) {
			return nil
		}
	}
	return vocab.NetworkOutside.Because("grant %s does not hold from %s", g.ID, addr)
}

func subjectHolds(g *Grant, c Call, _ time.Time) error {
	if c.Carriage == vocab.Single && c.Subject.Value == "" {
		return vocab.SubjectNeeded.Because("%s on %s needs one subject", c.Question, g.Dataset)
	}
	return nil
}

// Explanation is one rule of a decision as a person reads it.
type Explanation struct {
	Rule  string `json:"rule"`
	Holds bool   `json:"holds"`
	Cause string `json:"cause,omitempty"`
}

// Explain runs every rule, also those behind the first that fails.
func Explain(g *Grant, c Call, now time.Time) []Explanation {
	out := make([]Explanation, 0, len(decideRules))
	for _, r := range decideRules {
		e := Explanation{Rule: r.name, Holds: true}
		if err := r.holds(g, c, now); err != nil {
			e.Holds, e.Cause = false, fmt.Sprint(err)
		}
		out = append(out, e)
	}
	return out
}

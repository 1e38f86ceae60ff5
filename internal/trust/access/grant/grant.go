package grant

import (
	"net/netip"
	"regexp"
	"regexp/syntax"
	"time"

	"fontis/internal/engine/source"
	"fontis/internal/vocab"
)

// State is where a grant stands.
type State string

// Only an active grant opens anything; an ended one never comes back.
const (
	Active    State = "active"
	Suspended State = "suspended"
	Ended     State = "ended"
)

// Grant is what one decision allows one member to ask of one data set. Its table
// and its index belong to the door; share puts it in its own transaction.
type Grant struct {
	ID       vocab.GrantID   `json:"id"`
	Request  vocab.RequestID `json:"request"`
	Provider vocab.MemberID  `json:"provider"`
	To       vocab.MemberID  `json:"to"`
	State    State           `json:"state"`
	Reason   string          `json:"reason,omitempty"` // why it is suspended or ended

	Dataset   vocab.DatasetID   `json:"dataset"`
	About     vocab.SubjectKind `json:"about"`
	Items     []vocab.ItemID    `json:"items"`
	Statuses  []string          `json:"statuses,omitempty"` // declared statuses, for the question status
	Question  vocab.Question    `json:"question"`
	Carriages []vocab.Carriage  `json:"carriages"`

	Purpose string `json:"purpose"`
	Basis   string `json:"basis"` // law and article
	Statute string `json:"statute,omitempty"`
	Second  string `json:"second,omitempty"` // the second approver at the provider

	// Emergency is why the grant was taken before anybody decided; empty otherwise.
	Emergency string `json:"emergency,omitempty"`

	Rows        []source.Condition `json:"rows,omitempty"` // row scope
	From        time.Time          `json:"from"`
	Until       time.Time          `json:"until"`
	CasePattern string             `json:"case_pattern"`
	CasesPerDay int                `json:"cases_per_day,omitempty"` // calls that one case number may carry in a day
	PerDay      int64              `json:"per_day,omitempty"`       // volume: subjects a day
	HourFrom    int                `json:"hour_from,omitempty"`
	HourUntil   int                `json:"hour_until,omitempty"` // both 0: at any hour
	Zone        string             `json:"zone,omitempty"`       // in which time zone the hours are; the node's when it was given
	Networks    []netip.Prefix     `json:"networks,omitempty"`
	Guesses     int                `json:"guesses,omitempty"`   // lowers the guess guard
	Existence   bool               `json:"existence,omitempty"` // the caller may learn why an answer is unknown
	ByPerson    bool               `json:"by_person,omitempty"` // answers only about persons who authorised its holder themselves

	caseForm *regexp.Regexp
	zone     *time.Location // nil: the moment's own
	items    map[vocab.ItemID]bool
	statuses map[string]bool
}

// Check refuses a grant that no decision may give.
func (g *Grant) Check() error {
	switch {
	case g.ID == "" || g.To == "" || g.Provider == "" || g.Dataset == "":
		return vocab.FieldMissing.Because("a grant names its id, both members and the data set")
	case len(g.Items) == 0:
		return vocab.FieldMissing.Because("a grant names its items")
	case g.Purpose == "" || g.Basis == "":
		return vocab.FieldMissing.Because("a grant names its purpose and its legal basis")
	case !g.From.Before(g.Until):
		return vocab.BadInput.Because("the grant would end on %s, before it begins on %s", g.Until, g.From)
	case len(g.Carriages) == 0:
		return vocab.FieldMissing.Because("a grant names its carriage")
	}
	if g.Emergency != "" && (g.Until.Sub(g.From) > MostEmergencyHours*time.Hour || len(g.Carriages) != 1 || g.Carriages[0] != vocab.Single) {
		return vocab.BadInput.Because("an emergency grant has at most %d hours and single questions only", MostEmergencyHours)
	}
	for _, i := range g.Items {
		if i.Dataset() != g.Dataset {
			return vocab.BadInput.Because("item %s is not of data set %s", i, g.Dataset)
		}
	}
	for _, c := range g.Carriages {
		if g.ByPerson && c != vocab.Single {
			return vocab.BadInput.Because("what rests on each person's own word is asked one by one")
		}
		if c == vocab.Subscription {
			return vocab.NotOffered.Because("subscription")
		}
	}
	if g.About.OfPersons() && g.Question == vocab.Read {
		for _, c := range g.Carriages {
			if c == vocab.Batch && (g.Statute == "" || g.Second == "") {
				return vocab.StatuteNeeded.Because("reading about persons in a batch needs a named statute and a second approver at the provider")
			}
		}
	}
	return nil
}

// Ready compiles what Decide reads, once a grant.
func (g *Grant) Ready() error {
	form, err := CaseForm(g.CasePattern)
	if err != nil {
		return err
	}
	g.caseForm = form
	if g.Zone != "" && (g.HourFrom != 0 || g.HourUntil != 0) {
		if g.zone, err = time.LoadLocation(g.Zone); err != nil {
			return vocab.BadInput.Because("%q is no time zone", g.Zone)
		}
	}
	g.items = make(map[vocab.ItemID]bool, len(g.Items))
	for _, i := range g.Items {
		g.items[i] = true
	}
	g.statuses = make(map[string]bool, len(g.Statuses))
	for _, s := range g.Statuses {
		g.statuses[s] = true
	}
	return nil
}

// Names reports whether the grant has the item.
func (g *Grant) Names(it vocab.ItemID) bool { return g.items[it] }

// Asked are the items whose values a row of a file may bring: those of the grant
// when they are compared, and none otherwise.
func (g *Grant) Asked() []vocab.ItemID {
	if g.Question == vocab.Compare {
		return g.Items
	}
	return []vocab.ItemID{}
}

// CaseForm compiles a case-number pattern, anchored at both ends. An empty
// pattern still asks for some case number: no access without one.
func CaseForm(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		pattern = `\S.*`
	}
	if len(pattern) > 200 {
		return nil, vocab.BadInput.Because("the case pattern has %d signs, at most 200", len(pattern))
	}
	// Alone first: a pattern such as a)|(.* would close the group that anchors it.
	// It is only read then, not compiled: every grant, twin and turn comes by here.
	if _, err := syntax.Parse(pattern, syntax.Perl); err != nil {
		return nil, vocab.BadInput.Wrap(err, "the case pattern is not a regular expression")
	}
	form, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
	if err != nil {
		return nil, vocab.BadInput.Wrap(err, "the case pattern is not a regular expression")
	}
	return form, nil
}

// MostEmergencyHours is how long an emergency opens anything (architecture, rule 3).
const MostEmergencyHours = 24

// MostEmergencySubjects is how many subjects an emergency opens in a day: enough
// for those at one scene, and for no list of a town.
const MostEmergencySubjects = 20

// MostGuesses is how many distinct values one member may submit for one item of
// one subject within 24 hours, over all its grants, officers, systems and
// carriages. A birth date has 36,500 values: five a day find it in twenty years.
const MostGuesses = 5

// GuessLimit is the grant's own limit; a grant may lower it, never raise it.
func (g *Grant) GuessLimit() int {
	if g.Guesses > 0 && g.Guesses < MostGuesses {
		return g.Guesses
	}
	return MostGuesses
}

package grant

import (
	"slices"
	"strings"
	"time"

	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// Emergency is what an officer takes in an emergency, before anybody has
// decided: for so few hours, and with a reason that all concerned will read.
type Emergency struct {
	Items    []vocab.ItemID `json:"items"` // of one data set
	Question vocab.Question `json:"question"`
	Statuses []string       `json:"statuses,omitempty"`
	Purpose  string         `json:"purpose"`
	Basis    string         `json:"basis"` // law and article
	Reason   string         `json:"reason"`
	Hours    int            `json:"hours,omitempty"` // at most 24, which it is when nothing is said
}

// Check refuses an emergency that names too little, too much or a person.
func (e Emergency) Check() error {
	switch {
	case strings.TrimSpace(e.Reason) == "":
		return vocab.ReasonNeeded.Because("an emergency names its reason")
	case subject.HoldsCitizenNumber(e.Reason) || subject.HoldsCitizenNumber(e.Purpose):
		return vocab.BadInput.Because("a text of the emergency holds a citizen number; it names no person")
	case e.Hours < 0 || e.Hours > MostEmergencyHours:
		return vocab.BadInput.Because("%d hours were asked, an emergency has 1 to %d", e.Hours, MostEmergencyHours)
	case len(e.Items) == 0:
		return vocab.FieldMissing.Because("an emergency names its items")
	}
	return nil
}

// Grant is what the emergency opens, from now on.
func (e Emergency) Grant(provider, to vocab.MemberID, now time.Time) Grant {
	if e.Hours == 0 {
		e.Hours = MostEmergencyHours
	}
	return Grant{
		ID: vocab.GrantID(vocab.NewID("g")), Provider: provider, To: to, State: Active, Dataset: e.Items[0].Dataset(),
		Items: slices.Clone(e.Items), Statuses: e.Statuses, Question: e.Question, Carriages: []vocab.Carriage{vocab.Single}, PerDay: MostEmergencySubjects,
		Purpose: e.Purpose, Basis: e.Basis, Emergency: e.Reason, From: now, Until: now.Add(time.Duration(e.Hours) * time.Hour),
	}
}

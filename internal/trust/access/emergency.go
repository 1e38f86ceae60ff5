package access

import (
	"context"
	"slices"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/access/guard"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// EmergencyGrant is what an officer takes in an emergency, before anybody has
// decided: for so few hours, and with a reason that all concerned will read.
type EmergencyGrant struct {
	Items    []vocab.ItemID `json:"items"` // of one data set
	Question vocab.Question `json:"question"`
	Statuses []string       `json:"statuses,omitempty"`
	Purpose  string         `json:"purpose"`
	Basis    string         `json:"basis"` // law and article
	Reason   string         `json:"reason"`
	Hours    int            `json:"hours,omitempty"` // at most 24, which it is when nothing is said
}

// PutEmergency gives the officer's member a grant at once, for at most 24 hours
// and single questions only. Who calls it sees to notice and review, in the same
// transaction. A tagged item is refused in an emergency too.
func (d *Door) PutEmergency(ctx context.Context, tx *db.Tx, a identity.Actor, e EmergencyGrant) (Grant, error) {
	if err := a.Must(vocab.DataUser); err != nil {
		return Grant{}, err
	}
	switch {
	case a.IsMachine() || a.Officer == "":
		return Grant{}, vocab.RoleMissing.Because("an officer declares an emergency, not a system")
	case strings.TrimSpace(e.Reason) == "":
		return Grant{}, vocab.ReasonNeeded.Because("an emergency names its reason")
	case subject.HoldsCitizenNumber(e.Reason) || subject.HoldsCitizenNumber(e.Purpose):
		return Grant{}, vocab.BadInput.Because("a text of the emergency holds a citizen number; it names no person")
	case e.Hours < 0 || e.Hours > grant.MostEmergencyHours:
		return Grant{}, vocab.BadInput.Because("%d hours were asked, an emergency has 1 to %d", e.Hours, grant.MostEmergencyHours)
	case len(e.Items) == 0:
		return Grant{}, vocab.FieldMissing.Because("an emergency names its items")
	}
	b := d.bindings.Get(e.Items[0])
	if b == nil {
		return Grant{}, vocab.ItemUnbound.Because("item %s has no source", e.Items[0])
	}
	if a.In(b.Owner) {
		return Grant{}, vocab.BadInput.Because("the data are the member's own")
	}
	if e.Hours == 0 {
		e.Hours = grant.MostEmergencyHours
	}
	now := d.p.Clock.Now()
	g := Grant{
		ID: vocab.GrantID(vocab.NewID("g")), Provider: b.Owner, To: a.Member, State: GrantActive, Dataset: e.Items[0].Dataset(), About: b.About,
		Items: slices.Clone(e.Items), Statuses: e.Statuses, Question: e.Question, Carriages: []vocab.Carriage{vocab.Single}, PerDay: grant.MostEmergencySubjects,
		Purpose: e.Purpose, Basis: e.Basis, Emergency: e.Reason, From: now, Until: now.Add(time.Duration(e.Hours) * time.Hour),
	}
	return g, d.PutGrant(ctx, tx, g, a)
}

// SuspendHeld suspends every active grant that a member holds, in the caller's
// transaction; each tells of every one.
func (d *Door) SuspendHeld(ctx context.Context, tx *db.Tx, by identity.Actor, m vocab.MemberID, reason string, each func(Grant) error) (int, error) {
	n := 0
	for after := vocab.GrantID(""); ; {
		page, err := d.store.grantsOf(ctx, tx, m, false, after, 1000)
		if err != nil {
			return n, err
		}
		for _, g := range page {
			after = g.ID
			if g.State != GrantActive {
				continue
			}
			g.State, g.Reason = GrantSuspended, reason
			if err := d.PutGrant(ctx, tx, *g, by); err != nil {
				return n, err
			}
			if err := each(*g); err != nil {
				return n, err
			}
			n++
		}
		if len(page) < 1000 {
			return n, nil
		}
	}
}

// permitOf is the kind of permit under which the grant opens rows.
func permitOf(g *Grant) vocab.PermitKind {
	if g.Emergency != "" {
		return vocab.PermitEmergency
	}
	return vocab.PermitGrant
}

// gateOf counts a call; in an emergency it also tells the person, in the
// transaction that records the use.
func (d *Door) gateOf(g *Grant) ledger.Gate {
	if g.Emergency != "" {
		return emergencyGate{d}
	}
	return d.guard
}

type emergencyGate struct{ d *Door }

// Pass counts, and tells each person whose record is to be opened.
func (e emergencyGate) Pass(ctx context.Context, tx *db.Tx, tickets []any) ([]error, error) {
	refusals, err := e.d.guard.Pass(ctx, tx, tickets)
	if err != nil {
		return nil, err
	}
	for i, t := range tickets {
		c, ok := t.(*guard.Ticket)
		if refusals[i] != nil || !ok || !c.Grant.About.OfPersons() {
			continue
		}
		err := e.d.p.Identity.PutNotice(ctx, tx, identity.Notice{
			Person: c.Guess.Person, Kind: "emergency-used", Link: "/mine", Params: map[string]string{"member": string(c.Member), "grant": string(c.Grant.ID)},
		})
		if err != nil {
			return nil, err
		}
	}
	return refusals, nil
}

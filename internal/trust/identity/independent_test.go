package identity

import (
	"errors"
	"testing"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/vocab"
)

// second asks whether the two are two hands.
func (w *world) second(first, second vocab.OfficerID) error {
	w.t.Helper()
	return w.db.Read(w.ctx, func(tx *db.Tx) error {
		_, err := hands.Second(w.ctx, tx, first, second)
		return err
	})
}

func TestWhoMadeAnOfficerIsNoSecondHandForThem(t *testing.T) {
	w := begun(t)
	steward := []vocab.Role{vocab.Steward}
	w.hire(w.as("li").Actor, NewOfficer{Member: "tax-310000", Login: "one", Name: "One", Roles: steward})
	w.hire(w.as("one").Actor, NewOfficer{Member: "tax-310000", Login: "two", Name: "Two", Roles: steward})
	w.hire(w.as("chief").Actor, NewOfficer{Member: "tax-310000", Login: "yu", Name: "Yu", Roles: steward})
	const li, one, two, yu, chief = "li@tax-310000", "one@tax-310000", "two@tax-310000", "yu@tax-310000", "chief@data-310000"
	for name, c := range map[string]struct {
		a, b vocab.OfficerID
		ok   bool
	}{
		"oneself": {li, li, false}, "made directly": {li, one, false}, "through another": {li, two, false},
		"both by the authority": {li, yu, true}, "by the authority and another": {yu, two, true}, "the authority, who made": {chief, yu, false},
		"the authority, through others": {chief, two, false},
	} {
		for _, pair := range [][2]vocab.OfficerID{{c.a, c.b}, {c.b, c.a}} {
			if err := w.second(pair[0], pair[1]); (err == nil) != c.ok || err != nil && !errors.Is(err, vocab.SecondNeeded) {
				t.Errorf("%s, %v: %v", name, pair, err)
			}
		}
	}
	// Invitations end; who made whom does not.
	w.clock.Advance(1000 * 24 * 3600 * 1e9)
	_, err := w.Prune(w.ctx)
	w.must(err)
	if err := w.second(li, one); !errors.Is(err, vocab.SecondNeeded) {
		t.Errorf("after the invitations are pruned: %v", err)
	}
}

func TestACodeFromAStewardTiesAndOneFromTheAuthorityThatWasUsedUnties(t *testing.T) {
	w := begun(t)
	chief, li := w.as("chief").Actor, w.as("li").Actor
	inv, err := w.AddOfficer(w.ctx, chief, NewOfficer{Member: "tax-310000", Login: "yu", Name: "Yu"})
	w.must(err)
	w.must(w.second("li@tax-310000", inv.Officer))
	inv, err = w.Invite(w.ctx, li, inv.Officer)
	w.must(err)
	if err := w.second("li@tax-310000", inv.Officer); !errors.Is(err, vocab.SecondNeeded) {
		t.Errorf("invited again by the first hand: %v", err)
	}
	inv, err = w.Invite(w.ctx, chief, inv.Officer)
	w.must(err)
	if err := w.second("li@tax-310000", inv.Officer); !errors.Is(err, vocab.SecondNeeded) {
		t.Errorf("before the authority's code is used: %v", err)
	}
	_, err = w.AcceptInvitation(w.ctx, inv.Code, goodPassword, here)
	w.must(err)
	w.must(w.second("li@tax-310000", inv.Officer))
}

// Who admits officers as the authority was left out of those who admitted them, and
// could be one hand while the other was an account that they had made.
func TestTheAuthorityIsNoSecondHandForWhomItAdmitted(t *testing.T) {
	w := begun(t)
	chief := w.as("chief").Actor
	audit := department("audit-310000", "310000")
	audit.Kind = KindAuditor
	_, err := w.AddMember(w.ctx, chief, audit)
	w.must(err)
	w.hire(chief, NewOfficer{Member: "data-310000", Login: "deputy", Name: "Deputy", Roles: []vocab.Role{vocab.Authority}})
	w.hire(w.as("deputy").Actor, NewOfficer{Member: "audit-310000", Login: "puppet", Name: "Puppet", Roles: []vocab.Role{vocab.Auditor}})
	for _, pair := range [][2]vocab.OfficerID{{"chief@data-310000", "deputy@data-310000"}, {"deputy@data-310000", "puppet@audit-310000"}, {"chief@data-310000", "puppet@audit-310000"}} {
		if err := w.second(pair[0], pair[1]); !errors.Is(err, vocab.SecondNeeded) {
			t.Errorf("%v: %v", pair, err)
		}
	}
	// A node whose first officer admits everyone still has two hands: two others.
	w.must(w.second("deputy@data-310000", "li@tax-310000"))
	var two hands.Two
	w.must(w.db.Read(w.ctx, func(tx *db.Tx) (err error) {
		two, err = hands.Second(w.ctx, tx, "deputy@data-310000", "li@tax-310000")
		return err
	}))
	want := "deputy@data-310000 ← chief@data-310000; li@tax-310000 ← chief@data-310000"
	if two.String() != want || hands.OneAdmitter(two.String()) != "chief@data-310000" {
		t.Errorf("the entry tells %q, want %q", two, want)
	}
	if by := hands.OneAdmitter("a@x ← c@y; b@x ← d@y"); by != "" {
		t.Errorf("two admitters read as one: %s", by)
	}
}

// A role given is an admission: who gives another the role has chosen who agrees.
// Somebody's later word on other roles does not take it off them.
func TestWhoGaveTheRoleIsNoSecondHand(t *testing.T) {
	w := begun(t)
	chief, li := w.as("chief").Actor, w.as("li").Actor
	w.hire(chief, NewOfficer{Member: "tax-310000", Login: "yu", Name: "Yu"})
	const yu = "yu@tax-310000"
	w.must(w.second(li.Officer, yu))
	w.must(w.SetRoles(w.ctx, li, yu, "tax-310000", []vocab.Role{vocab.Steward}))
	if err := w.second(li.Officer, yu); !errors.Is(err, vocab.SecondNeeded) {
		t.Errorf("the role given by the first hand: %v", err)
	}
	w.must(w.SetRoles(w.ctx, chief, yu, "tax-310000", []vocab.Role{vocab.Steward, vocab.DataUser}))
	if err := w.second(li.Officer, yu); !errors.Is(err, vocab.SecondNeeded) {
		t.Errorf("after another gave another role: %v", err)
	}
	w.must(w.SetRoles(w.ctx, chief, yu, "tax-310000", nil))
	w.must(w.SetRoles(w.ctx, chief, yu, "tax-310000", []vocab.Role{vocab.Steward}))
	w.must(w.second(li.Officer, yu))
}

// Any name stands in the calls of a system: its hand is that of who issued its token.
func TestASystemIsOfOneHandWithWhoIssuedItsToken(t *testing.T) {
	w := begun(t)
	li := w.as("li").Actor
	w.hire(w.as("chief").Actor, NewOfficer{Member: "tax-310000", Login: "yu", Name: "Yu", Roles: []vocab.Role{vocab.Steward}})
	m, token, err := w.IssueMachine(w.ctx, li, NewMachine{Member: "tax-310000", System: "etl", Roles: []vocab.Role{vocab.Steward}})
	w.must(err)
	a, err := w.Authenticate(w.ctx, token)
	w.must(err)
	if a.Hand() != vocab.OfficerID(m.ID) || li.Hand() != li.Officer {
		t.Errorf("hands %s and %s", a.Hand(), li.Hand())
	}
	if err := w.second(li.Officer, a.Hand()); !errors.Is(err, vocab.SecondNeeded) {
		t.Errorf("the system of the first hand: %v", err)
	}
	w.must(w.second("yu@tax-310000", a.Hand()))
}

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
	return w.db.Read(w.ctx, func(tx *db.Tx) error { return hands.Second(w.ctx, tx, first, second) })
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
		"both by the authority": {li, yu, true}, "by the authority and another": {yu, two, true}, "the authority, who made": {chief, yu, true},
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

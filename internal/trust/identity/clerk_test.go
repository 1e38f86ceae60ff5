package identity

import (
	"errors"
	"testing"

	"fontis/internal/vocab"
)

func TestACounterClerkIsMadeByTwo(t *testing.T) {
	w := begun(t)
	li, chief := w.as("li").Actor, w.as("chief").Actor
	roles := []vocab.Role{vocab.DataUser, vocab.Counter}
	if err := w.SetRoles(w.ctx, li, li.Officer, "tax-310000", append(roles, vocab.Steward)); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a steward made themself a clerk: %v", err)
	}
	results, err := w.ImportOfficers(w.ctx, li, []OfficerRow{{Line: 2, Login: "by-list", Name: "X", Member: "tax-310000", Roles: "counter"}})
	w.must(err)
	if !errors.Is(results[0].Err, vocab.RoleMissing) {
		t.Errorf("a steward's list made a clerk: %v", results[0].Err)
	}
	if err := w.SetRoles(w.ctx, chief, chief.Officer, chief.Member, []vocab.Role{vocab.Authority, vocab.Counter}); !errors.Is(err, vocab.SecondNeeded) {
		t.Errorf("an authority made themself a clerk: %v", err)
	}

	// A steward's account becomes a clerk's only with a code of the authority.
	puppet, err := w.AddOfficer(w.ctx, li, NewOfficer{Member: "tax-310000", Login: "puppet", Name: "P"})
	w.must(err)
	if err := w.SetRoles(w.ctx, chief, puppet.Officer, "tax-310000", roles); !errors.Is(err, vocab.SecondNeeded) {
		t.Errorf("the account whose code the steward holds became a clerk's: %v", err)
	}
	fresh, err := w.Invite(w.ctx, chief, puppet.Officer)
	w.must(err)
	if err := w.SetRoles(w.ctx, chief, puppet.Officer, "tax-310000", roles); !errors.Is(err, vocab.SecondNeeded) {
		t.Errorf("before the code was used: %v", err)
	}
	if _, err := w.AcceptInvitation(w.ctx, puppet.Code, goodPassword, here); !errors.Is(err, vocab.InvitationSpent) {
		t.Errorf("the steward's own code still opens the account: %v", err)
	}
	_, err = w.AcceptInvitation(w.ctx, fresh.Code, goodPassword, here)
	w.must(err)
	w.must(w.SetRoles(w.ctx, chief, puppet.Officer, "tax-310000", roles))
	if err := w.as("puppet").Actor.Must(vocab.Counter); err != nil {
		t.Errorf("made by two: %v", err)
	}
	w.must(w.SetRoles(w.ctx, li, puppet.Officer, "tax-310000", []vocab.Role{vocab.DataUser})) // who administers a clerk may end it
}

func TestACodeIsGivenByWhoCouldGiveWhatItOpens(t *testing.T) {
	w := begun(t)
	li, chief := w.as("li").Actor, w.as("chief").Actor
	for _, role := range []vocab.Role{vocab.Counter, vocab.Auditor, vocab.Operator} {
		inv, err := w.AddOfficer(w.ctx, chief, NewOfficer{Member: "tax-310000", Login: "new-" + string(role), Name: "X", Roles: []vocab.Role{role}})
		w.must(err)
		if _, err := w.Invite(w.ctx, li, inv.Officer); !errors.Is(err, vocab.RoleMissing) {
			t.Errorf("a steward got a code that opens an account of the role %s: %v", role, err)
		}
		if _, err := w.AcceptInvitation(w.ctx, inv.Code, goodPassword, here); err != nil {
			t.Errorf("the authority's own code is dead: %v", err)
		}
	}
	inv, err := w.AddOfficer(w.ctx, chief, NewOfficer{Member: "tax-310000", Login: "plain", Name: "X", Roles: []vocab.Role{vocab.DataUser, vocab.Steward}})
	w.must(err)
	if _, err := w.Invite(w.ctx, li, inv.Officer); err != nil {
		t.Errorf("a new code for a data user: %v", err)
	}
}

package identity

import (
	"errors"
	"slices"
	"testing"

	"fontis/internal/vocab"
)

func TestNoStewardTakesAnActiveOfficersAccountOver(t *testing.T) {
	w := begun(t)
	chief, li := w.as("chief").Actor, w.as("li").Actor
	w.hire(chief, NewOfficer{Member: "tax-310000", Login: "yu", Name: "Yu", Roles: []vocab.Role{vocab.Operator}})
	for _, a := range []Actor{li, w.as("yu").Actor} {
		for _, id := range []vocab.OfficerID{"yu@tax-310000", "li@tax-310000"} {
			if inv, err := w.Invite(w.ctx, a, id); !errors.Is(err, vocab.RoleMissing) || inv.Code != "" {
				t.Errorf("%s gives a code for %s: %v", a.Officer, id, err)
			}
		}
	}
	told := func() int {
		list, err := w.Notices(w.ctx, w.as("yu").Actor, Page{Limit: 50})
		w.must(err)
		return len(slices.DeleteFunc(list, func(n Notice) bool { return n.Kind != "officer-invited" }))
	}
	if n := told(); n != 0 {
		t.Errorf("told of %d codes that were refused", n)
	}
	if _, err := w.Invite(w.ctx, chief, "yu@tax-310000"); err != nil {
		t.Fatal(err)
	}
	if n := told(); n != 1 {
		t.Errorf("the officer was told %d times of a code", n)
	}
	if n := w.book.count("officer-invited"); n != 1 {
		t.Errorf("%d acts of a new code", n)
	}
}

func TestTheFirstOfficerIsInvitedAgainUntilSomebodyWasIn(t *testing.T) {
	w := newWorld(t)
	lost, err := w.InitNode(w.ctx, firstNode())
	w.must(err)
	w.clock.Advance(w.opt.InvitationLife)
	if _, err := w.AcceptInvitation(w.ctx, lost.Code, goodPassword, here); !errors.Is(err, vocab.InvitationSpent) {
		t.Fatalf("a code past its end: %v", err)
	}
	again, err := w.InviteFirst(w.ctx)
	w.must(err)
	if again.Officer != "chief@data-310000" || w.book.count("officer-invited") != 1 {
		t.Errorf("%s is invited, with %d entries", again.Officer, w.book.count("officer-invited"))
	}
	newer, err := w.InviteFirst(w.ctx)
	w.must(err)
	if _, err := w.AcceptInvitation(w.ctx, again.Code, goodPassword, here); !errors.Is(err, vocab.InvitationSpent) {
		t.Errorf("the code before the last: %v", err)
	}
	w.must(second(w.AcceptInvitation(w.ctx, newer.Code, goodPassword, here)))
	chief := w.as("chief").Actor
	w.hire(chief, NewOfficer{Member: "data-310000", Login: "deputy", Name: "Deputy", Roles: []vocab.Role{vocab.Operator}})
	w.must(w.SetOfficerState(w.ctx, w.as("deputy").Actor, "chief@data-310000", Suspended, "left"))
	if inv, err := w.InviteFirst(w.ctx); !errors.Is(err, vocab.StateWrong) || inv.Code != "" {
		t.Errorf("a first invitation where somebody was in: %v", err)
	}
}

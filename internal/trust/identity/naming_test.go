package identity

import (
	"errors"
	"testing"

	"fontis/internal/trust/identity/naming"
	"fontis/internal/vocab"
)

// calls is a machine of the tax office.
func (w *world) calls(n NewMachine) Actor {
	w.t.Helper()
	n.Member = "tax-310000"
	_, token, err := w.IssueMachine(w.ctx, w.as("li").Actor, n)
	w.must(err)
	a, err := w.Authenticate(w.ctx, token)
	w.must(err)
	return a
}

func TestAMachinesOfficerIsHeldAgainstTheMembersList(t *testing.T) {
	w := begun(t)
	chief := w.as("chief").Actor
	a := w.calls(NewMachine{System: "declare"})
	for _, c := range []struct {
		name vocab.OfficerID
		want Actor
	}{
		{"li@tax-310000", Actor{Officer: "li@tax-310000", Unit: "Office 3", Word: naming.Listed}},
		{"Li", Actor{Officer: "li@tax-310000", Unit: "Office 3", Word: naming.Listed}},
		{"he@school-310100", Actor{Officer: "he@school-310100", Unit: "Desk", Word: naming.AsGiven}}, // as one who does not exist
		{"no@school-310100", Actor{Officer: "no@school-310100", Unit: "Desk", Word: naming.AsGiven}},
		{"nobody", Actor{Officer: "nobody", Unit: "Desk", Word: naming.AsGiven}},
	} {
		got, err := w.Naming(w.ctx, a, c.name, "Desk")
		w.must(err)
		if got.Officer != c.want.Officer || got.Unit != c.want.Unit || got.Word != c.want.Word {
			t.Errorf("%s: %s of %q, %s; want %s of %q, %s", c.name, got.Officer, got.Unit, got.Word, c.want.Officer, c.want.Unit, c.want.Word)
		}
		if err := got.MayName(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}

	// What was found is not kept beyond a change of the list.
	w.must(second(w.AddOfficer(w.ctx, chief, NewOfficer{Member: "tax-310000", Login: "nobody", Name: "N"})))
	if got, err := w.Naming(w.ctx, a, "nobody", ""); err != nil || got.Word != naming.Listed {
		t.Errorf("listed since: %+v, %v", got, err)
	}
	w.must(w.SetRoles(w.ctx, chief, "he@school-310100", "tax-310000", []vocab.Role{vocab.DataUser}))
	if got, err := w.Naming(w.ctx, a, "he@school-310100", ""); err != nil || got.Word != naming.Listed {
		t.Errorf("another's officer with a role here: %+v, %v", got, err)
	}
	w.must(w.SetOfficerState(w.ctx, chief, "li@tax-310000", Suspended, "left"))
	got, err := w.Naming(w.ctx, a, "li", "")
	w.must(err)
	if err := got.MayName(); !errors.Is(err, vocab.OfficerUnlisted) {
		t.Errorf("in the name of a suspended officer: %v", err)
	}
}

func TestATokenBoundToTheListTakesNoOtherName(t *testing.T) {
	w := begun(t)
	a := w.calls(NewMachine{System: "declare", ListedOnly: true})
	for name, want := range map[vocab.OfficerID]error{"li": nil, "nobody": vocab.OfficerUnlisted, "he@school-310100": vocab.OfficerUnlisted} {
		got, err := w.Naming(w.ctx, a, name, "")
		w.must(err)
		if err := got.MayName(); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if err := a.MayName(); !errors.Is(err, vocab.OfficerUnlisted) {
		t.Errorf("without a name: %v", err)
	}
	list, err := w.Machines(w.ctx, w.as("li").Actor, "tax-310000", Page{})
	w.must(err)
	if len(list) != 1 || !list[0].ListedOnly {
		t.Errorf("the list of tokens does not say that it is bound: %+v", list)
	}
}

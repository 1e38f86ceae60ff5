package identity

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
)

// foreign is every verb that names something, asked for a thing of the land
// office and for a thing that does not exist.
func foreign(w *world, a Actor) map[string][2]error {
	ask := func(verb func(m vocab.MemberID, o vocab.OfficerID, machine vocab.MachineID, session string) error, ids ids) [2]error {
		return [2]error{verb(ids.member, ids.officer, ids.machine, ids.session), verb("none-320000", "nobody@none-320000", "m-none", "s-none")}
	}
	theirs := landIDs(w)
	table := map[string]func(m vocab.MemberID, o vocab.OfficerID, machine vocab.MachineID, session string) error{
		"member": func(m vocab.MemberID, _ vocab.OfficerID, _ vocab.MachineID, _ string) error {
			_, err := w.Member(w.ctx, a, m)
			return err
		},
		"member state": func(m vocab.MemberID, _ vocab.OfficerID, _ vocab.MachineID, _ string) error {
			return w.SetMemberState(w.ctx, a, m, Suspended, "a reason")
		},
		"officer add": func(m vocab.MemberID, _ vocab.OfficerID, _ vocab.MachineID, _ string) error {
			_, err := w.AddOfficer(w.ctx, a, NewOfficer{Member: m, Login: "wu", Name: "Wu"})
			return err
		},
		"officer": func(_ vocab.MemberID, o vocab.OfficerID, _ vocab.MachineID, _ string) error {
			_, err := w.Officer(w.ctx, a, o)
			return err
		},
		"officers": func(m vocab.MemberID, _ vocab.OfficerID, _ vocab.MachineID, _ string) error {
			_, err := w.Officers(w.ctx, a, m, Page{})
			return err
		},
		"roles there": func(m vocab.MemberID, o vocab.OfficerID, _ vocab.MachineID, _ string) error {
			return w.SetRoles(w.ctx, a, o, m, []vocab.Role{vocab.DataUser})
		},
		"roles here": func(_ vocab.MemberID, o vocab.OfficerID, _ vocab.MachineID, _ string) error {
			return w.SetRoles(w.ctx, a, o, a.Member, []vocab.Role{vocab.DataUser})
		},
		"officer state": func(_ vocab.MemberID, o vocab.OfficerID, _ vocab.MachineID, _ string) error {
			return w.SetOfficerState(w.ctx, a, o, Suspended, "a reason")
		},
		"invite": func(_ vocab.MemberID, o vocab.OfficerID, _ vocab.MachineID, _ string) error {
			_, err := w.Invite(w.ctx, a, o)
			return err
		},
		"unlock": func(_ vocab.MemberID, o vocab.OfficerID, _ vocab.MachineID, _ string) error {
			return w.Unlock(w.ctx, a, o)
		},
		"sessions": func(_ vocab.MemberID, o vocab.OfficerID, _ vocab.MachineID, _ string) error {
			_, err := w.Sessions(w.ctx, a, o)
			return err
		},
		"revoke session": func(_ vocab.MemberID, o vocab.OfficerID, _ vocab.MachineID, s string) error {
			return w.RevokeSession(w.ctx, a, o, s)
		},
		"revoke session as own": func(_ vocab.MemberID, _ vocab.OfficerID, _ vocab.MachineID, s string) error {
			return w.RevokeSession(w.ctx, a, a.Officer, s)
		},
		"act for": func(m vocab.MemberID, _ vocab.OfficerID, _ vocab.MachineID, _ string) error {
			_, err := w.ActFor(w.ctx, a, m)
			return err
		},
		"machine issue": func(m vocab.MemberID, _ vocab.OfficerID, _ vocab.MachineID, _ string) error {
			_, _, err := w.IssueMachine(w.ctx, a, NewMachine{Member: m, System: "sys"})
			return err
		},
		"machines": func(m vocab.MemberID, _ vocab.OfficerID, _ vocab.MachineID, _ string) error {
			_, err := w.Machines(w.ctx, a, m, Page{})
			return err
		},
		"machine revoke": func(_ vocab.MemberID, _ vocab.OfficerID, machine vocab.MachineID, _ string) error {
			return w.RevokeMachine(w.ctx, a, machine)
		},
		"notice": func(m vocab.MemberID, _ vocab.OfficerID, _ vocab.MachineID, _ string) error {
			id := "n-none"
			if m == "land-320000" {
				id = theirs.notice
			}
			return w.MarkNoticeRead(w.ctx, a, id)
		},
	}
	out := map[string][2]error{}
	for name, verb := range table {
		out[name] = ask(verb, theirs)
	}
	return out
}

type ids struct {
	member  vocab.MemberID
	officer vocab.OfficerID
	machine vocab.MachineID
	session string
	notice  string
}

// landIDs gives the land office one of everything.
func landIDs(w *world) ids {
	w.t.Helper()
	out := ids{member: "land-320000", officer: "wu@land-320000"}
	w.must(w.db.Write(w.ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(w.ctx, `UPDATE officer SET state = 'active' WHERE id = $1`, "wu@land-320000"); err != nil {
			return err
		}
		in, err := w.openSession(w.ctx, tx, opening{officer: out.officer, member: out.member, via: "password"})
		if err != nil {
			return err
		}
		out.session = in.Actor.Session
		if err := w.PutNotice(w.ctx, tx, Notice{Member: out.member, Kind: "test"}); err != nil {
			return err
		}
		return tx.QueryRow(w.ctx, `SELECT MAX(id) FROM notice WHERE owner_member = $1`, string(out.member)).Scan(&out.notice)
	}))
	wu := Actor{Member: out.member, Officer: out.officer, Roles: []vocab.Role{vocab.Steward}, Region: "320000", Session: out.session}
	m, _, err := w.IssueMachine(w.ctx, wu, NewMachine{Member: out.member, System: "sys"})
	w.must(err)
	out.machine = m.ID
	return out
}

func TestARefusalForTheWholeNodeNamesWhoCanDoIt(t *testing.T) {
	w := begun(t)
	f := new(vocab.Failure)
	err := w.as("li").Actor.MustOnNode(vocab.Operator, vocab.Auditor)
	if !errors.As(err, &f) || f.Code != vocab.RoleMissing || !strings.Contains(f.Fix, "data-310000") || !strings.Contains(f.Fix, "operator or auditor") {
		t.Errorf("an officer of another member: %v, fix %q", err, f.Fix)
	}
	err = w.as("chief").Actor.MustOnNode(vocab.Auditor)
	if !errors.As(err, &f) || !strings.Contains(f.Fix, "--give auditor --member data-310000") {
		t.Errorf("an officer of the keeper without the role: %v, fix %q", err, f.Fix)
	}
}

func TestWhatIsNotYoursAnswersAsWhatDoesNotExist(t *testing.T) {
	w := begun(t)
	for _, who := range []vocab.OfficerID{"li@tax-310000", "chief@data-310000"} {
		a := w.as(who).Actor
		for verb, got := range foreign(w, a) {
			if got[0] == nil || got[1] == nil {
				t.Errorf("%s as %s: foreign %v, missing %v", verb, who, got[0], got[1])
				continue
			}
			if got[0].Error() != got[1].Error() || vocab.CodeOf(got[0]) != vocab.CodeOf(got[1]) {
				t.Errorf("%s as %s tells the foreign from the missing:\n%v\n%v", verb, who, got[0], got[1])
			}
			if code := vocab.CodeOf(got[0]); code != vocab.NoSuchThing && !(verb == "member state" && code == vocab.RoleMissing) {
				t.Errorf("%s as %s: %s", verb, who, code)
			}
		}
	}
}

func TestListsHoldOnlyWhatIsYours(t *testing.T) {
	w := begun(t)
	names := func(a Actor) []vocab.MemberID {
		var out []vocab.MemberID
		for after := ""; ; {
			page, err := w.Members(w.ctx, a, Page{After: after, Limit: 1})
			w.must(err)
			if len(page) == 0 {
				return out
			}
			out = append(out, page[0].ID)
			after = string(page[0].ID)
		}
	}
	if got := names(w.as("li").Actor); !cmp.Equal(got, []vocab.MemberID{"tax-310000"}) {
		t.Errorf("a steward sees %v", got)
	}
	if got := names(w.as("chief").Actor); !cmp.Equal(got, []vocab.MemberID{"data-310000", "school-310100", "tax-310000"}) {
		t.Errorf("the authority sees %v", got)
	}
	if _, err := w.Members(w.ctx, Actor{}, Page{}); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("nobody sees %v", err)
	}
	person, err := w.SelfActor(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: "11010519491231002X"})
	w.must(err)
	if list, err := w.Members(w.ctx, person, Page{}); err != nil || len(list) != 0 {
		t.Errorf("a person sees %v, %v", list, err)
	}
}

// Whoever acts for a member may name a department that acts; nobody else is told.
func TestDepartmentsThatActAreListedForEveryMember(t *testing.T) {
	w := begun(t)
	_, err := w.AddMember(w.ctx, w.as("chief").Actor, NewMember{ID: "bank", Name: Name{En: "Bank"}, Kind: KindFirm, Region: "310000"})
	w.must(err)
	names := func() (out []vocab.MemberID) {
		list, err := w.Departments(w.ctx, w.as("li").Actor, Page{})
		w.must(err)
		for _, m := range list {
			out = append(out, m.ID)
		}
		return out
	}
	if got := names(); !cmp.Equal(got, []vocab.MemberID{"data-310000", "land-320000", "school-310100", "tax-310000"}) {
		t.Errorf("a steward may choose of %v", got)
	}
	w.must(w.SetMemberState(w.ctx, w.as("chief").Actor, "school-310100", Suspended, "closed"))
	if got := names(); !cmp.Equal(got, []vocab.MemberID{"data-310000", "land-320000", "tax-310000"}) {
		t.Errorf("with a suspended one a steward may choose of %v", got)
	}
	person, err := w.SelfActor(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: "11010519491231002X"})
	w.must(err)
	for _, a := range []Actor{{}, person} {
		if _, err := w.Departments(w.ctx, a, Page{}); !errors.Is(err, vocab.SignInNeeded) {
			t.Errorf("%v", err)
		}
	}
}

func TestRoleHeldInAnotherMemberDoesNotHelp(t *testing.T) {
	w := begun(t)
	chief := w.as("chief").Actor
	// Li becomes steward of the school office too; at the tax office Li is a user.
	w.must(w.SetRoles(w.ctx, chief, "li@tax-310000", "school-310100", []vocab.Role{vocab.Steward}))
	w.must(w.SetRoles(w.ctx, chief, "li@tax-310000", "tax-310000", []vocab.Role{vocab.DataUser}))
	li := w.as("li")
	if li.Actor.Has(vocab.Steward) {
		t.Error("the role of another member counts at home")
	}
	if _, err := w.AddOfficer(w.ctx, li.Actor, NewOfficer{Member: "tax-310000", Login: "x", Name: "X"}); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("at home: %v", err)
	}
	if _, err := w.AddOfficer(w.ctx, li.Actor, NewOfficer{Member: "school-310100", Login: "x", Name: "X"}); !errors.Is(err, vocab.NoSuchThing) {
		t.Errorf("in the other member while acting at home: %v", err)
	}
	there, err := w.ActFor(w.ctx, li.Actor, "school-310100")
	w.must(err)
	if there.Token == li.Token || there.Actor.Member != "school-310100" || !there.Actor.Has(vocab.Steward) || there.Actor.Has(vocab.DataUser) {
		t.Errorf("acting there: %+v", there.Actor)
	}
	if _, err := w.Authenticate(w.ctx, li.Token); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("the old token lives: %v", err)
	}
	if _, err := w.AddOfficer(w.ctx, there.Actor, NewOfficer{Member: "school-310100", Login: "x", Name: "X"}); err != nil {
		t.Errorf("acting there: %v", err)
	}
	// Taking the last role away ends acting there, at the next call.
	if _, err := w.Authenticate(w.ctx, there.Token); err != nil {
		t.Fatal(err)
	}
	w.must(w.SetRoles(w.ctx, chief, "li@tax-310000", "school-310100", nil))
	if _, err := w.Authenticate(w.ctx, there.Token); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("acting there without a role: %v", err)
	}
}

func TestStewardOfTheOtherMemberMayTakeTheRoleBack(t *testing.T) {
	w := begun(t)
	w.must(w.SetRoles(w.ctx, w.as("chief").Actor, "li@tax-310000", "school-310100", []vocab.Role{vocab.Counter}))
	he := w.as("he").Actor
	w.must(w.SetRoles(w.ctx, he, "li@tax-310000", "school-310100", nil))
	if err := w.SetOfficerState(w.ctx, he, "li@tax-310000", Suspended, "reason"); err == nil {
		t.Error("a steward suspended another member's officer")
	}
}

func TestNobodyGivesMoreThanTheyMay(t *testing.T) {
	w := begun(t)
	li, chief := w.as("li").Actor, w.as("chief").Actor
	for role, want := range map[vocab.Role]error{
		vocab.Counter: vocab.RoleMissing, vocab.DataUser: nil, vocab.Auditor: vocab.RoleMissing, vocab.Operator: vocab.RoleMissing, vocab.Authority: vocab.BadInput, "king": vocab.BadInput,
	} {
		_, err := w.AddOfficer(w.ctx, li, NewOfficer{Member: "tax-310000", Login: "by-li-" + string(role), Name: "X", Roles: []vocab.Role{role}})
		if !errors.Is(err, want) {
			t.Errorf("a steward gives %s: %v", role, err)
		}
	}
	if err := w.SetRoles(w.ctx, li, "li@tax-310000", "tax-310000", []vocab.Role{vocab.Steward, vocab.DataUser, vocab.Auditor}); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a steward made themself auditor: %v", err)
	}
	if _, err := w.AddOfficer(w.ctx, chief, NewOfficer{Member: "tax-310000", Login: "looks", Name: "X", Roles: []vocab.Role{vocab.Auditor}}); err != nil {
		t.Errorf("an authority gives auditor: %v", err)
	}
	audit := department("audit-310000", "310000")
	audit.Kind = KindAuditor
	_, err := w.AddMember(w.ctx, chief, audit)
	w.must(err)
	w.hire(chief, NewOfficer{Member: audit.ID, Login: "feng", Name: "Feng", Roles: []vocab.Role{vocab.Steward}})
	if _, err := w.AddOfficer(w.ctx, w.as("feng").Actor, NewOfficer{Member: audit.ID, Login: "su", Name: "Su", Roles: []vocab.Role{vocab.Auditor}}); err != nil {
		t.Errorf("an auditing body's steward gives auditor: %v", err)
	}
	if _, err := w.AddOfficer(w.ctx, chief, NewOfficer{Member: "tax-310000", Login: "boss", Name: "X", Roles: []vocab.Role{vocab.Authority}}); !errors.Is(err, vocab.BadInput) {
		t.Errorf("an authority inside a department: %v", err)
	}
	if err := w.SetRoles(w.ctx, li, "li@tax-310000", "tax-310000", []vocab.Role{vocab.Steward, vocab.Operator}); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a steward made themself operator: %v", err)
	}
	op, err := w.AddOfficer(w.ctx, chief, NewOfficer{Member: "tax-310000", Login: "op", Name: "Op", Roles: []vocab.Role{vocab.Operator}})
	w.must(err)
	if err := w.SetRoles(w.ctx, li, op.Officer, "tax-310000", nil); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a steward took the operator's role: %v", err)
	}
	_, err = w.AcceptInvitation(w.ctx, op.Code, goodPassword, here)
	w.must(err)
	if err := w.as("op").Actor.MustOnNode(vocab.Operator); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a department's operator operates the node: %v", err)
	}
}

func TestAuthorityEndsAtItsRegion(t *testing.T) {
	w := begun(t)
	chief := w.as("chief").Actor
	if _, err := w.AddMember(w.ctx, chief, department("far-440000", "440000")); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a member of another region: %v", err)
	}
	if _, err := w.AddMember(w.ctx, w.as("li").Actor, department("own-310000", "310000")); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a department admits a member: %v", err)
	}
	if _, err := w.AddMember(w.ctx, chief, department("tax-310000", "310000")); !errors.Is(err, vocab.AlreadyExists) {
		t.Errorf("a second of one id: %v", err)
	}
	m, err := w.Member(w.ctx, chief, "data-310000")
	w.must(err)
	if m.Identity != "CN-31/GOV/data-310000" || m.CreditCode != "11100000000013338W" {
		t.Errorf("member %+v", m)
	}
}

func TestSuspendedMemberIsSilent(t *testing.T) {
	w := begun(t)
	chief, li := w.as("chief").Actor, w.as("li")
	_, machine, err := w.IssueMachine(w.ctx, li.Actor, NewMachine{Member: "tax-310000", System: "declare"})
	w.must(err)
	for _, tok := range []token.Token{li.Token, machine} {
		if _, err := w.Authenticate(w.ctx, tok); err != nil {
			t.Fatal(err)
		}
	}
	w.must(w.SetMemberState(w.ctx, chief, "tax-310000", Suspended, "left the node"))
	for _, tok := range []token.Token{li.Token, machine} {
		if _, err := w.Authenticate(w.ctx, tok); !errors.Is(err, vocab.SignInNeeded) {
			t.Errorf("a suspended member's machine lives: %v", err)
		}
	}
	if _, err := w.SignIn(w.ctx, "li", goodPassword, here); !errors.Is(err, vocab.SignInFailed) {
		t.Errorf("a suspended member's officer signs in: %v", err)
	}
	w.must(w.SetMemberState(w.ctx, chief, "tax-310000", Active, "came back"))
	if _, err := w.Authenticate(w.ctx, machine); err != nil {
		t.Errorf("after coming back: %v", err)
	}
	if err := w.SetMemberState(w.ctx, chief, "data-310000", Suspended, "oneself"); !errors.Is(err, vocab.StateWrong) {
		t.Errorf("the keeper was suspended: %v", err)
	}
	if err := w.SetMemberState(w.ctx, chief, "tax-310000", Suspended, ""); !errors.Is(err, vocab.ReasonNeeded) {
		t.Errorf("without a reason: %v", err)
	}
}

func TestSuspendedOfficerIsSilent(t *testing.T) {
	w := begun(t)
	chief, li := w.as("chief").Actor, w.as("li")
	if _, err := w.Authenticate(w.ctx, li.Token); err != nil {
		t.Fatal(err)
	}
	inv, err := w.Invite(w.ctx, chief, "li@tax-310000")
	w.must(err)
	w.must(w.SetOfficerState(w.ctx, chief, "li@tax-310000", Suspended, "left"))
	if _, err := w.Authenticate(w.ctx, li.Token); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("session: %v", err)
	}
	if _, err := w.SignIn(w.ctx, "li", goodPassword, here); !errors.Is(err, vocab.SignInFailed) {
		t.Errorf("password: %v", err)
	}
	if _, err := w.AcceptInvitation(w.ctx, inv.Code, goodPassword, here); !errors.Is(err, vocab.InvitationSpent) {
		t.Errorf("invitation: %v", err)
	}
	w.must(w.SetOfficerState(w.ctx, chief, "li@tax-310000", Active, "came back"))
	if _, err := w.Authenticate(w.ctx, li.Token); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("a session from before the suspension came back: %v", err)
	}
	if _, err := w.AcceptInvitation(w.ctx, inv.Code, goodPassword, here); !errors.Is(err, vocab.InvitationSpent) {
		t.Errorf("an invitation from before the suspension came back: %v", err)
	}
	if err := w.SetOfficerState(w.ctx, chief, "chief@data-310000", Suspended, "oneself"); !errors.Is(err, vocab.StateWrong) {
		t.Errorf("oneself: %v", err)
	}
}

func TestImportTakesEachLineByItself(t *testing.T) {
	w := begun(t)
	rows := []OfficerRow{
		{Line: 2, Login: "Ma ", Name: "Ma", Member: "tax-310000", Roles: "user, steward"},
		{Line: 3, Login: "ma", Name: "Ma", Member: "tax-310000", Roles: "user"},
		{Line: 4, Login: "wu2", Name: "Wu", Member: "land-320000", Roles: "user"},
		{Line: 5, Login: "no one", Name: "No", Member: "tax-310000"},
		{Line: 6, Login: "sun", Name: "11010519491231002X", Member: "tax-310000"},
		{Line: 7, Login: "sun", Name: "Sun", Member: "tax-310000", Roles: "user；steward"},
		{Line: 8, Login: "qian", Name: "Qian", Member: "tax-310000", Roles: "king"},
	}
	got, err := w.ImportOfficers(w.ctx, w.as("li").Actor, rows)
	w.must(err)
	want := []error{nil, vocab.AlreadyExists, vocab.NoSuchThing, vocab.BadInput, vocab.BadInput, nil, vocab.BadInput}
	for i, r := range got {
		if !errors.Is(r.Err, want[i]) || r.Line != rows[i].Line || (r.Err == nil) != (r.Invitation.Code != "") {
			t.Errorf("line %d: %v, want %v", r.Line, r.Err, want[i])
		}
	}
	list, err := w.Officers(w.ctx, w.as("li").Actor, "tax-310000", Page{})
	w.must(err)
	if len(list) != 3 {
		t.Errorf("%d officers stand, want li, ma, sun", len(list))
	}
	if _, err := w.ImportOfficers(w.ctx, w.as("li").Actor, make([]OfficerRow, maxImport+1)); !errors.Is(err, vocab.FileTooLarge) {
		t.Errorf("a list without end: %v", err)
	}
}

func TestMachineHoldsNoMoreThanItsRoles(t *testing.T) {
	w := begun(t)
	li := w.as("li").Actor
	for name, n := range map[string]NewMachine{
		"authority": {Member: "tax-310000", System: "a", Roles: []vocab.Role{vocab.Authority}},
		"operator":  {Member: "tax-310000", System: "a", Roles: []vocab.Role{vocab.Operator}},
		"no system": {Member: "tax-310000"},
		"for ever":  {Member: "tax-310000", System: "a", Expires: w.clock.Now().AddDate(3, 0, 0)},
		"ended":     {Member: "tax-310000", System: "a", Expires: w.clock.Now()},
	} {
		if _, _, err := w.IssueMachine(w.ctx, li, n); !errors.Is(err, vocab.BadInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := w.IssueMachine(w.ctx, w.as("chief").Actor, NewMachine{Member: "tax-310000", System: "a"}); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("an authority made a machine for a department: %v", err)
	}
	_, token, err := w.IssueMachine(w.ctx, li, NewMachine{Member: "tax-310000", System: "load", Roles: []vocab.Role{vocab.Steward}})
	w.must(err)
	a, err := w.Authenticate(w.ctx, token)
	w.must(err)
	if a.Officer != "" || a.System != "load" || !a.IsMachine() || !a.Has(vocab.Steward) || a.MemberName.En != "tax-310000" {
		t.Errorf("machine's actor %+v", a)
	}
	named, err := w.Naming(w.ctx, a, "li@tax-310000", "Office 9")
	w.must(err)
	for verb, err := range map[string]error{
		"add officer":   second(w.AddOfficer(w.ctx, named, NewOfficer{Member: "tax-310000", Login: "x", Name: "X"})),
		"sessions":      second(w.Sessions(w.ctx, named, "li@tax-310000")),
		"password":      second(w.ChangePassword(w.ctx, named, goodPassword, "another password")),
		"notices":       second(w.Notices(w.ctx, named, Page{})),
		"sign out":      w.SignOut(w.ctx, named),
		"another token": third(w.IssueMachine(w.ctx, named, NewMachine{Member: "tax-310000", System: "y"})),
		"act for":       second(w.ActFor(w.ctx, named, "tax-310000")),
	} {
		if err == nil {
			t.Errorf("a machine that names an officer may %s", verb)
		}
	}
	if _, err := w.Naming(w.ctx, a, "11010519491231002X", ""); !errors.Is(err, vocab.BadInput) {
		t.Errorf("a citizen number as an officer: %v", err)
	}
	if _, err := w.Naming(w.ctx, a, "", ""); err == nil {
		t.Error("no officer was named and it was taken")
	}
}

func second[T any](_ T, err error) error      { return err }
func third[T, U any](_ T, _ U, e error) error { return e }

func TestMachineTokenEndsAndDies(t *testing.T) {
	w := begun(t)
	li := w.as("li").Actor
	_, short, err := w.IssueMachine(w.ctx, li, NewMachine{Member: "tax-310000", System: "a", Expires: w.clock.Now().Add(time.Hour)})
	w.must(err)
	m, long, err := w.IssueMachine(w.ctx, li, NewMachine{Member: "tax-310000", System: "b"})
	w.must(err)
	for range 2 {
		for _, tok := range []token.Token{short, long} {
			if _, err := w.Authenticate(w.ctx, tok); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.clock.Advance(time.Hour)
	if _, err := w.Authenticate(w.ctx, short); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("an ended token lives: %v", err)
	}
	li = w.as("li").Actor
	w.must(w.RevokeMachine(w.ctx, li, m.ID))
	if _, err := w.Authenticate(w.ctx, long); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("a revoked token lives: %v", err)
	}
	if err := w.RevokeMachine(w.ctx, li, m.ID); !errors.Is(err, vocab.StateWrong) {
		t.Errorf("revoked twice: %v", err)
	}
	list, err := w.Machines(w.ctx, li, "tax-310000", Page{})
	w.must(err)
	if len(list) != 2 {
		t.Errorf("%d machines listed", len(list))
	}
}

package emergency_test

import (
	"slices"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/calendar"
	"fontis/internal/duty/share/emergency"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

type world struct {
	*apptest.World
	t      *testing.T
	clock  *clock.Fake
	second identity.Actor
}

// monday is a working day in every calendar that ships.
var monday = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	cfg := apptest.Config(t)
	cfg.Jurisdiction = "990000"
	fake := clock.NewFake(monday)
	w := &world{World: apptest.Fill(t, apptest.Open(t, cfg, app.Options{Clock: fake}), 10, vocab.Compare), t: t, clock: fake}
	w.second = w.User
	w.second.Officer = "o-second"
	return w
}

func wanted() access.EmergencyGrant {
	return access.EmergencyGrant{
		Items: []vocab.ItemID{apptest.Name}, Question: vocab.Read, Purpose: "rescue", Basis: "Emergency Response Law art. 56", Reason: "flood",
	}
}

func (w *world) declare() emergency.Emergency {
	w.t.Helper()
	e, err := w.Emergency.Declare(w.t.Context(), w.User, wanted())
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

func (w *world) ask(g vocab.GrantID) (access.Answered, error) {
	number, _ := apptest.Citizen(3)
	return w.Door.Ask(w.t.Context(), w.User, access.Call{
		Grant: g, Question: vocab.Read, Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}, Items: []vocab.ItemID{apptest.Name}, Purpose: "rescue", Case: "R-1",
	})
}

// kinds are the notices of an inbox.
func (w *world) kinds(a identity.Actor) []string {
	w.t.Helper()
	list, err := w.Identity.Notices(w.t.Context(), a, identity.Page{Limit: 50})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, n := range list {
		out = append(out, n.Kind)
	}
	return out
}

func (w *world) state(id string) emergency.State {
	w.t.Helper()
	list, err := w.Emergency.List(w.t.Context(), w.User, "", 10)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range list {
		if e.ID == id {
			return e.State
		}
	}
	return ""
}

func TestAnEmergencyOpensAtOnceForADayAndAllConcernedAreTold(t *testing.T) {
	w := newWorld(t)
	e := w.declare()
	if got := e.EndsAt.Sub(e.OpenedAt); got != 24*time.Hour {
		t.Errorf("it lasts %s", got)
	}
	got, err := w.ask(e.Grant)
	if err != nil || got.Answers[apptest.Name].Answer != vocab.Given {
		t.Fatalf("%+v, %v", got.Answers, err)
	}
	for who, a := range map[string]identity.Actor{"the provider": w.Steward, "the authority": apptest.Officer("bureau", vocab.Authority)} {
		if !slices.Contains(w.kinds(a), "emergency-declared") {
			t.Errorf("%s was not told: %v", who, w.kinds(a))
		}
	}
	number, _ := apptest.Citizen(3)
	self := identity.Actor{Self: w.Identity.AuditRef(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number})}
	if !slices.Contains(w.kinds(self), "emergency-used") {
		t.Errorf("the person was not told: %v", w.kinds(self))
	}
	seen, err := w.Ledger.Entry(t.Context(), got.Trace, ledger.Viewer{Auditor: true})
	if err != nil || seen.Grant != e.Grant {
		t.Errorf("%+v, %v", seen, err)
	}
	w.clock.Advance(24 * time.Hour)
	if _, err := w.ask(e.Grant); vocab.CodeOf(err) != vocab.GrantEnded {
		t.Errorf("after a day: %v", err)
	}
}

func TestOnlyAnOfficerWhoMayAskDeclaresAnEmergencyWithAReasonForADay(t *testing.T) {
	w := newWorld(t)
	machine := w.User
	machine.Machine = "m-1"
	for name, c := range map[string]struct {
		who  identity.Actor
		with func(*access.EmergencyGrant)
		want vocab.Code
	}{
		"no reason":          {w.User, func(e *access.EmergencyGrant) { e.Reason = "" }, vocab.ReasonNeeded},
		"no law":             {w.User, func(e *access.EmergencyGrant) { e.Basis = "" }, vocab.FieldMissing},
		"longer than a day":  {w.User, func(e *access.EmergencyGrant) { e.Hours = 25 }, vocab.BadInput},
		"no items":           {w.User, func(e *access.EmergencyGrant) { e.Items = nil }, vocab.FieldMissing},
		"an unbound item":    {w.User, func(e *access.EmergencyGrant) { e.Items = []vocab.ItemID{"x/y"} }, vocab.ItemUnbound},
		"another role":       {apptest.Officer(apptest.Tax, vocab.Steward), nil, vocab.RoleMissing},
		"a system":           {machine, nil, vocab.RoleMissing},
		"nobody":             {identity.Actor{}, nil, vocab.SignInNeeded},
		"one's own data set": {apptest.Officer(apptest.Civil, vocab.DataUser), nil, vocab.BadInput},
	} {
		in := wanted()
		if c.with != nil {
			c.with(&in)
		}
		if _, err := w.Emergency.Declare(t.Context(), c.who, in); vocab.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		return w.Door.Retag(t.Context(), tx, apptest.Name, vocab.NaturalPerson, []vocab.Tag{vocab.TagReligion})
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Emergency.Declare(t.Context(), w.User, wanted()); vocab.CodeOf(err) != vocab.RefusedByDesign {
		t.Errorf("a tagged item: %v", err)
	}
}

func TestASecondOfficerOfTheSameMemberReviewsAndTheFirstNever(t *testing.T) {
	w := newWorld(t)
	e := w.declare()
	steward := w.second
	steward.Roles = []vocab.Role{vocab.Steward}
	for name, c := range map[string]struct {
		who  identity.Actor
		id   string
		note string
		want vocab.Code
	}{
		"the same officer": {w.User, e.ID, "fine", vocab.SecondNeeded},
		"another member's": {apptest.Officer("school", vocab.DataUser), e.ID, "fine", vocab.NoSuchThing},
		"none of that id":  {w.second, "e-none", "fine", vocab.NoSuchThing},
		"without a word":   {w.second, e.ID, "", vocab.ReasonNeeded},
		"without the role": {steward, e.ID, "fine", vocab.RoleMissing},
		"the provider's":   {apptest.Officer(apptest.Civil, vocab.DataUser), e.ID, "fine", vocab.NoSuchThing},
	} {
		if _, err := w.Emergency.Review(t.Context(), c.who, c.id, true, c.note); vocab.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	apptest.Made(t, w.DB, w.second.Officer, w.User.Officer)
	if _, err := w.Emergency.Review(t.Context(), w.second, e.ID, true, "fine"); vocab.CodeOf(err) != vocab.SecondNeeded {
		t.Errorf("an officer whom the first added: %v", err)
	}
	apptest.Made(t, w.DB, w.second.Officer, "")
	if got, err := w.Emergency.Review(t.Context(), w.second, e.ID, true, "three addresses"); err != nil || got.State != emergency.Upheld || got.Reviewer != "o-second" {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := w.Emergency.Review(t.Context(), w.second, e.ID, false, "no"); vocab.CodeOf(err) != vocab.StateWrong {
		t.Errorf("a second word: %v", err)
	}
	w.clock.Advance(5 * 24 * time.Hour)
	if _, err := w.Calendar.Sweep(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	if got := w.state(e.ID); got != emergency.Upheld {
		t.Errorf("after its term a reviewed one is %s", got)
	}
	if g, err := w.Door.GrantFor(w.User, w.Grant.ID); err != nil || g.State != access.GrantActive {
		t.Errorf("the member's grant is %s, %v", g.State, err)
	}
}

func TestAnObjectionEndsTheGrantAtOnce(t *testing.T) {
	w := newWorld(t)
	e := w.declare()
	if got, err := w.Emergency.Review(t.Context(), w.second, e.ID, false, "no flood there"); err != nil || got.State != emergency.Objected {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := w.ask(e.Grant); vocab.CodeOf(err) != vocab.GrantEnded {
		t.Errorf("after the objection: %v", err)
	}
}

// A member without units is one unit: nothing is asked under any grant of it, also
// under one that was given meanwhile, and no further emergency is declared, until the
// review is given; then all of it stands as before.
func TestAnOverdueReviewSuspendsAllGrantsOfTheMember(t *testing.T) {
	w := newWorld(t)
	w.Grant.From, w.Grant.Until = monday.Add(-time.Hour), monday.AddDate(1, 0, 0)
	w.Put(t, w.Grant)
	e := w.declare()
	w.clock.Advance(23 * time.Hour)
	if _, err := w.Calendar.Sweep(t.Context(), 100); err != nil || w.state(e.ID) != emergency.Declared {
		t.Fatalf("within its term it is %s, %v", w.state(e.ID), err)
	}
	w.clock.Advance(3 * 24 * time.Hour)
	if _, err := w.Calendar.Sweep(t.Context(), 100); err != nil || w.state(e.ID) != emergency.Overdue {
		t.Fatalf("after its term it is %s, %v", w.state(e.ID), err)
	}
	later := w.Grant
	later.ID = "g-later"
	w.Put(t, later)
	asks := func(when string, want vocab.Code) {
		t.Helper()
		for _, g := range []vocab.GrantID{w.Grant.ID, later.ID} {
			call := w.Ask(3, "1950-01-01")
			call.Grant = g
			if _, err := w.Door.Ask(t.Context(), w.User, call); err == nil && want != "" || err != nil && vocab.CodeOf(err) != want {
				t.Errorf("%s, under grant %s: %v, want %q", when, g, err, want)
			}
		}
	}
	asks("overdue", vocab.GrantSuspended)
	if _, err := w.Emergency.Declare(t.Context(), w.User, wanted()); vocab.CodeOf(err) != vocab.GrantSuspended {
		t.Errorf("another emergency while one is overdue: %v", err)
	}
	for who, c := range map[string]struct {
		of   identity.Actor
		kind string
	}{
		"the member": {w.User, "emergency-overdue"}, "the provider": {w.Steward, "emergency-overdue"}, "the provider of each grant": {w.Steward, "member-halted"},
		"the authority": {apptest.Officer("bureau", vocab.Authority), "emergency-overdue"},
	} {
		if !slices.Contains(w.kinds(c.of), c.kind) {
			t.Errorf("%s was not told: %v", who, w.kinds(c.of))
		}
	}
	if got, err := w.Emergency.Review(t.Context(), w.second, e.ID, true, "late"); err != nil || got.State != emergency.Upheld {
		t.Fatalf("a late word: %+v, %v", got, err)
	}
	asks("after the review", "")
}

func TestEmergenciesAreListedToThoseConcernedWithoutOthersOfficers(t *testing.T) {
	w := newWorld(t)
	w.declare()
	keeper := apptest.Officer("bureau", vocab.Authority)
	keeper.OfNode = true
	for name, c := range map[string]struct {
		who     identity.Actor
		n       int
		officer vocab.OfficerID
	}{
		"its member":    {w.User, 1, w.User.Officer},
		"the provider":  {w.Steward, 1, ""},
		"the authority": {keeper, 1, w.User.Officer},
		"another":       {apptest.Officer("school", vocab.DataUser), 0, ""},
	} {
		got, err := w.Emergency.List(t.Context(), c.who, "", 10)
		if err != nil || len(got) != c.n || c.n > 0 && (got[0].Officer != c.officer || len(got[0].Clocks) != 1 || got[0].Clocks[0].Rule.Citation == "") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestAMemberHasThreeEmergenciesThatRunOrWaitAtMost(t *testing.T) {
	w := newWorld(t)
	first := w.declare()
	w.declare()
	w.declare()
	full := func(when string) {
		t.Helper()
		if _, err := w.Emergency.Declare(t.Context(), w.User, wanted()); vocab.CodeOf(err) != vocab.QuotaSpent {
			t.Errorf("a fourth %s: %v", when, err)
		}
	}
	full("unreviewed")
	if _, err := w.Emergency.Review(t.Context(), w.second, first.ID, true, "seen"); err != nil {
		t.Fatal(err)
	}
	full("while the first runs still")
	w.clock.Advance(24 * time.Hour)
	w.declare()
	full("a day later")
}

func TestAnEmergencyOpensTwentySubjectsADay(t *testing.T) {
	w := newWorld(t)
	e := w.declare()
	for i := range grant.MostEmergencySubjects {
		if _, err := w.ask(e.Grant); err != nil {
			t.Fatalf("subject %d: %v", i+1, err)
		}
	}
	if _, err := w.ask(e.Grant); vocab.CodeOf(err) != vocab.QuotaSpent {
		t.Errorf("one more: %v", err)
	}
}

func TestAnEmergencyLivesAsLongAsTheLawsRow(t *testing.T) {
	w := newWorld(t)
	bureau := apptest.Officer("bureau", vocab.Authority)
	bureau.Region, bureau.OfNode = "990000", true
	err := w.Calendar.ImportRules(t.Context(), bureau, []calendar.Rule{{Name: "emergency.term", Jurisdiction: "990000", Kind: calendar.Hours, Length: 6, Citation: "local measure 5"}})
	if err != nil {
		t.Fatal(err)
	}
	e := wanted()
	e.Hours = 7
	if _, err := w.Emergency.Declare(t.Context(), w.User, e); vocab.CodeOf(err) != vocab.BadInput {
		t.Fatalf("7 hours under a row of 6: %v", err)
	}
	if e := w.declare(); !e.EndsAt.Equal(monday.Add(6 * time.Hour)) {
		t.Fatalf("it ends at %s", e.EndsAt)
	}
}

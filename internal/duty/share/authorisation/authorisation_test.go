package authorisation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

type world struct {
	*authorisation.Service
	t     *testing.T
	node  *app.App
	clock *clock.Fake
	set   *entry.Dataset
	chief identity.Actor
	bank  identity.Actor
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := clock.NewFake(noon)
	w := &world{t: t, clock: c, node: apptest.Open(t, apptest.Config(t), app.Options{Clock: c})}
	w.Service = w.node.Authorisation
	_, err := w.node.Identity.InitNode(t.Context(), identity.Init{
		Name: "Test node", Jurisdiction: "990000",
		Authority: identity.NewMember{ID: "bureau", Name: identity.Name{En: "Data bureau"}, Class: "GOV"},
		Officer:   identity.NewOfficer{Login: "chief", Name: "Chief"},
	})
	w.must(err)
	w.chief = apptest.Officer("bureau", vocab.Authority)
	w.chief.Region, w.chief.OfNode = "990000", true
	for m, kind := range map[vocab.MemberID]identity.MemberKind{"civil": identity.KindDepartment, "bank": identity.KindService, "tax": identity.KindDepartment} {
		_, err := w.node.Identity.AddMember(t.Context(), w.chief, identity.NewMember{ID: m, Name: identity.Name{En: string(m)}, Kind: kind, Region: "990000"})
		w.must(err)
	}
	w.bank = apptest.Officer("bank", vocab.DataUser)
	steward := apptest.Officer("civil", vocab.Steward)
	made, err := w.node.Catalog.Create(t.Context(), steward, entry.Dataset{
		Name: entry.Text{ZH: "居民"}, Provider: "民政局", Share: vocab.Conditional, ShareCondition: "x", Cycle: vocab.Daily, Subject: vocab.NaturalPerson,
		Origin: vocab.Government, LegalBasis: []entry.Cite{{Law: "个人信息保护法", Article: "13"}}, Purposes: []string{"loan"}, Level: 3, ImpactRef: "pia-1",
		Items: []entry.Item{
			{Code: "born", Name: entry.Text{ZH: "出生日期"}, Compare: vocab.CompareDate},
			{Code: "name", Name: entry.Text{ZH: "姓名"}, Compare: vocab.CompareName},
			{Code: "xm", Name: entry.Text{ZH: "类别"}, Element: "GB/T 3304-1991"},
		},
	})
	w.must(err)
	w.set, err = apptest.Publish(t.Context(), w.node, steward, made.ID, made.Rev)
	w.must(err)
	_, err = w.node.Door.AddSource(t.Context(), steward, "residents", "sqlite://"+apptest.Register(t, 20), "")
	w.must(err)
	for code, compare := range map[string]string{"born": "date", "name": "name"} {
		_, err := w.node.Door.Bind(t.Context(), steward, access.Binding{
			Item: w.set.ItemID(code), Owner: "civil", Source: "residents", Table: "resident", Column: code, Subject: "number",
			KeyKind: vocab.CitizenNumber, Compare: compare, Read: true, About: vocab.NaturalPerson,
		})
		w.must(err)
	}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) wants(err error, code vocab.Code) {
	w.t.Helper()
	if err == nil || vocab.CodeOf(err) != code {
		w.t.Fatalf("got %v, want %s", err, code)
	}
}

func (w *world) scope() authorisation.Scope {
	return authorisation.Scope{
		Dataset: w.set.ID, Items: []vocab.ItemID{"born", "name"}, Question: vocab.Compare, Purpose: "loan", Service: "房屋贷款审批",
		Basis: entry.Cite{Law: "个人信息保护法", Article: "第十三条第一项"}, Most: 90, Security: "two officers",
	}
}

// approved is a registration that the authority has approved.
func (w *world) approved() *authorisation.Registration {
	w.t.Helper()
	r, err := w.Register(w.t.Context(), w.bank, w.scope())
	w.must(err)
	r, err = w.Review(w.t.Context(), w.chief, r.ID, true, "needed for loans", "")
	w.must(err)
	return r
}

func (w *world) person(i int) identity.Actor {
	w.t.Helper()
	number, _ := apptest.Citizen(i)
	a, err := w.node.Identity.SelfActor(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number})
	w.must(err)
	return a
}

// ask compares one item of one person under the grant of a registration.
func (w *world) ask(r *authorisation.Registration, person int, item string) error {
	number, born := apptest.Citizen(person)
	value := born
	if item == "name" {
		value = "x"
	}
	_, err := w.node.Door.Ask(w.t.Context(), w.bank, access.Call{
		Grant: r.Grant, Question: vocab.Compare, Purpose: "loan", Case: "L-1",
		Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}, Values: map[vocab.ItemID]string{w.set.ItemID(item): value},
	})
	return err
}

func TestABodyAsksOnlyAboutWhoAuthorisedItAndOnlyUntilTheyTakeItBack(t *testing.T) {
	w := newWorld(t)
	r, me, ctx := w.approved(), w.person(3), t.Context()
	w.wants(w.ask(r, 3, "born"), vocab.NotAuthorised)
	o, err := w.Show(ctx, me, r.ID)
	w.must(err)
	if o.Body != "bank" || o.BodyName.En != "bank" || len(o.Items) != 2 || o.Items[0].Name.ZH != "出生日期" || o.Purpose != "loan" || !o.Until.Equal(noon.AddDate(0, 0, 90)) {
		t.Fatalf("shown: %+v", o)
	}
	_, err = w.Give(ctx, me, r.ID, authorisation.Given{})
	w.wants(err, vocab.RevisionStale)                                                                                                     // nobody authorises what they were not shown
	word, err := w.Give(ctx, me, r.ID, authorisation.Given{Items: []vocab.ItemID{"born"}, Until: noon.AddDate(0, 0, 10), Shown: o.Shown}) // its plain name is enough
	w.must(err)
	w.must(w.ask(r, 3, "born"))
	w.wants(w.ask(r, 3, "name"), vocab.NotAuthorised) // not given
	w.wants(w.ask(r, 4, "born"), vocab.NotAuthorised) // another person
	uses, err := w.node.Door.Mine(ctx, me, 0, 10)
	w.must(err)
	if !slices.ContainsFunc(uses, func(u ledger.Access) bool { return strings.HasSuffix(u.Basis, ", "+word.ID) }) {
		t.Errorf("no use names the word %s as its ground: %+v", word.ID, uses)
	}
	_, err = w.Withdraw(ctx, w.person(4), word.ID)
	w.wants(err, vocab.NoSuchThing)
	_, err = w.Withdraw(ctx, me, word.ID)
	w.must(err)
	w.wants(w.ask(r, 3, "born"), vocab.NotAuthorised)
	_, err = w.Withdraw(ctx, me, word.ID)
	w.wants(err, vocab.StateWrong)
	mine, err := w.Mine(ctx, me, "", 10)
	w.must(err)
	if len(mine) != 1 || mine[0].EndedAt.IsZero() || mine[0].Body != "bank" || mine[0].Purpose != "loan" {
		t.Fatalf("%+v", mine)
	}
}

func TestAWordEndsOnItsDayAndANewOneTakesTheOldOnesPlace(t *testing.T) {
	w := newWorld(t)
	r, me, ctx := w.approved(), w.person(3), t.Context()
	o, err := w.Show(ctx, me, r.ID)
	w.must(err)
	_, err = w.Give(ctx, me, r.ID, authorisation.Given{Until: noon.AddDate(0, 0, 1), Shown: o.Shown})
	w.must(err)
	w.clock.Set(noon.AddDate(0, 0, 1))
	w.wants(w.ask(r, 3, "born"), vocab.NotAuthorised)
	_, err = w.Give(ctx, me, r.ID, authorisation.Given{Items: []vocab.ItemID{w.set.ItemID("name")}, Shown: o.Shown})
	w.must(err)
	w.wants(w.ask(r, 3, "born"), vocab.NotAuthorised)
	w.must(w.ask(r, 3, "name"))
	mine, err := w.Mine(ctx, me, "", 10)
	w.must(err)
	if open := slices.DeleteFunc(mine, func(x authorisation.Word) bool { return !x.EndedAt.IsZero() }); len(open) != 1 {
		t.Fatalf("%d words stand", len(open))
	}
	for _, wrong := range []authorisation.Given{
		{Items: []vocab.ItemID{w.set.ItemID("xm")}, Shown: o.Shown},
		{Until: w.clock.Now().AddDate(0, 0, 91), Shown: o.Shown},
		{Until: w.clock.Now(), Shown: o.Shown},
	} {
		if _, err := w.Give(ctx, me, r.ID, wrong); err == nil {
			t.Errorf("given: %+v", wrong)
		}
	}
}

func TestNobodyGivesAWordForAnother(t *testing.T) {
	w := newWorld(t)
	r, ctx := w.approved(), t.Context()
	agent := identity.Actor{Mandate: "m-1", Agent: w.person(1).Self, Principal: w.person(3).Self, Acts: []string{"contest"}}
	for name, a := range map[string]identity.Actor{"officer": w.bank, "authority": w.chief, "agent": agent, "nobody": {}} {
		if _, err := w.Give(ctx, a, r.ID, authorisation.Given{Shown: "x"}); err == nil || vocab.KindOf(err) != vocab.Denied {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyTheAuthorityReviewsAndABodyRegistersOnce(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	_, err := w.Register(ctx, apptest.Officer("tax", vocab.DataUser), w.scope())
	w.wants(err, vocab.RoleMissing) // a department asks by request
	tagged := w.scope()
	tagged.Items = []vocab.ItemID{"xm"}
	_, err = w.Register(ctx, w.bank, tagged)
	w.wants(err, vocab.RefusedByDesign)
	r, err := w.Register(ctx, w.bank, w.scope())
	w.must(err)
	if len(r.Clocks) != 0 || r.State != authorisation.Proposed {
		t.Fatalf("%+v", r)
	}
	seen, err := w.Get(ctx, w.chief, r.ID)
	w.must(err)
	if len(seen.Clocks) != 1 || seen.Clocks[0].DueDay.String() != "2026-03-16" || seen.Author != "" {
		t.Fatalf("%+v", seen)
	}
	_, err = w.Show(ctx, w.person(1), r.ID)
	w.wants(err, vocab.NoSuchThing) // not approved yet
	_, err = w.Review(ctx, w.bank, r.ID, true, "x", "y")
	w.wants(err, vocab.RoleMissing)
	_, err = w.Review(ctx, apptest.Officer("tax", vocab.Authority), r.ID, true, "x", "y")
	w.wants(err, vocab.NoSuchThing)
	_, err = w.Review(ctx, w.chief, r.ID, false, "too much", "")
	w.wants(err, vocab.ReasonNeeded)
	r, err = w.Review(ctx, w.chief, r.ID, false, "too much", "个人信息保护法 第六条")
	w.must(err)
	if r.State != authorisation.Declined || r.Grant != "" {
		t.Fatalf("%+v", r)
	}
	_, err = w.Review(ctx, w.chief, r.ID, true, "x", "y")
	w.wants(err, vocab.StateWrong)
}

func TestTheEndOfARegistrationEndsEveryWord(t *testing.T) {
	w := newWorld(t)
	r, me, ctx := w.approved(), w.person(3), t.Context()
	o, err := w.Show(ctx, me, r.ID)
	w.must(err)
	_, err = w.Give(ctx, me, r.ID, authorisation.Given{Shown: o.Shown})
	w.must(err)
	_, err = w.End(ctx, apptest.Officer("civil", vocab.Steward), r.ID, "the law has changed")
	w.must(err)
	w.wants(w.ask(r, 3, "born"), vocab.GrantEnded)
	_, err = w.Show(ctx, me, r.ID)
	w.wants(err, vocab.NoSuchThing)
	if list, err := w.Offers(ctx, me, "", 10); err != nil || len(list) != 0 {
		t.Fatalf("%v %v", list, err)
	}
}

func TestAWordSurvivesARestart(t *testing.T) {
	w := newWorld(t)
	r, me, ctx := w.approved(), w.person(3), t.Context()
	o, err := w.Show(ctx, me, r.ID)
	w.must(err)
	_, err = w.Give(ctx, me, r.ID, authorisation.Given{Shown: o.Shown})
	w.must(err)
	w.must(w.node.Close())
	w.node = apptest.Open(t, w.node.Config, app.Options{Clock: w.clock})
	w.must(w.ask(r, 3, "born"))
	w.wants(w.ask(r, 4, "born"), vocab.NotAuthorised)
}

// registered is an approved registration of the statuses of the birth date.
func (w *world) registered(statuses ...string) *authorisation.Registration {
	w.t.Helper()
	b := access.Binding{
		Item: w.set.ItemID("born"), Owner: "civil", Source: "residents", Table: "resident", Column: "born", Subject: "number",
		KeyKind: vocab.CitizenNumber, Compare: "date", About: vocab.NaturalPerson,
	}
	for _, name := range []string{"living", "married"} {
		b.Statuses = append(b.Statuses, comparator.Status{Name: name, Conditions: []source.Condition{{Column: "born", Op: source.IsNotNull}}})
	}
	_, err := w.node.Door.Bind(w.t.Context(), apptest.Officer("civil", vocab.Steward), b)
	w.must(err)
	sc := w.scope()
	sc.Statuses = statuses
	_, err = w.Register(w.t.Context(), w.bank, sc)
	w.wants(err, vocab.BadInput) // a comparison has no statuses
	sc.Items, sc.Question = []vocab.ItemID{"born"}, vocab.Status
	r, err := w.Register(w.t.Context(), w.bank, sc)
	w.must(err)
	r, err = w.Review(w.t.Context(), w.chief, r.ID, true, "needed for loans", "")
	w.must(err)
	return r
}

// askStatus is the bank's question whether a status of person 3 is so.
func (w *world) askStatus(r *authorisation.Registration, status string) error {
	number, _ := apptest.Citizen(3)
	_, err := w.node.Door.Ask(w.t.Context(), w.bank, access.Call{
		Grant: r.Grant, Question: vocab.Status, Status: status, Purpose: "loan", Case: "L-1", Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number},
	})
	return err
}

// Who ticks one status of two has given one: the door answers no other, also after a
// restart, and word and entry name the one.
func TestAWordOnOneStatusOfTwoAnswersOne(t *testing.T) {
	w := newWorld(t)
	me, ctx := w.person(3), t.Context()
	r := w.registered("living", "married")
	o, err := w.Show(ctx, me, r.ID)
	w.must(err)
	for _, bad := range [][]string{{"rich"}, {"living", "living"}} {
		_, err = w.Give(ctx, me, r.ID, authorisation.Given{Shown: o.Shown, Statuses: bad})
		w.wants(err, vocab.ItemOutside)
	}
	_, err = w.Give(ctx, me, r.ID, authorisation.Given{Shown: o.Shown, Statuses: []string{"married"}})
	w.must(err)
	for range 2 {
		w.must(w.askStatus(r, "married"))
		w.wants(w.askStatus(r, "living"), vocab.NotAuthorised)
		w.must(w.node.Close())
		w.node = apptest.Open(t, w.node.Config, app.Options{Clock: w.clock})
		w.Service = w.node.Authorisation
	}
	mine, err := w.Mine(ctx, me, "", 10)
	w.must(err)
	if len(mine) != 1 || !slices.Equal(mine[0].Statuses, []string{"married"}) {
		t.Errorf("the word: %+v", mine)
	}
	_, err = w.Give(ctx, me, r.ID, authorisation.Given{Shown: o.Shown}) // no choice is all that is offered
	w.must(err)
	w.must(w.askStatus(r, "living"))
}

// A word on a status is a word on those statuses that were read: the offer names
// them, the word and the entry in the person's chain keep them, the grant answers
// no other of the same item.
func TestAWordOnAStatusAnswersOnlyTheStatusesThatWereShown(t *testing.T) {
	w := newWorld(t)
	me, ctx := w.person(3), t.Context()
	r := w.registered("living")
	o, err := w.Show(ctx, me, r.ID)
	w.must(err)
	if o.Question != vocab.Status || !slices.Equal(o.Statuses, []string{"living"}) {
		t.Fatalf("shown: %+v", o)
	}
	word, err := w.Give(ctx, me, r.ID, authorisation.Given{Shown: o.Shown})
	w.must(err)
	w.must(w.askStatus(r, "living"))
	w.wants(w.askStatus(r, "married"), vocab.QuestionOutside)
	mine, err := w.Mine(ctx, me, "", 10)
	w.must(err)
	for _, got := range append(mine, *word) {
		if got.Question != vocab.Status || !slices.Equal(got.Statuses, []string{"living"}) {
			t.Errorf("the word does not say which status: %+v", got)
		}
	}
}

package app_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/calendar"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/trust/ledger/retention"
	"fontis/internal/vocab"
)

// inquiry gives the node a ground of deferral, and the authority that set it.
func inquiry(t *testing.T, n *app.App, longest int) (bureau identity.Actor, must func(error)) {
	t.Helper()
	must = func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	apptest.Init(t, n)
	bureau = apptest.Officer("bureau", vocab.Authority)
	bureau.Region, bureau.OfNode = "990000", true
	must(n.Records.Deferrals.PutGround(t.Context(), bureau, deferral.Ground{Name: "inquiry", Jurisdiction: "990000", Citation: "Invented Act art. 9", LongestDays: longest, Renewals: 1, AskDays: 3}))
	return bureau, must
}

// The ground may allow more: the shortest row of the node's place, of the ground's
// and of those that they fall back to bounds one order all the same.
func TestAnOrderIsNoLongerThanTheLawsRow(t *testing.T) {
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	n := apptest.Open(t, apptest.Config(t), app.Options{Clock: clock.NewFake(now)})
	bureau, must := inquiry(t, n, 180)
	number, _ := apptest.Citizen(1)
	must(n.Records.Deferrals.PutGround(t.Context(), bureau, deferral.Ground{Name: "elsewhere", Jurisdiction: "XX", Citation: "Invented Act art. 10", LongestDays: 180, AskDays: 3, Verified: true}))
	term := func(place string, days int) {
		t.Helper()
		must(n.Calendar.ImportRules(t.Context(), bureau, []calendar.Rule{{Name: "deferral.term", Jurisdiction: place, Kind: calendar.CalendarDays, Length: days, Citation: "local measure 4"}}))
	}
	propose := func(ground, place string, days int) error {
		_, err := n.Records.Deferrals.Propose(t.Context(), identity.Actor{Member: apptest.Tax, Officer: "o-tax", Roles: []vocab.Role{vocab.DataUser}}, deferral.New{
			Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}, Member: apptest.Tax, Ground: ground, Jurisdiction: place, Reference: "K-1", Until: now.AddDate(0, 0, days),
		})
		return err
	}
	must(propose("inquiry", "990000", 180)) // the row that ships
	term("990000", 30)
	term("XX", 3000)
	for ground, place := range map[string]string{"inquiry": "990000", "elsewhere": "XX"} {
		if err := propose(ground, place, 31); vocab.CodeOf(err) != vocab.DeferralTerm {
			t.Errorf("31 days under the ground %s of %s: %v", ground, place, err)
		}
	}
	must(propose("elsewhere", "XX", 30))
	grounds, err := n.Records.Deferrals.Grounds(t.Context())
	must(err)
	for _, g := range grounds {
		if g.Jurisdiction == "XX" && g.Verified {
			t.Error("a ground of the node's own says of itself that it was held against the law")
		}
	}
}

// Nobody is there when the order ends: at the start it is over, and the person is
// told once.
func TestAnOrderThatEndedWhileTheNodeWasDownIsOverAtTheStart(t *testing.T) {
	fake, cfg := clock.NewFake(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)), apptest.Config(t)
	n := apptest.Open(t, cfg, app.Options{Clock: fake})
	bureau, must := inquiry(t, n, 30)
	number, _ := apptest.Citizen(1)
	key := vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}
	author := apptest.Officer(apptest.Tax, vocab.DataUser)
	o, err := n.Records.Deferrals.Propose(t.Context(), author, deferral.New{Subject: key, Member: apptest.Tax, Ground: "inquiry", Jurisdiction: "990000", Reference: "K-1", Until: fake.Now().AddDate(0, 0, 20)})
	must(err)
	_, err = n.Records.Deferrals.Confirm(t.Context(), apptest.Officer("school", vocab.Auditor), o.ID)
	must(err)
	must(n.Close())

	fake.Advance(90 * 24 * time.Hour)
	n = apptest.Open(t, cfg, app.Options{Clock: fake})
	var both sync.WaitGroup // and the scheduler beside them
	for range 2 {
		both.Go(func() {
			if _, err := n.Records.Deferrals.Due(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	self, err := n.Identity.SelfActor(key)
	must(err)
	told, err := n.Identity.Notices(t.Context(), self, identity.Page{})
	must(err)
	list, err := n.Records.Deferrals.Orders(t.Context(), bureau, identity.Page{})
	must(err)
	if len(told) != 1 || len(list) != 1 || list[0].State != deferral.Over {
		t.Fatalf("%d notices, orders %+v", len(told), list)
	}
}

// The rows that ship, a place of its own, and a row that changes: no rule is
// shorter than the law's, and a place keeps no shorter than the country.
func TestNoRecordIsKeptShorterThanTheLawsRow(t *testing.T) {
	put := func(n *app.App, a identity.Actor, kind string, years int) error {
		return n.Records.Retention.PutRule(t.Context(), a, retention.Rule{Dataset: retention.Any, Kind: kind, Years: years, Citation: "local measure 1"})
	}
	n := apptest.Open(t, apptest.Config(t), app.Options{})
	bureau, must := inquiry(t, n, 30)
	for _, kind := range []string{"access", "batch", "act", "request"} {
		err := put(n, bureau, kind, 2)
		if vocab.CodeOf(err) != vocab.KeptTooShort || !strings.Contains(err.Error(), "retention."+kind+" of CN") || !strings.Contains(err.Error(), "第五十六条") {
			t.Errorf("two years of %s: %v", kind, err)
		}
		must(put(n, bureau, kind, 3))
	}
	must(put(n, bureau, "audit", 1)) // no row of the law speaks of it
	own := calendar.Rule{Name: "retention.access", Jurisdiction: "990000", Kind: calendar.Years, Length: 1, Citation: "local measure 2"}
	must(n.Calendar.ImportRules(t.Context(), bureau, []calendar.Rule{own}))
	if err := put(n, bureau, "access", 2); vocab.CodeOf(err) != vocab.KeptTooShort {
		t.Errorf("a place undercuts the country: %v", err)
	}
	own.Length = 10
	must(n.Calendar.ImportRules(t.Context(), bureau, []calendar.Rule{own}))
	if err := put(n, bureau, "access", 9); vocab.CodeOf(err) != vocab.KeptTooShort || !strings.Contains(err.Error(), "990000") {
		t.Errorf("nine years under a row of ten: %v", err)
	}
	list, err := n.Records.Retention.Rules(t.Context())
	must(err)
	if i := slices.IndexFunc(list, func(r retention.Rule) bool { return r.Kind == "access" }); i < 0 || list[i].Years != 10 || list[i].Citation != "local measure 2" {
		t.Errorf("the rule of three years stands as %+v", list)
	}
	own.Kind, own.Length = calendar.CalendarDays, 30
	if err := n.Calendar.ImportRules(t.Context(), bureau, []calendar.Rule{own}); vocab.CodeOf(err) != vocab.BadInput {
		t.Errorf("a row that counts in days: %v", err)
	}
	own = calendar.Rule{Name: "retention.batch", Jurisdiction: "CN", Kind: calendar.Years, Length: 1, Citation: "ours"}
	if err := n.Calendar.ImportRules(t.Context(), bureau, []calendar.Rule{own}); vocab.CodeOf(err) != vocab.RowShipped {
		t.Errorf("a floor that ships is overwritten: %v", err)
	}
	own.From = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	must(n.Calendar.ImportRules(t.Context(), bureau, []calendar.Rule{own}))
	if err := put(n, bureau, "batch", 2); vocab.CodeOf(err) != vocab.KeptTooShort || !strings.Contains(err.Error(), "第五十六条") {
		t.Errorf("a row beside the one that ships weakens it: %v", err)
	}

	cfg := apptest.Config(t)
	cfg.Jurisdiction = "XE"
	far := apptest.Open(t, cfg, app.Options{})
	apptest.Init(t, far)
	must(put(far, bureau, "access", 1))
	if err := put(far, bureau, "batch", 1); vocab.CodeOf(err) != vocab.KeptTooShort || !strings.Contains(err.Error(), "Exampland") {
		t.Errorf("a year of batches in Exampland: %v", err)
	}
}

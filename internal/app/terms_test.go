package app_test

import (
	"sync"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/calendar"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/deferral"
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

// The ground may allow more: the law's own row bounds one order all the same.
func TestAnOrderIsNoLongerThanTheLawsRow(t *testing.T) {
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	n := apptest.Open(t, apptest.Config(t), app.Options{Clock: clock.NewFake(now)})
	bureau, must := inquiry(t, n, 400)
	number, _ := apptest.Citizen(1)
	propose := func(days int) error {
		_, err := n.Records.Deferrals.Propose(t.Context(), identity.Actor{Member: apptest.Tax, Officer: "o-tax", Roles: []vocab.Role{vocab.DataUser}}, deferral.New{
			Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}, Member: apptest.Tax, Ground: "inquiry", Jurisdiction: "990000", Reference: "K-1", Until: now.AddDate(0, 0, days),
		})
		return err
	}
	must(propose(180)) // the row that ships
	if err := propose(181); vocab.CodeOf(err) != vocab.DeferralTerm {
		t.Fatalf("181 days: %v", err)
	}
	must(n.Calendar.ImportRules(t.Context(), bureau, []calendar.Rule{{Name: "deferral.term", Jurisdiction: "990000", Kind: calendar.CalendarDays, Length: 30, Citation: "local measure 4"}}))
	if err := propose(31); vocab.CodeOf(err) != vocab.DeferralTerm {
		t.Fatalf("31 days under a row of 30: %v", err)
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

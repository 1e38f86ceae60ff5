package deferral_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/trust/ledger/ledgertest"
	"fontis/internal/vocab"
)

const day = 24 * time.Hour

type world struct {
	*ledgertest.World
	*deferral.Service
}

var ground = deferral.Ground{Name: "inquiry", Jurisdiction: "990000", Citation: "Invented Act art. 9", LongestDays: 30, Renewals: 2, AskDays: 3}

func newWorld(t *testing.T) *world {
	w := ledgertest.New(t, "deferral")
	out := &world{w, deferral.NewService(deferral.Parts{DB: w.DB, Clock: w.Clock, Ledger: w.Ledger, Identity: w.Identity})}
	w.Must(out.PutGround(t.Context(), ledgertest.Officer("bureau", vocab.Authority), ground))
	return out
}

var (
	police = ledgertest.Officer("police", vocab.DataUser)
	second = ledgertest.Officer("court", vocab.Auditor)
)

// order is an order of the police on their uses of person 1.
func (w *world) order(change func(*deferral.New)) deferral.New {
	n := deferral.New{Subject: ledgertest.Key(1), Member: "police", Ground: "inquiry", Jurisdiction: "990000", Reference: "K-12", Until: w.Clock.Now().Add(30 * day)}
	if change != nil {
		change(&n)
	}
	return n
}

func (w *world) inForce(n deferral.New) (deferral.Order, error) {
	o, err := w.Propose(w.T.Context(), police, n)
	if err != nil {
		return o, err
	}
	return w.Confirm(w.T.Context(), second, o.ID)
}

// states are the lines of person 1's view, oldest first.
func (w *world) states() string {
	w.T.Helper()
	p, err := w.Ledger.Uses(w.T.Context(), ledger.UsesOf{Viewer: ledger.Viewer{Person: w.Person(1).Self}})
	w.Must(err)
	out := ""
	for i := len(p.Uses) - 1; i >= 0; i-- {
		u := p.Uses[i]
		word := string(u.Member)
		if u.State == ledger.StateDeferred {
			word = "-"
		}
		if u.Act != "" {
			word = u.Act
		}
		out += word + " "
	}
	return out
}

func (w *world) inbox() int {
	w.T.Helper()
	list, err := w.Identity.Notices(w.T.Context(), w.Person(1), identity.Page{})
	w.Must(err)
	return len(list)
}

func TestABodysUsesAreDeferredUntilTheEndAndThenAppear(t *testing.T) {
	w := newWorld(t)
	w.Access(ledgertest.Use{Person: 1, By: "police"}) // before the order: stays shown
	o, err := w.Propose(t.Context(), police, w.order(nil))
	w.Must(err)
	w.Access(ledgertest.Use{Person: 1, By: "police"}) // proposed only: shown
	if got := w.states(); got != "police police " {
		t.Fatalf("a proposal hides: %s", got)
	}
	w.Clock.Advance(time.Minute)
	_, err = w.Confirm(t.Context(), second, o.ID)
	w.Must(err)
	w.Access(ledgertest.Use{Person: 1, By: "tax"})
	w.Clock.Advance(time.Minute)
	w.Access(ledgertest.Use{Person: 1, By: "police"})
	if got := w.states(); got != "police police - tax - " {
		t.Errorf("in force: %s", got)
	}
	if n, err := w.Due(t.Context()); n != 0 || err != nil {
		t.Errorf("told of %d before the end: %v", n, err)
	}
	w.Clock.Set(o.Until.Add(-time.Microsecond))
	if got := w.states(); got != "police police - tax - " {
		t.Errorf("just before the end: %s", got)
	}
	w.Clock.Set(o.Until)
	if got := w.states(); got != "police police deferral.ordered tax police " { // no job has run
		t.Errorf("at the end: %s", got)
	}
	if n, err := w.Due(t.Context()); n != 1 || err != nil {
		t.Errorf("told of %d: %v", n, err)
	}
	if n, err := w.Due(t.Context()); n != 0 || err != nil || w.inbox() != 1 {
		t.Errorf("told again: %d, %v, %d notices", n, err, w.inbox())
	}
	if got := w.states(); got != "police police deferral.ordered tax police deferral.over " {
		t.Errorf("after: %s", got)
	}
}

// Deferred for ever: renewals, other grounds, other authors, pauses, entry after
// entry. All of it ends.
func TestDeferredForEver(t *testing.T) {
	w := newWorld(t)
	w.Must(w.PutGround(t.Context(), ledgertest.Officer("bureau", vocab.Authority), deferral.Ground{
		Name: "second-inquiry", Jurisdiction: "990000", Citation: "Invented Act art. 10", LongestDays: 60, Renewals: 1, AskDays: 3,
	}))
	last, err := w.inForce(w.order(nil))
	w.Must(err)
	if _, err := w.inForce(w.order(nil)); !errors.Is(err, vocab.StateWrong) {
		t.Errorf("a second order that names no renewal: %v", err)
	}
	trace := w.Access(ledgertest.Use{Person: 1, By: "police"})
	w.Settle(trace)
	for i := range 2 {
		w.Clock.Advance(29 * day)
		if last, err = w.inForce(w.order(func(n *deferral.New) { n.Renews, n.Until = last.ID, w.Clock.Now().Add(29*day) })); err != nil {
			t.Fatalf("renewal %d: %v", i+1, err)
		}
	}
	w.Clock.Advance(28 * day)
	for name, n := range map[string]deferral.New{
		"a third renewal":         w.order(func(n *deferral.New) { n.Renews = last.ID }),
		"another ground":          w.order(func(n *deferral.New) { n.Renews, n.Ground = last.ID, "second-inquiry" }),
		"the entry itself":        w.order(func(n *deferral.New) { n.Subject, n.Member, n.Trace = vocab.SubjectKey{}, "", trace }),
		"the entry, as a renewal": w.order(func(n *deferral.New) { n.Subject, n.Member, n.Trace, n.Renews = vocab.SubjectKey{}, "", trace, last.ID }),
	} {
		if _, err := w.inForce(n); !errors.Is(err, vocab.DeferralTerm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Propose(t.Context(), ledgertest.Officer("bureau", vocab.Authority), w.order(nil)); !errors.Is(err, vocab.DeferralTerm) {
		t.Errorf("another author: %v", err)
	}
	w.Clock.Set(last.Until.Add(10 * day))
	if _, err := w.inForce(w.order(nil)); !errors.Is(err, vocab.DeferralTerm) {
		t.Errorf("after a pause of ten days: %v", err)
	}
	if _, err := w.inForce(w.order(func(n *deferral.New) { n.Subject, n.Member, n.Trace = vocab.SubjectKey{}, "", trace })); !errors.Is(err, vocab.DeferralTerm) {
		t.Errorf("an entry that has appeared: %v", err)
	}
	if got, err := w.Ledger.Entry(t.Context(), trace, ledger.Viewer{Person: w.Person(1).Self}); err != nil || got.Member != "police" {
		t.Errorf("the person does not see the use: %+v, %v", got, err)
	}
}

func TestAnOrderNeedsGroundTermAndASecondOfficerOfAnotherBody(t *testing.T) {
	w := newWorld(t)
	for name, n := range map[string]deferral.New{
		"no ground":         w.order(func(n *deferral.New) { n.Ground = "because" }),
		"another's law":     w.order(func(n *deferral.New) { n.Jurisdiction = "110000" }),
		"a day too long":    w.order(func(n *deferral.New) { n.Until = w.Clock.Now().Add(31 * day) }),
		"no end":            w.order(func(n *deferral.New) { n.Until = time.Time{} }),
		"in the past":       w.order(func(n *deferral.New) { n.Until = w.Clock.Now() }),
		"no file":           w.order(func(n *deferral.New) { n.Reference = " " }),
		"a person's number": w.order(func(n *deferral.New) { n.Reference = "11010519491231002X" }),
		"another body":      w.order(func(n *deferral.New) { n.Member = "tax" }),
		"nothing":           w.order(func(n *deferral.New) { n.Member = "" }),
		"a false renewal":   w.order(func(n *deferral.New) { n.Renews = "df-none" }),
		"a foreign entry":   w.order(func(n *deferral.New) { n.Member, n.Trace = "", w.Access(ledgertest.Use{Person: 1, By: "tax"}) }),
		"no such entry":     w.order(func(n *deferral.New) { n.Member, n.Trace = "", vocab.NewTrace(w.Clock.Now()) }),
	} {
		if _, err := w.Propose(t.Context(), police, n); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	machine := police
	machine.Machine = "m"
	for name, a := range map[string]identity.Actor{"a machine": machine, "no role": ledgertest.Officer("police", vocab.Counter), "the person": w.Person(1), "nobody": {}} {
		if _, err := w.Propose(t.Context(), a, w.order(nil)); err == nil {
			t.Errorf("%s proposes", name)
		}
	}
	o, err := w.Propose(t.Context(), police, w.order(nil))
	w.Must(err)
	for name, a := range map[string]identity.Actor{
		"the same body":   {Member: "police", Officer: "another@police", Roles: []vocab.Role{vocab.Authority, vocab.Auditor}},
		"a clerk":         ledgertest.Officer("tax", vocab.DataUser, vocab.Steward),
		"another region":  ledgertest.Officer("far", vocab.Authority),
		"the author":      {Member: "court", Officer: police.Officer, Roles: []vocab.Role{vocab.Auditor}},
		"another machine": {Member: "court", Officer: "x@court", Machine: "m", Roles: []vocab.Role{vocab.Auditor}},
	} {
		if _, err := w.Confirm(t.Context(), a, o.ID); err == nil {
			t.Errorf("%s confirms", name)
		}
	}
	if list, err := w.Orders(t.Context(), ledgertest.Officer("far", vocab.Authority), identity.Page{}); err != nil || len(list) != 0 {
		t.Errorf("another region's authority sees %d orders, %v", len(list), err)
	}
	w.Clock.Advance(31 * day)
	if _, err := w.Confirm(t.Context(), second, o.ID); !errors.Is(err, vocab.DeferralTerm) {
		t.Errorf("confirmed after its end: %v", err)
	}
}

func TestAnOldEntryThatWasShownIsNotHidden(t *testing.T) {
	w := newWorld(t)
	old := w.Access(ledgertest.Use{Person: 1, By: "police"})
	w.Clock.Advance(4 * day)
	fresh := w.Access(ledgertest.Use{Person: 1, By: "police"})
	one := func(trace vocab.TraceID) deferral.New {
		return w.order(func(n *deferral.New) { n.Subject, n.Member, n.Trace = vocab.SubjectKey{}, "", trace })
	}
	if _, err := w.inForce(one(old)); !errors.Is(err, vocab.DeferralTerm) {
		t.Errorf("an entry of four days ago: %v", err)
	}
	if _, err := w.inForce(one(fresh)); err != nil {
		t.Errorf("an entry of today: %v", err)
	}
	if got := w.states(); got != "police - - " {
		t.Errorf("the view: %s", got)
	}
}

func TestALiftedOrderShowsAtOnce(t *testing.T) {
	w := newWorld(t)
	o, err := w.inForce(w.order(nil))
	w.Must(err)
	w.Access(ledgertest.Use{Person: 1, By: "police"})
	if err := w.Lift(t.Context(), ledgertest.Officer("tax", vocab.Steward), o.ID, "x"); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("a stranger lifts: %v", err)
	}
	w.Must(w.Lift(t.Context(), police, o.ID, "the inquiry is over"))
	if got := w.states(); got != "deferral.ordered police deferral.lifted " || w.inbox() != 1 {
		t.Errorf("after: %s, %d notices", got, w.inbox())
	}
	if err := w.Lift(t.Context(), police, o.ID, "again"); !errors.Is(err, vocab.StateWrong) {
		t.Errorf("lifted twice: %v", err)
	}
	w.Clock.Advance(60 * day)
	if n, err := w.Due(t.Context()); n != 0 || err != nil {
		t.Errorf("told again at the end it had: %d, %v", n, err)
	}
}

func TestTotalsArePublicAndSmallCellsAreNot(t *testing.T) {
	w := newWorld(t)
	orders := func(from, until int, ground string) {
		t.Helper()
		for i := from; i < until; i++ {
			_, err := w.inForce(w.order(func(n *deferral.New) {
				n.Subject, n.Reference, n.Ground = ledgertest.Key(i+1), fmt.Sprint("K-", i), ground
			}))
			w.Must(err)
		}
	}
	totals := func() deferral.Totals {
		t.Helper()
		got, err := w.Totals(t.Context())
		w.Must(err)
		return got
	}
	orders(0, 3, "inquiry")
	if got := totals(); got.All.Orders != 3 || got.Grounds[0].Suppressed {
		t.Errorf("one ground alone is the total: %+v", got)
	}
	other := ground
	other.Name = "other-inquiry"
	w.Must(w.PutGround(t.Context(), ledgertest.Officer("bureau", vocab.Authority), other))
	if got := totals(); !got.Grounds[0].Suppressed || !got.Grounds[1].Suppressed || got.Grounds[0].Figures != nil || got.All.Orders != 3 {
		t.Errorf("three orders under one of two grounds: the nothing under the other would tell: %+v", got)
	}
	orders(30, 55, "other-inquiry")
	if got := totals(); !got.Grounds[0].Suppressed || !got.Grounds[1].Suppressed || got.All.Orders != 28 || got.All.InForce != 28 {
		t.Errorf("three of 28: %+v", got)
	}
	orders(3, 12, "inquiry")
	if got := totals(); got.Grounds[0].Suppressed || got.Grounds[1].Suppressed || got.Grounds[0].Figures.Orders != 12 || got.Grounds[1].Figures.Orders != 25 {
		t.Errorf("twelve and 25: %+v", got)
	}
	o, err := w.Propose(t.Context(), police, w.order(func(n *deferral.New) { n.Subject = ledgertest.Key(90) }))
	w.Must(err)
	_, err = w.Refuse(t.Context(), second, o.ID, "no need")
	w.Must(err)
	if got := totals(); !got.Grounds[0].Suppressed || !got.Grounds[1].Suppressed || got.All.Refused != 1 {
		t.Errorf("one was refused, which is a small figure too: %+v", got)
	}
}

func TestOrdersAreSeenByTheirBodyAndByWhoSupervises(t *testing.T) {
	w := newWorld(t)
	_, err := w.inForce(w.order(nil))
	w.Must(err)
	for member, want := range map[string]int{"police": 1, "tax": 0} {
		list, err := w.Orders(t.Context(), ledgertest.Officer(vocab.MemberID(member), vocab.DataUser), identity.Page{})
		w.Must(err)
		if len(list) != want {
			t.Errorf("%s sees %d orders", member, len(list))
		}
	}
	list, err := w.Orders(t.Context(), second, identity.Page{})
	w.Must(err)
	if len(list) != 1 || list[0].Second != second.Officer {
		t.Errorf("the auditor sees %+v", list)
	}
	if err := w.PutGround(t.Context(), ledgertest.Officer("tax", vocab.Authority), ground); err == nil {
		t.Error("any authority puts rows of the law")
	}
	shipped, err := deferral.Shipped()
	w.Must(err)
	for _, g := range shipped {
		g.LongestDays = 3650
		if err := w.PutGround(t.Context(), ledgertest.Officer("bureau", vocab.Authority), g); vocab.CodeOf(err) != vocab.RowShipped {
			t.Errorf("the ground %s of %s that ships is overwritten: %v", g.Name, g.Jurisdiction, err)
		}
	}
}

// A row of the node's own reaches no further than those that ship, and no text of an
// order carries a person's number.
func TestGroundsAndWordsOfTheNodesOwnAreBounded(t *testing.T) {
	w := newWorld(t)
	bureau, wide := ledgertest.Officer("bureau", vocab.Authority), func(change func(*deferral.Ground)) error {
		g := deferral.Ground{Name: "own", Jurisdiction: "XX", Citation: "Invented Act art. 3", LongestDays: 180, Renewals: 2, AskDays: 3}
		change(&g)
		return w.PutGround(t.Context(), ledgertest.Officer("bureau", vocab.Authority), g)
	}
	w.Must(wide(func(*deferral.Ground) {}))
	for name, change := range map[string]func(*deferral.Ground){
		"days": func(g *deferral.Ground) { g.LongestDays = 181 }, "renewals": func(g *deferral.Ground) { g.Renewals = 3 }, "days to ask": func(g *deferral.Ground) { g.AskDays = 4 },
	} {
		if err := wide(change); vocab.CodeOf(err) != vocab.RowShipped {
			t.Errorf("more %s than any row that ships: %v", name, err)
		}
	}
	// A ground that ships is not stretched by a row of its name for another place.
	for days, want := range map[int]vocab.Code{90: "", 91: vocab.RowShipped} {
		err := wide(func(g *deferral.Ground) { g.Name, g.LongestDays = "would-hinder-duty", days })
		if vocab.CodeOf(err) != want && (err != nil || want != "") {
			t.Errorf("%d days under the name of a ground of 90: %v", days, err)
		}
	}
	const number = "11010519491231002X"
	o, err := w.Propose(t.Context(), police, w.order(nil))
	w.Must(err)
	if _, err := w.Refuse(t.Context(), second, o.ID, "about "+number); vocab.CodeOf(err) != vocab.BadInput {
		t.Errorf("refused with a number: %v", err)
	}
	_, err = w.Confirm(t.Context(), second, o.ID)
	w.Must(err)
	if err := w.Lift(t.Context(), bureau, o.ID, "about "+number); vocab.CodeOf(err) != vocab.BadInput {
		t.Errorf("lifted with a number: %v", err)
	}
	again := w.order(nil)
	for _, renews := range []string{number, "df-nope", ""} {
		again.Renews = renews
		if _, err := w.Propose(t.Context(), police, again); err == nil || strings.Contains(err.Error(), number) {
			t.Errorf("renews %q: %v", renews, err)
		}
	}
}

func TestWhomTheAuthorOfAnOrderInvitedDoesNotConfirmIt(t *testing.T) {
	w := newWorld(t)
	o, err := w.Propose(t.Context(), police, w.order(nil))
	w.Must(err)
	w.Must(w.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO officer_maker (officer, owner_member, maker, made_at) VALUES ($1, 'm', $2, 0)`, string(second.Officer), string(police.Officer))
		return err
	}))
	if _, err := w.Confirm(t.Context(), second, o.ID); vocab.CodeOf(err) != vocab.SecondNeeded {
		t.Errorf("confirmed by the author's own: %v", err)
	}
}

// The entry of an order names both hands and who admitted each; the person whom it
// is about sees neither name.
func TestTheEntryOfAnOrderNamesWhoAdmittedEachHand(t *testing.T) {
	w := newWorld(t)
	w.Must(w.DB.Write(t.Context(), func(tx *db.Tx) error {
		for _, o := range []vocab.OfficerID{police.Officer, second.Officer} {
			_, err := tx.Exec(t.Context(), `INSERT INTO officer_maker (officer, owner_member, maker, made_at, of_authority) VALUES ($1, 'm', 'chief', 0, TRUE)`, string(o))
			w.Must(err)
		}
		return nil
	}))
	o, err := w.inForce(w.order(nil))
	w.Must(err)
	w.Must(w.Lift(t.Context(), second, o.ID, "over")) // what it hid, its own entry too, appears
	entries, err := w.Ledger.Entries(t.Context(), ledger.EntriesOf{Acts: true, Limit: 500})
	w.Must(err)
	want, found := hands.Two{First: police.Officer, Second: second.Officer, FirstBy: []vocab.OfficerID{"chief"}, SecondBy: []vocab.OfficerID{"chief"}}, false
	for _, e := range entries {
		found = found || e.Fields[hands.Field] == want.String()
	}
	if !found {
		t.Errorf("no entry names %q", want)
	}
	list, err := w.Ledger.OfPerson(t.Context(), w.Person(1).Self, 0, 10)
	w.Must(err)
	for _, e := range list {
		if e.Hands != "" || e.Officer != "" {
			t.Errorf("the person reads %q %q", e.Officer, e.Hands)
		}
	}
	for _, field := range []string{hands.Field, "author", "second"} {
		if ledger.HolderSelf.Sees(field) || ledger.HolderMandate.Sees(field) || !ledger.HolderAuditor.Sees(field) {
			t.Errorf("who sees %s", field)
		}
	}
}

// An older program let an import take the place of a shipped ground: a row of 180
// days and 20 renewals, each order renewed by the next, hid a use for ten years. It
// holds no longer than what ships.
func TestALongGroundOfAnOlderProgramHoldsNoLongerThanWhatShips(t *testing.T) {
	w := newWorld(t)
	shipped, err := deferral.Shipped()
	w.Must(err)
	w.Must(w.Ship(t.Context()))
	is := shipped[0]
	w.Must(w.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE deferral_ground SET longest_days = 3000, renewals = 20, ask_days = 300 WHERE name = $1`, is.Name)
		return err
	}))
	all, err := w.Grounds(t.Context())
	w.Must(err)
	for _, g := range all {
		if g.Name == is.Name && (g.LongestDays != is.LongestDays || g.Renewals != is.Renewals || g.AskDays != is.AskDays) {
			t.Errorf("the list shows %+v", g)
		}
	}
	n := w.order(func(n *deferral.New) { n.Ground, n.Jurisdiction = is.Name, is.Jurisdiction })
	n.Until = w.Clock.Now().Add(time.Duration(is.LongestDays+1) * day)
	if _, err := w.Propose(t.Context(), police, n); !errors.Is(err, vocab.DeferralTerm) {
		t.Errorf("an order of more days: %v", err)
	}
	for i := range is.Renewals + 2 {
		n.Until = w.Clock.Now().Add(time.Duration(is.LongestDays) * day)
		o, err := w.inForce(n)
		if i == is.Renewals+1 {
			if !errors.Is(err, vocab.DeferralTerm) {
				t.Errorf("renewal %d: %v", i, err)
			}
			return
		}
		w.Must(err)
		n.Renews = o.ID
		w.Clock.Advance(time.Duration(is.LongestDays)*day - time.Hour)
	}
}

func TestANameOfALawsRowStandsOnOneLine(t *testing.T) {
	w := newWorld(t)
	for _, change := range []func(*deferral.Ground){
		func(g *deferral.Ground) { g.Name = "in\nquiry" }, func(g *deferral.Ground) { g.Jurisdiction = "99 0000" },
		func(g *deferral.Ground) { g.Citation = "Act\nverified" }, func(g *deferral.Ground) { g.Name = "x\u202ey" },
	} {
		g := ground
		change(&g)
		if err := w.PutGround(t.Context(), ledgertest.Officer("bureau", vocab.Authority), g); !errors.Is(err, vocab.BadInput) {
			t.Errorf("%q of %q, %q: %v", g.Name, g.Jurisdiction, g.Citation, err)
		}
	}
}

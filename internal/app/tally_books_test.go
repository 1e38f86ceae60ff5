package app_test

import (
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/quality"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/trust/ledger/tally"
	"fontis/internal/vocab"
)

// besides fills the tables beside the ledger's own: an order of deferral in force
// and one that was lifted, a contest that is labelled, a status act that two
// officers decided and one that was refused.
func besides(t *testing.T, w *apptest.World) {
	t.Helper()
	ctx, must := t.Context(), func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	chief := identity.Actor{Member: "bureau", Officer: "chief", Roles: []vocab.Role{vocab.Authority}, OfNode: true, Region: "990000"}
	key := func(i int) vocab.SubjectKey { return w.Ask(i, "").Subject }
	orders := w.Records.Deferrals
	must(orders.PutGround(ctx, chief, deferral.Ground{Name: "inquiry", Jurisdiction: "990000", Citation: "Invented Act art. 9", LongestDays: 30, AskDays: 3}))
	for i := range 3 {
		o, err := orders.Propose(ctx, w.User, deferral.New{
			Subject: key(i), Member: apptest.Tax, Ground: "inquiry", Jurisdiction: "990000", Reference: "K-1", Until: w.Clock.Now().Add(time.Hour),
		})
		must(err)
		if i == 2 {
			_, err = orders.Refuse(ctx, chief, o.ID, "no inquiry is open")
			must(err)
			continue
		}
		_, err = orders.Confirm(ctx, chief, o.ID)
		must(err)
		if i == 1 {
			must(orders.Lift(ctx, chief, o.ID, "closed early"))
		}
	}
	set, err := w.Catalog.Create(ctx, w.Steward, entry.Dataset{
		Name: entry.Text{ZH: "居民"}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: vocab.NaturalPerson,
		Origin: vocab.Government, LegalBasis: []entry.Cite{{Law: "个人信息保护法", Article: "34"}}, Purposes: []string{"pension"}, Level: 3,
		ImpactRef: "pia-1", Items: []entry.Item{{Code: "code", Name: entry.Text{ZH: "状态"}, Compare: vocab.CompareText}},
	})
	must(err)
	for i := range 2 {
		c, err := w.Quality.Raise(ctx, w.Steward, quality.Raise{Item: set.ItemID("code"), Subject: key(i), Fault: quality.Wrong, Claimed: "green", Statement: "a slip"})
		must(err)
		_, err = w.Quality.Accept(ctx, chief, c.ID)
		must(err)
		if i == 1 {
			_, err = w.Quality.Withdraw(ctx, w.Steward, c.ID, quality.Word{Reason: "seen again"})
			must(err)
		}
	}
	second := w.Steward
	second.Officer = "second"
	for i, state := range []quality.StatusState{quality.StatusDone, quality.StatusRefused} {
		act, err := w.Quality.ProposeStatus(ctx, w.Steward, quality.NewStatusAct{
			Item: set.ItemID("code"), Subject: key(i), Value: "red", Evidence: "doc-7", Law: "Epidemic Act", Article: "9", Reason: "tested",
		})
		must(err)
		if state == quality.StatusDone {
			_, err = w.Quality.ConfirmStatus(ctx, second, act.ID)
		} else {
			_, err = w.Quality.RefuseStatus(ctx, second, act.ID, "no such document")
		}
		must(err)
	}
}

// The rows that the tamperings choose.
const (
	theOrder   = `(SELECT id FROM deferral_order WHERE state = 'in-force')`
	theAct     = `(SELECT id FROM quality_status_act WHERE state = 'done')`
	theRefused = `(SELECT MIN(seq) FROM ledger_entry WHERE kind = 1 AND state = 'refused')`
	otherWho   = `(SELECT person FROM quality_status_act WHERE state = 'refused')`
)

// tamperingsBeside are what one with the file and no key could try on the tables
// beside the ledger's, and on the columns of a refusal.
var tamperingsBeside = []tampering{
	{"a refusal shown to another provider", `UPDATE ledger_entry SET provider = 'school' WHERE seq = ` + theRefused, []tally.Kind{tally.ColumnChanged}},
	{"a refusal hidden from its provider", `UPDATE ledger_entry SET provider = '' WHERE seq = ` + theRefused, []tally.Kind{tally.ColumnChanged}},
	{"a refusal of no provider given one", `UPDATE ledger_entry SET provider = 'school' WHERE seq = (SELECT MAX(seq) FROM ledger_entry WHERE kind = 1 AND state = 'refused')`, []tally.Kind{tally.ColumnChanged}},
	{"an act given to a provider", `UPDATE ledger_entry SET provider = 'school' WHERE seq = (SELECT MIN(seq) FROM ledger_entry WHERE kind = 4)`, []tally.Kind{tally.ColumnChanged}},
	{"an act called a refusal", `UPDATE ledger_entry SET state = 'refused' WHERE seq = (SELECT MIN(seq) FROM ledger_entry WHERE kind = 4)`, []tally.Kind{tally.ColumnChanged}},

	{"a use hidden without an order", `INSERT INTO ledger_deferral SELECT 'df-none', person, member, seq, from_at, until_at FROM ledger_deferral WHERE order_id = ` + theOrder, []tally.Kind{tally.RowAlone}},
	{"a use shown before the order's end", `DELETE FROM ledger_deferral WHERE order_id = ` + theOrder, []tally.Kind{tally.RowGone}},
	{"an order's own entry shown too early", `DELETE FROM ledger_deferral WHERE order_id = ` + theOrder + ` || '/entry'`, []tally.Kind{tally.RowGone}},
	{"uses hidden for longer", `UPDATE ledger_deferral SET until_at = until_at + 86400000000 WHERE order_id = ` + theOrder, []tally.Kind{tally.RowOther}},
	{"uses hidden from earlier on", `UPDATE ledger_deferral SET from_at = from_at - 86400000000 WHERE order_id = ` + theOrder, []tally.Kind{tally.RowOther}},
	{"another body's uses hidden", `UPDATE ledger_deferral SET member = 'school' WHERE order_id = ` + theOrder, []tally.Kind{tally.RowOther}},
	{"another entry hidden", `UPDATE ledger_deferral SET seq = ` + someAccess + ` WHERE order_id = ` + theOrder + ` || '/entry'`, []tally.Kind{tally.RowOther}},
	{"another person's uses hidden", `UPDATE ledger_deferral SET person = ` + otherWho + ` WHERE order_id = ` + theOrder, []tally.Kind{tally.RowOther}},
	{"a lifted order hides again", `UPDATE ledger_deferral SET until_at = until_at + 86400000000 WHERE order_id = (SELECT id FROM deferral_order WHERE state = 'lifted')`, []tally.Kind{tally.RowOther}},
	{"an order deleted", `DELETE FROM deferral_order WHERE id = ` + theOrder, []tally.Kind{tally.RowGone}},
	{"an order made up", `INSERT INTO deferral_order SELECT 'df-none', owner_member, person, member, trace, entry_at, ground, jurisdiction, reference, author, second_member, second, state, reason, renews, made_at, from_at, until_at, decided_at, told_at FROM deferral_order WHERE id = ` + theOrder, []tally.Kind{tally.RowAlone}},
	{"a refused order put in force", `UPDATE deferral_order SET state = 'in-force' WHERE state = 'refused'`, []tally.Kind{tally.RowOther}},
	{"an order's end moved", `UPDATE deferral_order SET until_at = until_at + 86400000000 WHERE id = ` + theOrder, []tally.Kind{tally.RowOther}},
	{"an order's author changed", `UPDATE deferral_order SET author = 'another' WHERE id = ` + theOrder, []tally.Kind{tally.RowOther}},
	{"an order's second officer changed", `UPDATE deferral_order SET second = 'another' WHERE id = ` + theOrder, []tally.Kind{tally.RowOther}},
	{"an order's ground changed", `UPDATE deferral_order SET ground = 'another' WHERE id = ` + theOrder, []tally.Kind{tally.RowOther}},
	{"an order said to be told of", `UPDATE deferral_order SET told_at = 1 WHERE id = ` + theOrder, []tally.Kind{tally.RowOther}},
	{"an order on another person", `UPDATE deferral_order SET person = ` + otherWho + ` WHERE id = ` + theOrder, []tally.Kind{tally.RowOther}},

	{"a status act made up", `INSERT INTO quality_status_act SELECT 's-none', owner_member, item, person, state, rev, created_at, changed_at, sealed, body FROM quality_status_act WHERE id = ` + theAct, []tally.Kind{tally.RowAlone}},
	{"a status act deleted", `DELETE FROM quality_status_act WHERE id = ` + theAct, []tally.Kind{tally.RowGone}},
	{"a refused status act called done", `UPDATE quality_status_act SET state = 'done' WHERE state = 'refused'`, []tally.Kind{tally.RowOther}},
	{"a status act about another person", `UPDATE quality_status_act SET person = ` + otherWho + ` WHERE id = ` + theAct, []tally.Kind{tally.RowOther}},
	{"a status act with another value", `UPDATE quality_status_act SET sealed = (SELECT sealed FROM quality_status_act WHERE state = 'refused') WHERE id = ` + theAct, []tally.Kind{tally.RowOther}},
	{"a status act with other evidence", `UPDATE quality_status_act SET body = replace(body, 'doc-7', 'doc-8') WHERE id = ` + theAct, []tally.Kind{tally.RowOther}},
	{"a status act by one hand", `UPDATE quality_status_act SET body = replace(body, '"second":"second"', '"second":""') WHERE id = ` + theAct, []tally.Kind{tally.RowOther}},
	{"a status act's reason for refusal changed", `UPDATE quality_status_act SET body = replace(body, 'no such document', 'as asked') WHERE state = 'refused'`, []tally.Kind{tally.RowOther}},
	{"a status act that cannot be read", `UPDATE quality_status_act SET body = '{' WHERE id = ` + theAct, []tally.Kind{tally.RowOther}},
	{"a status act put before another", `UPDATE quality_status_act SET changed_at = changed_at + 86400000000 WHERE id = ` + theAct, []tally.Kind{tally.RowOther}},

	{"a label taken away", `DELETE FROM access_label`, []tally.Kind{tally.RowGone}},
	{"a label made up", `INSERT INTO access_label SELECT item, person, 'q-none', owner_member, at FROM access_label`, []tally.Kind{tally.RowAlone}},
	{"a label on another person", `UPDATE access_label SET person = ` + otherWho, []tally.Kind{tally.RowOther}},
	{"a label on another item", `UPDATE access_label SET item = 'civil-residents/born'`, []tally.Kind{tally.RowAlone, tally.RowGone}},
	{"a second person under one contest's label", `INSERT INTO access_label SELECT item, ` + otherWho + `, contest, owner_member, at FROM access_label`, []tally.Kind{tally.RowAlone}},
	{"a contest called withdrawn", `UPDATE quality_contest SET state = 'withdrawn'`, []tally.Kind{tally.RowOther}},
	{"a contest deleted", `DELETE FROM quality_contest WHERE state = 'withdrawn'`, []tally.Kind{tally.RowGone}},
	{"a contest given to another source", `UPDATE quality_contest SET source = 'school'`, []tally.Kind{tally.RowOther}},
}

func TestEveryTamperingWithATableBesideTheLedgerIsFoundAndNamed(t *testing.T) {
	w := recorded(t)
	besides(t, w)
	refused := w.Ask(1, "1990-01-01")
	refused.Grant = "g-none" // no grant, so no provider
	if _, err := w.Door.Ask(t.Context(), w.User, refused); err == nil {
		t.Fatal("a call without a grant was served")
	}
	atRest(t, w)
	found(t, w, tamperingsBeside, "ledger_entry", "ledger_deferral", "deferral_order", "quality_status_act", "quality_contest", "access_label")
}

package proofs

import (
	"context"
	"reflect"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/trust/identity"
	auditing "fontis/internal/trust/ledger/audit"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
)

// supervised says why a verb shows more than the actor's own.
const (
	supervised = "an auditor, or the authority, sees every member; each look is an entry"
	toAll      = "open to everyone"
	standing   = "the counter names a person who stands there, not a thing of another's"
)

// recordVerbs is the table of the services about what is on record.
var recordVerbs = map[string]verb{
	"View.Mine": only(ownList), "View.File": only(ownList), "View.AtCounter": only(standing), "View.ReceiptAtCounter": only(standing),
	"View.Receipt": named1("trace,batch trace", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Records.View.Receipt(ctx, identity.Actor{Self: vocab.PersonRef{1}}, vocab.TraceID(id)))
	}),

	"Mandates.AgentOf": only(inside), "Mandates.Give": only(maker), "Mandates.Record": only(maker), "Mandates.Mine": only(ownList), "Mandates.OfPerson": only(standing), "Mandates.Died": only(standing),
	"Mandates.Enter": named1("mandate", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Records.Mandates.Enter(ctx, identity.Actor{Self: vocab.PersonRef{1}}, id))
	}),
	"Mandates.Withdraw": named1("mandate", func(ctx context.Context, w *theirs, id string) (any, error) {
		return done(w.Records.Mandates.Withdraw(ctx, w.stranger, id))
	}),
	"Mandates.End": only("any counter that has seen the document ends it"),

	"Deferrals.Propose": only(maker), "Deferrals.Orders": only(ownList), "Deferrals.Totals": only(toAll), "Deferrals.Grounds": only(toAll),
	"Deferrals.PutGround": only("the keeper's authority alone"), "Deferrals.Confirm": only(supervised), "Deferrals.Refuse": only(supervised),
	"Deferrals.Ship": only(inside), "Deferrals.Due": only(inside), "Deferrals.Lift": only("TestALiftedOrderShowsAtOnce in deferral"),

	"Audit.List": only(supervised), "Audit.File": only(supervised), "Audit.Report": only(supervised), "Audit.Publish": only(supervised), "Audit.Preview": only(supervised), "Audit.Withdraw": only(supervised), "Audit.Published": only(toAll),
	"Audit.CommitReceipt": only(toAll), "Audit.ReportFile": only(toAll), "Audit.ReportReceipt": only(toAll), "Audit.AskAll": only(supervised),
	"Audit.Commit": only(maker), "Audit.Draw": only(supervised), "Audit.Draws": only(toAll), "Audit.Cases": only(ownList), "Audit.CaseStates": only(ownList), "Audit.Ask": only(supervised),
	"Audit.Find": only(supervised), "Audit.Overdue": only(inside), "Audit.Open": only("TestASampledEntryGoesFromTheQuestionToTheFinding in audit"),
	"Audit.Answer": only("TestASampledEntryGoesFromTheQuestionToTheFinding in audit"),

	"Retention.PutRule": only("the keeper's authority alone"), "Retention.Rules": only(toAll), "Retention.PutHold": only(maker), "Retention.Holds": only(supervised),
	"Retention.Lift": only("TestAHoldKeepsAgainstEveryErasure in retention"), "Retention.Certificates": only(toAll), "Retention.Due": only(inside), "Retention.Keep": only(inside),
	"Retention.Ship": only(inside), "Retention.Replay": only(inside), "Retention.TakenBack": only(inside), "Retention.Coming": only(supervised),
}

// TestPromiseTenancyOfRecords is the table of every verb of those services.
func TestPromiseTenancyOfRecords(t *testing.T) {
	w := newTheirs(t)
	w.names["mandate"] = "md-none0000000000"
	records := reflect.TypeOf(w.Records)
	all := map[string]bool{}
	for i := range records.NumField() {
		f := records.Field(i)
		for m := range f.Type.NumMethod() {
			all[f.Name+"."+f.Type.Method(m).Name] = true
		}
	}
	for name := range all {
		v, ok := recordVerbs[name]
		if !ok {
			t.Errorf("%s is not in the table of verbs", name)
			continue
		}
		if v.why != "" {
			continue
		}
		for _, kind := range []string{"trace", "mandate"} {
			theirs := w.names[kind]
			out, err := v.call(t.Context(), w, theirs)
			outNone, errNone := v.call(t.Context(), w, none(theirs))
			if a, b := said(out, err, theirs), said(outNone, errNone, none(theirs)); a != b || err == nil {
				t.Errorf("%s of another's %s: %s\nof none: %s", name, kind, a, b)
			}
		}
	}
	for name := range recordVerbs {
		if !all[name] {
			t.Errorf("%s is in the table and no verb", name)
		}
	}
}

// A member's officers, whatever they are, do not see what only persons, auditors
// and the keeper may.
func TestPromiseTenancyOfficersAreNoPersonsAndNoAuditors(t *testing.T) {
	w := newTheirs(t)
	ctx := t.Context()
	officer := apptest.Officer(apptest.Tax, vocab.Steward, vocab.DataUser, vocab.Operator)
	for verb, err := range map[string]error{
		"view":         second(w.Records.View.Mine(ctx, officer, view.Filter{})),
		"counter":      second(w.Records.View.AtCounter(ctx, officer, view.Visit{Subject: w.people[0].key(), Document: view.IdentityCard}, view.Filter{})),
		"mandates":     second(w.Records.Mandates.Mine(ctx, officer)),
		"entries":      second(w.Records.Audit.List(ctx, officer, auditing.Filter{})),
		"holds":        second(w.Records.Retention.Holds(ctx, officer, identity.Page{})),
		"coming":       second(w.Records.Retention.Coming(ctx, officer, 0)),
		"commit":       second(w.Records.Audit.Commit(ctx, officer, auditing.NewDraw{})),
		"certificates": second(w.Records.Retention.Certificates(ctx, identity.Actor{Self: vocab.PersonRef{1}}, identity.Page{})),
	} {
		if err == nil {
			t.Errorf("%s is open to any officer", verb)
		}
	}
}

func second[T any](_ T, err error) error { return err }

package access_test

import (
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

func TestEachSupplyIsRecordedWithGroundPurposeCaseOfficerAndItems(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	_, born := apptest.Citizen(3)
	answer, err := w.Door.Ask(t.Context(), w.User, w.Ask(3, born))
	if err != nil {
		t.Fatal(err)
	}
	settled(t, w, answer.Trace)
	r, err := w.Door.ReceiptOf(t.Context(), w.User, answer.Trace, 0)
	if err != nil {
		t.Fatal(err)
	}
	said := receiptOf(t, r.Intent)
	for name, want := range map[string]string{
		ledger.FieldMember: string(w.User.Member), ledger.FieldOfficer: string(w.User.Officer), ledger.FieldGrant: string(w.Grant.ID),
		ledger.FieldBasis: w.Grant.Basis, ledger.FieldPurpose: "pension", ledger.FieldCase: "P-1", ledger.FieldQuestion: string(vocab.Compare),
		ledger.FieldItems: proof.ListValue([]string{string(apptest.Born)}),
	} {
		if got, ok := said.Get(name); !ok || want == "" || string(got) != want {
			t.Errorf("%s is recorded as %q, want %q", name, got, want)
		}
	}
}

// A grant is the member's, and its data users ask: another officer of theirs, and a
// system that has another role, is refused, and the refusal stands in the record.
func TestOnlyADataUserAsks(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	_, born := apptest.Citizen(3)
	steward := apptest.Officer(w.User.Member, vocab.Steward, vocab.Operator)
	system := steward
	system.Machine, system.System = "m-1", "sync"
	for name, a := range map[string]struct{ ask, batch error }{
		"an officer": {refusedBy(w.Door.Ask(t.Context(), steward, w.Ask(3, born))), startedBy(w.Door.StartBatch(t.Context(), steward, compareBatch(w), lines(line(3, born))))},
		"a system":   {refusedBy(w.Door.Ask(t.Context(), system, w.Ask(3, born))), startedBy(w.Door.StartBatch(t.Context(), system, compareBatch(w), lines(line(3, born))))},
	} {
		if vocab.CodeOf(a.ask) != vocab.RoleMissing || vocab.CodeOf(a.batch) != vocab.RoleMissing {
			t.Errorf("%s asks: %v; sends a batch: %v", name, a.ask, a.batch)
		}
	}
	list, err := w.Door.Accesses(t.Context(), w.User, ledger.Filter{AsCaller: true})
	if err != nil || len(list) != 4 {
		t.Fatal(len(list), err)
	}
	for _, e := range list {
		if e.State != string(vocab.Refused) {
			t.Errorf("recorded as %s", e.State)
		}
	}
}

func refusedBy[T any](_ T, err error) error { return err }

func startedBy[S, B any](_ S, _ B, err error) error { return err }

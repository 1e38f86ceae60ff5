package access_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

func disputed(t *testing.T, w *apptest.World, i int) bool {
	t.Helper()
	_, born := apptest.Citizen(i)
	got, err := w.Door.Ask(t.Context(), w.User, w.Ask(i, born))
	if err != nil {
		t.Fatal(err)
	}
	out := got.Answers[apptest.Born].Disputed
	if slices.Contains(ownRecord(t, w, i).Disputed, string(apptest.Born)) != out {
		t.Errorf("the caller was told disputed: %t; the person's record does not say the same", out)
	}
	return out
}

// ownRecord is the newest use of a person's data as they see it, once its outcome
// stands: that is written behind the answer.
func ownRecord(t *testing.T, w *apptest.World, i int) ledger.Access {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		own, err := w.Ledger.OfPerson(ctx, w.Identity.AuditRef(key(i)), 0, 1)
		if err != nil || len(own) != 1 {
			t.Fatalf("the person's record: %+v, %v", own, err)
		}
		if len(own[0].Answers) > 0 {
			return own[0]
		}
		<-tick.C
	}
}

// recordOf is what the person's record says of the access that has the trace.
func recordOf(t *testing.T, w *apptest.World, i int, trace vocab.TraceID) ledger.Access {
	t.Helper()
	got, err := w.Ledger.Entry(t.Context(), trace, ledger.Viewer{Person: w.Identity.AuditRef(key(i))})
	if err != nil || len(got.Answers) == 0 {
		t.Fatalf("the person's record of %s: %+v, %v", trace, got, err)
	}
	return got
}

func TestALabelledValueIsDisputedInEveryAnswerUntilItsLastContestEnds(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	_, born := apptest.Citizen(3)
	person := w.Identity.AuditRef(key(3))
	early := ended(t, w, compareBatch(w), line(3, born), line(4, born))
	if disputed(t, w, 3) {
		t.Fatal("disputed before any contest")
	}
	for _, contest := range []string{"c-1", "c-2", "c-2"} {
		inTx(t, w.App, func(ctx context.Context, tx *db.Tx) error {
			return w.Door.Label(ctx, tx, apptest.Born, person, contest)
		})
	}
	w = reopened(t, w) // labels are on record, not in memory alone
	if !disputed(t, w, 3) || disputed(t, w, 4) {
		t.Error("the label does not stand on the one person's value alone")
	}
	for _, when := range []string{"answered before", "answered after"} {
		batch, was := early, false
		if when == "answered after" {
			was = true
			batch = ended(t, w, compareBatch(w), line(3, born), line(4, born))
		}
		rows := answersOf(t, w, batch)
		if !rows[0].Answers[apptest.Born].Disputed || rows[1].Answers[apptest.Born].Disputed {
			t.Errorf("a batch %s: %+v", when, rows)
		}
		// What stands on record is what was so when the source was read.
		if got := recordOf(t, w, 3, batch.Trace).Disputed; slices.Contains(got, string(apptest.Born)) != was {
			t.Errorf("a batch %s: the person's record says disputed %v", when, got)
		}
		if got := recordOf(t, w, 4, batch.Trace).Disputed; len(got) > 0 {
			t.Errorf("a batch %s: the record of another person says disputed %v", when, got)
		}
	}
	unlabel := func(contest string) {
		inTx(t, w.App, func(ctx context.Context, tx *db.Tx) error {
			return w.Door.Unlabel(ctx, tx, apptest.Born, person, contest)
		})
	}
	if unlabel("c-1"); !disputed(t, w, 3) {
		t.Error("one contest ended and the other's label went with it")
	}
	if unlabel("c-2"); disputed(t, w, 3) {
		t.Error("no contest is open and the label stands")
	}
	if rows := answersOf(t, w, early); rows[0].Answers[apptest.Born].Disputed {
		t.Error("an export after the end still says disputed")
	}
}

func TestALabelThatIsRolledBackLabelsNothing(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	stop := vocab.BadInput.Because("the contest was not kept")
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		if err := w.Door.Label(t.Context(), tx, apptest.Born, w.Identity.AuditRef(key(3)), "c-1"); err != nil {
			return err
		}
		return stop
	})
	if vocab.CodeOf(err) != vocab.BadInput || disputed(t, w, 3) {
		t.Errorf("labelled by a transaction that failed: %v", err)
	}
}

func holders(t *testing.T, w *apptest.World, i int, print string) []ledger.Held {
	t.Helper()
	var out []ledger.Held
	err := w.DB.Read(t.Context(), func(tx *db.Tx) error {
		var err error
		out, _, err = w.Ledger.Holders(t.Context(), tx, ledger.HoldersOf{
			Person: w.Identity.AuditRef(key(i)), Item: apptest.Born, Owner: apptest.Civil, Print: print, Until: time.Now().Add(time.Hour),
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPrintsTellWhoHadAValueWhateverItsSpellingCarriageAndKey(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	_, born := apptest.Citizen(3)
	print := w.Door.Print(apptest.Born, born)
	if len(print) != 32 || print != w.Door.Print(apptest.Born, born[:4]+born[5:7]+born[8:]) {
		t.Fatalf("one day in two spellings has two prints: %q", print)
	}
	if print == w.Door.Print(apptest.Born, "1900-01-01") || print == w.Door.Print(apptest.Name, born) {
		t.Fatal("two values have one print")
	}
	single, err := w.Door.Ask(t.Context(), w.User, w.Ask(3, "1999-09-09")) // a mismatch rests on the value too
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Keys.Rotate(keys.Audit); err != nil {
		t.Fatal(err)
	}
	batch := ended(t, w, compareBatch(w), line(4, born), line(3, born))
	reading := apptest.Grant(vocab.Read)
	reading.Carriages = []vocab.Carriage{vocab.Single}
	w.Put(t, reading)
	call := w.Ask(3, "")
	call.Grant, call.Question, call.Values, call.Items = reading.ID, vocab.Read, nil, []vocab.ItemID{apptest.Born}
	read, err := w.Door.Ask(t.Context(), w.User, call)
	if err != nil {
		t.Fatal(err)
	}
	settled(t, w, single.Trace, batch.Trace, read.Trace)
	got := holders(t, w, 3, print)
	var traces []vocab.TraceID
	for _, h := range got {
		traces = append(traces, h.Trace)
		if h.Unknown || h.Member != apptest.Tax || h.Case != "P-1" {
			t.Errorf("holder %+v", h)
		}
	}
	if !slices.Equal(traces, []vocab.TraceID{single.Trace, batch.Trace, read.Trace}) {
		t.Errorf("holders %v, want single, batch and read", traces)
	}
	if other := holders(t, w, 3, w.Door.Print(apptest.Born, "1999-09-09")); len(other) != 0 {
		t.Errorf("who submitted a value is taken for one who had it: %+v", other)
	}
}

func TestPrintsAreForAuditorAndQualityAlone(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	_, born := apptest.Citizen(3)
	print := w.Door.Print(apptest.Born, born)
	single, err := w.Door.Ask(t.Context(), w.User, w.Ask(3, born))
	if err != nil {
		t.Fatal(err)
	}
	batch := ended(t, w, compareBatch(w), line(3, born))
	settled(t, w, single.Trace, batch.Trace)
	auditor := apptest.Officer("bureau", vocab.Auditor)
	self := identity.Actor{Self: w.Identity.AuditRef(key(3))}
	for who, actor := range map[string]identity.Actor{"caller": w.User, "provider": w.Steward, "self": self, "auditor": auditor} {
		for carriage, trace := range map[string]vocab.TraceID{"single": single.Trace, "batch": batch.Trace} {
			r, err := w.Door.Receipt(t.Context(), actor, trace)
			if err != nil {
				t.Fatalf("%s, %s: %v", who, carriage, err)
			}
			value, sees := receiptOf(t, r.Outcome).Get(ledger.FieldPrints)
			if sees && !strings.Contains(string(value), print) {
				t.Errorf("%s, %s: prints %s without %s", who, carriage, value, print)
			}
			if want := who == "auditor" && carriage == "single"; sees != want { // a batch's auditor sees no row
				t.Errorf("%s, %s: sees the print: %v", who, carriage, sees)
			}
		}
	}
}

func TestACheckReadsUnderCustodyWithALeafInThePersonsChain(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	_, born := apptest.Citizen(3)
	got, err := w.Door.Check(t.Context(), w.Steward, apptest.Born, key(3))
	if err != nil {
		t.Fatal(err)
	}
	if !got.Found || got.Value != born || got.Print != w.Door.Print(apptest.Born, born) || got.Version == "" {
		t.Errorf("checked %+v, want %s", got, born)
	}
	if none, err := w.Door.Check(t.Context(), w.Steward, apptest.Born, key(9)); err != nil || none.Found || none.Reason != vocab.EmptyAtSource {
		t.Errorf("an empty value: %+v, %v", none, err)
	}
	settled(t, w, got.Trace)
	mine, err := w.Door.Mine(t.Context(), identity.Actor{Self: w.Identity.AuditRef(key(3))}, 0, 10)
	if err != nil || len(mine) != 1 || mine[0].Trace != got.Trace || mine[0].Index == nil || mine[0].Act != "custody.check" {
		t.Errorf("the person sees %+v, %v", mine, err)
	}
	if h := holders(t, w, 3, got.Print); len(h) != 0 {
		t.Errorf("the source is a holder of its own value: %+v", h)
	}
	for name, actor := range map[string]identity.Actor{
		"another's steward": apptest.Officer(apptest.Tax, vocab.Steward), "a data user of the owner": apptest.Officer(apptest.Civil, vocab.DataUser), "nobody": {},
	} {
		if _, err := w.Door.Check(t.Context(), actor, apptest.Born, key(3)); err == nil {
			t.Errorf("%s may check", name)
		}
	}
	inTx(t, w.App, func(ctx context.Context, tx *db.Tx) error {
		return w.Door.Retag(ctx, tx, apptest.Born, vocab.NaturalPerson, []vocab.Tag{vocab.TagReligion})
	})
	if _, err := w.Door.Check(t.Context(), w.Steward, apptest.Born, key(3)); vocab.CodeOf(err) != vocab.RefusedByDesign {
		t.Errorf("a tagged item is read: %v", err)
	}
}

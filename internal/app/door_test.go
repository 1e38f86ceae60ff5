package app_test

import (
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/trust/access"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

func TestACompareAnswersMatchMismatchOrUnknown(t *testing.T) {
	w := apptest.NewWorld(t, 100, vocab.Compare)
	_, born := apptest.Citizen(5)
	for _, c := range []struct {
		name  string
		who   int
		value string
		want  vocab.Answer
	}{
		{"the same", 5, born, vocab.Match},
		{"in another spelling", 5, born[:4] + "年" + born[5:7] + "月" + born[8:] + "日", vocab.Match},
		{"another day", 5, "2001-02-03", vocab.Mismatch},
		{"empty at the source", 99, "2001-02-03", vocab.Unknown},
		{"nobody", 700, "2001-02-03", vocab.Unknown},
	} {
		got, err := w.Door.Ask(t.Context(), w.User, w.Ask(c.who, c.value))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		a := got.Answers[apptest.Born]
		if a.Answer != c.want || a.Reason != "" || got.Promise == "" {
			t.Errorf("%s: %+v, want %s, no reason and a promise", c.name, a, c.want)
		}
	}
}

func TestTheGuessGuardCountsOverGrantsOfficersAndSpellings(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	second := apptest.Grant(vocab.Compare)
	w.Put(t, second)
	for day := range access.MostGuesses {
		call := w.Ask(3, time.Date(1960, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
		if day%2 == 1 {
			call.Grant = second.ID
		}
		if _, err := w.Door.Ask(t.Context(), w.User, call); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Door.Ask(t.Context(), w.User, w.Ask(3, "19600101")); err != nil {
		t.Errorf("a repeated value counts again: %v", err)
	}
	other := w.User
	other.Officer = "another"
	_, err := w.Door.Ask(t.Context(), other, w.Ask(3, "1961-01-01"))
	if vocab.CodeOf(err) != vocab.GuessGuard {
		t.Fatalf("the sixth value was answered: %v", err)
	}
	list, err := w.Ledger.OfMember(t.Context(), ledger.Viewer{Member: apptest.Tax}, ledger.Filter{AsCaller: true})
	if err != nil || list[0].State != string(vocab.Refused) || list[0].Refused != string(vocab.GuessGuard) {
		t.Errorf("the refusal is not in the ledger: %+v, %v", list[0], err)
	}
}

func TestAForeignGrantAnswersAsNone(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	stranger := apptest.Officer("school", vocab.DataUser)
	foreign := w.Ask(3, "1960-01-01")
	_, errForeign := w.Door.Ask(t.Context(), stranger, foreign)
	foreign.Grant = "g-none"
	_, errNone := w.Door.Ask(t.Context(), stranger, foreign)
	if vocab.CodeOf(errForeign) != vocab.GrantMissing || vocab.CodeOf(errNone) != vocab.GrantMissing {
		t.Errorf("foreign: %v; none: %v", errForeign, errNone)
	}
}

func TestABatchIsAnsweredAndEveryPersonFindsIt(t *testing.T) {
	w := apptest.NewWorld(t, 6000, vocab.Compare)
	const rows = 5000
	lines := func(yield func(access.BatchLine, error) bool) {
		for i := range rows {
			number, born := apptest.Citizen(i)
			l := access.BatchLine{Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}, Values: map[vocab.ItemID]string{apptest.Born: born}}
			if !yield(l, nil) {
				return
			}
		}
	}
	s, bad, err := w.Door.StartBatch(t.Context(), w.User, access.BatchCall{
		Grant: w.Grant.ID, Question: vocab.Compare, Purpose: "pension", Cases: []string{"P-1"},
	}, lines)
	if err != nil || len(bad) > 0 {
		t.Fatal(err, bad)
	}
	for s.State != access.BatchDone {
		if s, err = w.Door.Batch(t.Context(), w.User, s.ID); err != nil || s.Error != "" {
			t.Fatal(err, s.Error)
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the batch never ended")
		case <-time.After(5 * time.Millisecond):
		}
	}
	answers, err := w.Door.BatchAnswers(t.Context(), w.User, s.ID)
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	for a, err := range answers {
		if n++; err != nil || a.Line != n || a.Answers[apptest.Born].Answer != vocab.Match {
			t.Fatalf("line %d: %+v, %v", n, a, err)
		}
	}
	if n != rows {
		t.Errorf("%d answers, want %d", n, rows)
	}
	number, _ := apptest.Citizen(777)
	person := w.Identity.AuditRef(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number})
	seen, err := w.Ledger.OfPerson(t.Context(), person, 0, 10)
	if err != nil || len(seen) != 1 || seen[0].Trace != s.Trace || seen[0].Answers[string(apptest.Born)] != string(vocab.Match) {
		t.Errorf("person 777 sees %+v, %v", seen, err)
	}
}

func TestWithTheDiskNearlyFullNothingIsOpenedAndTheRecordStillAnswers(t *testing.T) {
	free := uint64(50)
	node := apptest.Open(t, apptest.Config(t), app.Options{Free: func(string) (uint64, uint64, error) { return free, 100, nil }})
	w := apptest.Fill(t, node, 10, vocab.Compare)
	got, err := w.Door.Ask(t.Context(), w.User, w.Ask(1, "1960-01-01"))
	if err != nil {
		t.Fatal(err)
	}
	free = 4
	if _, err := w.Door.Ask(t.Context(), w.User, w.Ask(1, "1960-01-01")); vocab.CodeOf(err) != vocab.DiskLow {
		t.Errorf("at 4 %% a source is opened: %v", err)
	}
	if _, _, err := w.Door.StartBatch(t.Context(), w.User, access.BatchCall{Grant: w.Grant.ID, Question: vocab.Compare}, nil); vocab.CodeOf(err) != vocab.DiskLow {
		t.Errorf("at 4 %% a batch begins: %v", err)
	}
	if _, err := w.Door.Accesses(t.Context(), w.User, ledger.Filter{AsCaller: true}); err != nil {
		t.Errorf("the list of accesses does not answer: %v", err)
	}
	if _, err := w.Door.Why(t.Context(), w.User, got.Trace); err != nil {
		t.Errorf("why does not answer: %v", err)
	}
	if err := w.Log.Await(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Door.Receipt(t.Context(), w.User, got.Trace); err != nil && vocab.CodeOf(err) != vocab.ReceiptWaiting {
		t.Errorf("receipts do not answer: %v", err)
	}
}

func BenchmarkCompare(b *testing.B) {
	w := apptest.NewWorld(b, 20000, vocab.Compare)
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := w.Door.Ask(b.Context(), w.User, w.Ask(i%20000, "2001-02-03")); err != nil {
				b.Fatal(err)
			}
		}
	})
}

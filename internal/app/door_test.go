package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/view"
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

// What was refused before anything was opened stands in the view of whom the call
// named: body, role, purpose, case and the reason's class, and never the officer.
func TestAPersonSeesWhoTriedAndWasRefused(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	purpose, badCase, nobody := w.Ask(3, "1960-01-01"), w.Ask(3, "1960-01-01"), w.Ask(3, "1960-01-01")
	purpose.Purpose, badCase.Case, nobody.Subject.Value = "curiosity", "none", "1"
	stranger := apptest.Officer("school", vocab.DataUser)
	for _, c := range []struct {
		who  identity.Actor
		call access.Call
	}{{w.User, purpose}, {w.User, badCase}, {w.User, nobody}, {stranger, w.Ask(3, "1960-01-01")}} {
		if _, err := w.Door.Ask(t.Context(), c.who, c.call); err == nil {
			t.Fatal("it was answered")
		}
	}
	number, _ := apptest.Citizen(3)
	self, err := w.Identity.SelfActor(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number})
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Records.View.Mine(t.Context(), self, view.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, l := range got.Lines {
		seen = append(seen, string(l.Member)+" "+l.Role+" "+l.State+" "+l.Refused+" "+l.Purpose)
		if l.Officer != "" || len(l.Answers) > 0 {
			t.Errorf("%+v", l)
		}
	}
	if want := []string{"school user refused grant-missing pension", "tax user refused case-mismatch pension", "tax user refused purpose-outside-grant curiosity"}; !slices.Equal(seen, want) {
		t.Errorf("the person sees %q", seen)
	}
}

func TestABatchIsAnsweredAndEveryPersonFindsIt(t *testing.T) {
	w := apptest.NewWorld(t, 6000, vocab.Compare)
	const rows = 5000
	lines := func(yield func(block.Row, error) bool) {
		for i := range rows {
			number, born := apptest.Citizen(i)
			l := block.Row{Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}, Values: map[vocab.ItemID]string{apptest.Born: born}}
			if !yield(l, nil) {
				return
			}
		}
	}
	s, bad, err := w.Door.StartBatch(t.Context(), w.User, batch.Call{
		Grant: w.Grant.ID, Question: vocab.Compare, Purpose: "pension", Cases: []string{"P-1"},
	}, lines)
	if err != nil || len(bad) > 0 {
		t.Fatal(err, bad)
	}
	for s.State != batch.Done {
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
	if _, _, err := w.Door.StartBatch(t.Context(), w.User, batch.Call{Grant: w.Grant.ID, Question: vocab.Compare}, nil); vocab.CodeOf(err) != vocab.DiskLow {
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

func TestATagThatComesLaterHoldsAtOnce(t *testing.T) {
	w := apptest.NewWorld(t, 20, vocab.Compare)
	if _, err := w.Door.Ask(t.Context(), w.User, w.Ask(1, "1960-01-01")); err != nil {
		t.Fatal(err)
	}
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		return w.Door.Retag(t.Context(), tx, apptest.Born, vocab.NaturalPerson, []vocab.Tag{vocab.TagEthnicity})
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Door.Ask(t.Context(), w.User, w.Ask(2, "1960-01-01")); vocab.CodeOf(err) != vocab.RefusedByDesign {
		t.Errorf("a tagged item answers through an old binding: %v", err)
	}
	err = w.DB.Write(t.Context(), func(tx *db.Tx) error {
		return w.Door.Retag(t.Context(), tx, apptest.Born, vocab.NoSubject, nil)
	})
	if vocab.CodeOf(err) != vocab.BadInput {
		t.Errorf("an item found by citizen numbers is declared to be about nobody: %v", err)
	}
}

func TestALoadThatBringsATagStopsItsBinding(t *testing.T) {
	w := apptest.NewWorld(t, 5, vocab.Compare)
	load := func(value func(i int) string) {
		t.Helper()
		_, err := w.Door.Load(t.Context(), w.Steward, access.Register{
			ID: "list", Dated: time.Now(), Columns: []string{"number", "note"}, KeyKind: vocab.CitizenNumber,
			Rows: func(yield func([]string, error) bool) {
				for i := range 3000 {
					number, _ := apptest.Citizen(i)
					if !yield([]string{number, value(i)}, nil) {
						return
					}
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	load(func(i int) string { return fmt.Sprint("note ", i) })
	const item vocab.ItemID = "civil-residents/note"
	_, err := w.Door.Bind(t.Context(), w.Steward, access.Binding{
		Item: item, Owner: apptest.Civil, Source: "list", Column: "note", Subject: "number", KeyKind: vocab.CitizenNumber, Compare: "text", About: vocab.NaturalPerson,
	})
	if err != nil {
		t.Fatal(err)
	}
	g := apptest.Grant(vocab.Compare)
	g.Items = []vocab.ItemID{item}
	w.Put(t, g)
	call := w.Ask(1, "")
	call.Grant, call.Values = g.ID, map[vocab.ItemID]string{item: "note 1"}
	if _, err := w.Door.Ask(t.Context(), w.User, call); err != nil {
		t.Fatal(err)
	}
	load(func(i int) string { // junk first, so that a count that ends early sees only junk
		if i < 2100/5 {
			return fmt.Sprint("junk ", i)
		}
		return []string{"汉族", "回族"}[i%2]
	})
	if _, err := w.Door.Ask(t.Context(), w.User, call); vocab.CodeOf(err) != vocab.RefusedByDesign {
		t.Errorf("a column that now holds peoples answers: %v", err)
	}
}

func TestASourceLiesWhereTheOperatorAllowsIt(t *testing.T) {
	w := apptest.NewWorld(t, 5, vocab.Compare)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(filepath.Join(w.Config.Dir, "data", "fontis.db"), link); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{
		"sqlite://" + filepath.Join(w.Config.Dir, "data", "fontis.db"), "sqlite://" + link, "sqlite:///etc/passwd", "sqlite:///nowhere.db",
		"keyed:school_list", "postgres://reader@169.254.169.254:5432/x",
	} {
		if _, err := w.Door.AddSource(t.Context(), w.Steward, "other", address, ""); vocab.CodeOf(err) != vocab.SourceForbidden {
			t.Errorf("%s: %v, want it forbidden", address, err)
		}
	}
}

func TestOneBadDraftSpoilsNoGroup(t *testing.T) {
	w := apptest.NewWorld(t, 50, vocab.Compare)
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			call := w.Ask(i%50, "1960-01-01")
			if i%3 == 0 {
				call.Grant = "g\x00"
			}
			_, err := w.Door.Ask(t.Context(), w.User, call)
			if i%3 != 0 && err != nil {
				t.Errorf("call %d suffers from another's: %v", i, err)
			}
			if i%3 == 0 && vocab.CodeOf(err) != vocab.GrantMissing {
				t.Errorf("a grant with a NUL in its name: %v", err)
			}
		})
	}
	wg.Wait()
}

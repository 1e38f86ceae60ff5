package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

func line(i int, value string) block.Row {
	number, born := apptest.Citizen(i)
	if value == "" {
		value = born
	}
	return block.Row{Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}, Values: map[vocab.ItemID]string{apptest.Born: value}}
}

func auditRef(w *apptest.World, i int) vocab.PersonRef {
	return w.Identity.AuditRef(line(i, "").Subject)
}

// send gives a batch to the door and waits for its end.
func send(t *testing.T, w *apptest.World, lines ...block.Row) batch.Status {
	t.Helper()
	s, bad, err := w.Door.StartBatch(t.Context(), w.User, batch.Call{
		Grant: w.Grant.ID, Question: vocab.Compare, Purpose: "pension", Cases: []string{"P-1"},
	}, func(yield func(block.Row, error) bool) {
		for _, l := range lines {
			if !yield(l, nil) {
				return
			}
		}
	})
	if err != nil || len(bad) > 0 {
		t.Fatal(err, bad)
	}
	for s.State != batch.Done && s.State != batch.Refused && s.State != batch.Failed {
		if s, err = w.Door.Batch(t.Context(), w.User, s.ID); err != nil {
			t.Fatal(err)
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the batch never ended")
		case <-time.After(5 * time.Millisecond):
		}
	}
	return s
}

func countOf(t *testing.T, w *apptest.World, query string, args ...any) int {
	t.Helper()
	var n int
	err := w.DB.Read(t.Context(), func(tx *db.Tx) error { return tx.QueryRow(t.Context(), query, args...).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// chain is how long a person's chain is; it fails where the chain has a gap.
func chain(t *testing.T, w *apptest.World, i int) int {
	t.Helper()
	person := auditRef(w, i)
	n := countOf(t, w, `SELECT COUNT(*) FROM ledger_person WHERE person = $1`, person[:])
	if last := countOf(t, w, `SELECT COALESCE(MAX(n), 0) FROM ledger_person WHERE person = $1`, person[:]); last != n {
		t.Fatalf("person %d has %d records, the last has number %d", i, n, last)
	}
	return n
}

func TestASubjectTwiceInABatchGetsTwoNumbersInARow(t *testing.T) {
	w := apptest.NewWorld(t, 400, vocab.Compare)
	for i := range access.MostGuesses - 1 { // one more value is allowed
		if _, err := w.Door.Ask(t.Context(), w.User, w.Ask(7, fmt.Sprintf("1990-01-0%d", i+1))); err != nil {
			t.Fatal(err)
		}
	}
	var lines []block.Row
	for i := range 300 {
		lines = append(lines, line(i, ""))
	}
	lines[8], lines[150], lines[299] = line(7, ""), line(7, ""), line(7, "") // in one statement, one piece, and the next
	if s := send(t, w, lines...); s.State != batch.Done {
		t.Fatalf("%+v", s)
	}
	person := auditRef(w, 7)
	for n, row := range []int{-1, -1, -1, -1, 7, 8, 150, 299} {
		got := countOf(t, w, `SELECT row_no FROM ledger_person WHERE person = $1 AND n = $2`, person[:], n+1)
		if got != row {
			t.Errorf("record %d of the person is row %d, want %d", n+1, got, row)
		}
	}
	if n := chain(t, w, 7); n != 8 {
		t.Errorf("the person has %d records, want 8", n)
	}
	if n := countOf(t, w, `SELECT COUNT(*) FROM access_guess WHERE person = $1`, person[:]); n != access.MostGuesses {
		t.Errorf("%d values are counted, want five: a value that comes again is not a guess", n)
	}
	if n := chain(t, w, 8); n != 0 {
		t.Errorf("a person whom no line names has %d records", n)
	}
}

func TestOldGuessesDoNotCountInABatch(t *testing.T) {
	w := apptest.NewWorld(t, 400, vocab.Compare)
	person := auditRef(w, 7)
	old := time.Now().Add(-25 * time.Hour).UnixMicro()
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		for i := range 500 {
			_, err := tx.Exec(t.Context(), `INSERT INTO access_guess (member, person, item, value, at) VALUES ($1, $2, $3, $4, $5)`,
				string(apptest.Tax), person[:], string(apptest.Born), fmt.Appendf(nil, "value of %03d", i)[:12], old)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range access.MostGuesses {
		if s := send(t, w, line(6, ""), line(7, fmt.Sprintf("1990-01-0%d", i+1)), line(8, "")); s.State != batch.Done {
			t.Fatalf("value %d: %+v", i+1, s)
		}
	}
	if s := send(t, w, line(6, ""), line(7, "1990-01-01"), line(8, "")); s.State != batch.Done {
		t.Errorf("a value that was submitted before: %+v", s)
	}
	if s := send(t, w, line(6, ""), line(7, "1990-02-02"), line(8, "")); s.State != batch.Refused {
		t.Errorf("value %d within a day: %+v", access.MostGuesses+1, s)
	}
}

func TestTheGuardTripsInTheMiddleOfABatch(t *testing.T) {
	w := apptest.NewWorld(t, 1000, vocab.Compare)
	const at = 600 // not in the first piece, nor at the edge of one
	for i := range access.MostGuesses {
		if _, err := w.Door.Ask(t.Context(), w.User, w.Ask(at, fmt.Sprintf("1990-01-0%d", i+1))); err != nil {
			t.Fatal(err)
		}
	}
	var lines []block.Row
	for i := range 900 {
		lines = append(lines, line(i, ""))
	}
	lines[at] = line(at, "1990-02-02")
	s := send(t, w, lines...)
	if s.State != batch.Refused || !strings.Contains(s.Error, fmt.Sprintf("line %d:", at+1)) {
		t.Fatalf("%+v", s)
	}
	rows := countOf(t, w, `SELECT COUNT(*) FROM ledger_row`)
	if rows == 0 || rows > at {
		t.Errorf("%d rows are recorded, want whole pieces before row %d", rows, at)
	}
	for i := range 900 {
		want := 0
		switch {
		case i == at:
			want = access.MostGuesses
		case i < rows:
			want = 1
		}
		person := auditRef(w, i)
		guesses := countOf(t, w, `SELECT COUNT(*) FROM access_guess WHERE person = $1`, person[:])
		if n := chain(t, w, i); n != want || guesses != want {
			t.Fatalf("person %d has %d records and %d values, want %d", i, n, guesses, want)
		}
	}
	if n := countOf(t, w, `SELECT COUNT(*) FROM ledger_row_outcome`); n != 0 {
		t.Errorf("%d rows of a refused batch were answered", n)
	}
	list, err := w.Ledger.OfMember(t.Context(), ledger.Viewer{Member: apptest.Tax}, ledger.Filter{AsCaller: true})
	if err != nil || !strings.Contains(fmt.Sprint(list), string(vocab.GuessGuard)) {
		t.Errorf("the refusal is not in the ledger: %v", err)
	}
}

package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// used writes one finished use of the item and gives its trace.
func (n *node) used(t testing.TB, d *ledger.Draft, state vocab.AccessState, outcome ...ledger.Pair) vocab.TraceID {
	t.Helper()
	e, err := n.Submit(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if state == "" {
		return d.Trace
	}
	n.Finish(ledger.Outcome{Seq: e.Seq, Trace: e.Trace, Index: e.Index, State: state, At: d.At, Fields: outcome})
	return d.Trace
}

// settled waits until nothing is on its way into the record.
func (n *node) settled(t testing.TB, trace vocab.TraceID, p vocab.PersonRef) {
	t.Helper()
	n.receipt(t, trace, ledger.Viewer{Person: p})
}

func (n *node) holders(t testing.TB, p vocab.PersonRef, item vocab.ItemID, print string, from, until time.Time) map[vocab.TraceID]ledger.Held {
	t.Helper()
	out := map[vocab.TraceID]ledger.Held{}
	err := n.db.Read(t.Context(), func(tx *db.Tx) error {
		for q := (ledger.HoldersOf{Person: p, Item: item, Owner: "civil", Print: print, From: from, Until: until}); ; {
			piece, next, err := n.Holders(t.Context(), tx, q)
			for _, h := range piece {
				out[h.Trace] = h
			}
			if q.After = next; err != nil || next == 0 {
				return err
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func question(person byte, i int, items ...string) *ledger.Draft {
	d := draft(person, i)
	d.Fields = append(d.Fields, ledger.Pair{ledger.FieldItems, proof.ListValue(items)}, ledger.Pair{ledger.FieldCase, fmt.Sprint("c-", i)})
	return d
}

// Promise 6: a correction reaches who had the wrong value, and nobody else.
func TestHoldersAreThoseWhoHadTheWrongValue(t *testing.T) {
	n := newNode(t)
	prints := func(p string) []ledger.Pair {
		return []ledger.Pair{{ledger.FieldAnswers, `{"D/A":"mismatch"}`}, {ledger.FieldPrints, `{"D/A":"` + p + `"}`}}
	}
	begun := time.Now().Add(-time.Second)
	before := n.used(t, question(7, 1, "D/A"), vocab.Released, prints("right")...)
	wrong := n.used(t, question(7, 2, "D/A", "D/B"), vocab.Released, prints("wrong")...)
	n.used(t, question(7, 3, "D/B"), vocab.Released, ledger.Pair{ledger.FieldAnswers, `{"D/B":"match"}`})
	n.used(t, question(7, 4, "D/A"), vocab.Failed)
	n.used(t, question(8, 5, "D/A"), vocab.Released, prints("wrong")...)
	open := n.used(t, question(7, 6, "D/A"), "")
	openOther := n.used(t, question(7, 7, "D/B"), "")
	last := n.used(t, question(7, 8, "D/A"), vocab.Released, prints("right")...)
	n.settled(t, last, vocab.PersonRef{7})

	got := n.holders(t, vocab.PersonRef{7}, "D/A", "wrong", begun, time.Now())
	if len(got) != 2 || got[wrong].Case != "c-2" || got[wrong].Member != "tax" || got[wrong].Unknown || !got[open].Unknown {
		t.Errorf("who had the wrong value: %+v; want %s, and %s whose outcome is unknown", got, wrong, open)
	}
	if _, ok := got[openOther]; ok {
		t.Error("who never asked about the item is told")
	}
	all := n.holders(t, vocab.PersonRef{7}, "D/A", "", begun, time.Now())
	if _, ok := all[before]; len(all) != 4 || !ok {
		t.Errorf("who had any value: %+v", all)
	}
	err := n.db.Read(t.Context(), func(tx *db.Tx) error {
		others, _, err := n.Holders(t.Context(), tx, ledger.HoldersOf{Person: vocab.PersonRef{7}, Item: "D/A", Owner: "tax", Until: time.Now()})
		if len(others) > 0 {
			t.Errorf("an item of another owner: %+v", others)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if early := n.holders(t, vocab.PersonRef{7}, "D/A", "", begun.Add(-time.Hour), begun); len(early) != 0 {
		t.Errorf("before the time: %+v", early)
	}
}

func TestHoldersOfABatchAreFoundByTheirRow(t *testing.T) {
	n := newNode(t)
	d := question(0, 1, "D/A")
	d.Personal = false
	trace := n.batch(t, d, []ledger.BatchRow{{Person: vocab.PersonRef{1}, Case: "c-a"}, {Person: vocab.PersonRef{2}, Case: "c-b"}},
		[]ledger.RowOutcome{{State: vocab.Released, Answers: `{"D/A":"match"}`}, {State: vocab.Failed}})
	from, until := time.Now().Add(-time.Minute), time.Now().Add(time.Minute)
	if got := n.holders(t, vocab.PersonRef{1}, "D/A", "", from, until); len(got) != 1 || got[trace].Case != "c-a" {
		t.Errorf("the row that was answered: %+v", got)
	}
	if got := n.holders(t, vocab.PersonRef{2}, "D/A", "", from, until); len(got) != 0 {
		t.Errorf("the row that failed: %+v", got)
	}
}

// However long a person's chain is, one call reads a bounded piece of it, and the
// pieces together leave nobody out and name nobody twice.
func TestHoldersAreReadInPieces(t *testing.T) {
	n := newNode(t)
	const uses = 1203
	rows, ends := make([]ledger.BatchRow, uses), make([]ledger.RowOutcome, uses)
	for i := range rows {
		rows[i] = ledger.BatchRow{Person: vocab.PersonRef{1}, Case: fmt.Sprint("c-", i)}
		ends[i] = ledger.RowOutcome{State: vocab.Released, Answers: `{"D/A":"match"}`}
	}
	ends[7].State = vocab.Failed
	d := question(0, 1, "D/A")
	d.Personal = false
	n.batch(t, d, rows, ends)
	seen, pieces := map[string]bool{}, 0
	for q := (ledger.HoldersOf{Person: vocab.PersonRef{1}, Item: "D/A", Owner: "civil", Until: time.Now().Add(time.Minute)}); ; {
		var piece []ledger.Held
		err := n.db.Read(t.Context(), func(tx *db.Tx) (err error) {
			piece, q.After, err = n.Holders(t.Context(), tx, q)
			return err
		})
		if err != nil || len(piece) > 500 {
			t.Fatalf("a piece of %d, %v", len(piece), err)
		}
		for _, h := range piece {
			if seen[h.Case] {
				t.Fatalf("%s stands in two pieces", h.Case)
			}
			seen[h.Case] = true
		}
		if pieces++; q.After == 0 {
			break
		}
	}
	if pieces != 3 || len(seen) != uses-1 || seen["c-7"] {
		t.Errorf("%d pieces name %d uses, want 3 and %d", pieces, len(seen), uses-1)
	}
}

// batch runs a whole batch and gives its trace.
func (n *node) batch(t testing.TB, d *ledger.Draft, rows []ledger.BatchRow, ends []ledger.RowOutcome) vocab.TraceID {
	t.Helper()
	var seq int64
	err := n.db.Write(t.Context(), func(tx *db.Tx) error {
		var err error
		if seq, err = n.BeginBatch(t.Context(), tx, d); err != nil {
			return err
		}
		return n.AddRows(t.Context(), tx, seq, 0, rows)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.SealBatch(t.Context(), seq); err != nil {
		t.Fatal(err)
	}
	if err := n.db.Write(t.Context(), func(tx *db.Tx) error { return n.AddOutcomes(t.Context(), tx, seq, 0, ends) }); err != nil {
		t.Fatal(err)
	}
	if err := n.FinishBatch(t.Context(), seq, vocab.Released, nil); err != nil {
		t.Fatal(err)
	}
	return d.Trace
}

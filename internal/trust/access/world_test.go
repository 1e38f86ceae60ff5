package access_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

func key(i int) vocab.SubjectKey {
	number, _ := apptest.Citizen(i)
	return vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}
}

func line(i int, value string) block.Row {
	return block.Row{Subject: key(i), Values: map[vocab.ItemID]string{apptest.Born: value}}
}

func lines(all ...block.Row) iter.Seq2[block.Row, error] {
	return func(yield func(block.Row, error) bool) {
		for _, l := range all {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func compareBatch(w *apptest.World) batch.Call {
	return batch.Call{Grant: w.Grant.ID, Question: vocab.Compare, Purpose: "pension", Cases: []string{"P-1"}}
}

// ended sends a batch and waits for its end, whatever it is.
func ended(t *testing.T, w *apptest.World, c batch.Call, all ...block.Row) batch.Status {
	t.Helper()
	s, bad, err := w.Door.StartBatch(t.Context(), w.User, c, lines(all...))
	if err != nil || len(bad) > 0 {
		t.Fatal(err, bad)
	}
	return untilEnd(t, w, s)
}

func untilEnd(t *testing.T, w *apptest.World, s batch.Status) batch.Status {
	t.Helper()
	for {
		s, err := w.Door.Batch(t.Context(), w.User, s.ID)
		if err != nil {
			t.Fatal(err)
		}
		switch s.State {
		case batch.Done, batch.Refused, batch.Failed:
			return s
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the batch never ended")
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func answersOf(t *testing.T, w *apptest.World, s batch.Status) []batch.Answer {
	t.Helper()
	rows, err := w.Door.BatchAnswers(t.Context(), w.User, s.ID)
	if err != nil {
		t.Fatal(err)
	}
	var out []batch.Answer
	for r, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func inTx(t *testing.T, a *app.App, f func(context.Context, *db.Tx) error) {
	t.Helper()
	if err := a.DB.Write(t.Context(), func(tx *db.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// reopened is the same node after a stop and a start.
func reopened(t *testing.T, w *apptest.World) *apptest.World {
	t.Helper()
	cfg, clock := w.Config, w.Clock
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again := *w
	again.App = apptest.Open(t, cfg, app.Options{Clock: clock})
	return &again
}

// settled waits until the outcomes of the traces are in the log.
func settled(t *testing.T, w *apptest.World, traces ...vocab.TraceID) {
	t.Helper()
	for _, trace := range traces {
		for {
			r, err := w.Ledger.Receipt(t.Context(), trace, ledger.Viewer{Auditor: true})
			if err == nil && len(r.Outcome) > 0 {
				break
			}
			if err != nil && vocab.CodeOf(err) != vocab.ReceiptWaiting {
				t.Fatal(err)
			}
			select {
			case <-t.Context().Done():
				t.Fatalf("no outcome of %s: %v", trace, err)
			case <-time.After(2 * time.Millisecond):
			}
		}
	}
}

func receiptOf(t *testing.T, text []byte) *proof.Opening {
	t.Helper()
	r, err := proof.ParseReceipt(text)
	if err != nil {
		t.Fatal(err)
	}
	return r.Opening
}

// sourceAddress is the file of a source, to change it from outside.
func sourceAddress(t *testing.T, w *apptest.World, id vocab.SourceID) string {
	t.Helper()
	s, err := w.Door.Source(t.Context(), w.Steward, id)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(s.Address, "sqlite://")
}

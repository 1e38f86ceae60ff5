package app_test

import (
	"context"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// away is a source that cannot be reached.
type away struct{ source.Driver }

func (away) Rows(context.Context, source.Scan) (source.Batch, error) {
	return source.Batch{}, vocab.SourceAway.Because("the source is away")
}

// What is destroyed of a batch while it waits for its source stays destroyed when
// the source is back and the batch goes on to its end: no fields of its rows, no
// answers, no file.
func TestABatchThatIsErasedWhileItWorksLeavesNothing(t *testing.T) {
	ctx, cfg := t.Context(), apptest.Config(t)
	w := apptest.Fill(t, apptest.Open(t, cfg, app.Options{}), 5, vocab.Compare)
	w.Close()
	w.App = apptest.Open(t, cfg, app.Options{Between: app.Between{Connect: func(c source.Connect) source.Connect {
		return func(ctx context.Context, a source.Address, o source.Options) (source.Driver, error) {
			d, err := c(ctx, a, o)
			return away{d}, err
		}
	}}})
	number, born := apptest.Citizen(2)
	who := vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}
	s, bad, err := w.Door.StartBatch(ctx, w.User, batch.Call{Grant: w.Grant.ID, Question: vocab.Compare, Purpose: "pension", Cases: []string{"P-1"}},
		func(yield func(block.Row, error) bool) {
			yield(block.Row{Subject: who, Values: map[vocab.ItemID]string{apptest.Born: born}}, nil)
		})
	if err != nil || len(bad) > 0 {
		t.Fatal(err, bad)
	}
	becomes(t, w, s.ID, batch.Failed)
	settle(t, w.App)
	_, err = w.Ledger.Erase(ctx, ledger.Erasure{Traces: []vocab.TraceID{s.Trace}, Reason: "term over"})
	must(t, err)
	must(t, w.Tidy(ctx))
	if batchFiles(t, w, s.ID) == 0 {
		t.Fatal("its rows are gone before it could end")
	}
	w.Close()

	w.App = apptest.Open(t, cfg, app.Options{})
	becomes(t, w, s.ID, batch.Done)
	settle(t, w.App)
	must(t, w.Tidy(ctx))
	if n := batchFiles(t, w, s.ID); n > 0 {
		t.Errorf("%d files are left", n)
	}
	if _, err := w.Door.BatchAnswers(ctx, w.User, s.ID); vocab.CodeOf(err) != vocab.ReceiptErased {
		t.Errorf("its answers: %v", err)
	}
	mine, err := w.Door.Mine(ctx, identity.Actor{Self: w.Identity.AuditRef(who)}, 0, 10)
	if err != nil || len(mine) != 1 || !mine[0].Erased || len(mine[0].Answers) > 0 {
		t.Errorf("the person sees %+v, %v", mine, err)
	}
	if e, err := w.Ledger.Entry(ctx, s.Trace, ledger.Viewer{Auditor: true}); err != nil || !e.Erased {
		t.Errorf("the entry: %+v, %v", e, err)
	}
	for _, table := range []string{"ledger_row", "ledger_row_outcome"} {
		var n int
		must(t, w.DB.Read(ctx, func(tx *db.Tx) error {
			return tx.QueryRow(ctx, `SELECT count(*) FROM `+table+` WHERE secret IS NOT NULL AND secret <> $1`, []byte{}).Scan(&n)
		}))
		if n > 0 {
			t.Errorf("%d rows of %s can still be opened", n, table)
		}
	}
}

// becomes waits until the batch is in the state.
func becomes(t *testing.T, w *apptest.World, id vocab.BatchID, want batch.State) {
	t.Helper()
	for {
		s, err := w.Door.Batch(t.Context(), w.User, id)
		if err != nil {
			t.Fatal(err)
		}
		if s.State == want {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("the batch is %s: %s", s.State, s.Error)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func batchFiles(t *testing.T, w *apptest.World, id vocab.BatchID) int {
	t.Helper()
	n := 0
	for _, err := range w.Blobs.List(t.Context(), "batch/"+string(id)) {
		must(t, err)
		n++
	}
	return n
}

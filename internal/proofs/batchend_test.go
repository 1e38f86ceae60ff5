package proofs

import (
	"context"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// breaking is a source that answers full blocks of a batch and not the last one.
func breaking(c source.Connect) source.Connect {
	return func(ctx context.Context, a source.Address, o source.Options) (source.Driver, error) {
		d, err := c(ctx, a, o)
		return breaks{d}, err
	}
}

type breaks struct{ source.Driver }

func (b breaks) Rows(ctx context.Context, q source.Scan) (source.Batch, error) {
	if n := len(q.Subjects); n > 0 && n < 4096 {
		return source.Batch{}, vocab.SourceUnknown.Because("the source says no")
	}
	return b.Driver.Rows(ctx, q)
}

// guessed is the person of whom the day's guesses are spent.
const guessed = 5000

func (n *node) guess(t *testing.T, g access.Grant) {
	t.Helper()
	for i := range 5 {
		c := access.Call{
			Grant: g.ID, Question: vocab.Compare, Purpose: g.Purpose, Case: "P-1", Subject: person(guessed),
			Values: map[vocab.ItemID]string{Born: day(100 + i)},
		}
		if _, err := n.Door.Ask(t.Context(), user(apptest.Tax), c); err != nil {
			t.Fatal(err)
		}
	}
}

// TestABatchThatEndsNeverGoesOn kills a batch while its end is written. By the
// next start the cause has gone: the source is well, or the day is over. The batch
// stays ended all the same, and no row of it reads as given out.
func TestABatchThatEndsNeverGoesOn(t *testing.T) {
	heavy(t)
	for _, at := range []struct {
		half
		state batch.State
		rows  vocab.AccessState
	}{
		{half{Point: "run: database committed INSERT INTO access_batch (id,", Nth: 4, Breaks: true}, batch.Failed, vocab.Failed},
		// Two blocks were answered with 128 statements of 64 rows.
		{half{Point: "run: database exec INSERT INTO ledger_row_outcome (seq,", Nth: 160, Breaks: true}, batch.Failed, vocab.Failed},
		{half{Point: "run: database committed INSERT INTO access_batch (id,", Nth: 3, Guessed: true}, batch.Refused, vocab.Refused},
	} {
		cfg := apptest.Config(t)
		n := open(t, cfg, app.Options{}, residents(3))
		b := binding(Born, "born", "date")
		b.KeyKind = vocab.RegisterNumber
		n.bind(t, b)
		g := apptest.Grant(vocab.Compare)
		n.put(t, g)
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		at.Config, at.Grant = cfg, g
		at.killed(t)
		n.App = openAfterADeath(t, cfg, app.Options{Clock: clock.NewFake(time.Now().Add(25 * time.Hour))})
		list, err := n.Door.Batches(t.Context(), user(apptest.Tax), "", 2)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		s := n.ends(t, user(apptest.Tax), list[0].ID)
		if s.State != at.state || s.Error == "" {
			t.Errorf("after a kill at %s the batch is %s: %q", at.Point, s.State, s.Error)
		}
		if _, err := n.Door.BatchAnswers(t.Context(), user(apptest.Tax), s.ID); vocab.CodeOf(err) != vocab.StateWrong {
			t.Errorf("an ended batch gives answers: %v", err)
		}
		n.noneReleased(t, s.Trace, at.rows)
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// noneReleased looks at the batch as some of its persons do.
func (n *node) noneReleased(t *testing.T, trace vocab.TraceID, want vocab.AccessState) {
	t.Helper()
	seen := 0
	for i := 0; i < 9000; i += 449 {
		self, err := n.Identity.SelfActor(person(i))
		if err != nil {
			t.Fatal(err)
		}
		mine, err := n.Door.Mine(t.Context(), self, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(mine) == 0 && want == vocab.Refused {
			continue // their row was not recorded before the refusal
		}
		seen++
		if len(mine) != 1 || mine[0].State != string(want) || len(mine[0].Answers) > 0 {
			t.Errorf("person %d sees %+v", i, mine)
		}
		r := n.receiptInTime(t, trace, ledger.Viewer{Person: self.Self}, want == vocab.Failed)
		if want != vocab.Failed {
			continue
		}
		opened, err := proof.ParseReceipt(r.Outcome)
		if err != nil {
			t.Fatal(err)
		}
		if state, ok := opened.Opening.Get(ledger.FieldState); !ok || string(state) != string(want) {
			t.Errorf("the receipt of person %d says %q", i, state)
		}
	}
	// A refusal may come before any row is recorded: it depends on the moment of the kill.
	if seen == 0 && want == vocab.Failed {
		t.Error("no person finds the batch")
	}
}

// receiptInTime waits until the log's checkpoint covers the entry, and its outcome
// where there is one.
func (n *node) receiptInTime(t *testing.T, trace vocab.TraceID, v ledger.Viewer, outcome bool) ledger.Receipts {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := n.Ledger.Receipt(t.Context(), trace, v)
		if err == nil && (len(r.Outcome) > 0 || !outcome) {
			return r
		}
		if err != nil && vocab.CodeOf(err) != vocab.ReceiptWaiting {
			t.Fatal(err)
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("no receipt of %s: %v", trace, err)
		case <-tick.C:
		}
	}
}

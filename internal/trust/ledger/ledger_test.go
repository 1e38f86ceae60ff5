package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/mod/sumdb/note"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

const origin = "fontis.example/log/1"

// node is a ledger on a real database and a real log.
type node struct {
	*ledger.Ledger
	db     *db.DB
	log    *tlog.Log
	dir    string
	signer note.Signer
	policy *proof.Policy
}

func newNode(t testing.TB) *node {
	t.Helper()
	skey, vkey, err := note.GenerateKey(nil, origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := proof.PolicyFor(vkey, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := &node{db: dbtest.Open(t, "ledger"), dir: t.TempDir(), signer: signer, policy: policy}
	n.start(t, vkey)
	return n
}

func (n *node) start(t testing.TB, vkey string) {
	t.Helper()
	var err error
	n.log, err = tlog.Open(t.Context(), tlog.Options{Dir: n.dir, Origin: origin, Signer: n.signer, VerifierKey: vkey})
	if err != nil {
		t.Fatal(err)
	}
	n.Ledger, err = ledger.Open(t.Context(), ledger.Options{DB: n.db, Log: n.log, Origin: origin, Signer: n.signer, Clock: clock.System()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Ledger.Close(); n.log.Close() })
}

func draft(person byte, i int) *ledger.Draft {
	now := time.Now()
	return &ledger.Draft{
		Trace: vocab.NewTrace(now), State: vocab.Intended, At: now, Owner: "tax", Provider: "civil", Grant: "g-1",
		Person: vocab.PersonRef{person}, Personal: true,
		Fields: []ledger.Pair{{ledger.FieldOfficer, "lin"}, {ledger.FieldPurpose, fmt.Sprint("p", i)}},
	}
}

// receipt asks until a checkpoint covers the entry.
func (n *node) receipt(t testing.TB, trace vocab.TraceID, v ledger.Viewer) ledger.Receipts {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		r, err := n.Receipt(ctx, trace, v)
		if err == nil && len(r.Outcome) > 0 {
			return r
		}
		if err != nil && vocab.CodeOf(err) != vocab.ReceiptWaiting {
			t.Fatal(err)
		}
		select {
		case <-ctx.Done():
			t.Fatalf("no receipt: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestAReceiptOpensWhatItsHolderMaySeeAndNoMore(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
	n := newNode(t)
	e, err := n.Submit(t.Context(), draft(7, 1))
	if err != nil {
		t.Fatal(err)
	}
	n.Finish(ledger.Outcome{Seq: e.Seq, Trace: e.Trace, Index: e.Index, State: vocab.Released, At: time.Now(), Fields: []ledger.Pair{{ledger.FieldAnswers, `{"a":"match"}`}}})
	for _, c := range []struct {
		viewer        ledger.Viewer
		shown, hidden string
	}{
		{ledger.Viewer{Member: "tax"}, ledger.FieldOfficer, ledger.FieldPerson},
		{ledger.Viewer{Person: vocab.PersonRef{7}}, ledger.FieldPerson, ledger.FieldOfficer},
		{ledger.Viewer{Auditor: true}, ledger.FieldPerson, ""},
	} {
		r := n.receipt(t, e.Trace, c.viewer)
		for _, text := range [][]byte{r.Intent, r.Outcome} {
			receipt, err := proof.ParseReceipt(text)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := receipt.Verify(n.policy); err != nil {
				t.Errorf("%+v: %v", c.viewer, err)
			}
		}
		intent, _ := proof.ParseReceipt(r.Intent)
		if _, ok := intent.Opening.Get(c.shown); !ok {
			t.Errorf("%s is not shown to %s", c.shown, r.Holder)
		}
		if _, ok := intent.Opening.Get(c.hidden); ok && c.hidden != "" {
			t.Errorf("%s is shown to %s", c.hidden, r.Holder)
		}
	}
	foreign, err := n.Receipt(t.Context(), e.Trace, ledger.Viewer{Member: "school"})
	missing, err2 := n.Receipt(t.Context(), vocab.NewTrace(time.Now()), ledger.Viewer{Member: "school"})
	if err == nil || err.Error() != err2.Error() || foreign.Intent != nil || missing.Intent != nil {
		t.Errorf("foreign %v, missing %v: want the same refusal", err, err2)
	}
}

func TestAPersonsCountersHaveNoGapUnderConcurrency(t *testing.T) {
	n := newNode(t)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			e, err := n.Submit(t.Context(), draft(byte(i%3)+1, i))
			if err != nil {
				t.Error(err)
				return
			}
			n.Finish(ledger.Outcome{Seq: e.Seq, Trace: e.Trace, Index: e.Index, State: vocab.Released, At: time.Now()})
		})
	}
	wg.Wait()
	total := 0
	for p := range byte(3) {
		all, err := n.OfPerson(t.Context(), vocab.PersonRef{p + 1}, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range all {
			if want := int64(len(all) - i); a.Number != want {
				t.Fatalf("person %d: counter %d at place %d, want %d", p, a.Number, i, want)
			}
		}
		total += len(all)
	}
	if total != 200 {
		t.Errorf("%d accesses listed, want 200", total)
	}
}

func TestEveryCallOfAGroupIsPromisedItsOwnLeaf(t *testing.T) {
	n := newNode(t)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			e, err := n.Submit(t.Context(), draft(byte(i), i))
			if err != nil {
				t.Error(err)
				return
			}
			signed, err := n.Promise(e)
			if err != nil {
				t.Error(err)
				return
			}
			p, err := proof.VerifyPromise(signed, n.policy)
			if err != nil || p.Trace != e.Trace || p.Index != e.Index || p.LeafHash != proof.LeafHash(e.Leaf) {
				t.Errorf("entry %d of %s is promised as %+v: %v", e.Index, e.Trace, p, err)
			}
		})
	}
	wg.Wait()
}

func TestAnUnindexedIntentBecomesInterruptedAndActsAreAppended(t *testing.T) {
	n := newNode(t)
	e, err := n.Submit(t.Context(), draft(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	err = n.db.Write(t.Context(), func(tx *db.Tx) error {
		return n.Act(t.Context(), tx, "member.add", map[string]string{ledger.FieldMember: "tax"})
	})
	if err != nil {
		t.Fatal(err)
	}
	n.Ledger.Close()
	// A crash between record and leaf: the record is there, the leaf is not.
	err = n.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO ledger_entry (seq, trace, kind, state, at, owner_member, provider, grant_id, leaf, origin, secret)
			SELECT seq + 1000, $1, kind, 'intended', at, owner_member, provider, grant_id, $2, origin, secret FROM ledger_entry WHERE trace = $3`,
			"lost", []byte("a leaf that never came"), string(e.Trace))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.log.Append(t.Context(), [][]byte{[]byte("a leaf without a record")}); err != nil {
		t.Fatal(err)
	}
	again, err := ledger.Open(t.Context(), ledger.Options{DB: n.db, Log: n.log, Origin: origin, Signer: n.signer, Clock: clock.System()})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	r := again.Repaired()
	if r.Interrupted != 1 || len(r.Alarms) != 1 {
		t.Errorf("repair %+v: want one interrupted record and one alarm", r)
	}
	a, err := again.Entry(t.Context(), e.Trace, ledger.Viewer{Auditor: true})
	if err != nil || a.State != ledger.OutcomeUnknown {
		t.Errorf("an access without an outcome reads %q (%v), want %q", a.State, err, ledger.OutcomeUnknown)
	}
}

func TestARowOfABatchIsProvedAloneAndErasedForGood(t *testing.T) {
	n := newNode(t)
	const rows = 1000
	d := draft(0, 0)
	var seq int64
	err := n.db.Write(t.Context(), func(tx *db.Tx) error {
		var err error
		if seq, err = n.BeginBatch(t.Context(), tx, d); err != nil {
			return err
		}
		all := make([]ledger.BatchRow, rows)
		for i := range all {
			all[i] = ledger.BatchRow{Person: vocab.PersonRef{1, byte(i), byte(i >> 8)}, Case: "c"}
		}
		return n.AddRows(t.Context(), tx, seq, 0, all)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.SealBatch(t.Context(), seq); err != nil {
		t.Fatal(err)
	}
	err = n.db.Write(t.Context(), func(tx *db.Tx) error {
		return n.AddOutcomes(t.Context(), tx, seq, 0, make([]ledger.RowOutcome, rows))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.FinishBatch(t.Context(), seq, vocab.Released, nil); err != nil {
		t.Fatal(err)
	}
	person := vocab.PersonRef{1, 777 & 0xff, 777 >> 8}
	r := n.receipt(t, d.Trace, ledger.Viewer{Person: person})
	for _, text := range [][]byte{r.Intent, r.Outcome} {
		receipt, err := proof.ParseReceipt(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := receipt.Verify(n.policy); err != nil {
			t.Fatal(err)
		}
		if receipt.Opening.Row == nil || receipt.Opening.Row.Index != 777 {
			t.Errorf("row %+v, want 777", receipt.Opening.Row)
		}
	}
	if _, err := n.Erase(t.Context(), ledger.Erasure{Traces: []vocab.TraceID{d.Trace}, Reason: "term over"}); err != nil {
		t.Fatal(err)
	}
	r = n.receipt(t, d.Trace, ledger.Viewer{Member: "tax"})
	receipt, err := proof.ParseReceipt(r.Intent)
	if err != nil || receipt.Opening != nil {
		t.Fatalf("after erasure the receipt still opens: %v", err)
	}
	if _, err := receipt.Verify(n.policy); err != nil {
		t.Errorf("after erasure the leaf is not proven: %v", err)
	}
}

func BenchmarkSubmit(b *testing.B) {
	n := newNode(b)
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			e, err := n.Submit(b.Context(), draft(byte(i), i))
			if err != nil {
				b.Fatal(err)
			}
			n.Finish(ledger.Outcome{Seq: e.Seq, Trace: e.Trace, Index: e.Index, State: vocab.Released, At: time.Now()})
		}
	})
}

func TestAClockBehindTheNewestRecordStopsTheStart(t *testing.T) {
	n := newNode(t)
	if _, err := n.Submit(t.Context(), draft(1, 1)); err != nil {
		t.Fatal(err)
	}
	n.Ledger.Close()
	for behind, want := range map[time.Duration]vocab.Code{4 * time.Minute: "", 10 * time.Minute: vocab.ClockSkewed} {
		l, err := ledger.Open(t.Context(), ledger.Options{
			DB: n.db, Log: n.log, Origin: origin, Signer: n.signer, Clock: clock.NewFake(time.Now().Add(-behind)),
		})
		if want == "" {
			if err != nil {
				t.Errorf("a clock %s behind stops the start: %v", behind, err)
				continue
			}
			l.Close()
		} else if vocab.CodeOf(err) != want {
			t.Errorf("a clock %s behind: %v, want %s", behind, err, want)
		}
	}
}

// lateLog holds back the answer to an append, as a busy disk does, after the
// leaves stand.
type lateLog struct {
	*tlog.Log
	stand, answer chan struct{}
}

// Append appends, tells that the leaves stand, and answers when it may.
func (l lateLog) Append(ctx context.Context, leaves [][]byte) ([]uint64, error) {
	at, err := l.Log.Append(ctx, leaves)
	l.stand <- struct{}{}
	<-l.answer
	return at, err
}

// A watermark that is taken while an access has its leaf but not yet its place in
// the record must not make the next start believe that nothing was released.
func TestAWatermarkTakenMidwayLosesNoLeaf(t *testing.T) {
	n := newNode(t)
	if _, err := n.Submit(t.Context(), draft(1, 1)); err != nil {
		t.Fatal(err)
	}
	if err := n.Ledger.Close(); err != nil {
		t.Fatal(err)
	}
	late := lateLog{n.log, make(chan struct{}), make(chan struct{})}
	l, err := ledger.Open(t.Context(), ledger.Options{DB: n.db, Log: late, Origin: origin, Signer: n.signer, Clock: clock.System()})
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan ledger.Entry)
	go func() {
		e, err := l.Submit(t.Context(), draft(1, 2))
		if err != nil {
			t.Error(err)
		}
		got <- e
	}()
	<-late.stand
	for range 3 {
		if err := l.Mark(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	again, err := ledger.Open(t.Context(), ledger.Options{DB: n.db, Log: n.log, Origin: origin, Signer: n.signer, Clock: clock.System()}) // as after a kill
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	close(late.answer)
	e := <-got
	go func() {
		for range late.stand {
		}
	}()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	close(late.stand)
	r := again.Repaired()
	if r.Interrupted > 0 || r.Bound != 1 || len(r.Alarms) > 0 {
		t.Errorf("the access with leaf %d: %+v", e.Index, r)
	}
}

func TestNumbersOfDeletedRecordsAreNotGivenAgain(t *testing.T) {
	n := newNode(t)
	var last int64
	for i := range 5 {
		e, err := n.Submit(t.Context(), draft(1, i))
		if err != nil {
			t.Fatal(err)
		}
		last = e.Seq
	}
	if err := n.Ledger.Close(); err != nil {
		t.Fatal(err)
	}
	again := func() *ledger.Ledger {
		l, err := ledger.Open(t.Context(), ledger.Options{DB: n.db, Log: n.log, Origin: origin, Signer: n.signer, Clock: clock.System()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	again().Close() // the watermark moves behind all
	if err := n.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM ledger_entry WHERE seq > $1`, last-2)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	l := again()
	if r := l.Repaired(); r.Gone < 2 {
		t.Errorf("two records were deleted at the end: %+v", r)
	}
	e, err := l.Submit(t.Context(), draft(2, 9))
	if err != nil || e.Seq <= last {
		t.Errorf("the new entry has number %d, the deleted ones went to %d: %v", e.Seq, last, err)
	}
}

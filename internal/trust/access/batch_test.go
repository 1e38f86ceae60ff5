package access_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
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

// failing is a source that answers with an error from some call on.
type failing struct {
	source.Driver
	left *atomic.Int64
	with vocab.Code
}

func (f failing) Rows(ctx context.Context, q source.Scan) (source.Batch, error) {
	if f.left.Add(-1) < 0 {
		return source.Batch{}, f.with.Because("the source says no")
	}
	return f.Driver.Rows(ctx, q)
}

func failingSource(left *atomic.Int64, with vocab.Code) app.Between {
	return app.Between{Connect: func(c source.Connect) source.Connect {
		return func(ctx context.Context, a source.Address, o source.Options) (source.Driver, error) {
			d, err := c(ctx, a, o)
			return failing{d, left, with}, err
		}
	}}
}

func failingWorld(t *testing.T, residents int, after int64, with vocab.Code) *apptest.World {
	t.Helper()
	var left atomic.Int64
	left.Store(1 << 40) // binding takes samples
	a := apptest.Open(t, apptest.Config(t), app.Options{Between: failingSource(&left, with)})
	w := apptest.Fill(t, a, residents, vocab.Compare)
	left.Store(after)
	return w
}

// lacking is a source that answers whole blocks of a batch and nothing smaller.
type lacking struct{ source.Driver }

func (l lacking) Rows(ctx context.Context, q source.Scan) (source.Batch, error) {
	if n := len(q.Subjects); n > 0 && n < 4096 {
		return source.Batch{}, vocab.SourceUnknown.Because("the source says no")
	}
	return l.Driver.Rows(ctx, q)
}

// TestABatchThatCannotGoOnEndsWithAnOutcomeForEveryRow: the source answers the
// first block, and that is recorded; the second breaks. Nothing of the batch was
// given out, so no row, whichever block it came to stand in, reads as released.
func TestABatchThatCannotGoOnEndsWithAnOutcomeForEveryRow(t *testing.T) {
	const rows = 5000
	a := apptest.Open(t, apptest.Config(t), app.Options{Between: app.Between{Connect: func(c source.Connect) source.Connect {
		return func(ctx context.Context, a source.Address, o source.Options) (source.Driver, error) {
			d, err := c(ctx, a, o)
			return lacking{d}, err
		}
	}}})
	w := apptest.Fill(t, a, rows, vocab.Compare)
	all := make([]block.Row, rows)
	for i := range all {
		_, born := apptest.Citizen(i)
		all[i] = line(i, born)
	}
	s := ended(t, w, compareBatch(w), all...)
	if s.State != batch.Failed || s.Error == "" {
		t.Fatalf("the batch ended %s: %s", s.State, s.Error)
	}
	settled(t, w, s.Trace)
	for i := 3; i < rows; i += 199 {
		self := identity.Actor{Self: w.Identity.AuditRef(key(i))}
		mine, err := w.Door.Mine(t.Context(), self, 0, 10)
		if err != nil || len(mine) != 1 || mine[0].State != string(vocab.Failed) || len(mine[0].Answers) > 0 {
			t.Errorf("person %d sees %+v, %v: nothing of the batch went out", i, mine, err)
		}
		r, err := w.Door.Receipt(t.Context(), self, s.Trace)
		if err != nil {
			t.Fatal(err)
		}
		if state, ok := receiptOf(t, r.Outcome).Get(ledger.FieldState); !ok || string(state) != string(vocab.Failed) {
			t.Errorf("row of person %d: %q", i, state)
		}
	}
	if _, err := w.Door.BatchAnswers(t.Context(), w.User, s.ID); vocab.CodeOf(err) != vocab.StateWrong {
		t.Errorf("a failed batch gives answers: %v", err)
	}
	w = reopened(t, w)
	if again, err := w.Door.Batch(t.Context(), w.User, s.ID); err != nil || again.State != batch.Failed {
		t.Errorf("after a restart it is %s, %v", again.State, err)
	}
}

func TestABatchThatWaitsForItsSourceIsTakenUpAgain(t *testing.T) {
	w := failingWorld(t, 10, 0, vocab.SourceAway)
	_, born := apptest.Citizen(3)
	s := ended(t, w, compareBatch(w), line(3, born))
	if s.State != batch.Failed {
		t.Fatalf("the batch is %s", s.State)
	}
	cfg := w.Config
	w.Close()
	w.App = apptest.Open(t, cfg, app.Options{})
	if s = untilEnd(t, w, s); s.State != batch.Done {
		t.Errorf("after the source came back it is %s: %s", s.State, s.Error)
	}
}

func TestABatchThatComesNoFurtherIsGivenUpWithACause(t *testing.T) {
	w := failingWorld(t, 10, 0, vocab.InternalError)
	_, born := apptest.Citizen(3)
	s := ended(t, w, compareBatch(w), line(3, born))
	again := 0
	for ; s.State == batch.Failed && !strings.Contains(s.Error, "given up"); again++ {
		if again > 9 {
			t.Fatalf("taken up by %d starts: %+v", again, s)
		}
		cfg, left := w.Config, new(atomic.Int64)
		w.Close()
		w.App = apptest.Open(t, cfg, app.Options{Between: failingSource(left, vocab.InternalError)})
		s = untilFailed(t, w, s)
	}
	if again != 5 || s.State != batch.Failed || !strings.Contains(s.Error, "the source says no") {
		t.Errorf("after %d starts it is %s: %s", again, s.State, s.Error)
	}
	settled(t, w, s.Trace) // its end is on record
	mine, err := w.Door.Mine(t.Context(), identity.Actor{Self: w.Identity.AuditRef(key(3))}, 0, 10)
	if err != nil || len(mine) != 1 || mine[0].State != string(vocab.Failed) {
		t.Errorf("the person sees %+v, %v", mine, err)
	}
	cfg := w.Config
	w.Close()
	w.App = apptest.Open(t, cfg, app.Options{}) // the source is well again
	if got, err := w.Door.Batch(t.Context(), w.User, s.ID); err != nil || got.State != batch.Failed || got.Error != s.Error {
		t.Errorf("a batch that was given up is taken up again: %+v, %v", got, err)
	}
}

// untilFailed waits until a start has tried the batch, or given it up.
func untilFailed(t *testing.T, w *apptest.World, before batch.Status) batch.Status {
	t.Helper()
	for {
		s, err := w.Door.Batch(t.Context(), w.User, before.ID)
		if err != nil {
			t.Fatal(err)
		}
		if s.State == batch.Failed && s.Changed.After(before.Changed) {
			return s
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the batch never ended")
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func TestAWrongLineIsNamedAsItsFileHasIt(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	_, born := apptest.Citizen(3)
	wrong, good := line(4, "spring"), line(3, born)
	good.At, wrong.At = 2, 5
	_, bad, err := w.Door.StartBatch(t.Context(), w.User, compareBatch(w), lines(good, wrong))
	if err != nil || len(bad) != 1 || bad[0].Line != 5 {
		t.Errorf("bad lines %+v, %v: want line 5 of the file", bad, err)
	}
}

func TestASubjectThatStandsTwiceInABatchFindsBothRows(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	_, born := apptest.Citizen(3)
	first, other, second := line(3, born), line(4, born), line(3, born)
	call := compareBatch(w)
	call.Cases = []string{"P-1", "P-2"}
	first.Case, other.Case, second.Case = "P-1", "P-1", "P-2"
	s := ended(t, w, call, first, other, second)
	settled(t, w, s.Trace)
	rows := answersOf(t, w, s)
	if len(rows) != 3 || rows[0].Case != "P-1" || rows[2].Case != "P-2" || rows[2].Line != 3 {
		t.Errorf("rows %+v: they are joined by line and case", rows)
	}
	self := identity.Actor{Self: w.Identity.AuditRef(key(3))}
	mine, err := w.Door.Mine(t.Context(), self, 0, 10)
	if err != nil || len(mine) != 2 || mine[0].Case != "P-2" || mine[1].Case != "P-1" {
		t.Fatalf("the person sees %+v, %v", mine, err)
	}
	for _, m := range mine {
		r, err := w.Door.ReceiptOf(t.Context(), self, s.Trace, m.Number)
		if err != nil {
			t.Fatal(err)
		}
		if number, _ := receiptOf(t, r.Intent).Get(ledger.FieldCase); string(number) != m.Case {
			t.Errorf("use %d has the receipt of case %s, want %s", m.Number, number, m.Case)
		}
	}
	if _, err := w.Door.ReceiptOf(t.Context(), self, s.Trace, 7); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("a use that is not there has a receipt: %v", err)
	}
}

// Of the items of its grant a batch's record and the person's view name those of which
// a line claims a value, and no other.
func TestABatchIsRecordedWithTheItemsThatItAsksFor(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	_, born := apptest.Citizen(3)
	named := line(4, "")
	named.Values = map[vocab.ItemID]string{apptest.Name: "somebody"}
	for _, c := range []struct {
		lines []block.Row
		want  []string
	}{
		{[]block.Row{line(3, born)}, []string{string(apptest.Born)}},
		{[]block.Row{line(3, born), named}, []string{string(apptest.Born), string(apptest.Name)}},
	} {
		s := ended(t, w, compareBatch(w), c.lines...)
		settled(t, w, s.Trace)
		mine, err := w.Door.Mine(t.Context(), identity.Actor{Self: w.Identity.AuditRef(key(3))}, 0, 1)
		if err != nil || len(mine) != 1 || !slices.Equal(mine[0].Items, c.want) {
			t.Errorf("the person sees %+v %v, want the items %v", mine, err, c.want)
		}
	}
}

func TestAnErasedBatchKeepsNoAnswers(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	_, born := apptest.Citizen(3)
	s := ended(t, w, compareBatch(w), line(3, born))
	if len(answersOf(t, w, s)) != 1 || blobsOf(t, w, s) == 0 {
		t.Fatal("no answers to erase")
	}
	keeper := apptest.Officer("bureau", vocab.Authority)
	keeper.OfNode = true
	if _, err := w.Door.Erase(t.Context(), keeper, []vocab.TraceID{s.Trace}, "term ended", "Archives Law art. 1"); err != nil {
		t.Fatal(err)
	}
	if n := blobsOf(t, w, s); n != 0 {
		t.Errorf("%d files of the batch are left", n)
	}
	if _, err := w.Door.BatchAnswers(t.Context(), w.User, s.ID); vocab.CodeOf(err) != vocab.ReceiptErased {
		t.Errorf("answers of an erased batch: %v", err)
	}
}

func blobsOf(t *testing.T, w *apptest.World, s batch.Status) int {
	t.Helper()
	n := 0
	for _, err := range w.Blobs.List(t.Context(), "batch/"+string(s.ID)) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// A process that dies while it takes a batch in leaves rows of which no table knows,
// and one that dies when it is done leaves values that nobody needs any more.
func TestAStartForgetsWhatKilledBatchesLeft(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	_, born := apptest.Citizen(3)
	done, begun := ended(t, w, compareBatch(w), line(3, born)), ended(t, w, compareBatch(w), line(3, born))
	inTx(t, w.App, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM access_batch WHERE id = $1`, string(begun.ID))
		return err
	})
	for info, err := range w.Blobs.List(t.Context(), "batch/"+string(done.ID)) {
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Blobs.Put(t.Context(), strings.Replace(info.Name, "/out-", "/in-", 1), strings.NewReader("values")); err != nil {
			t.Fatal(err)
		}
	}
	if blobsOf(t, w, done) != 2 || blobsOf(t, w, begun) != 1 {
		t.Fatal("nothing is left to forget")
	}
	w = reopened(t, w)
	if n := blobsOf(t, w, begun); n != 0 {
		t.Errorf("%d files of a batch that never began are left", n)
	}
	if n := blobsOf(t, w, done); n != 1 || len(answersOf(t, w, done)) != 1 {
		t.Errorf("a batch that is done has %d files, one of answers is to be kept", n)
	}
}

func TestAnErasureThatIsReplayedTakesTheAnswersToo(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	_, born := apptest.Citizen(3)
	s := ended(t, w, compareBatch(w), line(3, born))
	settled(t, w, s.Trace)
	// As after a restore: the openings go by the ledger alone.
	if _, err := w.Ledger.Erase(t.Context(), ledger.Erasure{Traces: []vocab.TraceID{s.Trace}, Member: "bureau", Reason: "x", Basis: "y"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Door.BatchAnswers(t.Context(), w.User, s.ID); vocab.CodeOf(err) != vocab.ReceiptErased {
		t.Errorf("answers of an erased batch: %v", err)
	}
	if n := blobsOf(t, w, s); n != 0 {
		t.Errorf("%d files of the batch are left", n)
	}
}

func TestBatchesGoByPagesNewestFirst(t *testing.T) {
	w := apptest.NewWorld(t, 10, vocab.Compare)
	_, born := apptest.Citizen(3)
	var sent []vocab.BatchID
	for range 3 {
		sent = append(sent, ended(t, w, compareBatch(w), line(3, born)).ID)
	}
	var got []vocab.BatchID
	for after := vocab.BatchID(""); ; {
		page, err := w.Door.Batches(t.Context(), w.User, after, 1)
		if err != nil || len(page) > 1 {
			t.Fatal(page, err)
		}
		if len(page) == 0 {
			break
		}
		after = page[0].ID
		got = append(got, after)
	}
	if len(got) != 3 || got[0] != sent[2] || got[1] != sent[1] || got[2] != sent[0] {
		t.Errorf("pages give %v of %v", got, sent)
	}
	stranger := apptest.Officer("far", vocab.DataUser)
	if _, err := w.Door.Batches(t.Context(), stranger, sent[0], 1); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("another member goes on from it: %v", err)
	}
}

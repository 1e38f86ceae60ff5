package proofs

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/edge/taking/rows"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/vocab"
)

// oneByOne is a file of many rows that is made while it is read, and counts what
// was taken of it.
type oneByOne struct {
	rows, made int
	nobody     bool // no row names anybody
	rest       []byte
	taken      int // rows that the door has asked for
	ahead      int // most rows that were made and not asked for yet
}

// Read gives at most a row.
func (o *oneByOne) Read(b []byte) (int, error) {
	if len(o.rest) == 0 {
		if o.made == o.rows {
			return 0, io.EOF
		}
		k := person(o.made)
		if o.nobody {
			k.Value = ""
		}
		o.rest = fmt.Appendf(nil, `{"subject":{"kind":%q,"value":%q},"values":{%q:%q}}`+"\n", k.Kind, k.Value, Born, day(o.made%9))
		o.made++
		o.ahead = max(o.ahead, o.made-o.taken)
	}
	n := copy(b, o.rest)
	o.rest = o.rest[n:]
	return n, nil
}

// counted tells the file how many of its rows the door took.
func (o *oneByOne) counted(lines iter.Seq2[block.Row, error]) iter.Seq2[block.Row, error] {
	return func(yield func(block.Row, error) bool) {
		for l, err := range lines {
			o.taken++
			if !yield(l, err) {
				return
			}
		}
	}
}

// mostAhead is how many rows may be read before the door asks for them: a reader's
// buffer, whatever the file's length.
const mostAhead = 20_000

// TestAFileOfOneRowTooManyIsRefusedBeforeAnythingIsRecorded sends one row more than a
// batch may have: cause and remedy are told, no row is on record or kept, and at no
// moment was more of the file in memory than a reader's buffer. Rows that name
// somebody are checked and sealed, which takes longer.
func TestAFileOfOneRowTooManyIsRefusedBeforeAnythingIsRecorded(t *testing.T) {
	heavy(t)
	n, c := manyWorld(t)
	for name, nobody := range map[string]bool{"rows of nobody": true, "rows of somebody": false} {
		if !nobody && !long() {
			continue
		}
		file := &oneByOne{rows: batch.MaxRows + 1, nobody: nobody}
		_, _, err := n.Door.StartBatch(t.Context(), user(apptest.Tax), c, file.counted(rows.NDJSON(file)))
		if vocab.CodeOf(err) != vocab.FileTooLarge {
			t.Fatalf("%s, %d: %v", name, file.rows, err)
		}
		var f *vocab.Failure
		if !errors.As(err, &f) || f.Cause == "" || f.Fix == "" {
			t.Errorf("%s: no cause and remedy in %v", name, err)
		}
		if file.ahead > mostAhead {
			t.Errorf("%s: %d were in memory before the door asked for them", name, file.ahead)
		}
		nothingOf(t, n, 0, file.rows/2, file.rows-1)
	}
}

// TestAFileOfAsManyRowsAsABatchMayHaveIsTakenIn takes a million rows in, and where the
// tests run at length waits until every one is answered.
func TestAFileOfAsManyRowsAsABatchMayHaveIsTakenIn(t *testing.T) {
	heavy(t)
	if !long() {
		t.Skip("a million rows are answered only at length")
	}
	n, c := manyWorld(t)
	file := &oneByOne{rows: batch.MaxRows}
	s, bad, err := n.Door.StartBatch(t.Context(), user(apptest.Tax), c, file.counted(rows.NDJSON(file)))
	if err != nil || len(bad) > 0 || s.Rows != batch.MaxRows || file.ahead > mostAhead {
		t.Fatalf("%d rows, %d bad, %d ahead: %v", s.Rows, len(bad), file.ahead, err)
	}
	if s = n.ends(t, user(apptest.Tax), s.ID); s.State != batch.Done {
		t.Fatal(s.Error)
	}
	eachFinds(t, n, s.Trace, batch.MaxRows, 10_001)
}

func manyWorld(t *testing.T) (*node, batch.Call) {
	t.Helper()
	n := open(t, apptest.Config(t), app.Options{Clock: clock.System()}, residents(3))
	b := binding(Born, "born", "date")
	b.KeyKind = vocab.RegisterNumber
	n.bind(t, b)
	g := apptest.Grant(vocab.Compare)
	n.put(t, g)
	return n, batch.Call{Grant: g.ID, Question: vocab.Compare, Purpose: g.Purpose, Cases: []string{"P-1"}}
}

// nothingOf looks for the batch where it would have left something.
func nothingOf(t *testing.T, n *node, persons ...int) {
	t.Helper()
	list, err := n.Door.Batches(t.Context(), user(apptest.Tax), "", 10)
	if err != nil || len(list) != 0 {
		t.Errorf("batches are listed: %+v, %v", list, err)
	}
	for _, i := range persons {
		self, err := n.Identity.SelfActor(person(i))
		if err != nil {
			t.Fatal(err)
		}
		if mine, err := n.Door.Mine(t.Context(), self, 0, 10); err != nil || len(mine) != 0 {
			t.Errorf("person %d sees %+v, %v", i, mine, err)
		}
	}
	for info, err := range n.Blobs.List(t.Context(), "batch/") {
		t.Errorf("rows are kept: %s, %v", info.Name, err)
	}
}

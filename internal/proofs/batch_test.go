package proofs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/checker"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// lucky is the person whose receipt goes to a stranger.
func lucky(rows int) int { return min(77_777, rows*7/9) }

func batchRows() int {
	if testing.Short() {
		return 20_000
	}
	return 100_000
}

// person is subject n of the large batch: as many different numbers as needed.
func person(n int) vocab.SubjectKey {
	return vocab.SubjectKey{Kind: vocab.RegisterNumber, Value: fmt.Sprintf("R%07d", n)}
}

// TestABatchOfManyIsFoundByEachOfThem sends a large batch, lets every person look
// at their own list, and gives one person's receipt to the checker alone.
func TestABatchOfManyIsFoundByEachOfThem(t *testing.T) {
	heavy(t)
	rows := batchRows()
	n := open(t, apptest.Config(t), app.Options{Clock: clock.System()}, residents(3))
	b := binding(Born, "born", "date")
	b.KeyKind = vocab.RegisterNumber
	n.bind(t, b)
	g := apptest.Grant(vocab.Compare)
	n.put(t, g)
	began := time.Now()
	s, bad, err := n.Door.StartBatch(t.Context(), user(apptest.Tax), batch.Call{Grant: g.ID, Question: vocab.Compare, Purpose: g.Purpose, Cases: []string{"P-1"}},
		func(yield func(block.Row, error) bool) {
			for i := range rows {
				if !yield(block.Row{Subject: person(i), Values: map[vocab.ItemID]string{Born: day(i % 9)}}, nil) {
					return
				}
			}
		})
	if err != nil || len(bad) > 0 {
		t.Fatal(err, bad)
	}
	if s = n.ends(t, user(apptest.Tax), s.ID); s.State != batch.Done {
		t.Fatal(s.Error)
	}
	t.Logf("%d rows in %s", rows, time.Since(began))
	eachFinds(t, n, s.Trace, rows, everySo(5))
	receiptStandsAlone(t, n, s.Trace, lucky(rows))
}

// everySo is which share of the persons looks: everyone in the long run, every
// n-th in the normal one, and fewer on a server, where each look is some trips.
func everySo(n int) int {
	switch {
	case long():
		return 1
	case dbtest.OnPostgres():
		return 8*n + 1 // odd, as n is: no block of rows is passed over
	}
	return n
}

// eachFinds looks at the list of every step-th person as that person.
func eachFinds(t *testing.T, n *node, trace vocab.TraceID, rows, step int) {
	t.Helper()
	var wg sync.WaitGroup
	for part := range 4 {
		wg.Go(func() {
			for i := part * step; i < rows; i += 4 * step {
				self, err := n.Identity.SelfActor(person(i))
				if err != nil {
					t.Error(err)
					return
				}
				mine, err := n.Door.Mine(t.Context(), self, 0, 10)
				if err != nil || len(mine) != 1 || mine[0].Trace != trace || mine[0].Number != 1 || mine[0].Answers[string(Born)] != string(vocab.Unknown) || mine[0].State != string(vocab.Released) {
					t.Errorf("person %d sees %+v, %v", i, mine, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// receiptStandsAlone checks both receipts of one person with nothing but their
// bytes and the log's key, and looks for anything of the neighbours' in them.
func receiptStandsAlone(t *testing.T, n *node, trace vocab.TraceID, who int) {
	t.Helper()
	size, err := n.Log.Size(t.Context())
	if err == nil {
		err = n.Log.Await(t.Context(), size)
	}
	if err != nil {
		t.Fatal(err)
	}
	self, err := n.Identity.SelfActor(person(who))
	if err != nil {
		t.Fatal(err)
	}
	r, err := n.Door.Receipt(t.Context(), self, trace)
	if err != nil || len(r.Outcome) == 0 {
		t.Fatalf("receipt of person %d: %v, outcome of %d bytes", who, err, len(r.Outcome))
	}
	policy, err := proof.ParsePolicy([]byte(n.Policy))
	if err != nil {
		t.Fatal(err)
	}
	for part, b := range map[string][]byte{"intent": r.Intent, "outcome": r.Outcome} {
		v, err := checker.Bytes(b, part, checker.Options{Policy: policy, Evidence: t.TempDir()})
		if err != nil || v.ExitCode == checker.ExitBad || v.Opening == nil {
			t.Fatalf("the %s of person %d: %+v, %v", part, who, v, err)
		}
		if part == "intent" {
			ref, ok := v.Opening.Get(ledger.FieldPerson)
			if !ok || string(ref) != fmt.Sprintf("%x", [16]byte(self.Self)) {
				t.Errorf("the receipt opens %q, not the person", ref)
			}
		}
		for _, near := range []int{0, 1, who - 1, who + 1, who ^ 1, who ^ 2} {
			if other := n.Identity.AuditRef(person(near)); near != who && (bytes.Contains(b, fmt.Appendf(nil, "%x", [16]byte(other))) || bytes.Contains(b, other[:])) {
				t.Errorf("the %s of person %d tells of person %d", part, who, near)
			}
		}
		if strings.Count(string(b), `"name"`) > 40 {
			t.Errorf("the %s opens more than one row", part)
		}
		spoilt := slices.Clone(b)
		if i := bytes.Index(spoilt, []byte("c2sp.org")); i < 0 || spoil(spoilt) == nil {
			t.Fatal("nothing to spoil")
		}
		if v, err := checker.Bytes(spoilt, part, checker.Options{Policy: policy, Evidence: t.TempDir()}); err == nil && v.ExitCode == checker.ExitGood {
			t.Errorf("a spoilt %s still checks", part)
		}
	}
}

// spoil changes one sign of the longest line, which carries the openings.
func spoil(b []byte) []byte {
	longest, at := 0, -1
	for from := 0; from < len(b); {
		end := bytes.IndexByte(b[from:], '\n')
		if end < 0 {
			end = len(b) - from
		}
		if end > longest {
			longest, at = end, from
		}
		from += end + 1
	}
	if at < 0 {
		return nil
	}
	mid := at + longest/2
	if b[mid] == 'A' {
		b[mid] = 'B'
	} else {
		b[mid] = 'A'
	}
	return b
}

// half is the task of the process that is killed in the middle of a batch.
type half struct {
	Config app.Config
	Batch  vocab.BatchID
	Point  string
	Nth    int
	Grant  access.Grant
	// Breaks makes the source fail at the last rows; Guessed takes a day's guesses
	// about one person before the batch names another value.
	Breaks, Guessed bool
}

const halfVariable = "FONTIS_PROOFS_HALF"

// TestChildOfTheLargeBatch dies at its point of the batch.
func TestChildOfTheLargeBatch(t *testing.T) {
	var job half
	if err := json.Unmarshal([]byte(os.Getenv(halfVariable)), &job); err != nil {
		t.Skip("the batch test starts this test in a process of its own")
	}
	k := &killer{phase: "run", seen: map[string]int{}, point: job.Point, nth: job.Nth}
	between := (&watch{at: k.at}).between()
	if job.Breaks {
		between.Connect = breaking
	}
	n := &node{App: openAfterADeath(t, job.Config, app.Options{Between: between})}
	if job.Guessed {
		n.guess(t, job.Grant)
	}
	n.sendLarge(t, job.Grant)
	t.Fatal("the batch ended before the kill")
}

// killed runs the task in a process of its own until that is killed.
func (h half) killed(t *testing.T) {
	t.Helper()
	job, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildOfTheLargeBatch$", "-test.count=1")
	cmd.Env = append(os.Environ(), halfVariable+"="+string(job))
	out, err := cmd.CombinedOutput()
	if exit, ok := err.(*exec.ExitError); !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("not killed at %s: %v %s", h.Point, err, out)
	}
}

func (n *node) sendLarge(t *testing.T, g access.Grant) {
	t.Helper()
	s, _, err := n.Door.StartBatch(t.Context(), user(apptest.Tax), batch.Call{Grant: g.ID, Question: vocab.Compare, Purpose: g.Purpose, Cases: []string{"P-1"}},
		func(yield func(block.Row, error) bool) {
			for i := range 9000 {
				if !yield(block.Row{Subject: person(i), Values: map[vocab.ItemID]string{Born: day(i % 9)}}, nil) {
					return
				}
			}
		})
	if err != nil {
		t.Fatal(err)
	}
	n.ends(t, user(apptest.Tax), s.ID)
}

// TestABatchGoesOnAfterAKill kills a batch while it records and while it asks.
func TestABatchGoesOnAfterAKill(t *testing.T) {
	heavy(t)
	for _, at := range []half{
		{Point: "run: database committed INSERT INTO access_batch (id,", Nth: 3},
		{Point: "run: append", Nth: 1},
		{Point: "run: open", Nth: 1},
		{Point: "run: opened", Nth: 2},
		{Point: "run: open", Nth: 3},
		// A piece of 64 rows is a statement: 141 of each.
		{Point: "run: database committed UPDATE access_batch SET done_rows", Nth: 3},
		{Point: "run: database exec INSERT INTO ledger_person (person,", Nth: 100},
		{Point: "run: database exec INSERT INTO ledger_row_outcome (seq,", Nth: 10},
		{Point: "run: database exec INSERT INTO ledger_row_outcome (seq,", Nth: 120},
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
		n.App = openAfterADeath(t, cfg, app.Options{})
		list, err := n.Door.Batches(t.Context(), user(apptest.Tax), "", 2)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		s := n.ends(t, user(apptest.Tax), list[0].ID)
		if s.State != batch.Done || s.Rows != 9000 {
			t.Fatalf("after a kill at %s: %+v", at.Point, s)
		}
		eachFinds(t, n, s.Trace, 9000, everySo(3))
		receiptStandsAlone(t, n, s.Trace, 7777)
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

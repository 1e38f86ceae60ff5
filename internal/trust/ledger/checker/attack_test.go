package checker

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"fontis/internal/trust/ledger/checker/logtest"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/witness"
)

const origin = "node.example/log/1"

// limit is what every attack must be found within.
const limit = 30 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a log that is served, a real witness, and an auditor's machine.
type world struct {
	*testing.T
	log     *logtest.Log
	dir     string // what the node serves
	url     string
	witness *httptest.Server
	policy  *proof.Policy
	audit   Audit
}

func newWorld(t *testing.T, leaves ...[]byte) *world {
	t.Helper()
	w := &world{T: t, log: logtest.New(t, origin, leaves...), dir: t.TempDir()}
	wit, err := witness.Open(witness.Options{Dir: t.TempDir(), Name: "audit.example/w", Key: logtest.Seed(9), CallsPerSecond: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	if err := wit.Pin(w.log.VKey(), ""); err != nil {
		t.Fatal(err)
	}
	w.witness = httptest.NewServer(wit.Handler())
	node := httptest.NewServer(http.FileServer(http.Dir(w.dir)))
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	t.Cleanup(func() { client.CloseIdleConnections(); node.Close(); w.witness.Close(); wit.Close() })
	w.url = node.URL
	w.policy, err = proof.PolicyFor(w.log.VKey(), 1, proof.PolicyWitness{Name: "court", VKey: wit.VKey(), URL: w.witness.URL})
	if err != nil {
		t.Fatal(err)
	}
	w.audit = Audit{Options: Options{Policy: w.policy, Evidence: t.TempDir()}, Address: w.url, Client: client, Timeout: limit, Grace: -1}
	return w
}

// cosign asks the witness; the answer's status and the checkpoint with its line.
func (w *world) cosign(l *logtest.Log, old, size int) (int, []byte) {
	w.Helper()
	signed := l.Sign(w, size)
	var body strings.Builder
	fmt.Fprintf(&body, "old %d\n", old)
	for _, h := range l.Consistency(w, old, size) {
		body.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	body.WriteString("\n" + string(signed))
	resp, err := w.audit.Client.Post(w.witness.URL+"/add-checkpoint", "text/plain", strings.NewReader(body.String()))
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	line, err := readAll(resp.Body, "answer", 1<<16)
	if err != nil {
		w.Fatal(err)
	}
	if resp.StatusCode == 200 {
		signed = append(signed, line...)
	}
	return resp.StatusCode, signed
}

// grow lets the honest log publish a witnessed checkpoint.
func (w *world) grow(old, size int) []byte {
	w.Helper()
	code, signed := w.cosign(w.log, old, size)
	if code != 200 {
		w.Fatalf("the witness answered an honest log %d", code)
	}
	w.publish(w.log, size, signed)
	return signed
}

// publish replaces all that the node serves.
func (w *world) publish(l *logtest.Log, size int, signed []byte) {
	w.Helper()
	if err := os.RemoveAll(filepath.Join(w.dir, "tile")); err != nil {
		w.Fatal(err)
	}
	l.Publish(w, w.dir, size, signed)
}

func (w *world) run(held ...[]byte) *Verdict {
	w.Helper()
	a := w.audit
	a.Held = held
	v, err := Log(w.Context(), a)
	if err != nil {
		w.Fatal(err)
	}
	return v
}

// caught demands the verdict, exit code 1 and an evidence file that holds every
// given note byte for byte.
func (w *world) caught(v *Verdict, want Word, notes ...[]byte) evidenceJSON {
	w.Helper()
	if v.Word != want || v.ExitCode != ExitBad {
		w.Fatalf("verdict %q, exit code %d, findings %v; want %q", v.Word, v.ExitCode, v.Findings, want)
	}
	b, err := os.ReadFile(v.Evidence)
	if err != nil {
		w.Fatalf("no evidence file: %v", err)
	}
	var e evidenceJSON
	if err := json.Unmarshal(b, &e); err != nil || e.Kind != evidenceKind || e.Verdict != want || len(e.Exhibits) == 0 {
		w.Fatalf("the evidence does not read: %v %s", err, b)
	}
	for _, n := range notes {
		text, err := json.Marshal(string(n))
		if err != nil {
			w.Fatal(err)
		}
		if !strings.Contains(string(b), string(text)) {
			w.Fatalf("the evidence lacks the signed note %q", n)
		}
	}
	return e
}

// contradiction rechecks an exhibit with the sum database's libraries alone: both
// notes are signed by the log, and the proof does not join them.
func (w *world) contradiction(e evidenceJSON, word Word) {
	w.Helper()
	v, err := note.NewVerifier(w.log.VKey())
	if err != nil {
		w.Fatal(err)
	}
	for _, raw := range e.Exhibits {
		var x Exhibit
		if err := json.Unmarshal(raw, &x); err != nil {
			w.Fatal(err)
		}
		if x.Word != word || len(x.Statements) != 2 {
			continue
		}
		heads := map[int64]tlog.Hash{}
		for _, s := range x.Statements {
			n, err := note.Open([]byte(s.Note), note.VerifierList(v))
			if err != nil {
				w.Fatal(err)
			}
			c, err := proof.ParseCheckpoint([]byte(s.Note))
			if err != nil || !strings.HasPrefix(n.Text, c.Text()) {
				w.Fatal(err)
			}
			if _, twice := heads[int64(c.Size)]; twice {
				return // two signed roots of one size: nothing more is needed
			}
			heads[int64(c.Size)] = tlog.Hash(c.Root)
		}
		var p tlog.TreeProof
		for _, line := range x.Proof {
			h, err := tlog.ParseHash(line)
			if err != nil {
				w.Fatal(err)
			}
			p = append(p, h)
		}
		from, to := int64(x.ProofFrom), int64(x.ProofTo)
		if len(p) == 0 || tlog.CheckTree(p, to, heads[to], from, heads[from]) == nil {
			w.Fatalf("the exhibit's proof of %d lines joins the two notes, or is missing", len(p))
		}
		recomputed, err := tlog.ParseHash(x.Recomputed)
		if err != nil || tlog.CheckTree(p, to, heads[to], from, recomputed) != nil {
			w.Fatal("the exhibit's proof does not even join what is published")
		}
		return
	}
	w.Fatalf("no exhibit shows %q with two statements", word)
}

// receiptOf is what the person of entry i keeps, under a checkpoint.
func (w *world) receiptOf(i, size int, signed []byte) []byte {
	w.Helper()
	leaf, err := proof.ParseLeaf(w.log.Leaves[i])
	if err != nil {
		w.Fatal(err)
	}
	r := proof.Receipt{Index: uint64(i), Path: w.log.Inclusion(w, i, size), Checkpoint: signed, Leaf: leaf}
	b, err := r.Encode()
	if err != nil {
		w.Fatal(err)
	}
	return b
}

// forged is the log with entry i changed and further leaves added.
func (w *world) forged(i, upTo int) *logtest.Log {
	w.Helper()
	leaves := slices.Clone(w.log.Leaves[:min(upTo, len(w.log.Leaves))])
	if i < len(leaves) {
		leaves[i] = logtest.Leaf(i, "red")
	}
	f := logtest.New(w, origin, leaves...)
	for n := len(leaves); n < upTo; n++ {
		f.Add(w, logtest.Leaf(n, "red"))
	}
	return f
}

func TestHonestLogIsSoundAndAllIsCompared(t *testing.T) {
	w := newWorld(t, logtest.Leaves(70_000)...)
	first := w.grow(0, 500)
	receipt := w.receiptOf(317, 500, first)
	w.grow(500, 70_000)
	v := w.run(first, receipt)
	if v.Word != Sound || v.ExitCode != ExitGood || v.Evidence != "" {
		t.Fatalf("%+v", v)
	}
	all := strings.Join(v.Proven, "\n")
	for _, want := range []string{"All 70000 entries", "checkpoint of 500 entries", "Entry 317", "held by witness court", "Witness court cosigned"} {
		if !strings.Contains(all, want) {
			t.Errorf("not proven: %s\n%s", want, all)
		}
	}
	w.audit.Address = "file://" + w.dir
	if v := w.run(first); v.Word != Sound {
		t.Fatalf("as a folder: %+v", v)
	}
}

func TestAttackRewrittenEntry(t *testing.T) {
	w := newWorld(t, logtest.Leaves(700)...)
	honest := w.grow(0, 500)
	f := w.forged(317, 601)
	code, signed := w.cosign(f, 500, 601)
	if code != 422 {
		t.Fatalf("the witness answered the rewritten log %d", code)
	}
	w.publish(f, 601, signed)
	e := w.caught(w.run(w.receiptOf(317, 500, honest)), Rewrote, honest, signed)
	w.contradiction(e, Rewrote)
	w.contradiction(e, Split)

	// Even where the operator owns every witness of the policy, one receipt is enough.
	all := f.Sign(t, 601, logtest.Cosigner(t, "audit.example/w", 9))
	w.publish(f, 601, all)
	w.witness.Close()
	e = w.caught(w.run(w.receiptOf(317, 500, honest)), Rewrote, honest, all)
	w.contradiction(e, Rewrote)
}

func TestAttackRollback(t *testing.T) {
	w := newWorld(t, logtest.Leaves(500)...)
	early := w.grow(0, 300)
	late := w.grow(300, 500)
	w.publish(w.log, 300, early) // an old checkpoint whose signatures all hold
	w.caught(w.run(late), Rolled, early, late)
	// Without anything held, the witness still knows.
	w.caught(w.run(), Withheld, early, late)
}

func TestAttackSplitView(t *testing.T) {
	w := newWorld(t, logtest.Leaves(500)...)
	forOthers := w.grow(0, 500)
	f := w.forged(317, 500)
	forUs := f.Sign(t, 500)
	if code, _ := w.cosign(f, 500, 500); code != 409 {
		t.Fatalf("the witness answered the second tree %d", code)
	}
	w.publish(f, 500, forUs)
	e := w.caught(w.run(), Split, forOthers, forUs)
	w.contradiction(e, Split)
	// The second tree was for somebody else, and to us the first is shown: the
	// witness kept what it refused.
	w.publish(w.log, 500, forOthers)
	w.contradiction(w.caught(w.run(), Split, forOthers, forUs), Split)
	// A tree that goes on beyond the witness's is found as well.
	f = w.forged(317, 900)
	longer := f.Sign(t, 900)
	w.publish(f, 900, longer)
	w.contradiction(w.caught(w.run(), Split, forOthers, longer), Split)
}

func TestAttackWithheldEntry(t *testing.T) {
	w := newWorld(t, logtest.Leaves(500)...)
	w.grow(0, 500)
	promise := func(i int, leaf []byte, age time.Duration) []byte {
		s, err := proof.NewLogSigner(origin, w.log.Key)
		if err != nil {
			t.Fatal(err)
		}
		all, err := proof.PromiseAll([]proof.Promise{{
			Origin: origin, Index: uint64(i), LeafHash: proof.LeafHash(leaf),
			At: time.Now().Add(-age), Trace: "0123456789abcdef0123456789abcdef",
		}}, s)
		if err != nil {
			t.Fatal(err)
		}
		return all.Of(0)
	}
	never := promise(510, logtest.Leaf(510, "green"), time.Hour)
	w.caught(w.run(never), Withheld, never)
	other := promise(317, logtest.Leaf(317, "red"), time.Hour)
	w.caught(w.run(other), Withheld, other)
	if v := w.run(promise(510, logtest.Leaf(510, "green"), time.Second), promise(3, w.log.Leaves[3], time.Hour)); v.Word != Sound {
		t.Fatalf("a promise of a second ago is not withheld yet: %+v", v)
	}
	// The entries are hashed into the tree, but nobody is given them.
	if err := os.Remove(filepath.Join(w.dir, "tile/entries/000")); err != nil {
		t.Fatal(err)
	}
	w.caught(w.run(), Withheld)
}

func TestAttackFlippedBit(t *testing.T) {
	w := newWorld(t, logtest.Leaves(600)...)
	w.grow(0, 600)
	flipped := 0
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "log.json" {
			return err
		}
		honest, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, at := range []int{0, len(honest) / 2, len(honest) - 1} {
			if d.Name() == "checkpoint" && at == 0 {
				continue // another origin: a log that the policy does not name
			}
			bent := slices.Clone(honest)
			bent[at] ^= 4
			if err := os.WriteFile(path, bent, 0o600); err != nil {
				return err
			}
			v := w.run()
			want := Damaged
			if d.Name() == "checkpoint" && v.Word != Damaged {
				want = v.Word
				if want != Waiting && want != False {
					t.Errorf("checkpoint bent at %d: %q", at, want)
				}
			}
			w.caught(v, want)
			flipped++
		}
		return os.WriteFile(path, honest, 0o600)
	})
	if err != nil || flipped < 15 {
		t.Fatal(flipped, err)
	}
	if v := w.run(); v.Word != Sound {
		t.Fatalf("mended again: %+v", v)
	}
}

func TestAttackCopiedBackBackup(t *testing.T) {
	w := newWorld(t, logtest.Leaves(500)...)
	w.grow(0, 400)
	latest := w.grow(400, 500)
	f := w.forged(400, 400) // the backup of 400, which then lives on
	for n := 400; n < 450; n++ {
		f.Add(t, logtest.Leaf(n, "after the copy"))
	}
	if code, _ := w.cosign(f, 400, 450); code != 409 {
		t.Fatalf("the witness answered the copied-back log %d", code)
	}
	short := f.Sign(t, 450)
	w.publish(f, 450, short)
	w.caught(w.run(), Withheld, latest, short)
	w.caught(w.run(latest), Rolled, latest, short)
	for n := 450; n < 600; n++ {
		f.Add(t, logtest.Leaf(n, "after the copy"))
	}
	long := f.Sign(t, 600)
	w.publish(f, 600, long)
	w.contradiction(w.caught(w.run(), Split, latest, long), Split)
	w.contradiction(w.caught(w.run(latest), Rewrote, latest, long), Rewrote)
}

func TestHonestRestoreIsADeclaredLoss(t *testing.T) {
	w := newWorld(t, logtest.Leaves(500)...)
	w.audit.Pins = t.TempDir()
	latest := w.grow(0, 500)
	if v := w.run(); v.Word != Sound {
		t.Fatalf("%+v", v)
	}
	declaration := proof.Commit(proof.Origin, []proof.Field{proof.NewField("lost", []byte("100"))})
	old := w.log
	w.log = logtest.New(t, "node.example/log/2", declaration[:])
	w.log.Add(t, logtest.Leaves(40)...)
	w.grow(0, 41)
	w.caught(w.run(latest), Loss, latest)
	if v := w.run(); v.Word != Sound {
		t.Fatalf("the loss is told once; then the new log is what is pinned: %+v", v)
	}
	silent := logtest.New(t, "node.example/log/2", logtest.Leaves(41)...)
	w.publish(silent, 41, silent.Sign(t, 41))
	w.log = old
	w.audit.Pins = ""
	w.caught(w.run(latest), Rewrote)
}

func TestWhoeverComesAfterARestoreIsToldOfTheLossOnce(t *testing.T) {
	w := newWorld(t, logtest.Leaves(5)...)
	w.audit.Pins = t.TempDir()
	declaration := proof.Commit(proof.Origin, []proof.Field{proof.NewField("lost", []byte("100"))})
	w.log = logtest.New(t, "node.example/log/2", declaration[:])
	w.log.Add(t, logtest.Leaves(40)...)
	signed := w.grow(0, 41)
	w.caught(w.run(), Loss, signed)
	if v := w.run(); v.Word != Sound {
		t.Errorf("the second time: %+v", v)
	}
	w.audit.Pins = t.TempDir()
	silent := logtest.New(t, "node.example/log/2", logtest.Leaves(41)...)
	w.publish(silent, 41, silent.Sign(t, 41))
	w.caught(w.run(), Rewrote)
}

func TestCheckpointWithTooFewWitnessesIsNotSound(t *testing.T) {
	w := newWorld(t, logtest.Leaves(50)...)
	signed := w.log.Sign(t, 50)
	w.publish(w.log, 50, signed)
	w.caught(w.run(), Waiting, signed)
}

func TestForeignKeyIsFalse(t *testing.T) {
	w := newWorld(t, logtest.Leaves(50)...)
	w.grow(0, 50)
	thief := logtest.New(t, origin, logtest.Leaves(50)...)
	thief.Key = logtest.Seed(7)
	signed := thief.Sign(t, 50)
	w.publish(thief, 50, signed)
	w.caught(w.run(), False, signed)
}

package tlog

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	sumdb "golang.org/x/mod/sumdb/tlog"

	"fontis/internal/vocab"
)

// fakeWitness follows C2SP tlog-witness for one log, in memory.
type fakeWitness struct {
	t      testing.TB
	vkey   string
	signer note.Signer
	logKey note.Verifier
	server *httptest.Server
	asked  chan struct{} // told, if anybody listens, at every request

	mu   sync.Mutex // guards the fields below
	away bool       // answers nothing at all
	hang chan struct{}
	size uint64
	root sumdb.Hash
}

func newFakeWitness(t testing.TB, name string) *fakeWitness {
	t.Helper()
	skey, vkey, err := note.GenerateKey(nil, name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := fnote.NewSignerForCosignatureV1(skey)
	if err != nil {
		t.Fatal(err)
	}
	if vkey, err = fnote.VKeyToCosignatureV1(vkey); err != nil {
		t.Fatal(err)
	}
	logKey, err := note.NewVerifier(testSigner(t).VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	w := &fakeWitness{t: t, vkey: vkey, signer: signer, logKey: logKey, asked: make(chan struct{}, 1)}
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.server.Close)
	return w
}

func (w *fakeWitness) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *fakeWitness) serve(rw http.ResponseWriter, r *http.Request) {
	select {
	case w.asked <- struct{}{}:
	default:
	}
	w.mu.Lock()
	away, hang := w.away, w.hang
	w.mu.Unlock()
	if away {
		panic(http.ErrAbortHandler)
	}
	if hang != nil {
		io.Copy(io.Discard, r.Body)
		select {
		case <-hang:
		case <-r.Context().Done():
		}
		return
	}
	status, kind, body := w.cosign(r)
	rw.Header().Set("Content-Type", kind)
	rw.WriteHeader(status)
	fmt.Fprint(rw, body)
}

func (w *fakeWitness) cosign(r *http.Request) (status int, kind, body string) {
	raw, err := io.ReadAll(r.Body)
	head, checkpoint, ok := strings.Cut(string(raw), "\n\n")
	if err != nil || !ok || r.URL.Path != "/add-checkpoint" {
		return 400, "text/plain", "not a request"
	}
	lines := strings.Split(head, "\n")
	old, err := strconv.ParseUint(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if err != nil {
		return 400, "text/plain", "no old size"
	}
	cp, _, n, err := log.ParseCheckpoint([]byte(checkpoint), origin, w.logKey)
	if err != nil {
		return 403, "text/plain", err.Error()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if old != w.size {
		return 409, sizeMediaType, fmt.Sprintln(w.size)
	}
	root := sumdb.Hash(cp.Hash)
	if cp.Size == w.size && root != w.root {
		return 409, "text/plain", "another root"
	}
	var proof sumdb.TreeProof
	for _, line := range lines[1:] {
		h, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(h) != 32 {
			return 400, "text/plain", "not a hash"
		}
		proof = append(proof, sumdb.Hash(h))
	}
	if old > 0 && old < cp.Size {
		if err := sumdb.CheckTree(proof, int64(cp.Size), root, int64(old), w.root); err != nil {
			return 422, "text/plain", err.Error()
		}
	}
	signed, err := note.Sign(&note.Note{Text: n.Text}, w.signer)
	if err != nil {
		return 500, "text/plain", err.Error()
	}
	w.size, w.root = cp.Size, root
	_, line, _ := strings.Cut(string(signed), "\n\n")
	return 200, "text/plain", line
}

// policyOf asks for k of the witnesses.
func policyOf(k int, witnesses ...*fakeWitness) func(*Options) {
	var b strings.Builder
	fmt.Fprintf(&b, "group needed %d", k)
	text := ""
	for i, w := range witnesses {
		text += fmt.Sprintf("witness w%d %s %s\n", i, w.vkey, w.server.URL)
		fmt.Fprintf(&b, " w%d", i)
	}
	return func(o *Options) { o.Witnesses = text + b.String() + "\nquorum needed\n" }
}

// sizeOf checks a checkpoint under the log's and the witnesses' keys, asks that
// at least k of them signed, and gives its size.
func sizeOf(t *testing.T, l *Log, k int, witnesses ...*fakeWitness) uint64 {
	t.Helper()
	raw, err := l.Checkpoint(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	var keys []note.Verifier
	for _, w := range witnesses {
		v, err := fnote.NewVerifierForCosignatureV1(w.vkey)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, v)
	}
	cp, _, n, err := log.ParseCheckpoint(raw, origin, l.verifier, keys...)
	if err != nil {
		t.Fatal(err)
	}
	if len(n.Sigs) < 1+k {
		t.Fatalf("%d signatures, want the log's and %d more:\n%s", len(n.Sigs), k, raw)
	}
	return cp.Size
}

func TestCheckpointWithoutPolicyIsSignedByTheLogAlone(t *testing.T) {
	l := mustOpen(t, t.TempDir(), func(o *Options) { o.Witnesses = "quorum none\n" })
	if got := sizeOf(t, l, 0); got != 0 {
		t.Fatalf("an empty log's checkpoint covers %d", got)
	}
	fill(t, l, 0, 10)
	if err := l.Await(soon(t), 10); err != nil {
		t.Fatal(err)
	}
	if got := sizeOf(t, l, 0); got != 10 {
		t.Fatalf("the checkpoint covers %d", got)
	}
	if s := l.State(); s.Size != 10 || s.Witnessed != 10 || !s.WaitingSince.IsZero() || s.Trouble != "" {
		t.Fatalf("%+v", s)
	}
}

func TestServedCheckpointIsCosigned(t *testing.T) {
	a, b := newFakeWitness(t, "witness.example/a"), newFakeWitness(t, "witness.example/b")
	l := mustOpen(t, t.TempDir(), policyOf(2, a, b))
	for n := 10; n <= 30; n += 10 {
		fill(t, l, n-10, n)
		if err := l.Await(soon(t), uint64(n)); err != nil {
			t.Fatal(err)
		}
		if got := sizeOf(t, l, 2, a, b); got != uint64(n) {
			t.Fatalf("the checkpoint covers %d, not %d", got, n)
		}
	}
}

func TestWitnessAwayHoldsBackTheCheckpointAndNothingElse(t *testing.T) {
	w := newFakeWitness(t, "witness.example/a")
	l := mustOpen(t, t.TempDir(), policyOf(1, w))
	fill(t, l, 0, 10)
	if err := l.Await(soon(t), 10); err != nil {
		t.Fatal(err)
	}
	w.set(func() { w.away = true })
	drain(w.asked)
	fill(t, l, 10, 300)
	<-w.asked // it was asked and did not answer
	<-w.asked // and asked again
	fill(t, l, 300, 310)
	s := l.State()
	if s.Size != 310 || s.Witnessed != 10 || s.WaitingSince.IsZero() || s.Trouble == "" || s.RolledBack != nil {
		t.Fatalf("%+v", s)
	}
	if len(s.Witnesses) != 1 || s.Witnesses[0].Trouble == "" || s.Witnesses[0].Size != 10 {
		t.Fatalf("%+v", s.Witnesses)
	}
	if got := sizeOf(t, l, 1, w); got != 10 {
		t.Fatalf("an unwitnessed checkpoint of %d leaves is served", got)
	}
	w.set(func() { w.away = false })
	if err := l.Await(soon(t), 310); err != nil {
		t.Fatal(err)
	}
	if s := l.State(); s.Witnessed != 310 || !s.WaitingSince.IsZero() {
		t.Fatalf("%+v", s)
	}
	sizeOf(t, l, 1, w)
}

func drain(c chan struct{}) {
	select {
	case <-c:
	default:
	}
}

func TestWitnessAwayFromTheFirstDay(t *testing.T) {
	w := newFakeWitness(t, "witness.example/a")
	w.set(func() { w.away = true })
	dir := t.TempDir()
	l := mustOpen(t, dir, policyOf(1, w))
	fill(t, l, 0, 5)
	if s := l.State(); s.Size != 5 || s.Witnessed != 0 {
		t.Fatalf("%+v", s)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// It opens again too, and still says since when.
	l = mustOpen(t, dir, policyOf(1, w))
	if s := l.State(); s.Size != 5 || s.Witnessed != 0 || s.WaitingSince.IsZero() {
		t.Fatalf("%+v", s)
	}
	w.set(func() { w.away = false })
	if err := l.Await(soon(t), 5); err != nil {
		t.Fatal(err)
	}
}

func TestHungWitnessDelaysNeitherQuorumNorClose(t *testing.T) {
	good, hung := newFakeWitness(t, "witness.example/a"), newFakeWitness(t, "witness.example/b")
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	hung.set(func() { hung.hang = forever })
	l := mustOpen(t, t.TempDir(), policyOf(1, good, hung))
	for n := 1; n <= 3; n++ {
		fill(t, l, n-1, n)
		if err := l.Await(soon(t), uint64(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCheckpointOfAnEarlierPolicyIsNotPassedOffAsWitnessed(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, nil)
	fill(t, l, 0, 5)
	if err := l.Await(soon(t), 5); err != nil {
		t.Fatal(err)
	}
	l.Close()
	w := newFakeWitness(t, "witness.example/a")
	w.set(func() { w.away = true })
	l = mustOpen(t, dir, policyOf(1, w))
	if _, err := l.Checkpoint(soon(t)); !errors.Is(err, vocab.ReceiptWaiting) {
		t.Fatalf("got %v", err)
	}
	w.set(func() { w.away = false })
	if err := l.Await(soon(t), 5); err != nil {
		t.Fatal(err)
	}
	sizeOf(t, l, 1, w)
}

func TestLogFindsItsWitnessAgainAfterARestart(t *testing.T) {
	w := newFakeWitness(t, "witness.example/a")
	dir := t.TempDir()
	for n := 100; n <= 300; n += 100 {
		l := mustOpen(t, dir, policyOf(1, w))
		fill(t, l, n-100, n)
		if err := l.Await(soon(t), uint64(n)); err != nil {
			t.Fatal(err)
		}
		l.Close()
	}
}

func TestRolledBackLogIsTold(t *testing.T) {
	w := newFakeWitness(t, "witness.example/a")
	old, now := t.TempDir(), t.TempDir()
	l := mustOpen(t, now, policyOf(1, w))
	fill(t, l, 0, 50)
	if err := l.Await(soon(t), 50); err != nil {
		t.Fatal(err)
	}
	l.Close()
	// The same log at 20 leaves, copied back, is what the witness must catch.
	l = mustOpen(t, old, nil)
	fill(t, l, 0, 20)
	l.Close()
	l = mustOpen(t, old, policyOf(1, w))
	r := awaitAlarm(t, l, w)
	if r.TheirSize != 50 || r.OurSize != 20 || r.Forked {
		t.Fatalf("%+v", r)
	}
	if _, err := l.Checkpoint(soon(t)); err == nil {
		t.Fatal("a rolled-back log serves a checkpoint")
	}
}

// Copied back with its own checkpoint, the folder has nothing to publish; that
// there was more must be found before it grows.
func TestALogCopiedBackWholeIsToldBeforeItGrows(t *testing.T) {
	w := newFakeWitness(t, "witness.example/a")
	now, yesterday := t.TempDir(), filepath.Join(t.TempDir(), "log")
	l := mustOpen(t, now, policyOf(1, w))
	fill(t, l, 0, 20)
	if err := l.Await(soon(t), 20); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := os.CopyFS(yesterday, os.DirFS(now)); err != nil {
		t.Fatal(err)
	}
	l = mustOpen(t, now, policyOf(1, w))
	fill(t, l, 20, 50)
	if err := l.Await(soon(t), 50); err != nil {
		t.Fatal(err)
	}
	l.Close()
	l = mustOpen(t, yesterday, policyOf(1, w))
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for ctx := soon(t); l.State().RolledBack == nil; <-tick.C { // it is asked once, and answers when it likes
		if ctx.Err() != nil {
			t.Fatalf("no alarm: %+v", l.State())
		}
	}
	if r := l.State().RolledBack; r.TheirSize != 50 || r.OurSize != 20 || r.Forked {
		t.Fatalf("%+v", r)
	}
}

func TestForkedLogIsTold(t *testing.T) {
	w := newFakeWitness(t, "witness.example/a")
	l := mustOpen(t, t.TempDir(), policyOf(1, w))
	fill(t, l, 0, 50)
	if err := l.Await(soon(t), 50); err != nil {
		t.Fatal(err)
	}
	l.Close()
	for _, size := range []int{50, 60} { // another tree of the same size, and a larger one
		l = mustOpen(t, t.TempDir(), policyOf(1, w))
		fill(t, l, 0, 49)
		if _, err := l.Append(soon(t), [][]byte{[]byte("rewritten")}); err != nil {
			t.Fatal(err)
		}
		fill(t, l, 50, size)
		for r := awaitAlarm(t, l, w); !r.Forked; r = awaitAlarm(t, l, w) {
			<-w.asked
		}
		l.Close()
	}
}

// awaitAlarm returns the first alarm that a witness raises.
func awaitAlarm(t *testing.T, l *Log, w *fakeWitness) RolledBack {
	t.Helper()
	for ctx := soon(t); ctx.Err() == nil; {
		if r := l.State().RolledBack; r != nil {
			return *r
		}
		select {
		case <-w.asked:
		case <-ctx.Done():
		}
	}
	t.Fatalf("no alarm: %+v", l.State())
	return RolledBack{}
}

func TestAnswerThatIsNoCosignatureIsNotTaken(t *testing.T) {
	w := newFakeWitness(t, "witness.example/a")
	other := newFakeWitness(t, "witness.example/a") // same name, another key
	l := mustOpen(t, t.TempDir(), policyOf(1, w))
	fill(t, l, 0, 1)
	if err := l.Await(soon(t), 1); err != nil {
		t.Fatal(err)
	}
	signed, err := l.sign(1)
	if err != nil {
		t.Fatal(err)
	}
	both, err := note.Sign(&note.Note{Text: string(signed[:strings.Index(string(signed), "\n\n")+1])}, other.signer)
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(both), "\n\n")
	for _, answer := range []string{"", "\n", "ok", line, strings.Repeat("— a b\n", 200)} {
		if got, err := l.witnesses[0].verify(signed, []byte(answer)); err == nil {
			t.Errorf("answer %q was taken as %q", answer, got)
		}
	}
}

func FuzzWitnessAnswer(f *testing.F) {
	f.Add(200, "text/plain", "— witness.example/a AAAA\n")
	f.Add(409, sizeMediaType, "18446744073709551615\n")
	f.Add(409, "", "-1")
	f.Fuzz(func(t *testing.T, status int, kind, body string) {
		skey, vkey, err := note.GenerateKey(nil, "witness.example/a")
		if err != nil {
			t.Fatal(err)
		}
		v, err := note.NewVerifier(vkey)
		if err != nil {
			t.Fatal(err)
		}
		s, err := note.NewSigner(skey)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := note.Sign(&note.Note{Text: "x\n1\ny\n"}, s)
		if err != nil {
			t.Fatal(err)
		}
		w := &witness{name: "a", verifier: v}
		if line, err := w.verify(signed, []byte(body)); err == nil && strings.Count(string(line), "\n") != 1 {
			t.Fatalf("%q", line)
		}
		if err := w.conflict(3, 7, status, kind, []byte(body)); err == nil && w.known() > 7 {
			t.Fatalf("would ask again with %d of 7", w.known())
		}
	})
}

package witness

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	"go.uber.org/goleak"
	"golang.org/x/mod/sumdb/note"

	"fontis/internal/engine/clock"
	"fontis/internal/trust/ledger/checker/logtest"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

const origin = "node.example/log/1"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, dir string) *Witness {
	t.Helper()
	w, err := Open(Options{
		Dir: dir, Name: "audit.example/w", Key: logtest.Seed(9), CallsPerSecond: 1e6,
		Clock: clock.NewFake(time.Unix(1_790_000_000, 0)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func body(old int, path []proof.Hash, signed []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "old %d\n", old)
	for _, h := range path {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	return b.String() + "\n" + string(signed)
}

func post(w *Witness, body string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, httptest.NewRequest("POST", "/add-checkpoint", strings.NewReader(body)))
	return rec
}

func get(w *Witness, path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
	return rec
}

// grown is a pinned log of 40 leaves of which the witness holds the first 20.
func grown(t *testing.T, dir string) (*Witness, *logtest.Log) {
	t.Helper()
	w, log := open(t, dir), logtest.New(t, origin, logtest.Leaves(40)...)
	if err := w.Pin(log.VKey(), ""); err != nil {
		t.Fatal(err)
	}
	if rec := post(w, body(0, nil, log.Sign(t, 20))); rec.Code != 200 {
		t.Fatal(rec.Code, rec.Body)
	}
	return w, log
}

func TestWitnessAnswersAsItsProtocolSays(t *testing.T) {
	w, log := grown(t, t.TempDir())
	other := logtest.New(t, origin, append(logtest.Leaves(7), logtest.Leaf(7, "red"))...)
	other.Add(t, logtest.Leaves(40)[8:]...)
	stranger := logtest.New(t, "stranger.example/1", logtest.Leaves(3)...)
	forged := logtest.New(t, origin, logtest.Leaves(40)...)
	forged.Key = logtest.Seed(7)
	path := log.Consistency(t, 20, 40)
	bent := append([]proof.Hash{}, path...)
	bent[0][0] ^= 1

	for _, c := range []struct {
		name, body string
		want       int
		size       string
	}{
		{"no request", "hello", 400, ""},
		{"no old line", "\n\n" + string(log.Sign(t, 20)), 400, ""},
		{"a leading zero", strings.Replace(body(20, path, log.Sign(t, 40)), "old 20", "old 020", 1), 400, ""},
		{"64 proof lines", body(20, make([]proof.Hash, 64), log.Sign(t, 40)), 400, ""},
		{"a cut hash", strings.Replace(body(20, path, log.Sign(t, 40)), "=\n", "\n", 1), 400, ""},
		{"old above new", body(30, nil, log.Sign(t, 25)), 400, ""},
		{"unknown origin", body(0, nil, stranger.Sign(t, 3)), 404, ""},
		{"another key", body(20, path, forged.Sign(t, 40)), 403, ""},
		{"old too small", body(0, nil, log.Sign(t, 40)), 409, "20\n"},
		{"old too large", body(30, nil, log.Sign(t, 40)), 409, "20\n"},
		{"rollback", body(0, nil, log.Sign(t, 10)), 409, "20\n"},
		{"equal size, other root", body(20, nil, other.Sign(t, 20)), 409, "20\n"},
		{"rewritten", body(20, other.Consistency(t, 20, 40), other.Sign(t, 40)), 422, ""},
		{"bent proof", body(20, bent, log.Sign(t, 40)), 422, ""},
		{"no proof", body(20, nil, log.Sign(t, 40)), 422, ""},
		{"proof for an equal size", body(20, path, log.Sign(t, 20)), 422, ""},
		{"too long", body(20, path, log.Sign(t, 40)) + strings.Repeat("x", maxBody), 413, ""},
		{"the same again", body(20, nil, log.Sign(t, 20)), 200, ""},
		{"grown", body(20, path, log.Sign(t, 40)), 200, ""},
		{"grown again", body(20, path, log.Sign(t, 40)), 409, "40\n"},
	} {
		rec := post(w, c.body)
		if rec.Code != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, rec.Code, rec.Body, c.want)
		}
		if c.size != "" && (rec.Body.String() != c.size || rec.Header().Get("Content-Type") != "text/x.tlog.size") {
			t.Errorf("%s: tells %q as %s, want %q", c.name, rec.Body, rec.Header().Get("Content-Type"), c.size)
		}
	}
	if got := get(w, "/logs/"+ID(origin)+"/fork"); got.Code != 200 || !bytes.Equal(got.Body.Bytes(), other.Sign(t, 20)) {
		t.Errorf("the signed fork was not kept as evidence: %d", got.Code)
	}
}

func TestCosignatureVerifiesElsewhereAndIsServed(t *testing.T) {
	w, log := grown(t, t.TempDir())
	signed := log.Sign(t, 40)
	rec := post(w, body(20, log.Consistency(t, 20, 40), signed))
	v, err := fnote.NewVerifierForCosignatureV1(w.VKey())
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(append(signed, rec.Body.Bytes()...), note.VerifierList(v))
	if err != nil || len(n.Sigs) != 1 {
		t.Fatalf("%q: %v", rec.Body, err)
	}
	if at, err := fnote.CoSigV1Timestamp(n.Sigs[0]); err != nil || at.Unix() != 1_790_000_000 {
		t.Fatal(at, err)
	}
	var known []Known
	if err := json.Unmarshal(get(w, "/logs").Body.Bytes(), &known); err != nil || len(known) != 1 || known[0].Size != 40 || known[0].Origin != origin {
		t.Fatal(known, err)
	}
	policy, err := proof.PolicyFor(log.VKey(), 1, proof.PolicyWitness{Name: "w", VKey: w.VKey()})
	if err != nil {
		t.Fatal(err)
	}
	seen, err := policy.OpenCheckpoint(get(w, known[0].Checkpoint).Body.Bytes())
	if err != nil || !seen.Enough || seen.Size != 40 {
		t.Fatal(seen, err)
	}
	if rec := get(w, "/logs/"+ID("unknown")+"/checkpoint"); rec.Code != 404 {
		t.Fatal(rec.Code)
	}
}

func TestWitnessRemembersAcrossRestart(t *testing.T) {
	dir := t.TempDir()
	w, log := grown(t, dir)
	w.Close()
	again := open(t, dir)
	if rec := post(again, body(0, nil, log.Sign(t, 40))); rec.Code != 409 || rec.Body.String() != "20\n" {
		t.Fatal(rec.Code, rec.Body)
	}
	if rec := post(again, body(20, log.Consistency(t, 20, 40), log.Sign(t, 40))); rec.Code != 200 {
		t.Fatal(rec.Code, rec.Body)
	}
}

func TestNoCosignatureWithoutMemoryOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "w")
	w, log := grown(t, dir)
	if err := os.Rename(dir, dir+".gone"); err != nil {
		t.Fatal(err)
	}
	rec := post(w, body(20, log.Consistency(t, 20, 40), log.Sign(t, 40)))
	if rec.Code != 500 || strings.Contains(rec.Body.String(), "—") {
		t.Fatalf("cosigned without a disk: %d %s", rec.Code, rec.Body)
	}
	if err := os.Rename(dir+".gone", dir); err != nil {
		t.Fatal(err)
	}
	if rec := post(w, body(20, log.Consistency(t, 20, 40), log.Sign(t, 40))); rec.Code != 200 {
		t.Fatalf("after the disk came back: %d %s", rec.Code, rec.Body)
	}
}

// The content is synced, then the folder that names it; a cosignature that left
// after only one of them could be forgotten with the power.
func TestNoCosignatureBeforeBothSyncs(t *testing.T) {
	w, log := grown(t, t.TempDir())
	l := w.list()[0]
	request := body(20, log.Consistency(t, 20, 40), log.Sign(t, 40))
	for failing := 1; failing <= 2; failing++ {
		calls := 0
		l.disk.sync = func(f *os.File) error {
			if calls++; calls == failing {
				return errors.New("no power")
			}
			return f.Sync()
		}
		if rec := post(w, request); rec.Code != 500 || strings.Contains(rec.Body.String(), "—") || calls != failing {
			t.Fatalf("sync %d failed after %d calls, and the answer was %d %s", failing, calls, rec.Code, rec.Body)
		}
	}
	var synced []string
	l.disk.sync = func(f *os.File) error {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		synced = append(synced, fmt.Sprint(info.IsDir()))
		return f.Sync()
	}
	if rec := post(w, request); rec.Code != 200 || strings.Join(synced, " ") != "false true" {
		t.Fatalf("%d after syncs of folders %v", rec.Code, synced)
	}
}

func TestEmptiedMemoryStopsTheStart(t *testing.T) {
	for name, spoil := range map[string]func(dir string) error{
		"a bent checkpoint": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, ID(origin)+checkpointSuffix), []byte("x"), 0o600)
		},
		"a checkpoint without its pin": func(dir string) error { return os.Remove(filepath.Join(dir, ID(origin)+pinSuffix)) },
		"a foreign checkpoint": func(dir string) error {
			log := logtest.New(t, origin, logtest.Leaves(5)...)
			return os.WriteFile(filepath.Join(dir, ID(origin)+checkpointSuffix), log.Sign(t, 5), 0o600)
		},
	} {
		dir := t.TempDir()
		w, _ := grown(t, dir)
		w.Close()
		if err := spoil(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(w.opts); !errors.Is(err, vocab.LedgerCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Two requests with one old size: the spec's race would let the smaller one roll
// the memory back after the larger was answered.
func TestConcurrentCheckpointsAreServedOneAfterTheOther(t *testing.T) {
	w, log := open(t, t.TempDir()), logtest.New(t, origin, logtest.Leaves(200)...)
	if err := w.Pin(log.VKey(), ""); err != nil {
		t.Fatal(err)
	}
	held := 0
	for round := range 24 {
		sizes := []int{held + 1, held + 2, held + 3, held + 4}
		codes := make([]int, len(sizes))
		bodies := make([]string, len(sizes))
		for i, size := range sizes {
			bodies[i] = body(held, log.Consistency(t, held, size), log.Sign(t, size))
		}
		start := make(chan struct{})
		var group sync.WaitGroup
		for i := range sizes {
			group.Go(func() { <-start; codes[i] = post(w, bodies[i]).Code })
		}
		close(start)
		group.Wait()
		won := 0
		for i, code := range codes {
			if code == 200 {
				won++
				held = sizes[i]
			} else if code != 409 {
				t.Fatalf("round %d: %d", round, code)
			}
		}
		if won != 1 {
			t.Fatalf("round %d: %d of %d requests with one old size were cosigned", round, won, len(sizes))
		}
		if size, _ := w.list()[0].latest(); size != uint64(held) {
			t.Fatalf("round %d: cosigned %d, remembers %d", round, held, size)
		}
	}
}

func TestSuccessorOriginIsANewLogOfTheSameKeyOnly(t *testing.T) {
	w, log := grown(t, t.TempDir())
	next := logtest.New(t, "node.example/log/2", logtest.Leaves(3)...)
	if rec := post(w, body(0, nil, next.Sign(t, 3))); rec.Code != 200 {
		t.Fatal(rec.Code, rec.Body)
	}
	thief := logtest.New(t, "node.example/log/3", logtest.Leaves(3)...)
	thief.Key = logtest.Seed(7)
	if rec := post(w, body(0, nil, thief.Sign(t, 3))); rec.Code != 403 {
		t.Fatal(rec.Code, rec.Body)
	}
	if len(w.list()) != 2 {
		t.Fatalf("%d logs after a forged successor", len(w.list()))
	}
	if err := w.Pin(thief.VKey(), ""); !errors.Is(err, vocab.LogKeyChanged) {
		t.Fatal(err)
	}
	changed := *log
	changed.Key = logtest.Seed(8)
	if err := w.Pin(changed.VKey(), ""); !errors.Is(err, vocab.LogKeyChanged) {
		t.Fatal(err)
	}
	if rec := get(w, "/logs"); !strings.Contains(rec.Body.String(), "refused") {
		t.Fatalf("the refused key is not told: %s", rec.Body)
	}
}

func TestSecondProcessOnTheFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	_, err := Open(Options{Dir: dir, Name: "audit.example/w", Key: logtest.Seed(9)})
	if !errors.Is(err, vocab.LeaseHeld) {
		t.Fatal(err)
	}
}

func TestCallerBeyondItsPaceIsRefused(t *testing.T) {
	w, err := Open(Options{Dir: t.TempDir(), Name: "w", Key: logtest.Seed(9), CallsPerSecond: 1, Clock: clock.NewFake(time.Unix(0, 0))})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	codes := map[int]int{}
	for range 10 {
		codes[get(w, "/logs").Code]++
	}
	if codes[200] != 3 || codes[429] != 7 {
		t.Fatal(codes)
	}
}

func TestServeFollowsALogThatComesUpLater(t *testing.T) {
	log := logtest.New(t, origin, logtest.Leaves(3)...)
	asked := make(chan int, 8)
	calls := 0
	node := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		calls++
		asked <- calls
		if calls == 1 {
			http.Error(rw, "starting", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(rw, `{"origin":%q,"vkey":%q,"successors":[]}`, log.Origin, log.VKey())
	}))
	defer node.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	opts := Options{Dir: t.TempDir(), Name: "w", Key: logtest.Seed(9), Logs: []string{node.URL}, Listener: listener, Retry: time.Millisecond}
	go func() { done <- Serve(ctx, opts) }()
	<-asked
	<-asked
	base := "http://" + listener.Addr().String()
	client := &http.Client{Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	for code := 404; code == 404; { // the pin follows the second answer at once
		resp, err := client.Post(base+"/add-checkpoint", "text/plain", strings.NewReader(body(0, nil, log.Sign(t, 3))))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if code = resp.StatusCode; code != 404 && code != 200 {
			t.Fatal(code)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w, err := Open(Options{Dir: opts.Dir, Name: "w", Key: logtest.Seed(9)})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if size, _ := w.list()[0].latest(); size != 3 {
		t.Fatal(size)
	}
}

func FuzzAddCheckpoint(f *testing.F) {
	log := logtest.New(f, origin, logtest.Leaves(9)...)
	f.Add(body(4, log.Consistency(f, 4, 9), log.Sign(f, 9)))
	f.Add("old 0\n\n")
	f.Fuzz(func(t *testing.T, in string) {
		r, ok := parseRequest([]byte(in))
		if !ok {
			return
		}
		l := newWatched(disk{}, r.head.Origin, log.VKey(), "")
		if v := l.judge(r); v.status == 200 && r.old != 0 {
			t.Fatal("an empty memory let a request of another old size pass")
		}
	})
}

package api_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/edge/api"
	"fontis/internal/edge/call"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

const key = api.HeaderIdempotency

func (w *world) asked() int {
	w.t.Helper()
	list, err := w.Ledger.OfMember(w.t.Context(), ledger.Viewer{Member: apptest.Tax}, ledger.Filter{AsCaller: true, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

func TestSameKeyAndBodyGiveTheFirstAnswerAgain(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	ask := asJSON(t, w.compare(3, w.born(3)))
	first := w.send("POST", "/v1/compare", "tax", ask, key, "k1")
	before := w.asked()
	again := w.send("POST", "/v1/compare", "tax", ask, key, "k1")
	if first.status != 200 || again.status != 200 || first.body != again.body || again.header["Idempotent-Replayed"] == nil {
		t.Errorf("first %d %s\nagain %d %s", first.status, first.body, again.status, again.body)
	}
	if first.header[call.HeaderTrace][0] != again.header[call.HeaderTrace][0] {
		t.Error("the replayed answer has another trace than the access it tells of")
	}
	if after := w.asked(); after != before {
		t.Errorf("a replay made %d entries", after-before)
	}
	altered := w.send("POST", "/v1/compare", "tax", asJSON(t, w.compare(3, "1999-01-01")), key, "k1")
	if altered.status != 409 || !strings.Contains(altered.body, string(vocab.KeyReplayed)) {
		t.Errorf("altered body: %d %s", altered.status, altered.body)
	}
	if verb := w.send("POST", "/v1/datasets", "tax", `{"name":{"en":"x"},"provider":"x"}`, key, "k1"); verb.header["Idempotent-Replayed"] != nil || verb.status != 200 {
		t.Errorf("the key of another verb: %d %s", verb.status, verb.body)
	}
	if other := w.send("POST", "/v1/compare", "other", ask, key, "k1"); other.status != 404 {
		t.Errorf("another member's key: %d %s", other.status, other.body)
	}
	for _, bad := range []string{strings.Repeat("k", 201), "a b", "é"} {
		if got := w.send("POST", "/v1/compare", "tax", ask, key, bad); got.status != 400 {
			t.Errorf("key %.10q: %d", bad, got.status)
		}
	}
}

func TestFailedCallMayBeTriedAgainUnderItsKey(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	in := w.compare(3, w.born(3))
	in.Purpose = "curiosity"
	if got := w.send("POST", "/v1/compare", "tax", asJSON(t, in), key, "k"); got.status != 403 {
		t.Fatal(got.body)
	}
	in.Purpose = "pension"
	if got := w.send("POST", "/v1/compare", "tax", asJSON(t, in), key, "k"); got.status != 200 {
		t.Errorf("after a failure: %d %s", got.status, got.body)
	}
}

func TestTwoAtOnceAskOnce(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	ask := asJSON(t, w.compare(3, w.born(3)))
	before := w.asked()
	began, let := make(chan struct{}, 10), make(chan struct{})
	w.api.Hold(began, let)
	var all sync.WaitGroup
	replies := make([]reply, 8)
	for i := range replies {
		all.Go(func() { replies[i] = w.send("POST", "/v1/compare", "tax", ask, key, "k") })
	}
	<-began
	close(let)
	all.Wait()
	if n := len(began); n != 0 {
		t.Errorf("the verb ran %d times more", n)
	}
	for _, r := range replies {
		if r.status != 200 || r.body != replies[0].body {
			t.Errorf("answered %d %s", r.status, r.body)
		}
	}
	if n := w.asked() - before; n != 1 {
		t.Errorf("%d accesses", n)
	}
}

func TestPanickedWriteIsNeverRunTwice(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	ask := asJSON(t, w.compare(3, w.born(3)))
	w.api.Break("x")
	if got := w.send("POST", "/v1/compare", "tax", ask, key, "k"); got.status != 500 {
		t.Fatal(got.body)
	}
	w.api.Fake(identity.Actor{Member: apptest.Tax, Officer: "li@tax"}, answered())
	if got := w.send("POST", "/v1/compare", "tax", ask, key, "k"); got.status != http.StatusConflict || !strings.Contains(got.body, string(vocab.CallUnfinished)) {
		t.Errorf("after a panic: %d %s", got.status, got.body)
	}
}

// What is shown once (codes, tokens, values of a read) is not kept for a day.
func TestSecretsAreNotKept(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	body := `{"login":"zhao","name":"Zhao","roles":["user"]}`
	first := w.send("POST", "/v1/officers", "tax", body, key, "k")
	if first.status != 200 || !strings.Contains(first.body, `"code"`) {
		t.Fatal(first.body)
	}
	again := w.send("POST", "/v1/officers", "tax", body, key, "k")
	if again.status != 409 || !strings.Contains(again.body, first.header[call.HeaderTrace][0]) || strings.Contains(again.body, "zhao") {
		t.Errorf("again: %d %s", again.status, again.body)
	}
	g := apptest.Grant(vocab.Read)
	g.Carriages = []vocab.Carriage{vocab.Single}
	w.Put(t, g)
	number, _ := apptest.Citizen(3)
	read := `{"grant":"` + string(g.ID) + `","subject":{"kind":"citizen","value":"` + number + `"},"items":["civil-residents/born"],"purpose":"pension","case":"P-1"}`
	if got := w.send("POST", "/v1/read", "tax", read, key, "r"); got.status != 200 || !strings.Contains(got.body, w.born(3)) {
		t.Fatal(got.body)
	}
	if got := w.send("POST", "/v1/read", "tax", read, key, "r"); got.status != 409 || strings.Contains(got.body, w.born(3)) {
		t.Errorf("a read again: %d %s", got.status, got.body)
	}
}

// The kept answers hold neither key nor body nor answer in clear.
func TestKeptAnswersShowNothing(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	if w.Config.Database != "" {
		t.Skip("the test greps SQLite's files")
	}
	in := w.compare(3, w.born(3))
	got := w.send("POST", "/v1/compare", "tax", asJSON(t, in), key, "visible-key-31")
	if got.status != 200 {
		t.Fatal(got.body)
	}
	files, err := filepath.Glob(filepath.Join(w.Config.Dir, "data", "fontis.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, never := range []string{"visible-key-31", in.Subject.Value, `"answer":"match"`} {
			if bytes.Contains(b, []byte(never)) {
				t.Errorf("%s holds %q", filepath.Base(f), never)
			}
		}
	}
}

package channel_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fontis/internal/edge/jobs/channel"
	"fontis/internal/edge/text"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
	"fontis/web"
)

var (
	li       = identity.Actor{Member: "civil", Officer: "li@civil", Roles: []vocab.Role{vocab.Steward}}
	clerk    = identity.Actor{Member: "civil", Officer: "xu@civil", Roles: []vocab.Role{vocab.DataUser}}
	stranger = identity.Actor{Member: "tax", Officer: "zhao@tax", Roles: []vocab.Role{vocab.Steward}}
	operator = identity.Actor{Member: "bureau", Officer: "op@bureau", Roles: []vocab.Role{vocab.Operator}, OfNode: true}
)

// silent takes acts and keeps their names and fields.
type silent struct {
	mu   sync.Mutex // guards acts
	acts []string
}

func (s *silent) Act(_ context.Context, _ *db.Tx, act string, fields map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acts = append(s.acts, act+fmt.Sprint(fields))
	return nil
}

type world struct {
	*channel.Service
	t     *testing.T
	db    *db.DB
	clock *clock.Fake
	parts channel.Parts
	acts  *silent
	n     int
}

func newWorld(t *testing.T, mail *channel.Mail) *world {
	t.Helper()
	texts, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: dbtest.Open(t, "channel"), clock: clock.NewFake(time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)), acts: &silent{}}
	w.parts = channel.Parts{
		DB: w.db, Clock: w.clock, Ledger: w.acts, Text: texts, URL: "https://node.test", Node: "node.test", Mail: mail,
		Signer: key, KeyID: "notice.1", Plain: true,
	}
	w.open()
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	w.Service, err = channel.Open(w.parts)
	w.must(err)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) round() time.Time {
	w.t.Helper()
	next, err := w.Round(w.t.Context())
	w.must(err)
	return next
}

// told is a notice that stands in an inbox, as the outbox tells it.
func (w *world) told(m vocab.MemberID, o vocab.OfficerID, kind string) {
	w.t.Helper()
	w.n++
	payload, err := json.Marshal(fact.Notice{ID: fmt.Sprintf("n-%d", w.n), Member: m, Officer: o, Kind: kind})
	w.must(err)
	w.must(w.Hear(w.t.Context(), outbox.Fact{N: int64(w.n), Topic: fact.TopicNotice, Payload: payload}))
}

var codeForm = regexp.MustCompile(`k-[a-z0-9]{16}`)

// confirmed is a channel of e-mail that came to life by its code.
func (w *world) confirmed(s *server, a identity.Actor, n channel.New) channel.Channel {
	w.t.Helper()
	before := len(s.all())
	c, err := w.Add(w.t.Context(), a, n)
	w.must(err)
	w.round()
	all := s.all()
	if len(all) != before+1 {
		w.t.Fatalf("%d messages came", len(all)-before)
	}
	c, err = w.Confirm(w.t.Context(), a, c.ID, codeForm.FindString(all[before].body))
	w.must(err)
	return c
}

func wants(t *testing.T, err error, code vocab.Code) {
	t.Helper()
	if vocab.CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestANoticeGoesByMailInTheReceiversLanguageOverTLS(t *testing.T) {
	s := newServer(t, true)
	w := newWorld(t, &channel.Mail{Address: s.address(), From: "node@node.test", Security: channel.Required, Roots: s.roots, User: "node", Password: "secret"})
	w.confirmed(s, li, channel.New{Kind: channel.Email, Address: "Li <li@civil.test>", Lang: text.Chinese})
	w.told("civil", "", "request-submitted")
	w.told("civil", "xu@civil", "guess-guard") // another officer's
	w.told("tax", "", "guess-guard")           // another member's
	w.told("civil", "", "request-submitted")
	w.round()
	all := s.all()
	if len(all) != 3 {
		t.Fatalf("%d messages: %+v", len(all), all)
	}
	m := all[1]
	if !m.protected || m.signedIn != "\x00node\x00secret" || m.to != "<li@civil.test>" {
		t.Errorf("how it went: %+v", m)
	}
	words, err := w.parts.Text.Get(text.Chinese, "page.word.notice.request-submitted")
	w.must(err)
	if !strings.Contains(m.subject, words) || !strings.Contains(m.body, "https://node.test/notices") {
		t.Errorf("what it says: %s\n%s", m.subject, m.body)
	}
	if all[1].id == all[2].id || all[1].id == "" {
		t.Errorf("ids: %s, %s", all[1].id, all[2].id)
	}
	if got := fmt.Sprint(w.acts.acts); strings.Contains(got, "li@civil.test") {
		t.Errorf("the address stands in the ledger: %s", got)
	}
}

// A server that could be listened to gets neither password nor, where the
// operator requires it, a message.
func TestAServerWithoutTLSIsNotTrusted(t *testing.T) {
	s := newServer(t, false)
	for name, m := range map[string]*channel.Mail{
		"required": {Address: s.address(), From: "node@node.test", Security: channel.Required},
		"password": {Address: s.address(), From: "node@node.test", Security: channel.Offered, User: "node", Password: "secret"},
	} {
		w := newWorld(t, m)
		_, err := w.Add(t.Context(), li, channel.New{Kind: channel.Email, Address: "li@civil.test"})
		w.must(err)
		w.round()
		if n := len(s.all()); n != 0 {
			t.Errorf("%s: %d messages went over a connection without TLS", name, n)
		}
	}
	w := newWorld(t, &channel.Mail{Address: s.address(), From: "node@node.test", Security: channel.Offered})
	w.confirmed(s, li, channel.New{Kind: channel.Email, Address: "li@civil.test"})
	other := newServer(t, true) // its certificate is none that the node knows
	strange := newWorld(t, &channel.Mail{Address: other.address(), From: "node@node.test", Security: channel.Offered})
	_, err := strange.Add(t.Context(), li, channel.New{Kind: channel.Email, Address: "li@civil.test"})
	strange.must(err)
	strange.round()
	if n := len(other.all()); n != 0 {
		t.Errorf("%d messages went to a server with a strange certificate", n)
	}
}

func TestWhatFailsIsTriedAgainAcrossRestartsAndThenDead(t *testing.T) {
	s := newServer(t, true)
	w := newWorld(t, &channel.Mail{Address: s.address(), From: "node@node.test", Roots: s.roots})
	w.confirmed(s, li, channel.New{Kind: channel.Email, Address: "li@civil.test"})
	s.says("451 later")
	w.told("civil", "", "request-submitted")
	begun := w.clock.Now()
	next := w.round()
	if got := next.Sub(begun); got != 30*time.Second {
		t.Errorf("the first wait is %s", got)
	}
	w.db = dbtest.Reopen(t, w.db)
	w.parts.DB = w.db
	w.open() // a restart
	if n := w.round(); !n.Equal(next) {
		t.Errorf("after the restart the next try is at %s, not %s", n, next)
	}
	last := 30 * time.Second
	tries := 1
	for {
		w.clock.Set(next)
		now := next
		if next = w.round(); next.IsZero() {
			break
		}
		tries++
		if wait := next.Sub(now); wait < last || wait > 6*time.Hour {
			t.Fatalf("try %d waits %s after %s", tries, wait, last)
		} else {
			last = wait
		}
	}
	if tries < 10 || w.clock.Now().Sub(begun) < 24*time.Hour {
		t.Errorf("given up after %d tries and %s", tries, w.clock.Now().Sub(begun))
	}
	_, err := w.Dead(t.Context(), li, "", 10)
	wants(t, err, vocab.RoleMissing)
	letters, err := w.Dead(t.Context(), operator, "", 10)
	w.must(err)
	if len(letters) != 1 || letters[0].Trouble == "" || letters[0].Kind != "request-submitted" {
		t.Fatalf("dead letters: %+v", letters)
	}
	s.says("")
	w.must(w.Again(t.Context(), operator, letters[0].ID))
	w.round()
	if n := len(s.all()); n != 2 {
		t.Errorf("%d messages after the operator sent it again", n)
	}
	if n, err := w.DeadCount(t.Context()); err != nil || n != 0 {
		t.Errorf("%d dead, %v", n, err)
	}
	s.says("550 nobody of that name")
	w.told("civil", "", "request-submitted")
	if next := w.round(); !next.IsZero() {
		t.Errorf("what the server refused for good is tried again at %s", next)
	}
}

func TestAFactHeardTwiceIsOneMessage(t *testing.T) {
	s := newServer(t, true)
	w := newWorld(t, &channel.Mail{Address: s.address(), From: "node@node.test", Roots: s.roots})
	w.confirmed(s, li, channel.New{Kind: channel.Email, Address: "li@civil.test"})
	w.told("civil", "", "request-submitted")
	w.n--
	w.told("civil", "", "request-submitted")
	w.round()
	if n := len(s.all()); n != 2 {
		t.Errorf("%d messages, want the code and one", n)
	}
}

func TestNothingGoesWhereNobodyConfirmed(t *testing.T) {
	s := newServer(t, true)
	w := newWorld(t, &channel.Mail{Address: s.address(), From: "node@node.test", Roots: s.roots})
	c, err := w.Add(t.Context(), li, channel.New{Kind: channel.Email, Address: "li@civil.test"})
	w.must(err)
	w.told("civil", "", "request-submitted")
	w.round()
	if n := len(s.all()); n != 1 {
		t.Errorf("%d messages before it is confirmed", n)
	}
	_, err = w.Confirm(t.Context(), li, c.ID, "k-0000000000000000")
	wants(t, err, vocab.BadInput)
	for name, a := range map[string]identity.Actor{"another member": stranger, "another officer": clerk} {
		_, err := w.Confirm(t.Context(), a, c.ID, codeForm.FindString(s.all()[0].body))
		wants(t, err, vocab.NoSuchThing)
		wants(t, w.Remove(t.Context(), a, c.ID), vocab.NoSuchThing)
		if list, err := w.List(t.Context(), a); err != nil || len(list) != 0 {
			t.Errorf("%s sees %v, %v", name, list, err)
		}
	}
	_, err = w.Add(t.Context(), clerk, channel.New{Kind: channel.Email, Address: "all@civil.test", Member: true})
	wants(t, err, vocab.RoleMissing)
	w.must(w.Remove(t.Context(), li, c.ID))
}

func TestAddressesAreHeldToTheirForm(t *testing.T) {
	w := newWorld(t, &channel.Mail{Address: "127.0.0.1:1", From: "node@node.test"})
	w.parts.Hosts = map[string][]string{"civil": {"hooks.civil.test"}}
	w.parts.Plain = false
	w.open()
	for address, code := range map[string]vocab.Code{
		"https://hooks.civil.test/a": "", "https://hooks.civil.test:8443/a": vocab.NotOffered, "http://hooks.civil.test/a": vocab.UnsafeExposure,
		"https://169.254.169.254/latest": vocab.NotOffered, "https://u:p@hooks.civil.test/a": vocab.BadInput, "http://127.0.0.1/a": vocab.UnsafeExposure, "hooks": vocab.BadInput,
	} {
		if _, err := w.Add(t.Context(), li, channel.New{Kind: channel.Webhook, Address: address}); vocab.CodeOf(err) != code && (code != "" || err != nil) {
			t.Errorf("%s: %v, want %q", address, err, code)
		}
	}
	if _, err := w.Add(t.Context(), stranger, channel.New{Kind: channel.Webhook, Address: "https://hooks.civil.test/a"}); vocab.CodeOf(err) != vocab.NotOffered {
		t.Errorf("a host that was opened for another member: %v", err)
	}
	for _, bad := range []string{"li@civil.test\r\nBcc: x@y", "nobody", "", strings.Repeat("a", 600) + "@x.test"} {
		if _, err := w.Add(t.Context(), li, channel.New{Kind: channel.Email, Address: bad}); vocab.CodeOf(err) != vocab.BadInput {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func TestAWebhookIsASignedCloudEvent(t *testing.T) {
	var mu sync.Mutex
	var got []map[string]any
	status := http.StatusOK
	w := newWorld(t, nil)
	hook := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		signature, err := base64.StdEncoding.DecodeString(r.Header.Get("Fontis-Signature"))
		key, _ := base64.StdEncoding.DecodeString(w.Key().Key)
		if err != nil || !ed25519.Verify(key, body, signature) || r.Header.Get("Fontis-Key") != w.Key().ID {
			t.Error("the signature does not hold")
		}
		if ed25519.Verify(key, append(body, ' '), signature) {
			t.Error("the signature holds for another body")
		}
		var e map[string]any
		if json.Unmarshal(body, &e) != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/cloudevents+json") {
			t.Errorf("no event: %s", body)
		}
		got = append(got, e)
		if status == http.StatusFound {
			rw.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		}
		rw.WriteHeader(status)
	}))
	defer hook.Close()
	w.parts.Hosts = map[string][]string{"*": {strings.TrimPrefix(hook.URL, "http://")}}
	w.open()
	c, err := w.Add(t.Context(), li, channel.New{Kind: channel.Webhook, Address: hook.URL + "/in", Member: true})
	w.must(err)
	w.round()
	code := got[0]["data"].(map[string]any)["code"].(string)
	_, err = w.Confirm(t.Context(), li, c.ID, code)
	w.must(err)
	w.told("civil", "", "request-submitted")
	w.round()
	e := got[1]
	data := e["data"].(map[string]any)
	if e["specversion"] != "1.0" || e["type"] != "fontis.notice.v1" || e["source"] != "https://node.test" || e["id"] == "" || data["kind"] != "request-submitted" || data["code"] != nil {
		t.Errorf("the event: %+v", e)
	}
	for _, s := range []int{http.StatusFound, http.StatusInternalServerError} {
		status = s
		w.told("civil", "", "request-submitted")
		if next := w.round(); next.IsZero() {
			t.Errorf("%d is taken for done", s)
		}
	}
	status = http.StatusGone
	w.told("civil", "", "request-submitted")
	w.round()
	if n, err := w.DeadCount(t.Context()); err != nil || n != 1 {
		t.Errorf("after 410: %d dead, %v", n, err)
	}
	// The operator closes the host: what waits does not go there any more.
	before := len(got)
	w.parts.Hosts = nil
	w.open()
	w.clock.Advance(time.Hour)
	w.round()
	if len(got) != before {
		t.Error("an event went to a host that was closed")
	}
}

func TestRunSendsAtOnceAndEnds(t *testing.T) {
	s := newServer(t, true)
	w := newWorld(t, &channel.Mail{Address: s.address(), From: "node@node.test", Roots: s.roots})
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx) })
	_, err := w.Add(t.Context(), li, channel.New{Kind: channel.Email, Address: "li@civil.test"})
	w.must(err)
	for late := time.Now().Add(10 * time.Second); len(s.all()) == 0; {
		if time.Now().After(late) {
			t.Fatal("nothing was sent")
		}
		timer := time.NewTimer(5 * time.Millisecond)
		<-timer.C
	}
	stop()
	running.Wait()
}

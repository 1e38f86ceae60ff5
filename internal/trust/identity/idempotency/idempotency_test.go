package idempotency_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/vocab"
)

type room struct {
	*idempotency.Store
	t     *testing.T
	db    *db.DB
	keys  *keys.Store
	clock *clock.Fake
}

func open(t *testing.T) *room {
	t.Helper()
	r := &room{t: t, db: dbtest.Open(t, "api"), clock: clock.NewFake(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))}
	var err error
	if r.keys, err = keys.Open(filepath.Join(t.TempDir(), "keys"), keys.Options{New: true, Clock: r.clock}); err != nil {
		t.Fatal(err)
	}
	if err := r.keys.Ensure(keys.TokenPepper, keys.Session); err != nil {
		t.Fatal(err)
	}
	r.Store = idempotency.New(r.db, r.keys, r.clock)
	return r
}

var who = idempotency.Key{Member: "tax", Caller: "o:li", Verb: "POST /v1/x", Pattern: "POST /v1/x", Word: "k"}

func (r *room) claim(k idempotency.Key) *idempotency.Claim {
	r.t.Helper()
	c, err := r.Claim(r.t.Context(), k)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *room) finish(c *idempotency.Claim, body, answer string) {
	r.t.Helper()
	if err := c.Finish(r.t.Context(), sha256.Sum256([]byte(body)), idempotency.Answer{Status: 200, Type: "text/plain", Trace: "t", Body: []byte(answer)}); err != nil {
		r.t.Fatal(err)
	}
}

func TestAnswerIsKeptForItsBodyOnly(t *testing.T) {
	r := open(t)
	r.finish(r.claim(who), "in", "out")
	c := r.claim(who)
	if !c.Done {
		t.Fatal("the answer is gone")
	}
	a, err := c.Replay(sha256.Sum256([]byte("in")))
	if err != nil || string(a.Body) != "out" || a.Status != 200 || a.Type != "text/plain" || a.Trace != "t" {
		t.Errorf("%+v %v", a, err)
	}
	if _, err := c.Replay(sha256.Sum256([]byte("other"))); !errors.Is(err, vocab.KeyReplayed) {
		t.Errorf("another body: %v", err)
	}
}

func TestKeysOfOthersNeverMeet(t *testing.T) {
	r := open(t)
	r.finish(r.claim(who), "in", "out")
	for name, k := range map[string]idempotency.Key{
		"member": {Member: "civil", Caller: who.Caller, Verb: who.Verb, Word: who.Word},
		"caller": {Member: who.Member, Caller: "o:wang", Verb: who.Verb, Word: who.Word},
		"verb":   {Member: who.Member, Caller: who.Caller, Verb: "POST /v1/y", Word: who.Word},
		"word":   {Member: who.Member, Caller: who.Caller, Verb: who.Verb, Word: "l"},
		"moved":  {Member: "taxo", Caller: ":li", Verb: who.Verb, Word: who.Word},
	} {
		if c := r.claim(k); c.Done {
			t.Errorf("another %s met the same answer", name)
		}
	}
}

func TestAnswerEndsAfterADay(t *testing.T) {
	r := open(t)
	r.finish(r.claim(who), "in", "out")
	r.clock.Advance(idempotency.Life - time.Second)
	if n, err := r.Prune(t.Context()); err != nil || n != 0 {
		t.Errorf("pruned %d early: %v", n, err)
	}
	r.clock.Advance(time.Second)
	c := r.claim(who)
	if c.Done {
		t.Fatal("the answer outlived its day")
	}
	r.finish(c, "in", "new")
	r.clock.Advance(idempotency.Life)
	if n, err := r.Prune(t.Context()); err != nil || n != 1 {
		t.Errorf("pruned %d: %v", n, err)
	}
}

func TestClaimOfADeadProcessIsNeverRunAgain(t *testing.T) {
	r := open(t)
	r.claim(who) // and then the process dies
	next := idempotency.New(r.db, r.keys, r.clock)
	if _, err := next.Claim(t.Context(), who); !errors.Is(err, vocab.CallUnfinished) {
		t.Errorf("got %v", err)
	}
}

func TestReleasedClaimIsFree(t *testing.T) {
	r := open(t)
	if err := r.claim(who).Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.claim(who).Done {
		t.Error("a released claim has an answer")
	}
}

func TestSecondCallWaitsForTheFirst(t *testing.T) {
	r := open(t)
	first := r.claim(who)
	short, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Claim(short, who); !errors.Is(err, vocab.CallUnfinished) {
		t.Errorf("an impatient one got %v", err)
	}
	got := make(chan *idempotency.Claim)
	go func() {
		c, err := r.Claim(t.Context(), who)
		if err != nil {
			t.Error(err)
		}
		got <- c
	}()
	r.finish(first, "in", "out")
	if c := <-got; c == nil || !c.Done {
		t.Error("the second one ran the verb again")
	}
}

func TestLongAnswersAreNotKept(t *testing.T) {
	r := open(t)
	r.finish(r.claim(who), "in", strings.Repeat("x", idempotency.MaxAnswer+1))
	if r.claim(who).Done {
		t.Error("a long answer was kept")
	}
}

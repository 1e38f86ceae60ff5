package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fontis/internal/edge/jobs/channel"
	"fontis/internal/edge/text"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

var (
	chen  = identity.Actor{Self: vocab.PersonRef{7}}
	other = identity.Actor{Self: vocab.PersonRef{8}}
)

// persons lets the world keep addresses of persons; each notice is to chen.
func (w *world) persons() *[]string {
	w.t.Helper()
	store, err := keys.Open(filepath.Join(w.t.TempDir(), "keys"), keys.Options{New: true})
	w.must(err)
	w.must(store.Ensure(keys.IdentityRoot))
	chain := &[]string{}
	w.parts.Persons = &channel.Persons{
		Seal:   func(plain, bound []byte) ([]byte, error) { return store.Seal(keys.IdentityRoot, plain, bound) },
		Unseal: func(sealed, bound []byte) ([]byte, error) { return store.Unseal(keys.IdentityRoot, sealed, bound) },
		Of: func(_ context.Context, notice string) (vocab.PersonRef, error) {
			if notice == "n-gone" {
				return vocab.PersonRef{}, identity.NotYours()
			}
			return chen.Self, nil
		},
		Act: func(_ context.Context, _ *db.Tx, p vocab.PersonRef, act string, fields map[string]string) error {
			if p != chen.Self {
				return errors.New("another's chain")
			}
			*chain = append(*chain, act+fmt.Sprint(fields))
			return nil
		},
	}
	w.open()
	return chain
}

// toPerson is a notice in a person's inbox, as the outbox tells it.
func (w *world) toPerson(id, kind string) {
	w.t.Helper()
	payload, err := json.Marshal(fact.Notice{ID: id, Kind: kind, ToPerson: true})
	w.must(err)
	w.n++
	w.must(w.Hear(w.t.Context(), outbox.Fact{N: int64(w.n), Topic: fact.TopicNotice, Payload: payload}))
}

// A person who signed in names an address; it lies sealed, nothing goes there before
// its code came back, every notice alike says only that one waits, and what is
// removed is gone.
func TestAPersonHearsByMailThatANoticeWaitsAndNothingElse(t *testing.T) {
	s := newServer(t, true)
	w := newWorld(t, &channel.Mail{Address: s.address(), From: "fontis@node.test", Roots: s.roots})
	ctx := t.Context()
	in := channel.New{Kind: channel.Email, Address: "chen.wei@mail.example", Lang: text.Chinese}
	_, err := w.Add(ctx, chen, in)
	wants(t, err, vocab.NotOffered)
	chain := w.persons()
	for name, a := range map[string]identity.Actor{"nobody": {}, "an agent": {Mandate: "md-1", Agent: other.Self, Principal: chen.Self, Acts: []string{"view", "contest"}}} {
		if _, err := w.Add(ctx, a, in); vocab.CodeOf(err) != vocab.SignInNeeded {
			t.Errorf("%s names an address: %v", name, err)
		}
	}
	for _, bad := range []channel.New{{Kind: channel.Webhook, Address: "https://x.example/"}, {Kind: channel.Email, Address: "x", Lang: text.English}, {Kind: channel.Email, Address: in.Address, Member: true}} {
		if _, err := w.Add(ctx, chen, bad); vocab.CodeOf(err) != vocab.BadInput {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	c, err := w.Add(ctx, chen, in)
	w.must(err)
	w.toPerson("n-1", "status-changed")
	w.round()
	got := s.all()
	if len(got) != 1 || got[0].to != "<"+in.Address+">" || !got[0].protected {
		t.Fatalf("before it is confirmed: %+v", got)
	}
	code := codeForm.FindString(got[0].body)
	for name, a := range map[string]identity.Actor{"another person": other, "an officer": li} {
		if _, err := w.Confirm(ctx, a, c.ID, code); vocab.CodeOf(err) != vocab.NoSuchThing {
			t.Errorf("%s confirms: %v", name, err)
		}
		if err := w.Remove(ctx, a, c.ID); vocab.CodeOf(err) != vocab.NoSuchThing {
			t.Errorf("%s removes: %v", name, err)
		}
	}
	_, err = w.Confirm(ctx, chen, c.ID, "k-wrong")
	wants(t, err, vocab.BadInput)
	_, err = w.Confirm(ctx, chen, c.ID, code)
	w.must(err)
	if list, err := w.List(ctx, other); err != nil || len(list) != 0 {
		t.Errorf("another person lists %v, %v", list, err)
	}

	w.toPerson("n-2", "status-changed")
	w.toPerson("n-2", "status-changed") // the fact is heard twice
	w.toPerson("n-gone", "emergency-used")
	w.round()
	if got = s.all(); len(got) != 2 {
		t.Fatalf("%d messages", len(got))
	}
	m := got[1]
	if !strings.Contains(m.subject, "您有一条新通知") || !strings.Contains(m.body, "https://node.test/care/notices") {
		t.Errorf("the message: %q\n%s", m.subject, m.body)
	}
	for _, word := range []string{"状态", "status", "n-2", "07000000"} {
		if strings.Contains(m.subject+m.body, word) {
			t.Errorf("the message says %q", word)
		}
	}
	if strings.Contains(strings.Join(*chain, " "), "chen.wei") || len(*chain) != 2 {
		t.Errorf("the person's chain: %v", *chain)
	}
	snapshot := filepath.Join(t.TempDir(), "copy.db")
	w.must(w.db.Snapshot(ctx, snapshot))
	if raw, err := os.ReadFile(snapshot); err != nil || strings.Contains(string(raw), "chen.wei") {
		t.Errorf("the address stands in the database as it is: %v", err)
	}

	// What the server says of an address is kept nowhere.
	s.says("550 5.1.1 <chen.wei@mail.example> unknown")
	w.toPerson("n-3", "contest-close")
	w.round()
	dead, err := w.Dead(ctx, operator, "", 10)
	w.must(err)
	if len(dead) != 1 || strings.Contains(dead[0].Trouble, "chen") {
		t.Errorf("dead letters: %+v", dead)
	}
	s.says("")
	w.must(w.Remove(ctx, chen, c.ID))
	w.toPerson("n-4", "contest-close")
	w.round()
	if list, err := w.List(ctx, chen); err != nil || len(list) != 0 || len(s.all()) != 2 {
		t.Errorf("after it was removed: %v, %v, %d messages", list, err, len(s.all()))
	}

	// An address that nobody confirms is forgotten.
	for range 3 {
		_, err = w.Add(ctx, chen, in)
		w.must(err)
	}
	_, err = w.Add(ctx, chen, in)
	wants(t, err, vocab.BadInput)
	w.clock.Advance(8 * 24 * time.Hour)
	w.must(w.Prune(ctx))
	if list, err := w.List(ctx, chen); err != nil || len(list) != 0 {
		t.Errorf("a week later: %v, %v", list, err)
	}
}

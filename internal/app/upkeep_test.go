package app_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/vocab"
)

// put writes a blob as it would have been so many days ago.
func put(t *testing.T, a *app.App, name string, days int) {
	t.Helper()
	if err := a.Blobs.Put(t.Context(), name, bytes.NewReader([]byte("rows"))); err != nil {
		t.Fatal(err)
	}
	old := a.Clock.Now().AddDate(0, 0, -days)
	if err := os.Chtimes(filepath.Join(a.Config.Dir, "data", "blobs", filepath.FromSlash(name)), old, old); err != nil {
		t.Fatal(err)
	}
}

func there(t *testing.T, a *app.App, name string) bool {
	t.Helper()
	r, err := a.Blobs.Open(t.Context(), name)
	if errors.Is(err, vocab.NoSuchThing) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Fatal(err)
	}
	return r.Close() == nil
}

func TestOldUploadsAreForgottenAndYoungOnesStay(t *testing.T) {
	a := apptest.Open(t, apptest.Config(t), app.Options{Clock: clock.System()})
	stays := map[string]int{
		"pages/import/aa/file": 1, "pages/imports/cc/0-up-2": 1, "imports/civil/imp-1/report.json": 80, "imports/civil/imp-1/rejects.ndjson": 80,
		"batch/b-1/in-000000": 0, "registers/kept": 400,
	}
	goes := map[string]int{
		"pages/import/bb/file": 3, "pages/import/bb/sent.json": 3, "pages/imports/cc/0-up-1": 3, "imports/civil/imp-0/report.json": 91,
		"batch/b-2/out-000000": 400, // no row names it
	}
	for _, all := range []map[string]int{stays, goes} {
		for name, days := range all {
			put(t, a, name, days)
		}
	}
	if err := a.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name := range stays {
		if !there(t, a, name) {
			t.Errorf("%s is gone", name)
		}
	}
	for name := range goes {
		if there(t, a, name) {
			t.Errorf("%s is still there", name)
		}
	}
}

func TestFactsAreForgottenBehindEveryConsumerOnly(t *testing.T) {
	a := apptest.Open(t, apptest.Config(t), app.Options{Clock: clock.System()})
	apptest.Init(t, a)
	box := outbox.New(a.DB)
	late, err := box.Last(t.Context())
	if err != nil || late < 3 {
		t.Fatalf("the small world tells %d facts: %v", late, err)
	}
	late -= 2
	write := func(n int64) {
		t.Helper()
		if err := a.DB.Write(t.Context(), func(tx *db.Tx) error { return box.Advance(t.Context(), tx, "a-slow-consumer", n) }); err != nil {
			t.Fatal(err)
		}
	}
	write(late)
	var facts []outbox.Fact
	for patience := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) { // the others hear in their own time
		if err := a.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if facts, err = box.Read(t.Context(), 0, 1000); err != nil || len(facts) == 0 || facts[0].N > late || time.Now().After(patience) {
			break
		}
	}
	if err != nil || len(facts) == 0 || facts[0].N > late+1 {
		t.Fatalf("the slow consumer has heard %d, the first fact left is %v: %v", late, facts, err)
	}
	if facts[0].N <= late {
		t.Errorf("fact %d was heard by all and is still there", facts[0].N)
	}
}

func TestValuesOfAnEndedBatchAreDroppedAndOfAFailedOneKept(t *testing.T) {
	w := apptest.NewWorld(t, 20, vocab.Compare)
	s := send(t, w, line(1, ""), line(2, ""))
	left, open := "batch/"+string(s.ID)+"/in-000000", "batch/b-first/in-000000"
	put(t, w.App, left, 0)
	put(t, w.App, open, 0) // of one whose first transaction is under way
	if err := w.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if there(t, w.App, left) || !there(t, w.App, open) {
		t.Errorf("left: %t, open: %t", there(t, w.App, left), there(t, w.App, open))
	}
	setState := func(state batch.State) {
		t.Helper()
		if err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE access_batch SET state = $1 WHERE id = $2`, string(state), string(s.ID))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	setState(batch.Failed)
	put(t, w.App, left, 0)
	if err := w.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !there(t, w.App, left) {
		t.Error("a failed batch lost what it needs to go on")
	}
	setState(batch.Done)
}

func TestKeptAnswersAreForgottenAfterTheirTime(t *testing.T) {
	fake := clock.NewFake(time.Now())
	a := apptest.Open(t, apptest.Config(t), app.Options{Clock: fake})
	kept := idempotency.New(a.DB, a.Keys, fake)
	answered := func(word string) *idempotency.Claim {
		t.Helper()
		c, err := kept.Claim(t.Context(), idempotency.Key{Member: "tax", Caller: "zhao", Verb: "POST /v1/requests", Pattern: "POST /v1/requests", Word: word})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	stored := func() (n int) {
		t.Helper()
		err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM kept_answer`).Scan(&n)
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, word := range []string{"first", "second"} {
		if err := answered(word).Finish(t.Context(), sha256.Sum256([]byte(word)), idempotency.Answer{Status: 201, Body: []byte("made")}); err != nil {
			t.Fatal(err)
		}
		fake.Advance(idempotency.Life / 2)
	}
	if err := a.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := answered("second"); !c.Done {
		t.Error("an answer that a repeated call still needs is gone")
	}
	if n := stored(); n != 1 {
		t.Errorf("%d answers are kept, want the younger one alone", n)
	}
}

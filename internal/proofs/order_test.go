package proofs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// diary notes the steps of an access that matter for its order, and fails the
// one that a test names.
type diary struct {
	mu   sync.Mutex // guards what follows
	on   bool
	seen []string
	fail map[string]error
}

// words are the steps by what they do, told by a part of the statement.
var words = []struct{ step, part, word string }{
	{"", "INSERT INTO access_guess", "guess"},
	{"", "INSERT INTO ledger_entry", "record"},
	{"", "SET state = $2, leaf_index", "outcome"},
	{stepDatabase + "commit", "", "commit"},
	{stepDatabase + "committed", "", "committed"},
	{stepAppend, "", "append"},
	{stepAppended, "", "appended"},
	{stepOpen, "", "open"},
	{stepOpened, "", "opened"},
}

func (d *diary) at(_ context.Context, step, text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.on {
		return nil
	}
	for _, w := range words {
		if (w.step == step || w.step == "") && strings.Contains(text, w.part) {
			d.seen = append(d.seen, w.word)
			return d.fail[w.word]
		}
	}
	return nil
}

// during notes what f does, and what the close of the node still writes.
func (d *diary) during(n *node, fail map[string]error, f func()) []string {
	d.mu.Lock()
	d.on, d.seen, d.fail = true, nil, fail
	d.mu.Unlock()
	f()
	n.Ledger.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.on = false
	return d.seen
}

// TestPromise1TheOrderOfOneAccess walks an access whose every step is failed in
// turn: whatever fails, the source is opened after record and leaf or never.
func TestPromise1TheOrderOfOneAccess(t *testing.T) {
	broken := errors.New("broken on purpose")
	for _, c := range []struct {
		fails string
		want  []string // in this order; other steps may stand between
		never []string
		code  vocab.Code
		state vocab.AccessState
	}{
		{"", []string{"guess", "record", "commit", "committed", "append", "appended", "open", "opened", "record", "outcome", "commit", "committed", "append"}, nil, "", vocab.Released},
		{"guess", nil, []string{"open"}, vocab.InternalError, ""},
		{"record", nil, []string{"open"}, vocab.InternalError, ""},
		{"commit", nil, []string{"open"}, vocab.InternalError, ""},
		{"committed", nil, []string{"open"}, vocab.InternalError, vocab.Intended},
		{"append", []string{"record", "committed"}, []string{"open"}, vocab.LedgerAway, vocab.Interrupted},
		{"appended", []string{"record", "committed", "append"}, []string{"open"}, vocab.LedgerAway, vocab.Interrupted},
		{"open", []string{"guess", "record", "committed", "appended", "open", "outcome", "committed", "append"}, []string{"opened"}, vocab.InternalError, vocab.Failed},
		{"opened", []string{"guess", "record", "committed", "appended", "opened", "outcome", "committed", "append"}, nil, vocab.InternalError, vocab.Failed},
	} {
		t.Run("fails at "+c.fails, func(t *testing.T) {
			d := &diary{}
			w := &watch{at: d.at}
			n := open(t, apptest.Config(t), app.Options{Between: w.between()}, residents(3))
			g := apptest.Grant(vocab.Compare)
			n.put(t, g)
			call := ask(g, n.people[0], "1970-01-02")
			var err error
			seen := d.during(n, map[string]error{c.fails: broken}, func() {
				_, err = n.Door.Ask(t.Context(), user(apptest.Tax), call)
			})
			if err != nil != (c.code != "") || c.code != "" && vocab.CodeOf(err) != c.code {
				t.Errorf("the caller hears %v, want %q", err, c.code)
			}
			if at := inOrder(seen, c.want); at != "" {
				t.Errorf("steps %v: %s is missing or out of order in %v", seen, at, c.want)
			}
			for _, word := range c.never {
				if slices.Contains(seen, word) {
					t.Errorf("steps %v: %s must not be", seen, word)
				}
			}
			if first := slices.Index(seen, "open"); first >= 0 && first < slices.Index(seen, "appended") {
				t.Errorf("steps %v: opened before the leaf", seen)
			}
			r, found, err := storedOf(t.Context(), n.DB, call.Trace)
			if err != nil || r.state != string(c.state) || found != (c.state != "") {
				t.Errorf("the record is %q (%v, %v), want %q", r.state, found, err, c.state)
			}
		})
	}
}

// inOrder is "" when want stands in seen in its order, else the first that does not.
func inOrder(seen, want []string) string {
	for _, w := range want {
		at := slices.Index(seen, w)
		if at < 0 {
			return w
		}
		seen = seen[at+1:]
	}
	return ""
}

func ask(g access.Grant, r resident, born string) access.Call {
	return access.Call{
		Trace: vocab.NewTrace(g.From), Grant: g.ID, Question: g.Question, Subject: r.key(),
		Values: map[vocab.ItemID]string{Born: born}, Purpose: g.Purpose, Case: "P-1",
	}
}

// TestPromise1ABatchOpensNothingBeforeAllItsRowsAreUnderOneLeaf fails each step
// of a batch before its leaf, and restarts into a grant that has ended.
func TestPromise1ABatchOpensNothingBeforeAllItsRowsAreUnderOneLeaf(t *testing.T) {
	for _, fails := range []string{"record", "append", "appended"} {
		t.Run("fails at "+fails, func(t *testing.T) {
			d := &diary{}
			w := &watch{at: d.at}
			cfg := apptest.Config(t)
			n := open(t, cfg, app.Options{Between: w.between()}, residents(3))
			g := apptest.Grant(vocab.Compare)
			n.put(t, g)
			var id vocab.BatchID
			seen := d.during(n, map[string]error{fails: vocab.DatabaseAway.Because("broken on purpose")}, func() {
				row := block.Row{Subject: n.people[0].key(), Values: map[vocab.ItemID]string{Born: "1970-01-02"}}
				s, bad, err := n.Door.StartBatch(t.Context(), user(apptest.Tax), batch.Call{Grant: g.ID, Question: vocab.Compare, Purpose: g.Purpose, Cases: []string{"P-1"}}, lines(row))
				if err != nil || len(bad) > 0 {
					t.Fatal(err, bad)
				}
				id = s.ID
				if fails == "record" {
					n.ends(t, user(apptest.Tax), id)
				}
			})
			if slices.Contains(seen, "open") {
				t.Errorf("steps %v: opened", seen)
			}
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			again, err := app.Open(t.Context(), cfg, app.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			n.App = again
			if s := n.ends(t, user(apptest.Tax), id); s.State != batch.Done {
				t.Errorf("taken up again the batch is %s: %s", s.State, s.Error)
			}
		})
	}
}

// TestPromise1ABatchStopsWithItsGrant ends the grant while the batch waits for a restart.
func TestPromise1ABatchStopsWithItsGrant(t *testing.T) {
	d := &diary{}
	w := &watch{at: d.at}
	cfg := apptest.Config(t)
	n := open(t, cfg, app.Options{Between: w.between()}, residents(3))
	g := apptest.Grant(vocab.Compare)
	n.put(t, g)
	row := block.Row{Subject: n.people[0].key(), Values: map[vocab.ItemID]string{Born: "1970-01-02"}}
	d.on, d.fail = true, map[string]error{"guess": vocab.DatabaseAway.Because("broken on purpose")}
	s, _, err := n.Door.StartBatch(t.Context(), user(apptest.Tax), batch.Call{Grant: g.ID, Question: vocab.Compare, Purpose: g.Purpose, Cases: []string{"P-1"}}, lines(row))
	if err != nil {
		t.Fatal(err)
	}
	n.ends(t, user(apptest.Tax), s.ID)
	d.mu.Lock()
	d.fail = nil
	d.mu.Unlock()
	if err := n.Door.EndGrant(t.Context(), n.steward, g.ID, access.GrantEnded, "over"); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := app.Open(t.Context(), cfg, app.Options{Between: (&watch{at: func(_ context.Context, step, _ string) error {
		if step == stepOpen {
			t.Error("the source was opened under a grant that has ended")
		}
		return nil
	}}).between()})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	n.App = again
	after := n.ends(t, user(apptest.Tax), s.ID)
	entry, err := again.Ledger.Entry(t.Context(), s.Trace, ledger.Viewer{Member: apptest.Tax})
	if after.State != batch.Refused || err != nil || entry.Refused != string(vocab.GrantEnded) {
		t.Errorf("the batch is %s (%s), its entry %+v, %v", after.State, after.Error, entry, err)
	}
}

package proofs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/ledger/checker"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// musts are points without which the loop would prove less than it says.
var musts = []string{
	"run: database exec INSERT INTO access_guess", "run: database commit INSERT INTO ledger_person", "run: append", "run: appended", "run: open", "run: opened",
	"run: before the answer answered", "run: after the answer answered", "run: database exec UPDATE ledger_entry SET state",
	"run: database exec INSERT INTO ledger_row", "run: before the answer batch", "run: before the answer done",
	"run: before the answer grant", "run: before the answer erased", "run: before the answer refused", "run: database exec INSERT INTO access_grant",
}

// TestPromise2WhatWasAcknowledgedSurvivesAKill kills a working node at each
// point it passes and holds what its callers heard against what is left.
func TestPromise2WhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	heavy(t)
	seed := seedOf(t)
	rounds, nodes := 0, 1 // once at each point
	switch {
	case os.Getenv("FONTIS_KILLS") != "":
		rounds = atLength(t, "FONTIS_KILLS", 0)
	case long():
		const each = 500 // erasures rewrite the whole file: a node stays small
		rounds = atLength(t, killsVariable, longKills)
		nodes = 1 + (rounds-1)/each
	}
	f := &finding{what: "kills", size: fmt.Sprintf("%d lives", rounds), seed: fmt.Sprint(seed)}
	record(t, f)
	all := make([]*loop, nodes)
	t.Run("node", func(t *testing.T) {
		for i := range all {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				all[i] = newLoop(t, seed+uint64(i)<<32)
				all[i].run((rounds + i) / nodes)
			})
		}
	})
	points, held, killed, lived := map[string]bool{}, 0, 0, 0
	for _, l := range all {
		held, killed, lived = held+l.held, killed+l.killed, lived+l.rounds
		for _, p := range l.points {
			points[p] = true
		}
	}
	f.figures = fmt.Sprintf("%d kills at %d points on %d nodes, %d acknowledgements held, no counter with a gap, every log sound", killed, len(points), nodes, held)
	t.Logf("%d lives: %s", lived, f.figures)
}

func newLoop(t *testing.T, seed uint64) *loop {
	t.Helper()
	cfg := apptest.Config(t)
	n := open(t, cfg, app.Options{}, residents(killPeople))
	grants := []access.Grant{apptest.Grant(vocab.Compare), apptest.Grant(vocab.Compare)}
	for _, g := range grants {
		n.put(t, g)
	}
	l := &loop{T: t, cfg: cfg, node: n, policy: n.Policy, seed: seed, out: t.TempDir(), grants: grants, grant: access.GrantActive}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	return l
}

// run lives and dies so many times, or once at each point.
func (l *loop) run(rounds int) {
	l.Helper()
	r := rand.New(rand.NewPCG(l.seed, 0))
	times := map[string]int{}
	for range 2 { // two quiet lives list the points
		maps.Copy(times, l.life("", 0))
		l.verify()
	}
	l.points = slices.Sorted(maps.Keys(times))
	for _, must := range musts {
		if !slices.ContainsFunc(l.points, func(p string) bool { return strings.HasPrefix(p, must) }) {
			l.Errorf("no life passes %q; it passes %q", must, l.points)
		}
	}
	if rounds == 0 {
		rounds = len(l.points)
	}
	for l.rounds < rounds {
		point := l.points[l.rounds%len(l.points)]
		if l.life(point, 1+r.IntN(times[point])) == nil {
			l.killed++
		}
		l.rounds++
		l.verify()
		if l.rounds%200 == 0 {
			l.whole()
			l.Logf("%d rounds", l.rounds)
		}
		if l.Failed() {
			l.Fatalf("after a kill at %q", point)
		}
	}
	l.whole()
	if l.killed < rounds*8/10 {
		l.Errorf("only %d of %d lives were killed: the points are not reached again", l.killed, rounds)
	}
}

// loop is the parent of the lives.
type loop struct {
	*testing.T
	cfg    app.Config
	node   *node
	policy string
	seed   uint64
	lives  uint64
	out    string
	grants []access.Grant
	grant  access.GrantState // of the second, as last acknowledged
	read   int64             // bytes of acks that were verified
	seq    int64             // entries that were verified
	held   int
	points []string // where it dies
	rounds int
	killed int
}

// life runs a child; nil when it was killed, else the points it passed.
func (l *loop) life(point string, nth int) map[string]int {
	l.Helper()
	l.lives++
	job, err := json.Marshal(task{Config: l.cfg, Grants: l.grants, Seed: l.seed + l.lives, Point: point, Nth: nth, Out: l.out})
	if err != nil {
		l.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(l.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestChildOfTheKillLoop$", "-test.count=1")
	cmd.Env = append(os.Environ(), taskVariable+"="+string(job), "FONTIS_DIR="+l.cfg.Dir)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL && ctx.Err() == nil {
		return nil
	}
	if err != nil {
		l.Fatalf("the child failed of itself (%v), to be killed at %q: %s", err, point, out)
	}
	b, err := os.ReadFile(filepath.Join(l.out, "points"))
	if err != nil {
		l.Fatal(err)
	}
	seen := map[string]int{}
	if err := json.Unmarshal(b, &seen); err != nil {
		l.Fatal(err)
	}
	return seen
}

// heard are the acknowledgements since the last look.
func (l *loop) heard() []ack {
	b, err := os.ReadFile(filepath.Join(l.out, "acks"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		l.Fatal(err)
	}
	var out []ack
	for line := range bytes.Lines(b[l.read:]) {
		var a ack
		if err := json.Unmarshal(line, &a); err != nil {
			l.Fatalf("the acks do not read: %v", err)
		}
		out = append(out, a)
	}
	l.read = int64(len(b))
	return out
}

// verify opens the node as the next process would, lets it take up its batches,
// and holds it against what was heard.
func (l *loop) verify() {
	l.Helper()
	a := openAfterADeath(l.T, l.cfg, app.Options{})
	defer a.Close()
	if r := a.Ledger.Repaired(); len(r.Alarms) > 0 {
		l.Errorf("leaves without a record: %+v", r)
	}
	batches, err := a.Door.Batches(l.Context(), user(apptest.Tax), "", 3)
	if err != nil {
		l.Fatal(err)
	}
	for _, b := range batches {
		if s := (&node{App: a}).ends(l, user(apptest.Tax), b.ID); s.State != batch.Done {
			l.Errorf("batch %s was accepted and is %s: %s", s.ID, s.State, s.Error)
		}
	}
	policy, err := proof.ParsePolicy([]byte(l.policy))
	if err != nil {
		l.Fatal(err)
	}
	for _, h := range l.heard() {
		l.holds(a, policy, h)
		l.held++
	}
	l.entries(a)
}

// holds demands of one acknowledgement what was promised with it.
func (l *loop) holds(a *app.App, policy *proof.Policy, h ack) {
	l.Helper()
	ctx := l.Context()
	switch h.What {
	case "grant":
		l.grant = h.State
		return
	case "batch":
		return // verify has waited for its end
	}
	r, found, err := storedOf(ctx, a.DB, h.Trace)
	if err != nil || !found {
		l.Errorf("%s was heard and has no record: %v", h.What, err)
		return
	}
	if h.Promise != "" {
		p, err := proof.VerifyPromise([]byte(h.Promise), policy)
		if err != nil {
			l.Errorf("the promise does not hold: %v", err)
			return
		}
		leaf := leafAt(l.T, a, p.Index)
		if !bytes.Equal(leaf, r.leaf) || p.LeafHash != proof.LeafHash(leaf) || p.Trace != h.Trace {
			l.Errorf("%s: the log holds another leaf at %d than was promised", h.Trace, p.Index)
		}
	}
	switch h.What {
	case "answered":
		if r.state != string(vocab.Released) && r.state != string(vocab.Intended) {
			l.Errorf("%s was answered and reads %q", h.Trace, r.state)
		}
		person := a.Identity.AuditRef(l.node.people[h.Person].key())
		if n := count(l.T, a, `SELECT COUNT(*) FROM access_guess WHERE member = $1 AND person = $2 AND item = $3`, string(apptest.Tax), person[:], string(Born)); n == 0 {
			l.Errorf("%s was answered and its guess is not counted", h.Trace)
		}
	case "refused":
		if r.state != string(vocab.Refused) {
			l.Errorf("%s was refused and reads %q", h.Trace, r.state)
		}
	case "done":
		if r.state != string(vocab.Released) || r.outcome == nil {
			l.Errorf("batch %s was done and reads %q", h.Trace, r.state)
		}
	case "erased":
		if n := count(l.T, a, `SELECT COUNT(*) FROM ledger_entry WHERE trace = $1 AND (secret IS NOT NULL OR outcome_secret IS NOT NULL)`, string(h.Trace)); n != 0 {
			l.Errorf("%s was erased and its openings are there", h.Trace)
		}
	}
}

func count(t *testing.T, a *app.App, query string, args ...any) (n int) {
	t.Helper()
	err := a.DB.Read(t.Context(), func(tx *db.Tx) error { return tx.QueryRow(t.Context(), query, args...).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func leafAt(t *testing.T, a *app.App, index uint64) []byte {
	t.Helper()
	var out []byte
	err := a.Log.Leaves(t.Context(), index, index+1, func(_ uint64, leaf []byte) error {
		out = bytes.Clone(leaf)
		return nil
	})
	if err != nil {
		t.Errorf("leaf %d: %v", index, err)
	}
	return out
}

const selectEntries = `SELECT seq, trace, state, leaf, leaf_index FROM ledger_entry WHERE seq > $1 ORDER BY seq`

// entries demands of every record since the last look a state that repair leaves
// behind, and of every leaf its place.
func (l *loop) entries(a *app.App) {
	l.Helper()
	type entry struct {
		trace, state string
		leaf         []byte
		index        *int64
	}
	var all []entry
	from := l.seq
	err := a.DB.Read(l.Context(), func(tx *db.Tx) error {
		rows, err := tx.Query(l.Context(), selectEntries, from)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e entry
			if err := rows.Scan(&l.seq, &e.trace, &e.state, &e.leaf, &e.index); err != nil {
				return err
			}
			all = append(all, e)
		}
		return rows.Err()
	})
	if err != nil {
		l.Fatal(err)
	}
	for _, e := range all {
		switch e.state {
		case string(vocab.Interrupted):
			continue
		case "gathering":
			l.Errorf("%s still gathers", e.trace)
			continue
		}
		if e.index == nil {
			continue // of this process: its index is on its way
		}
		if *e.index < 0 || !bytes.Equal(leafAt(l.T, a, uint64(*e.index)), e.leaf) {
			l.Errorf("%s (%s): the log holds another leaf at %d", e.trace, e.state, *e.index)
		}
	}
	if n := count(l.T, a, `SELECT COUNT(*) FROM ledger_entry WHERE kind = 1 AND leaf_index IS NULL`); n > 0 {
		l.Errorf("%d accesses have neither a leaf nor the mark of an interruption after repair", n)
	}
}

// whole checks what takes a look at everything: the persons' counters, the grant
// and the log as a stranger sees it.
func (l *loop) whole() {
	l.Helper()
	a := openAfterADeath(l.T, l.cfg, app.Options{})
	if n := count(l.T, a, `SELECT COUNT(*) FROM (SELECT person FROM ledger_person GROUP BY person HAVING COUNT(*) <> MAX(n) OR MIN(n) <> 1) AS gaps`); n != 0 {
		l.Errorf("the counters of %d persons have a gap", n)
	}
	if n := count(l.T, a, `SELECT COUNT(*) FROM ledger_person p JOIN ledger_entry e ON e.seq = p.seq WHERE e.state NOT IN ('intended', 'released', 'failed', 'refused', 'interrupted')`); n != 0 {
		l.Errorf("%d touches hang on entries of an impossible state", n)
	}
	size, err := a.Log.Size(l.Context())
	if err == nil {
		err = a.Log.Await(l.Context(), size)
	}
	if err != nil {
		l.Fatal(err)
	}
	if err := a.Close(); err != nil {
		l.Fatal(err)
	}
	audit(l.T, l.cfg, l.policy)
}

// audit lets a stranger's checker read the log's static files.
func audit(t *testing.T, cfg app.Config, policy string) {
	t.Helper()
	p, err := proof.ParsePolicy([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	v, err := checker.Log(t.Context(), checker.Audit{
		Options: checker.Options{Policy: p, Evidence: t.TempDir()}, Address: filepath.Join(cfg.Dir, "data", "log", "1"), Grace: -1, Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	if v.ExitCode == checker.ExitBad || v.Size == 0 {
		t.Errorf("the checker says %s of a log of %d: %v %v", v.Word, v.Size, v.Findings, v.Notes)
	}
}

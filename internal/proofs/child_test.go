package proofs

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// task is what the parent gives its child through the environment.
type task struct {
	Config app.Config
	Grants []access.Grant // of compare, single and batch; the second is suspended and resumed
	Seed   uint64
	Point  string // where to die; empty: list the points and end in peace
	Nth    int    // at which time
	Out    string // folder for acks and points
}

// taskVariable holds the task; without it the child's test is skipped.
const taskVariable = "FONTIS_PROOFS_TASK"

// ack is one thing that the child told its caller. It is written as a caller
// would hear it: after the answer, with no look at the node.
type ack struct {
	What    string // answered, refused, batch, done, grant, erased
	Trace   vocab.TraceID
	Promise string
	Person  int // number of the resident
	Value   string
	Batch   vocab.BatchID
	State   access.GrantState
}

// killer ends the process without a word at the n-th passing of a point.
type killer struct {
	mu    sync.Mutex // guards what follows
	phase string
	wrote string // the last statement that wrote
	seen  map[string]int
	point string
	nth   int
}

func (k *killer) at(_ context.Context, step, text string) error {
	words := strings.Fields(text)
	what := strings.Join(words[:min(len(words), 4)], " ")
	k.mu.Lock()
	defer k.mu.Unlock()
	switch step {
	case stepOpen, stepOpened, stepDatabase + "begin":
		what = ""
	case stepDatabase + "commit", stepDatabase + "committed":
		what = k.wrote
	case stepDatabase + "exec":
		k.wrote = what
	}
	key := strings.TrimSpace(k.phase + ": " + step + " " + what)
	k.seen[key]++
	if key == k.point && k.seen[key] >= k.nth {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return nil
}

func (k *killer) enter(phase string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.phase = phase
}

// TestChildOfTheKillLoop is the process that is killed. It opens the node, does
// a little of everything and tells what it was told.
func TestChildOfTheKillLoop(t *testing.T) {
	var job task
	if err := json.Unmarshal([]byte(os.Getenv(taskVariable)), &job); err != nil {
		t.Skip("the kill loop starts this test in a process of its own")
	}
	k := &killer{phase: "start", seen: map[string]int{}, point: job.Point, nth: job.Nth}
	w := &watch{at: k.at}
	a := openAfterADeath(t, job.Config, app.Options{Between: w.between()})
	k.enter("run")
	acks, err := os.OpenFile(filepath.Join(job.Out, "acks"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	c := &child{T: t, a: a, job: job, killer: k, acks: acks, people: residents(killPeople), rand: rand.New(rand.NewPCG(job.Seed, 7))}
	c.live()
	k.enter("close")
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	points, err := json.Marshal(k.seen)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(job.Out, "points"), points, 0o600); err != nil {
		t.Fatal(err)
	}
}

// openAfterADeath waits for the lease that a killed process held, which a
// database server gives free a moment after the death.
func openAfterADeath(t *testing.T, cfg app.Config, o app.Options) *app.App {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		a, err := app.Open(t.Context(), cfg, o)
		if err == nil {
			return a
		}
		if vocab.CodeOf(err) != vocab.LeaseHeld {
			t.Fatal(err)
		}
		<-tick.C
	}
	t.Fatal("the lease of a dead process is never free")
	return nil
}

const killPeople = 40

type child struct {
	*testing.T
	a      *app.App
	job    task
	killer *killer
	people []resident
	rand   *rand.Rand

	mu   sync.Mutex // guards acks
	acks *os.File
}

func (c *child) tell(a ack) {
	line, err := json.Marshal(a)
	if err != nil {
		c.Fatal(err)
	}
	c.killer.at(c.Context(), "before the answer", a.What)
	c.mu.Lock()
	_, err = c.acks.Write(append(line, '\n'))
	c.mu.Unlock()
	if err != nil {
		c.Fatal(err)
	}
	c.killer.at(c.Context(), "after the answer", a.What)
}

// live does each verb of an access, some of them at once.
func (c *child) live() {
	first := c.asks(4)
	c.batch()
	c.grant(access.GrantSuspended)
	c.ask(c.job.Grants[1], 3, day(1)) // refused: it is suspended
	c.grant(access.GrantActive)
	c.erase(first)
	c.asks(3)
	c.killer.at(c.Context(), "end of work", "")
}

func (c *child) asks(n int) vocab.TraceID {
	var wg sync.WaitGroup
	var first vocab.TraceID
	for i := range n {
		who, value := c.rand.IntN(killPeople), day(c.rand.IntN(5))
		wg.Go(func() {
			if trace := c.ask(c.job.Grants[0], who, value); i == 0 {
				first = trace
			}
		})
	}
	wg.Wait()
	return first
}

func (c *child) ask(g access.Grant, who int, value string) vocab.TraceID {
	out, err := c.a.Door.Ask(c.Context(), user(apptest.Tax), ask(g, c.people[who], value))
	if refusal, ok := err.(*access.Refusal); ok {
		c.tell(ack{What: "refused", Trace: refusal.Trace})
		return refusal.Trace
	}
	if err != nil {
		c.Fatal(err)
	}
	c.tell(ack{What: "answered", Trace: out.Trace, Promise: out.Promise, Person: who, Value: value})
	return out.Trace
}

func (c *child) batch() {
	var rows []block.Row
	for _, i := range c.rand.Perm(killPeople)[:6] {
		rows = append(rows, block.Row{Subject: c.people[i].key(), Values: map[vocab.ItemID]string{Born: day(1)}})
	}
	g := c.job.Grants[0]
	s, bad, err := c.a.Door.StartBatch(c.Context(), user(apptest.Tax), batch.Call{Grant: g.ID, Question: vocab.Compare, Purpose: g.Purpose, Cases: []string{"P-1"}}, lines(rows...))
	if err != nil || len(bad) > 0 {
		c.Fatal(err, bad)
	}
	c.tell(ack{What: "batch", Batch: s.ID, Trace: s.Trace})
	if s = (&node{App: c.a}).ends(c, user(apptest.Tax), s.ID); s.State != batch.Done {
		c.Fatalf("the batch is %s: %s", s.State, s.Error)
	}
	c.tell(ack{What: "done", Batch: s.ID, Trace: s.Trace, Promise: s.Promise})
}

func (c *child) grant(to access.GrantState) {
	err := c.a.Door.EndGrant(c.Context(), apptest.Officer(apptest.Civil, vocab.Steward), c.job.Grants[1].ID, to, "a reason")
	if err != nil && vocab.CodeOf(err) != vocab.StateWrong {
		c.Fatal(err)
	}
	c.tell(ack{What: "grant", State: to})
}

func (c *child) erase(trace vocab.TraceID) {
	_, err := c.a.Ledger.Erase(c.Context(), ledger.Erasure{Traces: []vocab.TraceID{trace}, Member: apptest.Civil, Reason: "term over"})
	if err != nil {
		c.Fatal(err)
	}
	c.tell(ack{What: "erased", Trace: trace})
}

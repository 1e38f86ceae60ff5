package proofs

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// step of a grant's life: to is "" for a question.
type grantStep struct{ to access.GrantState }

// grantModel is one grant, asked and changed by one hand after the other.
var grantModel = porcupine.Model{
	Init: func() any { return access.GrantActive },
	Step: func(state, input, output any) (bool, any) {
		now, to, said := state.(access.GrantState), input.(grantStep).to, output.(vocab.Code)
		if to == "" {
			want := map[access.GrantState]vocab.Code{access.GrantActive: "", access.GrantSuspended: vocab.GrantSuspended, access.GrantEnded: vocab.GrantEnded}[now]
			return said == want, now
		}
		if now == access.GrantEnded || now == to {
			return said == vocab.StateWrong, now
		}
		return said == "", to
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%q -> %q", input, output) },
}

// TestGrantsAreLinearizable asks and changes one grant from many hands at once:
// there must be one order in which all of their answers are right.
func TestGrantsAreLinearizable(t *testing.T) {
	n := open(t, apptest.Config(t), app.Options{}, residents(10))
	for round := range 8 {
		g := apptest.Grant(vocab.Compare)
		n.put(t, g)
		var mu sync.Mutex // guards ops
		var ops []porcupine.Operation
		began := time.Now()
		var wg sync.WaitGroup
		for hand := range 6 {
			r := rand.New(rand.NewPCG(uint64(round), uint64(hand)))
			wg.Go(func() {
				for i := range 25 {
					in := grantStep{}
					switch k := r.IntN(60); {
					case k < 12:
						in.to = access.GrantSuspended
					case k < 24:
						in.to = access.GrantActive
					case k == 24 && i > 12:
						in.to = access.GrantEnded
					}
					from := time.Since(began)
					out := n.grantStep(t, g, in, r.IntN(5))
					to := time.Since(began)
					mu.Lock()
					ops = append(ops, porcupine.Operation{ClientId: hand, Input: in, Output: out, Call: int64(from), Return: int64(to)})
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if got := porcupine.CheckOperationsTimeout(grantModel, ops, 20*time.Second); got != porcupine.Ok {
			t.Fatalf("round %d: %s: %v", round, got, ops)
		}
	}
}

func (n *node) grantStep(t *testing.T, g access.Grant, in grantStep, who int) vocab.Code {
	var err error
	if in.to == "" {
		c := ask(g, n.people[who], day(1))
		c.Trace = ""
		_, err = n.Door.Ask(t.Context(), user(apptest.Tax), c)
	} else {
		err = n.Door.EndGrant(t.Context(), n.steward, g.ID, in.to, "a reason")
	}
	if err == nil {
		return ""
	}
	return vocab.CodeOf(err)
}

// TestRaceTakesEveryLock does everything at once on small data, for -race:
// questions, batches, changes of grants, bindings, registers, readers, erasures,
// totals, and a close in the middle of it.
func TestRaceTakesEveryLock(t *testing.T) {
	n := open(t, apptest.Config(t), app.Options{}, residents(30))
	g, other := apptest.Grant(vocab.Compare), apptest.Grant(vocab.Compare)
	n.put(t, g)
	n.put(t, other)
	tax := user(apptest.Tax)
	var traces sync.Map
	hands := []func(i int) error{
		func(i int) error {
			c := ask(g, n.people[i%5], day(i%4))
			c.Trace = ""
			out, err := n.Door.Ask(t.Context(), tax, c)
			traces.Store(out.Trace, true)
			return err
		},
		func(i int) error {
			row := block.Row{Subject: n.people[10+i%15].key(), Values: map[vocab.ItemID]string{Born: day(1)}}
			_, _, err := n.Door.StartBatch(t.Context(), tax, batch.Call{Grant: g.ID, Question: vocab.Compare, Purpose: g.Purpose, Cases: []string{"P-1"}}, lines(row))
			return err
		},
		func(i int) error {
			return n.Door.EndGrant(t.Context(), n.steward, other.ID, []access.GrantState{access.GrantSuspended, access.GrantActive}[i%2], "x")
		},
		func(int) error {
			_, err := n.Door.Bind(t.Context(), n.steward, binding(Name, "name", "name"))
			return err
		},
		func(i int) error { return n.loadSmall(t, i) },
		func(int) error {
			self, err := n.Identity.SelfActor(n.people[1].key())
			if err == nil {
				_, err = n.Door.Mine(t.Context(), self, 0, 5)
			}
			return err
		},
		func(int) error {
			_, err := n.Door.Accesses(t.Context(), tax, ledger.Filter{AsCaller: true})
			return err
		},
		func(int) error { _, err := n.Door.CheckSource(t.Context(), n.steward, "residents"); return err },
		func(int) error { n.Totals.Count("race"); return n.Totals.Flush(t.Context()) },
		func(int) error { _, err := n.Identity.Notices(t.Context(), n.steward, identity.Page{}); return err },
		func(i int) error {
			var err error
			traces.Range(func(trace, _ any) bool {
				_, err = n.Door.Why(t.Context(), tax, trace.(vocab.TraceID))
				if err == nil && i%4 == 0 {
					_, err = n.Ledger.Erase(t.Context(), ledger.Erasure{Traces: []vocab.TraceID{trace.(vocab.TraceID)}, Member: apptest.Civil, Reason: "x"})
					traces.Delete(trace)
				}
				return false
			})
			return err
		},
	}
	var wg sync.WaitGroup
	for k, hand := range hands {
		wg.Go(func() {
			for i := range 12 {
				if err := hand(i); err != nil && vocab.CodeOf(err) != vocab.StateWrong && vocab.CodeOf(err) != vocab.GuessGuard && vocab.CodeOf(err) != vocab.NoSuchThing {
					t.Errorf("hand %d: %v", k, err)
					return
				}
			}
		})
	}
	wg.Wait()
	late := make(chan error, 1)
	go func() {
		c := ask(g, n.people[1], day(1))
		c.Trace = ""
		_, err := n.Door.Ask(t.Context(), tax, c)
		late <- err
	}()
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if err := <-late; err != nil && vocab.KindOf(err) != vocab.Unavailable && vocab.KindOf(err) != vocab.Internal {
		t.Errorf("a question during the close: %v", err)
	}
}

func (n *node) loadSmall(t *testing.T, i int) error {
	_, err := n.Door.Load(t.Context(), n.steward, access.Register{
		ID: "small", Dated: time.Now(), Columns: []string{"number", "word"}, KeyKind: vocab.CitizenNumber,
		Rows: func(yield func([]string, error) bool) {
			for _, r := range n.people[:5] {
				if !yield([]string{r.number, fmt.Sprint(i)}, nil) {
					return
				}
			}
		},
	})
	return err
}

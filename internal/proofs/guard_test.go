package proofs

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// attacker is one member with everything that a member can have: several grants
// of every question, officers, machines, batches, a day of time.
type attacker struct {
	*node
	t      *testing.T
	clock  *clock.Fake
	actors []identity.Actor
	grants []access.Grant
	status access.Grant
	victim resident
	calls  int
	unsafe bool // the guard's memory is wiped after each call: a build without it
}

const (
	attackCalls = 10_000
	attackDays  = 7305 // the attacker knows: born in these twenty years
)

func newAttacker(t *testing.T, unsafe bool) *attacker {
	fake := clock.NewFake(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
	people := residents(4)
	people[0].born = day(6999)
	n := open(t, apptest.Config(t), app.Options{Clock: fake}, people)
	b := binding(Born, "born", "date")
	b.Statuses = append(b.Statuses, comparator.Status{Name: "of age", Conditions: []source.Condition{{Column: "licence", Op: source.In, Values: []string{"valid", "lost"}}}, FromColumn: "born"})
	n.bind(t, b)
	a := &attacker{node: n, t: t, clock: fake, victim: people[0], unsafe: unsafe}
	for i := range 4 {
		g := apptest.Grant(vocab.Compare)
		g.From, g.Until, g.Guesses, g.Existence = fake.Now().Add(-time.Hour), fake.Now().Add(48*time.Hour), 9*i, true
		n.put(t, g)
		a.grants = append(a.grants, g)
	}
	a.status = a.grants[0]
	a.status.ID, a.status.Question, a.status.Statuses = vocab.GrantID(vocab.NewID("g")), vocab.Status, []string{"of age", licensed}
	n.put(t, a.status)
	for i := range 3 {
		officer := user(apptest.Tax)
		officer.Officer = vocab.OfficerID(fmt.Sprintf("o-%d", i))
		machine := officer
		machine.Machine, machine.System = vocab.MachineID(fmt.Sprintf("m-%d", i)), vocab.SystemID(fmt.Sprintf("s-%d", i))
		a.actors = append(a.actors, officer, machine)
	}
	return a
}

// tick lets a day pass evenly over the attack.
func (a *attacker) tick() {
	a.calls++
	a.clock.Advance(24*time.Hour/attackCalls - time.Microsecond)
	if !a.unsafe {
		return
	}
	err := a.DB.Write(a.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(a.t.Context(), `DELETE FROM access_guess`)
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
}

// try submits one date as call n and reports a match.
func (a *attacker) try(n int, date string) bool {
	g, actor := a.grants[n%len(a.grants)], a.actors[n%len(a.actors)]
	if n%10 == 9 {
		return a.tryBatch(g, actor, date)
	}
	c := ask(g, a.victim, date)
	c.Trace = ""
	out, err := a.Door.Ask(a.t.Context(), actor, c)
	if err != nil && vocab.CodeOf(err) != vocab.GuessGuard {
		a.t.Error(err)
	}
	return err == nil && out.Answers[Born].Answer == vocab.Match
}

func (a *attacker) tryBatch(g access.Grant, actor identity.Actor, date string) bool {
	row := block.Row{Subject: a.victim.key(), Values: map[vocab.ItemID]string{Born: date}}
	s, bad, err := a.Door.StartBatch(a.t.Context(), actor, batch.Call{Grant: g.ID, Question: vocab.Compare, Purpose: g.Purpose, Cases: []string{"P-1"}}, lines(row))
	if err != nil || len(bad) > 0 {
		a.t.Error(err, bad)
		return false
	}
	if s = a.ends(a.t, actor, s.ID); s.State != batch.Done {
		return false
	}
	answers, err := a.Door.BatchAnswers(a.t.Context(), actor, s.ID)
	if err != nil {
		a.t.Error(err)
		return false
	}
	for r, err := range answers {
		if err == nil && r.Answers[Born].Answer == vocab.Match {
			return true
		}
	}
	return false
}

// halve asks a status as of ever other days: where a status begins with the
// birth date, thirteen answers would tell it.
func (a *attacker) halve() string {
	low, high := 0, attackDays
	for low < high && a.calls < attackCalls {
		mid := (low + high) / 2
		a.tick()
		asOf, err := time.Parse(time.DateOnly, day(mid))
		if err != nil {
			a.t.Fatal(err)
		}
		out, err := a.Door.Ask(a.t.Context(), a.actors[a.calls%len(a.actors)], access.Call{
			Grant: a.status.ID, Question: vocab.Status, Status: "of age", AsOf: asOf, Subject: a.victim.key(), Purpose: a.status.Purpose, Case: "P-1",
		})
		if vocab.CodeOf(err) == vocab.GuessGuard {
			return ""
		}
		if err != nil {
			a.t.Fatal(err)
		}
		if out.Answers[Born].Answer == vocab.Yes {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return day(low)
}

// run spends all calls and gives the birth date if it was found.
func (a *attacker) run() (found string) {
	if found = a.halve(); found != "" {
		return found
	}
	var mu sync.Mutex // guards found
	for a.calls < attackCalls && found == "" {
		var wg sync.WaitGroup
		for range 128 { // as many at once as the member has hands
			a.tick()
			n := a.calls
			wg.Go(func() {
				date := day(n % attackDays)
				if n%3 == 1 {
					date = date[:4] + "年" + date[5:7] + "月" + date[8:] + "日"
				}
				if a.try(n, date) {
					mu.Lock()
					defer mu.Unlock()
					found = day(n % attackDays)
				}
			})
		}
		wg.Wait()
	}
	return found
}

// TestGuessGuardNoBirthDateIsRecovered lets the attacker spend a day.
func TestGuessGuardNoBirthDateIsRecovered(t *testing.T) {
	heavy(t)
	a := newAttacker(t, false)
	if found := a.run(); found != "" {
		t.Errorf("after %d calls the attacker knows the birth date %s", a.calls, found)
	}
	if a.calls < attackCalls {
		t.Errorf("the attack ended after %d calls", a.calls)
	}
	notices, err := a.Identity.Notices(t.Context(), a.steward, identity.Page{})
	if err != nil || len(notices) == 0 || notices[0].Kind != "guess-guard" {
		t.Errorf("the provider was told nothing: %v, %v", notices, err)
	}
}

// TestGuessGuardTheAttackWorksWithoutTheGuard shows that the attacker above is
// stopped by the guard and by nothing else, by both of its ways.
func TestGuessGuardTheAttackWorksWithoutTheGuard(t *testing.T) {
	heavy(t)
	a := newAttacker(t, true)
	if found := a.halve(); found != a.victim.born {
		t.Errorf("halving finds %q, the birth date is %s", found, a.victim.born)
	}
	for i := 6900; i < attackDays; i++ {
		a.tick()
		if a.try(i, day(i)) {
			if day(i) != a.victim.born {
				t.Errorf("a match on %s, born on %s", day(i), a.victim.born)
			}
			return
		}
	}
	t.Error("without the guard the attack finds nothing: it proves nothing")
}

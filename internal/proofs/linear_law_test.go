package proofs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
)

// deed is what one hand does, and to what; heard is how it was answered, and what
// it gave.
type (
	deed  struct{ act, on string }
	heard struct{ code, gave string }
)

// liberty is something that is given and taken back while it is used: what stands
// at first, what each deed must answer and leave, and how a hand does it.
type liberty struct {
	begin string
	step  func(stands string, d deed, out heard) (bool, string)
	next  func(r *rand.Rand, nth int) string // the act of a hand's nth deed
	do    func(act string) (on string, out heard)
}

// table makes a step of states: by act and state, the state after; what is not
// there is refused and changes nothing. An act in asks is allowed in its states.
func table(moves map[string]map[string]string, asks map[string]string) func(string, deed, heard) (bool, string) {
	return func(stands string, d deed, out heard) (bool, string) {
		if in, ok := asks[d.act]; ok {
			return (out.code == "") == (stands == in), stands
		}
		to, may := moves[d.act][stands]
		if !may {
			return out.code != "", stands
		}
		return out.code == "", to
	}
}

// linear lets many hands do at once, and demands one order in which every answer
// is right: whatever began after a taking back had returned finds it taken back.
func (l liberty) linear(t *testing.T, seed uint64, hands, deeds int) {
	t.Helper()
	model := porcupine.Model{
		Init: func() any { return l.begin },
		Step: func(state, in, out any) (bool, any) {
			ok, next := l.step(state.(string), in.(deed), out.(heard))
			return ok, next
		},
		DescribeOperation: func(in, out any) string { return fmt.Sprintf("%v -> %v", in, out) },
	}
	var mu sync.Mutex // guards ops
	var ops []porcupine.Operation
	began := time.Now()
	var wg sync.WaitGroup
	for hand := range hands {
		r := rand.New(rand.NewPCG(seed, uint64(hand)))
		wg.Go(func() {
			for i := range deeds {
				act := l.next(r, i)
				from := time.Since(began)
				on, out := l.do(act)
				to := time.Since(began)
				mu.Lock()
				ops = append(ops, porcupine.Operation{ClientId: hand, Input: deed{act, on}, Output: out, Call: int64(from), Return: int64(to)})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if got := porcupine.CheckOperationsTimeout(model, ops, 20*time.Second); got != porcupine.Ok {
		t.Fatalf("%s: %v", got, ops)
	}
	seen := map[string]bool{}
	for _, o := range ops {
		seen[o.Input.(deed).act+" "+fmt.Sprint(o.Output.(heard).code == "")] = true
	}
	t.Logf("%d deeds: %v", len(ops), seen)
}

func codeOf(err error) heard {
	if err == nil {
		return heard{}
	}
	return heard{code: string(vocab.CodeOf(err))}
}

// oneOf draws an act; the last of them comes in the second half alone, and rarely.
func oneOf(deeds int, acts ...string) func(*rand.Rand, int) string {
	return func(r *rand.Rand, nth int) string {
		if k := r.IntN(3 * len(acts)); k < len(acts)-1 {
			return acts[k]
		} else if k == len(acts)-1 && nth > deeds/2 {
			return acts[k]
		}
		return acts[0]
	}
}

// rulesWorld is a city of one register, for its requests.
func rulesWorld(t *testing.T) *city {
	t.Helper()
	return newCity(t, citySize{departments: 3, providers: 1, people: 30}, 1)
}

func (c *city) submitted() *cityRequest {
	c.Helper()
	r := &cityRequest{from: c.members[1], reg: c.registry[0]}
	now := c.clock.Now()
	got, err := c.node.Share.Draft(c.Context(), r.clerk(), share.Fields{
		Dataset: r.reg.people.ID, Items: []vocab.ItemID{"born"}, Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single},
		Basis: entry.Cite{Law: "Social Insurance Law", Article: "58"}, Purpose: "pension", Scenario: "entitlement", From: now.Add(-time.Hour),
		Until: now.AddDate(1, 0, 0), PerDay: 1 << 30, CasePattern: `P-\d+`, Security: "sealed", ImpactRef: "pia-9",
	})
	c.must(err)
	r.id, r.until = got.ID, got.Until
	_, err = c.node.Share.Submit(c.Context(), r.clerk(), r.id)
	c.must(err)
	return r
}

func (c *city) compares(a identity.Actor, g vocab.GrantID, item vocab.ItemID, purpose string, who int) error {
	_, err := c.node.Door.Ask(c.Context(), a, access.Call{
		Grant: g, Question: vocab.Compare, Subject: citizenKey(who), Values: map[vocab.ItemID]string{item: c.said(who)}, Purpose: purpose, Case: "P-1",
	})
	return err
}

// TestADecisionAndAWithdrawalAreLinearizable has provider and requester decide and
// take back one request at once: one of them comes first, and only after an
// agreement that stands anybody asks.
func TestADecisionAndAWithdrawalAreLinearizable(t *testing.T) {
	c := rulesWorld(t)
	for round := range uint64(6) {
		r := c.submitted()
		liberty{
			begin: "submitted",
			step: table(map[string]map[string]string{
				"agree": {"submitted": "agreed"}, "refuse": {"submitted": "refused"}, "withdraw": {"submitted": "withdrawn"},
			}, map[string]string{"ask": "agreed"}),
			next: func(r *rand.Rand, nth int) string {
				return []string{"ask", "ask", "agree", "refuse", "withdraw"}[r.IntN(5)]
			},
			do: func(act string) (string, heard) {
				ctx, requests := c.Context(), c.node.Share
				var err error
				switch act {
				case "agree":
					_, err = requests.Decide(ctx, r.reg.steward("li"), r.id, share.Decision{Agree: true})
				case "refuse":
					_, err = requests.Decide(ctx, r.reg.steward("li"), r.id, share.Decision{Reason: "x", Citation: "y"})
				case "withdraw":
					_, err = requests.Withdraw(ctx, r.clerk(), r.id, "x")
				case "ask":
					var got *share.Request
					if got, err = requests.Get(ctx, r.clerk(), r.id); err == nil {
						err = c.compares(r.clerk(), got.Grant, r.reg.born(), "pension", 1)
					}
				}
				return "", codeOf(err)
			},
		}.linear(t, round, 4, 5)
	}
}

// TestSuspensionAndEndAreLinearizable has the provider suspend, resume and end, the
// node halt the body and let it ask again, and the body ask.
func TestSuspensionAndEndAreLinearizable(t *testing.T) {
	c := rulesWorld(t)
	for round := range uint64(5) {
		r := c.submitted()
		c.agree(r)
		steward := r.reg.steward("li")
		lift := func() error {
			return c.node.DB.Write(c.Context(), func(tx *db.Tx) error { return c.node.Door.LiftUnit(c.Context(), tx, r.from, "x") })
		}
		const deeds = 20
		liberty{
			begin: "active",
			step: table(map[string]map[string]string{
				"suspend": {"active": "suspended", "active, held": "suspended, held"}, "resume": {"suspended": "active", "suspended, held": "active, held"},
				"end":  {"active": "ended", "suspended": "ended", "active, held": "ended, held", "suspended, held": "ended, held"},
				"hold": {"active": "active, held", "suspended": "suspended, held", "ended": "ended, held", "active, held": "active, held", "suspended, held": "suspended, held", "ended, held": "ended, held"},
				"lift": {"active, held": "active", "suspended, held": "suspended", "ended, held": "ended", "active": "active", "suspended": "suspended", "ended": "ended"},
			}, map[string]string{"ask": "active"}),
			next: oneOf(deeds, "ask", "suspend", "resume", "resume", "hold", "lift", "end"),
			do: func(act string) (string, heard) {
				ctx := c.Context()
				var err error
				switch act {
				case "suspend":
					_, err = c.node.Share.Suspend(ctx, steward, r.grant, "x")
				case "resume":
					_, err = c.node.Share.Resume(ctx, steward, r.grant, "x")
				case "end":
					_, err = c.node.Share.End(ctx, steward, r.grant, "x")
				case "hold":
					err = c.node.DB.Write(ctx, func(tx *db.Tx) error {
						_, err := c.node.Door.SuspendUnit(ctx, tx, access.Halt{Member: r.from, Emergency: "x"}, func(access.Grant) error { return nil })
						return err
					})
				case "lift":
					err = lift()
				case "ask":
					err = c.compares(r.clerk(), r.grant, r.reg.born(), "pension", int(round))
				}
				return "", codeOf(err)
			},
		}.linear(t, round, 5, deeds)
		c.must(lift())
	}
}

// TestAnEmergencyObjectedToIsLinearizable has two officers review one emergency and
// the body ask: after the objection returned nothing is answered.
func TestAnEmergencyObjectedToIsLinearizable(t *testing.T) {
	c := rulesWorld(t)
	m := c.members[1]
	for round := range uint64(4) {
		e, err := c.node.Emergency.Declare(c.Context(), cityHand(m, "zhao", vocab.DataUser), access.EmergencyGrant{
			Items: []vocab.ItemID{c.registry[0].born()}, Question: vocab.Compare, Purpose: "rescue", Basis: "law 56", Reason: "flood",
		})
		c.must(err)
		liberty{
			begin: "declared",
			step:  table(map[string]map[string]string{"object": {"declared": "objected"}}, map[string]string{"ask": "declared"}),
			next: func(r *rand.Rand, nth int) string {
				if nth > 1 && r.IntN(4) == 0 {
					return "object"
				}
				return "ask"
			},
			do: func(act string) (string, heard) {
				if act == "object" {
					_, err := c.node.Emergency.Review(c.Context(), cityHand(m, "qian", vocab.DataUser), e.ID, false, "it was none")
					return "", codeOf(err)
				}
				return "", codeOf(c.compares(cityHand(m, "zhao", vocab.DataUser), e.Grant, c.registry[0].born(), "rescue", 2))
			},
		}.linear(t, round, 4, 5) // an emergency has twenty questions
	}
}

// TestAPersonsWordIsLinearizable has a person give and take back a word while the
// bank asks on the strength of it.
func TestAPersonsWordIsLinearizable(t *testing.T) {
	c := rulesWorld(t)
	ctx := c.Context()
	_, err := c.node.Identity.AddMember(ctx, bureau("chief"), identity.NewMember{ID: "bank", Name: identity.Name{En: "Bank", Zh: "银行"}, Kind: identity.KindService, Region: "990000"})
	c.must(err)
	bank := cityHand("bank", "sun", vocab.DataUser)
	reg, err := c.node.Authorisation.Register(ctx, bank, authorisation.Scope{
		Dataset: c.registry[0].people.ID, Items: []vocab.ItemID{"born"}, Question: vocab.Compare, Purpose: "loan", Service: "loans",
		Basis: entry.Cite{Law: "个人信息保护法", Article: "13"}, Most: 90, Security: "two officers",
	})
	c.must(err)
	reg, err = c.node.Authorisation.Review(ctx, bureau("chief"), reg.ID, true, "needed", "")
	c.must(err)
	for round := range 4 {
		self, err := c.node.Identity.SelfActor(citizenKey(round))
		c.must(err)
		offer, err := c.node.Authorisation.Show(ctx, self, reg.ID)
		c.must(err)
		var mu sync.Mutex // guards words
		var words []string
		last := func() string {
			mu.Lock()
			defer mu.Unlock()
			if len(words) == 0 {
				return "none"
			}
			return words[len(words)-1]
		}
		liberty{
			step: func(stands string, d deed, out heard) (bool, string) { // the word that stands; a new one takes its place
				switch d.act {
				case "give":
					return out.code == "", out.gave
				case "withdraw":
					if d.on == stands && stands != "" {
						return out.code == "", ""
					}
					return out.code != "", stands
				}
				return (out.code == "") == (stands != ""), stands
			},
			next: func(r *rand.Rand, _ int) string {
				return []string{"ask", "ask", "ask", "give", "withdraw"}[r.IntN(5)]
			},
			do: func(act string) (string, heard) {
				switch act {
				case "give":
					w, err := c.node.Authorisation.Give(ctx, self, reg.ID, authorisation.Given{Shown: offer.Shown})
					if err != nil {
						return "", codeOf(err)
					}
					mu.Lock()
					defer mu.Unlock()
					words = append(words, w.ID)
					return "", heard{gave: w.ID}
				case "withdraw":
					on := last()
					_, err := c.node.Authorisation.Withdraw(ctx, self, on)
					return on, codeOf(err)
				}
				return "", codeOf(c.compares(bank, reg.Grant, c.registry[0].born(), "loan", round))
			},
		}.linear(t, uint64(round), 5, 15)
	}
}

// TestAMandateThatEndsIsLinearizable has the principal end a mandate while the
// agent acts in a session of it, and opens others.
func TestAMandateThatEndsIsLinearizable(t *testing.T) {
	a := apptest.Open(t, apptest.Config(t), app.Options{})
	apptest.Init(t, a)
	ctx := t.Context()
	person := func(i int) identity.Actor {
		p, err := a.Identity.SelfActor(citizenKey(i))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for round := range 4 {
		m, err := a.Records.Mandates.Give(ctx, person(1), mandate.New{Agent: citizenKey(2), Acts: []string{mandate.Contest}, Until: time.Now().AddDate(0, 0, 30)})
		if err != nil {
			t.Fatal(err)
		}
		in, err := a.Records.Mandates.Enter(ctx, person(2), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		liberty{
			begin: "alive",
			step:  table(map[string]map[string]string{"withdraw": {"alive": "over"}}, map[string]string{"act": "alive", "enter": "alive"}),
			next: func(r *rand.Rand, nth int) string {
				if nth > 4 && r.IntN(10) == 0 {
					return "withdraw"
				}
				return []string{"act", "act", "enter"}[r.IntN(3)]
			},
			do: func(act string) (string, heard) { return "", codeOf(mandateDeed(ctx, a, act, m.ID, person, in.Token)) },
		}.linear(t, uint64(round), 4, 15)
	}
}

func mandateDeed(ctx context.Context, a *app.App, act, id string, person func(int) identity.Actor, token token.Token) error {
	switch act {
	case "withdraw":
		return a.Records.Mandates.Withdraw(ctx, person(1), id)
	case "enter":
		_, err := a.Records.Mandates.Enter(ctx, person(2), id)
		return err
	}
	agent, err := a.Identity.Authenticate(ctx, token)
	if err == nil {
		_, err = agent.For(mandate.Contest)
	}
	return err
}

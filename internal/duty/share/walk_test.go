package share_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/duty/share/emergency"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// ActAbout counts an act about a person with the others.
func (c *counted) ActAbout(ctx context.Context, tx *db.Tx, person vocab.PersonRef, act string, fields map[string]string) (ledger.Entry, error) {
	tx.OnCommit(func() { c.mu.Lock(); c.acts = append(c.acts, act); c.mu.Unlock() })
	return c.node.Ledger.ActAbout(ctx, tx, person, act, fields)
}

func (c *counted) both() [2]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return [2]int{len(c.acts), len(c.notices)}
}

// walk is a node on which everything that share does is counted.
type walk struct {
	*world
	clock         *clock.Fake
	asked         *counted // of authorisation
	urgent        *counted // of emergency
	authorisation *authorisation.Service
	emergency     *emergency.Service
	bank          identity.Actor
	actors        []identity.Actor

	request      *share.Request
	stopped      map[string]calendar.Running // clocks of the request that stand
	registration string
	word         string
	declared     string
}

func newWalk(t *testing.T) *walk {
	t.Helper()
	w, c := dated(t, "2026-03-02 09:00")
	k := &walk{world: w, clock: c, asked: &counted{node: w.node}, urgent: &counted{node: w.node}, bank: officer("bank", "hu", vocab.DataUser), stopped: map[string]calendar.Running{}}
	_, err := w.node.Identity.AddMember(t.Context(), chief, identity.NewMember{ID: "bank", Name: identity.Name{En: "bank"}, Kind: identity.KindService, Region: "990000"})
	w.must(err)
	k.authorisation, err = authorisation.New(authorisation.Parts{
		DB: w.node.DB, Clock: c, Ledger: k.asked, Notices: k.asked, Door: w.node.Door, Catalog: w.node.Catalog, Clocks: w.node.Calendar, Node: app.Place{App: w.node},
	})
	w.must(err)
	k.emergency, err = emergency.New(emergency.Parts{
		DB: w.node.DB, Clock: c, Ledger: k.urgent, Notices: k.urgent, Door: w.node.Door, Clocks: w.node.Calendar, Authority: app.Place{App: w.node}.Authority,
	})
	w.must(err)
	w.node.Calendar.Handle(emergency.RefKind, k.emergency.Expired)
	k.actors = []identity.Actor{clerk, clerk, officer("tax", "qian", vocab.DataUser), steward, steward, steward2, chief, chief, deputy, stranger, k.bank, k.person()}
	return k
}

func (k *walk) person() identity.Actor {
	number, _ := apptest.Citizen(3)
	a, err := k.node.Identity.SelfActor(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number})
	k.must(err)
	return a
}

// begin makes a new request: one that names an entry, or a demand.
func (k *walk) begin(t *rapid.T) {
	f := k.asks()
	switch rapid.SampledFrom([]string{"compare", "batch", "demand"}).Draw(t, "begins") {
	case "batch":
		f = k.batchRead()
	case "demand":
		k.request = k.demand(k.wishes())
		return
	}
	k.request = k.draft(f)
}

// acts are all that anybody may do, in share and in what belongs to it.
func (k *walk) acts() map[string]func(a identity.Actor) error {
	ctx, id := k.t.Context(), k.request.ID
	out := map[string]func(identity.Actor) error{
		"submit":   func(a identity.Actor) error { _, err := k.Submit(ctx, a, id); return err },
		"withdraw": func(a identity.Actor) error { _, err := k.Withdraw(ctx, a, id, "no need"); return err },
		"agree":    func(a identity.Actor) error { _, err := k.Decide(ctx, a, id, share.Decision{Agree: true}); return err },
		"refuse": func(a identity.Actor) error {
			_, err := k.Decide(ctx, a, id, share.Decision{Reason: "no", Citation: "art. 1"})
			return err
		},
		"approve": func(a identity.Actor) error { _, err := k.Approve(ctx, a, id); return err },
		"supply":  func(a identity.Actor) error { _, err := k.Supply(ctx, a, id, k.asks()); return err },
		"certify": func(a identity.Actor) error {
			y, m, d := k.clock.Now().Date()
			_, err := k.Certify(ctx, a, id, share.Destruction{Method: "deleted", What: "all", On: calendar.DayOf(y, m, d)})
			return err
		},
		"suspend": func(a identity.Actor) error { _, err := k.Suspend(ctx, a, k.request.Grant, "why"); return err },
		"resume":  func(a identity.Actor) error { _, err := k.Resume(ctx, a, k.request.Grant, "why"); return err },
		"end":     func(a identity.Actor) error { _, err := k.End(ctx, a, k.request.Grant, "why"); return err },
	}
	if d := k.request.Demanded; d != nil {
		out["list"] = func(a identity.Actor) error {
			_, err := k.node.Demand.Answer(ctx, a, d.ID, demand.Answer{Dataset: k.firms.ID})
			return err
		}
		out["unlist"] = func(a identity.Actor) error {
			_, err := k.node.Demand.Answer(ctx, a, d.ID, demand.Answer{Reason: "no", Citation: "art. 1"})
			return err
		}
	}
	if d := k.request.Demanded; d != nil {
		for name, w := range map[string]demand.Answer{"pass on": {Of: "school", Reason: "theirs"}, "hand on": {NotMine: true, Reason: "not ours"}, "assign demand": {Of: "civil", Reason: "theirs"}} {
			out[name] = func(a identity.Actor) error { _, err := k.node.Demand.Answer(ctx, a, d.ID, w); return err }
		}
	}
	for _, act := range share.Acts() {
		out[act+" "] = func(a identity.Actor) error {
			w := word(act)
			w.Days, w.Dataset = 5, k.firms.ID
			_, err := k.Take(ctx, a, id, w)
			return err
		}
	}
	return out
}

// others are the acts of authorisation and of emergency, each with its counter.
func (k *walk) others() map[string]func(a identity.Actor) (*counted, error) {
	ctx := k.t.Context()
	return map[string]func(identity.Actor) (*counted, error){
		"register": func(a identity.Actor) (*counted, error) {
			r, err := k.authorisation.Register(ctx, a, authorisation.Scope{
				Dataset: k.people.ID, Items: []vocab.ItemID{"born"}, Question: vocab.Compare, Purpose: "loan", Service: "loan", Basis: k.asks().Basis, Most: 30, Security: "x",
			})
			if err == nil {
				k.registration = r.ID
			}
			return k.asked, err
		},
		"review": func(a identity.Actor) (*counted, error) {
			_, err := k.authorisation.Review(ctx, a, k.registration, true, "fit", "")
			return k.asked, err
		},
		"end registration": func(a identity.Actor) (*counted, error) {
			_, err := k.authorisation.End(ctx, a, k.registration, "over")
			return k.asked, err
		},
		"give": func(a identity.Actor) (*counted, error) {
			o, err := k.authorisation.Show(ctx, a, k.registration)
			if err != nil {
				return k.asked, err
			}
			given, err := k.authorisation.Give(ctx, a, k.registration, authorisation.Given{Shown: o.Shown})
			if err == nil {
				k.word = given.ID
			}
			return k.asked, err
		},
		"take back": func(a identity.Actor) (*counted, error) {
			_, err := k.authorisation.Withdraw(ctx, a, k.word)
			return k.asked, err
		},
		"declare": func(a identity.Actor) (*counted, error) {
			e, err := k.emergency.Declare(ctx, a, access.EmergencyGrant{
				Items: []vocab.ItemID{k.people.ItemID("name")}, Question: vocab.Read, Purpose: "rescue", Basis: "art. 56", Reason: "flood",
			})
			if err == nil {
				k.declared = e.ID
			}
			return k.urgent, err
		},
		"uphold": func(a identity.Actor) (*counted, error) {
			_, err := k.emergency.Review(ctx, a, k.declared, true, "it was one")
			return k.urgent, err
		},
		"object": func(a identity.Actor) (*counted, error) {
			_, err := k.emergency.Review(ctx, a, k.declared, false, "it was none")
			return k.urgent, err
		},
	}
}

// tick lets days pass and has every clock do what is due.
func (k *walk) tick(t *rapid.T) {
	at, before := k.last(), [3][2]int{k.counted.both(), k.asked.both(), k.urgent.both()}
	k.clock.Advance(time.Duration(rapid.IntRange(1, 30).Draw(t, "days")) * 24 * time.Hour)
	_, err := k.node.Calendar.Sweep(k.t.Context(), 10_000)
	k.must(err)
	for i, c := range []*counted{k.counted, k.asked, k.urgent} {
		now := c.both()
		acts, notices := now[0]-before[i][0], now[1]-before[i][1]
		if i == 0 && (acts != notices || acts != k.facts(at)) || acts > notices {
			t.Fatalf("time left %d acts, %d notices, %d facts", acts, notices, k.facts(at))
		}
	}
}

// counts is what the request's own step leaves behind.
func (k *walk) counts(t *rapid.T, act string, a identity.Actor, do func(identity.Actor) error) {
	at, before := k.last(), k.counted.both()
	lines, err := k.History(k.t.Context(), clerk, k.request.ID, 0)
	k.must(err)
	took := do(a)
	now := k.counted.both()
	after, err := k.History(k.t.Context(), clerk, k.request.ID, 0)
	k.must(err)
	got, want := [4]int{now[0] - before[0], now[1] - before[1], k.facts(at), len(after) - len(lines)}, [4]int{}
	if took == nil {
		want = [4]int{1, 1, 1, 1}
	}
	if got != want {
		t.Fatalf("%s by %s: acts, notices, facts, lines %v, want %v (%v)", act, a.Officer, got, want, took)
	}
	k.holds(t, after)
}

// holds are the rules that no path breaks.
func (k *walk) holds(t *rapid.T, lines []share.Change) {
	r, err := k.Get(k.t.Context(), clerk, k.request.ID)
	k.must(err)
	k.request = r
	given := r.State == share.StateAgreed || r.State == share.StateInPart
	decided := slices.ContainsFunc(lines, func(c share.Change) bool {
		return (c.Act == share.ActAgree || c.Act == share.ActInPart) && c.Member == r.Provider && c.Officer == ""
	})
	if given != (r.Grant != "") || given != decided {
		t.Fatalf("%s with grant %q, decided %v", r.State, r.Grant, decided)
	}
	for act, most := range map[string]int{share.ActExtend: 1, share.ActSupplement: 1, share.ActProcedure: 3, share.ActReroute: 1, share.ActAssign: 1, share.ActMoved: 3} {
		n := 0
		for _, c := range lines {
			if c.Act == act {
				n++
			}
		}
		if n > most {
			t.Fatalf("%s %d times", act, n)
		}
	}
	standing := map[string]calendar.Running{}
	for _, c := range r.Clocks {
		if !c.Stopped() || !c.Open() {
			continue
		}
		if was, ok := k.stopped[c.ID]; ok && (was.Step != c.Step || !was.DueAt.Equal(c.DueAt)) || !c.NextAt.IsZero() {
			t.Fatalf("%s stands and runs: step %d, due %s, next %s", c.Rule.Name, c.Step, c.DueAt, c.NextAt)
		}
		standing[c.ID] = c
	}
	k.stopped = standing
}

// open are the steps that the table leaves to somebody now.
func (k *walk) open() (names []string, by []identity.Actor) {
	for _, a := range k.actors {
		if a.Member == "" {
			continue
		}
		for _, s := range k.request.Steps(a) {
			name := s.Act
			switch {
			case s.Act == share.ActListed:
				name = "list"
			case s.Act == share.ActUnlisted:
				name = "unlist"
			case s.Act == share.ActMoved && s.By == share.Authority:
				name = "assign demand"
			case s.Act == share.ActMoved:
				name = []string{"pass on", "hand on"}[len(names)%2]
			case k.request.State == share.StateSecond && s.Act == share.ActAgree:
				name = "approve"
			case s.Act == share.ActPropose || s.Act == share.ActInPart:
				name = "agree"
			case s.By == share.Authority && s.Act != share.ActSuspend && s.Act != share.ActResume && s.Act != share.ActEnd || slices.Contains(share.Acts(), s.Act) && s.Act != share.ActRefuse:
				name += " "
			}
			names, by = append(names, name), append(by, a)
		}
	}
	return names, by
}

// TestAWalkOverAllActsOfSharingKeepsTheRules takes random acts of random people,
// of share, authorisation and emergency, and lets time pass between them. A step
// taken leaves one act and one notice (an emergency tells all concerned), one
// refused leaves nothing; no path gives a grant without the provider's decision; a
// stopped clock never runs; what comes once comes once.
func TestAWalkOverAllActsOfSharingKeepsTheRules(t *testing.T) {
	k := newWalk(t)
	taken := map[string]int{}
	walks := func(rt *rapid.T) {
		k.begin(rt)
		for range rapid.IntRange(4, 14).Draw(rt, "steps") {
			a := rapid.SampledFrom(k.actors).Draw(rt, "actor")
			mine, theirs := k.acts(), k.others()
			names := []string{"", ""} // time passes
			for name := range mine {
				names = append(names, name)
			}
			for name := range theirs {
				names = append(names, name)
			}
			slices.Sort(names)
			name := rapid.SampledFrom(names).Draw(rt, "act")
			if fit, by := k.open(); len(fit) > 0 && rapid.IntRange(0, 3).Draw(rt, "fits") > 0 {
				i := rapid.IntRange(0, len(fit)-1).Draw(rt, "which")
				if name, a = fit[i], by[i]; name == "withdraw" && rapid.Bool().Draw(rt, "stays") {
					continue
				}
			} else if rapid.Bool().Draw(rt, "other") {
				name = rapid.SampledFrom([]string{"register", "review", "give", "take back", "end registration", "declare", "uphold", "object"}).Draw(rt, "of others")
				a = map[string]identity.Actor{
					"register": k.bank, "review": chief, "give": k.person(), "take back": k.person(), "end registration": k.bank, "declare": clerk,
				}[name]
				if a.Nobody() {
					a = officer("tax", "qian", vocab.DataUser)
				}
			}
			switch do, own := mine[name]; {
			case name == "":
				k.tick(rt)
				lines, err := k.History(k.t.Context(), clerk, k.request.ID, 0)
				k.must(err)
				k.holds(rt, lines)
			case own:
				state := k.request.State
				k.counts(rt, name, a, func(a identity.Actor) error {
					err := do(a)
					if err == nil {
						taken[name+" from "+string(state)]++
					}
					return err
				})
			default:
				all := map[*counted][2]int{k.asked: k.asked.both(), k.urgent: k.urgent.both()}
				c, err := theirs[name](a)
				now := c.both()
				acts, notices := now[0]-all[c][0], now[1]-all[c][1]
				if err == nil && (acts != 1 || notices < 1 || c == k.asked && notices != 1) || err != nil && (acts != 0 || notices != 0) {
					rt.Fatalf("%s by %s: %d acts, %d notices, %v", name, a.Officer, acts, notices, err)
				}
				if err == nil {
					taken[name]++
				}
			}
		}
	}
	// What is drawn differs from run to run: a short run that met few kinds of steps
	// walks on, and one that goes nowhere fails however long it walks.
	for round := 0; round < 5 && len(taken) < 25; round++ {
		rapid.Check(t, walks)
	}
	if len(taken) < 25 {
		t.Fatalf("the walk went nowhere: %v", taken)
	}
	t.Logf("%d kinds of steps: %v", len(taken), taken)
}

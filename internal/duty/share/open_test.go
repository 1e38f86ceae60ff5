package share_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/share"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// stage is a world in which a request can be led to each of its states.
type stage struct {
	*world
	clock  *clock.Fake
	cond   vocab.DatasetID // shared on conditions: its reply may be extended
	school vocab.DatasetID // the true source
}

func newStage(t *testing.T) *stage {
	t.Helper()
	w, c := dated(t, "2026-03-02 09:00")
	s := &stage{world: w, clock: c}
	d := people()
	d.Name.ZH, d.Share, d.ShareCondition = "居民（有条件）", vocab.Conditional, "for entitlements"
	s.cond = w.publish(d).ID
	d = people()
	d.Name.ZH = "学籍"
	theirs, err := w.node.Catalog.Create(t.Context(), stranger, d)
	w.must(err)
	set, err := apptest.Publish(t.Context(), w.node, stranger, theirs.ID, theirs.Rev)
	w.must(err)
	s.school = set.ID
	for _, o := range []identity.Actor{chief, deputy, steward, steward2} {
		made(t, w, o.Officer, "")
	}
	return s
}

func (s *stage) conditional() share.Fields {
	f := s.asks()
	f.Dataset, f.Items = s.cond, []vocab.ItemID{"born", "name"}
	return f
}

func (s *stage) decide(a identity.Actor, id vocab.RequestID, d share.Decision) vocab.RequestID {
	s.t.Helper()
	_, err := s.Decide(s.t.Context(), a, id, d)
	s.must(err)
	return id
}

// leads take a new request along the steps of a path, each as "who act".
func (s *stage) leads(id vocab.RequestID, path ...string) vocab.RequestID {
	s.t.Helper()
	who := map[string]identity.Actor{"clerk": clerk, "steward": steward, "school": stranger, "chief": chief, "deputy": deputy}
	for _, p := range path {
		name, act, _ := strings.Cut(p, " ")
		w := word(act)
		if w.Days = 5; act == share.ActAssign {
			w.Dataset = s.cond
		} else {
			w.Dataset = s.school
		}
		s.take(who[name], id, w)
	}
	return id
}

func (s *stage) granted() (vocab.RequestID, vocab.GrantID) {
	s.t.Helper()
	r := s.agree(s.conditional())
	return r.ID, r.Grant
}

// states lead a new request to each state that it or its grant can be in.
func (s *stage) states() map[string]func() vocab.RequestID {
	no := share.Decision{Reason: "no", Citation: "art. 9"}
	refused := func() vocab.RequestID { return s.decide(steward, s.submit(s.conditional()).ID, no) }
	wish := func() *share.Request { return s.demand(s.wishes()) }
	answered := func(r *share.Request, a identity.Actor, with demand.Answer) vocab.RequestID {
		_, err := s.answer(a, r, with)
		s.must(err)
		return r.ID
	}
	unlisted := func() vocab.RequestID {
		return answered(wish(), steward, demand.Answer{Reason: "no", Citation: "art. 1"})
	}
	turned := func(do func(g vocab.GrantID) error) vocab.RequestID {
		id, g := s.granted()
		s.must(do(g))
		return id
	}
	ctx := s.t.Context()
	return map[string]func() vocab.RequestID{
		"draft":       func() vocab.RequestID { return s.draft(s.conditional()).ID },
		"submitted":   func() vocab.RequestID { return s.submit(s.conditional()).ID },
		"of one day":  func() vocab.RequestID { return s.submit(s.asks()).ID },
		"of one item": func() vocab.RequestID { f := s.conditional(); f.Items = f.Items[:1]; return s.submit(f).ID },
		"two hands":   func() vocab.RequestID { return s.submit(s.batchRead()).ID },
		"second": func() vocab.RequestID {
			return s.decide(steward, s.submit(s.batchRead()).ID, share.Decision{Agree: true})
		},
		"second in part": func() vocab.RequestID {
			return s.decide(steward, s.submit(s.batchRead()).ID, share.Decision{Agree: true, Items: []vocab.ItemID{"born"}, Reason: "x", Citation: "y"})
		},
		"supplementing": func() vocab.RequestID { return s.leads(s.submit(s.conditional()).ID, "steward supplement") },
		"in procedure":  func() vocab.RequestID { return s.leads(s.submit(s.conditional()).ID, "steward procedure") },
		"in procedure, extended": func() vocab.RequestID {
			return s.leads(s.submit(s.conditional()).ID, "steward ask-extension", "chief extend", "steward procedure")
		},
		"extension asked": func() vocab.RequestID { return s.leads(s.submit(s.conditional()).ID, "steward ask-extension") },
		"extension refused": func() vocab.RequestID {
			return s.leads(s.submit(s.conditional()).ID, "steward ask-extension", "chief refuse-extension")
		},
		"extended": func() vocab.RequestID {
			return s.leads(s.submit(s.conditional()).ID, "steward ask-extension", "chief extend")
		},
		"rerouted": func() vocab.RequestID { return s.leads(s.submit(s.conditional()).ID, "steward reroute") },
		"assigning": func() vocab.RequestID {
			return s.leads(s.submit(s.conditional()).ID, "steward reroute", "school disown")
		},
		"assigned": func() vocab.RequestID {
			return s.leads(s.submit(s.conditional()).ID, "steward reroute", "school disown", "chief assign")
		},
		"refused":    refused,
		"consulting": func() vocab.RequestID { return s.leads(refused(), "clerk dispute") },
		"settled":    func() vocab.RequestID { return s.leads(refused(), "clerk dispute", "clerk settle") },
		"authority":  func() vocab.RequestID { return s.leads(refused(), "clerk dispute", "clerk escalate") },
		"upheld":     func() vocab.RequestID { return s.leads(refused(), "clerk dispute", "clerk escalate", "chief uphold") },
		"ordered":    func() vocab.RequestID { return s.leads(refused(), "clerk dispute", "clerk escalate", "chief order") },
		"superior": func() vocab.RequestID {
			return s.leads(refused(), "clerk dispute", "clerk escalate", "chief uphold", "clerk appeal")
		},
		"upheld above": func() vocab.RequestID {
			return s.leads(refused(), "clerk dispute", "clerk escalate", "chief uphold", "clerk appeal", "deputy uphold")
		},
		"ordered above": func() vocab.RequestID {
			return s.leads(refused(), "clerk dispute", "clerk escalate", "chief uphold", "clerk appeal", "deputy order")
		},
		"demand": func() vocab.RequestID { return wish().ID },
		"demand moved": func() vocab.RequestID {
			return answered(wish(), steward, demand.Answer{Of: "school", Reason: "theirs"})
		},
		"demand assigning": func() vocab.RequestID {
			return answered(wish(), steward, demand.Answer{NotMine: true, Reason: "not ours"})
		},
		"demand refused":        unlisted,
		"demand ordered":        func() vocab.RequestID { return s.leads(unlisted(), "clerk dispute", "clerk escalate", "chief order") },
		"demand consulting":     func() vocab.RequestID { return s.leads(unlisted(), "clerk dispute") },
		"demand to be ruled on": func() vocab.RequestID { return s.leads(unlisted(), "clerk dispute", "clerk escalate") },
		"order to list appealed": func() vocab.RequestID {
			return s.leads(unlisted(), "clerk dispute", "clerk escalate", "chief order", "steward appeal")
		},
		"granted":   func() vocab.RequestID { id, _ := s.granted(); return id },
		"delivered": func() vocab.RequestID { id, _ := s.granted(); return s.leads(id, "steward deliver", "steward review") },
		"suspended": func() vocab.RequestID {
			return turned(func(g vocab.GrantID) error { _, err := s.Suspend(ctx, steward, g, "why"); return err })
		},
		"suspended by the authority": func() vocab.RequestID {
			return turned(func(g vocab.GrantID) error { _, err := s.Suspend(ctx, chief, g, "why"); return err })
		},
		"suspended by the provider, then by the authority": func() vocab.RequestID {
			return turned(func(g vocab.GrantID) error {
				_, err := s.Suspend(ctx, steward, g, "why")
				s.must(err)
				_, err = s.Suspend(ctx, chief, g, "why")
				return err
			})
		},
		"suspended by the node": func() vocab.RequestID { return turned(s.halted) },
		"ended": func() vocab.RequestID {
			return turned(func(g vocab.GrantID) error { _, err := s.End(ctx, steward, g, "why"); return err })
		},
		"withdrawn": func() vocab.RequestID {
			id := s.submit(s.conditional()).ID
			_, err := s.Withdraw(ctx, clerk, id, "why")
			s.must(err)
			return id
		},
		"overdue": func() vocab.RequestID { id := s.submit(s.asks()).ID; s.days(3); return id },
		"window over": func() vocab.RequestID {
			id := refused()
			s.days(20)
			return id
		},
		"appeal's window over": func() vocab.RequestID {
			id := s.leads(refused(), "clerk dispute", "clerk escalate", "chief uphold")
			s.days(20)
			return id
		},
		"over by its day": func() vocab.RequestID { id, _ := s.granted(); s.days(400); return id },
		"suspended, then over by its day": func() vocab.RequestID {
			id := turned(func(g vocab.GrantID) error { _, err := s.Suspend(ctx, steward, g, "why"); return err })
			s.days(400)
			return id
		},
		"certified": func() vocab.RequestID {
			id := turned(func(g vocab.GrantID) error { _, err := s.End(ctx, clerk, g, "why"); return err })
			s.must(s.certify(clerk, id))
			return id
		},
	}
}

// halted suspends a grant as a review that is overdue does: by nobody's word.
func (s *stage) halted(g vocab.GrantID) error {
	return s.node.DB.Write(s.t.Context(), func(tx *db.Tx) error {
		one, err := s.node.Door.GrantFor(steward, g)
		if err != nil {
			return err
		}
		one.State, one.Reason = access.GrantSuspended, "the review of an emergency is overdue"
		return s.node.Door.PutGrant(s.t.Context(), tx, one, identity.Actor{})
	})
}

func (s *stage) days(n int) {
	s.t.Helper()
	s.clock.Set(s.clock.Now().AddDate(0, 0, n))
	_, err := s.node.Calendar.Sweep(s.t.Context(), 10_000)
	s.must(err)
}

func (s *stage) certify(a identity.Actor, id vocab.RequestID) error {
	_, err := s.Certify(s.t.Context(), a, id, share.Destruction{Method: "deleted", What: "all", On: calendar.DayOf(s.clock.Now().Date())})
	return err
}

// tries are the ways to take a step with valid input; one of them is enough.
func (s *stage) tries(a identity.Actor, r *share.Request, act string) []error {
	ctx, id := s.t.Context(), r.ID
	decides := func(d share.Decision) error { _, err := s.Decide(ctx, a, id, d); return err }
	approves := func() error { _, err := s.Approve(ctx, a, id); return err }
	answers := func(w demand.Answer) error {
		if r.Demanded == nil {
			return vocab.StateWrong
		}
		_, err := s.answer(a, r, w)
		return err
	}
	takes := func() error {
		w := word(act)
		if w.Days, w.Dataset = 5, s.school; r.Provider == "school" || act == share.ActAssign && r.Provider != "civil" {
			w.Dataset = s.cond
		}
		_, err := s.Take(ctx, a, id, w)
		return err
	}
	first := func() []vocab.ItemID {
		if len(r.Items) > 1 {
			return r.Items[:1]
		}
		return r.Items
	}
	one := func(err error) []error { return []error{err} }
	second, partly := r.State == share.StateSecond, r.Decision != nil && len(r.Decision.Items) > 0
	switch act {
	case share.ActSubmit:
		_, err := s.Submit(ctx, a, id)
		return one(err)
	case share.ActWithdraw:
		_, err := s.Withdraw(ctx, a, id, "why")
		return one(err)
	case share.ActSupply:
		_, err := s.Supply(ctx, a, id, s.conditional())
		return one(err)
	case share.ActAgree, share.ActInPart:
		switch {
		case second && partly == (act == share.ActInPart):
			return one(approves())
		case second || act == share.ActInPart && len(r.Items) < 2:
			return nil // nobody can say it
		case act == share.ActInPart:
			return one(decides(share.Decision{Agree: true, Items: first(), Reason: "x", Citation: "y"}))
		}
		return one(decides(share.Decision{Agree: true}))
	case share.ActPropose:
		if r.Question != vocab.Read {
			return nil
		}
		return one(decides(share.Decision{Agree: true}))
	case share.ActRefuse:
		return []error{decides(share.Decision{Reason: "no", Citation: "art. 9"}), takes()}
	case share.ActListed:
		set := s.firms.ID
		if r.Provider == "school" {
			set = s.school
		}
		return one(answers(demand.Answer{Dataset: set}))
	case share.ActUnlisted:
		return one(answers(demand.Answer{Reason: "no", Citation: "art. 1"}))
	case share.ActMoved:
		of := vocab.MemberID("school")
		if r.Provider == "school" {
			of = "civil"
		}
		return []error{answers(demand.Answer{Of: of, Reason: "theirs"}), answers(demand.Answer{NotMine: true, Reason: "not ours"})}
	case share.ActSuspend:
		_, err := s.Suspend(ctx, a, r.Grant, "why")
		return one(err)
	case share.ActResume:
		_, err := s.Resume(ctx, a, r.Grant, "why")
		return one(err)
	case share.ActEnd:
		_, err := s.End(ctx, a, r.Grant, "why")
		return one(err)
	case share.ActCertify:
		return one(s.certify(a, id))
	}
	return one(takes())
}

// In each state that a request or its grant can be in, each step that is offered is
// taken when it is said well, and each that would be taken is offered. A step is known
// to be taken by its act, which the ledger then refuses, so that nothing changes.
func TestEachStepThatIsOfferedIsTakenAndEachThatIsTakenIsOffered(t *testing.T) {
	s := newStage(t)
	var acts []string
	for _, l := range share.Transitions() {
		if len(l.Roles) > 0 && l.Act != share.ActDemand && !slices.Contains(acts, l.Act) { // a demand begins the request
			acts = append(acts, l.Act)
		}
	}
	machine := steward
	machine.Officer, machine.Machine = "", "m-1"
	actors := map[string]identity.Actor{
		"clerk": clerk, "steward": steward, "steward2": steward2, "machine": machine, "chief": chief, "deputy": deputy, "school": stranger,
		"audit": officer("tax", "feng", vocab.Auditor),
	}
	taken := errors.New("it would be taken")
	offered := map[string]bool{}
	holds := func(name string, id vocab.RequestID) {
		for who, a := range actors {
			r, err := s.Get(t.Context(), a, id)
			if vocab.CodeOf(err) == vocab.NoSuchThing {
				continue
			}
			s.must(err)
			steps := r.Steps(a)
			s.counted.actErr = taken
			for _, act := range acts {
				n := 0
				for _, l := range steps {
					if l.Act == act {
						n++
					}
				}
				all := s.tries(a, r, act)
				if may := slices.ContainsFunc(all, func(err error) bool { return errors.Is(err, taken) }); n > 1 || (n == 1) != may {
					t.Errorf("%s (%s): %s for %s: offered %d times, taken %v: %v", name, r.State, act, who, n, may, all)
				}
				offered[act] = offered[act] || n > 0
			}
			s.counted.actErr = nil
		}
	}
	for name, lead := range s.states() {
		holds(name, lead())
	}
	s.must(s.node.Calendar.ImportRules(t.Context(), chief, []calendar.Rule{{
		Name: share.RuleConformity, Jurisdiction: "990000", Kind: calendar.WorkingDays, Length: 2, Stops: []string{"supplement"}, Citation: "local measure 3",
	}}))
	holds("conformity check", s.submit(s.conditional()).ID)
	for _, act := range acts {
		if !offered[act] {
			t.Errorf("no state of this test offers %s", act)
		}
	}
}

// What becomes of a grant is told with the grant's state, in the history as in the
// notice: a request stays agreed whatever happens to it.
func TestTheHistorySaysTheStateOfTheGrantBesideWhatBecameOfIt(t *testing.T) {
	s := newStage(t)
	id, g := s.granted()
	s.leads(id, "steward deliver", "steward review")
	_, err := s.Suspend(t.Context(), steward, g, "why")
	s.must(err)
	s.leads(id, "steward review")
	_, err = s.End(t.Context(), clerk, g, "why")
	s.must(err)
	s.must(s.certify(clerk, id))
	list, err := s.History(t.Context(), clerk, id, 2)
	s.must(err)
	var got []string
	for _, c := range list {
		got = append(got, c.Act+" "+c.To)
	}
	want := []string{"agree agreed", "deliver active", "review active", "suspend suspended", "review suspended", "end ended", "certify ended"}
	if !slices.Equal(got, want) {
		t.Errorf("the history says %q", got)
	}
	if n := s.counted.notices[len(s.counted.notices)-1]; n.Params["state"] != "ended" {
		t.Errorf("the notice of the certificate: %+v", n)
	}
}

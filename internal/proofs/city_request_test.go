package proofs

import (
	"slices"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// cityRequest is one request with what its bodies know of it.
type cityRequest struct {
	id    vocab.RequestID
	from  vocab.MemberID
	reg   *registry // where the data are, as far as is known
	firms bool
	grant vocab.GrantID
	state access.GrantState
	since time.Time
	until time.Time
}

func (r *cityRequest) clerk() identity.Actor { return cityHand(r.from, "zhao", vocab.DataUser) }

// usable says whether the grant should answer now.
func (r *cityRequest) usable(now time.Time) bool {
	return r.grant != "" && r.state == access.GrantActive && now.Before(r.until)
}

// What may cross a step that was planned before: another's, or a clock's.
var crossed = []vocab.Code{vocab.StateWrong}

// The lives that requests take, by how often of a hundred.
var lives = []struct {
	share int
	live  func(*city, *cityRequest)
}{
	{30, func(c *city, r *cityRequest) { c.in(0, 9, func() { c.agree(r) }) }},
	{8, func(c *city, r *cityRequest) {
		c.in(0, 9, func() {
			c.decide(r, share.Decision{Agree: true, Items: []vocab.ItemID{"born"}, Reason: "less is enough", Citation: "law 6"})
		})
	}},
	{8, func(c *city, r *cityRequest) { c.in(0, 9, func() { c.refuse(r, "law 20") }) }},
	{14, (*city).disputedRefusal},
	{8, (*city).supplemented},
	{7, (*city).extended},
	{6, func(c *city, r *cityRequest) { c.in(13, 25, func() { c.agree(r) }) }},
	{4, (*city).disputedSilence},
	{5, (*city).rerouted},
	{3, (*city).disowned},
	{3, func(c *city, r *cityRequest) {
		c.in(0, 5, func() {
			_, err := c.node.Share.Withdraw(c.Context(), r.clerk(), r.id, "no longer needed")
			c.step("withdraw", err, crossed...)
		})
	}},
	{4, func(*city, *cityRequest) {}}, // nobody ever answers
}

// ask drafts and submits a request, and puts its life on the agenda.
func (c *city) ask() {
	ctx := c.Context()
	r := &cityRequest{from: c.members[c.rnd.IntN(len(c.members))], reg: c.registry[c.rnd.IntN(len(c.registry))], firms: c.chance(15)}
	for r.from == r.reg.member {
		r.from = c.members[c.rnd.IntN(len(c.members))]
	}
	f := c.fields(r)
	var got *share.Request
	var err error
	c.timed("draft and submit", func() {
		if got, err = c.node.Share.Draft(ctx, r.clerk(), f); err == nil {
			r.id = got.ID
			got, err = c.node.Share.Submit(ctx, r.clerk(), r.id)
		}
	})
	if !c.step("submit", err) {
		return
	}
	c.requests = append(c.requests, r)
	pick := c.rnd.IntN(100)
	if f.Question == vocab.Read {
		pick = 0 // two stewards agree to it
	}
	for _, l := range lives {
		if pick -= l.share; pick >= 0 {
			continue
		}
		live := l.live
		if got.State != share.StateConformity {
			live(c, r)
			return
		}
		c.in(0, 4, func() { // the region's own look comes first
			if c.word(r, bureau("chief"), share.Word{Act: share.ActPass}) {
				live(c, r)
			}
		})
		return
	}
}

func (c *city) fields(r *cityRequest) share.Fields {
	now := c.clock.Now()
	f := share.Fields{
		Dataset: r.reg.people.ID, Items: []vocab.ItemID{"born", "name"}, Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single, vocab.Batch},
		Basis: entry.Cite{Law: "Social Insurance Law", Article: "58"}, Purpose: "pension", Scenario: "entitlement at the counter",
		From: now.Add(-time.Hour), Until: now.AddDate(1, 0, 0), PerDay: 1 << 30, CasePattern: `P-\d+`, Security: "sealed terminals", ImpactRef: "pia-9",
	}
	switch {
	case r.firms:
		f.Dataset = r.reg.firms.ID
	case c.chance(10):
		f.Question, f.Statute = vocab.Read, "Social Insurance Law 74"
	case c.chance(10):
		f.Until = now.AddDate(0, 0, 20)
	}
	r.since, r.until = f.From, f.Until
	return f
}

// word takes a step of the request.
func (c *city) word(r *cityRequest, a identity.Actor, w share.Word) bool {
	c.Helper()
	var got *share.Request
	var err error
	c.timed("step of a request", func() { got, err = c.node.Share.Take(c.Context(), a, r.id, w) })
	if !c.step(w.Act, err, crossed...) {
		return false
	}
	switch w.Act {
	case share.ActUphold, share.ActOrder:
		c.book["disputes|"+string(got.Provider)+"|"+w.Act]++
	}
	return true
}

func (c *city) refuse(r *cityRequest, citation string) bool {
	return c.decide(r, share.Decision{Reason: "the ground does not reach so far", Citation: citation})
}

func (c *city) agree(r *cityRequest) { c.decide(r, share.Decision{Agree: true}) }

// decide gives the provider's word; where it needs a second steward, one comes.
func (c *city) decide(r *cityRequest, d share.Decision) bool {
	if d.Agree && !c.clock.Now().Before(r.until) {
		d = share.Decision{Reason: "the period that was asked is over", Citation: "law 19"}
	}
	var got *share.Request
	var err error
	c.timed("decision", func() { got, err = c.node.Share.Decide(c.Context(), r.reg.steward("li"), r.id, d) })
	if !c.step("decide", err, crossed...) {
		return false
	}
	if got.State == share.StateSecond {
		c.in(0.1, 2, func() {
			got, err := c.node.Share.Approve(c.Context(), r.reg.steward("he"), r.id)
			if c.step("approve", err, crossed...) {
				c.decided(r, got)
			}
		})
		return true
	}
	c.decided(r, got)
	return true
}

// decided notes a decision as the reports must tell it, and what follows.
func (c *city) decided(r *cityRequest, got *share.Request) {
	c.book["answers|"+string(got.Provider)+"|"]++
	if got.State == share.StateRefused {
		c.book["refusals|"+string(got.Provider)+"|"+got.Decision.Citation]++
		return
	}
	r.grant, r.state = got.Grant, access.GrantActive
	if r.firms || got.Question != vocab.Compare {
		return
	}
	c.grants = append(c.grants, r)
	switch {
	case c.chance(8):
		c.in(4, 8, func() {
			_, err := c.node.Share.Suspend(c.Context(), r.reg.steward("li"), r.grant, "looked at again")
			if c.step("suspend", err, crossed...) {
				r.state = access.GrantSuspended
				c.in(1, 5, func() {
					_, err := c.node.Share.Resume(c.Context(), r.reg.steward("li"), r.grant, "in order")
					if c.step("resume", err, crossed...) {
						r.state = access.GrantActive
					}
				})
			}
		})
	case c.chance(10):
		c.in(6, 12, func() {
			_, err := c.node.Share.End(c.Context(), r.clerk(), r.grant, "the purpose is reached")
			if c.step("end", err, crossed...) {
				r.state = access.GrantEnded
				c.in(2, 22, func() { c.certify(r) })
			}
		})
	}
}

func (c *city) certify(r *cityRequest) {
	_, err := c.node.Share.Certify(c.Context(), r.clerk(), r.id, share.Destruction{
		Method: "overwritten", What: "working copies", On: calendar.DayOf(c.clock.Now().In(cityZone).Date()),
	})
	c.step("certify", err, crossed...)
}

// disputedRefusal is refused; the requester disputes it, and the levels rule.
func (c *city) disputedRefusal(r *cityRequest) {
	chief, deputy := bureau("chief"), bureau("deputy")
	order := share.Word{Act: share.ActOrder, Reason: "the law names this use", Citation: "law 21"}
	uphold := share.Word{Act: share.ActUphold, Reason: "the law does not reach so far", Citation: "law 20"}
	c.in(0, 8, func() {
		if !c.refuse(r, "law 21") {
			return
		}
		c.in(0, 4, func() {
			if !c.word(r, r.clerk(), share.Word{Act: share.ActDispute, Reason: "the law names this use"}) {
				return
			}
			if c.chance(30) {
				c.in(1, 8, func() { c.word(r, r.clerk(), share.Word{Act: share.ActSettle}) })
				return
			}
			c.in(1, 8, func() {
				if !c.word(r, r.clerk(), share.Word{Act: share.ActEscalate, Reason: "no agreement"}) {
					return
				}
				c.in(1, 12, func() {
					if c.chance(50) && c.word(r, chief, order) {
						c.after(r, order)
					} else if c.word(r, chief, uphold) && c.chance(50) {
						c.in(0, 3, func() {
							if c.word(r, r.clerk(), share.Word{Act: share.ActAppeal, Reason: "both laws are to be weighed"}) {
								c.in(1, 10, func() {
									if c.word(r, deputy, order) {
										c.in(0, 6, func() { c.agree(r) })
									}
								})
							}
						})
					}
				})
			})
		})
	})
}

// after is what a provider does that was ordered to agree.
func (c *city) after(r *cityRequest, order share.Word) {
	if c.chance(70) {
		c.in(0, 6, func() { c.agree(r) })
		return
	}
	c.in(0, 3, func() {
		if !c.word(r, r.reg.steward("li"), share.Word{Act: share.ActAppeal, Reason: "another law forbids it"}) {
			return
		}
		c.in(1, 10, func() {
			if c.word(r, bureau("deputy"), order) {
				c.in(0, 6, func() { c.agree(r) })
			}
		})
	})
}

// proceeded is a request before whose answer an archive is heard, within the term of
// that or after it.
func (c *city) proceeded(r *cityRequest) {
	c.in(0, 3, func() {
		if !c.word(r, r.reg.steward("li"), share.Word{Act: share.ActProcedure, Kind: "consultation", Reason: "the archive is heard", Citation: "Archives Law art. 28"}) {
			return
		}
		c.in(1, 30, func() {
			if c.word(r, r.reg.steward("li"), share.Word{Act: share.ActProceed}) {
				c.in(0, 6, func() { c.agree(r) })
			}
		})
	})
}

func (c *city) supplemented(r *cityRequest) {
	if c.chance(30) {
		c.proceeded(r)
		return
	}
	c.in(0, 3, func() {
		if !c.word(r, r.reg.steward("li"), share.Word{Act: share.ActSupplement, Reason: "the scenario is too short"}) {
			return
		}
		c.in(1, 12, func() {
			f := c.fields(r)
			f.Scenario = "entitlement at the counter, for the pension of the person who stands there"
			_, err := c.node.Share.Supply(c.Context(), r.clerk(), r.id, f)
			if c.step("supply", err, crossed...) {
				c.in(0, 6, func() { c.agree(r) })
			}
		})
	})
}

func (c *city) extended(r *cityRequest) {
	c.in(0, 3, func() {
		if r.firms || !c.word(r, r.reg.steward("li"), share.Word{Act: share.ActAskMore, Reason: "the register is being moved", Days: 5}) {
			c.in(0, 6, func() { c.agree(r) })
			return
		}
		c.in(0, 2, func() {
			act := share.Word{Act: share.ActExtend, Reason: "granted"}
			if c.chance(30) {
				act = share.Word{Act: share.ActNoMore, Reason: "the term is long enough"}
			}
			c.word(r, bureau("chief"), act)
			c.in(3, 15, func() { c.agree(r) })
		})
	})
}

// disputedSilence waits until the term is over and asks the authority to rule.
func (c *city) disputedSilence(r *cityRequest) {
	c.in(20, 24, func() {
		if !c.word(r, r.clerk(), share.Word{Act: share.ActDispute, Reason: "no word within the term"}) {
			return
		}
		c.in(1, 10, func() {
			if c.word(r, bureau("chief"), share.Word{Act: share.ActOrder, Reason: "no ground for silence", Citation: "law 21"}) {
				c.in(0, 6, func() { c.agree(r) })
			}
		})
	})
}

// other is another register than the request's.
func (c *city) other(r *cityRequest) *registry {
	at := slices.Index(c.registry, r.reg)
	for i := 1; ; i++ {
		if o := c.registry[(at+i)%len(c.registry)]; o.member != r.from {
			return o
		}
	}
}

func (r *cityRequest) set(reg *registry) vocab.DatasetID {
	if r.firms {
		return reg.firms.ID
	}
	return reg.people.ID
}

func (c *city) rerouted(r *cityRequest) {
	c.in(0, 3, func() {
		to := c.other(r)
		if c.word(r, r.reg.steward("li"), share.Word{Act: share.ActReroute, Reason: "not ours", Dataset: r.set(to)}) {
			r.reg = to
			c.in(0, 7, func() { c.agree(r) })
		}
	})
}

func (c *city) disowned(r *cityRequest) {
	c.in(0, 3, func() {
		if !c.word(r, r.reg.steward("li"), share.Word{Act: share.ActDisown, Reason: "not ours, and we do not know whose"}) {
			return
		}
		c.in(0, 7, func() {
			to := c.other(r)
			if c.word(r, bureau("chief"), share.Word{Act: share.ActAssign, Reason: "by its tasks", Dataset: r.set(to)}) {
				r.reg = to
				c.in(0, 7, func() { c.agree(r) })
			}
		})
	})
}

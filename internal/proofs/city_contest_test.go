package proofs

import (
	"fmt"
	"slices"

	"fontis/internal/duty/quality"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// disputed is one value that somebody contests in the month.
type disputed struct {
	reg    *registry
	who    int
	wrong  bool // the register holds what is not so
	id     vocab.ContestID
	raiser identity.Actor
	blind  bool // the register was away when the contest was accepted
	tasks  int
}

// The ways in which contests are raised, in turn.
func (c *city) raiserOf(d *disputed, r *quality.Raise) identity.Actor {
	other := c.members[c.rnd.IntN(len(c.members))]
	for other == d.reg.member {
		other = c.members[c.rnd.IntN(len(c.members))]
	}
	switch c.rnd.IntN(4) {
	case 0:
		a, err := c.node.Identity.SelfActor(r.Subject)
		c.must(err)
		return a
	case 1:
		r.AtCounter = true
		return cityHand(other, "chen", vocab.Counter)
	case 2:
		r.Case = fmt.Sprintf("P-%d", c.rnd.IntN(1000))
		return cityHand(other, "zhao", vocab.DataUser)
	}
	r.Judgment = "2026-C-77"
	return cityHand(other, "zhao", vocab.DataUser)
}

// contested takes a step of a contest and tells its true time.
func (c *city) contested(what string, do func() (*quality.Contest, error), may ...vocab.Code) (*quality.Contest, bool) {
	c.Helper()
	var got *quality.Contest
	var err error
	c.timed("step of a contest", func() { got, err = do() })
	return got, c.step(what, err, may...)
}

// raise contests the value; the authority takes it up, or does not.
func (c *city) raise(d *disputed) {
	ctx, chief := c.Context(), bureau("chief")
	r := quality.Raise{Item: d.reg.born(), Subject: citizenKey(d.who), Fault: quality.Wrong, Claimed: c.said(d.who), Statement: "my papers say so"}
	d.raiser = c.raiserOf(d, &r)
	got, ok := c.contested("raise", func() (*quality.Contest, error) { return c.node.Quality.Raise(ctx, d.raiser, r) })
	if !ok {
		return
	}
	d.id = got.ID
	if r.AtCounter { // from here on it is the person's own
		a, err := c.node.Identity.SelfActor(r.Subject)
		c.must(err)
		d.raiser = a
	}
	if c.chance(10) {
		c.in(0, 2, func() { c.declined(d) })
		return
	}
	c.in(0, 3, func() {
		d.blind = d.reg.away.Load()
		_, ok := c.contested("accept", func() (*quality.Contest, error) { return c.node.Quality.Accept(ctx, chief, d.id) })
		if ok {
			d.reg.labels[d.who]++
			c.route(d)
		}
	})
}

// declined is not taken up; half of the raisers ask for another officer's look,
// and half of those are heard.
func (c *city) declined(d *disputed) {
	ctx := c.Context()
	_, ok := c.contested("decline", func() (*quality.Contest, error) {
		return c.node.Quality.Decline(ctx, bureau("chief"), d.id, quality.Word{Reason: "it names no fault", Citation: "rule 3"})
	})
	if !ok {
		return
	}
	c.book["corrections|"+string(d.reg.member)+"|decline"]++
	if c.chance(50) {
		return
	}
	c.in(0, 5, func() {
		_, ok := c.contested("ask for a review", func() (*quality.Contest, error) {
			return c.node.Quality.AskReview(ctx, d.raiser, d.id, quality.Word{Reason: "the papers were not read"})
		}, crossed...)
		if !ok {
			return
		}
		reopen := c.chance(50)
		c.in(0, 12, func() {
			d.blind = d.reg.away.Load()
			_, ok := c.contested("decide a review", func() (*quality.Contest, error) {
				return c.node.Quality.Decide(ctx, bureau("deputy"), d.id, reopen, quality.Word{Reason: "looked at again", Citation: "rule 4"})
			})
			if ok && reopen {
				d.reg.labels[d.who]++
				c.route(d)
			}
		})
	})
}

// route brings the contest to the department that holds the value, sometimes by a
// way round.
func (c *city) route(d *disputed) {
	ctx, chief := c.Context(), bureau("chief")
	steward := d.reg.steward("li")
	c.in(0, 3, func() {
		if _, ok := c.contested("route", func() (*quality.Contest, error) { return c.node.Quality.Route(ctx, chief, d.id, quality.Word{}) }); !ok {
			return
		}
		if !c.chance(10) {
			c.in(0, 2, func() {
				if _, ok := c.contested("take", func() (*quality.Contest, error) { return c.node.Quality.Take(ctx, steward, d.id) }); ok {
					c.verify(d)
				}
			})
			return
		}
		c.in(0, 2, func() {
			_, ok := c.contested("not mine", func() (*quality.Contest, error) {
				return c.node.Quality.NotMine(ctx, steward, d.id, quality.Word{Reason: "kept elsewhere"})
			})
			if !ok {
				return
			}
			c.in(0, 4, func() {
				_, ok := c.contested("assign", func() (*quality.Contest, error) {
					return c.node.Quality.Assign(ctx, chief, d.id, quality.Word{Reason: "it is yours by your tasks", To: d.reg.member})
				})
				if ok {
					c.verify(d)
				}
			})
		})
	})
}

// verify has the department look at its own value, and say what it found.
func (c *city) verify(d *disputed) {
	steward := d.reg.steward("li")
	if c.chance(10) {
		c.in(0, 2, func() {
			c.contested("extend", func() (*quality.Contest, error) {
				return c.node.Quality.Extend(c.Context(), steward, d.id, quality.Word{Reason: "an archive must be asked", Days: 3})
			}, crossed...)
		})
	}
	c.in(2.1, 9, func() { c.find(d) })
}

func (c *city) find(d *disputed) {
	f := quality.Finding{As: quality.StateUpheld, Word: quality.Word{Reason: "the register of births says so", Citation: "law 9"}}
	what := "uphold"
	switch {
	case d.wrong:
		f.As, what = quality.StateCorrected, "correct"
		if d.reg.value[d.who] != c.said(d.who) {
			d.reg.set(c, d.who, c.said(d.who)) // in the department's own system
		}
	case c.chance(20):
		f.As, f.Remedy, what = quality.StateActDispute, quality.Court, "refer"
	}
	got, ok := c.contested(what, func() (*quality.Contest, error) {
		return c.node.Quality.Find(c.Context(), d.reg.steward("li"), d.id, f)
	}, vocab.SourceAway)
	if !ok { // the register was away: another day
		c.in(0.5, 1.5, func() { c.find(d) })
		return
	}
	c.book["corrections|"+string(d.reg.member)+"|"+what]++
	if !d.wrong {
		d.reg.labels[d.who]--
		return
	}
	c.corrected(d, got)
}

// corrected holds who was told against who is known to have had the wrong value;
// each answers some day.
func (c *city) corrected(d *disputed, got *quality.Contest) {
	tasks, err := c.node.Quality.TasksOf(c.Context(), bureau("chief"), d.id, "", 500)
	c.must(err)
	var told, want []string
	for _, t := range tasks {
		told = append(told, string(t.Member)+" under "+string(t.Grant))
	}
	for _, u := range d.reg.uses[d.who] {
		if u.value != c.said(d.who) || d.blind { // unread at the beginning: everybody is told
			want = append(want, string(u.member)+" under "+string(u.grant))
		}
	}
	for _, b := range c.waiting { // what became of it is not known: its body may have had the value
		if b.of.reg == d.reg && slices.Contains(b.who, d.who) {
			want = append(want, string(b.of.from)+" under "+string(b.of.grant))
		}
	}
	slices.Sort(told)
	slices.Sort(want)
	if want = slices.Compact(want); !slices.Equal(told, want) {
		c.Fatalf("contest %s (blind %v): told were %d %v, the wrong value had %d %v", d.id, d.blind, len(told), told, len(want), want)
	}
	c.count["holders told"] += len(tasks)
	if d.tasks = len(tasks); d.tasks == 0 {
		d.reg.labels[d.who]--
		if got.State != quality.StateClosed {
			c.Fatalf("nobody had the wrong value and contest %s is %s", d.id, got.State)
		}
		return
	}
	for _, t := range tasks {
		c.in(0, 14, func() { c.answer(d, t) })
	}
}

func (c *city) answer(d *disputed, t *quality.Task) {
	a, w := cityHand(t.Member, "zhao", vocab.DataUser), quality.Answer{State: quality.TaskRedone}
	switch {
	case c.chance(5):
		a, w = bureau("chief"), quality.Answer{State: quality.TaskExcused, Reason: "the office was closed for good"}
	case c.chance(40):
		w = quality.Answer{State: quality.TaskNoEffect, Reason: "the day of birth decided nothing in this case"}
	}
	var err error
	c.timed("answer of a holder", func() { _, err = c.node.Quality.Answer(c.Context(), a, t.ID, w) })
	if !c.step("answer", err) {
		return
	}
	if d.tasks--; d.tasks == 0 {
		d.reg.labels[d.who]--
	}
}

package proofs

import (
	"time"

	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// citizenOf is a resident: those whose values are contested are asked about more
// often than others.
func (c *city) citizenOf() int {
	troubled := (c.size.contests + len(c.registry) - 1) / len(c.registry)
	if c.chance(c.size.known) {
		return c.rnd.IntN(troubled)
	}
	return c.rnd.IntN(c.size.people)
}

// said is what bodies believe of a resident: what the person's papers say.
func (c *city) said(i int) string { return c.bornOf[i] }

// single asks one question under some grant, and holds the answer against what is
// known: the grant, the register, the contests.
func (c *city) single() {
	if len(c.grants) == 0 {
		c.in(0.5, 1.5, c.single)
		return
	}
	r, i, now := c.grants[c.rnd.IntN(len(c.grants))], c.citizenOf(), c.clock.Now()
	born := r.reg.born()
	purpose := "pension"
	if c.chance(3) {
		purpose = "curiosity"
	}
	var out access.Answered
	var err error
	c.timed("question", func() {
		out, err = c.node.Door.Ask(c.Context(), r.clerk(), access.Call{
			Grant: r.grant, Question: vocab.Compare, Subject: citizenKey(i), Values: map[vocab.ItemID]string{born: c.said(i)}, Purpose: purpose, Case: "P-1",
		})
	})
	want := vocab.Code("")
	switch {
	case r.state == access.GrantSuspended:
		want = vocab.GrantSuspended
	case !r.usable(now):
		want = vocab.GrantEnded
	case purpose != "pension":
		want = vocab.PurposeOutside
	case r.reg.away.Load():
		want = vocab.SourceAway
	}
	if got := vocab.CodeOf(err); err == nil && want != "" || err != nil && got != want {
		c.Fatalf("a question at %s under a grant that is %s until %s: %v, want %q", now, r.state, r.until, err, want)
	}
	switch want {
	case "":
		c.count["questions answered"]++
		c.hold(r, i, out)
		c.used(r, i, out.Trace)
	case vocab.SourceAway:
		c.count["questions that found the source away"]++
		c.comesToRest(out.Trace)
	default:
		c.count["questions refused"]++
		c.book["turned-away|"+string(r.from)+"|"+string(want)]++
	}
}

// hold compares an answer with the register and with the contests that stand.
func (c *city) hold(r *cityRequest, i int, out access.Answered) {
	a := out.Answers[r.reg.born()]
	want := vocab.Mismatch
	if r.reg.value[i] == c.said(i) {
		want = vocab.Match
	}
	if a.Answer != want || a.Disputed != (r.reg.labels[i] > 0) {
		c.Fatalf("resident %d of %s: %s disputed %v, want %s with %d labels", i, r.reg.member, a.Answer, a.Disputed, want, r.reg.labels[i])
	}
}

// used notes an answer about a value that is or will be contested.
func (c *city) used(r *cityRequest, i int, trace vocab.TraceID) {
	if i*len(c.registry) < c.size.contests {
		r.reg.uses[i] = append(r.reg.uses[i], citizenUse{r.from, r.grant, trace, r.reg.value[i]})
	}
}

// comesToRest waits for the outcome of an access, which follows its record.
func (c *city) comesToRest(trace vocab.TraceID) {
	if trace == "" {
		return
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for range 2000 {
		e, err := c.node.Ledger.Entry(c.Context(), trace, ledger.Viewer{Auditor: true})
		c.must(err)
		if e.State != string(vocab.Intended) {
			return
		}
		<-tick.C
	}
	c.Fatalf("the outcome of %s never came", trace)
}

// batch compares many residents at once.
func (c *city) batch() {
	var r *cityRequest
	for range 20 { // bodies send batches under grants that stand
		if len(c.grants) > 0 {
			if g := c.grants[c.rnd.IntN(len(c.grants))]; g.usable(c.clock.Now()) {
				r = g
				break
			}
		}
	}
	if r == nil {
		c.in(0.5, 1.5, c.batch)
		return
	}
	who := make([]int, c.size.rows)
	for n := range who {
		who[n] = c.citizenOf()
	}
	born, b := r.reg.born(), cityBatch{of: r, who: who}
	c.timed("batch", func() {
		s, bad, err := c.node.Door.StartBatch(c.Context(), r.clerk(), batch.Call{Grant: r.grant, Question: vocab.Compare, Purpose: "pension", Cases: []string{"P-1"}},
			func(yield func(block.Row, error) bool) {
				for _, i := range who {
					if !yield(block.Row{Subject: citizenKey(i), Values: map[vocab.ItemID]string{born: c.said(i)}}, nil) {
						return
					}
				}
			})
		if err != nil || len(bad) > 0 {
			c.Fatal(err, bad)
		}
		b.id = s.ID
		c.batchEnds(b)
	})
	c.count["rows of batches"] += len(who)
}

// cityBatch is one batch on its way.
type cityBatch struct {
	of  *cityRequest
	who []int
	id  vocab.BatchID
}

// batchEnds waits for a batch. One that found its register away waits for the next
// start of the node, and is then held against the grant anew.
func (c *city) batchEnds(b cityBatch) {
	s := (&node{App: c.node}).ends(c, b.of.clerk(), b.id)
	usable, away := b.of.usable(c.clock.Now()), b.of.reg.away.Load()
	switch {
	case s.State == batch.Done && usable && !away:
		for _, i := range b.who {
			c.used(b.of, i, s.Trace)
		}
	case s.State == batch.Failed && usable && away:
		c.waiting = append(c.waiting, b)
	case s.State == batch.Failed && !usable: // its grant ended while it waited
	default:
		c.Fatalf("batch %s is %s (%s); its grant is usable: %v, its register away: %v", b.id, s.State, s.Error, usable, away)
	}
	c.count["batches "+string(s.State)]++
}

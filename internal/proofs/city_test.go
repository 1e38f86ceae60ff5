package proofs

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/clock"
	"fontis/internal/vocab"
)

// citySize is how large the city is, and what happens there in its month.
type citySize struct {
	departments, providers, people        int
	requests, accesses, singles, contests int
	rows                                  int // of one batch
	known                                 int // of a hundred accesses, those about residents whose values are contested
}

var (
	smallCity = citySize{departments: 12, providers: 4, people: 200, requests: 60, accesses: 4_000, singles: 120, contests: 30, rows: 400, known: 20}
	fullCity  = citySize{departments: 200, providers: 40, people: 5_000, requests: 5_000, accesses: 2_000_000, singles: 20_000, contests: 2_000, rows: 4_000, known: 4}
)

// cityVariable is "full" for the whole city, which the long run plays too, "small"
// for the one of every day, or a number by which what happens is divided.
const cityVariable = "FONTIS_CITY"

// sizeOfCity is what was asked for, with its name.
func sizeOfCity(t *testing.T) (citySize, string) {
	t.Helper()
	asked := os.Getenv(cityVariable)
	switch {
	case asked == "full" || asked == "" && long():
		return fullCity, "full"
	case asked == "" || asked == "small":
		return smallCity, "small"
	}
	n, err := strconv.Atoi(asked)
	if err != nil || n < 1 || n > 50 {
		t.Fatalf("%s is %q: full, small, or a number up to 50", cityVariable, asked)
	}
	part := fullCity
	part.requests, part.accesses, part.singles, part.contests = part.requests/n, part.accesses/n, part.singles/n, part.contests/n
	return part, "a part of " + asked
}

// The month begins on a Monday, with three holidays and two make-up days before
// it ends; afterwards what was begun is brought to its end.
var (
	cityZone  = time.FixedZone("UTC+8", 8*3600)
	cityBegin = time.Date(2026, 9, 14, 8, 0, 0, 0, cityZone)
)

const (
	cityMonth = 31 * 24 * time.Hour
	cityTail  = 60 * 24 * time.Hour
)

// TestAMonthInTheLifeOfACity plays a month in simulated time: departments ask
// for each other's data and decide, use what was granted, contest and correct
// values; over holidays, with sources, a witness and the node itself away for
// days. Then every clock must have been kept or escalated, every correction
// answered by exactly those who had the wrong value, the ledger must hold
// against the log, and the reports must say what happened.
func TestAMonthInTheLifeOfACity(t *testing.T) {
	heavy(t)
	size, name := sizeOfCity(t)
	seed := seedOf(t)
	f := &finding{
		what: "city: a month, " + name, seed: fmt.Sprint(seed),
		size: fmt.Sprintf("%d departments, %d requests, %d accesses, %d contests", size.departments, size.requests, size.accesses, size.contests),
	}
	record(t, f)
	c := newCity(t, size, seed)
	c.plan()
	c.play(cityBegin.Add(cityMonth + cityTail))
	c.settle()
	told := c.check()
	f.figures = told + "; " + c.spent()
	t.Log(told)
	t.Log(c.spent())
}

// city is the world and what is known of it without asking the node.
type city struct {
	*testing.T

	size  citySize
	rnd   *rand.Rand
	clock *clock.Fake
	cfg   app.Config
	node  *app.App

	agenda   agenda
	turn     int
	down     time.Time // the node comes up again then; zero: it runs
	members  []vocab.MemberID
	registry []*registry
	witness  *outsideWitness
	requests []*cityRequest
	grants   []*cityRequest // with a grant that may be used
	waiting  []cityBatch    // for their register, and the next start
	contests []*disputed

	bornOf []string       // what each resident's papers say
	book   map[string]int // what the reports must say: table|body|ground
	count  map[string]int
	took   map[string]spell
}

// spell is how long something took, over all its calls, in true time.
type spell struct {
	n    int
	all  time.Duration
	most time.Duration
}

// timed takes the true time of a part of the product.
func (c *city) timed(what string, do func()) {
	began := time.Now()
	do()
	d := time.Since(began)
	s := c.took[what]
	c.took[what] = spell{s.n + 1, s.all + d, max(s.most, d)}
}

// spent says where the true time went.
func (c *city) spent() string {
	var out []string
	for what, s := range c.took {
		out = append(out, fmt.Sprintf("%s %s in %d, longest %s", what, s.all.Round(time.Millisecond), s.n, s.most.Round(time.Millisecond)))
	}
	slices.Sort(out)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return "true time: " + strings.Join(out, "; ") + fmt.Sprintf("; %d MB from the system", m.Sys>>20)
}

// event is something that somebody does at its time.
type event struct {
	at  time.Time
	seq int
	do  func()
}

type agenda []event

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, k int) bool {
	return a[i].at.Before(a[k].at) || a[i].at.Equal(a[k].at) && a[i].seq < a[k].seq
}
func (a agenda) Swap(i, k int) { a[i], a[k] = a[k], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(event)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// at puts something on the agenda.
func (c *city) at(when time.Time, do func()) {
	c.turn++
	heap.Push(&c.agenda, event{when.Truncate(time.Microsecond), c.turn, do})
}

// in puts something on the agenda, between so many days from now.
func (c *city) in(least, most float64, do func()) {
	days := least + c.rnd.Float64()*(most-least)
	c.at(c.clock.Now().Add(time.Duration(days*24*float64(time.Hour))+time.Microsecond), do)
}

// chance is true so often of a hundred times.
func (c *city) chance(percent int) bool { return c.rnd.IntN(100) < percent }

// play does what is on the agenda, each at its time, and between it what is due.
func (c *city) play(until time.Time) {
	for len(c.agenda) > 0 && !c.agenda[0].at.After(until) {
		e := heap.Pop(&c.agenda).(event)
		if e.at.Before(c.down) { // nobody is there to take it: it is done when the node is up
			c.turn++
			heap.Push(&c.agenda, event{c.down.Add(time.Duration(c.turn) * time.Microsecond), c.turn, e.do})
			continue
		}
		c.pass(e.at)
		e.do()
	}
	c.pass(until)
}

// pass lets time go to a moment: what falls due on the way is swept then, as the
// scheduler would that sleeps until the next moment.
func (c *city) pass(until time.Time) {
	for idle := 0; ; {
		next, any, err := c.node.Calendar.Next(c.Context())
		if err != nil {
			c.Fatal(err)
		}
		if !any || next.After(until) {
			break
		}
		if next.After(c.clock.Now()) {
			c.clock.Set(next)
		}
		var n int
		c.timed("sweep", func() { n, err = c.node.Calendar.Sweep(c.Context(), 1000) })
		if err != nil {
			c.Fatal(err)
		}
		if c.count["steps of clocks"] += n; n > 0 {
			idle = 0
		} else if idle++; idle > 100 { // the node's own scheduler may have been first, now and then
			c.Fatalf("what was due at %s is not handled", next)
		}
	}
	c.clock.Set(until)
}

// step says whether a step was taken; one that came too late, by what others or a
// clock did before it, is counted and no fault.
func (c *city) step(what string, err error, may ...vocab.Code) bool {
	switch {
	case err == nil:
		c.count[what]++
		return true
	case slices.Contains(may, vocab.CodeOf(err)):
		c.count[what+": "+string(vocab.CodeOf(err))]++
		return false
	}
	c.Helper()
	c.Fatalf("%s at %s: %v", what, c.clock.Now(), err)
	return false
}

// plan puts a month's beginnings on the agenda.
func (c *city) plan() {
	moment := func(from, until float64) time.Time {
		days := from + c.rnd.Float64()*(until-from)
		return cityBegin.Add(time.Duration(days * 24 * float64(time.Hour)))
	}
	for range c.size.requests {
		c.at(moment(0, 30), c.ask)
	}
	batches := (c.size.accesses - c.size.singles) / c.size.rows
	for range batches {
		c.at(moment(6, 31), c.batch)
	}
	for range c.size.singles {
		c.at(moment(6, 31), c.single)
	}
	for _, d := range c.contests {
		c.at(moment(9, 30), func() { c.raise(d) })
	}
	for day := range 90 {
		c.at(cityBegin.AddDate(0, 0, day).Add(time.Hour), func() {
			c.timed("look for use", func() { c.step("day", c.node.Share.LookForUse(c.Context())) })
		})
	}
	// Outages: two sources for three days each, the witness for two, the node over
	// the national holiday and the deadlines that fall behind it.
	for i, from := range []float64{10, 21} {
		src := c.registry[i%len(c.registry)]
		c.at(moment(from, from+0.5), func() { src.away.Store(true) })
		c.at(moment(from+3, from+3.5), func() { src.away.Store(false) })
	}
	c.at(moment(12, 12.5), c.witness.leave)
	c.at(moment(14, 14.5), c.witness.comeBack)
	c.at(moment(23, 23.2), func() { c.fall(4 * 24 * time.Hour) })
}

// fall stops the node for a while; its deadlines pass meanwhile.
func (c *city) fall(d time.Duration) {
	if err := c.node.Close(); err != nil {
		c.Fatal(err)
	}
	c.down = c.clock.Now().Add(d)
	c.clock.Set(c.down)
	c.timed("start", c.start)
	if d > 0 {
		c.count["outages of the node"]++
	}
}

// start opens the node as it was left.
func (c *city) start() {
	a, err := app.Open(c.Context(), c.cfg, app.Options{Clock: c.clock, Between: c.between()})
	if err != nil {
		c.Fatal(err)
	}
	c.node = a
	waiting := c.waiting
	c.waiting = nil
	for _, b := range waiting {
		c.batchEnds(b)
	}
}

// newCity makes bodies, registers and data sets.
func newCity(t *testing.T, size citySize, seed uint64) *city {
	t.Helper()
	c := &city{
		T: t, size: size, rnd: rand.New(rand.NewPCG(seed, 1)), clock: clock.NewFake(cityBegin.Add(-time.Hour)), cfg: apptest.Config(t),
		book: map[string]int{}, count: map[string]int{}, took: map[string]spell{},
	}
	c.cfg.TimeZone = "Asia/Shanghai"
	first := apptest.Open(t, c.cfg, app.Options{Clock: c.clock})
	apptest.Init(t, first)
	vkey := first.Log.VerifierKey()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	c.witness = newOutsideWitness(t, vkey, c.cfg)
	c.start()
	t.Cleanup(func() { c.node.Close() })
	for i := range size.people {
		_, born := apptest.Citizen(i)
		c.bornOf = append(c.bornOf, born)
	}
	c.timed("founding", c.found)
	c.clock.Set(cityBegin)
	return c
}

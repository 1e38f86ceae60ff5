package proofs

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/quality"
	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/checker"
	"fontis/internal/vocab"
)

// settle starts the node once more, so that batches which found a register away
// are taken up again, and waits until every record has its leaf and its outcome
// and the witness has seen them.
func (c *city) settle() {
	c.fall(0)
	const unsettled = `SELECT COUNT(*) FROM ledger_entry WHERE leaf_index IS NULL OR state = 'intended'`
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	for c.one(unsettled) > 0 {
		select {
		case <-late.C:
			c.Fatalf("%d entries never came to rest", c.one(unsettled))
		case <-tick.C:
		}
	}
	size, err := c.node.Log.Size(c.Context())
	c.must(err)
	c.must(c.node.Log.Await(c.Context(), size))
	c.count["leaves"] = int(size)
}

func (c *city) one(query string, args ...any) (n int) {
	c.Helper()
	c.must(c.node.DB.Read(c.Context(), func(tx *db.Tx) error { return tx.QueryRow(c.Context(), query, args...).Scan(&n) }))
	return n
}

// check holds the month against what is known of it, and tells it.
func (c *city) check() string {
	acts := c.acts()
	clocks := c.clocksKeptOrEscalated(acts)
	c.everyCorrectionAnswered()
	c.everyUseIsOnRecord()
	c.reportsAddUp()
	c.ledgerHolds()
	var figures []string
	for _, what := range slices.Sorted(maps.Keys(c.count)) {
		figures = append(figures, fmt.Sprintf("%s %d", what, c.count[what]))
	}
	return clocks + "; " + strings.Join(figures, ", ")
}

// acts counts what the ledger holds, by act, and by act and what it is about.
func (c *city) acts() map[string]int {
	out := map[string]int{}
	q := ledger.EntriesOf{Acts: true}
	for {
		list, err := c.node.Ledger.Entries(c.Context(), q)
		c.must(err)
		for i := range list {
			act := list[i].Fields[ledger.FieldAct]
			out[act]++
			out[act+" "+list[i].Fields["request"]+list[i].Fields["contest"]]++
		}
		if len(list) == 0 {
			return out
		}
		q.After = list[len(list)-1].Seq
	}
}

// daysOff and daysOn are the holidays and make-up days of the autumn of 2026, as
// they were announced; the product has them from its own file.
var (
	daysOff = []string{"2026-09-25", "2026-09-26", "2026-09-27", "2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04", "2026-10-05", "2026-10-06", "2026-10-07"}
	daysOn  = []string{"2026-09-20", "2026-10-10"}
)

func cityWorks(d time.Time) bool {
	s := d.Format(time.DateOnly)
	if slices.Contains(daysOn, s) {
		return true
	}
	return !slices.Contains(daysOff, s) && d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}

// endOf is the end of the nth day of a kind after a moment's own day, counted in
// the simplest way there is.
func endOf(kind calendar.Kind, from time.Time, n int) time.Time {
	from = from.In(cityZone)
	d := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, cityZone)
	for n > 0 {
		if d = d.AddDate(0, 0, 1); kind == calendar.CalendarDays || cityWorks(d) {
			n--
		}
	}
	return d.AddDate(0, 0, 1)
}

// rights are terms in which somebody may do something: they lapse, and nobody is
// late.
var rights = []string{"request.dispute", "contest.review"}

// clocksKeptOrEscalated looks at every clock of the month: when it was due by the
// city's own count, whether it was ended in time, and if not, whether those whom
// its rule names were told, step by step.
func (c *city) clocksKeptOrEscalated(acts map[string]int) string {
	kept, late, lapsed, open, stopped := 0, 0, 0, 0, 0
	rules := map[string]calendar.Rule{}
	for _, region := range []string{"990000", "990100"} {
		list, err := c.node.Calendar.Rules(c.Context(), region)
		c.must(err)
		for _, r := range list {
			if _, ok := rules[r.Name]; !ok {
				rules[r.Name] = r
			}
		}
	}
	now := c.clock.Now()
	told := map[string]bool{}
	for _, k := range c.clocks() {
		r, ok := rules[k.rule]
		if !ok || r.Kind == calendar.Hours {
			c.Fatalf("a clock runs by %q, which no rule is", k.rule)
		}
		if !k.anchor.Equal(k.began) { // it stood still until the anchor, after used days
			stopped++
		}
		if want := endOf(r.Kind, k.anchor, k.length+k.extended-k.used); k.stopped.IsZero() && !k.due.Equal(want) {
			c.Errorf("%s of %s began %s: due %s, by the city's own count %s", k.rule, k.ref, k.began.In(cityZone), k.due.In(cityZone), want)
		}
		end := k.ended
		if end.IsZero() {
			end = now
		}
		switch {
		case slices.Contains(rights, k.rule):
			lapsed++
			continue
		case !end.After(k.due) && k.ended.IsZero():
			open++
		case !end.After(k.due):
			kept++
		default:
			late++
			want := 1
			for _, s := range r.Steps {
				if at := endOf(r.Kind, k.due.Add(-time.Microsecond), s.After); !at.After(end) {
					want++
				}
			}
			if k.step != want { // ended at the very moment of a step: either is right
				c.Errorf("%s of %s was due %s and ended %s: %d steps were taken, its rule has %d", k.rule, k.ref, k.due, end, k.step, want)
			}
			told[k.ref] = true
		}
	}
	c.escalationsAreOnRecord(told, acts)
	if late == 0 || kept == 0 || stopped == 0 || c.count["outages of the node"] == 0 {
		c.Errorf("the month was too quiet to prove anything: %d kept, %d late, %d stopped", kept, late, stopped)
	}
	return fmt.Sprintf("%d clocks kept, %d ended late or not and each escalated, %d rights used or lapsed, %d still in time; %d were stopped meanwhile", kept, late, lapsed, open, stopped)
}

// escalationsAreOnRecord wants an act for whatever was late, and as many notices
// as acts.
func (c *city) escalationsAreOnRecord(late map[string]bool, acts map[string]int) {
	grants := map[string]string{}
	for _, r := range c.requests {
		if r.grant != "" {
			grants[string(r.grant)] = string(r.id)
		}
	}
	for ref := range late {
		kind, id, _ := strings.Cut(ref, " ")
		if kind == "grant" {
			id = grants[id]
		}
		n := acts["request.overdue "+id] + acts["request.remind "+id] + acts["contest.overdue "+id] + acts["correction.reminded "+id]
		if n == 0 {
			c.Errorf("%s was late, and no act says that anybody was told", ref)
		}
	}
	said := acts["request.overdue"] + acts["request.remind"] + acts["contest.overdue"] + acts["correction.reminded"]
	heard := c.one(`SELECT COUNT(*) FROM notice WHERE kind IN ('request-overdue', 'request-reminder', 'contest-overdue', 'correction-remind')`)
	if said == 0 || said != heard {
		c.Errorf("%d acts say that somebody was told, and %d notices stand", said, heard)
	}
	c.count["escalations"] = said
}

// ran is one clock as it is kept.
type ran struct {
	ref, rule              string
	length, extended, step int
	used                   int // days that ran before the anchor
	began, anchor, due     time.Time
	stopped, ended         time.Time
}

func (c *city) clocks() (out []ran) {
	c.must(c.node.DB.Read(c.Context(), func(tx *db.Tx) error {
		rows, err := tx.Query(c.Context(), `SELECT ref_kind, ref_id, rule, length, extended, step, used, started_at, anchor_at, due_at, stopped_at, ended_at FROM calendar_clock`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var k ran
			var kind, id string
			var began, anchor, due, stopped, ended int64
			if err := rows.Scan(&kind, &id, &k.rule, &k.length, &k.extended, &k.step, &k.used, &began, &anchor, &due, &stopped, &ended); err != nil {
				return err
			}
			k.ref = kind + " " + id
			for at, micro := range map[*time.Time]int64{&k.began: began, &k.anchor: anchor, &k.due: due, &k.stopped: stopped, &k.ended: ended} {
				if micro != 0 {
					*at = time.UnixMicro(micro)
				}
			}
			out = append(out, k)
		}
		return rows.Err()
	}))
	return out
}

// everyCorrectionAnswered wants each contest at its end, and each holder's word.
func (c *city) everyCorrectionAnswered() {
	chief := bureau("chief")
	for _, d := range c.contests {
		if d.id == "" {
			c.Errorf("a contest of resident %d was never raised", d.who)
			continue
		}
		got, err := c.node.Quality.Get(c.Context(), chief, d.id)
		c.must(err)
		if !got.State.Final() && got.State != quality.StateClosed {
			c.Errorf("contest %s still is %s", d.id, got.State)
		}
		if d.reg.labels[d.who] != 0 {
			c.Errorf("%d labels stand for resident %d, by what was answered", d.reg.labels[d.who], d.who)
		}
		tasks, err := c.node.Quality.TasksOf(c.Context(), chief, d.id, "", 500)
		c.must(err)
		for _, t := range tasks {
			if t.State == quality.TaskOpen || t.DoneAt.IsZero() {
				c.Errorf("holder %s of contest %s never answered", t.Member, d.id)
			}
		}
	}
	if n := c.one(`SELECT COUNT(*) FROM access_label`); n != 0 {
		c.Errorf("%d labels stand after the last answer", n)
	}
}

// everyUseIsOnRecord counts the accesses, and looks with the eyes of persons.
func (c *city) everyUseIsOnRecord() {
	singles := func(state vocab.AccessState) int {
		return c.one(`SELECT COUNT(*) FROM ledger_entry WHERE kind = 1 AND grant_id <> '' AND state = $1`, string(state))
	}
	for state, want := range map[vocab.AccessState]int{
		vocab.Released: c.count["questions answered"], vocab.Failed: c.count["questions that found the source away"], vocab.Refused: c.count["questions refused"],
	} {
		if got := singles(state); got != want {
			c.Errorf("%d questions are on record as %s, %d were asked", got, state, want)
		}
	}
	if rows := c.one(`SELECT COUNT(*) FROM ledger_row`); rows != c.count["rows of batches"] {
		c.Errorf("%d rows of batches are on record, %d were sent", rows, c.count["rows of batches"])
	}
	for n := range 12 {
		d := c.contests[n*len(c.contests)/12]
		self, err := c.node.Identity.SelfActor(citizenKey(d.who))
		c.must(err)
		seen := map[vocab.TraceID]bool{}
		for before := int64(0); ; {
			list, err := c.node.Door.Mine(c.Context(), self, before, 1000)
			c.must(err)
			for _, e := range list {
				seen[e.Trace], before = true, e.Number
			}
			if len(list) < 1000 {
				break
			}
		}
		for _, u := range d.reg.uses[d.who] {
			if !seen[u.trace] {
				c.Errorf("resident %d does not see the use %s by %s", d.who, u.trace, u.member)
			}
		}
	}
}

// reportsAddUp holds the report of the month against what happened.
func (c *city) reportsAddUp() {
	var cells int
	c.timed("report", func() {
		r, err := c.node.Records.Audit.Report(c.Context(), bureau("chief"), cityBegin, c.clock.Now().Add(time.Hour), 3)
		c.must(err)
		want := maps.Clone(c.book)
		hidden, in := map[string]int{}, map[string]int{}
		for _, cell := range r.Cells {
			k := cell.Table + "|" + string(cell.Body) + "|" + cell.Ground
			in[cell.Table]++
			switch {
			case cell.Suppressed:
				hidden[cell.Table]++
			case want[k] != *cell.Count:
				c.Errorf("the report says %d for %s, and it was %d", *cell.Count, k, want[k])
			}
			delete(want, k)
			cells++
		}
		for k, n := range want {
			c.Errorf("the report does not have %s, which was %d", k, n)
		}
		for table, n := range hidden {
			if n == 1 && in[table] > 1 {
				c.Errorf("table %s hides one figure of %d, which their sum would tell", table, in[table])
			}
		}
	})
	c.count["figures of the report"] = cells
}

// ledgerHolds holds every record against every leaf, and lets a stranger check the
// log over HTTP with the witness's word.
func (c *city) ledgerHolds() {
	c.timed("tally", func() {
		r, err := c.node.Tally.All(c.Context(), nil)
		c.must(err)
		if r.Count != 0 {
			c.Errorf("%d findings of the tally: %v", r.Count, r.Findings)
		}
		c.count["records held against leaves"] = int(r.Records)
	})
	server := httptest.NewServer(c.node.Log.Handler())
	defer server.Close()
	c.timed("check", func() {
		v, err := checker.Log(c.Context(), checker.Audit{
			Options: checker.Options{Policy: c.witness.policy, Evidence: c.TempDir()}, Address: server.URL, Timeout: 10 * time.Minute,
		})
		c.must(err)
		if v.ExitCode != checker.ExitGood {
			c.Errorf("a stranger finds the log %s: %v", v.Word, v.Findings)
		}
	})
}

package calendar_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

var chief = identity.Actor{Member: "bureau", Officer: "chief", OfNode: true, Roles: []vocab.Role{vocab.Authority}}

// heard collects acts and notices that were committed.
type heard struct {
	mu      sync.Mutex // guards what follows
	acts    []string
	notices []identity.Notice
}

func (h *heard) Act(_ context.Context, tx *db.Tx, act string, _ map[string]string) error {
	tx.OnCommit(func() { h.mu.Lock(); h.acts = append(h.acts, act); h.mu.Unlock() })
	return nil
}

func (h *heard) PutNotice(_ context.Context, tx *db.Tx, n identity.Notice) error {
	tx.OnCommit(func() { h.mu.Lock(); h.notices = append(h.notices, n); h.mu.Unlock() })
	return nil
}

type world struct {
	*calendar.Service
	t     testing.TB
	db    *db.DB
	clock *clock.Fake
	heard *heard
	steps []string // ref/step@day, in the order in which they were committed
	fail  error    // of the handler
}

func newWorld(t testing.TB, now string) *world {
	t.Helper()
	w := &world{t: t, db: dbtest.Open(t, "calendar"), clock: clock.NewFake(at(t, now)), heard: &heard{}}
	w.start()
	return w
}

// start makes the service, as a start of the node does.
func (w *world) start() {
	w.t.Helper()
	s, err := calendar.New(w.t.Context(), calendar.Parts{DB: w.db, Clock: w.clock, Ledger: w.heard, Notices: w.heard})
	w.must(err)
	s.Handle("request", func(_ context.Context, tx *db.Tx, r calendar.Running, step int) error {
		tx.OnCommit(func() { w.steps = append(w.steps, r.Ref.ID+"/"+strconv.Itoa(step)) })
		return w.fail
	})
	w.Service = s
}

// at reads a moment in China's time.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", s, time.FixedZone("China", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func ref(id string) calendar.Ref { return calendar.Ref{Kind: "request", ID: id} }

const conditional = "request.reply.conditional"

func (w *world) begin(id, rule string) calendar.Running {
	w.t.Helper()
	var out calendar.Running
	w.must(w.write(func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = w.Start(ctx, tx, calendar.Start{Ref: ref(id), Rule: rule, Jurisdiction: "310115", Owner: "civil", Other: "tax"})
		return err
	}))
	return out
}

func (w *world) write(do func(context.Context, *db.Tx) error) error {
	return w.db.Write(w.t.Context(), func(tx *db.Tx) error { return do(w.t.Context(), tx) })
}

func (w *world) of(id string) calendar.Running {
	w.t.Helper()
	var out []calendar.Running
	w.must(w.db.Read(w.t.Context(), func(tx *db.Tx) (err error) {
		out, err = w.OfRef(w.t.Context(), tx, ref(id))
		return err
	}))
	if len(out) == 0 {
		w.t.Fatalf("no clock runs for %s", id)
	}
	return out[len(out)-1]
}

func (w *world) sweep() int {
	w.t.Helper()
	n, err := w.Sweep(w.t.Context(), 1000)
	w.must(err)
	return n
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func wants(t testing.TB, err error, code vocab.Code) {
	t.Helper()
	if err == nil || vocab.CodeOf(err) != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func TestAClockIsDueAtTheEndOfItsLastDay(t *testing.T) {
	w := newWorld(t, "2025-09-22 09:30")
	r := w.begin("r1", conditional)
	if r.DueDay.String() != "2025-10-11" || !r.DueAt.Equal(at(t, "2025-10-12 00:00")) || r.Provisional || r.Rule.Verified {
		t.Fatalf("due on %s at %s, provisional %v, verified %v", r.DueDay, r.DueAt, r.Provisional, r.Rule.Verified)
	}
	for _, c := range []struct {
		now  string
		want int
	}{{"2025-10-11 23:59", 0}, {"2025-10-12 00:00", 2}, {"2025-10-12 00:00", 0}, {"2025-09-01 00:00", 0}, {"2025-10-12 00:01", 0}} {
		w.clock.Set(at(t, c.now))
		if got := w.sweep(); got != c.want { // the term's end, and the escalation of the same moment
			t.Fatalf("at %s %d steps were handled", c.now, got)
		}
	}
}

func TestANodeThatWasDownHandlesEveryMissedStepOnceAndInOrder(t *testing.T) {
	w := newWorld(t, "2025-09-22 09:30")
	w.begin("r1", conditional)
	w.begin("r2", "request.reply.unconditional")
	w.clock.Set(at(t, "2026-03-01 00:00"))
	w.start()
	w.sweep()
	for id, n := range map[string]int{"r1": 0, "r2": 0} {
		for _, s := range w.steps {
			if s == fmt.Sprintf("%s/%d", id, n) {
				n++
			}
		}
		if n != 5 {
			t.Errorf("%s: the steps came as %v, want 0 to 4", id, w.steps)
		}
	}
	if len(w.steps) != 10 || w.sweep() != 0 {
		t.Errorf("steps were handled twice: %v", w.steps)
	}
	if _, any, err := w.Next(t.Context()); err != nil || any {
		t.Errorf("something is due after all is handled: %v, %v", any, err)
	}
}

func TestAClockOfTheMachineThatGoesBackRepeatsNothing(t *testing.T) {
	w := newWorld(t, "2025-09-22 09:30")
	w.begin("r1", "request.reply.unconditional")
	w.clock.Set(at(t, "2025-09-24 00:00"))
	first := w.sweep()
	w.clock.Set(at(t, "2025-09-20 00:00"))
	if n := w.sweep(); n != 0 || first == 0 {
		t.Fatalf("%d steps, and after the clock went back %d more", first, n)
	}
}

func TestAStoppedClockIsNotSwept(t *testing.T) {
	w := newWorld(t, "2025-09-22 09:30")
	w.begin("r1", conditional)
	w.clock.Set(at(t, "2025-09-24 09:30"))
	wants(t, w.write(func(ctx context.Context, tx *db.Tx) error {
		return w.Stop(ctx, tx, ref("r1"), conditional, "holiday trip")
	}), vocab.StateWrong)
	w.must(w.write(func(ctx context.Context, tx *db.Tx) error {
		return w.Stop(ctx, tx, ref("r1"), conditional, "supplement")
	}))
	wants(t, w.write(func(ctx context.Context, tx *db.Tx) error {
		return w.Stop(ctx, tx, ref("r1"), conditional, "supplement")
	}), vocab.StateWrong)
	w.clock.Set(at(t, "2026-02-24 09:30"))
	if n := w.sweep(); n != 0 {
		t.Fatalf("a stopped clock was swept: %v", w.steps)
	}
	w.start() // a stop lasts over a restart
	w.must(w.write(func(ctx context.Context, tx *db.Tx) error { return w.Resume(ctx, tx, ref("r1"), conditional) }))
	// one day ran (the 23rd); nine are left after 24 February, with the 28th a make-up Saturday
	if r := w.of("r1"); r.DueDay.String() != "2026-03-06" || r.Stopped() {
		t.Fatalf("due on %s", r.DueDay)
	}
	wants(t, w.write(func(ctx context.Context, tx *db.Tx) error { return w.Resume(ctx, tx, ref("r1"), conditional) }), vocab.StateWrong)
}

func TestATermIsExtendedOnce(t *testing.T) {
	w := newWorld(t, "2025-09-22 09:30")
	w.begin("r1", conditional)
	extend := func(days int, why string) error {
		return w.write(func(ctx context.Context, tx *db.Tx) error {
			return w.Extend(ctx, tx, ref("r1"), conditional, days, why)
		})
	}
	wants(t, extend(11, "much to do"), vocab.BadInput)
	wants(t, extend(0, "much to do"), vocab.BadInput)
	wants(t, extend(5, ""), vocab.ReasonNeeded)
	w.must(extend(5, "much to do"))
	wants(t, extend(5, "more to do"), vocab.StateWrong)
	if r := w.of("r1"); r.DueDay.String() != "2025-10-17" || r.Extended != 5 {
		t.Fatalf("due on %s, extended by %d", r.DueDay, r.Extended)
	}
	w.begin("r2", conditional)
	w.clock.Set(at(t, "2025-12-01 00:00"))
	wants(t, w.write(func(ctx context.Context, tx *db.Tx) error {
		return w.Extend(ctx, tx, ref("r2"), conditional, 5, "late")
	}), vocab.StateWrong)
	wants(t, w.write(func(ctx context.Context, tx *db.Tx) error {
		return w.Stop(ctx, tx, ref("r2"), conditional, "supplement")
	}), vocab.StateWrong)
}

func TestAnEndedClockIsSilent(t *testing.T) {
	w := newWorld(t, "2025-09-22 09:30")
	w.begin("r1", conditional)
	w.begin("r2", conditional)
	wants(t, w.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := w.Start(ctx, tx, calendar.Start{Ref: ref("r1"), Rule: conditional, Jurisdiction: "310115"})
		return err
	}), vocab.StateWrong)
	w.must(w.write(func(ctx context.Context, tx *db.Tx) error { return w.End(ctx, tx, ref("r1"), conditional) }))
	wants(t, w.write(func(ctx context.Context, tx *db.Tx) error { return w.End(ctx, tx, ref("r1"), conditional) }), vocab.StateWrong)
	w.must(w.write(func(ctx context.Context, tx *db.Tx) error { return w.EndAll(ctx, tx, ref("r2")) }))
	w.clock.Set(at(t, "2026-05-01 00:00"))
	if w.sweep() != 0 {
		t.Fatalf("an ended clock was swept: %v", w.steps)
	}
	w.begin("r1", conditional) // the rule may run again for the same thing
}

func TestAHandlerThatFailsHoldsUpNoOtherAndIsTriedAgain(t *testing.T) {
	w := newWorld(t, "2025-09-22 09:30")
	w.begin("r1", conditional)
	var n int
	w.Handle("contest", func(context.Context, *db.Tx, calendar.Running, int) error { n++; return errors.New("away") })
	w.must(w.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := w.Start(ctx, tx, calendar.Start{Ref: calendar.Ref{Kind: "contest", ID: "q1"}, Rule: "contest.accept", Jurisdiction: "CN", Owner: "civil"})
		return err
	}))
	w.clock.Set(at(t, "2025-10-12 00:00"))
	if w.sweep(); n != 1 || !slices.Equal(w.steps, []string{"r1/0", "r1/1"}) {
		t.Fatalf("the failing one was tried %d times, the other came to %v", n, w.steps)
	}
	if w.sweep(); n != 1 {
		t.Fatal("a failed step was tried again at once")
	}
	w.clock.Advance(time.Minute)
	if w.sweep(); n != 2 {
		t.Fatal("a failed step was not tried again after its wait")
	}
}

func TestBeyondTheCalendarADateIsProvisionalAndBothSidesAreToldWhenTheYearCame(t *testing.T) {
	w := newWorld(t, "2026-12-24 10:00")
	moved, settled := w.begin("r1", conditional), w.begin("r2", "request.reply.unconditional")
	if !moved.Provisional || moved.DueDay.String() != "2027-01-07" || settled.Provisional {
		t.Fatalf("%s provisional %v; %s provisional %v", moved.DueDay, moved.Provisional, settled.DueDay, settled.Provisional)
	}
	third := w.begin("r3", "request.delivery")
	f := calendar.File{Calendar: "CN", Years: []calendar.Year{{Year: 2027, Citation: "notice of 2027", Days: []calendar.Span{
		{From: calendar.DayOf(2027, 1, 1), Until: calendar.DayOf(2027, 1, 3), Kind: calendar.Holiday},
		{From: calendar.DayOf(2027, 1, 10), Kind: calendar.Workday},
	}}}}
	_, err := w.ImportDays(t.Context(), identity.Actor{Member: "tax", Roles: []vocab.Role{vocab.Operator}}, f)
	wants(t, err, vocab.RoleMissing)
	_, err = w.ImportDays(t.Context(), chief, f)
	w.must(err)
	if r := w.of("r1"); r.Provisional || r.DueDay.String() != "2027-01-08" {
		t.Errorf("r1 is due on %s, provisional %v", r.DueDay, r.Provisional)
	}
	if r := w.of("r3"); r.Provisional || !r.DueAt.Equal(third.DueAt) {
		t.Errorf("r3 is due at %s, was %s: a holiday and a make-up day take each other away", r.DueAt, third.DueAt)
	}
	var told []string
	for _, n := range w.heard.notices {
		told = append(told, n.Kind+" "+n.Params["request"]+" "+string(n.Member))
	}
	slices.Sort(told)
	want := []string{"clock-moved r1 civil", "clock-moved r1 tax", "clock-settled r3 civil", "clock-settled r3 tax"}
	if !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	if !slices.Equal(w.heard.acts, []string{"calendar.import"}) {
		t.Errorf("acts %v", w.heard.acts)
	}
	if at, any, err := w.Next(t.Context()); err != nil || !any || !at.Equal(w.of("r2").DueAt) {
		t.Errorf("next is %s, %v, %v", at, any, err)
	}
}

func TestAnImportOfDaysSurvivesARestartAndANewVersion(t *testing.T) {
	w := newWorld(t, "2026-03-01 10:00")
	year := w.shipped(2026)
	year.Days = append(year.Days[:1:1], year.Days[2:]...) // 4 January is no make-up workday any more
	year.Days = append(year.Days, calendar.Span{From: calendar.DayOf(2026, 3, 3), Kind: calendar.Holiday})
	_, err := w.ImportDays(t.Context(), chief, calendar.File{Calendar: "CN", Years: []calendar.Year{year}})
	w.must(err)
	w.start()
	if working, known := w.Working("310000", calendar.DayOf(2026, 3, 3)); working || !known {
		t.Error("the node's own day was lost at a start")
	}
	if working, _ := w.Working("310000", calendar.DayOf(2026, 1, 4)); working {
		t.Error("a shipped day was mixed into the node's own year")
	}
}

// A region that says its own days of one year keeps the nation's other years, those
// that the nation learns later too, and is told when a date moves by them.
func TestYearsThatARegionLacksAreTheNations(t *testing.T) {
	w := newWorld(t, "2025-09-22 10:00")
	year := w.shipped(2026)
	year.Replaces = false
	year.Days = append(slices.Clip(year.Days), calendar.Span{From: calendar.DayOf(2026, 8, 3), Kind: calendar.Holiday, Name: "feast"})
	_, err := w.ImportDays(t.Context(), chief, calendar.File{Calendar: "310000", Zone: "Asia/Shanghai", Weekend: []string{"saturday", "sunday"}, Years: []calendar.Year{year}})
	w.must(err)
	for restarted := range 2 {
		if d, known := w.Add("310000", calendar.DayOf(2025, 9, 22), 10, calendar.WorkingDays); !known || d.String() != "2025-10-11" {
			t.Errorf("start %d: ten working days of a year that the region lacks end on %s, known %v; the nation's end on a make-up Saturday", restarted, d, known)
		}
		if working, known := w.Working("310101", calendar.DayOf(2026, 8, 3)); working || !known {
			t.Errorf("start %d: the region's own day was lost", restarted)
		}
		if working, _ := w.Working("320000", calendar.DayOf(2026, 8, 3)); !working {
			t.Errorf("start %d: the region's day is another's too", restarted)
		}
		w.start()
	}
	w.clock.Advance(at(t, "2026-12-24 10:00").Sub(w.clock.Now()))
	if r := w.begin("r1", conditional); !r.Provisional || r.Calendar != "310000" {
		t.Fatalf("before anybody knows the year: provisional %v in %s", r.Provisional, r.Calendar)
	}
	_, err = w.ImportDays(t.Context(), chief, calendar.File{Calendar: "CN", Years: []calendar.Year{{Year: 2027, Citation: "notice of 2027", Days: []calendar.Span{
		{From: calendar.DayOf(2027, 1, 1), Until: calendar.DayOf(2027, 1, 3), Kind: calendar.Holiday},
	}}}})
	w.must(err)
	if r := w.of("r1"); r.Provisional || r.DueDay.String() != "2027-01-08" {
		t.Errorf("once the nation knows it: due on %s, provisional %v", r.DueDay, r.Provisional)
	}
}

// A region's calendar adds its own feasts, and no hundred holidays: every term of
// working days of the region would grow by them.
func TestARegionsCalendarStaysNearTheNations(t *testing.T) {
	w := newWorld(t, "2026-03-01 10:00")
	feast := func(n int) calendar.Span {
		return calendar.Span{From: calendar.DayOf(2026, 8, 3), Until: calendar.DayOf(2026, 8, 2+n), Kind: calendar.Holiday, Name: "feast"}
	}
	of := func(year calendar.Year, weekend ...string) error {
		_, err := w.ImportDays(t.Context(), chief, calendar.File{Calendar: "540000", Zone: "Asia/Shanghai", Weekend: weekend, Years: []calendar.Year{year}})
		return err
	}
	year := w.shipped(2026)
	year.Replaces = false
	days := year.Days
	for name, spoil := range map[string]func() error{
		"a hundred holidays": func() error {
			return of(calendar.Year{Year: 2026, Citation: "notice 1", Days: []calendar.Span{feast(100)}}, "saturday", "sunday")
		},
		"a month beside the nation's": func() error {
			year.Days = append(days[:len(days):len(days)], feast(30))
			return of(year, "saturday", "sunday")
		},
		"one working day a week": func() error {
			year.Days = days
			return of(year, "monday", "tuesday", "wednesday", "thursday", "saturday", "sunday")
		},
		"a year that nobody knows": func() error {
			return of(calendar.Year{Year: 2031, Citation: "notice 2", Days: []calendar.Span{{From: calendar.DayOf(2031, 7, 1), Until: calendar.DayOf(2031, 8, 20), Kind: calendar.Holiday}}}, "saturday", "sunday")
		},
	} {
		if err := spoil(); vocab.CodeOf(err) != vocab.BadInput {
			t.Errorf("%s: %v", name, err)
		}
	}
	if working, _ := w.Working("540000", calendar.DayOf(2026, 8, 5)); !working {
		t.Fatal("a refused file changed a day")
	}
	year.Days = append(days[:len(days):len(days)], feast(7))
	w.must(of(year, "saturday", "sunday"))
	if working, known := w.Working("540102", calendar.DayOf(2026, 8, 5)); working || !known {
		t.Error("the region's own feast is no holiday there")
	}
	if working, _ := w.Working("310000", calendar.DayOf(2026, 8, 5)); !working {
		t.Error("a region's feast is another's too")
	}
}

func TestTheNearestRuleHolds(t *testing.T) {
	w := newWorld(t, "2025-09-22 09:30")
	w.must(w.ImportRules(t.Context(), chief, []calendar.Rule{{
		Name: conditional, Jurisdiction: "310100", Kind: calendar.WorkingDays, Length: 5, Citation: "local measure 7",
	}, {
		Name: "request.conformity", Jurisdiction: "310000", Kind: calendar.WorkingDays, Length: 2, Citation: "local measure 3",
	}}))
	w.start()
	w.must(w.db.Read(t.Context(), func(tx *db.Tx) error {
		for place, length := range map[string]int{"310115": 5, "310000": 10, "990000": 10, "XE": 15} {
			r, err := w.Rule(t.Context(), tx, place, conditional)
			if err != nil || r.Length != length {
				t.Errorf("%s: %d (%v), want %d", place, r.Length, err, length)
			}
		}
		for place, takes := range map[string]bool{"310115": true, "110000": false, "XE": true, "XX": false} {
			if got, err := w.Takes(t.Context(), tx, place, "request.conformity"); err != nil || got != takes {
				t.Errorf("%s takes the conformity check: %v (%v), want %v", place, got, err, takes)
			}
		}
		_, err := w.Rule(t.Context(), tx, "XX", conditional)
		wants(t, err, vocab.RuleMissing)
		return nil
	}))
	w.clock.Set(at(t, "2025-07-01 00:00"))
	w.must(w.db.Read(t.Context(), func(tx *db.Tx) error {
		_, err := w.Rule(t.Context(), tx, "CN", conditional)
		wants(t, err, vocab.RuleMissing) // before the regulation was in force
		return nil
	}))
}

func TestDoctorWarnsSixtyDaysBefore(t *testing.T) {
	w := newWorld(t, "2026-11-01 12:00")
	if got := w.Warn("310000"); len(got) != 0 {
		t.Errorf("61 days before the end: %v", got)
	}
	w.clock.Set(at(t, "2026-11-02 12:00"))
	if got := w.Warn("310000"); len(got) != 1 || got[0].Last.String() != "2026-12-31" || got[0].Calendar != "CN" {
		t.Errorf("60 days before the end: %v", got)
	}
	if got := w.Warn("XY"); len(got) != 1 {
		t.Error("a place without any calendar is not warned")
	}
}

func TestEveryShippedRuleIsCitedAndOnlyTheLawsOwnTextIsVerified(t *testing.T) {
	rules, err := calendar.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) < 40 {
		t.Fatalf("%d rules ship", len(rules))
	}
	for _, r := range rules {
		own := len(r.Source) > 2 && r.Source[:2] == "L-" && !slices.Contains([]byte(r.Source), ',')
		if r.Citation == "" || r.Source == "" || r.Verified != own {
			t.Errorf("%s of %s: citation %q, source %q, verified %v", r.Name, r.Jurisdiction, r.Citation, r.Source, r.Verified)
		}
	}
}

func TestDueListsTheMembersOwnClocks(t *testing.T) {
	w := newWorld(t, "2025-09-22 09:30")
	w.begin("slow", "request.delivery")
	w.begin("soon", "request.reply.unconditional")
	list, err := w.Due(t.Context(), identity.Actor{Member: "civil"}, "", 10)
	w.must(err)
	if len(list) != 2 || list[0].Ref.ID != "soon" {
		t.Fatalf("%v", list)
	}
	if rest, err := w.Due(t.Context(), identity.Actor{Member: "civil"}, list[0].ID, 10); err != nil || len(rest) != 1 || rest[0].Ref.ID != "slow" {
		t.Fatalf("%v %v", rest, err)
	}
	if others, err := w.Due(t.Context(), identity.Actor{Member: "tax"}, "", 10); err != nil || len(others) != 0 {
		t.Fatalf("another member sees %v (%v)", others, err)
	}
}

// What ships with a citation is not taken away by an import: a row in its place is
// refused, one with its own validity stands beside it, unverified whatever it says.
func TestAnImportedRuleNeverOverwritesOneThatShips(t *testing.T) {
	w := newWorld(t, "2026-03-01 10:00")
	shipped, err := calendar.Shipped()
	w.must(err)
	for _, r := range shipped {
		r.Length, r.Citation = 99, "ours"
		wants(t, w.ImportRules(t.Context(), chief, []calendar.Rule{r}), vocab.RowShipped)
	}
	longer := calendar.Rule{
		Name: conditional, Jurisdiction: "CN", Kind: calendar.WorkingDays, Length: 20, Citation: "a later regulation", Verified: true,
		From: at(t, "2026-07-01 00:00"),
	}
	both := []calendar.Rule{longer, {Name: "retention.access", Jurisdiction: "CN", Kind: calendar.Years, Length: 1, Citation: "ours"}}
	wants(t, w.ImportRules(t.Context(), chief, both), vocab.RowShipped)
	rules := func() (out []calendar.Rule) {
		t.Helper()
		all, err := w.Rules(t.Context(), "310115")
		w.must(err)
		for _, r := range all {
			if r.Name == conditional || r.Name == "retention.access" {
				out = append(out, r)
			}
		}
		return out
	}
	if got := rules(); len(got) != 2 {
		t.Fatalf("half of a refused file was kept: %+v", got)
	}
	w.must(w.ImportRules(t.Context(), chief, []calendar.Rule{longer}))
	w.start()
	got := rules()
	if len(got) != 3 || !slices.ContainsFunc(got, func(r calendar.Rule) bool { return r.Own && !r.Verified && r.Length == 20 }) ||
		!slices.ContainsFunc(got, func(r calendar.Rule) bool { return !r.Own && r.Name == conditional && r.Length == 10 }) {
		t.Fatalf("they do not stand beside each other: %+v", got)
	}
	for when, length := range map[string]int{"2026-06-30 23:00": 10, "2026-07-01 00:00": 20} {
		w.clock.Set(at(t, when))
		w.must(w.db.Read(t.Context(), func(tx *db.Tx) error {
			r, err := w.Rule(t.Context(), tx, "310115", conditional)
			if err != nil || r.Length != length {
				t.Errorf("%s: %d days (%v), want %d", when, r.Length, err, length)
			}
			return nil
		}))
	}
}

// A node that an older program let overwrite a row shows what ships beside it.
func TestWhatWasOverwrittenBeforeStandsBesideAgain(t *testing.T) {
	w := newWorld(t, "2026-03-01 10:00")
	w.must(w.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE calendar_rule SET origin = 'own', body = $1 WHERE name = 'retention.access' AND jurisdiction = 'CN'`,
			`{"name":"retention.access","jurisdiction":"CN","kind":"years","length":1,"citation":"ours","source":"","verified":true}`)
		return err
	}))
	w.start()
	all, err := w.Rules(t.Context(), "CN")
	w.must(err)
	var years []int
	for _, r := range all {
		if r.Name == "retention.access" {
			years = append(years, r.Length)
		}
		if r.Own && r.Verified {
			t.Errorf("an import is shown as verified: %+v", r)
		}
	}
	slices.Sort(years)
	if !slices.Equal(years, []int{1, 3}) {
		t.Errorf("the rows are of %v years", years)
	}
}

// Days that ship give way only to a file that says so, and the rest of a calendar
// that ships to none.
// No place of the node's own makes the shields of people longer, and no calendar of
// its own has so many holidays that a term never ends.
func TestAPlaceIsStricterThanWhatShipsAndNeverLaxer(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	rule := func(place string, from time.Time, kind calendar.Kind, length int) calendar.Rule {
		return calendar.Rule{Name: "emergency.review", Jurisdiction: place, Kind: kind, Length: length, From: from, Citation: "local measure 7"}
	}
	for _, r := range []calendar.Rule{rule("990000", time.Time{}, calendar.CalendarDays, 3000), rule("CN", w.clock.Now().AddDate(0, 0, -1), calendar.WorkingDays, 300)} {
		w.must(w.ImportRules(t.Context(), chief, []calendar.Rule{r}))
	}
	holds := func() calendar.Rule {
		t.Helper()
		var got calendar.Rule
		w.must(w.db.Read(t.Context(), func(tx *db.Tx) (err error) {
			got, err = w.Rule(t.Context(), tx, "990000", "emergency.review")
			return err
		}))
		return got
	}
	if got := holds(); got.Length != 1 || got.Kind != calendar.WorkingDays {
		t.Errorf("an emergency is reviewed in %d %s", got.Length, got.Kind)
	}
	w.must(w.ImportRules(t.Context(), chief, []calendar.Rule{rule("990000", time.Time{}, calendar.Hours, 8)}))
	if got := holds(); got.Length != 8 || got.Kind != calendar.Hours {
		t.Errorf("a stricter row of the place does not hold: %d %s", got.Length, got.Kind)
	}
	f := calendar.File{Calendar: "990000", Zone: "Asia/Shanghai", Weekend: []string{"sunday"}, Years: []calendar.Year{{
		Year: 2026, Citation: "local measure 8", Days: []calendar.Span{{From: calendar.DayOf(2026, 1, 1), Until: calendar.DayOf(2026, 12, 31), Kind: calendar.Holiday}},
	}}}
	_, err := w.ImportDays(t.Context(), chief, f)
	wants(t, err, vocab.BadInput)
}

// shipped is a year as it ships, on its way in again as a later notice.
func (w *world) shipped(year int) calendar.Year {
	files, err := calendar.ShippedDays()
	w.must(err)
	for _, f := range files {
		for _, y := range f.Years {
			if f.Calendar == "CN" && y.Year == year {
				y.Citation, y.Replaces, y.Days = "notice that changes it", true, slices.Clone(y.Days)
				return y
			}
		}
	}
	w.t.Fatalf("%d does not ship", year)
	return calendar.Year{}
}

func TestNamesOfTheLawStandOnOneLine(t *testing.T) {
	w := newWorld(t, "2026-03-01 10:00")
	for _, change := range []func(*calendar.Rule){
		func(r *calendar.Rule) { r.Name = "request.conformity\nverified" }, func(r *calendar.Rule) { r.Jurisdiction = "99\t0000" },
		func(r *calendar.Rule) { r.Citation = "Act\r\nart. 9" }, func(r *calendar.Rule) { r.Name = "a\u202eb" },
	} {
		r := calendar.Rule{Name: conditional, Jurisdiction: "990000", Kind: calendar.WorkingDays, Length: 5, Citation: "local measure 7"}
		change(&r)
		wants(t, w.ImportRules(t.Context(), chief, []calendar.Rule{r}), vocab.BadInput)
	}
	_, err := w.ImportDays(t.Context(), chief, calendar.File{Calendar: "99\n", Zone: "UTC", Years: []calendar.Year{{Year: 2030, Citation: "x"}}})
	wants(t, err, vocab.BadInput)
}

func TestDaysThatShipAreReplacedOnlyByAFileThatSaysSo(t *testing.T) {
	w := newWorld(t, "2026-03-01 10:00")
	f := func(change func(*calendar.File)) error {
		out := calendar.File{Calendar: "CN", Years: []calendar.Year{{Year: 2027, Citation: "notice of 2027"}}}
		change(&out)
		_, err := w.ImportDays(t.Context(), chief, out)
		return err
	}
	wants(t, f(func(f *calendar.File) { f.Years[0].Year = 2026 }), vocab.RowShipped)
	wants(t, f(func(f *calendar.File) { f.Weekend = []string{"friday"} }), vocab.RowShipped)
	wants(t, f(func(f *calendar.File) { f.Zone = "UTC" }), vocab.RowShipped)
	if working, known := w.Working("310000", calendar.DayOf(2026, 10, 1)); working || !known {
		t.Fatal("a refused file changed a day that ships")
	}
	w.must(f(func(f *calendar.File) { f.Weekend = []string{"Sunday", "Saturday"} }))
	w.must(f(func(f *calendar.File) {
		f.Years[0] = w.shipped(2026)
		f.Years[0].Verified = true // the officer's word
	}))
	for name, thin := range map[string]func(*calendar.Year){
		"no day at all": func(y *calendar.Year) { y.Days = nil },
		"holidays only": func(y *calendar.Year) {
			y.Days = slices.DeleteFunc(y.Days, func(s calendar.Span) bool { return s.Kind == calendar.Workday })
		},
		"a month more": func(y *calendar.Year) {
			y.Days = append(y.Days, calendar.Span{From: calendar.DayOf(2026, 7, 1), Until: calendar.DayOf(2026, 7, 31), Kind: calendar.Holiday})
		},
	} {
		err := f(func(f *calendar.File) {
			f.Years[0] = w.shipped(2026)
			thin(&f.Years[0])
		})
		if vocab.CodeOf(err) != vocab.RowShipped {
			t.Errorf("%s: %v", name, err)
		}
	}
	k, err := w.Show(t.Context(), "CN")
	w.must(err)
	for _, y := range k.Years {
		if y.Own != (y.Year >= 2026) || y.Verified {
			t.Errorf("%d: own %v, verified %v", y.Year, y.Own, y.Verified)
		}
	}
}

package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/duty/quality"
	"fontis/internal/duty/share"
	"fontis/internal/edge/jobs"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
)

// What the law is measured over.
const (
	lawUses     = 10_000 // of one person's data
	lawHolders  = 1_000  // of one wrong value
	lawDue      = 1_000  // of the clocks
	lawRequests = 50     // a repeat
	lawViews    = 40     // a repeat
	quietFor    = 2 * time.Second
)

// lawRule is the rule of the invented jurisdiction under which the clocks run.
const lawRule = "request.reply.conditional"

// law is what the law of sharing costs: a request's steps, a person's first page,
// telling the holders of a wrong value, and a sweep over open clocks.
func law(ctx context.Context, o Options, out *Result) error {
	o.People = min(o.People, 1000) // nothing here looks people up
	w, err := newWorld(ctx, o.Dir, o.People)
	if err != nil {
		return err
	}
	defer w.close()
	l := &lawWorld{world: w, o: o, out: out}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"law-request", l.request}, {"law-view", l.view}, {"law-correction", l.correction}, {"law-clocks", l.clocks}} {
		stop, err := o.profile(step.name)
		if err != nil {
			return err
		}
		err = step.do(ctx)
		stop()
		if err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	out.Notes = append(out.Notes, "verbs are called in the process, without HTTP; a step is durable when it returns")
	return nil
}

type lawWorld struct {
	*world
	o   Options
	out *Result
	set *entry.Dataset
}

// dataset is a published data set about persons.
func (l *lawWorld) dataset(ctx context.Context) error {
	made, err := l.Catalog.Create(ctx, l.steward, entry.Dataset{
		Name: entry.Text{ZH: "居民"}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: vocab.NaturalPerson,
		Origin: vocab.Government, LegalBasis: []entry.Cite{{Law: "invented law", Article: "1"}}, Purposes: []string{"pension"}, Level: 3, ImpactRef: "pia-1",
		Items: []entry.Item{{Code: "born", Name: entry.Text{ZH: "出生日期"}, Compare: vocab.CompareDate}},
	})
	if err != nil {
		return err
	}
	second := identity.Actor{Member: provider, Officer: "second", Roles: []vocab.Role{vocab.Steward}}
	if _, err := l.Review.Check(ctx, second, made.ID, review.Word{Listable: true, Basis: "no secret"}); err != nil {
		return err
	}
	l.set, err = l.Catalog.Publish(ctx, l.steward, made.ID, made.Rev, catalog.Secrecy{})
	return err
}

// request times each step of a request's life.
func (l *lawWorld) request(ctx context.Context) error {
	if err := l.dataset(ctx); err != nil {
		return err
	}
	now := time.Now().Truncate(time.Second)
	fields := share.Fields{
		Dataset: l.set.ID, Items: []vocab.ItemID{"born"}, Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single},
		Basis: entry.Cite{Law: "invented law", Article: "art. 1"}, Purpose: "pension", Scenario: "at the counter", From: now.Add(-time.Hour),
		Until: now.AddDate(1, 0, 0), PerDay: 1000, CasePattern: `P-\d+`, Security: "sealed terminals", ImpactRef: "pia-9",
	}
	steps := []string{"draft", "submit", "agree", "suspend", "resume", "end"}
	all, took := map[string][]float64{}, map[string]time.Duration{}
	var costs, bare []float64
	for range l.o.Repeats {
		clear(took)
		write, err := l.bareWrite(ctx)
		if err != nil {
			return err
		}
		bare = append(bare, write)
		used := cpuTime()
		for range lawRequests {
			var r *share.Request
			for i, do := range []func() (*share.Request, error){
				func() (*share.Request, error) { return l.Share.Draft(ctx, l.user, fields) },
				func() (*share.Request, error) { return l.Share.Submit(ctx, l.user, r.ID) },
				func() (*share.Request, error) {
					return l.Share.Decide(ctx, l.steward, r.ID, share.Decision{Agree: true})
				},
				func() (*share.Request, error) { return l.Share.Suspend(ctx, l.steward, r.Grant, "bench") },
				func() (*share.Request, error) { return l.Share.Resume(ctx, l.steward, r.Grant, "bench") },
				func() (*share.Request, error) { return l.Share.End(ctx, l.steward, r.Grant, "bench") },
			} {
				began := time.Now()
				next, err := do()
				if err != nil {
					return fmt.Errorf("%s: %w", steps[i], err)
				}
				took[steps[i]] += time.Since(began)
				r = next
			}
		}
		costs = append(costs, millis((cpuTime()-used)/time.Duration(lawRequests*len(steps))))
		for _, step := range steps {
			all[step] = append(all[step], millis(took[step]/lawRequests))
		}
	}
	figures := map[string]any{}
	for _, step := range steps {
		figures[step] = map[string]any{"median": median(all[step]), "all": all[step]}
		fmt.Fprintf(l.o.Report, "request %s: %.2f ms\n", step, median(all[step]))
	}
	figures["cpu_of_one_step_all_told"] = map[string]any{"median": median(costs), "all": costs}
	figures["bare_durable_write"] = map[string]any{"median": median(bare), "all": bare}
	l.out.Figures["request_step_ms"] = figures
	fmt.Fprintf(l.o.Report, "a step takes %.2f cpu-ms, ledger and scheduler included; a bare durable write here %.2f ms\n", median(costs), median(bare))
	return nil
}

// bareWrite is what the least durable write costs on this machine at the moment,
// below which no step can be.
func (l *lawWorld) bareWrite(ctx context.Context) (float64, error) {
	began := time.Now()
	for range lawRequests {
		err := l.DB.Write(ctx, func(tx *db.Tx) error {
			return outbox.Put(ctx, tx, outbox.Fact{Topic: "bench", Key: "bare", Payload: []byte("{}")})
		})
		if err != nil {
			return 0, err
		}
	}
	return millis(time.Since(began) / lawRequests), nil
}

// view times the first page of a person's view over many uses.
func (l *lawWorld) view(ctx context.Context) error {
	number, _ := citizen(1)
	me, err := l.Identity.SelfActor(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number})
	if err != nil {
		return err
	}
	if err := l.uses(ctx, me.Self); err != nil {
		return err
	}
	var all []float64
	for range l.o.Repeats {
		began := time.Now()
		for range lawViews {
			p, err := l.Records.View.Mine(ctx, me, view.Filter{})
			if err != nil {
				return err
			}
			if p.Newest < lawUses || len(p.Lines) < 100 {
				return vocab.InternalError.Because("the first page shows %d lines of %d", len(p.Lines), p.Newest)
			}
		}
		all = append(all, millis(time.Since(began)/lawViews))
	}
	l.out.Figures["view_first_page_ms"] = map[string]any{"median": median(all), "all": all, "uses": lawUses, "lines": 100}
	fmt.Fprintf(l.o.Report, "first page of %d uses: %.2f ms\n", lawUses, median(all))
	return nil
}

// uses fills one person's chain.
func (l *lawWorld) uses(ctx context.Context, person vocab.PersonRef) error {
	var all sync.WaitGroup
	var failed atomic.Value
	for c := range 100 {
		all.Go(func() {
			for range lawUses / 100 {
				now := time.Now()
				trace := vocab.NewTrace(now)
				e, err := l.Ledger.Submit(ctx, &ledger.Draft{
					Trace: trace, State: vocab.Intended, At: now, Owner: caller, Provider: provider, Grant: l.grant.ID, Person: person, Personal: true,
					Fields: []ledger.Pair{
						{Name: ledger.FieldTrace, Value: string(trace)},
						{Name: ledger.FieldMember, Value: string(caller)},
						{Name: ledger.FieldProvider, Value: string(provider)},
						{Name: ledger.FieldGrant, Value: string(l.grant.ID)},
						{Name: ledger.FieldPurpose, Value: "pension"},
						{Name: ledger.FieldBasis, Value: "invented law art. 1"},
						{Name: ledger.FieldCase, Value: fmt.Sprintf("P-%d", c)},
						{Name: ledger.FieldQuestion, Value: "compare"},
						{Name: ledger.FieldItems, Value: proof.ListValue([]string{string(born)})},
						{Name: ledger.FieldOfficer, Value: "officer"},
					},
				})
				if err != nil {
					failed.Store(err)
					return
				}
				l.Ledger.Finish(ledger.Outcome{
					Seq: e.Seq, Trace: trace, Index: e.Index, State: vocab.Released, At: now,
					Fields: []ledger.Pair{{Name: ledger.FieldAnswers, Value: proof.MapValue(map[string]string{string(born): "match"})}},
				})
			}
		})
	}
	all.Wait()
	err, _ := failed.Load().(error)
	return err
}

// held stands for the records of so many holders.
type held int

// Holders gives each a use of its own.
func (h held) Holders(context.Context, *db.Tx, quality.HoldersOf) ([]quality.Held, int64, error) {
	out := make([]quality.Held, h)
	for i := range out {
		out[i] = quality.Held{Trace: vocab.TraceID(fmt.Sprintf("%032x", i)), Member: caller, Grant: vocab.GrantID(fmt.Sprintf("g-%d", i)), Case: "P-1"}
	}
	return out, 0, nil
}

// find times how the holders of a value are found among all uses of a person, piece
// by piece: those of the value's owner are opened, those of another's are passed over.
func (l *lawWorld) find(ctx context.Context) error {
	number, _ := citizen(1)
	me, err := l.Identity.SelfActor(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number})
	if err != nil {
		return err
	}
	figures := map[string]any{"uses": lawUses}
	for name, owner := range map[string]vocab.MemberID{"of_the_owner": provider, "of_another": caller} {
		var all, longest []float64
		for range l.o.Repeats {
			began, found, most := time.Now(), 0, time.Duration(0)
			for q := (ledger.HoldersOf{Person: me.Self, Item: born, Owner: owner, Until: began}); ; {
				piece := time.Now()
				err := l.DB.Read(ctx, func(tx *db.Tx) error {
					list, next, err := l.Ledger.Holders(ctx, tx, q)
					found, q.After = found+len(list), next
					return err
				})
				if err != nil {
					return err
				}
				if most = max(most, time.Since(piece)); q.After == 0 {
					break
				}
			}
			longest = append(longest, millis(most))
			if want := map[bool]int{true: lawUses}[owner == provider]; found != want {
				return vocab.InternalError.Because("%d uses are found, want %d", found, want)
			}
			all = append(all, millis(time.Since(began)))
		}
		figures[name+"_ms"] = map[string]any{"median": median(all), "all": all, "longest_piece": longest}
		fmt.Fprintf(l.o.Report, "finding holders among %d uses %s: %.1f ms, the longest piece %.1f ms\n", lawUses, name, median(all), median(longest))
	}
	l.out.Figures["find_holders"] = figures
	return nil
}

// correction times from the source's word to the last holder told.
func (l *lawWorld) correction(ctx context.Context) error {
	if err := l.find(ctx); err != nil {
		return err
	}
	p := l.QualityParts()
	p.Holders = held(lawHolders)
	s, err := quality.New(p)
	if err != nil {
		return err
	}
	chief := identity.Actor{Member: "bureau", Officer: "chief", Roles: []vocab.Role{vocab.Authority}, OfNode: true, Region: "990000"}
	var all []float64
	for i := range l.o.Repeats {
		number, _ := citizen(2 + i)
		c, err := s.Raise(ctx, l.steward, quality.Raise{
			Item: l.set.ItemID("born"), Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}, Fault: quality.Wrong, Claimed: "1950-01-01", Statement: "a slip",
		})
		if err != nil {
			return err
		}
		for _, step := range []func() (*quality.Contest, error){
			func() (*quality.Contest, error) { return s.Accept(ctx, chief, c.ID) },
			func() (*quality.Contest, error) { return s.Route(ctx, chief, c.ID, quality.Word{}) },
			func() (*quality.Contest, error) { return s.Take(ctx, l.steward, c.ID) },
		} {
			if _, err := step(); err != nil {
				return err
			}
		}
		began := time.Now()
		got, err := s.Find(ctx, l.steward, c.ID, quality.Finding{As: quality.StateCorrected, Word: quality.Word{Reason: "a slip", Citation: "art. 1", Evidence: "doc-1"}})
		if err != nil {
			return err
		}
		if got.State != quality.StatePropagating {
			return vocab.InternalError.Because("the contest is %s, and holders were to be told", got.State)
		}
		all = append(all, millis(time.Since(began)))
	}
	l.out.Figures["correction_ms"] = map[string]any{"median": median(all), "all": all, "holders": lawHolders}
	fmt.Fprintf(l.o.Report, "a correction to %d holders: %.0f ms\n", lawHolders, median(all))
	return nil
}

// clocks fills the calendar with open clocks of which few are due, sweeps them,
// and counts how often the scheduler looks while nothing is.
func (l *lawWorld) clocks(ctx context.Context) error {
	began := time.Now()
	if err := l.wind(ctx); err != nil {
		return err
	}
	fmt.Fprintf(l.o.Report, "%d clocks were started in %.0f s\n", l.o.Clocks, time.Since(began).Seconds())
	later := clock.NewFake(time.Now().AddDate(1, 0, 0))
	s, err := calendar.New(ctx, calendar.Parts{DB: l.DB, Clock: later, Ledger: l.Ledger, Notices: l.Identity})
	if err != nil {
		return err
	}
	s.Handle("bench", func(context.Context, *db.Tx, calendar.Running, int) error { return nil })
	began, used := time.Now(), cpuTime()
	steps := 0
	for {
		n, err := s.Sweep(ctx, 1000)
		if err != nil {
			return err
		}
		if steps += n; n == 0 {
			break
		}
	}
	cpu := cpuTime() - used
	idle, used := time.Now(), cpuTime()
	for range 100 {
		if _, err := s.Sweep(ctx, 1000); err != nil {
			return err
		}
		if _, _, err := s.Next(ctx); err != nil {
			return err
		}
	}
	l.out.Figures["clocks"] = map[string]any{
		"open": l.o.Clocks, "due": lawDue, "steps": steps, "sweep_s": idle.Sub(began).Seconds(), "sweep_cpu_s": cpu.Seconds(),
		"look_when_nothing_is_due_ms": millis(time.Since(idle) / 100), "look_when_nothing_is_due_cpu_ms": millis((cpuTime() - used) / 100),
	}
	fmt.Fprintf(l.o.Report, "%d of %d open clocks were due: %.2f cpu-s; a look when nothing is: %.2f ms\n", lawDue, l.o.Clocks, cpu.Seconds(), millis(time.Since(idle)/100))
	return l.quiet(ctx, s)
}

// wind starts the clocks that come due, and a thousand that are due in two years
// only; the others are copies of those.
func (l *lawWorld) wind(ctx context.Context) error {
	now, r := time.Now(), rand.New(rand.NewPCG(seed, 1))
	for kind, begun := range map[string]func() time.Time{
		"bench": func() time.Time { return now.AddDate(0, 0, r.IntN(100)) }, "model": func() time.Time { return now.AddDate(2, 0, r.IntN(300)) },
	} {
		err := l.DB.Write(ctx, func(tx *db.Tx) error {
			for i := range lawDue {
				_, err := l.Calendar.Start(ctx, tx, calendar.Start{
					Ref: calendar.Ref{Kind: kind, ID: fmt.Sprint(i)}, Rule: lawRule, Jurisdiction: l.Config.Jurisdiction, Owner: provider, At: begun(),
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return l.multiply(ctx, max(0, l.o.Clocks/lawDue-2))
}

// looked counts how often the scheduler asks for what is due.
type looked struct {
	*calendar.Service
	sweeps atomic.Int64
}

// Sweep counts.
func (c *looked) Sweep(ctx context.Context, limit int) (int, error) {
	c.sweeps.Add(1)
	return c.Service.Sweep(ctx, limit)
}

// quiet lets a scheduler run over the clocks while nothing is due.
func (l *lawWorld) quiet(ctx context.Context, s *calendar.Service) error {
	count := &looked{Service: s}
	j, err := jobs.New(jobs.Parts{DB: l.DB, Clock: clock.System(), Clocks: count})
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, quietFor)
	defer stop()
	j.Run(ctx)
	l.out.Figures["sweeps_in_2s_with_nothing_due"] = count.sweeps.Load()
	fmt.Fprintf(l.o.Report, "the scheduler looked %d time in %s with nothing due\n", count.sweeps.Load(), quietFor)
	return nil
}

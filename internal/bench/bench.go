package bench

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/vocab"
)

// seed makes every run ask for the same subjects in the same order.
const seed = 20260101

// Options choose what is measured and how long.
type Options struct {
	What    string        // one of Names
	Dir     string        // for the node; the system's temporary folder when empty
	People  int           // residents in the register
	Rows    int           // of the batch
	For     time.Duration // each repeat
	Repeats int
	Sets    int       // of catalog and portal
	Seed    uint64    // of catalog; the usual one when 0
	Clocks  int       // of law
	Clients []int     // of compare: 1, 64 and 512 when empty
	Profile string    // a folder for processor profiles; none when empty
	Report  io.Writer // progress in words
}

// Result is printed as JSON.
type Result struct {
	Bench   string         `json:"bench"`
	Machine Machine        `json:"machine"`
	Seed    uint64         `json:"seed"`
	Figures map[string]any `json:"figures"`
	Notes   []string       `json:"notes,omitempty"`
}

// Machine says where the figures were taken.
type Machine struct {
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	Load  string `json:"load_average_before"`
	Go    string `json:"go"`
	OS    string `json:"os"`
	Time  string `json:"time"`
}

func machine() Machine {
	m := Machine{Cores: runtime.NumCPU(), Go: runtime.Version(), OS: runtime.GOOS + "/" + runtime.GOARCH, Time: time.Now().UTC().Format(time.RFC3339)}
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load = strings.Join(strings.Fields(string(b))[:3], " ")
	}
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	return m
}

// Names lists what can be measured.
func Names() []string {
	return []string{"compare", "batch", "ledger", "access", "law", "pages", "start", "catalog", "portal"}
}

// Run measures one thing.
func Run(ctx context.Context, o Options) (Result, error) {
	if o.People <= 0 {
		o.People = 200_000
	}
	if o.Rows <= 0 {
		o.Rows = 100_000
	}
	if o.Sets <= 0 {
		o.Sets = 300_000
	}
	if o.Seed == 0 {
		o.Seed = seed
	}
	if o.Clocks <= 0 {
		o.Clocks = 1_000_000
	}
	if o.For <= 0 {
		o.For = 5 * time.Second
	}
	if o.Repeats <= 0 {
		o.Repeats = 3
	}
	if o.Report == nil {
		o.Report = io.Discard
	}
	if len(o.Clients) == 0 {
		o.Clients = []int{1, 64, 512}
	}
	r := Result{Bench: o.What, Machine: machine(), Seed: o.Seed, Figures: map[string]any{}}
	measure := map[string]func(context.Context, Options, *Result) error{
		"compare": compare, "batch": pensioners, "ledger": appendLeaves, "access": decide, "law": law, "pages": pages, "start": start, "catalog": search, "portal": portal,
	}[o.What]
	if measure == nil {
		return r, vocab.BadInput.Because("there is no bench %q; there are %s", o.What, strings.Join(Names(), ", "))
	}
	return r, measure(ctx, o, &r)
}

// compare is the whole path over HTTP: token, grant, limits, keyed look-up,
// record and leaf durable before the answer. The twin's figures are the same
// path without ledger and source.
func compare(ctx context.Context, o Options, out *Result) error {
	w, err := newWorld(ctx, o.Dir, o.People)
	if err != nil {
		return err
	}
	defer w.close()
	addr, stop, err := serveFace(w.App)
	if err != nil {
		return err
	}
	defer stop()
	body := func(r *rand.Rand) []byte { return w.body(r, w.grant.ID) }
	for _, clients := range o.Clients {
		runs, err := o.repeat(fmt.Sprintf("compare-%d", clients), func() (run, error) {
			return load(ctx, addr, "/v1/compare", w.token.Reveal(), clients, o.For, body)
		})
		if err != nil {
			return err
		}
		out.Figures[fmt.Sprintf("clients_%d", clients)] = runs
		fmt.Fprintf(o.Report, "%d clients: %.0f/s (median of %d), p50 %.1f ms, p99 %.1f ms, %.0f cpu-us a call\n",
			clients, runs.Median.PerSec, o.Repeats, runs.Median.P50, runs.Median.P99, runs.Median.CPU)
	}
	busy, err := w.underLoad(ctx, o, addr, body)
	if err != nil {
		return err
	}
	out.Figures["clients_64_while_batch_import_and_backup_run"] = busy
	fmt.Fprintf(o.Report, "64 clients beside a batch of %d, an import of %d and a backup: %.0f/s, p99 %.1f ms\n", o.Rows, importRows, busy.PerSec, busy.P99)
	if err := w.Door.PutTwin("bench", w.grant, map[vocab.ItemID]access.TwinItem{born: {Compare: "date"}}); err != nil {
		return err
	}
	twin := func(r *rand.Rand) []byte { return w.body(r, access.TwinOf("bench")) }
	runs, err := o.repeat("twin-64", func() (run, error) {
		return load(ctx, addr, "/v1/compare", w.token.Reveal(), 64, o.For, twin)
	})
	if err != nil {
		return err
	}
	out.Figures["clients_64_without_ledger_and_source"] = runs
	out.Figures["longest_writer_hold_ms"] = millis(w.DB.Stats().LongestHold)
	out.Notes = append(out.Notes, "clients and server share the machine and the process; cpu-us a call counts both")
	return nil
}

func (w *world) body(r *rand.Rand, grant vocab.GrantID) []byte {
	c := w.call(r)
	return fmt.Appendf(nil, `{"grant":%q,"subject":{"kind":%q,"value":%q},"values":{%q:%q},"purpose":%q,"case":%q}`,
		grant, c.Subject.Kind, c.Subject.Value, born, c.Values[born], c.Purpose, c.Case)
}

// repeats are several runs of one measurement and the one in the middle.
type repeats struct {
	Median run   `json:"median"`
	Runs   []run `json:"runs"`
}

func (o Options) repeat(name string, measure func() (run, error)) (repeats, error) {
	var out repeats
	stop, err := o.profile(name)
	if err != nil {
		return out, err
	}
	defer stop()
	for range o.Repeats {
		r, err := measure()
		if err != nil {
			return out, err
		}
		out.Runs = append(out.Runs, r)
	}
	sorted := slices.SortedFunc(slices.Values(out.Runs), func(a, b run) int { return int(a.PerSec - b.PerSec) })
	out.Median = sorted[len(sorted)/2]
	return out, nil
}

// pensioners is one batch from the first line to the last answer.
func pensioners(ctx context.Context, o Options, out *Result) error {
	w, err := newWorld(ctx, o.Dir, o.People)
	if err != nil {
		return err
	}
	defer w.close()
	var rates, costs []float64
	stop, err := o.profile("batch")
	if err != nil {
		return err
	}
	defer stop()
	for n := range o.Repeats {
		began, before := time.Now(), cpuTime()
		s, bad, err := w.Door.StartBatch(ctx, w.user, batch.Call{
			Grant: w.grant.ID, Question: vocab.Compare, Purpose: "pension", Cases: []string{"P-1"},
		}, w.lines(o.Rows, n*o.Rows))
		if err != nil || len(bad) > 0 {
			return fmt.Errorf("start the batch: %v %w", bad, err)
		}
		if err := w.untilDone(ctx, s.ID); err != nil {
			return err
		}
		rates = append(rates, float64(o.Rows)/time.Since(began).Seconds())
		costs = append(costs, float64((cpuTime()-before).Microseconds())/float64(o.Rows))
		fmt.Fprintf(o.Report, "batch of %d rows: %.0f keys/s, %.1f cpu-us a row\n", o.Rows, rates[n], costs[n])
	}
	slices.Sort(rates)
	slices.Sort(costs)
	out.Figures["rows"], out.Figures["keys_per_s"], out.Figures["all"] = o.Rows, rates[len(rates)/2], rates
	out.Figures["cpu_us_per_row"] = costs[len(costs)/2]
	out.Figures["longest_writer_hold_ms"] = millis(w.DB.Stats().LongestHold)
	return nil
}

// untilDone looks at the batch until it is done, as its caller would.
func (w *world) untilDone(ctx context.Context, id vocab.BatchID) error {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		s, err := w.Door.Batch(ctx, w.user, id)
		if err != nil || s.Error != "" {
			return fmt.Errorf("batch: %s %w", s.Error, err)
		}
		if s.State == batch.Done {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// decide is one decision among many grants.
func decide(_ context.Context, o Options, out *Result) error {
	const grants = 100_000
	took, err := access.TimeDecisions(grants, 1_000_000)
	if err != nil {
		return err
	}
	out.Figures["grants"], out.Figures["us_per_decision"] = grants, took.Seconds()*1e6/1_000_000
	fmt.Fprintf(o.Report, "a decision among %d grants: %.2f us\n", grants, out.Figures["us_per_decision"])
	return nil
}

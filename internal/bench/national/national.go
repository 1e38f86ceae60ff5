package national

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"fontis/demo/nation"
	"fontis/internal/engine/index"
	"fontis/internal/vocab"
)

// Options say how large the nation is.
type Options struct {
	Sets    int
	Nation  *nation.Nation
	Dir     string // for the files; they are removed
	For     time.Duration
	FTS     bool // measure FTS5 as well
	Profile func(name string) (stop func(), err error)
	Report  io.Writer
}

// The facets of the bench.
const (
	theme  index.Facet = "theme"
	region index.Facet = "region"
	share  index.Facet = "share"
	cycle  index.Facet = "cycle"
)

var facets = []index.Facet{theme, region, share, cycle}

// each is how many queries of the mix are of one class.
const each = 25

// updatesPerSecond come in while searches are measured.
const updatesPerSecond = 200

// Measure loads a nation and gives the figures.
func Measure(ctx context.Context, o Options) (map[string]any, error) {
	dir, err := os.MkdirTemp(o.Dir, "fontis-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	m := &measuring{Options: o, nation: o.Nation, figures: map[string]any{"sets": o.Sets}}
	m.opts = index.Options{Facets: facets, Above: above, Dir: filepath.Join(dir, "index")}
	for _, step := range []func(context.Context) error{m.load, m.restart, m.serve, m.suggest} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	m.memory()
	if err := m.cost(ctx); err != nil {
		return nil, err
	}
	if o.FTS {
		if err := m.fts(ctx, filepath.Join(dir, "fts.db")); err != nil {
			return nil, err
		}
	}
	return m.figures, nil
}

// above is the division above one, by the zeros of its code.
func above(f index.Facet, code string) string {
	switch {
	case f != region || len(code) < 6 || code[2:6] == "0000":
		return ""
	case len(code) > 6:
		return code[:6]
	case code[4:6] == "00":
		return code[:2] + "0000"
	}
	return code[:4] + "00"
}

type measuring struct {
	Options
	nation  *nation.Nation
	opts    index.Options
	x       *index.Index
	figures map[string]any
}

func (m *measuring) say(format string, args ...any) { fmt.Fprintf(m.Report, format+"\n", args...) }

func key(i int) string { return fmt.Sprintf("d-%09d", i) }

// doc is a set as a document of the index.
func doc(s nation.Set) *index.Doc {
	d := &index.Doc{
		Titles: []string{s.Name.ZH, s.Name.EN}, Texts: []string{s.Code, s.Provider, s.Department, s.Abstract.ZH, s.Abstract.EN, s.Theme},
		Facets:   map[index.Facet]string{theme: s.Theme, region: s.Region, share: s.Share, cycle: s.Cycle},
		Audience: []string{"all"}, Rank: uint16(5 - s.Level),
	}
	for _, it := range s.Items {
		d.Items = append(d.Items, it.Code, it.Name.ZH, it.Name.EN)
	}
	return d
}

func (m *measuring) load(ctx context.Context) error {
	m.x = index.Open(m.opts)
	began, before := time.Now(), cpu()
	items := 0
	const chunk = 500
	for from := 0; from < m.Sets; from += chunk {
		changes := make([]index.Change, 0, chunk)
		for i := from; i < min(m.Sets, from+chunk); i++ {
			s := m.nation.Set(i)
			items += len(s.Items)
			changes = append(changes, index.Change{Key: key(i), Doc: doc(s)})
		}
		if err := m.x.Apply(ctx, 0, changes); err != nil {
			return err
		}
		if from%100_000 == 0 && from > 0 {
			m.say("%d sets after %.0f s, %.0f cpu-s", from, time.Since(began).Seconds(), (cpu() - before).Seconds())
		}
	}
	if err := m.x.Apply(ctx, 1, nil); err != nil {
		return err
	}
	if err := m.x.Compact(ctx); err != nil {
		return err
	}
	m.figures["items"], m.figures["load_s"], m.figures["load_cpu_s"] = items, time.Since(began).Seconds(), (cpu() - before).Seconds()
	m.say("%d sets with %d items loaded in %.1f s, %.1f cpu-s, the generator among them", m.Sets, items, m.figures["load_s"], m.figures["load_cpu_s"])
	return m.x.Close(ctx)
}

// restart opens the snapshot, as a node does.
func (m *measuring) restart(ctx context.Context) error {
	size := int64(0)
	files, err := os.ReadDir(m.opts.Dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil {
			size += info.Size()
		}
	}
	m.x = nil
	runtime.GC()
	runtime.GC()
	began, before := time.Now(), cpu()
	m.x = index.Open(m.opts)
	took := time.Since(began)
	if _, why := m.x.Restored(); why != "" || m.x.Len() != m.Sets {
		return vocab.InternalError.Because("the snapshot holds %d of %d sets: %s", m.x.Len(), m.Sets, why)
	}
	m.figures["snapshot_start_s"], m.figures["snapshot_start_cpu_s"], m.figures["snapshot_mb"] = took.Seconds(), (cpu() - before).Seconds(), float64(size)/(1<<20)
	m.say("the snapshot of %.0f MB opened in %.2f s, %.2f cpu-s", m.figures["snapshot_mb"], took.Seconds(), m.figures["snapshot_start_cpu_s"])
	return ctx.Err()
}

func ask(q nation.Query) index.Query {
	out := index.Query{Text: q.Text, Facets: facets, Under: map[index.Facet]string{region: q.Region}, Offset: q.Offset, Limit: 10, Visible: index.Visible{Any: []string{"all"}}}
	if q.Region != "" {
		out.Filters = map[index.Facet][]string{region: {q.Region}, share: {q.Share}}
	}
	return out
}

// serve asks the mix again and again, one query at a time, while updates come in.
func (m *measuring) serve(ctx context.Context) error {
	updating, stop := context.WithCancel(ctx)
	done := make(chan int)
	go func() { done <- m.update(updating) }()
	mix := m.nation.Queries(each)
	took := map[string][]time.Duration{}
	stopProfile, err := m.Profile("catalog-search")
	if err != nil {
		stop()
		return err
	}
	began := time.Now()
	for round := 0; time.Since(began) < m.For || round < 3; round++ {
		for _, q := range mix {
			at := time.Now()
			if _, err := m.x.Search(ctx, ask(q)); err != nil {
				stop()
				return err
			}
			if round > 0 { // the first round warms
				took[q.Class] = append(took[q.Class], time.Since(at))
			}
		}
	}
	stopProfile()
	stop()
	m.figures["updates_per_s"] = float64(<-done) / time.Since(began).Seconds()
	byClass := map[string]any{}
	var all []time.Duration
	for class, times := range took {
		byClass[class] = spread(times)
		if class != "broad" {
			all = append(all, times...)
		}
	}
	m.figures["search_ms"], m.figures["search_by_class_ms"] = spread(all), byClass
	m.say("searches beside %.0f updates a second, without broad: %v", m.figures["updates_per_s"], m.figures["search_ms"])
	for _, class := range nation.Classes() {
		m.say("  %-17s %v", class, byClass[class])
	}
	return nil
}

// update changes sets one at a time at its pace; it gives how many it changed.
func (m *measuring) update(ctx context.Context) int {
	tick := time.NewTicker(time.Second / updatesPerSecond)
	defer tick.Stop()
	position := m.x.Position()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return n
		case <-tick.C:
		}
		position++
		i := n * 7919 % m.Sets
		if m.x.Apply(ctx, position, []index.Change{{Key: key(i), Doc: doc(m.nation.Set(m.Sets + n))}}) != nil {
			return n
		}
	}
}

// Spread is the middle, the rare and the worst of many times, in milliseconds.
type Spread struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
	N   int     `json:"n"`
}

func spread(times []time.Duration) Spread {
	if len(times) == 0 {
		return Spread{}
	}
	slices.Sort(times)
	at := func(share float64) float64 {
		return float64(times[min(len(times)-1, int(share*float64(len(times))))].Microseconds()) / 1000
	}
	return Spread{at(0.5), at(0.99), at(1), len(times)}
}

func (m *measuring) suggest(ctx context.Context) error {
	var times []time.Duration
	for _, q := range m.nation.Queries(each) {
		runes := []rune(m.nation.Set(len(q.Text) * 31 % m.Sets).Name.ZH)
		for n := 1; n <= min(len(runes), 8); n++ {
			at := time.Now()
			if _, err := m.x.Suggest(ctx, string(runes[:n]), index.Visible{Any: []string{"all"}}, 10); err != nil {
				return err
			}
			times = append(times, time.Since(at))
		}
	}
	m.figures["suggest_ms"] = spread(times)
	m.say("suggestions %v", m.figures["suggest_ms"])
	return nil
}

// cost gives the processor time of each class, one query at a time.
func (m *measuring) cost(ctx context.Context) error {
	by, err := m.perClass(func(q nation.Query) (int, error) {
		res, err := m.x.Search(ctx, ask(q))
		if err != nil {
			return 0, err
		}
		return res.Total, nil
	})
	m.figures["cpu_ms_by_class"] = by
	m.say("cpu-ms a query: %v", by)
	return err
}

// Cost is the processor time of a class and what it found on average.
type Cost struct {
	CPU  float64 `json:"cpu_ms"`
	Hits int     `json:"mean_hits"`
}

func (m *measuring) perClass(search func(nation.Query) (int, error)) (map[string]Cost, error) {
	const rounds = 3
	out := map[string]Cost{}
	mix := m.nation.Queries(each)
	for len(mix) > 0 {
		class := mix[:each]
		mix = mix[each:]
		hits := 0
		for _, q := range class { // warm
			n, err := search(q)
			if err != nil {
				return nil, fmt.Errorf("%s %q: %w", q.Class, q.Text, err)
			}
			hits += n
		}
		before := cpu()
		for range rounds {
			for _, q := range class {
				if _, err := search(q); err != nil {
					return nil, err
				}
			}
		}
		out[class[0].Class] = Cost{float64((cpu() - before).Microseconds()) / 1000 / each / rounds, hits / each}
	}
	return out, nil
}

func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// memory reads what the process holds after the searches.
func (m *measuring) memory() {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(line, ":")
		if kb, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB")); err == nil && (name == "VmRSS" || name == "RssAnon" || name == "VmHWM") {
			m.figures[map[string]string{"VmRSS": "rss_mb", "RssAnon": "anonymous_mb", "VmHWM": "peak_rss_mb"}[name]] = kb / 1024
		}
	}
	m.say("memory: %v MB, %v MB of it anonymous, at most %v MB", m.figures["rss_mb"], m.figures["anonymous_mb"], m.figures["peak_rss_mb"])
}

package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"fontis/demo"
	"fontis/demo/nation"
	"fontis/internal/app"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/vocab"
)

// publishers is how many entries are published at a time while the node is filled.
const publishers = 16

// portal is a node whose catalog is searched and harvested over HTTP: the mix of
// searches of a data user with totals, four facets and a page of ten entries; and as a
// stranger the whole catalog as one JSONL file, and DCAT page by page.
func portal(ctx context.Context, o Options, out *Result) error {
	dir, err := os.MkdirTemp(o.Dir, "fontis-bench-")
	if err != nil {
		return err
	}
	cfg := app.Config{Dir: filepath.Join(dir, "node"), Name: "bench.local", Jurisdiction: "990000", Demo: true, MemberCalls: 1e6, AddressCalls: 1e6}
	w := &world{App: &app.App{Config: cfg}, dir: dir}
	if err := w.open(ctx, true); err != nil {
		os.RemoveAll(dir)
		return err
	}
	defer w.close()
	if err := w.members(ctx); err != nil {
		return err
	}
	n, err := demo.Nation(o.Seed)
	if err != nil {
		return err
	}
	if err := w.publish(ctx, n, o, out); err != nil {
		return err
	}
	addr, stop, err := serveFace(w.App)
	if err != nil {
		return err
	}
	defer stop()
	at := "http://" + addr
	for _, step := range []func() error{
		func() error { return searches(ctx, at, string(w.token), n, o, out) },
		func() error { return harvests(ctx, at, o, out) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	out.Figures["sets"] = o.Sets
	out.Notes = append(out.Notes, "node and client share the machine; the entries are published one by one, each durable with its leaf",
		"what is harvested is read and its lines or pages are counted, not taken in")
	return nil
}

// publish fills the catalog with sets about firms, each reviewed and published.
func (w *world) publish(ctx context.Context, n *nation.Nation, o Options, out *Result) error {
	began, before := time.Now(), cpuTime()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	second := w.steward
	second.Officer = "second"
	numbers := make(chan int)
	var wg sync.WaitGroup
	for range publishers {
		wg.Go(func() {
			for i := range numbers {
				d, err := w.Catalog.Create(ctx, w.steward, datasetOf(n.Set(i)))
				if err == nil {
					_, err = w.Review.Check(ctx, second, d.ID, review.Word{Listable: true, Basis: "invented"})
				}
				if err == nil {
					_, err = w.Catalog.Publish(ctx, w.steward, d.ID, d.Rev, catalog.Secrecy{})
				}
				if err != nil {
					cancel(fmt.Errorf("publish set %d: %w", i, err))
				}
			}
		})
	}
	for i := range o.Sets {
		select {
		case numbers <- i:
		case <-ctx.Done():
		}
		if i > 0 && i%10_000 == 0 {
			fmt.Fprintf(o.Report, "%d sets published after %.0f s\n", i, time.Since(began).Seconds())
		}
	}
	close(numbers)
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	out.Figures["published_per_s"] = float64(o.Sets) / time.Since(began).Seconds()
	out.Figures["publish_cpu_us"] = float64((cpuTime() - before).Microseconds()) / float64(o.Sets)
	return w.Catalog.Settled(ctx)
}

func datasetOf(s nation.Set) entry.Dataset {
	d := entry.Dataset{
		Code: s.Code, Name: entry.Text(s.Name), Abstract: entry.Text(s.Abstract), Provider: s.Provider, Department: s.Department, Region: s.Region, Theme: s.Theme,
		Share: vocab.Unconditional, Cycle: vocab.Daily, Origin: vocab.Government, Subject: vocab.LegalEntity, Level: s.Level,
	}
	seen := map[string]bool{}
	for _, it := range s.Items {
		if !seen[it.Code] {
			seen[it.Code] = true
			d.Items = append(d.Items, entry.Item{Code: it.Code, Name: entry.Text(it.Name), Type: entry.TypeText})
		}
	}
	return d
}

// searches asks the mix over one connection, again and again.
func searches(ctx context.Context, at, token string, n *nation.Nation, o Options, out *Result) error {
	took := map[string][]float64{}
	began := time.Now()
	for round := 0; round < 2 || time.Since(began) < o.For*time.Duration(o.Repeats); round++ {
		for _, q := range n.Queries(25) {
			v := url.Values{"q": {q.Text}, "facet": {"theme", "region", "share_type", "update_cycle"}, "limit": {"10"}, "offset": {strconv.Itoa(q.Offset)}}
			if q.Region != "" {
				v["filter"] = []string{"region:" + q.Region, "share_type:unconditional"}
			}
			asked := time.Now()
			if _, err := get(ctx, at+"/v1/datasets?"+v.Encode(), token); err != nil {
				return fmt.Errorf("search %q: %w", q.Text, err)
			}
			if round > 0 {
				took[q.Class] = append(took[q.Class], millis(time.Since(asked)))
			}
		}
	}
	var all []float64
	classes := map[string]any{}
	for class, times := range took {
		slices.Sort(times)
		classes[class] = map[string]any{"p50_ms": times[len(times)/2], "p99_ms": times[len(times)*99/100], "n": len(times)}
		if class != "broad" {
			all = append(all, times...)
		}
	}
	slices.Sort(all)
	out.Figures["search_p50_ms"], out.Figures["search_p99_ms"], out.Figures["search_by_class"] = all[len(all)/2], all[len(all)*99/100], classes
	fmt.Fprintf(o.Report, "a search over HTTP, without broad: p50 %.1f ms, p99 %.1f ms\n", all[len(all)/2], all[len(all)*99/100])
	return nil
}

// harvests reads the whole catalog, as a file and page by page.
func harvests(ctx context.Context, at string, o Options, out *Result) error {
	for name, read := range map[string]func(context.Context, string) (int, error){"jsonl": lines, "hydra_jsonld": hydra} {
		var rates []float64
		stop, err := o.profile("portal-" + name)
		if err != nil {
			return err
		}
		for range o.Repeats {
			began := time.Now()
			sets, err := read(ctx, at)
			if err != nil {
				return fmt.Errorf("harvest through %s: %w", name, err)
			}
			if sets != o.Sets {
				return vocab.InternalError.Because("%s has %d of %d sets", name, sets, o.Sets)
			}
			rates = append(rates, float64(sets)/time.Since(began).Seconds())
		}
		stop()
		out.Figures[name+"_sets_per_s"], out.Figures[name+"_sets_per_s_all"] = median(rates), rates
		fmt.Fprintf(o.Report, "harvested through %s: %.0f sets/s\n", name, median(rates))
	}
	return nil
}

func lines(ctx context.Context, at string) (int, error) {
	body, err := get(ctx, at+"/catalog.jsonl", "")
	return bytes.Count(body, []byte("\n")), err
}

// hydra follows the next pages and counts the data sets of each.
func hydra(ctx context.Context, at string) (int, error) {
	sets := 0
	for next := at + "/catalog.jsonld"; next != ""; {
		body, err := get(ctx, next, "")
		if err != nil {
			return 0, err
		}
		var page struct {
			Graph []struct {
				Type []string `json:"@type"`
				Next []struct {
					ID string `json:"@id"`
				} `json:"hydra:next"`
			} `json:"@graph"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return 0, err
		}
		next = ""
		for _, node := range page.Graph {
			if slices.Contains(node.Type, "dcat:Dataset") {
				sets++
			}
			for _, to := range node.Next {
				next = at + to.ID[strings.Index(to.ID, "/catalog"):]
			}
		}
	}
	return sets, nil
}

// plain asks for nothing to be packed, as on a network that is quicker than packing.
var plain = &http.Client{Transport: &http.Transport{DisableCompression: true}}

func get(ctx context.Context, address, token string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := plain.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %d: %.300s", address, res.StatusCode, body)
	}
	return body, err
}

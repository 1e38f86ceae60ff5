package bench

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"fontis/demo"
	"fontis/internal/app"
	"fontis/internal/edge/web"
	"fontis/internal/vocab"
)

// reading are the figures of one kind of page.
type reading struct {
	Times int     `json:"times"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	KB    float64 `json:"kb_packed"`
	At    string  `json:"address"`
}

// The pages a reader begins at; links lead to the others.
func beginnings() []string {
	return []string{"/", "/search?q=%E7%99%BB%E8%AE%B0", "/mine", "/deferrals", "/audit/draws", "/audit/reports", "/rules", "/display"}
}

// pages is a demo world whose pages are read one after another over one
// connection, each kind as everyone who may read it: what the node takes, and the
// bytes of a first and of a later visit.
func pages(ctx context.Context, o Options, out *Result) error {
	dir, err := os.MkdirTemp(o.Dir, "fontis-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := demoFolder(ctx, dir, o.People); err != nil {
		return fmt.Errorf("load the demo world: %w", err)
	}
	cfg, err := app.ReadConfig(dir)
	if err != nil {
		return err
	}
	cfg.MemberCalls, cfg.AddressCalls = 1e6, 1e6
	a, err := app.Open(ctx, cfg, app.Options{})
	if err != nil {
		return err
	}
	defer a.Close()
	sum, err := demo.Load(ctx, a, demo.Options{Seed: 1, Residents: o.People, Progress: func(string, int64, int64) {}})
	if err != nil {
		return err
	}
	shown := web.Demo{}
	for _, r := range sum.Residents {
		shown.Residents = append(shown.Residents, vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: r.Number})
	}
	a.Demo = func() web.Demo { return shown }
	addr, stop, err := serveFace(a)
	if err != nil {
		return err
	}
	defer stop()
	return readAll(ctx, o, out, "http://"+addr, sum)
}

// readAll reads as a visitor, a resident, and one officer of each role.
func readAll(ctx context.Context, o Options, out *Result, at string, sum demo.Summary) error {
	readers := []*reader{newReader(at, "visitor")}
	resident := newReader(at, "resident")
	if err := resident.send(ctx, "/mine", "/mine/demo", url.Values{"resident": {"0"}}); err != nil {
		return err
	}
	readers = append(readers, resident)
	var roles []vocab.Role
	for _, account := range sum.Accounts {
		if slices.Contains(roles, account.Roles[0]) {
			continue
		}
		roles = append(roles, account.Roles[0])
		r := newReader(at, string(account.Roles[0]))
		if err := r.send(ctx, "/sign-in", "/sign-in", url.Values{"login": {string(account.Officer)}, "password": {account.Password}}); err != nil {
			return err
		}
		readers = append(readers, r)
	}
	kinds := map[string]reading{}
	worst, heaviest := reading{}, reading{}
	stopProfile, err := o.profile("pages")
	if err != nil {
		return err
	}
	defer stopProfile()
	for _, r := range readers {
		if err := r.walk(ctx, o, kinds); err != nil {
			return fmt.Errorf("read as %s: %w", r.who, err)
		}
	}
	for _, k := range kinds {
		if k.P99 > worst.P99 {
			worst = k
		}
		if k.KB > heaviest.KB {
			heaviest = k
		}
	}
	around, err := readers[0].around(ctx)
	if err != nil {
		return err
	}
	out.Figures["kinds"], out.Figures["worst_p99"], out.Figures["residents"] = kinds, worst, o.People
	out.Figures["first_visit_kb"], out.Figures["later_visit_kb"] = around+heaviest.KB, heaviest.KB
	fmt.Fprintf(o.Report, "%d kinds of pages; the slowest %s: p50 %.1f ms, p99 %.1f ms; first visit at most %.1f KB packed, later ones %.1f KB (%s)\n",
		len(kinds), worst.At, worst.P50, worst.P99, around+heaviest.KB, heaviest.KB, heaviest.At)
	return nil
}

// reader is somebody with a browser's manners: it keeps cookies and a connection.
type reader struct {
	at, who string
	client  *http.Client
}

func newReader(at, who string) *reader {
	jar, _ := cookiejar.New(nil) // it never fails without options
	return &reader{at: at, who: who, client: &http.Client{Jar: jar, Transport: &http.Transport{DisableCompression: true}}}
}

// get reads one page: its text, its bytes on the line, and how long they took.
func (r *reader) get(ctx context.Context, path string) (text string, packed int, took time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.at+path, nil)
	if err != nil {
		return "", 0, 0, err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	began := time.Now()
	answer, err := r.client.Do(req)
	if err != nil {
		return "", 0, 0, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	took = time.Since(began)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/") && !strings.HasPrefix(answer.Header.Get("Content-Type"), "image/") {
		return "", 0, took, errors.Join(err, errNoPage)
	}
	if answer.Header.Get("Content-Encoding") != "gzip" {
		return string(b), len(b), took, nil
	}
	unpack, err := gzip.NewReader(strings.NewReader(string(b)))
	if err != nil {
		return "", 0, took, err
	}
	whole, err := io.ReadAll(unpack)
	return string(whole), len(b), took, err
}

var errNoPage = vocab.NoSuchThing.Because("no page stands there")

// send fills the form of a page.
func (r *reader) send(ctx context.Context, page, action string, said url.Values) error {
	text, _, _, err := r.get(ctx, page)
	if err != nil {
		return err
	}
	token := regexp.MustCompile(`name="form_token" value="([^"]+)"`).FindStringSubmatch(text)
	if token == nil {
		return vocab.InternalError.Because("%s has no form", page)
	}
	said.Set("form_token", token[1])
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.at+action, strings.NewReader(said.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return vocab.InternalError.Because("%s answers %s to %s", action, answer.Status, r.who)
	}
	return nil
}

var (
	linkOf = regexp.MustCompile(`href="(/[^"#]*)`)
	kindOf = regexp.MustCompile(`<body data-page="([^"]+)"`)
)

// shapeOf is the kind of an address: what names one thing among many is left out,
// and so are the values of its query and the filters of a search, of which any
// number may be on.
func shapeOf(address string) string {
	path, query, _ := strings.Cut(address, "?")
	parts := strings.Split(path, "/")
	for i, p := range parts {
		named := i > 1 && slices.Contains([]string{"datasets", "sources", "officers", "members", "todo"}, parts[i-1]) && p != "new"
		if named || len(p) > 24 || strings.ContainsAny(p, "0123456789@") {
			parts[i] = "*"
		}
	}
	said, err := url.ParseQuery(query)
	if err != nil {
		return strings.Join(parts, "/")
	}
	keys := slices.Sorted(maps.Keys(said))
	keys = slices.DeleteFunc(keys, func(k string) bool { return slices.Contains(filters(), k) })
	return strings.Join(parts, "/") + "?" + strings.Join(keys, "&")
}

// filters are the parameters that narrow a list.
func filters() []string {
	return []string{"owner", "share_type", "open_type", "update_cycle", "subject_kind", "format", "domain", "theme", "state", "kind", "from", "after", "before"}
}

// walk reads one page of each kind that links lead to, again and again.
func (r *reader) walk(ctx context.Context, o Options, kinds map[string]reading) error {
	queue, tried := beginnings(), map[string]bool{}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		shape := shapeOf(path)
		if tried[shape] || strings.Contains(path, "file=") || strings.HasPrefix(path, "/static/") || strings.Contains(path, "/file/") {
			continue
		}
		tried[shape] = true
		text, packed, _, err := r.get(ctx, path)
		if errors.Is(err, errNoPage) {
			continue
		}
		if err != nil {
			return err
		}
		kind := kindOf.FindStringSubmatch(text)
		if kind == nil {
			continue
		}
		for _, m := range linkOf.FindAllStringSubmatch(text, -1) {
			queue = append(queue, strings.ReplaceAll(m[1], "&amp;", "&"))
		}
		if _, known := kinds[kind[1]+" "+r.who]; known {
			continue
		}
		k, err := r.again(ctx, o, path)
		if err != nil {
			return err
		}
		k.KB = float64(packed) / 1000
		kinds[kind[1]+" "+r.who] = k
	}
	return nil
}

// again reads one page for a while.
func (r *reader) again(ctx context.Context, o Options, path string) (reading, error) {
	var laps []time.Duration
	for until := time.Now().Add(o.For / 5); time.Now().Before(until) && ctx.Err() == nil; {
		_, _, took, err := r.get(ctx, path)
		if err != nil {
			return reading{}, err
		}
		laps = append(laps, took)
	}
	if len(laps) == 0 {
		return reading{}, ctx.Err()
	}
	slices.Sort(laps)
	return reading{Times: len(laps), P50: millis(laps[len(laps)/2]), P99: millis(laps[len(laps)*99/100]), At: path}, ctx.Err()
}

// around is what the first page brings along and later ones have already, in
// thousands of bytes: style, script, pictures.
func (r *reader) around(ctx context.Context) (float64, error) {
	text, _, _, err := r.get(ctx, "/")
	if err != nil {
		return 0, err
	}
	bytes := 0
	for _, m := range regexp.MustCompile(`(?:href|src)="(/static/(?:page\.|sign)[^"]*)"`).FindAllStringSubmatch(text, -1) {
		if strings.Count(text[:strings.Index(text, m[0])], m[1]) > 0 {
			continue // the same picture again
		}
		_, packed, _, err := r.get(ctx, m[1])
		if err != nil {
			return 0, err
		}
		bytes += packed
	}
	return float64(bytes) / 1000, nil
}

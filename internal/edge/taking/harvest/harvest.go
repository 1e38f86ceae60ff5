// Package harvest reads catalogs of others: those of CKAN page by page, DCAT by the
// addresses of its next pages, and documents such as data.json or a dump as they
// stand.
//
// Run fetches a page into a scratch file, takes it in like a list that a steward
// sends, keeps how far it came, and goes on. A page that was taken before changes
// nothing, so a run that was broken off goes on where it stood.
//
// The promises: a run ends, whatever the other side does: each call, each page and
// the whole run have a limit of time or size, a server that is away is asked again a
// few times with growing pauses, and one that gives the same page twice is not
// followed; no address is called that the node's operator has not allowed.
package harvest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/harvest"
	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/edge/taking"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Parts are what a runner stands on.
type Parts struct {
	Catalog *catalog.Service
	Harvest *harvest.Service
	Clock   clock.Clock
	Client  *http.Client  // its Timeout bounds one call; redirects are looked at here
	Scratch string        // the folder of pages on their way
	Pause   time.Duration // before the second try; each further one waits twice as long
	Most    int64         // bytes of one page
}

// Runner runs harvests.
type Runner struct{ p Parts }

// The bounds of a run beside its time.
const (
	mostPage   = 1 << 30
	tries      = 5
	longPause  = time.Minute
	callLimit  = 10 * time.Minute
	ckanPage   = 500
	mostPages  = 100_000
	firstPause = time.Second
)

// New makes a runner.
func New(p Parts) *Runner {
	if p.Client == nil {
		p.Client = &http.Client{Timeout: callLimit}
	}
	if p.Pause == 0 {
		p.Pause = firstPause
	}
	if p.Most == 0 {
		p.Most = mostPage
	}
	return &Runner{p: p}
}

// Run goes on with a harvest until it is done or the budget of time is used up; the
// report says which. What broke it off is in the report too.
func (r *Runner) Run(ctx context.Context, a identity.Actor, id string, o Order) (*harvest.Harvest, error) {
	h, err := r.p.Harvest.Begin(ctx, a, id, o.Whole)
	if err != nil {
		return nil, err
	}
	until := r.p.Clock.Now().Add(o.Budget)
	err = r.pages(ctx, a, h, until)
	if err == nil || errors.Is(err, errBudget) {
		return h, nil
	}
	if kept := r.p.Harvest.Broken(context.WithoutCancel(ctx), a, h, err); kept != nil {
		return h, errors.Join(err, kept)
	}
	return h, err
}

// Order says how a harvest is run.
type Order struct {
	Whole  bool          // everything, so that what is gone is seen
	Budget time.Duration // after which the run rests at its next page
}

var errBudget = errors.New("the time is used up")

func (r *Runner) pages(ctx context.Context, a identity.Actor, h *harvest.Harvest, until time.Time) error {
	w, err := way(h)
	if err != nil {
		return err
	}
	before := ""
	for n := 0; ; n++ {
		if r.p.Clock.Now().After(until) || n >= mostPages {
			return errBudget
		}
		at, err := w.page(h)
		if err != nil {
			return err
		}
		f, err := r.fetch(ctx, h, at)
		if err != nil {
			return err
		}
		m, same, err := r.takePage(ctx, a, h, f, before)
		f.Close()
		if err != nil {
			return err
		}
		before = same
		m.Next = w.next(h, at, m)
		if err := r.p.Harvest.Page(ctx, a, h, m.Met); err != nil {
			return err
		}
		if m.Next == "" {
			return r.p.Harvest.End(ctx, a, h)
		}
	}
}

// took is what became of a page, with the address of the next that it names.
type took struct {
	harvest.Met
	linked string
	empty  bool
}

// takePage takes a page in like a list that was sent.
func (r *Runner) takePage(ctx context.Context, a identity.Actor, h *harvest.Harvest, f *page, before string) (took, string, error) {
	var m took
	file := taking.File{ReaderAt: f.File, Name: f.name, Size: f.size}
	sum, err := input.Digest(io.NewSectionReader(f.File, 0, f.size))
	if err != nil {
		return m, "", err
	}
	same := string(sum[:])
	if same == before {
		return m, same, vocab.FileUnreadable.Because("the other side gives the same page again").WithFix("tell who runs it")
	}
	if f.size == 0 && !h.Whole && !h.Since.IsZero() { // nothing changed
		m.empty = true
		return m, same, nil
	}
	look, err := taking.Look(file, input.Options{Name: f.name})
	if vocab.CodeOf(err) == vocab.FileUnreadable && h.Report.Pages > 0 && f.size < 4096 {
		m.empty = true // a last page without an entry
		return m, same, nil
	}
	if err != nil {
		return m, same, err
	}
	m.linked = look.Facts.Next
	o := taking.Order{Actor: a, Others: true, File: file, Mapping: look.Proposal.Mapping, Run: h.ID + "-" + strconv.FormatInt(h.Run, 10) + "-" + strconv.Itoa(h.Report.Pages), Met: func(d catalog.Draft) { m.Entries = append(m.Entries, keyOf(d)) }}
	if len(o.Mapping.Map) == 0 {
		m.empty = true
		return m, same, nil
	}
	o.Mapping.Constants = map[intake.Field]string{"provider": h.Name}
	done, err := taking.Take(ctx, r.p.Catalog, o)
	if err != nil {
		return m, same, err
	}
	m.empty = done.Report.Lines == 0
	m.Report = harvest.Report{Lines: done.Report.Lines, Created: done.Created, Changed: done.Changed, Same: done.Same, Rejected: done.Report.Rejected}
	if done.Before {
		m.Report.Same = done.Report.Good
	}
	for _, c := range done.Report.Causes {
		m.Report.Causes = append(m.Report.Causes, c.First.Failure().Error())
	}
	return m, same, nil
}

func keyOf(d catalog.Draft) string {
	if d.Dataset.Code != "" {
		return d.Dataset.Code
	}
	return d.Dataset.Name.In("zh-Hans") + " / " + d.Dataset.Provider
}

// page is one fetched page in a scratch file.
type page struct {
	*os.File
	name string
	size int64
}

// fetch gets a page, and asks again when the other side is away.
func (r *Runner) fetch(ctx context.Context, h *harvest.Harvest, at *url.URL) (*page, error) {
	pause := r.p.Pause
	for try := 1; ; try++ {
		p, wait, err := r.get(ctx, h, at)
		if err == nil || wait < 0 || try == tries || ctx.Err() != nil {
			return p, err
		}
		select {
		case <-time.After(min(max(pause, wait), longPause)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		pause *= 2
	}
}

// get makes one call. wait below nothing says that asking again is of no use, above
// that the other side asked for such a pause.
func (r *Runner) get(ctx context.Context, h *harvest.Harvest, at *url.URL) (p *page, wait time.Duration, err error) {
	if err := r.p.Harvest.May(h.Owner, at); err != nil {
		return nil, -1, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, -1, vocab.BadInput.Wrap(err, "ask %s", at.Host)
	}
	req.Header.Set("User-Agent", "fontis-harvest")
	client := *r.p.Client
	client.CheckRedirect = func(to *http.Request, via []*http.Request) error {
		if len(via) > 5 {
			return vocab.NotOffered.Because("%s leads on and on", at.Host)
		}
		return r.p.Harvest.May(h.Owner, to.URL)
	}
	res, err := client.Do(req)
	if err != nil {
		if vocab.CodeOf(err) == vocab.NotOffered {
			return nil, -1, err
		}
		return nil, 0, vocab.SourceAway.Because("%s does not answer", at.Host)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		err := vocab.SourceAway.Because("%s answers %d", at.Host, res.StatusCode)
		if res.StatusCode != http.StatusTooManyRequests && res.StatusCode < 500 {
			return nil, -1, err
		}
		after, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		return nil, max(0, time.Duration(after)*time.Second), err
	}
	return r.keep(res.Body, at)
}

// keep writes a page into the scratch folder.
func (r *Runner) keep(body io.Reader, at *url.URL) (*page, time.Duration, error) {
	f, err := os.CreateTemp(r.p.Scratch, "harvest-*")
	if err != nil {
		return nil, -1, err
	}
	if err := os.Remove(f.Name()); err != nil { // it lives as long as it is open, and no stop leaves it behind
		f.Close()
		return nil, -1, err
	}
	p := &page{File: f, name: path.Base(at.Path)}
	p.size, err = io.Copy(f, io.LimitReader(body, r.p.Most+1))
	switch {
	case err != nil:
		p.Close()
		return nil, 0, vocab.SourceAway.Because("%s broke off after %d bytes", at.Host, p.size)
	case p.size > r.p.Most:
		p.Close()
		return nil, -1, vocab.FileTooLarge.Because("%s sent more than %s", at.Host, input.BytesWord(int(r.p.Most))).WithFix("harvest its pages, or each department's part")
	}
	return p, 0, nil
}

// walk is how one kind of catalog is gone through.
type walk struct {
	page func(h *harvest.Harvest) (*url.URL, error)
	next func(h *harvest.Harvest, at *url.URL, m took) string
}

// way tells the kind of a catalog by its address.
func way(h *harvest.Harvest) (walk, error) {
	base, err := url.Parse(h.Address)
	if err != nil {
		return walk{}, vocab.ValueInvalid.Wrap(err, "the address of the harvest")
	}
	if root, ok := ckanRoot(base.Path); ok {
		return ckanWalk(base, root), nil
	}
	return walk{
		page: func(h *harvest.Harvest) (*url.URL, error) {
			if h.Cursor != "" {
				return url.Parse(h.Cursor)
			}
			at := *base
			if linked(at.Path) && !h.Whole && !h.Since.IsZero() {
				q := at.Query()
				q.Set("modified_since", since(h))
				at.RawQuery = q.Encode()
			}
			return &at, nil
		},
		next: func(_ *harvest.Harvest, at *url.URL, m took) string {
			to, err := url.Parse(m.linked)
			if m.linked == "" || err != nil {
				return ""
			}
			return at.ResolveReference(to).String()
		},
	}, nil
}

// linked holds for the addresses that are asked for what changed: those of DCAT, which
// may have further pages, and of a dump in lines.
func linked(p string) bool {
	p = strings.TrimSuffix(p, ".gz")
	return strings.HasSuffix(p, ".ttl") || strings.HasSuffix(p, ".jsonld") || strings.HasSuffix(p, ".jsonl")
}

// margin is how far back an incremental run looks behind the one before: the two
// clocks may differ.
const margin = time.Hour

func since(h *harvest.Harvest) string { return h.Since.Add(-margin).UTC().Format(time.RFC3339) }

// ckanRoot tells an address of CKAN's interface, or one without a path, which is
// taken for a portal of CKAN.
func ckanRoot(p string) (string, bool) {
	for _, mark := range []string{"/api/3", "/api/action", "/api"} {
		if i := strings.Index(p, mark); i >= 0 && !strings.Contains(path.Base(p), ".") {
			return p[:i], true
		}
	}
	return "", p == "" || p == "/"
}

func ckanWalk(base *url.URL, root string) walk {
	start := func(h *harvest.Harvest) int {
		n, _ := strconv.Atoi(h.Cursor)
		return n
	}
	return walk{
		page: func(h *harvest.Harvest) (*url.URL, error) {
			q := url.Values{"rows": {strconv.Itoa(ckanPage)}, "start": {strconv.Itoa(start(h))}, "sort": {"id asc"}}
			if !h.Whole && !h.Since.IsZero() {
				q.Set("fq", fmt.Sprintf("metadata_modified:[%s TO *]", since(h)))
			}
			at := *base
			at.Path, at.RawQuery, at.Fragment = root+"/api/3/action/package_search", q.Encode(), ""
			return &at, nil
		},
		// The server may give fewer rows than were asked for: what came counts, and
		// an empty page is the last.
		next: func(h *harvest.Harvest, _ *url.URL, m took) string {
			if m.empty || m.Report.Lines == 0 {
				return ""
			}
			return strconv.Itoa(start(h) + m.Report.Lines)
		},
	}
}

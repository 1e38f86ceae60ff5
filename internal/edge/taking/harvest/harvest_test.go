package harvest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/harvest"
	running "fontis/internal/edge/taking/harvest"
	"fontis/internal/vocab"
)

var steward = apptest.Officer(apptest.Tax, vocab.Steward)

type world struct {
	*app.App
	*running.Runner
	t *testing.T
}

// newWorld is a node that may call the address.
func newWorld(t *testing.T, address string) *world {
	cfg := apptest.Config(t)
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	cfg.HarvestHosts = map[string][]string{"*": {at.Host}}
	a := apptest.Open(t, cfg, app.Options{})
	apptest.Init(t, a)
	return &world{a, running.New(running.Parts{Catalog: a.Catalog, Harvest: a.Harvest, Clock: a.Clock, Scratch: t.TempDir(), Pause: time.Millisecond, Most: 1 << 20}), t}
}

func (w *world) add(address string) *harvest.Harvest {
	w.t.Helper()
	h, err := w.Harvest.Add(w.t.Context(), steward, harvest.Harvest{Name: "某市", Address: address})
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

func (w *world) run(id string, whole bool) (harvest.Report, error) {
	w.t.Helper()
	h, err := w.Run(w.t.Context(), steward, id, running.Order{Whole: whole, Budget: time.Hour})
	if h == nil {
		return harvest.Report{}, err
	}
	return h.Report, err
}

// portal is a catalog of CKAN of others, as it behaves on bad days.
type portal struct {
	mu      sync.Mutex
	names   []string
	busy    map[int]int // start -> how often it answers 503
	stuck   bool        // gives the first page for ever
	queries []string
}

func (p *portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	start, _ := strconv.Atoi(q.Get("start"))
	if p.busy[start] > 0 {
		p.busy[start]--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	p.queries = append(p.queries, q.Get("fq"))
	list := p.names
	if q.Get("fq") != "" {
		list = list[len(list)-1:]
	}
	if p.stuck {
		start = 0
	}
	var results []map[string]any
	for _, n := range list[min(start, len(list)):min(start+200, len(list))] {
		results = append(results, map[string]any{"id": n, "title": "资源" + n, "metadata_modified": "2026-01-01", "owner_org": "o", "organization": map[string]string{"title": "民政局"}})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"success": true, "result": map[string]any{"count": len(list), "results": results}})
}

func newPortal(t *testing.T, n int) (*portal, string) {
	p := &portal{busy: map[int]int{}}
	for i := range n {
		p.names = append(p.names, fmt.Sprintf("p-%04d", i))
	}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	return p, s.URL
}

func TestAPortalIsReadPageByPageAndThenWhatChanged(t *testing.T) {
	p, address := newPortal(t, 450)
	p.busy[200] = 2
	w := newWorld(t, address)
	h := w.add(address + "/api/3")
	got, err := w.run(h.ID, false)
	if err != nil || !got.Done || !got.Whole || got.Created != 450 || got.Lines != 450 || got.Pages != 4 || got.Gone != 0 {
		t.Fatalf("%+v %v", got, err)
	}
	p.names = append(p.names, "new")
	if got, err = w.run(h.ID, false); err != nil || got.Whole || got.Created != 1 || got.Lines != 1 {
		t.Errorf("what changed: %+v %v", got, err)
	}
	if last := p.queries[len(p.queries)-1]; !strings.HasPrefix(last, "metadata_modified:[") {
		t.Errorf("asked for %q", last)
	}
	p.names = slices.Delete(p.names, 10, 13)
	if got, err = w.run(h.ID, true); err != nil || got.Gone != 3 || got.Missing[0] != "p-0010" || got.Created+got.Changed != 0 || got.Same != 448 {
		t.Errorf("whole again: %+v %v", got, err)
	}
	if all, err := w.Catalog.List(t.Context(), steward, catalog.ListQuery{Owner: steward.Member}); err != nil || len(all) == 0 || all[0].Provider != "民政局" {
		t.Errorf("%v %v", all, err)
	}
}

func TestARunThatWasBrokenOffGoesOnAtItsPage(t *testing.T) {
	p, address := newPortal(t, 450)
	p.busy[200] = 100
	w := newWorld(t, address)
	h := w.add(address)
	got, err := w.run(h.ID, false)
	if vocab.CodeOf(err) != vocab.SourceAway || got.Done || got.Lines != 200 || !strings.Contains(got.Error, "503") {
		t.Fatalf("%+v %v", got, err)
	}
	p.busy[200] = 0
	asked := len(p.queries)
	if got, err = w.run(h.ID, false); err != nil || !got.Done || got.Lines != 450 || got.Error != "" || got.Created != 450 {
		t.Errorf("%+v %v", got, err)
	}
	if len(p.queries)-asked != 3 {
		t.Errorf("%d pages were asked for again", len(p.queries)-asked)
	}
}

func TestARunRestsWhenItsTimeIsUsedUp(t *testing.T) {
	_, address := newPortal(t, 10)
	w := newWorld(t, address)
	h := w.add(address)
	now, err := w.Run(t.Context(), steward, h.ID, running.Order{Budget: -time.Second})
	if err != nil || now.Report.Done || now.State != harvest.Running {
		t.Errorf("%+v %v", now, err)
	}
}

func TestAPortalThatGivesTheSamePageAgainIsNotFollowed(t *testing.T) {
	p, address := newPortal(t, 450)
	p.stuck = true
	w := newWorld(t, address)
	got, err := w.run(w.add(address).ID, false)
	if vocab.CodeOf(err) != vocab.FileUnreadable || got.Pages != 1 {
		t.Errorf("%+v %v", got, err)
	}
}

func TestDCATIsFollowedToItsNextPage(t *testing.T) {
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const head = "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n@prefix dct: <http://purl.org/dc/terms/> .\n@prefix hydra: <http://www.w3.org/ns/hydra/core#> .\n"
		if r.URL.Query().Get("page") == "2" {
			fmt.Fprintf(w, "%s<%s/2> a dcat:Dataset ; dct:title \"乙\"@zh .\n", head, s.URL)
			return
		}
		fmt.Fprintf(w, "%s<%s/1> a dcat:Dataset ; dct:title \"甲\"@zh ; dct:accrualPeriodicity <x/MONTHLY> .\n<%s/3> a dcat:Dataset .\n[] a hydra:PagedCollection ; hydra:next <%s/catalog.ttl?page=2> .\n", head, s.URL, s.URL, s.URL)
	}))
	t.Cleanup(s.Close)
	w := newWorld(t, s.URL)
	got, err := w.run(w.add(s.URL+"/catalog.ttl").ID, false)
	if err != nil || got.Created != 2 || got.Rejected != 1 || got.Pages != 2 || len(got.Causes) != 1 {
		t.Errorf("%+v %v", got, err)
	}
}

func TestOnlyWhatTheOperatorOpenedIsCalled(t *testing.T) {
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was called") }))
	t.Cleanup(inner.Close)
	s := httptest.NewServer(http.RedirectHandler(inner.URL+"/secret", http.StatusFound))
	t.Cleanup(s.Close)
	w := newWorld(t, s.URL)
	if _, err := w.Harvest.Add(t.Context(), steward, harvest.Harvest{Name: "x", Address: inner.URL}); vocab.CodeOf(err) != vocab.NotOffered {
		t.Errorf("%v", err)
	}
	if _, err := w.run(w.add(s.URL+"/data.json").ID, false); vocab.CodeOf(err) != vocab.NotOffered {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"ftp://x/y", "x", "https://u:p@x/y", "file:///etc/passwd"} {
		if _, err := w.Harvest.Add(t.Context(), steward, harvest.Harvest{Name: "x", Address: bad}); vocab.CodeOf(err) != vocab.ValueInvalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestAPageThatIsTooLargeIsNotRead(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 40 {
			_, _ = w.Write(make([]byte, 64<<10))
		}
	}))
	t.Cleanup(s.Close)
	w := newWorld(t, s.URL)
	if got, err := w.run(w.add(s.URL+"/data.json").ID, false); vocab.CodeOf(err) != vocab.FileTooLarge || got.Error == "" {
		t.Errorf("%+v %v", got, err)
	}
}

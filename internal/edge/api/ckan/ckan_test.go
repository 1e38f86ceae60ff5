package ckan_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// site is a node whose catalog holds a little of everything: names are those of the
// entries' codes.
type site struct {
	t    testing.TB
	face http.Handler
	id   map[string]string // by the entry's word
}

func newSite(t testing.TB) *site {
	t.Helper()
	cfg := apptest.Config(t)
	cfg.URL = "http://node.test"
	a := apptest.Open(t, cfg, app.Options{Clock: clock.System()})
	apptest.Init(t, a)
	s := &site{t: t, id: map[string]string{}}
	civil, tax := apptest.Officer(apptest.Civil, vocab.Steward), apptest.Officer(apptest.Tax, vocab.Steward)
	s.put(a, civil, "places", entry.Dataset{Name: entry.Text{ZH: "行政区划", EN: "Divisions"}, Theme: "地名", Domain: entry.DomainBase, Open: entry.UnconditionalOpen, Items: []entry.Item{{Code: "code", Name: entry.Text{EN: "Code"}}, {Code: "name", Name: entry.Text{EN: "Name"}}}})
	s.put(a, civil, "marriages", entry.Dataset{Name: entry.Text{ZH: "婚姻登记", EN: "Marriages"}, Theme: "民政", Domain: entry.DomainDepartment, Region: "310101"})
	s.put(a, civil, "graves", entry.Dataset{Name: entry.Text{ZH: "公墓", EN: "Burial grounds"}, Theme: "民政", Domain: entry.DomainDepartment, Region: "310115"})
	s.put(a, tax, "firms", entry.Dataset{Name: entry.Text{ZH: "纳税企业", EN: "Firms that pay"}, Abstract: entry.Text{EN: "registered places of business"}, Theme: "税务", Domain: entry.DomainBase})
	s.put(a, tax, "secret", entry.Dataset{Name: entry.Text{ZH: "稽查线索", EN: "Leads"}, Share: vocab.NotShared, NotSharedReason: "investigation", NotSharedLaw: "tax law", Theme: "税务"})
	draft, err := a.Catalog.Create(t.Context(), tax, entry.Dataset{Code: "draft", Name: entry.Text{EN: "Not yet"}, Provider: "Tax"})
	if err != nil {
		t.Fatal(err)
	}
	s.id["draft"] = string(draft.ID)
	s.rows(a, civil)
	if s.face, err = a.Face("test"); err != nil {
		t.Fatal(err)
	}
	if err := a.Catalog.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) put(a *app.App, by identity.Actor, word string, d entry.Dataset) {
	s.t.Helper()
	d.Code, d.Provider, d.Subject, d.Origin, d.Cycle = word, string(by.Member), vocab.LegalEntity, vocab.Government, vocab.Daily
	if d.Share == "" {
		d.Share, d.ShareCondition = vocab.Conditional, "by request"
	}
	made, err := a.Catalog.Create(s.t.Context(), by, d)
	if err == nil {
		made, err = apptest.Publish(s.t.Context(), a, by, made.ID, made.Rev)
	}
	if err != nil {
		s.t.Fatalf("%s: %v", word, err)
	}
	s.id[word] = string(made.ID)
}

// rows gives the open set a table of 1,203 places.
func (s *site) rows(a *app.App, by identity.Actor) {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "places.db")
	d, err := sql.Open("sqlite", file)
	if err != nil {
		s.t.Fatal(err)
	}
	defer d.Close()
	text := "CREATE TABLE place (code TEXT PRIMARY KEY, name TEXT);"
	for i := range 1203 {
		text += fmt.Sprintf("INSERT INTO place VALUES ('%06d', 'place %d');", i, i)
	}
	if _, err := d.ExecContext(s.t.Context(), text); err != nil {
		s.t.Fatal(err)
	}
	if _, err := a.Door.AddSource(s.t.Context(), by, "places", "sqlite://"+file, ""); err != nil {
		s.t.Fatal(err)
	}
	for _, item := range []string{"code", "name"} {
		_, err := a.Door.Bind(s.t.Context(), by, access.Binding{
			Item: vocab.ItemID(s.id["places"] + "/" + item), Owner: by.Member, Source: "places", Table: "place", Column: item, Subject: "code",
			KeyKind: vocab.RegisterNumber, Compare: "exact", Read: true, About: vocab.NoSubject,
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// answer is the envelope.
type answer struct {
	Success bool            `json:"success"`
	Result  json.RawMessage `json:"result"`
	Error   struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	} `json:"error"`
}

func (s *site) get(action string, params url.Values) (int, answer) {
	s.t.Helper()
	return s.do(httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, "/api/3/action/"+action+"?"+params.Encode(), nil))
}

func (s *site) do(r *http.Request) (int, answer) {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.face.ServeHTTP(w, r)
	var out answer
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		s.t.Fatalf("%s answers %d with no envelope: %s", r.URL, w.Code, w.Body)
	}
	return w.Code, out
}

// into reads the result of a call that must succeed.
func into[T any](s *site, action string, params url.Values) T {
	s.t.Helper()
	code, a := s.get(action, params)
	var out T
	if code != http.StatusOK || !a.Success {
		s.t.Fatalf("%s %v: %d %+v", action, params, code, a.Error)
	}
	if err := json.Unmarshal(a.Result, &out); err != nil {
		s.t.Fatalf("%s: %v in %s", action, err, a.Result)
	}
	return out
}

type hits struct {
	Count   int `json:"count"`
	Results []struct {
		Name string `json:"name"`
	} `json:"results"`
	Facets map[string]map[string]int `json:"facets"`
}

// words are the entries found, in their order.
func (s *site) words(h hits) []string {
	out := []string{}
	for _, r := range h.Results {
		for word, id := range s.id {
			if id == r.Name {
				out = append(out, word)
			}
		}
	}
	return out
}

// TestTheActionAPI plays every promise on one site.
func TestTheActionAPI(t *testing.T) {
	s := newSite(t)
	for name, play := range map[string]func(*testing.T, *site){
		"EveryServedActionAnswers":                everyServedActionAnswers,
		"AnActionThatIsNotServedSaysSo":           anActionThatIsNotServedSaysSo,
		"WhatIsNotThereIsNotFoundInCKANsOwnWords": whatIsNotThereIsNotFoundInCKANsOwnWords,
		"ADraftIsNeitherListedNorCounted":         aDraftIsNeitherListedNorCounted,
		"QueriesFindWhatTheyAsk":                  queriesFindWhatTheyAsk,
		"AQueryThatIsNoneIsRefusedInTime":         aQueryThatIsNoneIsRefusedInTime,
		"PagesAddUpInEveryOrder":                  pagesAddUpInEveryOrder,
		"RowsOfAnOpenSetArePagedToTheirEnd":       rowsOfAnOpenSetArePagedToTheirEnd,
		"OneCallHasOneMeasure":                    oneCallHasOneMeasure,
		"RowsThatAreSkippedAreNotRead":            rowsThatAreSkippedAreNotRead,
		"ARegionHoldsAllBelowItInEveryOrder":      aRegionHoldsAllBelowItInEveryOrder,
		"PostAndGetAnswerTheSame":                 postAndGetAnswerTheSame,
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			play(t, s)
		})
	}
	s.t = t
}

func everyServedActionAnswers(t *testing.T, s *site) {
	rows := s.id["places"] + "-rows"
	for action, params := range map[string]url.Values{
		"site_read": nil, "status_show": nil, "package_list": nil, "package_search": nil, "current_package_list_with_resources": nil,
		"organization_list": nil, "group_list": nil, "tag_list": nil, "license_list": nil,
		"help_show": {"name": {"package_show"}}, "package_show": {"id": {s.id["firms"]}}, "resource_show": {"id": {rows}},
		"resource_search": {"query": {"name:Divisions"}}, "organization_show": {"id": {"tax"}}, "group_show": {"id": {"base"}},
		"group_package_show": {"id": {"base"}}, "datastore_search": {"resource_id": {rows}}, "datastore_info": {"id": {rows}},
	} {
		if action == "organization_show" {
			params.Set("id", string(apptest.Tax))
		}
		if code, a := s.get(action, params); code != http.StatusOK || !a.Success || string(a.Result) == "null" {
			t.Errorf("%s answers %d %+v", action, code, a)
		}
	}
}

func anActionThatIsNotServedSaysSo(t *testing.T, s *site) {
	w := httptest.NewRecorder()
	s.face.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/action/package_create", strings.NewReader("{}")))
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "Action name not known") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

func whatIsNotThereIsNotFoundInCKANsOwnWords(t *testing.T, s *site) {
	for action, params := range map[string]url.Values{
		"package_show": {"id": {s.id["draft"]}}, "resource_show": {"id": {"none-rows"}}, "organization_show": {"id": {"nobody"}},
		"group_show": {"id": {"none"}}, "help_show": {"name": {"none"}},
	} {
		if code, a := s.get(action, params); code != http.StatusNotFound || a.Success || a.Error.Type != "Not Found Error" {
			t.Errorf("%s answers %d %+v", action, code, a)
		}
	}
	if code, a := s.get("package_show", nil); code != http.StatusConflict || a.Error.Type != "Validation Error" {
		t.Errorf("a missing id answers %d %+v", code, a)
	}
	if code, a := s.get("datastore_search", url.Values{"resource_id": {s.id["firms"] + "-ask"}}); code != http.StatusForbidden || a.Error.Type != "Authorization Error" {
		t.Errorf("closed rows answer %d %+v", code, a)
	}
}

func aDraftIsNeitherListedNorCounted(t *testing.T, s *site) {
	want := []string{s.id["places"], s.id["marriages"], s.id["graves"], s.id["firms"], s.id["secret"]}
	slices.Sort(want)
	if diff := cmp.Diff(want, into[[]string](s, "package_list", nil)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	h := into[hits](s, "package_search", url.Values{"facet.field": {`["organization","groups","tags"]`}, "rows": {"0"}})
	wantFacets := map[string]map[string]int{
		"organization": {string(apptest.Civil): 3, string(apptest.Tax): 2}, "groups": {"base": 2, "department": 2}, "tags": {"地名": 1, "民政": 2, "税务": 1},
	}
	if diff := cmp.Diff(wantFacets, h.Facets); diff != "" || h.Count != 5 {
		t.Errorf("%d found; facets (-want +got):\n%s", h.Count, diff)
	}
}

func queriesFindWhatTheyAsk(t *testing.T, s *site) {
	civil, tax := string(apptest.Civil), string(apptest.Tax)
	for _, c := range []struct {
		q, fq string
		want  []string
	}{
		{"*:*", "", []string{"firms", "graves", "marriages", "places", "secret"}},
		{"婚姻", "", []string{"marriages"}},
		{"registered business", "", []string{"firms"}},
		{"organization:" + tax, "", []string{"firms", "secret"}},
		{"organization:" + civil + " AND -tags:民政", "", []string{"places"}},
		{"", "organization:" + civil + " OR organization:" + tax, []string{"firms", "graves", "marriages", "places", "secret"}},
		{"", "-organization:" + civil, []string{"firms", "secret"}},
		{"", "groups:(base)", []string{"firms", "places"}},
		{"", `+tags:"民政" +title:burial`, []string{"graves"}},
		{"title:Burial*", "", []string{"graves"}},
		{"", "metadata_modified:[2020-01-01T00:00:00Z TO *] AND groups:base", []string{"firms", "places"}},
		{"", "metadata_modified:[* TO NOW-7DAYS]", []string{}},
		{"", "res_format:JSON", []string{"places"}},
		{"(tags:地名 OR tags:税务) NOT state:draft", "", []string{"firms", "places"}},
		{"name:" + s.id["firms"], "", []string{"firms"}},
		{"", "extras_update_cycle:daily AND private:false AND type:dataset AND groups:department", []string{"graves", "marriages"}},
	} {
		h := into[hits](s, "package_search", url.Values{"q": {c.q}, "fq": {c.fq}})
		got := s.words(h)
		slices.Sort(got)
		if diff := cmp.Diff(c.want, got); diff != "" || h.Count != len(c.want) {
			t.Errorf("q=%q fq=%q: %d (-want +got):\n%s", c.q, c.fq, h.Count, diff)
		}
	}
}

func aQueryThatIsNoneIsRefusedInTime(t *testing.T, s *site) {
	for _, q := range []string{
		"title:(", `"open`, "nofield:x", "title:[a TO b]", "metadata_modified:[x TO y]", "a)", ":", "sort", strings.Repeat("(", 30),
		strings.Repeat("a ", 300), strings.Repeat("长", 10_000),
	} {
		code, a := s.get("package_search", url.Values{"fq": {q}})
		if q == "sort" {
			code, a = s.get("package_search", url.Values{"sort": {"colour asc"}})
		}
		if code != http.StatusBadRequest || a.Error.Type != "Search Query Error" || a.Error.Message == "" {
			t.Errorf("%.20q answers %d %+v", q, code, a.Error)
		}
	}
}

func pagesAddUpInEveryOrder(t *testing.T, s *site) {
	for _, order := range []string{"", "score desc", "id asc", "name desc", "metadata_modified desc", "metadata_created asc", "title_string asc"} {
		for _, fq := range []string{"", "-tags:nothing"} {
			var got []string
			for start := 0; start < 7; start += 2 {
				h := into[hits](s, "package_search", url.Values{"rows": {"2"}, "start": {strconv.Itoa(start)}, "sort": {order}, "fq": {fq}})
				if h.Count != 5 {
					t.Errorf("%q %q: %d found", order, fq, h.Count)
				}
				got = append(got, s.words(h)...)
			}
			slices.Sort(got)
			if diff := cmp.Diff([]string{"firms", "graves", "marriages", "places", "secret"}, got); diff != "" {
				t.Errorf("%q %q (-want +got):\n%s", order, fq, diff)
			}
		}
	}
}

func rowsOfAnOpenSetArePagedToTheirEnd(t *testing.T, s *site) {
	id := s.id["places"] + "-rows"
	type page struct {
		Records   []map[string]any  `json:"records"`
		Links     map[string]string `json:"_links"`
		Total     int               `json:"total"`
		Estimated bool              `json:"total_was_estimated"`
	}
	seen := 0
	for offset := 0; ; offset += 500 {
		p := into[page](s, "datastore_search", url.Values{"resource_id": {id}, "limit": {"500"}, "offset": {strconv.Itoa(offset)}})
		for _, r := range p.Records {
			if r["code"] != fmt.Sprintf("%06d", seen) || r["_id"] != float64(seen+1) {
				t.Fatalf("row %d is %v", seen, r)
			}
			seen++
		}
		if len(p.Records) < 500 {
			if p.Total != 1203 || p.Estimated {
				t.Errorf("the end says %d, estimated %t", p.Total, p.Estimated)
			}
			break
		}
		if !p.Estimated || p.Links["next"] == "" {
			t.Errorf("page at %d: %+v", offset, p.Links)
		}
	}
	if seen != 1203 {
		t.Errorf("%d rows", seen)
	}
}

// oneCallHasOneMeasure: queries in a list share the bounds of one, and facets are few.
func oneCallHasOneMeasure(t *testing.T, s *site) {
	part := `"NOT (` + strings.TrimSuffix(strings.Repeat("text:x OR ", 50), " OR ") + `)"`
	list := "[" + strings.TrimSuffix(strings.Repeat(part+",", 5), ",") + "]"
	if code, a := s.get("package_search", url.Values{"fq_list": {list}}); code != http.StatusBadRequest || a.Error.Type != "Search Query Error" {
		t.Errorf("250 parts in five queries answer %d %+v", code, a.Error)
	}
	names := strings.TrimSuffix(strings.Repeat("organization,", 51), ",")
	if code, a := s.get("package_search", url.Values{"facet.field": {names}}); code != http.StatusConflict || a.Error.Type != "Validation Error" {
		t.Errorf("51 facets answer %d %+v", code, a.Error)
	}
}

// rowsThatAreSkippedAreNotRead: a place that no page ended at is refused, the link to
// the next page leads on though nothing is remembered, and past the end is nothing.
func rowsThatAreSkippedAreNotRead(t *testing.T, s *site) {
	id := s.id["places"] + "-rows"
	if code, a := s.get("datastore_search", url.Values{"resource_id": {id}, "offset": {"777"}, "limit": {"1"}}); code != http.StatusConflict || !strings.Contains(a.Error.Message, "_links.next") {
		t.Errorf("offset 777 answers %d %+v", code, a)
	}
	type page struct {
		Records []map[string]any  `json:"records"`
		Links   map[string]string `json:"_links"`
		Total   int               `json:"total"`
	}
	first := into[page](s, "datastore_search", url.Values{"resource_id": {id}, "limit": {"7"}})
	next, err := url.Parse(first.Links["next"])
	if err != nil {
		t.Fatal(err)
	}
	q := next.Query()
	if q.Get("after") == "" || q.Get("offset") != "7" {
		t.Fatalf("the next page is %s", next)
	}
	q.Set("offset", "1007") // remembered by nobody: the key alone leads on
	if p := into[page](s, "datastore_search", q); len(p.Records) != 7 || p.Records[0]["code"] != "000007" || p.Records[0]["_id"] != float64(1008) {
		t.Errorf("by its key: %+v", p.Records)
	}
	into[page](s, "datastore_search", url.Values{"resource_id": {id}, "limit": {"32000"}})
	if p := into[page](s, "datastore_search", url.Values{"resource_id": {id}, "offset": {"1073741823"}}); len(p.Records) != 0 || p.Total != 1203 {
		t.Errorf("past the end: %+v", p)
	}
}

func aRegionHoldsAllBelowItInEveryOrder(t *testing.T, s *site) {
	for _, sort := range []string{"", "id asc", "title_string asc"} {
		for _, fq := range []string{"region:310000", "region:310000 AND NOT title:none"} {
			h := into[hits](s, "package_search", url.Values{"fq": {fq}, "sort": {sort}})
			got := s.words(h)
			slices.Sort(got)
			if diff := cmp.Diff([]string{"graves", "marriages"}, got); diff != "" || h.Count != 2 {
				t.Errorf("%s by %q: %d (-want +got):\n%s", fq, sort, h.Count, diff)
			}
		}
	}
}

func postAndGetAnswerTheSame(t *testing.T, s *site) {
	_, got := s.get("package_search", url.Values{"q": {"firms"}, "rows": {"5"}})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/action/package_search", strings.NewReader(`{"q":"firms","rows":5}`))
	r.Header.Set("Content-Type", "application/json")
	if _, posted := s.do(r); string(posted.Result) != string(got.Result) {
		t.Errorf("posted: %s\ngot: %s", posted.Result, got.Result)
	}
}

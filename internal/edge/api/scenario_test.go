package api_test

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"fontis/internal/edge/api"
	"fontis/internal/edge/call"
	"fontis/internal/edge/problem"
	"fontis/internal/vocab"
)

// reply is what a raw call answered.
type reply struct {
	status int
	body   string
	header map[string][]string
}

// send calls the interface as somebody; headers are name, value, name, value.
func (w *world) send(method, path, who, body string, headers ...string) reply {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if w.token[who] != "" {
		r.Header.Set("Authorization", "Bearer "+w.token[who])
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	b, _ := io.ReadAll(rec.Body)
	return reply{rec.Code, string(b), rec.Header()}
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestScenarios(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	d := w.draft()
	ask := asJSON(t, w.compare(3, w.born(3)))
	wrong := asJSON(t, w.compare(4, "1999-01-01"))
	bad := w.compare(5, "1999-01-01")
	bad.Purpose = "curiosity"
	for _, s := range []struct {
		name, method, url, who, body string
		headers                      []string
		status                       int
		contains, not                []string
	}{
		{name: "health", method: "GET", url: "/healthz", status: 200, contains: []string{"serving"}},
		{name: "nobody", method: "GET", url: "/v1/me", status: 401, contains: []string{"sign-in-needed", "fix", "trace"}},
		{name: "nobody, in Chinese", method: "GET", url: "/v1/me", headers: []string{"Accept-Language", "zh-CN"}, status: 401, contains: []string{"请先登录"}},
		{name: "wrong token", method: "GET", url: "/v1/me", headers: []string{"Authorization", "Bearer fs_nonsense"}, status: 401},
		{name: "wrong scheme", method: "GET", url: "/v1/me", headers: []string{"Authorization", "Basic YTpi"}, status: 401, not: []string{"YTpi"}},
		{name: "me", method: "GET", url: "/v1/me", who: "tax", status: 200, contains: []string{`"member":"tax"`, "li@tax"}},
		{name: "person", method: "GET", url: "/v1/me", who: "self", status: 200, contains: []string{`"person":true`}},
		{name: "sign in", method: "POST", url: "/v1/sign-in", body: `{"login":"li@tax","password":"` + strong + `"}`, status: 200, contains: []string{`"token":"`}},
		{name: "sign in wrongly", method: "POST", url: "/v1/sign-in", body: `{"login":"li@tax","password":"nonsense"}`, status: 403, contains: []string{"sign-in-failed"}, not: []string{"nonsense"}},
		{name: "field missing", method: "POST", url: "/v1/sign-in", body: `{"login":"x"}`, status: 422, contains: []string{"password", "bad-input"}},
		{name: "field unknown", method: "POST", url: "/v1/sign-in", body: `{"login":"x","password":"hidden-word","more":1}`, status: 422, not: []string{"hidden-word"}},
		{name: "no JSON", method: "POST", url: "/v1/sign-in", body: `{`, status: 400, contains: []string{"fix"}},
		{name: "query unknown", method: "GET", url: "/v1/members?colour=red", who: "auth", status: 422, contains: []string{"colour"}, not: []string{"red\""}},
		{name: "no route", method: "GET", url: "/v1/nothing", who: "tax", status: 404, contains: []string{"no-such-thing", "/openapi.json"}, not: []string{"owner"}},
		{name: "members", method: "GET", url: "/v1/members?limit=2", who: "auth", status: 200, contains: []string{`"next":"`}},
		{name: "members of one", method: "GET", url: "/v1/members", who: "tax", status: 200, contains: []string{`"id":"tax"`}, not: []string{`"id":"civil"`}},
		{name: "role missing", method: "POST", url: "/v1/members", who: "tax", body: `{"id":"new","name":{"en":"New","zh":"新"},"kind":"department","region":"990000"}`, status: 403, contains: []string{"role-missing", "authority"}},
		{name: "draft of one's own", method: "GET", url: "/v1/datasets/" + string(d.ID), who: "civil", status: 200, contains: []string{"Residents"}},
		{name: "search", method: "GET", url: "/v1/datasets?q=Residents&facet=state", who: "civil", status: 200, contains: []string{`"total":`}},
		{name: "to do", method: "GET", url: "/v1/todo", who: "civil", status: 200, contains: []string{"share_type"}},
		{name: "fill with a name", method: "POST", url: "/v1/fills", who: "civil", body: `{"missing":"share_type","field":"share_type","value":"不予共享","preview":true}`, status: 200, contains: []string{`"new":"not_shared"`}},
		{name: "fill with no word", method: "POST", url: "/v1/fills", who: "civil", body: `{"missing":"share_type","field":"share_type","value":"火星","preview":true}`, status: 400, contains: []string{"value-invalid", "not_shared (不予共享)"}},
		{name: "fill of no field", method: "POST", url: "/v1/fills", who: "civil", body: `{"missing":"nonsense","field":"nonsense","value":"1","preview":true}`, status: 400, contains: []string{"name a field that `todo` lists"}},
		{name: "match", method: "POST", url: "/v1/compare", who: "tax", body: ask, status: 200, contains: []string{`"answer":"match"`, "promise"}, not: []string{w.born(3)}},
		{name: "a text for an object", method: "POST", url: "/v1/compare", who: "tax", body: `{"subject":"hidden-word"}`, status: 400, contains: []string{"field subject takes an object", "/openapi.json"}, not: []string{"vocab", "hidden-word"}},
		{name: "a number for a text", method: "POST", url: "/v1/compare", who: "tax", body: `{"grant":5}`, status: 400, contains: []string{"field grant takes a text"}, not: []string{"vocab"}},
		{name: "a list for the whole", method: "POST", url: "/v1/compare", who: "tax", body: `[]`, status: 400, contains: []string{"not the JSON object"}, not: []string{"api.asked"}},
		{name: "machine without its officer", method: "POST", url: "/v1/compare", who: "machine", body: ask, status: 422, contains: []string{"field-missing", "send the header Fontis-Officer"}, not: []string{"todo"}},
		{name: "mismatch", method: "POST", url: "/v1/compare", who: "tax", body: wrong, status: 200, contains: []string{`"answer":"mismatch"`}, not: []string{w.born(4)}},
		{name: "purpose outside", method: "POST", url: "/v1/compare", who: "tax", body: asJSON(t, bad), status: 403, contains: []string{"purpose-outside-grant", "fix"}, not: []string{bad.Subject.Value}},
		{name: "foreign grant", method: "POST", url: "/v1/compare", who: "other", body: ask, status: 404, contains: []string{"grant-missing"}},
		{name: "a person asks", method: "POST", url: "/v1/compare", who: "self", body: ask, status: 401},
		{name: "nobody asks", method: "POST", url: "/v1/compare", body: ask, status: 401, contains: []string{"sign-in-needed"}},
		{name: "machine without an officer", method: "POST", url: "/v1/compare", who: "machine", body: ask, status: 422, contains: []string{"Fontis-Officer"}},
		{name: "machine", method: "POST", url: "/v1/compare", who: "machine", body: strings.Replace(ask, `,"case":"P-1"`, "", 1), headers: []string{api.HeaderOfficer, "wang", api.HeaderCase, "P-7"}, status: 200, contains: []string{"match"}},
		{name: "another question", method: "POST", url: "/v1/status", who: "tax", body: ask, status: 400, contains: []string{"values belong to compare"}},
		{name: "number as a number", method: "POST", url: "/v1/compare", who: "tax", body: `{"subject":{"value":990000195001011234}}`, status: 400, contains: []string{"subject"}, not: []string{"990000195001011234"}},
		{name: "empty question", method: "POST", url: "/v1/compare", who: "tax", status: 400},
		{name: "two questions", method: "POST", url: "/v1/compare", who: "tax", body: ask + ask, status: 400},
		{name: "long question", method: "POST", url: "/v1/compare", who: "tax", body: `{"grant":"` + strings.Repeat("x", 70<<10) + `"}`, status: 413, contains: []string{"file-too-large"}},
		{name: "long body", method: "POST", url: "/v1/sign-in", body: `{"login":"` + strings.Repeat("x", 2<<20) + `"}`, status: 413, contains: []string{"file-too-large", "trace"}},
		{name: "accesses", method: "GET", url: "/v1/accesses", who: "tax", status: 200, contains: []string{"pension"}},
		{name: "accesses of a provider", method: "GET", url: "/v1/accesses?as=provider&limit=1", who: "civil", status: 200, contains: []string{`"next":"`}},
		{name: "accesses of a stranger", method: "GET", url: "/v1/accesses", who: "other", status: 200, not: []string{`"member":"tax"`, "released"}},
		{name: "own accesses", method: "GET", url: "/v1/self/accesses", who: "self", status: 200, contains: []string{`"number":1`}},
		{name: "own accesses of an officer", method: "GET", url: "/v1/self/accesses", who: "tax", status: 401},
		{name: "log's name", method: "GET", url: "/log.json", status: 200, contains: []string{`"origin":"node.test/log/1"`, "http://node.test/log/1"}},
		{name: "log", method: "GET", url: "/log/1/checkpoint", status: 200, contains: []string{"node.test/log/1\n"}},
		{name: "log that is none", method: "GET", url: "/log/2/checkpoint", status: 404},
		{name: "codes", method: "GET", url: "/v1/problems", status: 200, contains: []string{"guess-guard"}},
		{name: "code", method: "GET", url: "/problems/guess-guard", headers: []string{"Accept-Language", "zh"}, status: 200, contains: []string{`"status":429`}},
		{name: "sources of another", method: "GET", url: "/v1/sources", who: "tax", status: 200, not: []string{"residents"}},
		{name: "suggest without a file", method: "POST", url: "/v1/imports", who: "civil", body: "{}", status: 400, contains: []string{"multipart"}},
		{name: "batch without a type", method: "POST", url: "/v1/batches?grant=x", who: "tax", body: "x", headers: []string{"Content-Type", "text/html"}, status: 400, contains: []string{"text/csv"}},
	} {
		t.Run(s.name, func(t *testing.T) {
			got := w.send(s.method, s.url, s.who, s.body, s.headers...)
			if got.status != s.status {
				t.Fatalf("status %d, want %d: %s", got.status, s.status, got.body)
			}
			for _, want := range s.contains {
				if !strings.Contains(got.body, want) {
					t.Errorf("lacks %q: %s", want, got.body)
				}
			}
			for _, never := range s.not {
				if strings.Contains(got.body, never) {
					t.Errorf("holds %q: %s", never, got.body)
				}
			}
			traces := got.header[call.HeaderTrace]
			if len(traces) != 1 || !vocab.ValidTrace(traces[0]) {
				t.Errorf("trace %q", traces)
			}
			if got.status >= 400 {
				var p problem.Problem
				if err := json.Unmarshal([]byte(got.body), &p); err != nil || p.Detail == "" || p.Fix == "" || string(p.Trace) != traces[0] || p.Status != got.status {
					t.Errorf("no whole problem: %s", got.body)
				}
			}
		})
	}
}

// TestNoValueOfACallIsLogged lets calls fail in every way that logs, with a
// number and a password that must not be found afterwards.
func TestNoValueOfACallIsLogged(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	in := w.compare(3, w.born(3))
	ask := asJSON(t, in)
	w.send("POST", "/v1/compare", "tax", ask)
	w.send("POST", "/v1/compare", "other", ask)
	w.send("GET", "/v1/members/"+in.Subject.Value, "tax", "")
	w.send("POST", "/v1/sign-in", "", `{"login":"`+in.Subject.Value+`","password":"`+strong+`"}`)
	w.api.Break(in.Subject.Value)
	got := w.send("POST", "/v1/compare", "tax", ask)
	if got.status != 500 || strings.Contains(got.body, in.Subject.Value) {
		t.Errorf("a panic answered %d: %s", got.status, got.body)
	}
	trace := got.header[call.HeaderTrace][0]
	if !strings.Contains(got.body, trace) || !strings.Contains(w.diary.String(), trace) {
		t.Error("the reference of a panic is not in the log")
	}
	for _, never := range []string{in.Subject.Value, w.born(3), strong, w.token["tax"]} {
		if strings.Contains(w.diary.String(), never) {
			t.Errorf("the log holds a value of a call: %s", w.diary)
		}
	}
}

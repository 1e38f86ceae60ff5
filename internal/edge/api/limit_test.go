package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/edge/api"
	"fontis/internal/edge/client"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/identity/limit"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

func TestTooManyCallsAreTurnedAwayAndCounted(t *testing.T) {
	w := newWorld(t, vocab.Compare, limit.Limits{Member: limit.Rate{PerSecond: 0.001, Burst: 3}, Address: limit.Rate{PerSecond: 0.001, Burst: 2}})
	before, _ := w.entries()
	for i := range 5 {
		got := w.send("GET", "/v1/me", "tax", "")
		if want := i < 3; want != (got.status == 200) {
			t.Errorf("call %d: %d", i, got.status)
		}
		if got.status == 429 && (got.header["Retry-After"] == nil || !strings.Contains(got.body, "too-many-calls")) {
			t.Errorf("turned away with %s", got.body)
		}
	}
	if got := w.send("GET", "/v1/me", "civil", ""); got.status != 200 {
		t.Errorf("another member pays for it: %d", got.status)
	}
	for i := range 4 { // wrong tokens are the address's
		got := w.send("GET", "/v1/me", "", "", "Authorization", "Bearer nonsense")
		if want := map[bool]int{true: 401, false: 429}[i < 2]; got.status != want {
			t.Errorf("wrong token %d: %d, want %d", i, got.status, want)
		}
	}
	if n, _ := w.entries(); n != before {
		t.Errorf("%d entries were written for strangers", n-before)
	}
	if err := w.Totals.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, totals := w.entries(); totals != 1 {
		t.Errorf("the strangers are %d entries, want 1", totals)
	}
}

// entries is how many entries the record has, and how many of them are totals.
func (w *world) entries() (all, totals int) {
	w.t.Helper()
	list, err := w.Ledger.OfMember(w.t.Context(), ledger.Viewer{Auditor: true}, ledger.Filter{Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range list {
		if e.Kind == proof.Totals.String() {
			totals++
		}
	}
	return len(list), totals
}

// TestBatchGoesThroughTheInterface sends CSV, waits on its state, and reads the
// answers as NDJSON and as CSV.
func TestBatchGoesThroughTheInterface(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	csv := "subject,born\n"
	for i := range 10 {
		csv += w.compare(i, "").Subject.Value + "," + w.born(i) + "\n"
	}
	c := w.as("tax")
	resp, err := c.Stream(t.Context(), client.Request{
		Method: "POST", Path: "/v1/batches?question=compare&purpose=pension&case=P-1&grant=" + string(w.Grant.ID), Type: "text/csv", Body: strings.NewReader(csv),
	})
	if err != nil {
		t.Fatal(err)
	}
	var started api.Started
	if err := json.NewDecoder(resp.Body).Decode(&started); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	status := *started.Batch
	for status.State != batch.Done {
		if err := c.Do(t.Context(), "GET", "/v1/batches/"+string(status.ID), nil, &status); err != nil {
			t.Fatal(err)
		}
		if status.State == batch.Failed || status.State == batch.Refused {
			t.Fatalf("%s: %s", status.State, status.Error)
		}
	}
	for accept, want := range map[string]string{"application/x-ndjson": `"answer":"match"`, "text/csv": ",match,"} {
		resp, err := c.Stream(t.Context(), client.Request{Method: "GET", Path: "/v1/batches/" + string(status.ID) + "/answers", Accept: accept})
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || strings.Count(string(b), want) != 10 {
			t.Errorf("%s: %v\n%s", accept, err, b)
		}
	}
	bad, err := c.Stream(t.Context(), client.Request{
		Method: "POST", Path: "/v1/batches?question=compare&purpose=pension&case=P-1&grant=" + string(w.Grant.ID), Type: "text/csv", Body: strings.NewReader("subject,born\n123,2000-01-01\n"),
	})
	if err == nil {
		bad.Body.Close()
	}
	if err == nil || strings.Contains(err.Error(), "123") {
		t.Errorf("a wrong number was taken, or repeated: %v", err)
	}
}

func TestImportComesBackWithItsRejectedLines(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	got := w.sendFile("/v1/imports", "civil", "list.csv", list, map[string]string{"action": "suggest"})
	var s api.Suggested
	if err := json.Unmarshal([]byte(got.body), &s); err != nil || len(s.Columns) != 4 || s.Mapping == "" || len(s.Sample) != 2 {
		t.Fatalf("%v: %s", err, got.body)
	}
	got = w.sendFile("/v1/imports", "civil", "list.csv", list, map[string]string{"action": "run", "mapping": s.Mapping})
	var done api.Imported
	if err := json.Unmarshal([]byte(got.body), &done); err != nil || done.Created != 1 || done.Report.Rejected != 1 || done.Rejects == "" {
		t.Fatalf("%v: %s", err, got.body)
	}
	var kept api.Imported
	if err := w.as("civil").Do(t.Context(), "GET", "/v1/imports/"+done.ID, nil, &kept); err != nil || kept.Created != 1 {
		t.Errorf("kept %+v, %v", kept, err)
	}
	book := w.send("GET", done.Rejects, "civil", "", "Accept-Language", "zh")
	if book.status != 200 || !strings.HasPrefix(book.body, "PK") {
		t.Errorf("the workbook: %d %.100s", book.status, book.body)
	}
	all := w.sendFile("/v1/imports", "civil", "list.csv", list+"又一个,人社局,有条件共享,文本\n", map[string]string{"action": "run", "all_or_none": "true"})
	if all.status != 422 || !strings.Contains(all.body, "rejects.xlsx") {
		t.Errorf("all or none: %d %s", all.status, all.body)
	}
	if got := w.sendFile("/v1/imports", "tax", "list.csv", "\x00\x01", map[string]string{"action": "run"}); got.status >= 500 || got.status < 400 {
		t.Errorf("a file that is none: %d %s", got.status, got.body)
	}
}

func TestOfficersComeFromAList(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	got := w.sendFile("/v1/officers/import", "tax", "officers.csv", "login,name,member,roles\nqian,Qian,,user\nli,Li,,user\nsun,Sun,civil,user\n", nil)
	var done api.OfficersImported
	if err := json.Unmarshal([]byte(got.body), &done); err != nil || done.Invited != 1 || done.Rejected != 2 {
		t.Fatalf("%v: %s", err, got.body)
	}
}

func TestRegisterIsLoadedWithItsSubjectColumn(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	number, born := apptest.Citizen(1)
	csv := "born,number\n" + born + "," + number + "\n2000-01-01,990000199901011\n"
	got := w.send("POST", "/v1/sources/files/load?subject=number&dated=2026-01-01", "civil", csv, "Content-Type", "text/csv")
	var done access.Loaded
	if err := json.Unmarshal([]byte(got.body), &done); err != nil || done.Rows != 2 || len(done.Bad) != 1 {
		t.Fatalf("%v: %d %s", err, got.status, got.body)
	}
	if got := w.send("POST", "/v1/sources/files/load?subject=nummer", "civil", csv, "Content-Type", "text/csv"); got.status != http.StatusBadRequest {
		t.Errorf("a column that is not there: %d %s", got.status, got.body)
	}
}

// A call without a name, with a wrong one, or without one where it is needed, is
// counted even where no rate turns it away.
func TestCallsWithoutANameAreCounted(t *testing.T) {
	for name, headers := range map[string][]string{"no token": nil, "wrong token": {"Authorization", "Bearer nonsense"}, "wrong scheme": {"Authorization", "Basic x"}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, vocab.Compare)
			for _, path := range []string{"/v1/me", "/v1/compare"} {
				method := map[bool]string{true: "POST", false: "GET"}[path == "/v1/compare"]
				_, before := w.entries()
				if got := w.send(method, path, "", "", headers...); got.status != 401 {
					t.Fatalf("%s: %d", path, got.status)
				}
				if err := w.Totals.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
				if _, after := w.entries(); after != before+1 {
					t.Errorf("%s was not counted", path)
				}
			}
		})
	}
}

// A department's own list seldom says whose it is: who takes it in is the provider,
// and the mapping that comes back says so; a list that says otherwise stands.
func TestAListThatNamesNoDepartmentIsItsSendersOwn(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	for body, own := range map[string]bool{"资源名称,资源摘要\n婚姻登记,登记情况\n": true, "资源名称,资源提供方\n婚姻登记,民政局\n": false} {
		var s api.Suggested
		got := w.sendFile("/v1/imports", "civil", "list.csv", body, map[string]string{"action": "suggest"})
		if err := json.Unmarshal([]byte(got.body), &s); err != nil || strings.Contains(s.Mapping, "[constants]") != own {
			t.Errorf("%v: %s", err, s.Mapping)
		}
		var done api.Imported
		got = w.sendFile("/v1/imports", "civil", "list.csv", body, map[string]string{"action": "run"})
		if err := json.Unmarshal([]byte(got.body), &done); err != nil || done.Created != 1 || done.Report.Rejected != 0 {
			t.Errorf("%v: %s", err, got.body)
		}
	}
}

func TestAListWithoutAHeaderIsLookedAtOverTheInterface(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	body := "资源名称,资源提供方\n人口基本信息,民政局\n" // words of a header, said to be data
	for no, first := range map[string]int{"true": 1, "": 2} {
		got := w.sendFile("/v1/imports", "civil", "list.csv", body, map[string]string{"action": "suggest", "no_header": no})
		var s api.Suggested
		if err := json.Unmarshal([]byte(got.body), &s); err != nil || len(s.Sample) != 3-first || s.Sample[0].Line != first {
			t.Errorf("no_header=%q: %v: %s", no, err, got.body)
		}
		if no != "" && !strings.Contains(s.Mapping, "no_header = true") {
			t.Errorf("the mapping does not say it: %s", s.Mapping)
		}
	}
}

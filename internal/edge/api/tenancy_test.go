package api_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/share"
	"fontis/internal/edge/call"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// bodies are inputs that each route takes, so that it is the id that decides.
var bodies = map[string]string{
	"POST /v1/members/{id}/state":                       `{"state":"suspended","reason":"x"}`,
	"POST /v1/officers/{id}/state":                      `{"state":"suspended","reason":"x"}`,
	"POST /v1/officers/{id}/roles":                      `{"roles":["user"]}`,
	"PATCH /v1/datasets/{id}":                           `{"rev":1,"set":{"name_en":"x"}}`,
	"POST /v1/datasets/{id}/publish":                    `{"rev":1}`,
	"POST /v1/datasets/{id}/suspend":                    `{"rev":1,"reason":"x"}`,
	"POST /v1/datasets/{id}/resume":                     `{"rev":1}`,
	"POST /v1/datasets/{id}/retire":                     `{"rev":1,"reason":"x"}`,
	"POST /v1/datasets/{id}/items/{item}/untag":         `{"tag":"ethnicity","reason":"x"}`,
	"POST /v1/datasets/{id}/items/{item}/untag/confirm": `{"tag":"ethnicity"}`,
	"PATCH /v1/requests/{id}":                           `{"fields":{"dataset":"d-x"}}`,
	"POST /v1/requests/{id}/withdraw":                   `{"reason":"x"}`,
	"POST /v1/requests/{id}/decide":                     `{"agree":true}`,
	"POST /v1/grants/{id}/state":                        `{"state":"suspended","reason":"x"}`,
	"POST /v1/sources/{id}/load":                        "number,born\n1,2\n",
}

// TestWhatIsAnothersAnswersAsWhatDoesNotExist walks every route that names
// something, as a member that has no part in it: with the real name and with one
// that nothing bears, the answer has the same bytes but for the trace.
func TestWhatIsAnothersAnswersAsWhatDoesNotExist(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	theirs := w.belongings()
	walked := 0
	for _, r := range w.api.Routes() {
		if r.Public || !strings.Contains(r.Path, "{") {
			continue
		}
		kind := strings.Split(strings.TrimPrefix(strings.TrimPrefix(r.Path, "/v1"), "/"), "/")[0]
		if kind == "todo" { // a word of the catalog, not a name
			continue
		}
		id, ok := theirs[kind]
		if !ok {
			t.Errorf("%s %s: the test holds nothing of that kind", r.Method, r.Path)
			continue
		}
		if r.Path == "/v1/sources/{id}/load" {
			continue // loading makes what is not there: see below
		}
		path := strings.NewReplacer("{item}", "born").Replace(r.Path)
		for _, who := range []string{"other", "another person", ""} {
			real := w.send(r.Method, fill(path, id), who, bodies[r.Method+" "+r.Path])
			none := w.send(r.Method, fill(path, nameless(id)), who, bodies[r.Method+" "+r.Path])
			if real.status < 400 || real.status != none.status || untraced(real, id) != untraced(none, nameless(id)) {
				t.Errorf("%s %s as %q:\n theirs %d %.300s\n nobody %d %.300s", r.Method, r.Path, who, real.status, real.body, none.status, none.body)
			}
		}
		walked++
	}
	if walked < 35 {
		t.Errorf("walked only %d routes", walked)
	}
	var grant access.Grant
	if err := w.as("tax").Do(t.Context(), "GET", "/v1/grants/"+theirs["grants"], nil, &grant); err != nil || grant.State != access.GrantActive {
		t.Errorf("the walk changed the grant: %v %s", err, grant.State)
	}
}

func fill(path, id string) string {
	return regexp.MustCompile(`\{(id|trace)\}`).ReplaceAllString(path, id)
}

// nameless is a name of the same form that nothing bears.
func nameless(id string) string {
	if strings.Contains(id, "@") {
		return "nobody@nowhere"
	}
	if vocab.ValidTrace(id) {
		return string(vocab.NewTrace(time.Now()))
	}
	return id[:len(id)-3] + "zzz"
}

// untraced is the answer without what differs in every answer: its trace, and
// the name that the caller typed, where a cause repeats it.
func untraced(r reply, typed string) string {
	return strings.ReplaceAll(strings.ReplaceAll(r.body, r.header[call.HeaderTrace][0], "TRACE"), typed, "NAME")
}

// belongings makes one thing of each kind that other has no part in.
func (w *world) belongings() map[string]string {
	w.t.Helper()
	ctx := w.t.Context()
	ask := w.send("POST", "/v1/compare", "tax", asJSON(w.t, w.compare(3, w.born(3))))
	var answered access.Answered
	if err := json.Unmarshal([]byte(ask.body), &answered); err != nil {
		w.t.Fatal(err)
	}
	machines, err := w.Identity.Machines(ctx, apptest.Officer(apptest.Tax, vocab.Steward), apptest.Tax, identity.Page{})
	if err != nil || len(machines) == 0 {
		w.t.Fatal(err)
	}
	d := w.draft()
	set := w.send("POST", "/v1/fills", "civil", `{"ids":["`+string(d.ID)+`"],"field":"region","value":"990000"}`)
	var filled struct{ ID string }
	if err := json.Unmarshal([]byte(set.body), &filled); err != nil || filled.ID == "" {
		w.t.Fatalf("%v: %s", err, set.body)
	}
	batch := w.send("POST", "/v1/batches?purpose=pension&case=P-1&question=compare&grant="+string(w.Grant.ID), "tax",
		"subject,born\n"+w.compare(6, "").Subject.Value+",2000-01-01\n", "Content-Type", "text/csv")
	var started struct{ Batch struct{ ID string } }
	if err := json.Unmarshal([]byte(batch.body), &started); err != nil || started.Batch.ID == "" {
		w.t.Fatalf("%v: %s", err, batch.body)
	}
	return map[string]string{
		"members": "civil", "officers": "li@tax", "machines": string(machines[0].ID), "notices": w.notice(), "datasets": string(d.ID),
		"fills": filled.ID, "imports": w.imported(), "sources": "residents", "requests": w.request(), "grants": string(w.Grant.ID),
		"batches": started.Batch.ID, "receipts": string(answered.Trace), "why": string(answered.Trace),
	}
}

func (w *world) request() string {
	w.t.Helper()
	d, err := w.Catalog.List(w.t.Context(), w.Steward, listAll)
	if err != nil || len(d) == 0 {
		w.t.Fatal(err)
	}
	r, err := w.Share.Draft(w.t.Context(), apptest.Officer(apptest.Civil, vocab.DataUser), share.Fields{Dataset: w.published()})
	if err != nil {
		w.t.Fatal(err)
	}
	return string(r.ID)
}

// Items and grants that a body names are no way round: a binding of another's
// item, a load over another's register, a question under another's grant.
func TestNamesInABodyAreNoWayRound(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	d := string(w.published()) // of tax, and everyone may read its entry
	bind := `{"item":"%/name","source":"residents","table":"resident","column":"name","subject_column":"number","key_kind":"citizen","compare":"text"}`
	for _, who := range []string{"civil", "other"} {
		real := w.send("POST", "/v1/bindings", who, strings.ReplaceAll(bind, "%", d))
		none := w.send("POST", "/v1/bindings", who, strings.ReplaceAll(bind, "%", nameless(d)))
		if real.status != 404 || untraced(real, d) != untraced(none, nameless(d)) {
			t.Errorf("%s binds an item of tax: %d %s\n nobody's: %d %s", who, real.status, real.body, none.status, none.body)
		}
	}
	before := w.send("GET", "/v1/sources/residents", "civil", "")
	taken := w.send("POST", "/v1/sources/residents/load?subject=number", "other", "number,born\n1,2\n", "Content-Type", "text/csv")
	fresh := w.send("POST", "/v1/sources/residentz/load?subject=number", "other", "number,born\n1,2\n", "Content-Type", "text/csv")
	if taken.status != fresh.status {
		t.Errorf("a source's name tells other that civil has it: %d %s\n a fresh name: %d %s", taken.status, taken.body, fresh.status, fresh.body)
	}
	if after := w.send("GET", "/v1/sources/residents", "civil", ""); untraced(after, "") != untraced(before, "") {
		t.Errorf("other loaded over civil's source: %s", after.body)
	}
	csv := "subject,born\n" + w.compare(6, "").Subject.Value + ",2000-01-01\n"
	real := w.send("POST", "/v1/batches?question=compare&purpose=pension&case=P-1&grant="+string(w.Grant.ID), "other", csv, "Content-Type", "text/csv")
	none := w.send("POST", "/v1/batches?question=compare&purpose=pension&case=P-1&grant="+nameless(string(w.Grant.ID)), "other", csv, "Content-Type", "text/csv")
	if real.status != 404 || len(real.body) != len(none.body) {
		t.Errorf("a batch under another's grant: %d %s\n nobody's: %d %s", real.status, real.body, none.status, none.body)
	}
}

package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/edge/api"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// recorded is the newest use of tax's as it sees it itself.
func (w *world) recorded() ledger.Access {
	w.t.Helper()
	list, err := w.Door.Accesses(w.t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), ledger.Filter{AsCaller: true, Limit: 1})
	if err != nil || len(list) != 1 {
		w.t.Fatalf("the newest access: %+v, %v", list, err)
	}
	return list[0].Access
}

func TestTheRecordSaysWhetherAMachinesOfficerIsListed(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	ask := asJSON(t, w.compare(3, w.born(3)))
	for _, c := range []struct{ name, officer, named string }{
		{"li", "li@tax", "listed"},
		{"li@tax", "li@tax", "listed"},
		{"wang", "wang", "as-given"},
		{"li@civil", "li@civil", "as-given"}, // another member's officer: as a name that nobody knows
	} {
		if got := w.send("POST", "/v1/compare", "machine", ask, api.HeaderOfficer, c.name, api.HeaderUnit, "Desk 1"); got.status != http.StatusOK {
			t.Fatalf("%s: %d %s", c.name, got.status, got.body)
		}
		if got := w.recorded(); got.Officer != c.officer || got.Named != c.named {
			t.Errorf("%s stands on record as %s, %s", c.name, got.Officer, got.Named)
		}
	}
	// The person is shown that nobody but the system knows the name, and not the name.
	mine, err := w.Door.Mine(t.Context(), identity.Actor{Self: w.Identity.AuditRef(w.Ask(3, "").Subject)}, 0, 4)
	if err != nil || len(mine) != 4 || mine[0].Named != "as-given" || mine[3].Named != "listed" || mine[0].Officer != "" {
		t.Errorf("the person sees %+v, %v", mine, err)
	}
	// An officer in a session of their own needs no such word.
	if got := w.send("POST", "/v1/compare", "tax", ask, api.HeaderOfficer, "wang"); got.status != http.StatusOK {
		t.Fatal(got.body)
	}
	if got := w.recorded(); got.Officer != "li@tax" || got.Named != "" {
		t.Errorf("an officer's own call stands on record as %s, %q", got.Officer, got.Named)
	}
}

func TestABatchOfAMachineSaysWhoIsListed(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	c := w.compare(3, w.born(3))
	row := asJSON(t, map[string]any{"subject": c.Subject, "values": c.Values}) + "\n"
	path := "/v1/batches?grant=" + string(c.Grant) + "&question=compare&purpose=" + c.Purpose + "&case=" + c.Case
	for name, want := range map[string]string{"li": "listed", "wang": "as-given"} {
		got := w.send("POST", path, "machine", row, api.HeaderOfficer, name, "Content-Type", "application/x-ndjson")
		var started api.Started
		if err := json.Unmarshal([]byte(got.body), &started); err != nil || got.status >= 300 {
			t.Fatalf("%s: %d %s", name, got.status, got.body)
		}
		w.batchDone(started.Batch.ID)
		if got := w.recorded(); got.Kind != "batch" || got.Named != want {
			t.Errorf("a batch in the name of %s stands on record as %s %q", name, got.Kind, got.Named)
		}
	}
}

func TestATokenBoundToTheListIsRefusedOnRecord(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	var m api.IssuedMachine
	if got := w.send("POST", "/v1/machines", "tax", `{"system":"strict","name":"strict","listed_only":true}`); got.status >= 300 {
		t.Fatal(got.body)
	} else if err := json.Unmarshal([]byte(got.body), &m); err != nil || !m.Machine.ListedOnly {
		t.Fatalf("%+v, %v", m.Machine, err)
	}
	w.token["strict"] = m.Token
	c := w.compare(3, w.born(3))
	ask := asJSON(t, c)
	if got := w.send("POST", "/v1/compare", "strict", ask, api.HeaderOfficer, "li"); got.status != http.StatusOK {
		t.Errorf("a listed officer: %d %s", got.status, got.body)
	}
	row := asJSON(t, map[string]any{"subject": c.Subject, "values": c.Values}) + "\n"
	batch := "/v1/batches?grant=" + string(c.Grant) + "&question=compare&purpose=" + c.Purpose + "&case=" + c.Case
	for _, s := range []struct{ path, body, kind string }{{"/v1/compare", ask, "application/json"}, {batch, row, "application/x-ndjson"}} {
		got := w.send("POST", s.path, "strict", s.body, api.HeaderOfficer, "wang", "Content-Type", s.kind)
		if got.status != http.StatusForbidden || !strings.Contains(got.body, string(vocab.OfficerUnlisted)) {
			t.Errorf("%.12s: %d %s", s.path, got.status, got.body)
		}
		if r := w.recorded(); r.State != "refused" || r.Refused != string(vocab.OfficerUnlisted) || r.Officer != "wang" {
			t.Errorf("%.12s: the refusal is not on record: %+v", s.path, r)
		}
	}
	if got := w.send("GET", "/v1/grants", "strict", "", api.HeaderOfficer, "wang"); got.status != http.StatusForbidden {
		t.Errorf("a list: %d", got.status)
	}
}

// batchDone waits until a batch of tax's has its answers.
func (w *world) batchDone(id vocab.BatchID) {
	w.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := w.Door.Batch(w.t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), id)
		if err != nil || s.State == batch.Refused || s.State == batch.Failed {
			w.t.Fatalf("batch: %+v, %v", s, err)
		}
		if s.State == batch.Done {
			return
		}
		<-tick.C
	}
}

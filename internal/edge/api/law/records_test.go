package law_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"fontis/internal/edge/api"
	"fontis/internal/edge/api/law"
	"fontis/internal/edge/client"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/retention"
	"fontis/internal/trust/ledger/sample"
	"fontis/internal/vocab"
)

// used writes two uses of person 3's data.
func (w *world) used() vocab.TraceID {
	w.t.Helper()
	self, err := w.node.Identity.SelfActor(subject(3))
	w.must(err)
	var last vocab.TraceID
	for range 2 {
		now := w.node.Clock.Now()
		last = vocab.NewTrace(now)
		_, err := w.node.Ledger.Submit(w.t.Context(), &ledger.Draft{
			Trace: last, State: vocab.Intended, At: now, Owner: "tax", Provider: "civil", Person: self.Self, Personal: true,
			Fields: []ledger.Pair{{Name: ledger.FieldMember, Value: "tax"}, {Name: ledger.FieldOfficer, Value: "zhao"}, {Name: ledger.FieldItems, Value: proof.ListValue([]string{string(w.born)})}},
		})
		w.must(err)
	}
	return last
}

func (w *world) stream(who, path string) string {
	w.t.Helper()
	resp, err := client.Over(w.face, w.token[who]).Stream(w.t.Context(), client.Request{Method: http.MethodGet, Path: path})
	w.must(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	w.must(err)
	return string(b)
}

func TestAPersonsViewOverTheInterface(t *testing.T) {
	w := newWorld(t)
	w.used()
	var p law.MyData
	w.do("me", "GET", "/v1/mydata?limit=1", nil, &p, "")
	if len(p.Lines) != 1 || p.Next == "" || p.Note == "" || p.Lines[0].Officer != "" || p.Newest != 2 {
		t.Fatalf("%+v", p)
	}
	w.do("me", "GET", "/v1/mydata?after="+p.Next, nil, &p, "")
	if len(p.Lines) != 1 || p.Lines[0].Number != 1 {
		t.Errorf("the next page: %+v", p.Lines)
	}
	w.do("zhao", "GET", "/v1/mydata", nil, nil, vocab.SignInNeeded)
	w.do("zhao", "GET", "/v1/mydata/file", nil, nil, vocab.SignInNeeded)
	rows := csv.NewReader(bytes.NewBufferString(w.stream("me", "/v1/mydata/file?format=csv")))
	rows.FieldsPerRecord = -1
	if all, err := rows.ReadAll(); err != nil || len(all) != 4 {
		t.Errorf("%d rows of csv, %v", len(all), err)
	}
	if body := w.stream("me", "/v1/mydata/file"); !strings.HasSuffix(body, "]}\n") {
		t.Errorf("the file has no end: %.80s", body)
	}
	w.add("civil", "wu", vocab.Counter)
	w.do("wu", "POST", "/v1/mydata/counter", law.CounterVisit{Subject: subject(3), Document: "identity-card"}, &p, "")
	if len(p.Lines) != 3 || p.Lines[0].Act != "mydata.counter" {
		t.Errorf("at the counter: %+v", p.Lines)
	}
	w.do("zhao", "POST", "/v1/mydata/counter", law.CounterVisit{Subject: subject(3), Document: "identity-card"}, nil, vocab.RoleMissing)
}

func TestAMandateOverTheInterface(t *testing.T) {
	w := newWorld(t)
	w.used()
	_, token, err := w.node.Identity.IssueDemoSelf(t.Context(), subject(4))
	w.must(err)
	w.token["agent"] = token.Reveal()
	in := law.NewMandate{Agent: subject(4), Acts: []string{mandate.Contest}, Until: w.node.Clock.Now().AddDate(0, 1, 0)}
	var m mandate.Mandate
	w.do("me", "POST", "/v1/mandates", in, &m, "")
	in.Acts = []string{mandate.View}
	w.do("me", "POST", "/v1/mandates", in, nil, vocab.MandateOutside)
	var s api.Session
	w.do("agent", "POST", "/v1/mandates/"+m.ID+"/enter", nil, &s, "")
	w.token["acting"] = s.Token
	var me api.Me
	w.do("acting", "GET", "/v1/me", nil, &me, "")
	if me.Mandate != m.ID || me.Person {
		t.Errorf("%+v", me)
	}
	w.do("acting", "GET", "/v1/mydata", nil, nil, vocab.MandateOutside)
	w.do("acting", "GET", "/v1/self/accesses", nil, nil, vocab.SignInNeeded)
	w.do("me", "POST", "/v1/mandates/"+m.ID+"/withdraw", nil, nil, "")
	w.do("acting", "GET", "/v1/me", nil, nil, vocab.SignInNeeded)
	var list law.Several[mandate.Mandate]
	w.do("me", "GET", "/v1/mandates", nil, &list, "")
	if len(list.Items) != 1 || list.Items[0].State != mandate.Withdrawn {
		t.Errorf("%+v", list.Items)
	}
}

func TestDeferralsAuditAndRetentionOverTheInterface(t *testing.T) {
	w := newWorld(t)
	trace := w.used()
	w.add("bureau", "gu", vocab.Auditor)
	var grounds law.Several[deferral.Ground]
	w.do("", "GET", "/v1/deferrals/grounds", nil, &grounds, "")
	if len(grounds.Items) != 2 || grounds.Items[0].Verified {
		t.Errorf("the shipped rows: %+v", grounds.Items)
	}
	var o deferral.Order
	w.do("zhao", "POST", "/v1/deferrals", law.NewDeferral{Entry: trace, Ground: "secret-by-law", Jurisdiction: "CN", Reference: "K-1", Until: w.node.Clock.Now().AddDate(0, 1, 0)}, &o, "")
	w.do("zhao", "POST", "/v1/deferrals/"+o.ID+"/confirm", nil, nil, vocab.RoleMissing)
	w.do("gu", "POST", "/v1/deferrals/"+o.ID+"/confirm", nil, &o, "")
	var p law.MyData
	w.do("me", "GET", "/v1/mydata", nil, &p, "")
	if len(p.Lines) != 3 || p.Lines[0].State != ledger.StateDeferred || p.Lines[1].State != ledger.StateDeferred || p.Lines[2].State == ledger.StateDeferred {
		t.Errorf("deferred: %+v", p.Lines)
	}
	var totals deferral.Totals
	w.do("", "GET", "/v1/deferrals/totals", nil, &totals, "")
	if totals.All.InForce != 1 {
		t.Errorf("%+v", totals)
	}

	seed := sample.NewSeed()
	var d audit.Draw
	from := w.node.Clock.Now().Add(-time.Hour)
	in := law.NewSample{SeedHash: seed.Hash(), From: from, Until: from.Add(2 * time.Hour), Count: 1, Reason: "yearly"}
	w.do("zhao", "POST", "/v1/audit/draws", in, nil, vocab.RoleMissing)
	w.do("gu", "POST", "/v1/audit/draws", in, &d, "")
	w.do("gu", "POST", "/v1/audit/draws/"+d.ID, law.Seed{Seed: seed.String()}, &d, "")
	var public api.Page[audit.Draw]
	w.do("", "GET", "/v1/audit/draws", nil, &public, "")
	var cases api.Page[audit.Case]
	w.do("gu", "GET", "/v1/audit/cases?draw="+d.ID, nil, &cases, "")
	if len(public.Items) != 1 || len(cases.Items) != 1 {
		t.Fatalf("%d draws, %d cases", len(public.Items), len(cases.Items))
	}
	w.do("gu", "POST", "/v1/audit/cases/"+cases.Items[0].ID+"/ask", nil, nil, "")
	w.do("zhao", "POST", "/v1/audit/cases/"+cases.Items[0].ID+"/answer", law.FileAnswer{Answer: "file 1"}, nil, "")
	w.do("gu", "POST", "/v1/audit/cases/"+cases.Items[0].ID+"/finding", law.Finding{Verdict: audit.InOrder, Reason: "fits"}, nil, "")
	w.do("gu", "GET", "/v1/audit/entries?about=deferrals", nil, nil, "")
	w.do("chief", "GET", "/v1/audit/entries", nil, nil, vocab.RoleMissing)
	if body := w.stream("gu", "/v1/audit/entries/file?member=tax"); strings.Count(body, "\n") < 3 {
		t.Errorf("the file: %s", body)
	}

	w.do("zhao", "POST", "/v1/retention/rules", retention.Rule{Dataset: "*", Kind: "access", Years: 3, Citation: "c"}, nil, vocab.RoleMissing)
	w.do("chief", "POST", "/v1/retention/rules", retention.Rule{Dataset: "*", Kind: "access", Years: 3, Citation: "c"}, nil, "")
	w.do("gu", "POST", "/v1/holds", law.NewHold{About: retention.Entry, Target: string(trace), Reason: "r", Reference: "f"}, nil, "")
	w.do("chief", "POST", "/v1/erasures", api.NewErasure{Traces: []vocab.TraceID{trace}, Reason: "r", Basis: "b"}, nil, vocab.OnHold)
	w.do("chief", "POST", "/v1/members/civil/protects", law.Protects{Protects: true, Reason: "shelter"}, nil, "")
	w.do("li", "POST", "/v1/members/civil/protects", law.Protects{Protects: false, Reason: "x"}, nil, vocab.RoleMissing)
}

// A published report is read by everyone, as a list and as lines, with the division
// of each body.
func TestAPublishedReportSaysTheDivisionOverTheInterface(t *testing.T) {
	w := newWorld(t)
	from := w.node.Clock.Now().Add(-time.Hour)
	for i := range 12 {
		f := map[string]string{"member": "tax", "provider": "civil", "request": fmt.Sprint("r", i), "citation": "art. 4"}
		for _, act := range []string{"request.submit", "request.refuse"} {
			w.must(w.node.DB.Write(t.Context(), func(tx *db.Tx) error { return w.node.Ledger.Act(t.Context(), tx, act, f) }))
		}
	}
	w.add("bureau", "gu", vocab.Auditor)
	var made audit.Report
	w.do("gu", "POST", "/v1/audit/reports", law.Period{From: from, Until: w.node.Clock.Now()}, &made, "")
	var list api.Page[audit.Report]
	w.do("", "GET", "/v1/audit/reports", nil, &list, "")
	if len(list.Items) != 1 || len(list.Items[0].Cells) == 0 {
		t.Fatalf("published: %+v", list.Items)
	}
	for _, c := range list.Items[0].Cells {
		if c.Body == "civil" && c.Region != "990000" {
			t.Errorf("no division: %+v", c)
		}
	}
	if lines := w.stream("", "/v1/audit/reports/"+made.ID+"/lines"); !strings.Contains(lines, ",table,body,region,") || !strings.Contains(lines, ",answers,civil,990000,,12,") {
		t.Errorf("the lines: %s", lines)
	}
}

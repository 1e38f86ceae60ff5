package web_test

import (
	"database/sql"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/trust/ledger/sample"
	"fontis/internal/vocab"
)

// dayOf is the day so many days from now, as a form takes it. It is the machine's: in
// the zone of the node a day more or less may have begun.
func dayOf(n int) []string { return []string{time.Now().AddDate(0, 0, n).Format(time.DateOnly)} }

// acts leaves one of each rarer act on the node, all made on its pages: a sample and
// its case file, a deferral, an emergency, an authorisation, a change of an entry and
// of a status, and a correction that a holder is told. It returns the auditor.
func (w *world) acts(set, contest string) *visitor {
	if err := w.Identity.SetRoles(w.t.Context(), mustActor(w.t, w), "li@other", "other", []vocab.Role{vocab.Auditor, vocab.Steward}); err != nil {
		w.t.Fatal(err)
	}
	w.firm("bank")
	steward, user, chief, auditor, bank := w.signedIn("li@civil", "en"), w.signedIn("li@tax", "en"), w.signedIn("chief@bureau", "en"), w.signedIn("li@other", "en"), w.signedIn("li@bank", "en")

	seed := sample.NewSeed()
	auditor.must(auditor.post("/audit/draws", "/audit/draws", url.Values{"seed_hash": {seed.Hash()}, "from": dayOf(-1), "until": dayOf(2), "count": {"3"}, "reason": {"each quarter"}}))
	draw := regexp.MustCompile(`action="(/audit/draws/[^"/]+)"`).FindStringSubmatch(auditor.page("/audit/draws"))
	auditor.must(auditor.post("/audit/draws", draw[1], url.Values{"seed": {seed.String()}}))
	auditor.must(auditor.post("/audit/draws", draw[1]+"/ask", nil))

	number, born := apptest.Citizen(3)
	ground := regexp.MustCompile(`<option value="([^"]*\n[^"]*)"`).FindStringSubmatch(user.page("/deferrals"))
	user.must(user.post("/deferrals", "/deferrals", url.Values{"subject_kind": {"citizen"}, "subject": {number}, "member": {"tax"}, "ground": {ground[1]}, "reference": {"order 7"}, "until": dayOf(20)}))
	user.must(user.post("/emergencies", "/emergencies", url.Values{"dataset": {string(apptest.Dataset)}, "items": {"born"}, "question": {"compare"}, "purpose": {"rescue"}, "law": {"Emergency Response Law art. 1"}, "reason": {"flood in the valley"}, "hours": {"2"}}))
	bank.must(bank.post("/authorisations", "/authorisations", url.Values{
		"dataset": {set}, "items": {"born"}, "question": {"compare"}, "service": {"accounts"}, "purpose": {"account"}, "law": {"PIPL"}, "article": {"13"}, "most": {"30"}, "security_measures": {"a record of each call"},
	}))
	steward.must(steward.post("/datasets/"+set+"/review", "/datasets/"+set+"/review/change", url.Values{"cause": {"data"}, "on": dayOf(-1), "reason": {"a new column"}}))
	steward.must(steward.post("/status-acts", "/status-acts", url.Values{"item": {set + "/born"}, "subject_kind": {"citizen"}, "subject": {number}, "value": {"1961-01-01"}, "evidence_id": {"E-1"}, "law": {"Household Register Regulation"}, "article": {"4"}, "reason": {"the file says so"}}))

	steward.must(steward.post("/bind?item="+set+"/born", "/bind", url.Values{
		"item": {set + "/born"}, "key_kind": {"citizen"}, "compare": {"date"}, "column": {"residents\tresident\tborn"}, "subject": {"residents\tresident\tnumber"},
	}))
	request := user.draft(set)
	user.must(user.post(request, request+"/submit", nil))
	steward.must(steward.post(request, request, url.Values{"word": {"agree"}, "sure": {"yes"}, "items": {set + "/born"}}))
	grant := regexp.MustCompile(`/grants/([a-z0-9-]+)`).FindStringSubmatch(user.page(request))[1]
	user.must(user.post("/compare?grant="+grant, "/compare", url.Values{
		"grant": {grant}, "subject_kind": {"citizen"}, "subject": {number}, "value " + set + "/born": {born}, "purpose": {"pension"}, "case": {"P-1"},
	}))
	chief.must(chief.post(contest, contest+"/accept", nil))
	chief.must(chief.post(contest, contest+"/route", nil))
	steward.must(steward.post(contest, contest+"/take", nil))
	file := regexp.MustCompile(`sqlite://(/[^<"]+\.db)`).FindStringSubmatch(steward.page("/sources/residents"))[1]
	source, err := sql.Open("sqlite", file)
	if err != nil {
		w.t.Fatal(err)
	}
	defer source.Close()
	if _, err := source.Exec(`UPDATE resident SET born = '1961-01-01' WHERE number = ?`, number); err != nil {
		w.t.Fatal(err)
	}
	steward.must(steward.post(contest, contest+"/correct", url.Values{"reason": {"the source was wrong"}, "citation": {"art. 4"}, "evidence": {"E-2"}}))
	return auditor
}

// A verdict on a sampled entry is chosen: none is chosen already, none is recorded
// without, and what was written stays.
func TestAVerdictIsChosenBeforeItIsRecorded(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Door.Ask(t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), (&apptest.World{Grant: w.grant()}).Ask(3, "1960-01-01")); err != nil {
		t.Fatal(err)
	}
	if err := w.Identity.SetRoles(t.Context(), mustActor(t, w), "li@other", "other", []vocab.Role{vocab.Auditor}); err != nil {
		t.Fatal(err)
	}
	auditor, seed := w.signedIn("li@other", "en"), sample.NewSeed()
	auditor.must(auditor.post("/audit/draws", "/audit/draws", url.Values{"seed_hash": {seed.Hash()}, "from": dayOf(-1), "until": dayOf(2), "count": {"1"}, "reason": {"each quarter"}}))
	draw := regexp.MustCompile(`action="(/audit/draws/[^"/]+)"`).FindStringSubmatch(auditor.page("/audit/draws"))
	auditor.must(auditor.post("/audit/draws", draw[1], url.Values{"seed": {seed.String()}}))
	auditor.must(auditor.post("/audit/draws", draw[1]+"/ask", nil))
	at := regexp.MustCompile(`/audit/cases/[a-z0-9-]+`).FindString(auditor.page("/audit/cases"))
	if form := auditor.page(at); !strings.Contains(form, `<option value="" selected`) {
		t.Errorf("a verdict is chosen already: %s", form)
	}
	p := auditor.post(at, at+"/find", url.Values{"verdict": {""}, "reason": {"nobody came with the file"}})
	if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.body, "Choose the verdict.") || !strings.Contains(p.body, "nobody came with the file</textarea>") {
		t.Errorf("without a verdict: %d %s", p.status, wrongOf(p.body))
	}
	auditor.must(auditor.post(at, at+"/find", url.Values{"verdict": {"not-answered"}, "reason": {"nobody came with the file"}}))
}

package web_test

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/vocab"
)

var hiddenSub = regexp.MustCompile(`<select name="(column [0-9a-f]+)"[^>]*>(?s:(.*?))</select>`)

// asProposed is the form of the mapping page as it came.
func asProposed(page string) url.Values {
	form := url.Values{"item_mode": {"lines"}}
	for _, m := range hiddenSub.FindAllStringSubmatch(page, -1) {
		chosen := regexp.MustCompile(`value="([^"]*)" selected`).FindStringSubmatch(m[2])
		if chosen != nil {
			form.Set(m[1], chosen[1])
		}
	}
	return form
}

// The first day on pages alone: sign in, import, fill in, publish, connect,
// request, decide, compare, receipt, and the person who sees it.
func TestADepartmentsFirstDayOnPages(t *testing.T) {
	w := newWorld(t)
	steward, user := w.signedIn("li@civil", "zh-CN"), w.signedIn("li@tax", "en")

	var book bytes.Buffer
	truth, err := intake.WriteSampleWorkbook(&book, 40, 7)
	if err != nil {
		t.Fatal(err)
	}
	mapping := steward.must(steward.send("/import", "/import", "目录.xlsx", book.Bytes(), nil))
	page := steward.page(mapping)
	result := steward.must(steward.post(mapping, mapping, asProposed(page)))
	page = steward.page(result)
	if !strings.Contains(page, intake.SampleDataset) && truth.Datasets == 0 || !strings.Contains(page, "退回的行") {
		t.Errorf("the result of the import says nothing: %s", page)
	}
	if p := steward.get(strings.TrimSuffix(result, "/result") + "/rejected.xlsx"); p.status != http.StatusOK || !strings.HasPrefix(p.body, "PK") {
		t.Errorf("the workbook of rejected lines: %d", p.status)
	}
	if err := w.Catalog.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}

	set := newEntry(t, w, steward)
	steward.must(steward.post("/sources", "/sources", url.Values{"id": {"residents"}, "address": {"sqlite://" + apptest.Register(t, 20)}}))
	if page = steward.page("/sources/residents"); !strings.Contains(page, "born") {
		t.Errorf("the source shows no columns: %s", page)
	}
	bound := steward.must(steward.post("/bind?item="+set+"/born", "/bind", url.Values{
		"item": {set + "/born"}, "key_kind": {"citizen"}, "compare": {"date"}, "column": {"residents\tresident\tborn"}, "subject": {"residents\tresident\tnumber"},
	}))
	if page = steward.page(bound); strings.Count(page, "<tr>") < 5 || strings.Contains(page, "1950-01-01") {
		t.Errorf("the masked samples: %s", page)
	}

	request := user.draft(set)
	user.must(user.post(request, request+"/submit", nil))
	if page = user.page(request); !strings.Contains(page, "curl") || !strings.Contains(page, "Python") {
		t.Errorf("the twin is not there: %s", page)
	}
	if page = steward.page("/desk"); !strings.Contains(page, request) {
		t.Errorf("the desk does not show the request")
	}
	steward.must(steward.post(request, request, url.Values{"word": {"agree"}, "sure": {"yes"}, "items": {set + "/born"}}))
	grant := regexp.MustCompile(`/grants/([a-z0-9-]+)`).FindStringSubmatch(user.page(request))
	if grant == nil {
		t.Fatal("no grant stands after the decision")
	}

	number, born := apptest.Citizen(5)
	answer := user.must(user.post("/compare?grant="+grant[1], "/compare", url.Values{
		"grant": {grant[1]}, "subject_kind": {"citizen"}, "subject": {number}, "value " + set + "/born": {born}, "purpose": {"pension"}, "case": {"P-1"},
	}))
	page = user.page(answer)
	trace := regexp.MustCompile(`/accesses/([0-9a-f]{32})/receipt`).FindStringSubmatch(page)
	if trace == nil || !strings.Contains(page, ": match") || strings.Contains(page, number) {
		t.Fatalf("the answer: %s", page)
	}
	checkRecord(t, w, user, trace[1])
	steward.page("/accesses/" + trace[1])
	self := w.visitor("en")
	self.must(self.post("/mine", "/mine/demo", url.Values{"resident": {"0"}}))
	if page = self.page("/mine"); !strings.Contains(page, "No use of data about you") {
		t.Errorf("resident 3 was never asked about: %s", page)
	}
}

func checkRecord(t *testing.T, w *world, user *visitor, trace string) {
	t.Helper()
	for range 500 { // the log publishes every 100 ms
		if p := user.get("/accesses/" + trace + "/receipt"); strings.Contains(p.body, "outcome.receipt") {
			if r := user.get("/accesses/" + trace + "/receipt/intent.receipt"); r.status != http.StatusOK || !strings.Contains(r.body, "c2sp.org/tlog-proof") {
				t.Errorf("the receipt: %d %s", r.status, r.body)
			}
			user.page("/accesses/" + trace)
			user.page("/accesses?side=caller")
			return
		}
		if _, err := w.Log.Size(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Error("the receipt never came")
}

func requestForm(set string) url.Values {
	return url.Values{
		"dataset": {set}, "items": {set + "/born"}, "question": {"compare"}, "carriages": {"single"}, "law": {"Social Insurance Law"}, "article": {"58"},
		"purpose": {"pension"}, "scenario": {"At the counter, when a pension is asked for."}, "from": {time.Now().Format(time.DateOnly)},
		"until": {time.Now().AddDate(1, 0, 0).Format(time.DateOnly)}, "per_day": {"100"}, "case_pattern": {"P-[0-9]+"}, "security_measures": {"as the law says"}, "impact_ref": {"PIA-1"},
	}
}

// newEntry makes an entry with one item by hand and publishes it.
func newEntry(t *testing.T, w *world, steward *visitor) string {
	t.Helper()
	return newEntryOf(t, w, steward, apptest.Civil)
}

func newEntryOf(t *testing.T, w *world, steward *visitor, owner vocab.MemberID) string {
	t.Helper()
	to := steward.must(steward.post("/datasets/new", "/datasets/new", url.Values{
		"name_zh": {"常住人口登记信息"}, "provider": {"民政局"}, "share_type": {"conditional"}, "share_condition": {"依法"}, "update_cycle": {"irregular"},
		"subject_kind": {"natural_person"}, "origin_class": {"government"}, "legal_basis": {"户口登记条例|第四条"}, "purposes": {"pension"}, "security_level": {"3"}, "impact_ref": {"PIA-1"},
	}))
	set := strings.TrimSuffix(strings.TrimPrefix(to, "/datasets/"), "/items?done=created")
	page := steward.page("/datasets/" + set + "/items")
	rev := regexp.MustCompile(`name="rev" value="(\d+)"`).FindStringSubmatch(page)
	steward.must(steward.post("/datasets/"+set+"/items", "/datasets/"+set+"/items", url.Values{"code": {"born"}, "name_zh": {"出生日期"}, "type": {"date"}, "compare": {"date"}, "rev": {rev[1]}}))
	rev = regexp.MustCompile(`name="rev" value="(\d+)"`).FindStringSubmatch(steward.page("/datasets/" + set))
	second := apptest.Officer(owner, vocab.Steward)
	second.Officer = "secrecy@" + vocab.OfficerID(owner)
	if _, err := w.Review.Check(t.Context(), second, vocab.DatasetID(set), review.Word{Listable: true, Basis: "reviewed: no secret"}); err != nil {
		t.Fatal(err)
	}
	steward.must(steward.post("/datasets/"+set, "/datasets/"+set+"/publish", url.Values{"rev": {rev[1]}}))
	if _, err := w.Catalog.Get(t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), vocab.DatasetID(set)); err != nil {
		t.Fatal(err)
	}
	if err := w.Catalog.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	return set
}

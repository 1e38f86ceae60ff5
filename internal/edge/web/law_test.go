package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
)

// person is the demo's resident in their own view.
func (w *world) person(lang string) *visitor {
	w.t.Helper()
	v := w.visitor(lang)
	v.must(v.post("/mine", "/mine/demo", url.Values{"resident": {"0"}}))
	return v
}

// raised is a contest that the resident raises about their date of birth.
func raised(t *testing.T, w *world, set string) string {
	t.Helper()
	self := w.person("zh-CN")
	number, _ := apptest.Citizen(3)
	to := self.must(self.post("/contests/new?item="+set+"/born", "/contests/new", url.Values{
		"item": {set + "/born"}, "fault": {"wrong"}, "claimed": {"1961-01-01"}, "statement": {"户口簿所载不同"}, "evidence": {"HK-1"}, "subject_kind": {"citizen"}, "subject": {number},
	}))
	return strings.Split(to, "?")[0]
}

// A person contests a value; the authority takes it up and sends it to the
// source; the source checks and says what it found; the person sees each step.
func TestAContestOnPages(t *testing.T) {
	w := newWorld(t)
	steward, chief := w.signedIn("li@civil", "zh-CN"), w.signedIn("chief@bureau", "en")
	set := newEntry(t, w, steward)
	steward.must(steward.post("/sources", "/sources", url.Values{"id": {"residents"}, "address": {"sqlite://" + apptest.Register(t, 20)}}))
	steward.must(steward.post("/bind?item="+set+"/born", "/bind", url.Values{
		"item": {set + "/born"}, "key_kind": {"citizen"}, "compare": {"date"}, "column": {"residents\nresident\nborn"}, "subject": {"residents\nresident\nnumber"},
	}))
	contest := raised(t, w, set)
	self := w.person("zh-CN")
	checkPage(t, "zh-CN", "/contests", self.page("/contests"))
	if p := self.post(contest, contest+"/accept", nil); p.status == http.StatusSeeOther {
		t.Error("the person accepts their own contest")
	}
	steps := func(v *visitor, want ...string) {
		t.Helper()
		page := v.page(contest)
		for _, act := range want {
			if !strings.Contains(page, `action="`+contest+"/"+act+`"`) {
				t.Errorf("the step %s is not offered", act)
			}
		}
	}
	steps(chief, "accept", "decline")
	chief.must(chief.post(contest, contest+"/accept", nil))
	chief.must(chief.post(contest, contest+"/route", nil))
	steps(steward, "take", "redirect", "disclaim")
	said := steward.must(steward.post(contest, contest+"/open", nil))
	if page := steward.page(said); !strings.Contains(page, "1961-01-01") || !strings.Contains(page, "户口簿所载不同") {
		t.Errorf("what the person says is not shown: %s", page)
	}
	steward.must(steward.post(contest, contest+"/take", nil))
	if p := steward.post(contest, contest+"/uphold", url.Values{"reason": {"x"}}); p.status == http.StatusSeeOther || !strings.Contains(p.body, "追踪号") {
		t.Errorf("upheld without a rule: %d %s", p.status, wrongOf(p.body))
	}
	steward.must(steward.post(contest, contest+"/uphold", url.Values{"reason": {"与登记原件一致"}, "citation": {"户口登记条例第四条"}}))
	page := self.page(contest)
	checkPage(t, "zh-CN", contest, page)
	for _, want := range []string{"与登记原件一致", "户口登记条例第四条", "维持原值", "开始核查", "未核实", "申请复查"} {
		if !strings.Contains(page, want) {
			t.Errorf("the person does not see %q: %s", want, page)
		}
	}
	if strings.Contains(page, "li@civil") || strings.Contains(page, "chief") {
		t.Error("an officer's name reaches the person")
	}
	checkPage(t, "en", contest, chief.page(contest))
}

// A request goes its whole life by the steps that its page offers.
func TestARequestsStepsOnPages(t *testing.T) {
	w := newWorld(t)
	steward, user, chief := w.signedIn("li@civil", "zh-CN"), w.signedIn("li@tax", "en"), w.signedIn("chief@bureau", "en")
	set := newEntry(t, w, steward)
	request := strings.Split(user.must(user.post("/request?dataset="+set, "/request", requestForm(set))), "?")[0]
	user.must(user.post(request, request+"/submit", nil))
	page := steward.page(request)
	for _, want := range []string{"时限", "到期", "未核实", request + "/take/supplement", request + "/take/ask-extension"} {
		if !strings.Contains(page, want) {
			t.Errorf("the provider's page lacks %q: %s", want, page)
		}
	}
	checkPage(t, "zh-CN", request, page)
	steward.must(steward.post(request, request+"/take/supplement", url.Values{"reason": {"缺少影响评估全文"}}))
	if page = user.page(request); !strings.Contains(page, "stopped") || !strings.Contains(page, "缺少影响评估全文") || !strings.Contains(page, request+"/supply") {
		t.Errorf("what is missing is not told: %s", page)
	}
	user.must(user.post(request+"/supply", request+"/supply", requestForm(set)))
	steward.must(steward.post(request, request+"/take/ask-extension", url.Values{"days": {"5"}, "reason": {"数据量大"}}))
	chief.must(chief.post(request, request+"/take/extend", nil))
	steward.must(steward.post(request, request, url.Values{"word": {"refuse"}, "reason": {"没有依据"}, "citation": {"条例第九条"}}))
	user.must(user.post(request, request+"/take/dispute", url.Values{"reason": {"the law says so"}}))
	user.must(user.post(request, request+"/take/escalate", url.Values{"reason": {"no agreement"}}))
	chief.must(chief.post(request, request+"/take/order", url.Values{"reason": {"needed by law"}, "citation": {"art. 5"}}))
	for _, v := range []*visitor{steward, user, chief} {
		page = v.page(request)
		checkPage(t, map[bool]string{true: "zh-CN", false: "en"}[v == steward], request, page)
		if !strings.Contains(page, "needed by law") {
			t.Errorf("the ruling is not shown: %s", page)
		}
	}
}

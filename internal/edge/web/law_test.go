package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
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

// A contest is called by a reference of its own, never by a number that would count how
// many others contest.
func TestAContestsReferenceCountsNobodyElse(t *testing.T) {
	w := newWorld(t)
	set := newEntry(t, w, w.signedIn("li@civil", "zh-CN"))
	contest := raised(t, w, set)
	self, chief := w.person("zh-CN"), w.signedIn("chief@bureau", "en")
	id := strings.TrimPrefix(contest, "/contests/")
	for path, who := range map[string]*visitor{contest: self, "/contests": chief} {
		body := who.page(path)
		if strings.Contains(body, "<h1>异议 1<") || strings.Contains(body, `">1</a>`) || !strings.Contains(body, id) {
			t.Errorf("%s counts the contests of the node: %s", path, body)
		}
	}
	due := regexp.MustCompile(`(\d+年\d+月\d+日)到期`)
	one, list := due.FindStringSubmatch(self.page(contest)), due.FindStringSubmatch(self.page("/contests"))
	if one == nil || list == nil || one[1] != list[1] {
		t.Errorf("the contest is due on %v, and in the list on %v", one, list)
	}
	if body := self.page(contest); !strings.Contains(body, "<h1>异议 "+id) {
		t.Errorf("the page of a contest is not headed by its reference: %s", body)
	}
}

// A person contests a value; the authority takes it up and sends it to the
// source; the source checks and says what it found; the person sees each step.
func TestAContestOnPages(t *testing.T) {
	w := newWorld(t)
	steward, chief := w.signedIn("li@civil", "zh-CN"), w.signedIn("chief@bureau", "en")
	set := newEntry(t, w, steward)
	steward.must(steward.post("/sources", "/sources", url.Values{"id": {"residents"}, "address": {"sqlite://" + apptest.Register(t, 20)}}))
	steward.must(steward.post("/bind?item="+set+"/born", "/bind", url.Values{
		"item": {set + "/born"}, "key_kind": {"citizen"}, "compare": {"date"}, "column": {"residents\tresident\tborn"}, "subject": {"residents\tresident\tnumber"},
	}))
	contest := raised(t, w, set)
	self := w.person("zh-CN")
	checkPage(t, "zh-CN", "/contests", self.page("/contests"))
	w.onPaper(self, "/contests", "/contests/new", contest)
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
	request := user.draft(set)
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
	steward.must(steward.post(request, request+"/take/procedure", url.Values{"kind": {"consultation"}, "reason": {"须征求档案部门意见"}, "citation": {"档案法第二十八条"}}))
	stands := steward.page(request)
	for _, want := range []string{"征求意见", "须征求档案部门意见", "档案法第二十八条", "停止计时"} {
		if !strings.Contains(stands, want) {
			t.Errorf("while the procedure lasts the page does not say %q", want)
		}
	}
	steward.must(steward.post(request, request+"/take/proceed", nil))
	steward.must(steward.post(request, request+"/take/ask-extension", url.Values{"days": {"5"}, "reason": {"数据量大"}}))
	chief.must(chief.post(request, request+"/take/extend", nil))
	steward.must(steward.post(request, request, url.Values{"word": {"refuse"}, "sure": {"yes"}, "reason": {"没有依据"}, "citation": {"条例第九条"}}))
	for v, said := range map[*visitor]string{user: "refused", steward: "已拒绝"} { // what was decided before, on the page of the data set
		if page = v.page("/datasets/" + set); !strings.Contains(page, `<span class="mark bad">`+said+`</span>`) {
			t.Errorf("the data set's page does not say what was decided: %s", page)
		}
	}
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

// A person's own view: since when, what it does not show, a file to take home; the
// counter and the auditor have theirs, and others do not.
func TestViewsOfWhatIsOnRecord(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	if _, err := w.Door.Ask(t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), (&apptest.World{Grant: g}).Ask(3, "1960-01-01")); err != nil {
		t.Fatal(err)
	}
	for who, role := range map[vocab.OfficerID]vocab.Role{"li@other": vocab.Counter, "li@tax": vocab.Auditor} {
		member := vocab.MemberID(strings.TrimPrefix(string(who), "li@"))
		if err := w.Identity.SetRoles(t.Context(), mustActor(t, w), who, member, []vocab.Role{role}); err != nil {
			t.Fatal(err)
		}
	}
	self, clerk, auditor := w.person("zh-CN"), w.signedIn("li@other", "en"), w.signedIn("li@tax", "zh-CN")
	page := self.page("/mydata")
	checkPage(t, "zh-CN", "/mydata", page)
	for _, want := range []string{"起记账", "暂缓告知", "/mydata/file/csv", "/contests/new?item="} {
		if !strings.Contains(page, want) {
			t.Errorf("the view lacks %q: %s", want, page)
		}
	}
	for format, want := range map[string]string{"csv": "number,at,state", "json": "\"lines\":["} {
		if p := self.get("/mydata/file/" + format); p.status != http.StatusOK || !strings.Contains(p.body, want) {
			t.Errorf("the file as %s: %d %s", format, p.status, p.body)
		}
		if p := clerk.get("/mydata/file/" + format); p.status == http.StatusOK {
			t.Errorf("a clerk takes a view home as %s", format)
		}
	}
	number, _ := apptest.Citizen(3)
	who := url.Values{"subject_kind": {"citizen"}, "subject": {number}, "document": {"identity-card"}}
	page = clerk.page(clerk.must(clerk.post("/counter", "/counter", who)))
	checkPage(t, "en", "/counter", page)
	if !strings.Contains(page, "Every use of data about this person") || strings.Contains(page, number) {
		t.Errorf("the counter's print: %s", page)
	}
	if page = clerk.page(clerk.must(clerk.post("/counter", "/counter/permit", who))); !strings.Contains(page, "The permit</h2>") {
		t.Errorf("no permit is given: %s", page)
	}
	if page = self.page("/mydata"); !strings.Contains(page, "窗口查看") {
		t.Errorf("the look at the counter is not in the view: %s", page)
	}
	if strings.Contains(page, "class=\"wrong\"") {
		t.Errorf("a whole chain is said to have a gap: %s", page)
	}
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM ledger_person WHERE n = 1`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if page = self.page("/mydata"); !strings.Contains(page, "class=\"wrong\"") {
		t.Errorf("the page does not say that a number is missing: %s", page)
	}
	for path, v := range map[string]*visitor{"/mandates": self, "/audit": auditor, "/audit/draws": auditor, "/audit/cases": auditor, "/counter/mandates": clerk, "/notices": self} {
		lang := "zh-CN"
		if v == clerk {
			lang = "en"
		}
		checkPage(t, lang, path, v.page(path))
	}
	for path, v := range map[string]*visitor{"/audit": clerk, "/counter": auditor, "/mandates": clerk, "/counter/mandates": self} {
		if p := v.get(path); p.status == http.StatusOK {
			t.Errorf("%s opens to somebody of another role", path)
		}
	}
}

// Somebody acts under a mandate within what it names, is seen, and can be ended.
func TestAMandateOnPages(t *testing.T) {
	w := newWorld(t)
	self := w.person("en")
	agent, _ := apptest.Citizen(5)
	form := url.Values{"kind": {"agent"}, "agent_kind": {"citizen"}, "agent": {agent}, "acts": {"contest"}, "until": {time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}}
	self.must(self.post("/mandates", "/mandates", form))
	page := self.page("/mandates")
	checkPage(t, "en", "/mandates", page)
	w.onPaper(self, "/mandates", "/mine", "/notices")
	if !strings.Contains(page, "given by you") || strings.Contains(page, agent) {
		t.Errorf("the mandate: %s", page)
	}
	form.Set("acts", "view")
	if p := self.post("/mandates", "/mandates", form); p.status == http.StatusSeeOther {
		t.Error("the view is given away outside a counter")
	}
	id := regexp.MustCompile(`/mandates/([^/"]+)/withdraw`).FindStringSubmatch(page)
	self.must(self.post("/mandates", "/mandates/"+id[1]+"/withdraw", nil))
	if page = self.page("/mandates"); strings.Contains(page, "/withdraw") {
		t.Error("the mandate is still in force")
	}
}

// firm adds a member that is a firm, with an officer who uses data.
func (w *world) firm(id vocab.MemberID) {
	w.t.Helper()
	chief := mustActor(w.t, w)
	if _, err := w.Identity.AddMember(w.t.Context(), chief, identity.NewMember{ID: id, Name: identity.Name{En: "A bank", Zh: "银行"}, Kind: identity.KindFirm, Region: "990000"}); err != nil {
		w.t.Fatal(err)
	}
	inv, err := w.Identity.AddOfficer(w.t.Context(), chief, identity.NewOfficer{Member: id, Login: "li", Name: "Li", Roles: []vocab.Role{vocab.DataUser}})
	if err == nil {
		_, err = w.Identity.AcceptInvitation(w.t.Context(), inv.Code, strong, identity.From{})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// A body registers what it may ask, the authority reviews it, a person reads it,
// agrees, and takes it back.
func TestAnAuthorisationOnPages(t *testing.T) {
	w := newWorld(t)
	steward, chief := w.signedIn("li@civil", "en"), w.signedIn("chief@bureau", "en")
	w.firm("bank")
	user := w.signedIn("li@bank", "zh-CN")
	set := newEntry(t, w, steward)
	steward.must(steward.post("/sources", "/sources", url.Values{"id": {"residents"}, "address": {"sqlite://" + apptest.Register(t, 20)}}))
	steward.must(steward.post("/bind?item="+set+"/born", "/bind", url.Values{
		"item": {set + "/born"}, "key_kind": {"citizen"}, "compare": {"date"}, "column": {"residents\tresident\tborn"}, "subject": {"residents\tresident\tnumber"},
	}))
	registration := strings.Split(user.must(user.post("/authorisations", "/authorisations", url.Values{
		"dataset": {set}, "items": {"born"}, "question": {"compare"}, "service": {"开立账户时核对生日"}, "purpose": {"account"}, "law": {"个人信息保护法"}, "article": {"13"},
		"most": {"30"}, "security_measures": {"按次留痕"},
	})), "?")[0]
	checkPage(t, "zh-CN", registration, user.page(registration))
	chief.must(chief.post(registration, registration+"/approve", url.Values{"reason": {"in order"}, "citation": {"art. 13"}}))
	self := w.person("zh-CN")
	page := self.page("/authorisations")
	checkPage(t, "zh-CN", "/authorisations", page)
	offer := registration + "/offer"
	if !strings.Contains(page, offer) {
		t.Fatalf("the offer is not shown: %s", page)
	}
	page = self.page(offer)
	checkPage(t, "zh-CN", offer, page)
	w.onPaper(self, offer)
	shown := regexp.MustCompile(`name="shown" value="([^"]+)"`).FindStringSubmatch(page)
	if p := self.post(offer, offer, url.Values{"shown": {shown[1]}}); p.status == http.StatusSeeOther {
		t.Error("no item is ticked, and all are given")
	}
	self.must(self.post(offer, offer, url.Values{"shown": {shown[1]}, "items": {set + "/born"}}))
	page = self.page("/authorisations")
	w.onPaper(self, "/authorisations")
	word := regexp.MustCompile(`/authorisations/([^/"]+)/withdraw`).FindStringSubmatch(page)
	if word == nil {
		t.Fatalf("the word is not shown: %s", page)
	}
	self.must(self.post("/authorisations", "/authorisations/"+word[1]+"/withdraw", nil))
	if page = self.page("/authorisations"); strings.Contains(page, "/withdraw") {
		t.Error("the word is still there")
	}
}

// What an entry of an act holds is named in the reader's language, as are its words.
func TestTheReceiptOfAnActIsReadable(t *testing.T) {
	w := newWorld(t)
	v := w.visitor("zh-CN")
	v.must(v.post("/mine", "/mine/demo", url.Values{"resident": {"0"}}))
	number, _ := apptest.Citizen(4)
	v.must(v.post("/mandates", "/mandates", url.Values{"kind": {"agent"}, "agent_kind": {"citizen"}, "agent": {number}, "acts": {"contest"}, "until": {time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}}))
	trace := regexp.MustCompile(`/accesses/([0-9a-f]{32})/receipt`).FindStringSubmatch(v.page("/mine"))
	if trace == nil {
		t.Fatal("the mandate stands nowhere in the view")
	}
	body := ""
	for n := 0; n < 500 && !strings.Contains(body, "intent.receipt"); n++ {
		if _, err := w.Log.Size(t.Context()); err != nil {
			t.Fatal(err)
		}
		body = v.page(strings.TrimSuffix(trace[0], "/receipt") + "/receipt")
	}
	for _, s := range []string{"委托事项", "提出异议", "代理人", "不证明数据源所载内容属实"} {
		if !strings.Contains(body, s) {
			t.Errorf("the receipt does not say %s: %s", s, body)
		}
	}
	if m := regexp.MustCompile(`<dt><bdi>[a-z_]+</bdi></dt>`).FindString(body); m != "" {
		t.Errorf("a field has no name: %s", m)
	}
}

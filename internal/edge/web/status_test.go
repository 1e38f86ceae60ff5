package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/vocab"
)

// A person reads in their own language which status was asked of them and what was
// answered; an officer finds the declared name, which calls are written with, beside.
func TestAStatusIsSaidInTheReadersLanguage(t *testing.T) {
	w := newWorld(t)
	w.grant()
	by := apptest.Officer(apptest.Civil, vocab.Steward)
	_, err := w.Door.Bind(t.Context(), by, access.Binding{
		Item: apptest.Born, Owner: apptest.Civil, Source: "residents", Table: "resident", Column: "born", Subject: "number", KeyKind: vocab.CitizenNumber, Compare: "date", Read: true, About: vocab.NaturalPerson,
		Statuses: []comparator.Status{
			{Name: "living", Conditions: []source.Condition{{Column: "born", Op: source.IsNotNull}}},
			{Name: "holds_seal", Conditions: []source.Condition{{Column: "born", Op: source.IsNotNull}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	g := apptest.Grant(vocab.Status)
	g.Statuses = []string{"living", "holds_seal"}
	if err := w.DB.Write(t.Context(), func(tx *db.Tx) error { return w.Door.PutGrant(t.Context(), tx, g, by) }); err != nil {
		t.Fatal(err)
	}
	call := (&apptest.World{Grant: g}).Ask(3, "")
	for _, call.Status = range g.Statuses {
		call.Values = nil
		if _, err := w.Door.Ask(t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), call); err != nil {
			t.Fatal(err)
		}
	}
	self, user := w.person("zh-CN"), w.signedIn("li@tax", "zh-CN")
	for _, path := range []string{"/mydata", "/mydata?as=table", "/care/who"} {
		page := self.page(path)
		checkPage(t, "zh-CN", path, page)
		if !strings.Contains(page, "在世") || strings.Contains(page, "living") || !strings.Contains(page, "holds_seal") {
			t.Errorf("%s does not say the status in Chinese, or loses one without a word: %s", path, page)
		}
	}
	if page := w.person("en").page("/mydata"); !strings.Contains(page, "alive") || strings.Contains(page, "living") {
		t.Errorf("the status in English: %s", page)
	}
	for _, path := range []string{"/grants/" + string(g.ID), "/compare?grant=" + string(g.ID)} {
		if page := user.page(path); !strings.Contains(page, "在世（living）") {
			t.Errorf("%s does not say the status with its declared name: %s", path, page)
		}
	}
}

// A person who is asked for a word on a status reads which status, before and after
// giving it, on every page of it.
func TestWhoAgreesToAStatusReadsWhichOne(t *testing.T) {
	w := newWorld(t)
	w.firm("bank")
	steward, chief, user := w.signedIn("li@civil", "en"), w.signedIn("chief@bureau", "en"), w.signedIn("li@bank", "zh-CN")
	set := newEntry(t, w, steward)
	registration := strings.Split(user.must(user.post("/authorisations", "/authorisations", url.Values{
		"dataset": {set}, "items": {"born"}, "question": {"status"}, "statuses": {"living, holds_seal"}, "service": {"发放养老金"}, "purpose": {"pension"},
		"law": {"个人信息保护法"}, "article": {"13"}, "most": {"30"}, "security_measures": {"按次留痕"},
	})), "?")[0]
	if page := chief.page(registration); !strings.Contains(page, "alive (living)") || !strings.Contains(page, "holds_seal") {
		t.Errorf("the authority approves a status that it does not read: %s", page)
	}
	chief.must(chief.post(registration, registration+"/approve", url.Values{"reason": {"in order"}, "citation": {"art. 13"}}))
	self, plain := w.person("zh-CN"), w.plain("zh-CN")
	offer, care := registration+"/offer", "/care/allowed/"+strings.TrimPrefix(registration, "/authorisations/")
	says := func(v *visitor, paths ...string) {
		t.Helper()
		for _, path := range paths {
			page := v.page(path)
			checkPage(t, "zh-CN", path, page)
			if !strings.Contains(page, "在世") || !strings.Contains(page, "holds_seal") || strings.Contains(strings.ReplaceAll(page, `value="living"`, ""), "living") {
				t.Errorf("%s does not say the statuses in the reader's language: %s", path, page)
			}
		}
	}
	says(self, "/authorisations", offer)
	says(plain, care)
	shown := regexp.MustCompile(`name="shown" value="([^"]+)"`).FindStringSubmatch(self.page(offer))
	self.must(self.post(offer, offer, url.Values{"shown": {shown[1]}, "statuses": {"living", "holds_seal"}}))
	says(self, "/authorisations")
	says(plain, "/care/allowed")
}

// A status is changed by two on pages: the second reads whose it becomes what, the
// first may take it back, and the person reads what it became.
func TestASecondOfficerSeesTheStatusThatTheyConfirm(t *testing.T) {
	w := newWorld(t)
	w.officer(apptest.Civil, "he", vocab.Steward)
	first, second := w.signedIn("li@civil", "zh-CN"), w.signedIn("he@civil", "en")
	set := newEntry(t, w, first)
	number, _ := apptest.Citizen(3)
	propose := func() string {
		return strings.Split(first.must(first.post("/status-acts", "/status-acts", url.Values{
			"item": {set + "/born"}, "subject_kind": {"citizen"}, "subject": {number}, "value": {"1961-01-01"}, "evidence_id": {"2026-17"}, "law": {"户口登记条例"}, "article": {"第四条"}, "reason": {"更正"},
		})), "?")[0]
	}
	act := propose()
	page := second.page(act)
	checkPage(t, "en", act, page)
	for _, want := range []string{number, "1961-01-01", "/datasets/" + set, "Confirm"} {
		if !strings.Contains(page, want) {
			t.Errorf("the second officer does not read %q: %s", want, page)
		}
	}
	if page = first.page(act); !strings.Contains(page, "撤回本人提出的变更") || strings.Contains(page, act+"/confirm") {
		t.Errorf("the first officer's way back: %s", page)
	}
	second.must(second.post(act, act+"/confirm", nil))
	if page = second.page(act); strings.Contains(page, number) {
		t.Errorf("the number stands there for ever: %s", page)
	}
	self := w.person("zh-CN")
	if page = self.page(act); !strings.Contains(page, "1961-01-01") || strings.Contains(page, "he@civil") {
		t.Errorf("the person does not read what became of their status: %s", page)
	}
	at := regexp.MustCompile(`href="(/contests/new\?[^"]+)"`).FindStringSubmatch(page)
	if at == nil {
		t.Fatalf("the person finds no way to contest it: %s", page)
	}
	form := strings.ReplaceAll(at[1], "&amp;", "&")
	to := self.must(self.post(form, "/contests/new", url.Values{
		"item": {set + "/born"}, "act": {strings.TrimPrefix(act, "/status-acts/")}, "fault": {"wrong"}, "claimed": {"1960-01-01"}, "statement": {"本人从未申请更正"}, "evidence": {"HK-1"},
		"subject_kind": {"citizen"}, "subject": {number},
	}))
	contest := strings.Split(to, "?")[0]
	chief := w.signedIn("chief@bureau", "en")
	chief.must(chief.post(contest, contest+"/accept", nil))
	for v, want := range map[*visitor]string{self: `href="` + act + `"`, chief: "accepted, marked as disputed"} {
		if page := v.page(contest); !strings.Contains(page, want) {
			t.Errorf("the contest of the act does not say %q: %s", want, page)
		}
	}
}

package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

// plain is a resident who chose the plain pages.
func (w *world) plain(lang string) *visitor {
	w.t.Helper()
	v := w.visitor(lang)
	v.must(v.post("/display", "/display", url.Values{"manner": {"plain"}}))
	if p := v.get("/care/who"); p.status != http.StatusSeeOther || !strings.HasPrefix(p.to, "/care/in?next=") {
		w.t.Fatalf("nobody is asked in as a person: %d %s", p.status, p.to)
	}
	if to := v.must(v.post("/care/in?next=%2Fcare%2Fwho", "/care/in/demo", url.Values{"resident": {"0"}, "next": {"/care/who"}})); to != "/care/who" {
		w.t.Fatalf("after coming in: %s", to)
	}
	return v
}

// weight is how many words stand in the midst of a page, how many things it asks,
// and how many tables it has.
func weight(t *testing.T, body string) (words, asks, tables int) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	attr := func(n *html.Node, name string) string {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
		return ""
	}
	names := map[string]bool{}
	var walk func(n *html.Node, in bool)
	walk = func(n *html.Node, in bool) {
		in = in || n.Data == "main"
		if in && n.Type == html.TextNode {
			words += len(strings.Fields(n.Data)) + len(regexp.MustCompile(`\p{Han}`).FindAllString(n.Data, -1))
		}
		if in && slices.Contains([]string{"input", "select", "textarea"}, n.Data) && attr(n, "type") != "hidden" {
			names[attr(n, "name")] = true
		}
		if in && n.Data == "table" {
			tables++
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, in)
		}
	}
	walk(doc, false)
	return words, len(names), tables
}

// Plain pages ask one thing at most, hold no table and fewer words than the pages
// in whose place they stand; the full ones lead to them.
func TestPlainPagesAskOneThingInFewWords(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	if _, err := w.Door.Ask(t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), (&apptest.World{Grant: g}).Ask(3, "1960-01-01")); err != nil {
		t.Fatal(err)
	}
	item := url.QueryEscape(string(apptest.Born))
	for _, lang := range []string{"en", "zh-CN"} {
		plain, full := w.plain(lang), w.visitor(lang)
		full.must(full.post("/mine", "/mine/demo", url.Values{"resident": {"0"}}))
		for path, instead := range map[string]string{
			"/": "/care", "/mine": "/care/who", "/contests/new?item=" + item: "/care/wrong?item=" + item, "/contests": "/care/asked", "/mandates": "/care/helper", "/authorisations": "/care/allowed", "/search": "/care/find",
		} {
			if p := plain.get(path); p.status != http.StatusSeeOther || p.to != instead {
				t.Errorf("%s leads a reader of plain pages to %d %s, not %s", path, p.status, p.to, instead)
			}
			body := plain.page(instead)
			checkPage(t, lang, instead, body)
			words, asks, _ := weight(t, body)
			was, wasAsks, _ := weight(t, full.page(path))
			if words >= was && path != "/contests" || asks > wasAsks {
				t.Errorf("%s has %d words and asks %d things; %s has %d and %d", instead, words, asks, path, was, wasAsks)
			}
		}
		for _, path := range []string{
			"/care", "/care/in", "/care/person", "/care/who", "/care/wrong", "/care/wrong?item=" + item, "/care/wrong?item=" + item + "&fault=wrong", "/care/asked",
			"/care/helper", "/care/helper/new", "/care/helper/new?acts=contest", "/care/helper/new?acts=contest&acts=withdraw&months=6", "/care/allowed", "/care/find", "/care/find?q=zzyzx",
		} {
			body := plain.page(path)
			checkPage(t, lang, path, body)
			words, asks, tables := weight(t, body)
			if asks > 1 || tables > 0 || words > 140 {
				t.Errorf("%s in %s: %d words, asks %d things, %d tables", path, lang, words, asks, tables)
			}
			if strings.Contains(body, `<nav class="menu`) || !strings.Contains(body, `href="/care/person"`) {
				t.Errorf("%s has a menu, or nobody to talk to", path)
			}
		}
	}
}

// A resident goes through the plain pages: they see a use, contest its value, let
// somebody act for them and end it.
func TestAResidentDoesItAllInPlainPages(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	set := newEntry(t, w, w.signedIn("li@civil", "en"))
	if _, err := w.Door.Ask(t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), (&apptest.World{Grant: g}).Ask(3, "1960-01-01")); err != nil {
		t.Fatal(err)
	}
	v := w.plain("en")
	for _, path := range []string{"/care/who", "/care/wrong", "/care/allowed", "/care/helper", "/care/person"} {
		if !strings.Contains(v.page("/care"), `<li><a href="`+path+`">`) {
			t.Errorf("the first plain page has no way to %s", path)
		}
	}
	for range 200 { // the outcome follows the use
		if strings.Contains(v.page("/care/who"), "/care/wrong?item=") {
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	if body := v.page("/care/who"); !strings.Contains(body, "Body tax") || !strings.Contains(body, "not the same") || !strings.Contains(body, "/care/wrong?item=") {
		t.Fatalf("the use is not told: %s", body)
	}
	at := "/care/wrong?" + url.Values{"item": {set + "/born"}}.Encode()
	if body := v.page(at); strings.Count(body, `type="radio"`) != 4 {
		t.Errorf("the ways of being wrong: %s", body)
	}
	at += "&fault=wrong"
	number, _ := apptest.Citizen(3)
	form := url.Values{"item": {set + "/born"}, "fault": {"wrong"}, "claimed": {"1950-02-03"}}
	to := v.must(v.post(at, "/care/wrong", form))
	if strings.Contains(to, "1950-02-03") {
		t.Errorf("what is right travels in an address: %s", to)
	}
	if strings.HasPrefix(to, "/care/wrong") { // the number is asked for by itself
		said, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		to = v.must(v.post(to, "/care/wrong", url.Values{"item": form["item"], "fault": form["fault"], "said": {said.Query().Get("said")}, "subject": {number}}))
	}
	if to != "/care/asked?done=care_sent" || !strings.Contains(v.page(to), "says by") {
		t.Errorf("after contesting: %s %s", to, v.page("/care/asked"))
	}
	agent, _ := apptest.Citizen(5)
	v.must(v.post("/care/helper/new?acts=contest&months=6", "/care/helper/new", url.Values{"acts": {"contest"}, "months": {"6"}, "agent": {agent}}))
	body := v.page("/care/helper")
	stop := regexp.MustCompile(`action="(/care/helper/[^"]+/stop)"`).FindStringSubmatch(body)
	if stop == nil || !strings.Contains(body, "say that something is wrong") {
		t.Fatalf("the helper: %s", body)
	}
	v.must(v.post("/care/helper", stop[1], nil))
	if strings.Contains(v.page("/care/helper"), stop[1]) {
		t.Error("the helper is still there")
	}
	if p := v.post("/care/helper", "/care/helper/none/stop", nil); p.status != http.StatusNotFound {
		t.Errorf("another's mandate: %d", p.status)
	}
	if p := v.get("/care/allowed/none"); p.status != http.StatusNotFound {
		t.Errorf("an offer that is none: %d", p.status)
	}
}

// The help has a page for every kind of visitor in both languages, and every page
// leads to it.
func TestHelpStandsForEverybody(t *testing.T) {
	w := newWorld(t)
	for _, lang := range []string{"en", "zh-CN"} {
		v := w.visitor(lang)
		body := v.page("/help")
		checkPage(t, lang, "/help", body)
		list := regexp.MustCompile(`href="(/help/[a-z]+)"`).FindAllStringSubmatch(body, -1)
		if len(list) != 1+len(vocab.Roles()) {
			t.Errorf("%d guides for residents and %d roles", len(list), len(vocab.Roles()))
		}
		for _, l := range list {
			page := v.page(l[1])
			checkPage(t, lang, l[1], page)
			if strings.Count(page, "<h2>") < 4 {
				t.Errorf("%s answers nothing: %s", l[1], page)
			}
		}
		for _, path := range []string{"/", "/search", "/sign-in", "/display"} {
			if !strings.Contains(v.page(path), `href="/help"`) {
				t.Errorf("%s leads to no help", path)
			}
		}
	}
	if p := w.visitor("en").get("/help/none"); p.status != http.StatusNotFound {
		t.Errorf("no such help: %d", p.status)
	}
}

// Whoever is signed in gives an address for word by mail, sees what is sent, and
// takes the address away; another's looks as what does not exist.
func TestAnAddressForNoticesIsGivenAndTaken(t *testing.T) {
	w := newWorld(t)
	self, officer := w.visitor("zh-CN"), w.signedIn("li@tax", "en")
	// A person's message leads to the person's door, and each door to the other one.
	if p := self.get("/care/notices"); p.status != http.StatusSeeOther || p.to != "/care/in?next=%2Fcare%2Fnotices" {
		t.Errorf("a person who is not there: %d %s", p.status, p.to)
	}
	for door, other := range map[string]string{"/sign-in": "/care/in", "/care/in": "/sign-in"} {
		if body := self.page(door + "?next=%2Fnotices%2Fmail"); !strings.Contains(body, `href="`+other+`?next=%2Fnotices%2Fmail"`) {
			t.Errorf("%s does not lead to %s with the page that was asked for", door, other)
		}
		if body := self.page(door + "?next=%2F%2Felsewhere.example"); !strings.Contains(body, `href="`+other+`"`) {
			t.Errorf("%s leads elsewhere", door)
		}
	}
	self.must(self.post("/mine", "/mine/demo", url.Values{"resident": {"0"}}))
	if p := self.get("/care/notices"); p.to != "/notices" {
		t.Errorf("a person who is there is sent to %q", p.to)
	}
	body := self.page("/notices/mail")
	checkPage(t, "zh-CN", "/notices/mail", body)
	if !strings.Contains(body, "只有一个链接") {
		t.Error("the page does not say what is sent")
	}
	checkPage(t, "en", "/notices/mail", officer.page("/notices/mail"))
	p := self.post("/notices/mail", "/notices/mail", url.Values{"address": {"resident@example.org"}})
	if p.status != http.StatusSeeOther { // this node sends no mail, and says so
		checkPage(t, "zh-CN", "/notices/mail", p.body)
	}
	for _, act := range []string{"confirm", "remove"} {
		a, b := self.post("/notices/mail", "/notices/mail/ch-other/"+act, url.Values{"code": {"k-x"}}), self.post("/notices/mail", "/notices/mail/pc-none/"+act, url.Values{"code": {"k-x"}})
		if a.status != http.StatusNotFound || b.status != http.StatusNotFound {
			t.Errorf("%s of another's: %d, %d", act, a.status, b.status)
		}
	}
}

// A reader of plain pages who follows a link to a search or to a data set reads both in
// plain pages: what was found by name, and one data set in a few sentences without a
// table.
func TestDataAreFoundInPlainPages(t *testing.T) {
	w := newWorld(t)
	by := apptest.Officer(apptest.Civil, vocab.Steward)
	made, err := w.Catalog.Create(t.Context(), by, entry.Dataset{
		Code: "graves", Name: entry.Text{ZH: "公墓名录", EN: "Cemeteries"}, Provider: "民政局", Subject: vocab.LegalEntity, Origin: vocab.Government, Cycle: vocab.Daily, Share: vocab.Conditional, ShareCondition: "依申请",
		Items: []entry.Item{{Code: "name", Name: entry.Text{ZH: "公墓名称", EN: "name of the cemetery"}}},
	})
	if err == nil {
		_, err = apptest.Publish(t.Context(), w.App, by, made.ID, made.Rev)
	}
	if err == nil {
		err = w.Catalog.Settled(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	one := "/care/find/" + string(made.ID)
	if n := strings.Count(w.signedIn("li@civil", "en").page("/care/find"), `role="search"`); n != 1 {
		t.Errorf("whoever opens it in full pages meets %d searches, which nothing tells apart", n)
	}
	for lang, want := range map[string][]string{"zh-CN": {"公墓名录", "公墓名称", "同意后才能用"}, "en": {"Cemeteries", "name of the cemetery", "only when that is agreed"}} {
		v := w.plain(lang)
		words := url.Values{"q": {want[0]}}.Encode()
		for full, plain := range map[string]string{"/search?" + words: "/care/find?" + words, "/datasets/" + string(made.ID): one} {
			if p := v.get(full); p.status != http.StatusSeeOther || p.to != plain {
				t.Errorf("%s leads a reader of plain pages to %d %s", full, p.status, p.to)
			}
		}
		found := v.page("/care/find?" + words)
		checkPage(t, lang, "/care/find", found)
		if !strings.Contains(found, `href="`+one+`"`) {
			t.Errorf("the data set is not found in %s: %s", lang, found)
		}
		body := v.page(one)
		checkPage(t, lang, one, body)
		if n, asks, tables := weight(t, body); n > 140 || asks > 0 || tables > 0 {
			t.Errorf("%s in %s: %d words, asks %d things, %d tables", one, lang, n, asks, tables)
		}
		for _, s := range want {
			if !strings.Contains(body, s) {
				t.Errorf("%s in %s does not say %q: %s", one, lang, s, body)
			}
		}
	}
}

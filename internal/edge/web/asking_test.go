package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
)

var exampleList = regexp.MustCompile(`<pre lang="en">((?s:.*?))</pre>`)

// The list that the page shows as an example is one that is taken: its numbers are
// numbers, its cases have the grant's form, its columns are the chosen grant's. What
// came of it says under what it was asked, and what the answers were.
func TestTheExampleOfABatchIsTakenAndItsPageSaysWhatItWas(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	user := w.signedIn("li@tax", "en")
	page := user.page("/batches?grant=" + string(g.ID))
	checkPage(t, "en", "/batches", page)
	m := exampleList.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no example: %s", page)
	}
	// No entry of this world's catalog says that the item is a date.
	list := strings.ReplaceAll(html.UnescapeString(m[1]), "a text", "1960-01-01")
	if !strings.HasPrefix(list, "subject,case,") || !strings.Contains(list, "born") {
		t.Errorf("the columns: %s", list)
	}
	batch := user.must(user.send("/batches", "/batches", "补贴 <b>名单.csv", []byte(list), url.Values{"grant": {string(g.ID)}, "key_kind": {"citizen"}}))
	for range 300 {
		if page = user.page(batch); strings.Contains(page, "answers.csv") {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	checkPage(t, "en", batch, page)
	for _, want := range []string{"/grants/" + string(g.ID), g.Purpose, "<h2>Answers</h2>", "<dt>File</dt><dd><bdi>补贴 &lt;b&gt;名单.csv</bdi></dd>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the batch lacks %q: %s", want, page)
		}
	}
	if list := user.page("/batches"); !strings.Contains(list, "<bdi>补贴 &lt;b&gt;名单.csv</bdi>") {
		t.Error("the list of batches does not say which file was sent")
	}
	bad := user.send("/batches", "/batches", "example.csv", []byte("subject,case,born\n1,P-1,1960-01-01\n"), url.Values{"grant": {string(g.ID)}, "key_kind": {"citizen"}})
	if wrong, _, _ := strings.Cut(wrongOf(bad.body), "</section>"); bad.status != http.StatusUnprocessableEntity || strings.Contains(wrong, "subject-invalid") || strings.Contains(wrong, "none was: 1") {
		t.Errorf("a line that cannot be asked: %d %s", bad.status, wrong)
	}
}

// An answer stands beside what was asked: the case, the value, and enough of the
// number to know it by.
func TestAnAnswerSaysWhatWasAsked(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	user := w.signedIn("li@tax", "en")
	number, born := apptest.Citizen(3)
	at := "/compare?grant=" + string(g.ID)
	to := user.must(user.post(at, "/compare", url.Values{
		"grant": {string(g.ID)}, "subject_kind": {"citizen"}, "subject": {number}, "value " + string(apptest.Born): {born}, "purpose": {g.Purpose}, "case": {"P-77"},
	}))
	page := user.page(to)
	checkPage(t, "en", at, page)
	for _, want := range []string{"P-77", born, number[:4] + "**********" + number[14:]} {
		if !strings.Contains(page, want) {
			t.Errorf("the answer lacks %q: %s", want, page)
		}
	}
	if strings.Contains(page, number) {
		t.Error("the whole number stands on the page")
	}
}

// What is typed into a form that is refused is no filter of the list above it.
func TestARefusedFormDoesNotNarrowTheListAboveIt(t *testing.T) {
	w := newWorld(t)
	p := w.signedIn("chief@bureau", "en")
	all := strings.Count(p.page("/members"), `href="/members/`)
	again := p.post("/members", "/members", url.Values{"id": {"no such id!"}, "kind": {"firm"}, "region": {"990000"}, "q": {"nothing"}, "zh": {"某局"}})
	if again.status == http.StatusSeeOther {
		t.Fatal("the form is not refused")
	}
	if n := strings.Count(again.body, `href="/members/`); n != all {
		t.Errorf("%d members beside the refused form, %d before", n, all)
	}
	if filter, _, _ := strings.Cut(again.body, "</details>"); strings.Contains(filter, `<option value="firm" selected>`) || strings.Contains(filter, `value="nothing"`) {
		t.Errorf("the filter holds what was typed into the form: %s", filter)
	}
	if !strings.Contains(again.body, "某局") {
		t.Error("what was typed is gone")
	}
}

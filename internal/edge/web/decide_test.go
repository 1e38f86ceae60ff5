package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fontis/internal/vocab"
)

// A decision is nobody's default: the form chooses nothing, says what is open, and
// shows what would be recorded before it is.
func TestADecisionIsChosenAndSeenBeforeItIsRecorded(t *testing.T) {
	w := newWorld(t)
	steward, user := w.signedIn("li@civil", "zh-CN"), w.signedIn("li@tax", "en")
	set := newEntry(t, w, steward)
	request := user.draft(set)
	user.must(user.post(request, request+"/submit", nil))
	page := steward.page(request)
	if _, form, _ := strings.Cut(page, `name="word" value="agree"`); strings.Contains(form[:strings.Index(form, ">")], "checked") {
		t.Error("the form agrees by itself")
	}
	items := []string{set + "/born"}
	for what, c := range map[string]struct {
		form url.Values
		says string
	}{
		"nothing":                   {url.Values{"items": items}, "请选择同意或拒绝"},
		"agreement to nothing":      {url.Values{"word": {"agree"}}, "请勾选同意的数据项"},
		"a refusal without its law": {url.Values{"word": {"refuse"}, "reason": {"没有依据"}}, "请填写拒绝所依据的法律条款"},
	} {
		if p := steward.post(request, request, c.form); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.body, c.says) {
			t.Errorf("%s: %d %s", what, p.status, wrongOf(p.body))
		}
	}
	said := url.Values{"word": {"agree"}, "items": items, "reason": {"依法办理"}, "per_day": {"77"}}
	seen := steward.post(request, request, said)
	if seen.status != http.StatusOK || !strings.Contains(seen.body, "请核对您的决定") || !strings.Contains(seen.body, "依法办理") || !strings.Contains(seen.body, `name="per_day" value="77"`) {
		t.Errorf("the second look: %d %s", seen.status, seen.body)
	}
	checkPage(t, "zh-CN", request, seen.body)
	if strings.Contains(user.page(request), "/grants/") {
		t.Fatal("the first press decided")
	}
	_, form, _ := strings.Cut(seen.body, `id="sure"`)
	again := url.Values{}
	for _, m := range hiddens.FindAllStringSubmatch(form[:strings.Index(form, "</form>")], -1) {
		again.Add(m[1], m[2])
	}
	if got := again["items"]; len(got) != 1 || got[0] != items[0] {
		t.Errorf("the items that are recorded: %v", got)
	}
	steward.must(steward.raw(request, again))
	if !strings.Contains(user.page(request), "/grants/") {
		t.Error("the second press does not decide")
	}
}

// Where a request asks for a purpose that the entry does not name, the provider
// reads so under a heading that says it, in their language.
func TestAWarningIsInTheReadersLanguageUnderItsOwnHeading(t *testing.T) {
	w := newWorld(t)
	steward, user := w.signedIn("li@civil", "zh-CN"), w.signedIn("li@tax", "zh-CN")
	set := newEntry(t, w, steward)
	request := user.draft(set)
	user.must(user.post(request, request+"/submit", nil))
	page := steward.page(request)
	_, notes, ok := strings.Cut(page, "决定前请注意")
	if !ok {
		t.Fatalf("no warning: %s", page)
	}
	notes, _, _ = strings.Cut(notes, "</section>")
	if !strings.Contains(notes, "数据项尚不能答复") && !strings.Contains(notes, "申请用途未列入该数据集目录") || strings.Contains(notes, "用途与授权不符") || strings.Contains(notes, `lang="en"`) {
		t.Errorf("the warnings: %s", notes)
	}
}

// A draft that lacks something offers no submission, says what it lacks in words,
// and goes on where the first answer is missing.
func TestADraftGoesOnWhereItLacksSomething(t *testing.T) {
	w := newWorld(t)
	steward, user := w.signedIn("li@civil", "en"), w.signedIn("li@tax", "en")
	set := newEntry(t, w, steward)
	first := user.must(user.post("/request?dataset="+set, "/request", url.Values{"dataset": {set}}))
	request, _, _ := strings.Cut(first, "/ask/")
	page := user.page(request)
	if strings.Contains(page, request+`/submit"`) || !strings.Contains(page, request+"/go-on") || !strings.Contains(page, "Still to be answered") {
		t.Errorf("an empty draft: %s", page)
	}
	if p := user.get(request + "/go-on"); p.to != first {
		t.Errorf("it goes on at %s, want %s", p.to, first)
	}
	if p := user.post(request, request+"/submit", nil); p.status != http.StatusUnprocessableEntity || strings.Contains(p.body, "basis.law") || !strings.Contains(p.body, "Purpose") {
		t.Errorf("submitted empty: %d %s", p.status, wrongOf(p.body))
	}
	user.must(user.step(first, requestForm(set)))
	if p := user.get(request + "/go-on"); p.to == first || strings.HasSuffix(p.to, "/check") {
		t.Errorf("after the first step it goes on at %s", p.to)
	}
}

// The desk of a data user shows their own work, and lists open where an officer of
// both roles has something.
func TestADataUsersDeskAndListsShowTheirOwnWork(t *testing.T) {
	w := newWorld(t)
	w.officer("tax", "sun", vocab.DataUser)
	w.grant()
	steward := w.signedIn("li@civil", "en")
	set := newEntry(t, w, steward)
	user, both := w.signedIn("sun@tax", "en"), w.signedIn("li@tax", "en")
	draft := user.must(user.post("/request?dataset="+set, "/request", url.Values{"dataset": {set}}))
	request, _, _ := strings.Cut(draft, "/ask/")
	page := user.page("/desk")
	checkPage(t, "en", "/desk", page)
	if !strings.Contains(page, request) || strings.Contains(page, `id="sources"`) || !strings.Contains(page, `id="ending"`) || !strings.Contains(page, `id="refused"`) {
		t.Errorf("a data user's desk: %s", page)
	}
	if page = both.page("/desk"); !strings.Contains(page, request) || !strings.Contains(page, `id="sources"`) {
		t.Errorf("the desk of both roles: %s", page)
	}
	if page = both.page("/requests"); !strings.Contains(page, request) {
		t.Errorf("the list of requests opens on the other side: %s", page)
	}
	if page = both.page("/grants"); !strings.Contains(page, "<h2>Grants that we hold</h2>") {
		t.Errorf("the list of grants opens on the other side: %s", page)
	}
	if page = steward.page("/grants"); !strings.Contains(page, "<h2>Grants that we gave</h2>") {
		t.Errorf("who gave grants does not see them first: %s", page)
	}
}

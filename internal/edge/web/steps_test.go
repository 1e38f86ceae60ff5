package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/share"
	"fontis/internal/vocab"
)

// draft is a request that a visitor filled step by step, up to its last page; it
// gives the address of the request.
func (v *visitor) draft(set string) string {
	v.w.t.Helper()
	at := v.must(v.post("/request?dataset="+set, "/request", url.Values{"dataset": {set}}))
	request, _, _ := strings.Cut(at, "/ask/")
	for !strings.HasSuffix(at, "/check") {
		at = v.must(v.step(at, requestForm(set)))
	}
	return request
}

var (
	nameOf  = regexp.MustCompile(`<(?:input|select|textarea)[^>]* name="([a-z_]+)"`)
	hiddens = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)"`)
)

// step sends the form of a step with those of the answers that it asks for.
func (v *visitor) step(at string, answers url.Values) seen {
	v.w.t.Helper()
	return v.raw(at, v.filled(at, answers))
}

// filled is the form of a step as a page holds it, with the answers typed in.
func (v *visitor) filled(at string, answers url.Values) url.Values {
	v.w.t.Helper()
	body := v.page(at)
	path, _, _ := strings.Cut(at, "?")
	_, form, ok := strings.Cut(body, `<form method="post" action="`+path+`"`)
	if !ok {
		v.w.t.Fatalf("%s has no form of its own: %s", at, body)
	}
	form, _, _ = strings.Cut(form, "</form>")
	out := url.Values{}
	for _, m := range hiddens.FindAllStringSubmatch(form, -1) {
		out.Set(m[1], m[2])
	}
	for _, m := range nameOf.FindAllStringSubmatch(form, -1) {
		if values := answers[m[1]]; len(values) > 0 {
			out[m[1]] = values
		}
	}
	return out
}

// A request is asked for one matter a page; the last shows all of it with the way
// back to each, and sends nothing while something is lacking.
func TestARequestIsMadeStepByStep(t *testing.T) {
	w := newWorld(t)
	set := newEntry(t, w, w.signedIn("li@civil", "en"))
	for _, lang := range []string{"en", "zh-CN"} {
		user := w.signedIn("li@tax", lang)
		checkPage(t, lang, "/request", user.page("/request?dataset="+set))
		at := user.must(user.post("/request?dataset="+set, "/request", url.Values{"dataset": {set}}))
		request, _, _ := strings.Cut(at, "/ask/")
		check := request + "/ask/check"
		body := user.page(check)
		checkPage(t, lang, check, body)
		if strings.Contains(body, request+"/submit") || !strings.Contains(body, request+"/ask/protection?back=check") {
			t.Errorf("a draft without ground can be sent: %s", body)
		}
		p := user.step(at, url.Values{"purpose": {"pension"}})
		if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.body, `value="pension"`) {
			t.Fatalf("a step with gaps: %d", p.status)
		}
		checkPage(t, lang, at, p.body)
		link := regexp.MustCompile(`<li><a href="#(f\d+-\d+)">`).FindAllStringSubmatch(p.body, -1)
		if len(link) != 3 {
			t.Fatalf("%d lines in the summary, want 3: %s", len(link), wrongOf(p.body))
		}
		for _, l := range link {
			if !strings.Contains(p.body, `id="`+l[1]+`"`) {
				t.Errorf("the summary leads to #%s, which is nowhere", l[1])
			}
		}
		if !strings.Contains(user.page(at), `value="pension"`) {
			t.Error("what was typed beside the gaps is gone")
		}
		fields := map[string]bool{}
		for at != check {
			n := 0
			for name := range user.filled(at, requestForm(set)) {
				if slices.Contains([]string{"form_token", "form_key", "was", "tab"}, name) {
					continue
				}
				if n++; fields[name] {
					t.Errorf("%s is asked twice", name)
				}
				fields[name] = true
			}
			if n == 0 || n > 6 {
				t.Errorf("%s asks %d things", at, n)
			}
			at = user.must(user.step(at, requestForm(set)))
		}
		body = user.page(check)
		checkPage(t, lang, check, body)
		for _, want := range []string{"pension", "Social Insurance Law 58", "P-[0-9]", "PIA-1", request + "/submit"} {
			if !strings.Contains(body, want) {
				t.Errorf("the last step lacks %q", want)
			}
		}
		back := request + "/ask/why"
		if to := user.must(user.raw(back, user.filled(back+"?back=check", requestForm(set)))); to != check {
			t.Errorf("a change leads on to %s, not back", to)
		}
		user.must(user.post(check, request+"/submit", nil))
		if body = user.page(back); strings.Contains(body, "<textarea") || !strings.Contains(body, request) {
			t.Error("a request that was handed in is still asked for")
		}
	}
}

// Two windows on one draft lose nothing: of different steps both stand, of the
// same step the later one sees the other's words before it writes over them.
func TestTwoWindowsOnOneDraftLoseNothing(t *testing.T) {
	w := newWorld(t)
	set := newEntry(t, w, w.signedIn("li@civil", "en"))
	user := w.signedIn("li@tax", "en")
	request := user.draft(set)
	why, protection := request+"/ask/why", request+"/ask/protection"
	one, two, third := user.filled(why, nil), user.filled(protection, nil), user.filled(why, nil)
	for form, more := range map[*url.Values]url.Values{
		&one: {"purpose": {"first window"}}, &two: {"security_measures": {"second window"}}, &third: {"purpose": {"third window"}},
	} {
		for name, values := range requestForm(set) {
			if _, ok := (*form)[name]; !ok && (strings.Contains("law article scenario purpose", name) == (form != &two)) {
				(*form)[name] = values
			}
		}
		for name, values := range more {
			(*form)[name] = values
		}
	}
	two.Set("impact_ref", "PIA-1")
	user.must(user.raw(why, one))
	user.must(user.raw(protection, two))
	stands := func() *share.Request {
		r, err := w.Share.Get(t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), vocab.RequestID(strings.TrimPrefix(request, "/requests/")))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := stands(); r.Purpose != "first window" || r.Security != "second window" {
		t.Fatalf("one window wrote over the other: %q %q", r.Purpose, r.Security)
	}
	p := user.raw(why, third)
	if p.status != http.StatusConflict || !strings.Contains(p.body, "first window") || !strings.Contains(p.body, `value="third window"`) || stands().Purpose != "first window" {
		t.Fatalf("the third window: %d %s", p.status, wrongOf(p.body))
	}
	checkPage(t, "en", why, p.body)
	for _, m := range hiddens.FindAllStringSubmatch(p.body[strings.Index(p.body, `action="`+why+`"`):], -1) {
		if m[1] == "was" {
			third.Set("was", m[2])
			break
		}
	}
	user.must(user.raw(why, third))
	if stands().Purpose != "third window" {
		t.Error("what was sent a second time, knowing the other, did not stand")
	}
	third.Set("purpose", "third window again") // its own page, gone back to
	user.must(user.raw(why, third))
	if stands().Purpose != "third window again" {
		t.Error("a page disagrees with itself")
	}
}

// While somebody types, the step is kept without a word; what cannot be kept yet
// is no fault, and says so.
func TestADraftIsKeptWhileItIsTyped(t *testing.T) {
	w := newWorld(t)
	set := newEntry(t, w, w.signedIn("li@civil", "en"))
	user := w.signedIn("li@tax", "en")
	at := user.must(user.post("/request?dataset="+set, "/request", url.Values{"dataset": {set}}))
	request, _, _ := strings.Cut(at, "/ask/")
	if body := user.page(at); !strings.Contains(body, `hx-post="`+at+`/quiet"`) || !strings.Contains(body, `id="saved"`) {
		t.Fatalf("the page does not keep what is typed: %s", body)
	}
	form := user.filled(at, url.Values{"purpose": {"half a sen"}})
	for _, typed := range []string{"half a sen", "half a sentence"} { // the same page, again and again
		form.Set("purpose", typed)
		if to := user.must(user.raw(at+"/quiet", form)); strings.Contains(to, "kept=") || !strings.Contains(user.page(to), `value="`+typed+`"`) {
			t.Errorf("%q is not kept: %s", typed, to)
		}
	}
	volume := request + "/ask/volume"
	to := user.must(user.raw(volume+"/quiet", user.filled(volume, url.Values{"per_day": {"many"}})))
	if !strings.HasSuffix(to, "?kept=not") || !strings.Contains(user.page(to), "cannot be saved") {
		t.Errorf("a number that is none: %s", to)
	}
	if p := w.signedIn("li@other", "en").raw(at+"/quiet", form); p.status == http.StatusSeeOther {
		t.Error("another member keeps words in this draft")
	}
}

// The list of requests and the desk draw the term that runs, and say in words what
// the drawing shows.
func TestATermIsDrawnBesideItsRequest(t *testing.T) {
	w := newWorld(t)
	steward, user := w.signedIn("li@civil", "zh-CN"), w.signedIn("li@tax", "en")
	set := newEntry(t, w, steward)
	request := user.draft(set)
	user.must(user.post(request+"/ask/check", request+"/submit", nil))
	for _, c := range []struct {
		v    *visitor
		path string
		want string
	}{
		{user, "/requests?side=own", "due on"}, {user, request, "received on"}, {steward, "/requests", "到期"}, {steward, "/desk", "到期"}, {steward, request, "收到"},
	} {
		body := c.v.page(c.path)
		if !strings.Contains(body, `<svg class="dial"`) || !strings.Contains(body, c.want) {
			t.Errorf("%s draws no term with %q", c.path, c.want)
		}
	}
	steward.must(steward.post(request, request+"/take/supplement", url.Values{"reason": {"缺少影响评估全文"}}))
	if body := user.page("/requests?side=own"); !strings.Contains(body, "dial-still") && !strings.Contains(body, "stopped") {
		t.Errorf("a term that stands still is drawn as running")
	}
}

// The console asks the test twin as a program would: an answer, or the cause and
// the remedy, and beside it the call. It is the requester's alone.
func TestTheTwinIsTriedOnAPage(t *testing.T) {
	w := newWorld(t)
	steward, user := w.signedIn("li@civil", "zh-CN"), w.signedIn("li@tax", "en")
	set := newEntry(t, w, steward)
	request := user.draft(set)
	at := request + "/try"
	if p := user.get(at); p.status == http.StatusOK {
		t.Error("a draft has a console")
	}
	user.must(user.post(request+"/ask/check", request+"/submit", nil))
	_, rows, _ := strings.Cut(user.page(request), "The invented subjects")
	if rows, _, _ = strings.Cut(rows, "</table>"); !strings.Contains(rows, "出生日期") || strings.Contains(rows, set+"/born") {
		t.Errorf("the invented subjects stand with ids where names belong: %s", rows)
	}
	form := user.filled(at, nil)
	if form.Get("subject") == "" {
		body := user.page(at)
		m := regexp.MustCompile(`<option value="(\d{17}[\dX])" selected>`).FindStringSubmatch(body)
		v := regexp.MustCompile(`name="(value [^"]+)"[^>]* value="([^"]+)"`).FindStringSubmatch(body)
		c := regexp.MustCompile(`name="case"[^>]* value="([^"]+)"`).FindStringSubmatch(body)
		if m == nil || v == nil || c == nil {
			t.Fatalf("the console starts from nothing: %s", body)
		}
		form.Set("subject", m[1])
		form.Set(v[1], v[2])
		form.Set("case", c[1])
		form.Set("purpose", "pension")
	}
	body := user.page(user.must(user.raw(at, form)))
	checkPage(t, "en", at, body)
	if !strings.Contains(body, ": match") || !strings.Contains(body, "curl -sS") || !strings.Contains(body, form.Get("subject")) {
		t.Errorf("a trial that works: %s", body)
	}
	form.Set("case", "no case")
	body = user.page(user.must(user.post(at, at, form)))
	if !strings.Contains(body, "What helps:") || !strings.Contains(body, "curl -sS") || strings.Contains(body, ": match") {
		t.Errorf("a trial that is refused: %s", body)
	}
	for _, v := range []*visitor{steward, w.signedIn("li@other", "en")} {
		if p := v.get(at); p.status != http.StatusNotFound {
			t.Errorf("another's console: %d", p.status)
		}
	}
}

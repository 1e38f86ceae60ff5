package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// given is a request of tax that civil has agreed to, with its grant.
func given(w *world, steward, user *visitor, set string) (request, grant string) {
	w.t.Helper()
	request = user.draft(set)
	user.must(user.post(request, request+"/submit", nil))
	steward.must(steward.post(request, request, url.Values{"word": {"agree"}, "sure": {"yes"}, "items": {set + "/born"}}))
	_, after, found := strings.Cut(user.page(request), `href="/grants/`)
	if !found {
		w.t.Fatal("the request leads to no grant")
	}
	return request, "/grants/" + after[:strings.Index(after, `"`)]
}

// A grant goes the rest of its life by pages: reviewed, suspended by the authority
// and resumed by it, suspended and resumed by the provider, given back, and the data's end certified. Each step is offered when it can
// be taken and to whom it is open, and each side reads the state of the grant.
func TestTheRestOfAGrantsLifeOnPages(t *testing.T) {
	w := newWorld(t)
	steward, user, chief := w.signedIn("li@civil", "zh-CN"), w.signedIn("li@tax", "en"), w.signedIn("chief@bureau", "en")
	set := newEntry(t, w, steward)
	request, grant := given(w, steward, user, set)
	offers := func(v *visitor, path, action string, want bool) {
		t.Helper()
		if got := strings.Contains(v.page(path), `action="`+action+`"`); got != want {
			t.Errorf("%s offers %s: %v", path, action, got)
		}
	}
	offers(user, request, request+"/certify", false) // nothing is over yet
	steward.must(steward.post(request, request+"/take/review", url.Values{"reason": {"用途未变"}}))
	if page := user.page("/notices"); !strings.Contains(page, "A grant was reviewed") || strings.Count(page, "state: <bdi>agreed</bdi>") != 1 {
		t.Errorf("the notice of the review says another state than the grant's: %s", page)
	}
	offers(chief, request, grant+"/suspend", true)
	if to := chief.must(chief.post(request, grant+"/suspend", url.Values{"reason": {"a complaint"}})); !strings.HasPrefix(to, request) {
		t.Errorf("the authority is led to %s, which it may not read", to)
	}
	offers(user, "/compare?grant="+strings.TrimPrefix(grant, "/grants/"), "/compare", false)
	if page := user.page("/compare?grant=" + strings.TrimPrefix(grant, "/grants/")); !strings.Contains(page, "suspended") || !strings.Contains(page, "a complaint") {
		t.Errorf("who would ask is not told that the grant is suspended: %s", page)
	}
	offers(steward, grant, grant+"/resume", false)
	offers(steward, grant, grant+"/end", true)
	for v, say := range map[*visitor]string{steward: "须由该部门或其上级主管部门恢复", user: "lets it be used again"} {
		page := v.page(grant)
		checkPage(t, v.lang, grant, page)
		if !strings.Contains(page, say) {
			t.Errorf("the page does not say who resumes the grant: %s", page)
		}
	}
	chief.must(chief.post(request, grant+"/resume", url.Values{"reason": {"已查明"}}))
	steward.must(steward.post(grant, grant+"/suspend", url.Values{"reason": {"核对中"}}))
	steward.must(steward.post(grant, grant+"/resume", url.Values{"reason": {"已核对"}}))
	user.must(user.post(grant, grant+"/end", url.Values{"reason": {"no need any more"}}))
	offers(user, grant, grant+"/end", false)
	if page := user.page(grant); !strings.Contains(page, "say what became of the data") {
		t.Errorf("the holder is not told what it owes: %s", page)
	}
	if page := user.page("/desk"); !strings.Contains(page, request) {
		t.Errorf("the certificate that is owed is not on the desk: %s", page)
	}
	offers(user, request, request+"/certify", true)
	user.must(user.post(request, request+"/certify", url.Values{"method": {"secure erase"}, "what": {"all copies"}, "on": {time.Now().Format(time.DateOnly)}}))
	offers(user, request, request+"/certify", false)
	for _, v := range []*visitor{user, steward} {
		page := v.page(request)
		checkPage(t, v.lang, request, page)
		_, certificate, _ := strings.Cut(page, `<section class="done">`)
		certificate, _, _ = strings.Cut(certificate, "</section>")
		for _, want := range []string{"secure erase", "all copies", strings.TrimPrefix(grant, "/grants/")} {
			if !strings.Contains(certificate, want) {
				t.Errorf("the certificate lacks %q: %s", want, certificate)
			}
		}
		if strings.Contains(certificate, "li@tax") != (v == user) {
			t.Errorf("the officer's name inside and outside: %s", certificate)
		}
	}
}

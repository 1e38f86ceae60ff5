package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestWhatAFormBroughtHasAnAddressOfItsOwn: going back to a form that failed sends
// nothing a second time. The address is its session's alone, and later that of the
// page on which the form stood; no secret that was typed is kept there.
func TestWhatAFormBroughtHasAnAddressOfItsOwn(t *testing.T) {
	w := newWorld(t)
	chief, other := w.signedIn("chief@bureau", "en"), w.signedIn("li@civil", "en")
	token, key := chief.secrets("/members")
	form := url.Values{"form_token": {token}, "form_key": {key}, "id": {"no such id!"}, "kind": {"firm"}, "region": {"990000"}, "zh": {"某局"}}
	send := func(more ...string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.at+"/members", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Referer", w.at+"/members?kind=firm")
		for i := 0; i < len(more); i += 2 {
			r.Header.Set(more[i], more[i+1])
		}
		resp, err := chief.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	failed := send()
	to := failed.Header.Get("Location")
	if failed.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/members?again=note-") || !strings.HasSuffix(to, "&kind=firm") {
		t.Fatalf("the form failed with %d, to %q", failed.StatusCode, to)
	}
	for range 2 { // as often as one comes back
		p := chief.get(to)
		if p.status != http.StatusBadRequest && p.status != http.StatusUnprocessableEntity {
			t.Fatalf("there stands %d", p.status)
		}
		for _, want := range []string{`value="no such id!"`, "某局", `role="alert"`, failed.Header.Get("X-Trace")} {
			if !strings.Contains(p.body, want) {
				t.Errorf("there is no %q", want)
			}
		}
	}
	if p := other.get(to); strings.Contains(p.body, "no such id!") {
		t.Error("another session reads what was typed")
	}
	if p := w.visitor("en").get(to); strings.Contains(p.body, "no such id!") {
		t.Error("a stranger reads what was typed")
	}
	if p := chief.get("/members?again=note-gone&kind=firm"); p.status != http.StatusOK || strings.Contains(p.body, `role="alert"`) {
		t.Errorf("what is kept no more: %d", p.status)
	}
	if part := send("HX-Request", "true"); part.StatusCode == http.StatusSeeOther {
		t.Error("a script is sent elsewhere for a part of its page")
	}

	nobody := w.visitor("en")
	p := nobody.post("/sign-in", "/sign-in", url.Values{"login": {"li@civil"}, "password": {"wrong-and-secret"}})
	if p.status != http.StatusUnauthorized && p.status != http.StatusForbidden && p.status != http.StatusBadRequest {
		t.Errorf("a wrong password: %d", p.status)
	}
	if !strings.Contains(p.body, `role="alert"`) || strings.Contains(p.body, "wrong-and-secret") {
		t.Error("a stranger does not read what is wrong, or reads the password")
	}
}

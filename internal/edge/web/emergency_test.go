package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/vocab"
)

// An emergency is used at once, and the person reads it. Its review is offered to whom it is open, another officer of the
// body with one of the roles; neither to the authority, whose word is not asked, nor
// to a steward. The grant itself offers nothing that would be refused.
func TestAnEmergencyIsReviewedByWhomThePageOffersIt(t *testing.T) {
	w := newWorld(t)
	w.grant()
	w.officer(apptest.Tax, "ma", vocab.DataUser)
	w.officer(apptest.Tax, "qi", vocab.Steward)
	user, second := w.signedIn("li@tax", "en"), w.signedIn("ma@tax", "zh-CN")
	to := user.must(user.post("/emergencies", "/emergencies", url.Values{"dataset": {string(apptest.Dataset)}, "items": {"born"}, "question": {"compare"}, "purpose": {"rescue"}, "law": {"Emergency Response Law art. 1"}, "reason": {"flood in the valley"}, "hours": {"2"}}))
	grant := strings.Split(to, "?")[0]
	if page := user.page(grant); strings.Contains(page, grant+"/end") {
		t.Errorf("the grant of an emergency offers an end that is refused: %s", page)
	}
	if page := user.page("/compare?grant=" + strings.TrimPrefix(grant, "/grants/")); !regexp.MustCompile(`name="case"[^>]* required|required [^>]*name="case"`).MatchString(page) {
		t.Errorf("the case number is not asked for, and is refused when it lacks: %s", page)
	}
	number, born := apptest.Citizen(3)
	answer := user.must(user.post("/compare?grant="+strings.TrimPrefix(grant, "/grants/"), "/compare", url.Values{
		"grant": {strings.TrimPrefix(grant, "/grants/")}, "subject_kind": {"citizen"}, "subject": {number}, "value " + string(apptest.Dataset) + "/born": {born}, "purpose": {"rescue"}, "case": {"E-1"},
	}))
	if page := user.page(answer); !strings.Contains(page, "match") {
		t.Errorf("before its review an emergency is answered: %s", page)
	}
	if page := w.person("en").page("/mydata"); !strings.Contains(page, "rescue") {
		t.Errorf("the person does not read what their data were opened for: %s", page)
	}
	for v, want := range map[*visitor]bool{user: false, second: true, w.signedIn("qi@tax", "en"): false, w.signedIn("chief@bureau", "en"): false, w.signedIn("li@civil", "en"): false} {
		if got := strings.Contains(v.page("/emergencies"), "/uphold"); got != want {
			t.Errorf("a review is offered: %v, want %v", got, want)
		}
	}
	base := regexp.MustCompile(`action="(/emergencies/[^"/]+)/object"`).FindStringSubmatch(second.page("/emergencies"))[1]
	second.must(second.post("/emergencies", base+"/object", url.Values{"reason": {"当日没有汛情"}}))
	if page := user.page(grant); !strings.Contains(page, "ended") {
		t.Errorf("what was objected to goes on: %s", page)
	}
}

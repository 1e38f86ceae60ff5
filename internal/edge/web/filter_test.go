package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/edge/web/look"
	"fontis/internal/vocab"
)

// Who filters from a day until the same day sees that day, and a filter that nothing
// fits never says that there was nothing.
func TestTheLastDayOfAFilterIsInIt(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	_, born := apptest.Citizen(3)
	call := (&apptest.World{App: w.App, Grant: g}).Ask(3, born)
	if _, err := w.Door.Ask(t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), call); err != nil {
		t.Fatal(err)
	}
	self := w.person("en")
	today := w.Clock.Now().In(look.Official())
	day := func(n int) string { return today.AddDate(0, 0, n).Format("2006-01-02") }
	all := self.page("/mydata")
	if !strings.Contains(all, "pension") {
		t.Fatalf("the use is not there at all: %s", all)
	}
	if body := self.page("/mydata?from=" + day(0) + "&until=" + day(0)); !strings.Contains(body, "pension") {
		t.Errorf("from today until today: %s", body)
	}
	body := self.page("/mydata?from=" + day(-9) + "&until=" + day(-8))
	if strings.Contains(body, "pension") || strings.Contains(body, "No use of data about you is on record") || !strings.Contains(body, "No use of your data fits this filter") {
		t.Errorf("a filter that nothing fits: %s", body)
	}
}

// The person reads who it was: the body, its unit, and in which role; never a name.
func TestAPersonsPageShowsUnitAndRole(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	_, born := apptest.Citizen(3)
	asker := apptest.Officer(apptest.Tax, vocab.DataUser)
	asker.Officer, asker.Unit = "ouyang@tax", "Income Tax Office 7"
	if _, err := w.Door.Ask(t.Context(), asker, (&apptest.World{App: w.App, Grant: g}).Ask(3, born)); err != nil {
		t.Fatal(err)
	}
	for lang, role := range map[string]string{"en": "data user", "zh-CN": "用数人员"} {
		self := w.person(lang)
		if body := self.page("/mydata"); !strings.Contains(body, "Income Tax Office 7 · "+role) || strings.Contains(body, "ouyang") {
			t.Errorf("in %s: %s", lang, body)
		}
	}
}

// A form that is sent to an address that takes none is answered as what does not
// exist; nothing breaks, whoever sends it.
func TestAFormSentToWhereNoneIsTaken(t *testing.T) {
	w := newWorld(t)
	for name, v := range map[string]*visitor{"nobody": w.visitor("en"), "an officer": w.signedIn("li@civil", "en"), "a resident": w.person("en")} {
		for _, to := range []string{"/", "/search", "/help", "/check", "/no-such-page", "/mydata", "/datasets/none", "/grants/none"} {
			if p := v.post("/", to, url.Values{"x": {"y"}}); p.status != http.StatusNotFound && p.status != http.StatusSeeOther {
				t.Errorf("%s to %s: %d", name, to, p.status)
			}
		}
	}
	if strings.Contains(w.diary.String(), "panicked") {
		t.Errorf("a page panicked: %.500s", w.diary)
	}
}

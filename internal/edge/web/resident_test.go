package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/vocab"
)

// Of the terms of a contest one counts, and the page says which; it says what
// happens next, by whom and until when, to everyone and in plain pages too.
func TestAContestSaysWhatHappensNextAndWhichTermCounts(t *testing.T) {
	w := newWorld(t)
	set := newEntry(t, w, w.signedIn("li@civil", "zh-CN"))
	contest := raised(t, w, set)
	self, chief, plain := w.person("en"), w.signedIn("chief@bureau", "en"), w.plain("en")
	said := func(want string) {
		t.Helper()
		for at, body := range map[string]string{contest: self.page(contest), "/care/asked": plain.page("/care/asked")} {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not say %q: %s", at, want, body)
			}
		}
	}
	said("Data Bureau says by ")
	if strings.Contains(self.page(contest), "counts now") {
		t.Error("the only term is told apart from others")
	}
	chief.must(chief.post(contest, contest+"/accept", nil))
	said("Data Bureau passes it by ")
	if body := self.page(contest); strings.Count(body, "counts now") != 1 || strings.Count(body, "counts no more") != 1 {
		t.Errorf("two terms, and nobody knows which counts: %s", body)
	}
}

// What was said is taken back in plain pages too.
func TestAContestIsTakenBackInPlainPages(t *testing.T) {
	w := newWorld(t)
	set := newEntry(t, w, w.signedIn("li@civil", "zh-CN"))
	contest := raised(t, w, set)
	v := w.plain("en")
	stop := "/care/asked/" + strings.TrimPrefix(contest, "/contests/") + "/stop"
	body := v.page("/care/asked")
	if !strings.Contains(body, `action="`+stop+`"`) || !strings.Contains(body, "You need do nothing.") {
		t.Fatalf("there is no way to take it back: %s", body)
	}
	checkPage(t, "en", "/care/asked", body)
	v.must(v.post("/care/asked", stop, nil))
	if body := v.page("/care/asked"); strings.Contains(body, stop) || !strings.Contains(body, "it was withdrawn") {
		t.Errorf("it is not taken back: %s", body)
	}
}

// Plain pages say why somebody looked, and under which law.
func TestPlainPagesSayWhySomebodyLooked(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	ask := (&apptest.World{Grant: g}).Ask(3, "1960-01-01")
	if _, err := w.Door.Ask(t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), ask); err != nil {
		t.Fatal(err)
	}
	v := w.plain("en")
	for range 200 { // the outcome follows the use
		if strings.Contains(v.page("/care/who"), ask.Purpose) {
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	if body := v.page("/care/who"); !strings.Contains(body, ask.Purpose) || !strings.Contains(body, "The law for it: ") {
		t.Errorf("nobody learns why: %s", body)
	}
}

// A resident's session is short. After it they come to their own way in, hear why
// once, and are back where they were; an officer comes to theirs.
func TestWhoseSessionEndedComesBackToWhereTheyWere(t *testing.T) {
	w := newWorld(t)
	ended := func(token string) *visitor {
		v := w.visitor("en")
		at, err := url.Parse(w.at)
		if err != nil {
			t.Fatal(err)
		}
		v.http.Jar.SetCookies(at, []*http.Cookie{{Name: "fontis", Value: token, Path: "/"}})
		return v
	}
	v := ended("p-1234567890abcdef.x")
	p := v.get("/contests?state=raised")
	if want := "/care/in?done=over_person&next=%2Fcontests%3Fstate%3Draised"; p.status != http.StatusSeeOther || p.to != want {
		t.Fatalf("a resident whose session ended is sent to %d %s, not %s", p.status, p.to, want)
	}
	if body := v.page(p.to); !strings.Contains(body, "Your session has ended: it is short") {
		t.Errorf("nobody says why: %s", body)
	}
	if to := v.must(v.post(p.to, "/care/in/demo", url.Values{"resident": {"0"}, "next": {"/contests?state=raised"}})); to != "/contests?state=raised" {
		t.Errorf("they are not back where they were: %s", to)
	}
	v = ended("p-1234567890abcdef.x")
	if body := v.page("/mine"); !strings.Contains(body, "Your session has ended") {
		t.Error("a page that is open says nothing of the end")
	}
	if body := v.page("/mine"); strings.Contains(body, "Your session has ended") {
		t.Error("it is told twice")
	}
	if p := ended("s-1234567890abcdef.x").get("/desk"); p.to != "/sign-in?done=over_officer&next=%2Fdesk" {
		t.Errorf("an officer is sent to %s", p.to)
	}
}

// What a resident is told to do, a resident can do.
func TestAResidentIsToldOfNoCommand(t *testing.T) {
	w := newWorld(t)
	set := newEntry(t, w, w.signedIn("li@civil", "zh-CN"))
	contest := raised(t, w, set)
	number, _ := apptest.Citizen(3)
	for _, lang := range []string{"en", "zh-CN"} {
		self, nobody := w.person(lang), w.visitor(lang)
		for what, p := range map[string]seen{
			"the same contest twice": self.post("/contests/new?item="+set+"/born", "/contests/new", url.Values{"item": {set + "/born"}, "fault": {"wrong"}, "subject": {number}}),
			"an officer's step":      self.post(contest, contest+"/accept", nil),
			"a wrong permit":         nobody.post("/mine", "/mine", url.Values{"permit": {"p-1234567890abcdef.x"}}),
			"a wrong plain permit":   nobody.post("/care/in", "/care/in", url.Values{"permit": {"p-1234567890abcdef.x"}}),
		} {
			told, _, _ := strings.Cut(wrongOf(p.body), "</section>")
			if p.status < 400 || told == "" || regexp.MustCompile(`fontis |Bearer|--give`).MatchString(told) {
				t.Errorf("%s in %s is answered with %d: %s", what, lang, p.status, told)
			}
		}
	}
}

// The form of a contest chooses no fault beforehand, and asks a resident whose
// number the node does not keep for the number alone, and says why.
func TestTheFormOfAContestPresumesNothing(t *testing.T) {
	w := newWorld(t)
	set := newEntry(t, w, w.signedIn("li@civil", "zh-CN"))
	at := "/contests/new?item=" + set + "/born"
	body := w.person("en").page(at)
	if !strings.Contains(body, `<option value="" selected>(choose one)</option>`) {
		t.Errorf("a fault is chosen beforehand: %s", body)
	}
	if strings.Contains(body, `name="subject_kind"`) || !strings.Contains(body, `name="subject"`) || !strings.Contains(body, "Your number is asked for once") {
		t.Errorf("the number is asked for without a word: %s", body)
	}
	raised(t, w, set)
	if body := w.person("en").page(at); strings.Contains(body, `name="subject"`) {
		t.Error("a number that the node knows is asked for again")
	}
}

// A department's officer reads before any form that a department asks by request:
// only firms and public-service bodies register what they ask of persons.
func TestADepartmentIsNotAskedWhatOnlyFirmsMayRegister(t *testing.T) {
	w := newWorld(t)
	w.firm("bank")
	if body := w.signedIn("li@tax", "en").page("/authorisations"); strings.Contains(body, `name="scope`) || strings.Contains(body, `name="security_measures"`) || !strings.Contains(body, "Only firms and public-service bodies register here") {
		t.Errorf("a department finds the form: %s", body)
	}
	if body := w.signedIn("li@bank", "en").page("/authorisations"); !strings.Contains(body, `name="security_measures"`) || strings.Contains(body, "Only firms and") {
		t.Errorf("a firm finds no form: %s", body)
	}
}

// A search that finds nothing leads who may to a demand with the words typed, and
// tells others who may.
func TestASearchWithoutAHitLeadsToADemand(t *testing.T) {
	w := newWorld(t)
	user, chief := w.signedIn("li@tax", "en"), w.signedIn("chief@bureau", "en")
	none := "/search?q=zzyzx"
	if body := user.page(none); !strings.Contains(body, `href="/demands?name=zzyzx"`) {
		t.Errorf("nothing leads to a demand: %s", body)
	}
	if body := chief.page(none); strings.Contains(body, "/demands?name=") || !strings.Contains(body, "A data user of your body can demand") {
		t.Errorf("who may demand is not told: %s", body)
	}
	if body := w.visitor("en").page(none); strings.Contains(body, "A data user of your body") {
		t.Error("a stranger has no body")
	}
	if body := user.page("/demands?name=zzyzx"); !strings.Contains(body, `name="name"`) || !strings.Contains(body, `value="zzyzx"`) {
		t.Errorf("what was looked for is typed again: %s", body)
	}
}

// A demand names its department by name, in each language, never by a typed id; who
// asks is not among those asked, nor who was asked among whom they send it on to.
func TestADemandsDepartmentIsChosenByName(t *testing.T) {
	w := newWorld(t)
	steward, user := w.signedIn("li@civil", "en"), w.signedIn("li@tax", "zh-Hans")
	form := user.page("/demands")
	for _, want := range []string{`<select name="of"`, `<option value="" selected`, `<option value="civil">部门`, `<option value="bureau">数据局`} {
		if !strings.Contains(form, want) {
			t.Errorf("the form of a demand lacks %s", want)
		}
	}
	if strings.Contains(form, `<option value="tax"`) {
		t.Error("a department may demand of itself")
	}
	wish := url.Values{"of": {"civil"}, "name": {"婚姻登记"}, "law": {"民法典"}, "article": {"1049"}, "purpose": {"p"}, "scenario": {"s"}}
	if p := user.post("/demands", "/demands", wish); p.status == http.StatusSeeOther || !strings.Contains(p.body, `<option value="civil" selected`) {
		t.Errorf("a refused form loses whom it named: %d", p.status)
	}
	wish.Set("what", "w")
	user.must(user.post("/demands", "/demands", wish))
	answer := steward.page("/demands")
	answer = answer[strings.Index(answer, "/answer"):strings.LastIndex(answer, "/answer")] // the last form is the refusal's
	if !strings.Contains(answer, `<option value="other">Body other`) || strings.Contains(answer, `<option value="civil"`) {
		t.Error("who was asked does not choose among the others who should list it")
	}
}

// Where departments are too many to choose from, their name is typed; what names none
// is refused and kept.
func TestADemandTakesTheNameOfADepartment(t *testing.T) {
	w := newWorld(t)
	user := w.signedIn("li@tax", "zh-Hans")
	wish := url.Values{"of": {"没有这个局"}, "name": {"婚姻登记"}, "what": {"w"}, "law": {"民法典"}, "article": {"1049"}, "purpose": {"p"}, "scenario": {"s"}}
	if p := user.post("/demands", "/demands", wish); p.status == http.StatusSeeOther {
		t.Error("a demand of nobody was taken")
	}
	wish.Set("of", " 数据局 ")
	if body := user.page(user.must(user.post("/demands", "/demands", wish))); !strings.Contains(body, "数据局") {
		t.Errorf("whom the demand names: %s", body)
	}
}

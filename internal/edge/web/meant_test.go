package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// Who comes to a page that is not theirs is told whose it is and where theirs begins:
// no resident is told of a command, and nobody who is signed in to sign in.
func TestAPageOfOthersSaysWhoseItIs(t *testing.T) {
	w := newWorld(t)
	for _, lang := range []string{"en", "zh-CN"} {
		resident, officer := w.visitor(lang), w.signedIn("li@tax", lang)
		resident.must(resident.post("/mine", "/mine/demo", url.Values{"resident": {"0"}}))
		said := map[string][]string{"en": {"meant for somebody else", "data steward begins the day", "steward", "a person names who may act", "every person", "the data authority admits bodies"}, "zh-CN": {"不是给您用的", "数据管理员从这里开始", "数据管理员", "本人在这里指定谁可以代办", "每个人", "接纳成员单位"}}[lang]
		for _, c := range []struct {
			who         *visitor
			path, start string
			says        []string
		}{
			{resident, "/desk", "/mine", []string{said[0], said[1], said[2]}},
			{resident, "/requests", "/mine", nil},
			{resident, "/officers", "/mine", nil},
			{resident, "/accesses", "/mine", nil},
			{resident, "/members", "/mine", []string{said[0], said[5]}},
			{resident, "/corrections", "/mine", []string{said[0]}},
			{resident, "/counter", "/mine", nil},
			{officer, "/mandates", "/desk", []string{said[0], said[3], said[4]}},
			{officer, "/audit", "/desk", []string{said[0]}},
			{officer, "/counter", "/desk", []string{said[0]}},
			{officer, "/members", "/desk", nil},
		} {
			p := c.who.get(c.path)
			if p.status == http.StatusOK && c.says == nil {
				continue // theirs to read, though no menu leads there
			}
			main := p.body[strings.Index(p.body, "<main"):]
			if p.status < 400 || p.status >= 500 || strings.Contains(main, "fontis officer") || strings.Contains(main, "Authorization:") || strings.Contains(main, "caller") {
				t.Errorf("%s in %s: %d %s", c.path, lang, p.status, main)
			}
			for _, s := range append(c.says, `href="`+c.start+`"`) {
				if !strings.Contains(main, s) {
					t.Errorf("%s in %s does not say %q: %s", c.path, lang, s, main)
				}
			}
			checkPage(t, lang, c.path, p.body)
			if c.who == resident && c.says != nil && p.status != http.StatusForbidden {
				t.Errorf("%s answers a resident who is signed in with %d", c.path, p.status)
			}
			if at := c.who.get(c.start); at.status != http.StatusOK {
				t.Errorf("%s leads to %s, which answers %d", c.path, c.start, at.status)
			}
		}
	}
}

// A resident's list of changes of a status is about themself, and leads to where they
// contest.
func TestChangesOfAStatusSpeakToThePersonWhomTheyConcern(t *testing.T) {
	w := newWorld(t)
	resident, officer := w.visitor("en"), w.signedIn("li@tax", "en")
	resident.must(resident.post("/mine", "/mine/demo", url.Values{"resident": {"0"}}))
	own, desk := resident.page("/status-acts"), officer.page("/status-acts")
	for _, s := range []string{"each change of your own status", "No body of this platform has changed a status of yours", `<a href="/contests">`} {
		if !strings.Contains(own, s) || strings.Contains(desk, s) && !strings.HasPrefix(s, "<a") {
			t.Errorf("%q: in the resident's page %v, in the officer's %v", s, strings.Contains(own, s), strings.Contains(desk, s))
		}
	}
	if strings.Contains(own, "A steward proposes") || strings.Contains(own, `class="filter"`) {
		t.Error("a resident's empty list speaks to officers")
	}
}

// The ordinary page of mandates offers only what a person can name alone.
func TestTheViewIsNotOfferedWhereOnlyACounterNamesIt(t *testing.T) {
	w := newWorld(t)
	v := w.visitor("en")
	v.must(v.post("/mine", "/mine/demo", url.Values{"resident": {"0"}}))
	if body := v.page("/mandates"); strings.Contains(body, `name="acts" value="view"`) || !strings.Contains(body, `name="acts" value="contest"`) {
		t.Errorf("the form offers: %s", body)
	}
}

// A department that holds its own entries stands in one list of choices, not in two.
func TestWhoHoldsIsNoChoiceTwice(t *testing.T) {
	w := newWorld(t)
	entry := func(m vocab.MemberID, code, provider string) {
		t.Helper()
		by := apptest.Officer(m, vocab.Steward)
		d, err := w.Catalog.Create(t.Context(), by, entry.Dataset{
			Code: code, Name: entry.Text{ZH: "登记 " + code}, Provider: provider, Subject: vocab.LegalEntity, Origin: vocab.Government, Cycle: vocab.Daily, Share: vocab.Conditional, ShareCondition: "依申请",
		})
		if err == nil {
			_, err = apptest.Publish(t.Context(), w.App, by, d.ID, d.Rev)
		}
		if err == nil {
			err = w.Catalog.Settled(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	entry(apptest.Civil, "a", "Body civil")
	entry(apptest.Tax, "b", "Body tax")
	v := w.visitor("en")
	if body := v.page("/search"); !strings.Contains(body, "<h3>Held by</h3>") || strings.Contains(body, "<h3>Department</h3>") {
		t.Errorf("the same choice stands twice: %s", body)
	}
	entry(apptest.Tax, "c", "Body of others")
	if body := v.page("/search"); !strings.Contains(body, "<h3>Held by</h3>") || !strings.Contains(body, "<h3>Department</h3>") {
		t.Errorf("another department is no choice: %s", body)
	}
}

// What is worth knowing about a source's account is said in the reader's language.
func TestTheNotesOfASourceAreInTheReadersLanguage(t *testing.T) {
	w := newWorld(t)
	w.grant()
	note := `{"report":{"notes":["the file's mode lets this process write; it is opened read-only all the same"]}}`
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "UPDATE access_source SET report = $1", note)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "the file&#39;s mode lets", "zh-CN": "始终以只读方式打开"} {
		if body := w.signedIn("li@civil", lang).page("/sources/residents"); !strings.Contains(body, want) {
			t.Errorf("%s: %s", lang, body)
		}
	}
}

// A number of a person that cannot be right is refused in the reader's language.
func TestAWrongNumberIsRefusedInTheReadersLanguage(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	v := w.signedIn("li@tax", "zh-CN")
	p := v.post("/compare?grant="+string(g.ID), "/compare", url.Values{"grant": {string(g.ID)}, "subject_kind": {"citizen"}, "subject": {"310101199001011"}, "value " + string(apptest.Born): {"1990-01-01"}, "case": {"P-1"}, "purpose": {"pension"}})
	if p.status == http.StatusSeeOther || !strings.Contains(p.body, "旧的15位号码") || strings.Contains(wrongOf(p.body), "15-digit") {
		t.Errorf("%d %s", p.status, wrongOf(p.body))
	}
}

// A mandate leads nowhere that it does not reach: who may only contest for somebody
// is not sent to the record of that person, not by the menu, nor by the first page,
// nor by the page that refuses, in full pages or in plain ones.
func TestAMandateLeadsOnlyWhereItReaches(t *testing.T) {
	w := newWorld(t)
	number, _ := apptest.Citizen(5)
	principal := w.person("en")
	principal.must(principal.post("/mandates", "/mandates", url.Values{"kind": {"agent"}, "agent_kind": {"citizen"}, "agent": {number}, "acts": {"contest"}, "until": {time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}}))
	for _, lang := range []string{"en", "zh-CN"} {
		_, permit, err := w.Identity.IssueDemoSelf(t.Context(), vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number})
		if err != nil {
			t.Fatal(err)
		}
		agent := w.visitor(lang)
		agent.must(agent.post("/mine", "/mine", url.Values{"permit": {permit.Reveal()}}))
		enter := regexp.MustCompile(`action="(/mandates/[^"]+/enter)"`).FindStringSubmatch(agent.page("/mandates"))
		if enter == nil {
			t.Fatal("the mandate does not stand there")
		}
		if to := agent.must(agent.post("/mandates", enter[1], nil)); to != "/contests?done=mandate_entered" {
			t.Errorf("the mandate begins at %s", to)
		}
		for path, status := range map[string]int{"/contests": http.StatusOK, "/": http.StatusOK, "/search": http.StatusOK, "/mine": http.StatusForbidden, "/no-such-page": http.StatusNotFound, "/desk": 0} {
			p := agent.get(path)
			if status != 0 && p.status != status {
				t.Errorf("%s: %d, want %d", path, p.status, status)
			}
			for _, shut := range []string{"/mine", "/authorisations", "/mandates"} {
				if strings.Contains(p.body, `href="`+shut+`"`) {
					t.Errorf("%s in %s leads to %s, which the mandate does not name", path, lang, shut)
				}
			}
			if !strings.Contains(p.body, `href="/contests"`) {
				t.Errorf("%s in %s does not lead to what the mandate names: %s", path, lang, p.body)
			}
			checkPage(t, lang, path, p.body)
		}
		agent.must(agent.post("/display", "/display", url.Values{"manner": {"plain"}, "back": {"/"}}))
		body := agent.page("/care")
		for path, led := range map[string]bool{"/care/wrong": true, "/care/person": true, "/care/who": false, "/care/allowed": false, "/care/helper": false} {
			if strings.Contains(body, `href="`+path+`"`) != led {
				t.Errorf("%s: led there %v, want %v", path, !led, led)
			}
		}
	}
}

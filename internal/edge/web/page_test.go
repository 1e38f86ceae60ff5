package web_test

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"fontis/internal/app/apptest"
	"fontis/internal/edge/text"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	pages "fontis/web"
)

// paths are every page that can be read, with ids that stand.
func (w *world) paths(set string) []string {
	out := []string{
		"/", "/sign-in", "/invitation", "/mine", "/search", "/search?q=人口", "/search?share_type=conditional&from=20", "/datasets/" + set,
		"/datasets/" + set + "/edit", "/datasets/" + set + "/items", "/datasets/" + set + "/items?item=born", "/datasets/new", "/desk", "/todo",
		"/todo/publish", "/todo/secrecy", "/todo/share_type", "/todo/legal_basis", "/sources", "/sources/residents", "/bind?item=" + set + "/born", "/members", "/members/civil", "/officers",
		"/officers/li@civil", "/machines", "/notices", "/requests", "/requests?side=own", "/grants", "/grants?side=held", "/compare", "/batches", "/accesses",
		"/accesses?side=caller", "/import", "/contests", "/contests/new", "/contests/new?item=" + set + "/born", "/corrections", "/status-acts",
		"/mydata", "/authorisations", "/emergencies", "/demands", "/changes", "/datasets/" + set + "/review", "/lists", "/lists/negative", "/lists/negative?of=civil", "/coverage", "/lapses", "/deferrals", "/rules", "/retention", "/audit/draws", "/audit/cases", "/audit/reports", "/help", "/help/steward", "/notices/mail", "/check", "/forms", "/kept",
	}
	return out
}

func TestEveryPageStandsInBothLanguages(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	steward := w.signedIn("li@civil", "en")
	set := newEntry(t, w, steward)
	for _, lang := range []string{"en", "zh-CN"} {
		chief, officer, user, nobody := w.signedIn("chief@bureau", lang), w.signedIn("li@civil", lang), w.signedIn("li@tax", lang), w.visitor(lang)
		for _, path := range w.paths(set) {
			checkPage(t, lang, path, officer.page(path))
		}
		for _, path := range []string{"/oversight", "/members", "/members/civil", "/officers?member=civil", "/health", "/machines"} {
			checkPage(t, lang, path, chief.page(path))
		}
		for _, path := range []string{"/request?dataset=" + set, "/grants/" + string(g.ID), "/compare?grant=" + string(g.ID), "/batches?grant=" + string(g.ID)} {
			checkPage(t, lang, path, user.page(path))
		}
		for _, path := range []string{"/", "/sign-in", "/invitation", "/mine", "/search", "/keys", "/datasets/" + set, "/check", "/forms", "/kept", "/lists", "/lists/negative"} {
			checkPage(t, lang, path, nobody.page(path))
		}
		if p := nobody.get("/nowhere"); p.status != http.StatusNotFound {
			t.Errorf("no page: %d", p.status)
		} else {
			checkPage(t, lang, "/nowhere", p.body)
		}
	}
	if strings.Contains(w.diary.String(), "could not be written") {
		t.Error(w.diary.String())
	}
}

func void(name string) bool {
	return slices.Contains([]string{"meta", "link", "img", "input", "br"}, name)
}

// checkPage reads a page as a strict reader would: every element closes in its
// order, nothing runs, nothing styles itself, every form carries its token.
func checkPage(t *testing.T, lang, path, body string) {
	t.Helper()
	if !strings.HasPrefix(body, "<!DOCTYPE html>") || !strings.Contains(body, "lang=\""+map[string]string{"en": "en", "zh-CN": "zh-Hans", "fr": "fr"}[lang]+"\"") {
		t.Errorf("%s in %s: no page in that language", path, lang)
	}
	if _, crumbs, ok := strings.Cut(body, `<nav class="crumbs"`); ok {
		crumbs, _, _ = strings.Cut(crumbs, "</nav>")
		said := regexp.MustCompile(`">([^<]+)</a>`).FindAllStringSubmatch(crumbs, -1)
		for i := 1; i < len(said); i++ {
			if said[i][1] == said[i-1][1] {
				t.Errorf("%s in %s: two pages above it are both called %q", path, lang, said[i][1])
			}
		}
	}
	z := html.NewTokenizer(strings.NewReader(body))
	var open []string
	ids := map[string]bool{}
	forms, tokens := 0, 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		tok := z.Token()
		switch kind {
		case html.StartTagToken:
			if !void(tok.Data) {
				open = append(open, tok.Data)
			}
			posts := tok.Data == "form"
			for _, a := range tok.Attr {
				switch {
				case strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || a.Key == "hx-live" || a.Key == "hx-vals" || a.Key == "style" || (a.Key == "href" || a.Key == "src" || a.Key == "action") && !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#"):
					t.Errorf("%s in %s: %s has %s=%q", path, lang, tok.Data, a.Key, a.Val)
				case a.Key == "id" && ids[a.Val]:
					t.Errorf("%s in %s: id %s stands twice", path, lang, a.Val)
				case a.Key == "id":
					ids[a.Val] = true
				case a.Key == "method" && a.Val == "get":
					posts = false
				case a.Key == "name" && a.Val == "form_token":
					tokens++
				}
			}
			if posts {
				forms++
			}
			data := tok.Data == "script" && len(tok.Attr) == 1 && tok.Attr[0].Key == "type" && tok.Attr[0].Val == "application/ld+json" // it runs nowhere
			if data {
				z.Next() // its text
			}
			if tok.Data == "script" && (!data && (len(tok.Attr) != 2 || !regexp.MustCompile(`^/static/(page|check\.(en|zh-Hans|fr))\.js\?v=`).MatchString(tok.Attr[0].Val)) || z.Next() != html.EndTagToken) {
				t.Errorf("%s in %s holds a script of its own", path, lang)
			} else if tok.Data == "script" {
				open = open[:len(open)-1]
			}
			if tok.Data == "style" || tok.Data == "iframe" || tok.Data == "object" {
				t.Errorf("%s in %s holds %s", path, lang, tok.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != tok.Data {
				t.Fatalf("%s in %s: </%s> closes %v", path, lang, tok.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%s in %s: %v never close", path, lang, open)
	}
	if strings.Count(body, `<p class="demo"`) != 1 {
		t.Errorf("%s in %s does not say that its people are invented", path, lang)
	}
	if forms != tokens {
		t.Errorf("%s in %s: %d forms, %d tokens", path, lang, forms, tokens)
	}
	if m := regexp.MustCompile(`>(&?\{[^<{}]*\}|map\[[^<]*\])<`).FindString(regexp.MustCompile(`(?s)<(pre|code|script)\b.*?</(pre|code|script)>`).ReplaceAllString(body, "")); m != "" {
		t.Errorf("%s in %s prints a value as programs do: %s", path, lang, m)
	}
	if strings.Contains(body, "[page.") || strings.Contains(body, "ZgotmplZ") || strings.Contains(body, "<no value>") {
		t.Errorf("%s in %s has a hole: %s", path, lang, body)
	}
	if lang != "zh-CN" {
		return
	}
	if m := regexp.MustCompile(`\p{Han}[：。，；](</(strong|bdi|span|a)>)? (<(strong|bdi|span|a|code)[^>]*>)?\p{Han}`).FindString(body); m != "" {
		t.Errorf("%s: a blank after full-width punctuation: %q", path, m)
	}
	plain := regexp.MustCompile(`(?s)<pre.*?</pre>|<code.*?</code>|<[^>]*lang="en".*?</`).ReplaceAllString(body, "")
	if m := regexp.MustCompile(`\p{Han}[,;:?!.]\s*[\p{Han}<]`).FindString(regexp.MustCompile(`</?[^>]*>`).ReplaceAllString(plain, "")); m != "" {
		t.Errorf("%s: half-width punctuation in Chinese: %q", path, m)
	}
}

var keyOf = regexp.MustCompile(`\bt "([a-z0-9A-Z_.-]+)"`)

// Every sentence that a template names stands in the catalog, whether or not a
// test reaches its branch.
func TestEverySentenceOfATemplateStands(t *testing.T) {
	texts, err := text.Load(pages.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(pages.Templates, "templates/*.html")
	if err != nil || len(files) < 30 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		b, err := fs.ReadFile(pages.Templates, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range keyOf.FindAllStringSubmatch(string(b), -1) {
			if _, err := texts.Get(text.English, m[1]); err != nil {
				t.Errorf("%s: %v", f, err)
			}
		}
		page := strings.TrimSuffix(strings.TrimPrefix(f, "templates/"), ".html")
		if _, err := texts.Get(text.English, "page."+page+".title"); err != nil && page != "layout" && page != "parts" {
			t.Errorf("%s has no title: %v", f, err)
		}
		if regexp.MustCompile(`\p{Han}`).MatchString(strings.ReplaceAll(string(b), "中文", "")) {
			t.Errorf("%s holds Chinese text of its own", f)
		}
	}
}

func TestEveryFormNeedsTheTokenOfItsSession(t *testing.T) {
	w := newWorld(t)
	steward, stranger := w.signedIn("li@civil", "en"), w.signedIn("li@tax", "en")
	foreign, key := stranger.secrets("/machines")
	var paths []string
	for _, r := range w.site.Routes() {
		if r.Act != nil {
			paths = append(paths, r.Path)
		}
	}
	if len(paths) < 30 {
		t.Fatalf("only %d forms", len(paths))
	}
	for _, path := range paths {
		path = regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, "x")
		for name, token := range map[string]string{"none": "", "another session's": foreign} {
			p := steward.raw(path, url.Values{"form_token": {token}, "form_key": {key}, "login": {"li@civil"}, "password": {strong}})
			if p.status == http.StatusSeeOther || !strings.Contains(p.body, "The form is too old") && p.status != http.StatusNotFound {
				t.Errorf("%s with the token of %s: %d to %q", path, name, p.status, p.to)
			}
		}
		if p := w.visitor("en").raw(path, url.Values{"login": {"li@civil"}, "password": {strong}}); p.status == http.StatusSeeOther && p.to != "/sign-in" && p.to != "/care/in" { // a person comes in by a door of their own
			t.Errorf("%s from nobody: %d to %q", path, p.status, p.to)
		}
	}
}

var volatile = regexp.MustCompile(`[0-9a-f]{32}|name="form_(?:key|token)" value="[^"]+"|As of [0-9: -]+`)

// What is another member's looks as what does not exist, on every page.
func TestForeignLooksAsMissing(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	steward, user, other := w.signedIn("li@civil", "en"), w.signedIn("li@tax", "en"), w.signedIn("li@other", "en")
	set := newEntry(t, w, steward)
	draft := steward.must(steward.post("/datasets/new", "/datasets/new", url.Values{"name_en": {"Hidden"}, "provider": {"Civil"}}))
	draft = strings.Split(strings.TrimPrefix(draft, "/datasets/"), "/")[0]
	request := user.draft(set)
	answer, err := w.Door.Ask(t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), (&apptest.World{Grant: g}).Ask(3, "1960-01-01"))
	if err != nil {
		t.Fatal(err)
	}
	machine := machineOf(t, w)
	contest := raised(t, w, set)
	for _, c := range []struct{ foreign, missing string }{
		{"/datasets/" + draft, "/datasets/none"},
		{"/datasets/" + draft + "/edit", "/datasets/none/edit"},
		{"/datasets/" + draft + "/items", "/datasets/none/items"},
		{"/requests/" + strings.TrimPrefix(request, "/requests/"), "/requests/none"},
		{request + "/ask/why", "/requests/none/ask/why"},
		{request + "/ask/check", "/requests/none/ask/check"},
		{request + "/supply", "/requests/none/supply"},
		{request + "/try", "/requests/none/try"},
		{"/grants/" + string(g.ID), "/grants/none"},
		{"/compare?grant=" + string(g.ID), "/compare?grant=none"},
		{"/sources/residents", "/sources/none"},
		{"/bind?item=" + draft + "/born", "/bind?item=none/born"},
		{"/accesses/" + string(answer.Trace), "/accesses/" + strings.Repeat("0", 32)},
		{"/accesses/" + string(answer.Trace) + "/receipt", "/accesses/" + strings.Repeat("0", 32) + "/receipt"},
		{"/accesses/" + string(answer.Trace) + "/receipt/intent.receipt", "/accesses/" + strings.Repeat("0", 32) + "/receipt/intent.receipt"},
		{"/members/civil", "/members/none"},
		{"/officers/li@civil", "/officers/none@civil"},
		{"/officers?member=civil", "/officers?member=none"},
		{"/batches/b-none", "/batches/none"},
		{"/import/up-1", "/import/none"},
		{"/import/up-1/result", "/import/none/result"},
		{contest, "/contests/none"},
	} {
		a, b := other.get(c.foreign), other.get(c.missing)
		if a.status != b.status || a.status != http.StatusNotFound || same(a.body, c.foreign) != same(b.body, c.missing) {
			t.Errorf("%s: %d\n%s\n%s: %d\n%s", c.foreign, a.status, wrongOf(a.body), c.missing, b.status, wrongOf(b.body))
		}
	}
	for _, c := range []struct {
		path, foreign, missing string
		form                   url.Values
	}{
		{"/machines/revoke", "", "", url.Values{"id": {string(machine)}}},
		{"/datasets/%/publish", draft, "none", url.Values{"rev": {"1"}}},
		{"/datasets/%/drop", draft, "none", url.Values{"rev": {"1"}}},
		{"/grants/%/end", string(g.ID), "none", url.Values{"reason": {"x"}}},
		{request[:10] + "%/withdraw", strings.TrimPrefix(request, "/requests/"), "none", nil},
		{"/officers/%/invite", "li@civil", "none@civil", nil},
		{"/requests/%/take/dispute", strings.TrimPrefix(request, "/requests/"), "none", url.Values{"reason": {"x"}}},
		{"/requests/%/certify", strings.TrimPrefix(request, "/requests/"), "none", url.Values{"method": {"x"}, "what": {"x"}, "on": {"2026-01-01"}}},
		{"/contests/%/withdraw", strings.TrimPrefix(contest, "/contests/"), "none", nil},
		{"/contests/%/open", strings.TrimPrefix(contest, "/contests/"), "none", nil},
		{"/members/%", "civil", "none", url.Values{"to": {"suspended"}, "reason": {"x"}}},
	} {
		a := other.post("/machines", strings.ReplaceAll(c.path, "%", c.foreign), c.form)
		form := c.form
		if c.path == "/machines/revoke" {
			form = url.Values{"id": {"k-none"}}
		}
		b := other.post("/machines", strings.ReplaceAll(c.path, "%", c.missing), form)
		if a.status != b.status || a.status == http.StatusSeeOther || same(a.body, c.foreign) != same(b.body, c.missing) {
			t.Errorf("%s: %d\n%s\n%d\n%s", c.path, a.status, wrongOf(a.body), b.status, wrongOf(b.body))
		}
	}
}

func machineOf(t *testing.T, w *world) vocab.MachineID {
	t.Helper()
	steward := w.signedIn("li@civil", "en")
	to := steward.must(steward.post("/machines", "/machines", url.Values{"system": {"intake"}, "roles": {"user"}, "expires": {time.Now().AddDate(0, 6, 0).Format(time.DateOnly)}}))
	page := steward.page(to)
	if !strings.Contains(page, "The token") {
		t.Fatalf("no token is shown: %s", page)
	}
	if again := steward.page(to); strings.Contains(again, "The token</h2>") {
		t.Error("the token is shown a second time")
	}
	m := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(page)
	return vocab.MachineID(m[1])
}

// same is a page without what differs at every reading, and without the id asked for.
func same(body, path string) string {
	body = volatile.ReplaceAllString(body, "*")
	for _, part := range regexp.MustCompile(`[/=?]`).Split(path, -1) {
		if len(part) > 3 && part != "officers" && part != "datasets" {
			body = strings.ReplaceAll(body, part, "none")
		}
	}
	return body
}

// Every value is text: script, marks of markup, 300 signs, and writing from
// right to left stand on the pages as they were typed.
func TestEveryValueIsShownAsText(t *testing.T) {
	w := newWorld(t)
	steward := w.signedIn("li@civil", "en")
	long := strings.Repeat("很长的名称", 60)
	for _, value := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onclick='x`, `{{.}}`, `javascript:alert(1)`, long, "سجل السكان المقيمين", "\u202etxet"} {
		form := url.Values{"provider": {"Civil"}}
		for _, f := range []string{"name_zh", "name_en", "abstract_zh", "abstract_en", "provider", "source_system", "theme", "share_scope", "maintainer", "service_info"} {
			form.Set(f, value)
		}
		p := steward.post("/datasets/new", "/datasets/new", form)
		checkPage(t, "en", "/datasets/new", steward.page("/datasets/new"))
		if p.status != http.StatusSeeOther {
			checkPage(t, "en", "/datasets/new", p.body)
			continue
		}
		set := strings.Split(strings.TrimPrefix(p.to, "/datasets/"), "/")[0]
		for _, path := range []string{"/datasets/" + set, "/datasets/" + set + "/edit", "/datasets/" + set + "/items", "/desk", "/todo", "/todo/share_type", "/search?q=" + url.QueryEscape(value), "/search?theme=" + url.QueryEscape(value)} {
			body := steward.page(path)
			checkPage(t, "en", path, body)
			if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") {
				t.Errorf("%s runs %q", path, value)
			}
		}
	}
}

// A form that failed comes back with what was typed, except secrets.
func TestAFailedFormKeepsWhatWasTyped(t *testing.T) {
	w := newWorld(t)
	v := w.visitor("zh-CN")
	p := v.post("/sign-in", "/sign-in", url.Values{"login": {`li"<b>`}, "password": {"wrong secret words"}})
	if p.status == http.StatusSeeOther || !strings.Contains(p.body, `value="li&#34;&lt;b&gt;"`) || strings.Contains(p.body, "wrong secret words") {
		t.Errorf("sign in: %d %s", p.status, p.body)
	}
	checkPage(t, "zh-CN", "/sign-in", p.body)
	for _, part := range []string{"登录没有成功", "如何处理", string(p.header.Get("X-Trace"))} {
		if !strings.Contains(p.body, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	steward := w.signedIn("li@civil", "en")
	p = steward.post("/sources", "/sources", url.Values{"id": {"a-source"}, "address": {"nowhere://x"}, "password": {"source secret"}})
	if p.status == http.StatusSeeOther || !strings.Contains(p.body, `value="nowhere://x"`) || strings.Contains(p.body, "source secret") {
		t.Errorf("source: %d %s", p.status, wrongOf(p.body))
	}
}

// The same form sent twice does its act once and goes where the first went.
func TestTheSameFormTwiceActsOnce(t *testing.T) {
	w := newWorld(t)
	steward := w.signedIn("li@civil", "en")
	token, key := steward.secrets("/machines")
	form := url.Values{"form_token": {token}, "form_key": {key}, "system": {"twice"}, "roles": {"user"}, "expires": {time.Now().AddDate(0, 6, 0).Format(time.DateOnly)}}
	first, second := steward.must(steward.raw("/machines", form)), steward.must(steward.raw("/machines", form))
	list, err := w.Identity.Machines(t.Context(), apptest.Officer(apptest.Civil, vocab.Steward), apptest.Civil, identity.Page{})
	if err != nil || len(list) != 1 || first != second {
		t.Errorf("%d machines, %v; %s and %s", len(list), err, first, second)
	}
	form.Set("system", "altered")
	if p := steward.raw("/machines", form); p.status != http.StatusConflict {
		t.Errorf("the same key with another content: %d", p.status)
	}
}

func TestCookiesAndHeadersAreStrict(t *testing.T) {
	w := newWorld(t)
	p := w.visitor("en").post("/sign-in", "/sign-in", url.Values{"login": {"li@civil"}, "password": {strong}})
	cookie := p.header.Get("Set-Cookie")
	if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("the session's cookie: %s", cookie)
	}
	csp := p.header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "script-src 'self';") || strings.Contains(csp, "http") {
		t.Errorf("policy: %s", csp)
	}
	for _, next := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "javascript:x"} {
		p := w.visitor("en").post("/sign-in", "/sign-in", url.Values{"login": {"li@civil"}, "password": {strong}, "next": {next}})
		if p.to != "/desk" {
			t.Errorf("next=%s leads to %s", next, p.to)
		}
	}
	v := w.signedIn("li@civil", "en")
	v.must(v.post("/machines", "/sign-out", nil))
	if p := v.get("/desk"); p.status != http.StatusSeeOther {
		t.Errorf("signed out and still there: %d", p.status)
	}
	v.must(v.post("/sign-in", "/language", url.Values{"to": {"zh-Hans"}, "back": {"/sign-in"}}))
	if body := v.page("/sign-in"); !strings.Contains(body, `<html lang="zh-Hans">`) {
		t.Error("the chosen language does not hold")
	}
}

// What would need code in an attribute is in no template: the policy forbids it,
// and only the core attributes of htmx stand.
func TestTemplatesHoldNoCode(t *testing.T) {
	files, err := fs.Glob(pages.Templates, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	attribute := regexp.MustCompile(`\bhx-([a-z-]+)(?:="([^"]*)")?`)
	core := []string{"get", "post", "target", "swap", "select", "push-url", "trigger"}
	for _, f := range files {
		b, err := fs.ReadFile(pages.Templates, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range attribute.FindAllStringSubmatch(string(b), -1) {
			if !slices.Contains(core, m[1]) {
				t.Errorf("%s: hx-%s is not a core attribute", f, m[1])
			}
			if m[1] == "trigger" && strings.ContainsAny(m[2], "[]") {
				t.Errorf("%s: a filter in %s", f, m[0])
			}
		}
		// A block of data runs nowhere: it alone may stand between the marks of a script.
		b = bytes.ReplaceAll(b, []byte(`<script type="application/ld+json">{{.}}</script>`), nil)
		if m := regexp.MustCompile(`(?i)\son[a-z]+=|\sstyle=|javascript:|"js:|<style|<script(?: src="/static/(?:page|check\.\{\{\.Lang\}\})\.js\?v=\{\{\.Style\}\}" defer></script>)?`).FindAllString(string(b), -1); len(m) > 0 {
			for _, x := range m {
				if f != "templates/layout.html" && f != "templates/check.html" || !strings.HasSuffix(x, "defer></script>") {
					t.Errorf("%s holds %q", f, x)
				}
			}
		}
	}
}

// A made file is kept for a year under its version, goes out packed, and is asked
// for again when its version is not named.
func TestMadeFilesAreKeptByVersion(t *testing.T) {
	v := newWorld(t).visitor("en")
	at := regexp.MustCompile(`/static/page\.(?:css|js)\?v=[0-9a-f]+`).FindAllString(v.page("/"), -1)
	if len(at) != 2 {
		t.Fatal(at)
	}
	for _, path := range at {
		if h := v.get(path).header; !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("Content-Type") == "" {
			t.Errorf("%s: %v", path, h)
		}
		bare, _, _ := strings.Cut(path, "?")
		if h := v.get(bare).header; h.Get("Cache-Control") != "no-cache" || h.Get("ETag") == "" {
			t.Errorf("%s: %v", bare, h)
		}
	}
	if p := v.get("/static/none.css"); p.status != http.StatusNotFound {
		t.Errorf("a file that is none: %d", p.status)
	}
}

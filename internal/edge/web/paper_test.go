package web_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/paper"
)

// settings are forms that ask nobody for anything: how the pages look, who is
// there, what was read. They need no paper.
var settings = []string{"/language", "/display", "/sign-out", "/notices", "/mine/demo"}

// onPaper holds every form that stands on a person's pages against the blank form
// that its route names: what the one asks, the other asks in the same words.
func (w *world) onPaper(v *visitor, paths ...string) {
	w.t.Helper()
	routes, byPattern := http.NewServeMux(), map[string]page.Route{}
	for _, r := range w.site.Routes() {
		if r.Act != nil {
			routes.Handle("POST "+r.Path, http.NotFoundHandler())
			byPattern["POST "+r.Path] = r
		}
	}
	for _, path := range paths {
		for action, labels := range formsOf(w.t, v.page(path)) {
			if slices.Contains(settings, action) {
				continue
			}
			_, pattern := routes.Handler(httptest.NewRequest(http.MethodPost, action, nil))
			r := byPattern[pattern]
			if !slices.Contains(paper.Names(), r.Paper) {
				w.t.Errorf("%s: a person sends the form %s, which no paper stands for", path, action)
				continue
			}
			sheet := v.page("/forms/" + r.Paper)
			checkPage(w.t, v.lang, "/forms/"+r.Paper, sheet)
			for _, l := range labels {
				if !strings.Contains(sheet, ">"+l+"<") {
					w.t.Errorf("%s asks for %q, the paper %s does not", action, l, r.Paper)
				}
			}
		}
	}
}

// formsOf are the forms that a page sends, with the names of what they ask.
func formsOf(t *testing.T, body string) map[string][]string {
	t.Helper()
	top, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for n := range top.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" || attribute(n, "method") != "post" {
			continue
		}
		labels := out[attribute(n, "action")]
		for d := range n.Descendants() {
			if (d.Data == "label" && attribute(d, "class") == "label" || d.Data == "legend") && d.FirstChild != nil {
				labels = append(labels, strings.TrimSpace(d.FirstChild.Data))
			}
		}
		out[attribute(n, "action")] = labels
	}
	return out
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Every paper is on the list, in both languages, and belongs to a form.
func TestEveryPaperBelongsToAForm(t *testing.T) {
	w := newWorld(t)
	used := map[string]bool{}
	for _, r := range w.site.Routes() {
		if r.Paper != "" && r.Act != nil {
			used[r.Paper] = true
		}
	}
	for _, lang := range []string{"en", "zh-CN"} {
		v := w.visitor(lang)
		list := v.page("/forms")
		for _, name := range paper.Names() {
			if !used[name] || !strings.Contains(list, `href="/forms/`+name+`"`) {
				t.Errorf("%s stands for no form, or is not on the list", name)
			}
			checkPage(t, lang, "/forms/"+name, v.page("/forms/"+name))
		}
	}
	if p := w.visitor("en").get("/forms/none"); p.status != http.StatusNotFound {
		t.Errorf("a paper that is none: %d", p.status)
	}
	if body := w.person("en").page("/mine"); !strings.Contains(body, `href="/forms/view"`) {
		t.Error("a person's own view does not lead to its paper")
	}
}

// digital is every way in which a person acts here, with the blank form that does
// the same on paper; a clerk at a counter enters it, or opens the person's own page
// on the counter's device.
var digital = map[string]string{
	"/mine": paper.View, "/care/in": paper.View, "/mandates": paper.Mandate, "/mandates/{id}/{act}": paper.Mandate,
	"/contests/new": paper.Contest, "/contests/{id}/open": paper.Step, "/contests/{id}/{act}": paper.Step,
	"/authorisations/{id}/offer": paper.Authorise, "/authorisations/{id}/withdraw": paper.Withdraw,
	"/notices/mail": paper.Mail, "/notices/mail/{id}/{act}": paper.Mail,
	"/care/wrong": paper.Contest, "/care/helper/new": paper.Mandate, "/care/helper/{id}/{act}": paper.Mandate,
	"/care/allowed/{id}": paper.Authorise, "/care/allowed/{id}/stop": paper.Withdraw,
}

// Every digital path of a person has a paper and a counter: what a person can send
// is in the table, and what is not refuses a person.
func TestEveryDigitalPathHasItsPaperAndItsCounter(t *testing.T) {
	w := newWorld(t)
	self, clerk := w.person("zh-CN"), w.visitor("en")
	set := newEntry(t, w, w.signedIn("li@civil", "en"))
	routes, stand := http.NewServeMux(), map[string]string{} // the forms that a person finds, and where
	for _, r := range w.site.Routes() {
		if r.Act != nil {
			routes.Handle("POST "+r.Path, http.NotFoundHandler())
		}
	}
	for _, path := range append(w.paths(set), "/mandates", raised(t, w, set)) {
		if p := self.get(path); p.status == http.StatusOK {
			for action := range formsOf(t, p.body) {
				_, pattern := routes.Handler(httptest.NewRequest(http.MethodPost, action, nil))
				stand[pattern] = path
			}
		}
	}
	everybody := append(slices.Clone(settings), "/keys", "/sign-in", "/invitation", "/care/in/demo")
	met := 0
	for _, r := range w.site.Routes() {
		if r.Act == nil || slices.Contains(everybody, r.Path) {
			continue
		}
		if name, ok := digital[r.Path]; ok {
			met++
			if stand["POST "+r.Path] == "" && !strings.HasPrefix(r.Path, "/care") && strings.Count(r.Path, "{") == 0 && r.Path != "/mine" {
				t.Errorf("no page of a person holds the form %s", r.Path)
			}
			if sheet := clerk.page("/forms/" + name); r.Paper != name || !strings.Contains(sheet, "Filled in at the counter") {
				t.Errorf("%s: its paper is %q, the table says %s", r.Path, r.Paper, name)
			}
			if !strings.Contains(clerk.page("/forms"), `href="/forms/`+name+`"`) {
				t.Errorf("%s is not on the list", name)
			}
			continue
		}
		at := regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(r.Path, "x")
		if p := self.post("/mine", at, nil); p.status < http.StatusBadRequest || p.status >= http.StatusInternalServerError {
			t.Errorf("a person sends %s, which no paper stands for: %d to %q", r.Path, p.status, p.to)
		}
		if where := stand["POST "+r.Path]; where != "" {
			t.Errorf("a person finds the form %s on %s, and no paper stands for it", r.Path, where)
		}
	}
	if met != len(digital) {
		t.Errorf("%d of %d paths stand", met, len(digital))
	}
}

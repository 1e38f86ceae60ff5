package page

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"fontis/internal/edge/problem"
	"fontis/internal/edge/text"
	"fontis/internal/vocab"
)

// frame is what stands around every page.
type frame struct {
	Lang     text.Lang
	Page     string
	Node     string
	Demo     bool
	Contact  Contact
	Style    string // version of the made files
	Scheme   string // of colours: light or dark, the device's when empty
	KeysOff  bool   // no key of one letter does anything
	Plain    bool   // large print, few words, one thing at a time
	Desk     bool   // an officer's page: its menu stands beside it
	Now      time.Time
	Paper    string // the blank form on which a person asks for the same
	Keep     bool   // its reader may keep it on their device
	Crumbs   []crumb
	Headline string // what the page is about, where its struct knows
	Who      *present
	Menu     []menuLine
	Problem  *problem.Problem
	Foreign  bool // the problem's cause is in another language than the page
	Wrongs   []wrongField
	Done     string // what the last form did
	Others   []otherLang
	Manner   *Form // to plain pages, or back to the full ones
	Leave    *Form
	Main     any
}

// present is who is signed in.
type present struct {
	Officer vocab.OfficerID
	Member  Tongued
	Person  bool
	Mandate string // under which the visitor acts for another
	Unread  int
	Live    string // of the inbox
}

type menuLine struct {
	Path, Text string
	Key        string // the letter that leads there after g
	Here       bool
}

func (v *Visit) frame(page string, body any) (*frame, error) {
	f := &frame{
		Lang: v.Call.Lang, Page: page, Demo: v.Demo != nil, Contact: v.Contact, Style: v.static.Version, Main: body,
		Problem: v.wrong, Foreign: v.wrong != nil && !v.wrong.Native, Wrongs: v.wrongs, Done: v.done(), Others: v.otherLanguages(),
		Manner: v.otherManner(), Scheme: v.scheme(), KeysOff: v.KeysOff(), Plain: v.Plain(), Crumbs: v.crumbs(), Now: v.Clock.Now(),
	}
	if h, ok := body.(interface{ Headline() string }); ok && !v.shut {
		f.Headline = oneWay(h.Headline())
	}
	if v.Actor.Member == "" && !v.shut {
		f.Paper, f.Keep = v.route.Paper, v.R.Method == http.MethodGet && !v.route.Fleeting
	}
	if node, err := v.Identity.Node(v.Ctx()); err == nil {
		f.Node = node.Name
	}
	if v.Actor.Nobody() {
		return f, nil
	}
	f.Leave = v.Form(Form{Action: "/sign-out", Name: "sign_out", Inline: true})
	f.Who = &present{Officer: v.Actor.Officer, Member: v.Look().Name(v.Actor.MemberName), Person: v.Actor.IsPerson() || v.Actor.Mandate != "", Mandate: v.Actor.Mandate}
	if f.Desk = v.Actor.Member != ""; !f.Plain {
		f.Menu = v.menuOf()
	}
	if v.Actor.Mandate != "" {
		return f, nil
	}
	var err error
	if f.Who.Unread, err = v.Identity.UnreadNotices(v.Ctx(), v.Actor); err != nil && v.shut {
		return f, nil // the error page stands without it
	}
	f.Who.Live = v.Live("inbox", "")
	return f, err
}

// oneWay takes the signs that turn the direction of a text out of it: a title has
// no element to hold them in, and one of them turns all that follows.
func oneWay(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)
}

// MenuLine is one place of the menu. Roles are those that find it there; none
// means every officer. Person says that persons find it too, or alone. Who acts
// for another finds it when their mandate names one of the acts of Under.
type MenuLine struct {
	Path   string
	Key    string // the letter that leads there after g
	Roles  []vocab.Role
	Person bool
	Under  []string
}

// menuOf is what the officer's roles let them do; pages of other roles answer by
// their verbs when their address is typed.
func (v *Visit) menuOf() []menuLine {
	var out []menuLine
	for _, l := range v.menu {
		if v.offered(l) {
			here := v.R.URL.Path == l.Path || strings.HasPrefix(v.R.URL.Path, l.Path+"/")
			out = append(out, menuLine{Path: l.Path, Key: l.Key, Text: l.Path[strings.LastIndex(l.Path, "/")+1:], Here: here && !v.shut})
		}
	}
	return out
}

// done names the sentence about what the last form did, if there is one.
func (v *Visit) done() string {
	word := v.R.URL.Query().Get("done")
	if word == "" {
		word = v.over
	}
	if v.wrong != nil || word == "" || len(word) > 40 || !v.Look().Has("page.done."+word) {
		return ""
	}
	return "page.done." + word
}

// otherLang is the way to the page in another language, by that language's own name.
type otherLang struct {
	Lang text.Lang
	Name string
	Form *Form
}

func (v *Visit) otherLanguages() []otherLang {
	var out []otherLang
	for _, l := range v.Text.Langs() {
		if l == v.Call.Lang {
			continue
		}
		out = append(out, otherLang{Lang: l, Name: v.looks[l].Must("format.name"), Form: v.Form(Form{Action: "/language", Name: "language", Inline: true, Fields: []Field{
			{Name: "to", Kind: "hidden", Value: string(l)}, {Name: "back", Kind: "hidden", Value: v.here()},
		}})})
	}
	return out
}

// otherManner leads to plain pages, or back to the full ones. Desks have no plain
// form: an officer's page shows what the law asks them to look at.
func (v *Visit) otherManner() *Form {
	if v.Actor.Member != "" {
		return nil
	}
	to := "plain"
	if v.Plain() {
		to = "full"
	}
	return v.Form(Form{Action: "/display", Name: "manner_" + to, Inline: true, Fields: []Field{
		{Name: "manner", Kind: "hidden", Value: to}, {Name: "back", Kind: "hidden", Value: v.here()},
	}})
}

// here is the page to come back to: of one that a failed form brought, the page
// that the form stood on.
func (v *Visit) here() string {
	switch {
	case v.R.Method == http.MethodGet && !v.shut:
		return v.R.URL.RequestURI()
	case v.R.Method != http.MethodPost:
		return "/"
	}
	from, err := url.Parse(v.R.Referer())
	if err == nil && from.Host == v.R.Host {
		return Local(from.RequestURI())
	}
	if v.shut || v.route.Only {
		return "/"
	}
	return v.R.URL.EscapedPath()
}

// crumb is a page above this one.
type crumb struct{ Path, Text string }

// crumbs are the pages that stand above this one and are the visitor's to read:
// those whose addresses begin its own, and the one that the route names.
func (v *Visit) crumbs() []crumb {
	if v.shut || v.route.Page == "" {
		return nil
	}
	out := v.crumb(nil, v.route.Up, v.route.Up)
	said, real := strings.Split(v.route.Path, "/"), strings.Split(v.R.URL.EscapedPath(), "/")
	for n := 2; n < len(said) && n < len(real); n++ {
		out = v.crumb(out, strings.Join(said[:n], "/"), strings.Join(real[:n], "/"))
	}
	if len(out) == 0 {
		return nil
	}
	return append([]crumb{{Path: "/", Text: "home"}}, out...)
}

func (v *Visit) crumb(list []crumb, pattern, path string) []crumb {
	if pattern == "/accesses" && v.Actor.Member == "" {
		pattern, path = "/mine", "/mine" // the list is an officer's; a person's is their own view
	}
	if pattern == "/authorisations/{id}" && v.Actor.Member == "" {
		return list // what was registered is a body's; a person reads what it offers them
	}
	r, ok := v.above[pattern]
	if !ok || r.Page == v.route.Page || !r.Open && !v.finds(pattern) {
		return list
	}
	return append(list, crumb{Path: path, Text: r.Page})
}

// finds reports whether a page is the visitor's to read, as far as its address tells.
func (v *Visit) finds(pattern string) bool {
	i := slices.IndexFunc(v.menu, func(l MenuLine) bool { return l.Path == pattern })
	return !v.Actor.Nobody() && (i < 0 || v.offered(v.menu[i]))
}

// offered reports whether a line of the menu is for who is there.
func (v *Visit) offered(l MenuLine) bool {
	if v.Actor.Member == "" {
		return l.Person && (v.Actor.Mandate == "" || v.MayFor(l.Under...))
	}
	return l.Roles == nil && !l.Person || slices.ContainsFunc(l.Roles, v.Actor.Has)
}

// Party reports whether the visitor is of a body that a grant or a record binds, or
// audits both: the pages of those do not exist for others, so nothing leads there.
func (v *Visit) Party(bodies ...vocab.MemberID) bool {
	return v.Actor.Has(vocab.Auditor) || slices.ContainsFunc(bodies, v.Actor.In)
}

// Going is a place of the menu and the key that leads there.
type Going struct{ Key, Text string }

// Goings are the keys of the visitor's menu.
func (v *Visit) Goings() []Going {
	var out []Going
	for _, l := range v.menuOf() {
		if l.Key != "" {
			out = append(out, Going{Key: l.Key, Text: "page." + l.Text + ".title"})
		}
	}
	return out
}

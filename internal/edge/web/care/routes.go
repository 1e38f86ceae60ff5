// Package care is the portal for those who want it large and simple: few words,
// one question a page, everything in the order in which it is read aloud, and a
// person to talk to on every page.
//
// A page of the full portal that has its like here sends a reader of plain pages
// to it. What these pages do, they do by the same verbs; they leave out what the
// law does not need a person to say.
package care

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"fontis/internal/duty/quality"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/edge/web/entrance"
	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/paper"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/identity/token"
	"fontis/internal/trust/ledger/view"
)

// Section is these pages with what they call.
type Section struct {
	View          *view.Service
	Quality       *quality.Service
	Mandates      *mandate.Service
	Authorisation *authorisation.Service
	Issuers       []entrance.Issuer
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/care", Page: "care", Open: true, Show: start},
		{Path: "/care/in", Paper: paper.View, Fleeting: true, Page: "care-in", Open: true, Show: s.enterForm, Act: enter},
		{Path: "/care/notices", Person: true, Send: toNotices},
		{Path: "/care/in/demo", Only: true, Page: "care-in", Open: true, Show: s.enterForm, Act: enterDemo},
		{Path: "/care/person", Page: "care-person", Open: true, Show: start},
		{Path: "/care/find", Page: "care-find", Open: true, Show: s.find},
		{Path: "/care/find/{id}", Page: "care-found", Open: true, Show: s.found},
		{Path: "/care/who", Paper: paper.View, Page: "care-who", Person: true, Show: s.who},
		{Path: "/care/wrong", Paper: paper.Contest, Page: "care-wrong", Person: true, Show: s.wrong, Act: s.sendWrong},
		{Path: "/care/asked", Paper: paper.Contest, Page: "care-asked", Person: true, Show: s.asked},
		{Path: "/care/asked/{id}/stop", Paper: paper.Step, Only: true, Page: "care-asked", Person: true, Show: s.asked, Act: s.takeBack},
		{Path: "/care/helper", Paper: paper.Mandate, Page: "care-helper", Person: true, Show: s.helpers},
		{Path: "/care/helper/new", Paper: paper.Mandate, Page: "care-helper-new", Person: true, Show: s.helper, Act: s.giveHelper},
		{Path: "/care/helper/{id}/{act}", Paper: paper.Mandate, Only: true, Page: "care-helper", Person: true, Show: s.helpers, Act: s.turnHelper},
		{Path: "/care/allowed", Paper: paper.Withdraw, Page: "care-allowed", Person: true, Show: s.allowed},
		{Path: "/care/allowed/{id}", Paper: paper.Authorise, Page: "care-allow", Person: true, Show: s.allow, Act: s.giveWord},
		{Path: "/care/allowed/{id}/stop", Paper: paper.Withdraw, Only: true, Page: "care-allowed", Person: true, Show: s.allowed, Act: s.stopWord},
	}
}

// startPage says what can be done here, and who is there to talk to.
type startPage struct {
	Choices []choice
	Contact page.Contact
}

// choice is one thing to do; its texts are page.care.NAME and page.care.NAME_why.
type choice struct{ Name, Path string }

func start(v *page.Visit) (any, error) {
	return startPage{Choices: choices(v), Contact: v.Contact}, nil
}

// choices are a person's, or what a mandate names of them. An officer who looks in
// finds whom to call, and no page about themself: that is read in a session of
// their own person.
func choices(v *page.Visit) []choice {
	if v.Actor.Member != "" {
		return []choice{{"person", "/care/person"}}
	}
	all := []choice{{"who", "/care/who"}, {"wrong", "/care/wrong"}, {"allowed", "/care/allowed"}, {"helper", "/care/helper"}, {"find", "/care/find"}, {"person", "/care/person"}}
	if v.Actor.Mandate == "" {
		return all
	}
	named := map[string][]string{"who": {mandate.View}, "wrong": {mandate.Contest}, "allowed": {mandate.Withdraw, mandate.Authorise}}
	return slices.DeleteFunc(all, func(c choice) bool { return c.Name != "person" && c.Name != "find" && !v.MayFor(named[c.Name]...) })
}

// inPage lets a person in with what they were given at a counter.
type inPage struct {
	Form    *page.Form
	Demo    []*page.Form
	Names   []string // of the demo's residents
	Other   string   // where officers come in
	Issuers []entrance.Service
}

func (s *Section) enterForm(v *page.Visit) (any, error) {
	next := page.Field{Name: "next", Kind: "hidden", Value: page.Local(v.Said("next"))}
	p := inPage{Other: page.Onward("/sign-in", v.Said("next")), Issuers: entrance.PersonsTo(s.Issuers, v.Said("next")), Form: v.Form(page.Form{Action: "/care/in", Name: "care_in", Fields: []page.Field{
		{Name: "permit", Text: "care_permit", Kind: "password", Hint: true, Need: true, Complete: "off"}, next,
	}})}
	if v.Demo != nil {
		for i, k := range v.Demo().Residents {
			p.Names = append(p.Names, k.Value)
			p.Demo = append(p.Demo, v.Form(page.Form{Action: "/care/in/demo", Name: "open_demo", Inline: true, Fields: []page.Field{{Name: "resident", Kind: "hidden", Value: strconv.Itoa(i)}, next}}))
		}
	}
	return p, nil
}

// toNotices is where a message to a person leads; who is not there is asked in as
// a person on the way.
func toNotices(v *page.Visit) error {
	http.Redirect(v.W, v.R, "/notices", http.StatusSeeOther)
	return nil
}

func enter(v *page.Visit) (string, error) {
	if err := v.EnterPerson(token.Token(v.Said("permit"))); err != nil {
		return "", err
	}
	return onward(v), nil
}

func enterDemo(v *page.Visit) (string, error) {
	if err := v.EnterDemo(v.Said("resident")); err != nil {
		return "", err
	}
	return onward(v), nil
}

// onward is the page that asked who is there, or the first of these.
func onward(v *page.Visit) string {
	if next := page.Local(v.Said("next")); next != "/" {
		return next
	}
	return "/care"
}

// with is an address with what was answered so far.
func with(path string, said url.Values) string { return path + "?" + said.Encode() }

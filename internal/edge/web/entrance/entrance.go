package entrance

import (
	"net/http"
	"net/url"
	"strconv"

	"fontis/internal/duty/catalog"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/identity/password"
	"fontis/internal/vocab"
)

// homePage says what this is.
type homePage struct {
	page.Seek
	Sets    int
	Ways    []way
	Demo    *page.Demo
	Percent int64
	Live    string // while the demo's world is made
}

// way is one thing that a visitor may have come for.
type way struct{ Name, Path string }

// ways are those of the visitor: who acts for another begins with what their
// mandate names.
func ways(v *page.Visit) []way {
	all := []way{{"mine", "/mine"}, {"find", "/search"}, {"report", "/audit/reports"}, {"officer", "/sign-in"}}
	if v.Actor.Mandate != "" && !v.MayFor(mandate.View) {
		return all[1:]
	}
	return all
}

func (s *Section) home(v *page.Visit) (any, error) {
	found, err := v.Catalog.Search(v.Ctx(), v.Actor, catalog.SearchQuery{Limit: 1})
	if err != nil {
		return nil, err
	}
	p := homePage{Sets: found.Total, Ways: ways(v)}
	if v.Demo != nil {
		d := v.Demo()
		if p.Demo = &d; d.Total > 0 {
			p.Percent = min(100, d.Done*100/d.Total)
			if d.Done < d.Total {
				p.Live = v.Live("demo", "")
			}
		}
	}
	return p, nil
}

func (s *Section) chooseLanguage(v *page.Visit) (string, error) {
	to := v.Said("to")
	for _, l := range v.Text.Langs() {
		if to == string(l) {
			v.SetCookie(page.CookieLang, to, 365*24*60*60)
		}
	}
	return page.Local(v.Said("back")), nil
}

// signInPage asks for name and password, or leads to an issuer.
type signInPage struct {
	Form    *page.Form
	Issuers []Service
	Demo    *page.Demo
	Other   string // where persons come in
}

func (s *Section) signIn(v *page.Visit) (any, error) {
	p := signInPage{Other: page.Onward("/care/in", v.Said("next")), Form: v.Form(page.Form{Action: "/sign-in", Name: "sign_in", Fields: []page.Field{
		{Name: "login", Need: true, Complete: "username"},
		{Name: "password", Kind: "password", Need: true, Complete: "current-password"},
		{Name: "next", Kind: "hidden", Value: page.Local(v.Said("next"))},
	}})}
	p.Issuers = ServicesTo(s.Issuers, v.Said("next"))
	if v.Demo != nil {
		d := v.Demo()
		p.Demo = &d
	}
	return p, nil
}

func (s *Section) doSignIn(v *page.Visit) (string, error) {
	in, err := v.Identity.SignIn(v.Ctx(), v.Said("login"), password.Password(v.R.PostForm.Get("password")), v.From())
	if err != nil {
		return "", err
	}
	openSession(v, in)
	return desktop(v, in.Actor, v.Said("next")), nil
}

// open gives the browser its session. The token is fresh, so none can have been
// put there before.
func openSession(v *page.Visit, in identity.SignedIn) {
	v.SetCookie(v.SessionName(), in.Token.Reveal(), 0)
}

// desktop is where an officer's work begins, and where a person's own view stands.
func desktop(v *page.Visit, a identity.Actor, next string) string {
	switch {
	case next != "" && page.Local(next) != "/":
		return page.Local(next)
	case a.IsPerson():
		return "/mine"
	case a.Has(vocab.Steward):
		return "/desk"
	case a.Has(vocab.Operator) && !a.Has(vocab.DataUser):
		return "/health"
	case a.Has(vocab.Authority):
		return "/members"
	case a.Has(vocab.DataUser):
		return "/desk"
	case a.Has(vocab.Auditor):
		return "/audit"
	case a.Has(vocab.Counter):
		return "/counter"
	}
	return "/search"
}

func (s *Section) signOut(v *page.Visit) (string, error) {
	if v.Actor.Nobody() {
		return "/", nil
	}
	end := v.Identity.SignOut
	if v.Actor.IsPerson() {
		end = v.Identity.EndSelf
	}
	if err := end(v.Ctx(), v.Actor); err != nil {
		return "", err
	}
	if s.Left != nil {
		s.Left(v.Actor.Session)
	}
	v.SetCookie(v.SessionName(), "", -1)
	v.W.Header().Set("Clear-Site-Data", `"storage"`) // the pages kept on this device go too
	return "/?done=signed_out", nil
}

// cookieIssuer ties the way back from an issuer to this browser.
const cookieIssuer = "fontis_issuer"

// cookieOnward is the page that asked who is there, kept while they are away.
const cookieOnward = "fontis_onward"

// Issuer is a sign-in service as the sign-in page shows it.
type Issuer struct {
	Name string
	OIDC *identity.OIDC
}

// IssuerPath is where issuer number n sends the browser back to.
func IssuerPath(n int) string { return "/sign-in/back/" + strconv.Itoa(n) }

// issuer is the one that the path names.
func (s *Section) issuer(v *page.Visit) (Issuer, error) {
	n, err := strconv.Atoi(v.ID("n"))
	if err != nil || n < 0 || n >= len(s.Issuers) {
		return Issuer{}, vocab.NoSuchThing.Because("there is no such sign-in service")
	}
	return s.Issuers[n], nil
}

func (s *Section) toIssuer(v *page.Visit) error {
	i, err := s.issuer(v)
	if err != nil {
		return err
	}
	out, err := i.OIDC.Begin(v.Ctx())
	if err != nil {
		return err
	}
	v.SetCookie(cookieIssuer, out.Cookie, 600)
	v.SetCookie(cookieOnward, url.QueryEscape(page.Local(v.Said("next"))), 600)
	http.Redirect(v.W, v.R, out.URL, http.StatusSeeOther)
	return nil
}

func (s *Section) fromIssuer(v *page.Visit) error {
	i, err := s.issuer(v)
	if err != nil {
		return err
	}
	kept, err := v.R.Cookie(cookieIssuer)
	if err != nil {
		return vocab.FormExpired.Because("this browser did not begin the sign-in")
	}
	v.SetCookie(cookieIssuer, "", -1)
	v.SetCookie(cookieOnward, "", -1)
	in, err := i.OIDC.Finish(v.Ctx(), identity.Arrival{Cookie: kept.Value, State: v.R.FormValue("state"), Code: v.R.FormValue("code"), From: v.From()})
	if err != nil {
		return err
	}
	openSession(v, in)
	http.Redirect(v.W, v.R, desktop(v, in.Actor, onward(v)), http.StatusSeeOther)
	return nil
}

// onward is the page to which somebody who was away at an issuer comes back.
func onward(v *page.Visit) string {
	kept, err := v.R.Cookie(cookieOnward)
	if err != nil {
		return ""
	}
	next, err := url.QueryUnescape(kept.Value)
	if err != nil {
		return ""
	}
	return page.Local(next)
}

// Service is a sign-in service with the way to it, and back to a page.
type Service struct{ Name, Path string }

// ServicesTo are the ways in through the issuers that lead on to a page.
func ServicesTo(list []Issuer, next string) []Service {
	out := make([]Service, len(list))
	for n, i := range list {
		out[n] = Service{Name: i.Name, Path: page.Onward("/sign-in/with/"+strconv.Itoa(n), next)}
	}
	return out
}

// PersonsTo are those of them that speak for persons: nobody who comes for themself
// is led to a department's sign-in.
func PersonsTo(list []Issuer, next string) []Service {
	var out []Service
	for n, way := range ServicesTo(list, next) {
		if list[n].OIDC.ForPersons() {
			out = append(out, way)
		}
	}
	return out
}

// invitationPage takes a code and sets the first password.
type invitationPage struct{ Form *page.Form }

func (s *Section) invitation(v *page.Visit) (any, error) {
	return invitationPage{Form: v.Form(page.Form{Action: "/invitation", Name: "accept", Fields: []page.Field{
		{Name: "code", Hint: true, Need: true, Complete: "off"},
		{Name: "password", Text: "new_password", Hint: true, Kind: "password", Need: true, Complete: "new-password"},
		{Name: "again", Kind: "password", Need: true, Complete: "new-password"},
	}})}, nil
}

func (s *Section) accept(v *page.Visit) (string, error) {
	if v.R.PostForm.Get("password") != v.R.PostForm.Get("again") {
		return "", vocab.WeakPassword.Because("the two passwords differ").WithFix("type the same password twice")
	}
	in, err := v.Identity.AcceptInvitation(v.Ctx(), v.Said("code"), password.Password(v.R.PostForm.Get("password")), v.From())
	if err != nil {
		return "", err
	}
	openSession(v, in)
	return desktop(v, in.Actor, ""), nil
}

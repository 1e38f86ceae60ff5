package web

import (
	"net/http"
	"strconv"

	"fontis/internal/duty/catalog"
	"fontis/internal/edge/text"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/password"
	"fontis/internal/vocab"
)

// homePage says what this is.
type homePage struct {
	Sets    int
	Demo    *Demo
	Percent int64
}

func (s *Site) home(v *visit) (any, error) {
	found, err := s.Catalog.Search(v.ctx(), v.actor, catalog.SearchQuery{Limit: 1})
	if err != nil {
		return nil, err
	}
	p := homePage{Sets: found.Total}
	if s.Demo != nil {
		d := s.Demo()
		if p.Demo = &d; d.Total > 0 {
			p.Percent = min(100, d.Done*100/d.Total)
		}
	}
	return p, nil
}

func (s *Site) chooseLanguage(v *visit) (string, error) {
	to := v.said("to")
	for _, l := range text.Langs() {
		if to == string(l) {
			v.setCookie(cookieLang, to, 365*24*60*60)
		}
	}
	return local(v.said("back")), nil
}

// signInPage asks for name and password, or leads to an issuer.
type signInPage struct {
	Form    *form
	Issuers []string
	Demo    *Demo
}

func (s *Site) signIn(v *visit) (any, error) {
	p := signInPage{Form: v.form(form{Action: "/sign-in", Name: "sign_in", Fields: []field{
		{Name: "login", Need: true, Complete: "username"},
		{Name: "password", Kind: "password", Need: true, Complete: "current-password"},
		{Name: "next", Kind: "hidden", Value: local(v.said("next"))},
	}})}
	for _, i := range s.Issuers {
		p.Issuers = append(p.Issuers, i.Name)
	}
	if s.Demo != nil {
		d := s.Demo()
		p.Demo = &d
	}
	return p, nil
}

func (s *Site) doSignIn(v *visit) (string, error) {
	in, err := s.Identity.SignIn(v.ctx(), v.said("login"), password.Password(v.r.PostForm.Get("password")), v.from())
	if err != nil {
		return "", err
	}
	v.open(in)
	return v.desktop(in.Actor, v.said("next")), nil
}

// open gives the browser its session. The token is fresh, so none can have been
// put there before.
func (v *visit) open(in identity.SignedIn) {
	v.setCookie(v.sessionName(), in.Token.Reveal(), 0)
}

// desktop is where an officer's work begins.
func (v *visit) desktop(a identity.Actor, next string) string {
	switch {
	case next != "" && local(next) != "/":
		return local(next)
	case a.Has(vocab.Steward):
		return "/desk"
	case a.Has(vocab.Operator) && !a.Has(vocab.DataUser):
		return "/health"
	case a.Has(vocab.Authority):
		return "/members"
	}
	return "/search"
}

func (s *Site) signOut(v *visit) (string, error) {
	if v.actor.Nobody() {
		return "/", nil
	}
	end := s.Identity.SignOut
	if v.actor.IsPerson() {
		end = s.Identity.EndSelf
	}
	if err := end(v.ctx(), v.actor); err != nil {
		return "", err
	}
	v.setCookie(v.sessionName(), "", -1)
	return "/?done=signed_out", nil
}

// IssuerPath is where issuer number n sends the browser back to.
func IssuerPath(n int) string { return "/sign-in/back/" + strconv.Itoa(n) }

// issuer is the one that the path names.
func (v *visit) issuer() (Issuer, error) {
	n, err := strconv.Atoi(v.id("n"))
	if err != nil || n < 0 || n >= len(v.Issuers) {
		return Issuer{}, vocab.NoSuchThing.Because("there is no such sign-in service")
	}
	return v.Issuers[n], nil
}

func (s *Site) toIssuer(v *visit) error {
	i, err := v.issuer()
	if err != nil {
		return err
	}
	out, err := i.OIDC.Begin(v.ctx())
	if err != nil {
		return err
	}
	v.setCookie(cookieIssuer, out.Cookie, 600)
	http.Redirect(v.w, v.r, out.URL, http.StatusSeeOther)
	return nil
}

func (s *Site) fromIssuer(v *visit) error {
	i, err := v.issuer()
	if err != nil {
		return err
	}
	kept, err := v.r.Cookie(cookieIssuer)
	if err != nil {
		return vocab.FormExpired.Because("this browser did not begin the sign-in")
	}
	v.setCookie(cookieIssuer, "", -1)
	in, err := i.OIDC.Finish(v.ctx(), identity.Arrival{Cookie: kept.Value, State: v.r.FormValue("state"), Code: v.r.FormValue("code"), From: v.from()})
	if err != nil {
		return err
	}
	v.open(in)
	http.Redirect(v.w, v.r, v.desktop(in.Actor, ""), http.StatusSeeOther)
	return nil
}

// invitationPage takes a code and sets the first password.
type invitationPage struct{ Form *form }

func (s *Site) invitation(v *visit) (any, error) {
	return invitationPage{Form: v.form(form{Action: "/invitation", Name: "accept", Fields: []field{
		{Name: "code", Hint: true, Need: true, Complete: "off"},
		{Name: "password", Text: "new_password", Hint: true, Kind: "password", Need: true, Complete: "new-password"},
		{Name: "again", Kind: "password", Need: true, Complete: "new-password"},
	}})}, nil
}

func (s *Site) accept(v *visit) (string, error) {
	if v.r.PostForm.Get("password") != v.r.PostForm.Get("again") {
		return "", vocab.WeakPassword.Because("the two passwords differ").WithFix("type the same password twice")
	}
	in, err := s.Identity.AcceptInvitation(v.ctx(), v.said("code"), password.Password(v.r.PostForm.Get("password")), v.from())
	if err != nil {
		return "", err
	}
	v.open(in)
	return v.desktop(in.Actor, ""), nil
}

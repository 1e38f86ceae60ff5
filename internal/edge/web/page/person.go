package page

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
)

// Simply leads a reader of plain pages to the address, which may name the id of
// the page that they came for; what was done and which value it is about go along.
func Simply(address string) func(*Visit) string {
	return func(v *Visit) string {
		to, along := strings.ReplaceAll(address, "{id}", url.PathEscape(v.ID("id"))), url.Values{}
		for _, name := range []string{"done", "item"} {
			if said := v.R.URL.Query().Get(name); said != "" {
				along.Set(name, said)
			}
		}
		if len(along) > 0 {
			to += "?" + along.Encode()
		}
		return to
	}
}

// EnterPerson opens a person's own pages with the permit from a counter.
func (v *Visit) EnterPerson(permit token.Token) error {
	a, err := v.Identity.Authenticate(v.Ctx(), permit)
	if err != nil {
		return err
	}
	if !a.IsPerson() {
		return vocab.SignInNeeded.Because("this permit is no person's").WithFix("ask for a permit at a counter; officers sign in with name and password")
	}
	v.SetCookie(v.SessionName(), permit.Reveal(), 0)
	return nil
}

// OwnNumber is what the person says their number is, as the kind of number with
// which they came in. Whether it is theirs, the verb decides.
func (v *Visit) OwnNumber(said string) vocab.SubjectKey {
	for _, kind := range []vocab.SubjectKeyKind{vocab.Permit, vocab.Passport, vocab.CreditCode, vocab.RegisterNumber} {
		k := vocab.SubjectKey{Kind: kind, Value: said}
		if a, err := v.Identity.SelfActor(k); err == nil && a.Self == v.Actor.Self {
			return k
		}
	}
	return vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: said}
}

// MayFor reports whether the visitor may do one of the acts for a person: their
// own, or under a mandate that names it.
func (v *Visit) MayFor(acts ...string) bool {
	return slices.ContainsFunc(acts, func(act string) bool {
		_, err := v.Actor.For(act)
		return err == nil
	})
}

// UnderMandate is the page with which somebody begins who acts for another: that
// of the first act that the mandate names.
func (v *Visit) UnderMandate() string {
	for _, first := range []struct{ act, page string }{
		{mandate.View, "/mine"}, {mandate.Contest, "/contests"}, {mandate.Withdraw, "/authorisations"}, {mandate.Authorise, "/authorisations"},
	} {
		if v.MayFor(first.act) {
			return first.page
		}
	}
	return "/search"
}

// EnterDemo opens the pages of an invented resident; a node with real people has none.
func (v *Visit) EnterDemo(nth string) error {
	if v.Demo == nil {
		return identity.NotYours()
	}
	list := v.Demo().Residents
	n, err := strconv.Atoi(nth)
	if err != nil || n < 0 || n >= len(list) {
		return identity.NotYours()
	}
	_, permit, err := v.Identity.IssueDemoSelf(v.Ctx(), list[n])
	if err != nil {
		return err
	}
	v.SetCookie(v.SessionName(), permit.Reveal(), 0)
	return nil
}

// Package entrance is the door of the portal: the first page, the language, signing in and
// out, and the invitation of a new officer.
package entrance

import "fontis/internal/edge/web/page"

// Section is these pages with what they call.
type Section struct {
	Issuers []Issuer // through which officers may sign in
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/{$}", Fleeting: true, Page: "home", Open: true, Show: s.home},
		{Path: "/language", Open: true, Act: s.chooseLanguage},
		{Path: "/display", Fleeting: true, Page: "display", Open: true, Show: s.display, Act: s.chooseDisplay},
		{Path: "/sign-in", Fleeting: true, Page: "sign-in", Open: true, Show: s.signIn, Act: s.doSignIn},
		{Path: "/sign-in/with/{n}", Open: true, Send: s.toIssuer},
		{Path: "/sign-in/back/{n}", Open: true, Send: s.fromIssuer},
		{Path: "/sign-out", Open: true, Act: s.signOut},
		{Path: "/invitation", Fleeting: true, Page: "invitation", Open: true, Show: s.invitation, Act: s.accept},
	}
}

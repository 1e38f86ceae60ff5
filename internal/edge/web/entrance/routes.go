// Package entrance is the door of the portal: the first page, the language, signing in and
// out, and the invitation of a new officer.
package entrance

import (
	"fmt"

	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab/fact"
)

// Section is these pages with what they call.
type Section struct {
	Issuers []Issuer             // through which officers may sign in
	Left    func(session string) // hears of each sign-out
}

// Parts are what changes while it is read: how far the demo's world is made.
func (s *Section) Parts() []page.Part {
	return []page.Part{{Name: "demo", Untold: true, Topics: []string{fact.TopicDataset, fact.TopicImport, fact.TopicIdentity, fact.TopicGrant, fact.TopicRequest}, Stamp: func(v *page.Visit, _ string) (string, error) {
		if v.Demo == nil {
			return "", identity.NotYours()
		}
		d := v.Demo()
		return fmt.Sprint(d.Done, d.Total, d.Doing), nil
	}}}
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/{$}", Fleeting: true, Page: "home", Open: true, Plain: page.Simply("/care"), Show: s.home},
		{Path: "/site/{file}", Open: true, Send: s.manifest},
		{Path: "/language", Open: true, Act: s.chooseLanguage},
		{Path: "/display", Fleeting: true, Page: "display", Open: true, Show: s.display, Act: s.chooseDisplay},
		{Path: "/keys", Page: "keys", Open: true, Show: s.keys, Act: s.chooseKeys},
		{Path: "/sign-in", Fleeting: true, Page: "sign-in", Open: true, Show: s.signIn, Act: s.doSignIn},
		{Path: "/sign-in/with/{n}", Open: true, Send: s.toIssuer},
		{Path: "/sign-in/back/{n}", Open: true, Send: s.fromIssuer},
		{Path: "/sign-out", Open: true, Act: s.signOut},
		{Path: "/invitation", Fleeting: true, Page: "invitation", Open: true, Show: s.invitation, Act: s.accept},
	}
}

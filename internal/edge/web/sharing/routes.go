// Package sharing leads a request from its draft to the grant, and shows grants.
package sharing

import (
	"fmt"
	"strings"

	"fontis/internal/duty/share"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// Section is these pages with what they call.
type Section struct {
	Share *share.Service
	Door  *access.Door

	saved savers
}

// Parts are what changes while it is read: a request's state, and the list of
// those that wait for the member's answer.
func (s *Section) Parts() []page.Part {
	return []page.Part{
		{Name: "request", Topics: []string{fact.TopicRequest}, Keyed: true, Stamp: func(v *page.Visit, id string) (string, error) {
			r, err := s.Share.Get(v.Ctx(), v.Actor, vocab.RequestID(id))
			if err != nil {
				return "", err
			}
			return fmt.Sprint(r.Rev, r.State, r.Stage), nil
		}},
		{Name: "incoming", Topics: []string{fact.TopicRequest}, Stamp: func(v *page.Visit, _ string) (string, error) {
			var said strings.Builder
			for _, state := range Awaited() {
				list, err := s.Share.List(v.Ctx(), v.Actor, share.ListQuery{Incoming: true, State: state, Limit: page.Size})
				if err != nil {
					return "", err
				}
				for _, r := range list {
					fmt.Fprintln(&said, r.ID, r.Rev)
				}
			}
			return said.String(), nil
		}},
	}
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/request", Up: "/search", Page: "request", Show: s.request, Act: s.begin},
		{Path: "/requests", Page: "requests", Show: s.requests, File: page.File(s.requestList)},
		{Path: "/requests/{id}", Page: "asked", Show: s.asked, Act: s.decide},
		{Path: "/requests/{id}/ask/{step}", Page: "ask", Save: true, Show: s.stepPage, Act: s.saveStep},
		{Path: "/requests/{id}/ask/{step}/quiet", Only: true, Save: true, Page: "ask", Show: s.stepPage, Act: s.saveQuietly},
		{Path: "/requests/{id}/go-on", Send: s.goOn},
		{Path: "/requests/{id}/supply", Page: "supply", Show: s.supplyForm, Act: s.supply},
		{Path: "/requests/{id}/try", Page: "try", Show: s.tryOut, Act: s.tryIt},
		{Path: "/requests/{id}/certify", Only: true, Page: "asked", Show: s.asked, Act: s.certify},
		{Path: "/requests/{id}/take/{act}", Only: true, Page: "asked", Show: s.asked, Act: s.take},
		{Path: "/requests/{id}/{act}", Only: true, Page: "asked", Show: s.asked, Act: s.requestStep},
		{Path: "/grants", Page: "grants", Show: s.grants, File: page.File(s.grantList)},
		{Path: "/grants/{id}", Page: "grant", Show: s.grant},
		{Path: "/grants/{id}/{act}", Only: true, Page: "grant", Show: s.grant, Act: s.grantStep},
	}
}

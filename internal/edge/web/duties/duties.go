// Package duties shows what the catalog owes: demands for data that nobody lists,
// and updates of entries whose duty or data changed.
package duties

import (
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/duty/share"
	"fontis/internal/edge/web/page"
)

// Section is these pages with what they call.
type Section struct {
	Demand *demand.Service
	Review *review.Service
	Share  *share.Service
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/demands", Page: "demands", Show: s.demands, Act: s.make, File: page.File(s.demandList)},
		{Path: "/demands/{id}", Page: "demands", Show: s.demand},
		{Path: "/demands/{id}/answer", Only: true, Page: "demands", Show: s.demand, Act: s.answer},
		{Path: "/changes", Page: "changes", Show: s.changes, File: page.File(s.changeList)},
		{Path: "/changes/{id}/{act}", Only: true, Page: "changes", Show: s.changes, Act: s.step},
		{Path: "/todo/secrecy", Page: "awaiting", Show: s.awaiting, Act: s.sayMany},
		{Path: "/datasets/{id}/review", Page: "review", Show: s.review, Act: s.check},
		{Path: "/datasets/{id}/review/change", Only: true, Page: "review", Show: s.review, Act: s.announce},
	}
}

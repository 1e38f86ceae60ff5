// Package own is what a person does here: their own view of who used their data,
// the mandates they give and act under, and the same at a counter, where an
// officer has seen their document.
package own

import (
	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/paper"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/trust/ledger/view"
)

// Section is these pages with what they call.
type Section struct {
	View      *view.Service
	Mandates  *mandate.Service
	Deferrals *deferral.Service
}

// kept has nothing of the node's: the pages lie on the reader's device, and a
// script lists them.
func kept(*page.Visit) (any, error) { return nil, nil }

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/mine", Paper: paper.View, Page: "mine", Open: true, Show: s.mine, Act: s.openMine},
		{Path: "/mine/demo", Only: true, Page: "mine", Open: true, Show: s.mine, Act: s.openDemo},
		{Path: "/mydata", Paper: paper.View, Page: "mine", Open: true, Show: s.mine},
		{Path: "/mydata/file/{format}", Send: s.file},
		{Path: "/mydata/receipts/{trace}", Send: s.receipt},
		{Path: "/mandates", Paper: paper.Mandate, Page: "mandates", Show: s.mandates, Act: s.give},
		{Path: "/mandates/{id}/{act}", Paper: paper.Mandate, Only: true, Page: "mandates", Show: s.mandates, Act: s.turn},
		{Path: "/kept", Page: "kept", Open: true, Fleeting: true, Show: kept},
		{Path: "/kept/copy", Page: "kept", Open: true, Fleeting: true, Show: kept}, // where the device has none
		{Path: "/counter", Page: "counter", Show: s.counter, Act: s.look},
		{Path: "/counter/permit", Only: true, Page: "counter", Show: s.counter, Act: s.permit},
		{Path: "/counter/mandates", Page: "counter-mandates", Show: s.counterMandates, Act: s.record},
		{Path: "/counter/mandates/look", Only: true, Page: "counter-mandates", Show: s.counterMandates, Act: s.lookUp},
		{Path: "/counter/mandates/{id}/end", Only: true, Page: "counter-mandates", Show: s.counterMandates, Act: s.end},
		{Path: "/counter/mandates/died", Only: true, Page: "counter-mandates", Show: s.counterMandates, Act: s.died},
	}
}

// Package sources connects what a department holds: sources, their tables, and the columns
// that answer for an item.
package sources

import (
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/access"
)

// Section is these pages with what they call.
type Section struct {
	Door *access.Door
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/sources", Page: "sources", Show: s.sources, Act: s.addSource, File: page.File(s.sourceList)},
		{Path: "/sources/{id}", Page: "source", Show: s.source, Act: s.checkSource},
		{Path: "/bind", Up: "/desk", Page: "bind", Show: s.bind, Act: s.doBind},
	}
}

// Package entries shows the catalog: search, an entry with its items and steps, its
// forms, and the one list of what the member's drafts lack.
package entries

import (
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/duty/share"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/access"
)

// Section is these pages with what they call.
type Section struct {
	Share      *share.Service
	Door       *access.Door
	Succession *succession.Service

	samples samples // of open sets
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/suggest", Open: true, Fleeting: true, Send: s.suggest},
		{Path: "/search", Page: "search", Open: true, Show: s.search, File: page.File(s.hitList)},
		{Path: "/datasets/{id}", Up: "/search", Page: "dataset", Open: true, Show: s.dataset, Moved: s.moved},
		{Path: "/datasets/{id}/moved", Page: "moved", Open: true, Show: s.ended},
		{Path: "/datasets/{id}/{act}", Only: true, Page: "dataset", Show: s.dataset, Act: s.step},
		{Path: "/datasets/{id}/edit", Page: "edit", Show: s.edit, Act: s.doEdit},
		{Path: "/datasets/{id}/items", Page: "items", Show: s.items, Act: s.putItem},
		{Path: "/datasets/{id}/items/remove", Only: true, Page: "items", Show: s.items, Act: s.removeItem},
		{Path: "/datasets/{id}/items/untag", Only: true, Page: "items", Show: s.items, Act: s.untag},
		{Path: "/datasets/new", Up: "/desk", Page: "new", Show: s.fresh, Act: s.create},
		{Path: "/todo", Page: "todo", Show: s.todo, File: page.File(s.todoList)},
		{Path: "/todo/undo", Only: true, Page: "todo", Show: s.todo, Act: s.undo},
		{Path: "/todo/{field}", Page: "fill", Show: s.fill, Act: s.previewFill, File: page.File(s.lackingList)},
		{Path: "/todo/{field}/apply", Only: true, Page: "fill", Show: s.fill, Act: s.applyFill},
	}
}

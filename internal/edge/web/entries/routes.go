// Package entries shows the catalog: search, an entry with its items and steps, its
// forms, and the one list of what the member's drafts lack.
package entries

import (
	"net/url"

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
		{Path: "/search", Page: "search", Open: true, Plain: plainSearch, Show: s.search, File: page.File(s.hitList)},
		{Path: "/datasets/{id}", Up: "/search", Page: "dataset", Open: true, Show: s.dataset, Moved: s.elsewhere},
		{Path: "/datasets/{id}/moved", Page: "moved", Open: true, Show: s.ended},
		{Path: "/datasets/{id}/{act}", Only: true, Page: "dataset", Show: s.dataset, Act: s.step},
		{Path: "/datasets/{id}/edit", Page: "edit", Show: s.edit, Act: s.doEdit},
		{Path: "/datasets/{id}/items", Page: "items", Show: s.items, Act: s.putItem},
		{Path: "/datasets/{id}/items/remove", Only: true, Page: "items", Show: s.items, Act: s.removeItem},
		{Path: "/datasets/{id}/items/untag", Only: true, Page: "items", Show: s.items, Act: s.untag},
		{Path: "/datasets/new", Up: "/desk", Page: "new", Show: s.fresh, Act: s.create},
		{Path: "/todo", Page: "todo", Show: s.todo, File: page.File(s.todoList)},
		{Path: "/todo/undo", Only: true, Page: "todo", Show: s.todo, Act: s.undo},
		{Path: "/todo/publish", Page: "publish", Show: s.publication, Act: s.previewPublication},
		{Path: "/todo/publish/apply", Only: true, Page: "publish", Show: s.publication, Act: s.applyPublication},
		{Path: "/todo/{field}", Page: "fill", Show: s.fill, Act: s.previewFill, File: page.File(s.lackingList)},
		{Path: "/todo/{field}/apply", Only: true, Page: "fill", Show: s.fill, Act: s.applyFill},
	}
}

// plainSearch is the search of the plain pages, for the same words.
func plainSearch(v *page.Visit) string {
	if said := v.Said("q"); said != "" {
		return "/care/find?" + url.Values{"q": {said}}.Encode()
	}
	return "/care/find"
}

// elsewhere is where an entry stands now that moved; for a reader of plain pages its
// plain page.
func (s *Section) elsewhere(v *page.Visit) (string, error) {
	to, err := s.moved(v)
	if err == nil && to == "" && v.Plain() {
		to = "/care/find/" + url.PathEscape(v.ID("id"))
	}
	return to, err
}

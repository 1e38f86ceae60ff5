// Package importing takes a department's own list by pages: the file, the meaning of its
// columns, how far it is, the result with the rejected lines to mend.
package importing

import (
	"fontis/internal/edge/taking"
	"fontis/internal/edge/web/page"
	"fontis/internal/engine/blob"
)

// Section is these pages with what they call.
type Section struct {
	Blobs *blob.Store // of uploads, between the file and its mapping
	Runs  *taking.Runs
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/import", Page: "import", Show: s.importFile, Act: s.upload},
		{Path: "/import/{id}", Page: "mapping", Show: s.mapping, Act: s.runImport},
		{Path: "/import/{id}/result", Up: "/desk", Page: "imported", Show: s.imported},
		{Path: "/import/{id}/rejected.xlsx", Send: s.rejected},
		{Path: "/import/{id}/mapping.toml", Send: s.mappingFile},
	}
}

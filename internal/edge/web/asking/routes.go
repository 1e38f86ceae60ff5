// Package asking asks under a grant: one question, or a batch of them.
package asking

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
		{Path: "/compare", Page: "compare", Show: s.compare, Act: s.ask},
		{Path: "/batches", Page: "batches", Show: s.batches, Act: s.startBatch, File: page.File(s.batchList)},
		{Path: "/batches/{id}", Page: "batch", Show: s.batch},
		{Path: "/batches/{id}/answers.csv", Send: s.batchAnswers},
	}
}

// Package contests is where a value is contested and mended: raising a contest,
// its steps, what a holder of a wrong value answers, and changes of a person's
// status, which two officers make.
package contests

import (
	"fontis/internal/duty/quality"
	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/paper"
)

// Section is these pages with what they call.
type Section struct{ Quality *quality.Service }

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/contests", Paper: paper.Contest, Page: "contests", Show: s.list, File: page.File(s.contestList)},
		{Path: "/contests/new", Paper: paper.Contest, Page: "raise", Show: s.raiseForm, Act: s.raise},
		{Path: "/contests/{id}", Paper: paper.Step, Page: "contest", Show: s.contest},
		{Path: "/contests/{id}/open", Paper: paper.Step, Only: true, Page: "contest", Show: s.contest, Act: s.open},
		{Path: "/contests/{id}/{act}", Paper: paper.Step, Only: true, Page: "contest", Show: s.contest, Act: s.step},
		{Path: "/corrections", Up: "/contests", Page: "corrections", Show: s.tasks, File: page.File(s.taskList)},
		{Path: "/corrections/{id}", Page: "correction", Show: s.task, Act: s.answer},
		{Path: "/status-acts", Up: "/contests", Page: "status-acts", Show: s.statuses, Act: s.propose, File: page.File(s.statusList)},
		{Path: "/status-acts/{id}", Page: "status-act", Show: s.status},
		{Path: "/status-acts/{id}/{act}", Only: true, Page: "status-act", Show: s.status, Act: s.turn},
	}
}

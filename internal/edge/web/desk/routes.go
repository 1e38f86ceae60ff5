// Package desk holds the pages that a day begins with: a steward's desk, the inbox, and
// what an operator looks at first.
package desk

import (
	"context"
	"strconv"

	"fontis/internal/duty/quality"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/duty/share/freshness"
	"fontis/internal/edge/web/importing"
	"fontis/internal/edge/web/page"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/access"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/tally"
	"fontis/internal/vocab/fact"
)

// Section is these pages with what they call.
type Section struct {
	Share         *share.Service
	Freshness     *freshness.Service
	Quality       *quality.Service
	Authorisation *authorisation.Service
	Door          *access.Door
	Imports       *importing.Section // whose lists the desk shows
	Ledger        *ledger.Ledger
	Log           *tlog.Log
	Tally         *tally.Tally
	Look          func(context.Context) (Condition, error) // what the machine tells
}

// Parts are what changes while it is read: the count of the inbox.
func (s *Section) Parts() []page.Part {
	return []page.Part{{Name: "inbox", Topics: []string{fact.TopicNotice}, Stamp: func(v *page.Visit, _ string) (string, error) {
		n, err := v.Identity.UnreadNotices(v.Ctx(), v.Actor)
		return strconv.Itoa(n), err
	}}}
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/desk", Page: "desk", Show: s.desk},
		{Path: "/desk/untag", Only: true, Page: "desk", Show: s.desk, Act: s.confirmUntag},
		{Path: "/notices", Page: "notices", Show: s.notices, Act: s.readNotice, File: page.File(s.noticeList)},
		{Path: "/health", Page: "health", Show: s.health, Act: s.holdAll},
	}
}

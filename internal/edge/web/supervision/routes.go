// Package supervision is where those who look are looked at: the auditor's lists
// and samples, the case files that a member shows, published reports, and the
// orders that defer what a person sees.
package supervision

import (
	"fontis/internal/duty/calendar"
	"fontis/internal/edge/web/page"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/trust/ledger/retention"
)

// Section is these pages with what they call.
type Section struct {
	Audit     *audit.Service
	Deferrals *deferral.Service
	Retention *retention.Service
	Calendar  *calendar.Service
	Log       *tlog.Log
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/audit", Page: "audit", Show: s.entries},
		{Path: "/audit/file/{format}", Send: s.file},
		{Path: "/audit/draws", Page: "draws", Open: true, Show: s.draws, Act: s.commit, File: page.File(s.drawList)},
		{Path: "/audit/draws/{id}", Only: true, Page: "draws", Show: s.draws, Act: s.draw},
		{Path: "/audit/draws/{id}/receipt", Open: true, Send: s.commitReceipt},
		{Path: "/audit/draws/{id}/ask", Only: true, Page: "draws", Show: s.draws, Act: s.askAll},
		{Path: "/audit/cases", Page: "cases", Show: s.cases, File: page.File(s.caseList)},
		{Path: "/audit/cases/{id}", Page: "case", Show: s.open},
		{Path: "/audit/cases/{id}/{act}", Only: true, Page: "case", Show: s.open, Act: s.turn},
		{Path: "/audit/reports", Page: "reports", Open: true, Show: s.reports, Act: s.publish},
		{Path: "/audit/reports/{id}/{part}", Open: true, Send: s.reportPart},
		{Path: "/audit/reports/{id}/withdraw", Only: true, Page: "reports", Show: s.reports, Act: s.withdraw},
		{Path: "/rules", Page: "rules", Open: true, Show: s.rules},
		{Path: "/retention", Page: "retention", Open: true, Show: s.retention},
		{Path: "/deferrals", Page: "deferrals", Open: true, Show: s.deferrals, Act: s.propose, File: page.File(s.orderList)},
		{Path: "/deferrals/{id}/{act}", Only: true, Page: "deferrals", Open: true, Show: s.deferrals, Act: s.decide},
	}
}

// Package people lists members, officers and machines and changes them.
package people

import "fontis/internal/edge/web/page"

// Section is these pages with what they call.
type Section struct{}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/members", Page: "members", Show: s.members, Act: s.addMember, File: page.File(s.memberList)},
		{Path: "/members/{id}", Page: "member", Show: s.member, Act: s.memberState},
		{Path: "/officers", Page: "officers", Show: s.officers, Act: s.addOfficer, File: page.File(s.officerList)},
		{Path: "/officers/list", Only: true, Page: "officers", Show: s.officers, Act: s.importOfficers},
		{Path: "/officers/{id}", Page: "officer", Show: s.officer, Act: s.setRoles},
		{Path: "/officers/{id}/invite", Only: true, Page: "officer", Show: s.officer, Act: s.invite},
		{Path: "/officers/{id}/state", Only: true, Page: "officer", Show: s.officer, Act: s.officerState},
		{Path: "/officers/{id}/unlock", Only: true, Page: "officer", Show: s.officer, Act: s.unlock},
		{Path: "/officers/{id}/end", Only: true, Page: "officer", Show: s.officer, Act: s.endSession},
		{Path: "/machines", Page: "machines", Show: s.machines, Act: s.issueMachine, File: page.File(s.machineList)},
		{Path: "/machines/revoke", Only: true, Page: "machines", Show: s.machines, Act: s.revokeMachine},
	}
}

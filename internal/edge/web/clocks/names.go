package clocks

import (
	"fontis/internal/duty/calendar"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// namesOf are the names of those whose turn it is.
func namesOf(v *page.Visit, running []calendar.Running) (map[vocab.MemberID]identity.Name, error) {
	var ids []vocab.MemberID
	for _, r := range running {
		if r.Owner != "" {
			ids = append(ids, r.Owner)
		}
	}
	return v.Identity.MemberNames(v.Ctx(), ids...)
}

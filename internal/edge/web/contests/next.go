package contests

import (
	"slices"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/quality"
	"fontis/internal/edge/web/clocks"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// Next says what happens next to a contest, by whom and until when: of the terms
// of a contest only the one that runs counts, and a reader is not left to find it.
func Next(v *page.Visit, c *quality.Contest, running []calendar.Running) (string, error) {
	l, said := v.Look(), "page.contest.next_"+string(c.State)
	i := slices.IndexFunc(running, calendar.Running.Open)
	if i < 0 {
		return l.Must(said), nil
	}
	r := running[i]
	names, err := v.Identity.MemberNames(v.Ctx(), slices.DeleteFunc([]vocab.MemberID{r.Owner}, func(m vocab.MemberID) bool { return m == "" })...)
	if err != nil {
		return "", err
	}
	out := l.Must(said, v.NameOr(names, r.Owner).Text, clocks.LastDay(l, r))
	switch {
	case r.Stopped():
		out += l.Gap() + l.Must("page.contest.next_still", l.Day(r.StoppedAt))
	case r.Overdue(v.Clock.Now()):
		out += l.Gap() + l.Must("page.contest.next_late")
	}
	return out, nil
}

package sharing

import (
	"slices"
	"time"

	"fontis/internal/duty/share"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// The sides of a list of requests and of one of grants.
const (
	sideIncoming, sideOwn     = "incoming", "own"
	sideGiven, sideHeld       = "given", "held"
	sideWaiting, sideOverseen = "waiting", "overseen" // for an authority: its word, its region
)

// requestSides are the lists of requests that the visitor may look at.
func requestSides(v *page.Visit) []string {
	var out []string
	for _, s := range []struct {
		role  vocab.Role
		sides []string
	}{{vocab.Steward, []string{sideIncoming}}, {vocab.DataUser, []string{sideOwn}}, {vocab.Authority, []string{sideWaiting, sideOverseen}}} {
		if v.Actor.Has(s.role) {
			out = append(out, s.sides...)
		}
	}
	return out
}

// Awaited are the states in which a request waits for the provider's word.
func Awaited() []share.State {
	return []share.State{share.StateOverdue, share.StateOrdered, share.StateSubmitted, share.StateExtended, share.StateSecond}
}

// requestSide settles which requests are listed where the address does not say:
// those of the officer's role, and of two roles those where something waits.
func (s *Section) requestSide(v *page.Visit) error {
	if decided, err := s.overseeing(v); decided || err != nil {
		return err
	}
	return settle(v, sideIncoming, sideOwn, func() (bool, bool, error) {
		for _, state := range Awaited() {
			list, err := s.Share.List(v.Ctx(), v.Actor, share.ListQuery{Incoming: true, State: state, Limit: 1})
			if err != nil || len(list) > 0 {
				return true, false, err
			}
		}
		own, err := s.Share.List(v.Ctx(), v.Actor, share.ListQuery{Limit: 1})
		return false, len(own) > 0, err
	})
}

// overseeing settles it for an authority: the side that is said, and where none is,
// what waits for its word, unless nothing does and it has other roles.
func (s *Section) overseeing(v *page.Visit) (bool, error) {
	sides := requestSides(v)
	switch said := v.Said("side"); {
	case !v.Actor.Has(vocab.Authority) || said == sideIncoming || said == sideOwn:
		return false, nil
	case slices.Contains(sides, said):
		return true, nil
	}
	waiting, err := s.Share.List(v.Ctx(), v.Actor, share.ListQuery{Waiting: true, Limit: 1})
	if len(waiting) == 0 && len(sides) > 2 || err != nil {
		return false, err
	}
	v.R.Form.Set("side", sideWaiting)
	return true, nil
}

// grantSide does the same for grants: of two roles those that the member gave,
// unless it only holds some.
func (s *Section) grantSide(v *page.Visit) error {
	return settle(v, sideGiven, sideHeld, func() (bool, bool, error) {
		gave, err := s.Door.Grants(v.Ctx(), v.Actor, true, "", 1)
		if err != nil {
			return false, false, err
		}
		held, err := s.Door.Grants(v.Ctx(), v.Actor, false, "", 1)
		return len(gave) > 0, len(held) > 0, err
	})
}

// settle writes the side into the visit, so that every link of the list keeps it.
// work says for an officer of both roles on which side there is something.
func settle(v *page.Visit, steward, user string, work func() (steward, user bool, err error)) error {
	if said := v.Said("side"); said == steward || said == user {
		return nil
	}
	side := user
	if v.Actor.Has(vocab.Steward) {
		side = steward
	}
	if v.Actor.Has(vocab.Steward) && v.Actor.Has(vocab.DataUser) {
		first, second, err := work()
		if err != nil {
			return err
		}
		if !first && second {
			side = user
		}
	}
	v.R.Form.Set("side", side)
	return nil
}

// OwnWaiting are the member's own requests that wait for the member: drafts, what
// was told to be missing, refusals that may still be disputed, and certificates of
// destruction that are owed.
func OwnWaiting(v *page.Visit, s *share.Service) ([]RequestLine, error) {
	var out []*share.Request
	for _, state := range []share.State{share.StateSupplementing, share.StateConsulting, share.StateRefused, share.StateDraft} {
		list, err := s.List(v.Ctx(), v.Actor, share.ListQuery{State: state, Limit: page.Size})
		if err != nil {
			return nil, err
		}
		out = append(out, slices.DeleteFunc(list, func(r *share.Request) bool { return state == share.StateRefused && r.DueAt.IsZero() })...)
	}
	owed, err := owing(v, s)
	if err != nil {
		return nil, err
	}
	lines, err := RequestLines(v, append(out, owed...))
	if err != nil {
		return nil, err
	}
	for i := range lines {
		if i >= len(out) {
			lines[i].due, lines[i].State = true, share.State(share.StageEnded)
		}
	}
	return lines, Clocked(v, s, lines)
}

// owing are the requests whose grant is over and for which the member has not yet
// said what became of the data.
func owing(v *page.Visit, s *share.Service) ([]*share.Request, error) {
	var out []*share.Request
	for _, state := range []share.State{share.StateAgreed, share.StateInPart} {
		after := vocab.RequestID("")
		for read := 0; read < mostHeld; {
			list, err := s.List(v.Ctx(), v.Actor, share.ListQuery{State: state, After: after, Limit: page.Size})
			if err != nil {
				return nil, err
			}
			for _, r := range list {
				if r.Stage == share.StageEnded {
					out = append(out, r)
				}
			}
			if read += len(list); len(list) < page.Size {
				break
			}
			after = list[len(list)-1].ID
		}
	}
	return out, nil
}

// endsSoon is how long before its end a held grant is shown: about the time that a
// new request takes.
const endsSoon = 30 * 24 * time.Hour

// mostHeld bounds how many grants are looked through for those.
const mostHeld = 1000

// Ending are the grants that the member holds and that end soon.
func Ending(v *page.Visit, door *access.Door) ([]GrantLine, error) {
	var out []access.Grant
	now := v.Clock.Now()
	after := vocab.GrantID("")
	for read := 0; read < mostHeld; {
		list, err := door.Grants(v.Ctx(), v.Actor, false, after, page.Size)
		if err != nil {
			return nil, err
		}
		for _, g := range list {
			if g.State != access.GrantEnded && g.Until.After(now) && g.Until.Before(now.Add(endsSoon)) {
				out = append(out, g)
			}
		}
		if read += len(list); len(list) < page.Size {
			break
		}
		after = list[len(list)-1].ID
	}
	slices.SortStableFunc(out, func(a, b access.Grant) int { return a.Until.Compare(b.Until) })
	return GrantLines(v, out)
}

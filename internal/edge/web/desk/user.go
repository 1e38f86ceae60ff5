package desk

import (
	"time"

	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/record"
	"fontis/internal/edge/web/sharing"
	"fontis/internal/trust/ledger"
)

// userDay is a data user's part of the desk.
type userDay struct {
	Own     []sharing.RequestLine // wait for the member that asks
	Ending  []sharing.GrantLine
	Refused []record.Line
	more    bool
}

// refusedFor is how long a refused call stays on the desk.
const refusedFor = 7 * 24 * time.Hour

func (s *Section) deskUser(v *page.Visit, p *deskPage) error {
	own, err := sharing.OwnWaiting(v, s.Share)
	if err != nil {
		return err
	}
	ending, err := sharing.Ending(v, s.Door)
	if err != nil {
		return err
	}
	p.User = &userDay{Own: own, Ending: ending}
	calls, err := s.Door.Accesses(v.Ctx(), v.Actor, ledger.Filter{Refused: true, Limit: page.Size + 1})
	if err != nil {
		return err
	}
	since := v.Clock.Now().Add(-refusedFor)
	var refused []ledger.Access
	for _, c := range calls {
		if c.At.After(since) {
			refused = append(refused, c.Access)
		}
	}
	if p.User.more = len(refused) > page.Size; p.User.more {
		refused = refused[:page.Size]
	}
	p.User.Refused, err = record.Lines(v, refused)
	return err
}

func (u *userDay) parts() []part {
	next := func(n int, word string) string {
		if n == 0 {
			return "nothing"
		}
		return word
	}
	return []part{
		{Name: "own", Count: len(u.Own), Next: next(len(u.Own), "answer"), Path: "/requests?side=own"},
		{Name: "ending", Count: len(u.Ending), Next: next(len(u.Ending), "like"), Path: "/grants?side=held"},
		{Name: "refused", Count: len(u.Refused), More: u.more, Next: next(len(u.Refused), "why"), Path: "/accesses?side=caller"},
	}
}

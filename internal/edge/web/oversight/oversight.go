// Package oversight is the data authority's desk: who takes part and who lists
// what, what waits for a review, what is late and what is disputed, each with its
// count and its term.
package oversight

import (
	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/duty/quality"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/duty/share/coverage"
	"fontis/internal/duty/share/freshness"
	"fontis/internal/edge/web/clocks"
	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/sharing"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Section is this page with what it calls.
type Section struct {
	Share         *share.Service
	Quality       *quality.Service
	Review        *review.Service
	Authorisation *authorisation.Service
	Coverage      *coverage.Service
	Freshness     *freshness.Service
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/oversight", Page: "oversight", Show: s.desk},
		{Path: "/coverage", Page: "coverage", Up: "/oversight", Show: s.coverage, File: page.File(s.report)},
		{Path: "/lapses", Page: "lapses", Up: "/coverage", Show: s.lapses, File: page.File(s.lapsed)},
	}
}

// deskPage is the authority's day.
type deskPage struct {
	Cards    []card
	Requests []sharing.RequestLine // late ones and disputed ones
	Changes  []changeLine
	Cover    cover
}

// card is one thing that is counted, and where it stands.
type card struct {
	Name, Path string
	N          int
	More       bool // there are more than were counted
}

type changeLine struct {
	review.Change
	Set, Of page.Tongued
	Clocks  []clocks.Clock
}

// counted is how many of a thing are counted at most; shown is how many lines of
// each kind stand on the desk.
const (
	counted = 200
	shown   = 8
)

// attention are the requests that the authority looks at: what is late, what waits
// for its word, and what two sides talk over.
func attention() []share.ListQuery {
	return []share.ListQuery{
		{Overseen: true, State: share.StateOverdue, Limit: counted},
		{Waiting: true, Limit: counted},
		{Overseen: true, State: share.StateConsulting, Limit: counted},
	}
}

func (s *Section) desk(v *page.Visit) (any, error) {
	if err := v.Actor.Must(vocab.Authority); err != nil {
		return nil, err
	}
	p := &deskPage{}
	for _, step := range []func(*page.Visit, *deskPage) error{s.members, s.requests, s.changes, s.others} {
		if err := step(v, p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *deskPage) count(name, path string, n int) {
	p.Cards = append(p.Cards, card{Name: name, Path: path, N: n, More: n == counted})
}

func (s *Section) members(v *page.Visit, p *deskPage) error {
	var all []identity.Member
	for after := ""; len(all) < page.MostFile; {
		list, err := v.Identity.Members(v.Ctx(), v.Actor, identity.Page{After: after, Limit: counted})
		if err != nil {
			return err
		}
		if all = append(all, list...); len(list) < counted {
			break
		}
		after = string(list[len(list)-1].ID)
	}
	waiting := 0
	for _, m := range all {
		if m.State != identity.Active {
			waiting++
		}
	}
	p.count("members", "/members", min(len(all), counted))
	p.count("waiting", "/members?state=suspended", min(waiting, counted))
	var err error
	p.Cover, err = coverOf(v, all)
	return err
}

func (s *Section) requests(v *page.Visit, p *deskPage) error {
	for i, q := range attention() {
		list, err := s.Share.List(v.Ctx(), v.Actor, q)
		if err != nil {
			return err
		}
		at := []struct{ name, path string }{
			{"late", "/requests?side=overseen&state=overdue"}, {"word", "/requests?side=waiting"}, {"talked", "/requests?side=overseen&state=consulting"},
		}[i]
		p.count(at.name, at.path, len(list))
		lines, err := sharing.RequestLines(v, list[:min(len(list), shown)])
		if err != nil {
			return err
		}
		p.Requests = append(p.Requests, lines...)
	}
	return sharing.Clocked(v, s.Share, p.Requests)
}

func (s *Section) changes(v *page.Visit, p *deskPage) error {
	open, err := s.openChanges(v)
	if err != nil {
		return err
	}
	for _, c := range open[:min(len(open), shown)] {
		names, err := v.Identity.MemberNames(v.Ctx(), c.Owner)
		if err != nil {
			return err
		}
		line := changeLine{Change: *c, Set: v.SetName(c.Dataset), Of: v.NameOr(names, c.Owner)}
		var running []calendar.Running
		for _, r := range c.Clocks {
			if r.Open() {
				running = append(running, r)
			}
		}
		if line.Clocks, err = clocks.Of(v, running); err != nil {
			return err
		}
		p.Changes = append(p.Changes, line)
	}
	p.count("changes", "/changes", len(open))
	return nil
}

// openChanges are the changes that are not accepted yet, up to counted. They come
// by their ids, so the accepted ones between them are read over.
func (s *Section) openChanges(v *page.Visit) ([]*review.Change, error) {
	var open []*review.Change
	for after := ""; ; {
		list, err := s.Review.List(v.Ctx(), v.Actor, after, counted)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if c.State != review.Accepted {
				open = append(open, c)
			}
		}
		if len(list) < counted || len(open) >= counted {
			return open[:min(len(open), counted)], nil
		}
		after = list[len(list)-1].ID
	}
}

func (s *Section) others(v *page.Visit, p *deskPage) error {
	open := 0
	for _, state := range []quality.State{quality.StateRaised, quality.StateUnassigned, quality.StateReview} {
		list, err := s.Quality.List(v.Ctx(), v.Actor, quality.ListQuery{State: state, Limit: counted})
		if err != nil {
			return err
		}
		open += len(list)
	}
	p.count("contests", "/contests", min(open, counted))
	list, err := s.Authorisation.List(v.Ctx(), v.Actor, authorisation.Proposed, "", counted)
	p.count("registrations", "/authorisations?state=proposed", len(list))
	return err
}

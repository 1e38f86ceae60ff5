package desk

import (
	"net/url"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/share"
	"fontis/internal/edge/web/entries"
	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/sharing"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// deskPage is a steward's day.
type deskPage struct {
	States   []stateCount
	Sets     []entries.Hit
	Next     string
	Todo     []catalog.TodoLine
	Incoming []sharing.RequestLine
	Live     string // of what comes in
	Untags   []untagLine
	Notices  []identity.Notice
}

type stateCount struct {
	State catalog.State
	N     int
	Link  string
}

type untagLine struct {
	catalog.Untagging
	Confirm *page.Form
}

func (s *Section) desk(v *page.Visit) (any, error) {
	if err := v.Actor.Must(vocab.Steward); err != nil {
		return nil, err
	}
	p := deskPage{Live: v.Live("incoming", "")}
	for _, step := range []func(*page.Visit, *deskPage) error{s.deskSets, s.deskRequests, s.deskUntags} {
		if err := step(v, &p); err != nil {
			return nil, err
		}
	}
	var err error
	if p.Todo, err = v.Catalog.Todo(v.Ctx(), v.Actor); err != nil {
		return nil, err
	}
	p.Notices, err = v.Identity.Notices(v.Ctx(), v.Actor, identity.Page{Limit: 5})
	return p, err
}

func (s *Section) deskSets(v *page.Visit, p *deskPage) error {
	mine := map[string][]string{"owner": {string(v.Actor.Member)}}
	found, err := v.Catalog.Search(v.Ctx(), v.Actor, catalog.SearchQuery{Filters: mine, Facets: []string{"state"}, Limit: 1})
	if err != nil {
		return err
	}
	for _, c := range found.Facets["state"] {
		link := url.Values{"owner": mine["owner"], "state": {c.Value}}
		p.States = append(p.States, stateCount{State: catalog.State(c.Value), N: c.N, Link: "/search?" + link.Encode()})
	}
	list, err := v.Catalog.List(v.Ctx(), v.Actor, catalog.ListQuery{Page: catalog.Page{After: vocab.DatasetID(v.Said("after")), Limit: page.Size}, Owner: v.Actor.Member})
	if err != nil {
		return err
	}
	if p.Sets, err = entries.Hits(v, list); err != nil {
		return err
	}
	if len(list) == page.Size {
		p.Next = "/desk?after=" + url.QueryEscape(string(list[len(list)-1].ID))
	}
	return nil
}

func (s *Section) deskRequests(v *page.Visit, p *deskPage) error {
	for _, state := range []share.State{share.StateSubmitted, share.StateSecond} {
		list, err := s.Share.List(v.Ctx(), v.Actor, share.ListQuery{Incoming: true, State: state, Limit: page.Size})
		if err != nil {
			return err
		}
		lines, err := sharing.RequestLines(v, list)
		if err != nil {
			return err
		}
		if err := sharing.Clocked(v, s.Share, lines); err != nil {
			return err
		}
		p.Incoming = append(p.Incoming, lines...)
	}
	return nil
}

func (s *Section) deskUntags(v *page.Visit, p *deskPage) error {
	list, err := v.Catalog.Untaggings(v.Ctx(), v.Actor)
	for _, u := range list {
		p.Untags = append(p.Untags, untagLine{Untagging: u, Confirm: v.Form(page.Form{Action: "/desk/untag", Name: "confirm_untag", Inline: true, Fields: []page.Field{
			{Name: "item", Kind: "hidden", Value: string(u.Item)}, {Name: "tag", Kind: "hidden", Value: string(u.Tag)},
		}})})
	}
	return err
}

func (s *Section) confirmUntag(v *page.Visit) (string, error) {
	_, err := v.Catalog.ConfirmUntag(v.Ctx(), v.Actor, vocab.ItemID(v.Said("item")), vocab.Tag(v.Said("tag")))
	return "/desk?done=untagged", err
}

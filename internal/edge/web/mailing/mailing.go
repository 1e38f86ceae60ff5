// Package mailing is where whoever is signed in says to which e-mail address word
// goes that a notice waits, opens it with the code that was sent there, and takes
// it away again.
//
// The message holds a link and nothing else; the page says so before an address is
// given.
package mailing

import (
	"net/url"

	"fontis/internal/edge/jobs/channel"
	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/paper"
	"fontis/internal/vocab"
)

// Section is these pages with what they call.
type Section struct{ Channels *channel.Service }

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/notices/mail", Paper: paper.Mail, Page: "mail", Show: s.list, Act: s.add},
		{Path: "/notices/mail/{id}/{act}", Paper: paper.Mail, Only: true, Page: "mail", Show: s.list, Act: s.turn},
	}
}

// listPage is where notices go beside the inbox.
type listPage struct {
	Lines []line
	Add   *page.Form
}

type line struct {
	Address   string
	Confirmed bool
	Confirm   *page.Form
	Remove    *page.Form
}

func (s *Section) list(v *page.Visit) (any, error) {
	all, err := s.Channels.List(v.Ctx(), v.Actor)
	if err != nil {
		return nil, err
	}
	p := listPage{Add: v.Form(page.Form{Action: "/notices/mail", Name: "add_mail", Fields: []page.Field{{Name: "address", Text: "mail_address", Kind: "email", Hint: true, Need: true, Complete: "email"}}})}
	for _, c := range all {
		if c.Kind != channel.Email || c.Officer == "" && c.Member != "" {
			continue // a member's own are made by program
		}
		base := "/notices/mail/" + url.PathEscape(c.ID)
		l := line{Address: c.Address, Confirmed: c.State == channel.Confirmed, Remove: v.Form(page.Form{Action: base + "/remove", Name: "remove_mail", Inline: true})}
		if !l.Confirmed {
			l.Confirm = v.Form(page.Form{Action: base + "/confirm", Name: "confirm_mail", Fields: []page.Field{{Name: "code", Text: "mail_code", Hint: true, Need: true, Complete: "off"}}})
		}
		p.Lines = append(p.Lines, l)
	}
	return p, nil
}

func (s *Section) add(v *page.Visit) (string, error) {
	_, err := s.Channels.Add(v.Ctx(), v.Actor, channel.New{Kind: channel.Email, Address: v.Said("address"), Lang: v.Call.Lang})
	return "/notices/mail?done=mail_added", err
}

func (s *Section) turn(v *page.Visit) (string, error) {
	switch v.ID("act") {
	case "confirm":
		_, err := s.Channels.Confirm(v.Ctx(), v.Actor, v.ID("id"), v.Said("code"))
		return "/notices/mail?done=mail_confirmed", err
	case "remove":
		return "/notices/mail?done=removed", s.Channels.Remove(v.Ctx(), v.Actor, v.ID("id"))
	}
	return "", vocab.NoSuchThing.Because("no page stands here")
}

package web

import (
	"net/url"

	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// grantsPage lists the grants that a member holds and those that it gave.
type grantsPage struct {
	Given bool
	Other bool
	Lines []grantLine
	Next  string
}

type grantLine struct {
	access.Grant
	Holder, Giver tongued
	Set           tongued
	ItemNames     []tongued
}

func (s *Site) grants(v *visit) (any, error) {
	p := grantsPage{Given: v.actor.Has(vocab.Steward) && v.said("side") != "held" || v.said("side") == "given"}
	list, err := s.Door.Grants(v.ctx(), v.actor, p.Given, vocab.GrantID(v.said("after")), pageSize)
	if err != nil {
		return nil, err
	}
	if p.Lines, err = v.grantLines(list); err != nil {
		return nil, err
	}
	if len(list) == pageSize {
		side := "held"
		if p.Given {
			side = "given"
		}
		p.Next = "/grants?side=" + side + "&after=" + url.QueryEscape(string(list[len(list)-1].ID))
	}
	p.Other = v.actor.Has(vocab.Steward) && v.actor.Has(vocab.DataUser)
	return p, nil
}

func (v *visit) grantLines(list []access.Grant) ([]grantLine, error) {
	var ids []vocab.MemberID
	for _, g := range list {
		ids = append(ids, g.To, g.Provider)
	}
	names, err := v.Identity.MemberNames(v.ctx(), ids...)
	out := make([]grantLine, len(list))
	for i, g := range list {
		out[i] = grantLine{Grant: g, Holder: v.look().Name(names[g.To]), Giver: v.look().Name(names[g.Provider]), Set: v.setName(g.Dataset), ItemNames: v.itemNames(g.Items)}
	}
	return out, err
}

// grantPage is one grant with what may become of it.
type grantPage struct {
	Grant grantLine
	Use   bool
	Steps []*form
}

func (s *Site) grant(v *visit) (any, error) {
	g, err := s.Door.GrantFor(v.actor, vocab.GrantID(v.id("id")))
	if err != nil {
		return nil, err
	}
	lines, err := v.grantLines([]access.Grant{g})
	if err != nil {
		return nil, err
	}
	p := grantPage{Grant: lines[0], Use: v.actor.In(g.To) && v.actor.Has(vocab.DataUser) && g.State == access.GrantActive}
	p.Steps = v.grantSteps(g)
	return p, nil
}

func (v *visit) grantSteps(g access.Grant) []*form {
	var out []*form
	add := func(act string, grave bool, fields ...field) {
		out = append(out, v.form(form{Action: "/grants/" + url.PathEscape(string(g.ID)) + "/" + act, Name: act, Grave: grave, Fields: fields}))
	}
	why := field{Name: "reason", Need: true}
	gave := v.actor.In(g.Provider) && v.actor.Has(vocab.Steward)
	holds := v.actor.In(g.To) && (v.actor.Has(vocab.DataUser) || v.actor.Has(vocab.Steward))
	if gave && g.State == access.GrantActive {
		add("suspend", false, why)
	}
	if gave && g.State == access.GrantSuspended {
		add("resume", false, why)
	}
	if (gave || holds) && g.State != access.GrantEnded {
		add("end", true, why)
	}
	if v.actor.In(g.To) && v.actor.Has(vocab.DataUser) && g.Request != "" {
		add("like", false)
	}
	return out
}

func (s *Site) grantStep(v *visit) (string, error) {
	id, reason := vocab.GrantID(v.id("id")), v.said("reason")
	var err error
	switch v.id("act") {
	case "suspend":
		_, err = s.Share.Suspend(v.ctx(), v.actor, id, reason)
	case "resume":
		_, err = s.Share.Resume(v.ctx(), v.actor, id, reason)
	case "end":
		_, err = s.Share.End(v.ctx(), v.actor, id, reason)
	case "like":
		r, err := s.Share.Like(v.ctx(), v.actor, id)
		if err != nil {
			return "", err
		}
		return "/requests/" + url.PathEscape(string(r.ID)) + "?done=drafted", nil
	default:
		err = identity.NotYours()
	}
	return "/grants/" + url.PathEscape(string(id)) + "?done=step", err
}

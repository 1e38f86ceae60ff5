package sharing

import (
	"net/url"

	"fontis/internal/edge/web/page"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// grantsPage lists the grants that a member holds and those that it gave.
type grantsPage struct {
	Given bool
	Other bool
	Lines []GrantLine
	Next  string
}

// GrantLine is one grant as people read it.
type GrantLine struct {
	access.Grant
	Holder, Giver page.Tongued
	Set           page.Tongued
	ItemNames     []page.Tongued
}

func (s *Section) grants(v *page.Visit) (any, error) {
	p := grantsPage{Given: v.Actor.Has(vocab.Steward) && v.Said("side") != "held" || v.Said("side") == "given"}
	list, err := s.Door.Grants(v.Ctx(), v.Actor, p.Given, vocab.GrantID(v.Said("after")), page.Size)
	if err != nil {
		return nil, err
	}
	if p.Lines, err = GrantLines(v, list); err != nil {
		return nil, err
	}
	if len(list) == page.Size {
		side := "held"
		if p.Given {
			side = "given"
		}
		p.Next = "/grants?side=" + side + "&after=" + url.QueryEscape(string(list[len(list)-1].ID))
	}
	p.Other = v.Actor.Has(vocab.Steward) && v.Actor.Has(vocab.DataUser)
	return p, nil
}

// GrantLines puts names to grants.
func GrantLines(v *page.Visit, list []access.Grant) ([]GrantLine, error) {
	var ids []vocab.MemberID
	for _, g := range list {
		ids = append(ids, g.To, g.Provider)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	out := make([]GrantLine, len(list))
	for i, g := range list {
		out[i] = GrantLine{Grant: g, Holder: v.Look().Name(names[g.To]), Giver: v.Look().Name(names[g.Provider]), Set: v.SetName(g.Dataset), ItemNames: v.ItemNames(g.Items)}
	}
	return out, err
}

// grantPage is one grant with what may become of it.
type grantPage struct {
	Grant GrantLine
	Use   bool
	Steps []*page.Form
}

func (s *Section) grant(v *page.Visit) (any, error) {
	g, err := s.Door.GrantFor(v.Actor, vocab.GrantID(v.ID("id")))
	if err != nil {
		return nil, err
	}
	lines, err := GrantLines(v, []access.Grant{g})
	if err != nil {
		return nil, err
	}
	p := grantPage{Grant: lines[0], Use: v.Actor.In(g.To) && v.Actor.Has(vocab.DataUser) && g.State == access.GrantActive}
	p.Steps = grantSteps(v, g)
	return p, nil
}

func grantSteps(v *page.Visit, g access.Grant) []*page.Form {
	var out []*page.Form
	add := func(act string, grave bool, fields ...page.Field) {
		out = append(out, v.Form(page.Form{Action: "/grants/" + url.PathEscape(string(g.ID)) + "/" + act, Name: act, Grave: grave, Fields: fields}))
	}
	why := page.Field{Name: "reason", Need: true}
	gave := v.Actor.In(g.Provider) && v.Actor.Has(vocab.Steward)
	holds := v.Actor.In(g.To) && (v.Actor.Has(vocab.DataUser) || v.Actor.Has(vocab.Steward))
	if gave && g.State == access.GrantActive {
		add("suspend", false, why)
	}
	if gave && g.State == access.GrantSuspended {
		add("resume", false, why)
	}
	if (gave || holds) && g.State != access.GrantEnded {
		add("end", true, why)
	}
	if v.Actor.In(g.To) && v.Actor.Has(vocab.DataUser) && g.Request != "" {
		add("like", false)
	}
	return out
}

func (s *Section) grantStep(v *page.Visit) (string, error) {
	id, reason := vocab.GrantID(v.ID("id")), v.Said("reason")
	var err error
	switch v.ID("act") {
	case "suspend":
		_, err = s.Share.Suspend(v.Ctx(), v.Actor, id, reason)
	case "resume":
		_, err = s.Share.Resume(v.Ctx(), v.Actor, id, reason)
	case "end":
		_, err = s.Share.End(v.Ctx(), v.Actor, id, reason)
	case "like":
		r, err := s.Share.Like(v.Ctx(), v.Actor, id)
		if err != nil {
			return "", err
		}
		return "/requests/" + url.PathEscape(string(r.ID)) + "?done=drafted", nil
	default:
		err = identity.NotYours()
	}
	return "/grants/" + url.PathEscape(string(id)) + "?done=step", err
}

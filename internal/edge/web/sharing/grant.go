package sharing

import (
	"net/url"
	"slices"
	"time"

	"fontis/internal/duty/share"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// grantsPage lists the grants that a member holds and those that it gave.
type grantsPage struct {
	Given bool
	Other bool
	List  page.Shown[GrantLine]
}

// GrantLine is one grant as people read it.
type GrantLine struct {
	access.Grant
	Holder, Giver page.Tongued
	Set           page.Tongued
	ItemNames     []page.Tongued
}

func (s *Section) grants(v *page.Visit) (any, error) {
	list, err := s.grantList(v)
	if err != nil {
		return nil, err
	}
	p := grantsPage{Given: v.Said("side") == sideGiven, Other: v.Actor.Has(vocab.Steward) && v.Actor.Has(vocab.DataUser)}
	p.List, err = list.Show(v)
	return p, err
}

func (s *Section) grantList(v *page.Visit) (page.List[GrantLine], error) {
	if err := s.grantSide(v); err != nil {
		return page.List[GrantLine]{}, err
	}
	given := v.Said("side") == sideGiven
	return page.List[GrantLine]{
		Path: "/grants", Keep: []string{"side"}, Key: func(l GrantLine) string { return string(l.ID) },
		Columns: []page.Column[GrantLine]{
			{Name: "grant_id", Say: func(l GrantLine) any { return l.ID }},
			{Name: "dataset", Say: func(l GrantLine) any { return l.Set }},
			{Name: "items", Say: func(l GrantLine) any { return l.ItemNames }},
			{Name: "requester", Say: func(l GrantLine) any { return l.Holder }},
			{Name: "provider", Say: func(l GrantLine) any { return l.Giver }},
			{Name: "question", Kind: "question", Words: page.Strings(vocab.Questions()), Say: func(l GrantLine) any { return l.Question }},
			{Name: "until", Say: func(l GrantLine) any { return page.Day{Time: l.Until} }},
			{Name: "state", Kind: "state", Words: page.Strings([]grant.State{grant.Active, grant.Suspended, grant.Ended}), Say: func(l GrantLine) any { return l.State }},
		},
		Fetch: func(after string, limit int) ([]GrantLine, error) {
			list, err := s.Door.Grants(v.Ctx(), v.Actor, given, vocab.GrantID(after), limit)
			if err != nil {
				return nil, err
			}
			return GrantLines(v, list)
		},
	}, nil
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

// Open reports whether the grant answers now, as far as its state and period go.
func Open(v *page.Visit, g access.Grant) bool {
	now := v.Clock.Now()
	return g.State == access.GrantActive && !now.Before(g.From) && now.Before(g.Until)
}

// grantPage is one grant with what may become of it.
type grantPage struct {
	Grant       GrantLine
	StatusNames string
	Use         bool
	Certify     bool         // the certificate of destruction is owed
	Halted      page.Tongued // the authority that suspended it
	HaltedAt    time.Time
	Steps       []*page.Form
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
	p := grantPage{Grant: lines[0], StatusNames: v.StatusNames(g.Statuses), Use: v.Actor.In(g.To) && v.Actor.Has(vocab.DataUser) && Open(v, g)}
	if g.Request != "" { // what a person or a law gives has its own page
		err = s.grantSteps(v, g, &p)
	}
	return p, err
}

// grantSteps are the forms of what may become of a grant, whether the certificate of
// destruction is the visitor's to hand in, and which authority suspended it.
func (s *Section) grantSteps(v *page.Visit, g access.Grant, p *grantPage) error {
	r, err := s.Share.OfGrant(v.Ctx(), v.Actor, g.ID)
	if vocab.KindOf(err) == vocab.NotFound { // an auditor reads the grant alone
		return nil
	}
	if err != nil {
		return err
	}
	for _, t := range r.Steps(v.Actor) {
		switch t.Act {
		case share.ActSuspend, share.ActResume, share.ActEnd:
			if !slices.ContainsFunc(p.Steps, func(f *page.Form) bool { return f.Name == t.Act }) {
				p.Steps = append(p.Steps, grantForm(v, g.ID, t.Act))
			}
		case share.ActCertify:
			p.Certify = true
		}
	}
	if v.Actor.In(g.To) && v.Actor.Has(vocab.DataUser) {
		p.Steps = append(p.Steps, v.Form(page.Form{Action: grantPath(g.ID) + "/like", Name: "like"}))
	}
	if u := r.Suspension; u != nil && u.By == share.Authority && r.Stage == share.StageSuspended {
		names, err := v.Identity.MemberNames(v.Ctx(), u.Member)
		p.Halted, p.HaltedAt = v.NameOr(names, u.Member), u.At
		return err
	}
	return nil
}

func grantPath(id vocab.GrantID) string { return "/grants/" + url.PathEscape(string(id)) }

// grantForm asks for the reason of a step that the grant takes.
func grantForm(v *page.Visit, id vocab.GrantID, act string) *page.Form {
	return v.Form(page.Form{Action: grantPath(id) + "/" + act, Name: act, Grave: act == share.ActEnd, Fields: []page.Field{{Name: "reason", Need: true}}})
}

func (s *Section) grantStep(v *page.Visit) (string, error) {
	id, reason := vocab.GrantID(v.ID("id")), v.Said("reason")
	var r *share.Request
	var err error
	switch v.ID("act") {
	case share.ActSuspend:
		r, err = s.Share.Suspend(v.Ctx(), v.Actor, id, reason)
	case share.ActResume:
		r, err = s.Share.Resume(v.Ctx(), v.Actor, id, reason)
	case share.ActEnd:
		r, err = s.Share.End(v.Ctx(), v.Actor, id, reason)
	case "like":
		r, err := s.Share.Like(v.Ctx(), v.Actor, id)
		if err != nil {
			return "", err
		}
		return "/requests/" + url.PathEscape(string(r.ID)) + "?done=drafted", nil
	default:
		err = identity.NotYours()
	}
	if r != nil && !v.Party(r.Requester, r.Provider) { // the authority sees the request alone
		return "/requests/" + url.PathEscape(string(r.ID)) + "?done=step", err
	}
	return grantPath(id) + "?done=step", err
}

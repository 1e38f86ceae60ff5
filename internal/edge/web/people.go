package web

import (
	"net/url"
	"slices"
	"strings"

	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/edge/web/notes"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// membersPage lists the bodies that take part.
type membersPage struct {
	Members []identity.Member
	Next    string
	Form    *form
}

func (s *Site) members(v *visit) (any, error) {
	list, err := s.Identity.Members(v.ctx(), v.actor, identity.Page{After: v.said("after"), Limit: pageSize})
	if err != nil {
		return nil, err
	}
	p := membersPage{Members: list}
	if len(list) == pageSize {
		p.Next = "/members?after=" + url.QueryEscape(string(list[len(list)-1].ID))
	}
	if v.actor.Has(vocab.Authority) {
		p.Form = v.form(form{Action: "/members", Name: "add_member", Fields: []field{
			{Name: "id", Text: "member_id", Hint: true, Need: true},
			{Name: "zh", Text: "name_zh"},
			{Name: "en", Text: "name_en"},
			{Name: "kind", Text: "member_kind", Kind: "select", Options: words(v, "member_kind", identity.MemberKinds())},
			{Name: "region", Hint: true, Need: true, Value: v.actor.Region},
			{Name: "credit_code"},
		}})
	}
	return p, nil
}

func (s *Site) addMember(v *visit) (string, error) {
	m, err := s.Identity.AddMember(v.ctx(), v.actor, identity.NewMember{
		ID: vocab.MemberID(v.said("id")), Name: identity.Name{Zh: v.said("zh"), En: v.said("en")}, CreditCode: v.said("credit_code"),
		Kind: identity.MemberKind(v.said("kind")), Region: v.said("region"),
	})
	return "/members/" + url.PathEscape(string(m.ID)) + "?done=member_added", err
}

// memberPage shows one body.
type memberPage struct {
	Member identity.Member
	Name   tongued
	State  *form
}

func (s *Site) member(v *visit) (any, error) {
	m, err := s.Identity.Member(v.ctx(), v.actor, vocab.MemberID(v.id("id")))
	if err != nil {
		return nil, err
	}
	p := memberPage{Member: m, Name: v.look().Name(m.Name)}
	if v.actor.Governs(m.Region) {
		p.State = v.stateForm("/members/"+url.PathEscape(string(m.ID)), m.State)
	}
	return p, nil
}

// stateForm suspends, or lets act again.
func (v *visit) stateForm(action string, now identity.State) *form {
	f := form{Action: action, Name: "suspend", Grave: true, Fields: []field{{Name: "to", Kind: "hidden", Value: string(identity.Suspended)}, {Name: "reason", Need: true}}}
	if now == identity.Suspended {
		f.Name, f.Grave, f.Fields[0].Value = "resume", false, string(identity.Active)
	}
	return v.form(f)
}

func (s *Site) memberState(v *visit) (string, error) {
	id := vocab.MemberID(v.id("id"))
	err := s.Identity.SetMemberState(v.ctx(), v.actor, id, identity.State(v.said("to")), v.said("reason"))
	return "/members/" + url.PathEscape(string(id)) + "?done=saved", err
}

// officersPage lists a member's officers and invites more.
type officersPage struct {
	Member   vocab.MemberID
	Officers []identity.Officer
	Next     string
	Form     *form
	List     *form
	Codes    []invited // shown here and never again
}

// invited is one invitation, or why there is none.
type invited struct {
	Line    int
	Officer string
	Code    string
	Expires string
	Cause   string
	Link    string
}

// ofMember is the member that a page of people is about: one's own, or another
// that the authority names.
func (v *visit) ofMember() vocab.MemberID {
	if m := v.said("member"); m != "" {
		return vocab.MemberID(m)
	}
	return v.actor.Member
}

func (s *Site) officers(v *visit) (any, error) {
	p := officersPage{Member: v.ofMember()}
	list, err := s.Identity.Officers(v.ctx(), v.actor, p.Member, identity.Page{After: v.said("after"), Limit: pageSize})
	if err != nil {
		return nil, err
	}
	p.Officers = list
	if len(list) == pageSize {
		p.Next = "/officers?member=" + url.QueryEscape(string(p.Member)) + "&after=" + url.QueryEscape(string(list[len(list)-1].ID))
	}
	p.Codes, _ = notes.Take[[]invited](v.notes, v.actor, v.said("codes"))
	of := field{Name: "member", Kind: "hidden", Value: string(p.Member)}
	p.Form = v.form(form{Action: "/officers", Name: "add_officer", Fields: []field{
		of,
		{Name: "login", Hint: true, Need: true},
		{Name: "name", Text: "person_name", Need: true},
		{Name: "unit"},
		{Name: "roles", Kind: "checks", Options: words(v, "role", vocab.Roles())},
	}})
	p.List = v.form(form{Action: "/officers/list", Name: "import_officers", Files: true, Fields: []field{of, {Name: "file", Text: "officer_file", Kind: "file", Hint: true, Need: true}}})
	return p, nil
}

func (v *visit) invited(i identity.Invitation) invited {
	return invited{Officer: string(i.Officer), Code: i.Code, Expires: v.look().Moment(i.Expires), Link: strings.TrimSuffix(v.URL, "/") + "/invitation"}
}

func (v *visit) toCodes(m vocab.MemberID, codes []invited) string {
	return "/officers?member=" + url.QueryEscape(string(m)) + "&codes=" + v.notes.Put(v.actor, codes)
}

func (s *Site) addOfficer(v *visit) (string, error) {
	inv, err := s.Identity.AddOfficer(v.ctx(), v.actor, identity.NewOfficer{
		Member: v.ofMember(), Login: v.said("login"), Name: v.said("name"), Unit: v.said("unit"), Roles: typed[vocab.Role](v.all("roles")),
	})
	if err != nil {
		return "", err
	}
	return v.toCodes(v.ofMember(), []invited{v.invited(inv)}), nil
}

func (s *Site) importOfficers(v *visit) (string, error) {
	file, head, err := v.file("file")
	if err != nil {
		return "", err
	}
	defer file.Close()
	list, err := intake.ReadOfficers(file, head.Size, input.Options{Name: head.Filename})
	if err != nil {
		return "", err
	}
	rows := make([]identity.OfficerRow, len(list.Good))
	for i, o := range list.Good {
		rows[i] = officerRow(o, v.ofMember())
	}
	results, err := s.Identity.ImportOfficers(v.ctx(), v.actor, rows)
	if err != nil {
		return "", err
	}
	return v.toCodes(v.ofMember(), append(v.results(results), v.rejects(list.Rejects)...)), nil
}

func officerRow(o intake.Officer, m vocab.MemberID) identity.OfficerRow {
	if o.Member != "" {
		m = o.Member
	}
	roles := make([]string, len(o.Roles))
	for i, r := range o.Roles {
		roles[i] = string(r)
	}
	return identity.OfficerRow{Line: o.Line, Login: o.Login, Name: o.Name, Member: string(m), Roles: strings.Join(roles, " ")}
}

func (v *visit) results(list []identity.RowResult) []invited {
	out := make([]invited, len(list))
	for i, r := range list {
		if r.Err != nil {
			out[i].Cause = v.problems.Of(v.call, r.Err).Detail
		} else {
			out[i] = v.invited(r.Invitation)
		}
		out[i].Line = r.Line
	}
	return out
}

func (v *visit) rejects(list []intake.Reject) []invited {
	var out []invited
	for _, r := range list {
		var causes []string
		for _, t := range r.Troubles {
			cause, remedy := t.Say(string(v.call.Lang))
			causes = append(causes, cause+" "+remedy)
		}
		out = append(out, invited{Line: r.Line, Cause: strings.Join(causes, "; ")})
	}
	return out
}

// officerPage shows one officer with what may be done about them.
type officerPage struct {
	Officer  identity.Officer
	Codes    []invited
	Roles    *form
	Invite   *form
	State    *form
	Unlock   *form
	Sessions []sessionLine
}

type sessionLine struct {
	identity.Session
	End *form
}

func (s *Site) officer(v *visit) (any, error) {
	o, err := s.Identity.Officer(v.ctx(), v.actor, vocab.OfficerID(v.id("id")))
	if err != nil {
		return nil, err
	}
	base := "/officers/" + url.PathEscape(string(o.ID))
	p := officerPage{Officer: o}
	p.Codes, _ = notes.Take[[]invited](v.notes, v.actor, v.said("codes"))
	if v.actor.Has(vocab.Steward) || v.actor.Has(vocab.Operator) || v.actor.Has(vocab.Authority) {
		p.Roles = v.form(form{Action: base, Name: "set_roles", Fields: []field{{Name: "roles", Kind: "checks", Values: rolesIn(o, v.actor.Member), Options: words(v, "role", vocab.Roles())}}})
		p.Invite = v.form(form{Action: base + "/invite", Name: "invite"})
		p.Unlock = v.form(form{Action: base + "/unlock", Name: "unlock"})
		p.State = v.stateForm(base+"/state", o.State)
	}
	sessions, err := s.Identity.Sessions(v.ctx(), v.actor, o.ID)
	for _, e := range sessions {
		p.Sessions = append(p.Sessions, sessionLine{Session: e, End: v.form(form{Action: base + "/end", Name: "end_session", Inline: true, Fields: []field{{Name: "session", Kind: "hidden", Value: e.ID}}})})
	}
	if vocab.KindOf(err) == vocab.Denied || vocab.KindOf(err) == vocab.NotFound {
		err = nil // a colleague's name is seen, their sessions are not
	}
	return p, err
}

func rolesIn(o identity.Officer, m vocab.MemberID) []string {
	var out []string
	for _, h := range o.Roles {
		if (h.Member == m || h.Member == o.Member) && !slices.Contains(out, string(h.Role)) {
			out = append(out, string(h.Role))
		}
	}
	return out
}

func (v *visit) toOfficer(done string) string {
	return "/officers/" + url.PathEscape(v.id("id")) + "?done=" + done
}

func (s *Site) setRoles(v *visit) (string, error) {
	o, err := s.Identity.Officer(v.ctx(), v.actor, vocab.OfficerID(v.id("id")))
	if err != nil {
		return "", err
	}
	return v.toOfficer("saved"), s.Identity.SetRoles(v.ctx(), v.actor, o.ID, o.Member, typed[vocab.Role](v.all("roles")))
}

func (s *Site) invite(v *visit) (string, error) {
	inv, err := s.Identity.Invite(v.ctx(), v.actor, vocab.OfficerID(v.id("id")))
	if err != nil {
		return "", err
	}
	return v.toOfficer("invited") + "&codes=" + v.notes.Put(v.actor, []invited{v.invited(inv)}), nil
}

func (s *Site) officerState(v *visit) (string, error) {
	return v.toOfficer("saved"), s.Identity.SetOfficerState(v.ctx(), v.actor, vocab.OfficerID(v.id("id")), identity.State(v.said("to")), v.said("reason"))
}

func (s *Site) unlock(v *visit) (string, error) {
	return v.toOfficer("unlocked"), s.Identity.Unlock(v.ctx(), v.actor, vocab.OfficerID(v.id("id")))
}

func (s *Site) endSession(v *visit) (string, error) {
	return v.toOfficer("session_ended"), s.Identity.RevokeSession(v.ctx(), v.actor, vocab.OfficerID(v.id("id")), v.said("session"))
}

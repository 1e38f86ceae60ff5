package people

import (
	"net/url"
	"slices"
	"strings"

	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/edge/taking"
	"fontis/internal/edge/web/notes"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// membersPage lists the bodies that take part.
type membersPage struct {
	List page.Shown[identity.Member]
	Form *page.Form
}

// members is for whoever acts for a body; to a person, who has none, the list is
// the data authority's.
func (s *Section) members(v *page.Visit) (any, error) {
	if v.Actor.Member == "" {
		return nil, v.Actor.Must(vocab.Authority)
	}
	list, err := s.memberList(v)
	if err != nil {
		return nil, err
	}
	p := membersPage{}
	if p.List, err = list.Show(v); err != nil {
		return nil, err
	}
	if v.Actor.Has(vocab.Authority) {
		p.Form = v.Form(page.Form{Action: "/members", Name: "add_member", Fields: []page.Field{
			{Name: "id", Text: "member_id", Hint: true, Need: true},
			{Name: "zh", Text: "name_zh"},
			{Name: "en", Text: "name_en"},
			{Name: "kind", Text: "member_kind", Kind: "select", Options: page.Words(v, "member_kind", identity.MemberKinds())},
			{Name: "region", Hint: true, Need: true, Value: v.Actor.Region},
			{Name: "credit_code"},
		}})
	}
	return p, nil
}

// memberList stands by the members' names in the reader's language.
func (s *Section) memberList(v *page.Visit) (page.List[identity.Member], error) {
	name := func(m identity.Member) page.Tongued { return v.Look().Name(m.Name) }
	return page.List[identity.Member]{
		Path: "/members", Key: func(m identity.Member) string { return string(m.ID) }, Order: func(m identity.Member) string { return name(m).Text },
		Columns: []page.Column[identity.Member]{
			{Name: "member_id", Say: func(m identity.Member) any { return m.ID }},
			{Name: "member", Say: func(m identity.Member) any { return name(m) }},
			{Name: "kind", Head: "page.label.member_kind", Kind: "member_kind", Words: page.Strings(identity.MemberKinds()), Say: func(m identity.Member) any { return m.Kind }},
			{Name: "region", Say: func(m identity.Member) any { return m.Region }},
			{Name: "division", Say: func(m identity.Member) any { return v.Look().Region(m.Region) }},
			{Name: "state", Kind: "state", Words: page.Strings([]identity.State{identity.Active, identity.Invited, identity.Suspended}), Say: func(m identity.Member) any { return m.State }},
		},
		Fetch: func(after string, limit int) ([]identity.Member, error) {
			return v.Identity.Members(v.Ctx(), v.Actor, identity.Page{After: after, Limit: limit})
		},
	}, nil
}

func (s *Section) addMember(v *page.Visit) (string, error) {
	m, err := v.Identity.AddMember(v.Ctx(), v.Actor, identity.NewMember{
		ID: vocab.MemberID(v.Said("id")), Name: identity.Name{Zh: v.Said("zh"), En: v.Said("en")}, CreditCode: v.Said("credit_code"),
		Kind: identity.MemberKind(v.Said("kind")), Region: v.Said("region"),
	})
	return "/members/" + url.PathEscape(string(m.ID)) + "?done=member_added", err
}

// memberPage shows one body.
type memberPage struct {
	Member identity.Member
	Name   page.Tongued
	State  *page.Form
}

func (s *Section) member(v *page.Visit) (any, error) {
	m, err := v.Identity.Member(v.Ctx(), v.Actor, vocab.MemberID(v.ID("id")))
	if err != nil {
		return nil, err
	}
	p := memberPage{Member: m, Name: v.Look().Name(m.Name)}
	if v.Actor.Governs(m.Region) {
		p.State = stateForm(v, "/members/"+url.PathEscape(string(m.ID)), m.State)
	}
	return p, nil
}

// stateForm suspends, or lets act again.
func stateForm(v *page.Visit, action string, now identity.State) *page.Form {
	f := page.Form{Action: action, Name: "suspend", Grave: true, Fields: []page.Field{{Name: "to", Kind: "hidden", Value: string(identity.Suspended)}, {Name: "reason", Need: true}}}
	if now == identity.Suspended {
		f.Name, f.Grave, f.Fields[0].Value = "resume", false, string(identity.Active)
	}
	return v.Form(f)
}

func (s *Section) memberState(v *page.Visit) (string, error) {
	id := vocab.MemberID(v.ID("id"))
	err := v.Identity.SetMemberState(v.Ctx(), v.Actor, id, identity.State(v.Said("to")), v.Said("reason"))
	return "/members/" + url.PathEscape(string(id)) + "?done=saved", err
}

// officersPage lists a member's officers and invites more.
type officersPage struct {
	Member page.Tongued
	List   page.Shown[identity.Officer]
	Form   *page.Form
	Roster *page.Form
	Codes  []invited // shown here and never again
}

// invited is one invitation, or why there is none.
type invited struct {
	Line    int
	Officer string
	Code    string
	Expires string
	Cause   string
	Said    string // the cause as programs are told it
	Link    string
}

// ofMember is the member that a page of people is about: one's own, or another
// that the authority names.
func ofMember(v *page.Visit) vocab.MemberID {
	if m := v.Said("member"); m != "" {
		return vocab.MemberID(m)
	}
	return v.Actor.Member
}

func (s *Section) officers(v *page.Visit) (any, error) {
	p := officersPage{}
	list, err := s.officerList(v)
	if err != nil {
		return nil, err
	}
	if p.List, err = list.Show(v); err != nil {
		return nil, err
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ofMember(v))
	if err != nil {
		return nil, err
	}
	p.Member = v.NameOr(names, ofMember(v))
	p.Codes, _ = notes.Take[[]invited](v.Notes, v.Actor, v.Said("codes"))
	of := page.Field{Name: "member", Kind: "hidden", Value: string(ofMember(v))}
	p.Form = v.Form(page.Form{Action: "/officers", Name: "add_officer", Fields: []page.Field{
		of,
		{Name: "login", Hint: true, Need: true},
		{Name: "name", Text: "person_name", Need: true},
		{Name: "unit"},
		{Name: "roles", Kind: "checks", Options: page.Words(v, "role", vocab.Roles())},
	}})
	p.Roster = v.Form(page.Form{Action: "/officers/list", Name: "import_officers", Files: true, Fields: []page.Field{of, {Name: "file", Text: "officer_file", Kind: "file", Hint: true, Need: true}}})
	return p, nil
}

func (s *Section) officerList(v *page.Visit) (page.List[identity.Officer], error) {
	return page.List[identity.Officer]{
		Path: "/officers", Keep: []string{"member"}, Key: func(o identity.Officer) string { return string(o.ID) }, Order: func(o identity.Officer) string { return o.Name },
		Columns: []page.Column[identity.Officer]{
			{Name: "login", Say: func(o identity.Officer) any { return o.ID }},
			{Name: "person_name", Say: func(o identity.Officer) any { return o.Name }},
			{Name: "unit", Say: func(o identity.Officer) any { return o.Unit }},
			{Name: "roles", Say: func(o identity.Officer) any {
				held := make([]page.Tongued, len(o.Roles))
				for i, r := range o.Roles {
					held[i].Text = v.Look().Word("role", string(r.Role))
				}
				return held
			}},
			{Name: "state", Kind: "state", Words: page.Strings([]identity.State{identity.Active, identity.Invited, identity.Suspended}), Say: func(o identity.Officer) any { return o.State }},
		},
		Fetch: func(after string, limit int) ([]identity.Officer, error) {
			return v.Identity.Officers(v.Ctx(), v.Actor, ofMember(v), identity.Page{After: after, Limit: limit})
		},
	}, nil
}

func invitedOf(v *page.Visit, i identity.Invitation) invited {
	return invited{Officer: string(i.Officer), Code: i.Code, Expires: v.Look().Moment(i.Expires), Link: strings.TrimSuffix(v.URL, "/") + "/invitation"}
}

func toCodes(v *page.Visit, m vocab.MemberID, codes []invited) string {
	return "/officers?member=" + url.QueryEscape(string(m)) + "&codes=" + v.Notes.Put(v.Actor, codes)
}

func (s *Section) addOfficer(v *page.Visit) (string, error) {
	inv, err := v.Identity.AddOfficer(v.Ctx(), v.Actor, identity.NewOfficer{
		Member: ofMember(v), Login: v.Said("login"), Name: v.Said("name"), Unit: v.Said("unit"), Roles: page.Typed[vocab.Role](v.All("roles")),
	})
	if err != nil {
		return "", err
	}
	return toCodes(v, ofMember(v), []invited{invitedOf(v, inv)}), nil
}

func (s *Section) importOfficers(v *page.Visit) (string, error) {
	file, head, err := v.File("file")
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
		rows[i] = officerRow(o, ofMember(v))
	}
	results, err := v.Identity.ImportOfficers(v.Ctx(), v.Actor, rows)
	if err != nil {
		return "", err
	}
	return toCodes(v, ofMember(v), append(resultsOf(v, results), rejectsOf(v, list.Rejects)...)), nil
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

func resultsOf(v *page.Visit, list []identity.RowResult) []invited {
	out := make([]invited, len(list))
	for i, r := range list {
		if r.Err != nil {
			p := v.Problem(r.Err)
			out[i].Cause, out[i].Said = p.Title+v.Look().Must("page.frame.clause")+p.Fix, p.Detail
		} else {
			out[i] = invitedOf(v, r.Invitation)
		}
		out[i].Line = r.Line
	}
	return out
}

func rejectsOf(v *page.Visit, list []intake.Reject) []invited {
	var out []invited
	reader := taking.Reader{Text: v.Text, Lang: v.Call.Lang}
	for _, r := range list {
		var causes []string
		for _, t := range reader.Reject(r).Troubles {
			cause, remedy := t.Say(string(v.Call.Lang))
			causes = append(causes, cause+v.Look().Must("page.frame.clause")+remedy)
		}
		out = append(out, invited{Line: r.Line, Cause: strings.Join(causes, v.Look().Must("page.frame.clause"))})
	}
	return out
}

// officerPage shows one officer with what may be done about them.
type officerPage struct {
	Officer  identity.Officer
	Member   page.Tongued
	Held     []heldLine
	Codes    []invited
	Roles    *page.Form
	Invite   *page.Form
	State    *page.Form
	Unlock   *page.Form
	Sessions []sessionLine
}

// heldLine is one role with the member in which it is held.
type heldLine struct {
	Role vocab.Role
	In   page.Tongued
}

type sessionLine struct {
	identity.Session
	End *page.Form
}

func (s *Section) officer(v *page.Visit) (any, error) {
	o, err := v.Identity.Officer(v.Ctx(), v.Actor, vocab.OfficerID(v.ID("id")))
	if err != nil {
		return nil, err
	}
	base := "/officers/" + url.PathEscape(string(o.ID))
	ids := []vocab.MemberID{o.Member}
	for _, h := range o.Roles {
		ids = append(ids, h.Member)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	if err != nil {
		return nil, err
	}
	p := officerPage{Officer: o, Member: v.NameOr(names, o.Member)}
	for _, h := range o.Roles {
		p.Held = append(p.Held, heldLine{Role: h.Role, In: v.NameOr(names, h.Member)})
	}
	p.Codes, _ = notes.Take[[]invited](v.Notes, v.Actor, v.Said("codes"))
	if v.Actor.Has(vocab.Steward) || v.Actor.Has(vocab.Operator) || v.Actor.Has(vocab.Authority) {
		p.Roles = v.Form(page.Form{Action: base, Name: "set_roles", Fields: []page.Field{{Name: "roles", Kind: "checks", Values: rolesIn(o, v.Actor.Member), Options: page.Words(v, "role", vocab.Roles())}}})
		p.Invite = v.Form(page.Form{Action: base + "/invite", Name: "invite"})
		p.Unlock = v.Form(page.Form{Action: base + "/unlock", Name: "unlock"})
		p.State = stateForm(v, base+"/state", o.State)
	}
	sessions, err := v.Identity.Sessions(v.Ctx(), v.Actor, o.ID)
	for _, e := range sessions {
		p.Sessions = append(p.Sessions, sessionLine{Session: e, End: v.Form(page.Form{Action: base + "/end", Name: "end_session", Inline: true, Fields: []page.Field{{Name: "session", Kind: "hidden", Value: e.ID}}})})
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

func toOfficer(v *page.Visit, done string) string {
	return "/officers/" + url.PathEscape(v.ID("id")) + "?done=" + done
}

func (s *Section) setRoles(v *page.Visit) (string, error) {
	o, err := v.Identity.Officer(v.Ctx(), v.Actor, vocab.OfficerID(v.ID("id")))
	if err != nil {
		return "", err
	}
	return toOfficer(v, "saved"), v.Identity.SetRoles(v.Ctx(), v.Actor, o.ID, o.Member, page.Typed[vocab.Role](v.All("roles")))
}

func (s *Section) invite(v *page.Visit) (string, error) {
	inv, err := v.Identity.Invite(v.Ctx(), v.Actor, vocab.OfficerID(v.ID("id")))
	if err != nil {
		return "", err
	}
	return toOfficer(v, "invited") + "&codes=" + v.Notes.Put(v.Actor, []invited{invitedOf(v, inv)}), nil
}

func (s *Section) officerState(v *page.Visit) (string, error) {
	return toOfficer(v, "saved"), v.Identity.SetOfficerState(v.Ctx(), v.Actor, vocab.OfficerID(v.ID("id")), identity.State(v.Said("to")), v.Said("reason"))
}

func (s *Section) unlock(v *page.Visit) (string, error) {
	return toOfficer(v, "unlocked"), v.Identity.Unlock(v.Ctx(), v.Actor, vocab.OfficerID(v.ID("id")))
}

func (s *Section) endSession(v *page.Visit) (string, error) {
	return toOfficer(v, "session_ended"), v.Identity.RevokeSession(v.Ctx(), v.Actor, vocab.OfficerID(v.ID("id")), v.Said("session"))
}

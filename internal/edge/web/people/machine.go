package people

import (
	"time"

	"fontis/internal/edge/web/look"
	"fontis/internal/edge/web/notes"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// machinesPage lists the tokens of a member's systems.
type machinesPage struct {
	List  page.Shown[machineLine]
	Form  *page.Form
	Token string // shown here and never again
}

type machineLine struct {
	identity.Machine
	Over   bool
	Revoke *page.Form
}

func (s *Section) machines(v *page.Visit) (any, error) {
	list, err := s.machineList(v)
	if err != nil {
		return nil, err
	}
	p := machinesPage{}
	if p.List, err = list.Show(v); err != nil {
		return nil, err
	}
	p.Token, _ = notes.Take[string](v.Notes, v.Actor, v.Said("token"))
	p.Form = v.Form(page.Form{Action: "/machines", Name: "issue_machine", Fields: []page.Field{
		{Name: "system", Hint: true, Need: true},
		{Name: "name", Text: "machine_name"},
		{Name: "roles", Kind: "checks", Values: []string{string(vocab.DataUser)}, Options: page.Words(v, "role", []vocab.Role{vocab.DataUser, vocab.Steward})},
		{Name: "listed_only", Kind: "check", Hint: true},
		{Name: "expires", Kind: "date", Need: true, Value: v.Clock.Now().AddDate(0, 6, 0).In(look.Official()).Format(time.DateOnly)},
	}})
	return p, nil
}

func (s *Section) machineList(v *page.Visit) (page.List[machineLine], error) {
	now := v.Clock.Now()
	return page.List[machineLine]{
		Path: "/machines", Key: func(m machineLine) string { return string(m.ID) },
		Columns: []page.Column[machineLine]{
			{Name: "system", Say: func(m machineLine) any { return m.System }},
			{Name: "machine_name", Say: func(m machineLine) any { return m.Name }},
			{Name: "expires", Say: func(m machineLine) any { return page.Day{Time: m.Expires} }},
			{Name: "officer", Say: func(m machineLine) any { return m.CreatedBy }},
			{Name: "state", Kind: "state", Words: []string{"active", "ended"}, Say: func(m machineLine) any {
				if m.Over {
					return "ended"
				}
				return "active"
			}},
		},
		Fetch: func(after string, limit int) ([]machineLine, error) {
			list, err := v.Identity.Machines(v.Ctx(), v.Actor, v.Actor.Member, identity.Page{After: after, Limit: limit})
			out := make([]machineLine, len(list))
			for i, m := range list {
				out[i] = machineLine{Machine: m, Over: !m.Revoked.IsZero() || m.Expires.Before(now), Revoke: v.Form(page.Form{Action: "/machines/revoke", Name: "revoke", Inline: true, Fields: []page.Field{{Name: "id", Kind: "hidden", Value: string(m.ID)}}})}
			}
			return out, err
		},
	}, nil
}

func (s *Section) issueMachine(v *page.Visit) (string, error) {
	expires, err := v.Date("expires")
	if err != nil {
		return "", err
	}
	_, token, err := v.Identity.IssueMachine(v.Ctx(), v.Actor, identity.NewMachine{
		Member: v.Actor.Member, System: vocab.SystemID(v.Said("system")), Name: v.Said("name"), Roles: page.Typed[vocab.Role](v.All("roles")), Expires: expires,
		ListedOnly: v.Said("listed_only") != "",
	})
	if err != nil {
		return "", err
	}
	return "/machines?done=issued&token=" + v.Notes.Put(v.Actor, token.Reveal()), nil
}

func (s *Section) revokeMachine(v *page.Visit) (string, error) {
	return "/machines?done=revoked", v.Identity.RevokeMachine(v.Ctx(), v.Actor, vocab.MachineID(v.Said("id")))
}

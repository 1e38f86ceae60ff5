package web

import (
	"time"

	"fontis/internal/edge/web/look"
	"fontis/internal/edge/web/notes"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// machinesPage lists the tokens of a member's systems.
type machinesPage struct {
	Machines []machineLine
	Form     *form
	Token    string // shown here and never again
}

type machineLine struct {
	identity.Machine
	Over   bool
	Revoke *form
}

func (s *Site) machines(v *visit) (any, error) {
	list, err := s.Identity.Machines(v.ctx(), v.actor, v.actor.Member, identity.Page{After: v.said("after"), Limit: 100})
	if err != nil {
		return nil, err
	}
	p := machinesPage{}
	now := s.Clock.Now()
	for _, m := range list {
		p.Machines = append(p.Machines, machineLine{Machine: m, Over: !m.Revoked.IsZero() || m.Expires.Before(now), Revoke: v.form(form{Action: "/machines/revoke", Name: "revoke", Inline: true, Fields: []field{{Name: "id", Kind: "hidden", Value: string(m.ID)}}})})
	}
	p.Token, _ = notes.Take[string](v.notes, v.actor, v.said("token"))
	p.Form = v.form(form{Action: "/machines", Name: "issue_machine", Fields: []field{
		{Name: "system", Hint: true, Need: true},
		{Name: "name", Text: "machine_name"},
		{Name: "roles", Kind: "checks", Values: []string{string(vocab.DataUser)}, Options: words(v, "role", []vocab.Role{vocab.DataUser, vocab.Steward})},
		{Name: "expires", Kind: "date", Need: true, Value: now.AddDate(0, 6, 0).In(look.Official()).Format(time.DateOnly)},
	}})
	return p, nil
}

func (s *Site) issueMachine(v *visit) (string, error) {
	expires, err := v.date("expires")
	if err != nil {
		return "", err
	}
	_, token, err := s.Identity.IssueMachine(v.ctx(), v.actor, identity.NewMachine{
		Member: v.actor.Member, System: vocab.SystemID(v.said("system")), Name: v.said("name"), Roles: typed[vocab.Role](v.all("roles")), Expires: expires,
	})
	if err != nil {
		return "", err
	}
	return "/machines?done=issued&token=" + v.notes.Put(v.actor, token.Reveal()), nil
}

func (s *Site) revokeMachine(v *visit) (string, error) {
	return "/machines?done=revoked", s.Identity.RevokeMachine(v.ctx(), v.actor, vocab.MachineID(v.said("id")))
}

// date is a day of the form in the official time; an empty one is no day.
func (v *visit) date(name string) (time.Time, error) {
	s := v.said(name)
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, s, look.Official())
	if err != nil {
		return time.Time{}, vocab.ValueInvalid.Because("the field %s is no day of the form 2006-01-02", name)
	}
	return t, nil
}

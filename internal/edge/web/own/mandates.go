package own

import (
	"slices"
	"time"

	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/vocab"
)

// mandatesPage lists the mandates that a person gave and those under which they
// act, and takes a new one.
type mandatesPage struct {
	Lines []mandateLine
	Form  *page.Form
}

type mandateLine struct {
	mandate.Mandate
	Alive    bool
	Withdraw *page.Form
	Enter    *page.Form
}

func (s *Section) mandates(v *page.Visit) (any, error) {
	list, err := s.Mandates.Mine(v.Ctx(), v.Actor)
	if err != nil {
		return nil, err
	}
	p := mandatesPage{Form: v.Form(page.Form{Action: "/mandates", Name: "give_mandate", Fields: []page.Field{
		{Name: "kind", Text: "mandate_kind", Kind: "select", Options: page.Words(v, "mandate_kind", []mandate.Kind{mandate.Agent, mandate.Relative})},
		{Name: "agent_kind", Text: "key_kind", Kind: "select", Options: page.Words(v, "key_kind", personKeys())},
		{Name: "agent", Need: true, Hint: true, Complete: "off"},
		{Name: "acts", Text: "mandate_acts", Kind: "checks", Hint: true, Options: page.Words(v, "mandate_act", nameable(v))},
		{Name: "until", Text: "mandate_until", Kind: "date", Need: true},
	}})}
	for _, m := range list {
		l := mandateLine{Mandate: m, Alive: m.Alive(v.Clock.Now())}
		if l.Alive {
			l.Withdraw = v.Form(page.Form{Action: "/mandates/" + m.ID + "/withdraw", Name: "withdraw_mandate", Inline: true})
		}
		if l.Alive && !m.Mine {
			l.Enter = v.Form(page.Form{Action: "/mandates/" + m.ID + "/enter", Name: "enter_mandate", Inline: true})
		}
		p.Lines = append(p.Lines, l)
	}
	return p, nil
}

// nameable are the acts that the form offers: the view of who used the data is
// named by a person who stands at a counter.
func nameable(v *page.Visit) []string {
	return slices.DeleteFunc(mandate.Acts(), func(a string) bool { return a == mandate.View && !v.Actor.InPerson })
}

func personKeys() []vocab.SubjectKeyKind {
	return []vocab.SubjectKeyKind{vocab.CitizenNumber, vocab.Permit, vocab.Passport}
}

func (s *Section) give(v *page.Visit) (string, error) {
	n, err := newMandate(v)
	if err != nil {
		return "", err
	}
	_, err = s.Mandates.Give(v.Ctx(), v.Actor, n)
	return "/mandates?done=mandate_given", err
}

func newMandate(v *page.Visit) (mandate.New, error) {
	until, err := v.Date("until")
	return mandate.New{
		Kind: mandate.Kind(v.Said("kind")), Agent: vocab.SubjectKey{Kind: vocab.SubjectKeyKind(v.Said("agent_kind")), Value: v.Said("agent")},
		Acts: page.Typed[string](v.All("acts")), Until: until,
	}, err
}

// turn withdraws a mandate, or begins to act under it.
func (s *Section) turn(v *page.Visit) (string, error) {
	switch v.ID("act") {
	case "withdraw":
		return "/mandates?done=mandate_ended", s.Mandates.Withdraw(v.Ctx(), v.Actor, v.ID("id"))
	case "enter":
		in, err := s.Mandates.Enter(v.Ctx(), v.Actor, v.ID("id"))
		if err != nil {
			return "", err
		}
		v.SetCookie(v.SessionName(), in.Token.Reveal(), 0)
		v.Actor = in.Actor
		return v.UnderMandate() + "?done=mandate_entered", nil
	}
	return "", identity.NotYours()
}

// permitLife is how long a permit from the counter opens the person's own view.
const permitLife = 30 * time.Minute

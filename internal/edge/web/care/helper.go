package care

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"fontis/internal/edge/web/look"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/vocab"
)

// helpersPage tells who may act for the person, and for whom the person may.
type helpersPage struct{ Lines []helperLine }

type helperLine struct {
	Mine  bool
	Acts  []string
	Until string
	Do    *page.Form // stop it, or begin to act
}

func (s *Section) helpers(v *page.Visit) (any, error) {
	list, err := s.Mandates.Mine(v.Ctx(), v.Actor)
	if err != nil {
		return nil, err
	}
	p := helpersPage{}
	for _, m := range list {
		if !m.Alive(v.Clock.Now()) {
			continue
		}
		l, act := helperLine{Mine: m.Mine, Until: v.Look().Day(m.Until)}, "stop"
		for _, a := range m.Acts {
			l.Acts = append(l.Acts, v.Look().Word("care_act", a))
		}
		if !m.Mine {
			act = "begin"
		}
		l.Do = v.Form(page.Form{Action: "/care/helper/" + url.PathEscape(m.ID) + "/" + act, Name: "care_" + act})
		p.Lines = append(p.Lines, l)
	}
	return p, nil
}

// helperPage asks, one after the other, what somebody may do, how long, and who.
type helperPage struct {
	Question string // what, long, whom
	Said     []string
	Ask      *page.Form
	Send     *page.Form
}

// mayDo are the acts that a person can name by themself; who may look is named at
// a counter.
func mayDo() []string { return []string{mandate.Contest, mandate.Withdraw, mandate.Authorise} }

// months are for how long.
func months() []string { return []string{"1", "6", "12"} }

func (s *Section) helper(v *page.Visit) (any, error) {
	if !v.Actor.IsPerson() {
		return nil, identity.NotYours()
	}
	k := v.Look()
	acts := slices.DeleteFunc(slices.Clone(v.All("acts")), func(a string) bool { return !slices.Contains(mayDo(), a) })
	fields := make([]page.Field, 0, len(acts)+2)
	p := helperPage{Question: "what"}
	for _, a := range acts {
		fields = append(fields, page.Field{Name: "acts", Kind: "hidden", Value: a})
		p.Said = append(p.Said, k.Word("care_act", a))
	}
	if len(acts) == 0 {
		p.Ask = v.Form(page.Form{Action: "/care/helper/new", Name: "care_next", Fields: []page.Field{{Name: "acts", Text: "care_what", Kind: "checks", Options: page.Words(v, "care_act", mayDo())}}})
		return p, nil
	}
	if !slices.Contains(months(), v.Said("months")) {
		p.Question = "long"
		options := make([]page.Option, len(months()))
		for i, m := range months() {
			options[i] = page.Option{Value: m, Label: k.Must("page.care.months_" + m)}
		}
		p.Ask = v.Form(page.Form{Action: "/care/helper/new", Name: "care_next", Fields: append(fields, page.Field{Name: "months", Text: "care_long", Kind: "radios", Need: true, Options: options})})
		return p, nil
	}
	p.Question, p.Said = "whom", append(p.Said, k.Must("page.care.months_"+v.Said("months")))
	fields = append(fields, page.Field{Name: "months", Kind: "hidden", Value: v.Said("months")}, page.Field{Name: "agent", Text: "care_agent", Hint: true, Need: true, Complete: "off"})
	p.Send = v.Form(page.Form{Action: "/care/helper/new", Name: "care_helper", Fields: fields})
	return p, nil
}

func (s *Section) giveHelper(v *page.Visit) (string, error) {
	n, err := strconv.Atoi(v.Said("months"))
	if err != nil || !slices.Contains(months(), v.Said("months")) {
		return "", vocab.ValueInvalid.Because("a helper is named for one, six or twelve months")
	}
	_, err = s.Mandates.Give(v.Ctx(), v.Actor, mandate.New{
		Kind: mandate.Agent, Agent: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: v.Said("agent")},
		Acts: page.Typed[string](v.All("acts")), Until: dayAfter(v.Clock.Now(), n),
	})
	return "/care/helper?done=mandate_given", err
}

// dayAfter is the same day some months later, in the official time; the last day
// of a month that has no such day.
func dayAfter(now time.Time, months int) time.Time {
	y, m, d := now.In(look.Official()).Date()
	t := time.Date(y, m+time.Month(months), d, 0, 0, 0, 0, look.Official())
	if t.Day() != d {
		return t.AddDate(0, 0, -t.Day())
	}
	return t
}

// turnHelper ends a mandate, or begins to act under one.
func (s *Section) turnHelper(v *page.Visit) (string, error) {
	switch v.ID("act") {
	case "stop":
		return "/care/helper?done=mandate_ended", s.Mandates.Withdraw(v.Ctx(), v.Actor, v.ID("id"))
	case "begin":
		in, err := s.Mandates.Enter(v.Ctx(), v.Actor, v.ID("id"))
		if err != nil {
			return "", err
		}
		v.SetCookie(v.SessionName(), in.Token.Reveal(), 0)
		return "/care?done=mandate_entered", nil
	}
	return "", identity.NotYours()
}

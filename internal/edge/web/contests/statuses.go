package contests

import (
	"net/url"

	"fontis/internal/duty/quality"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// statusesPage lists changes of a person's status and takes a new one.
type statusesPage struct {
	List page.Shown[statusLine]
	Own  bool // of the person who reads it
	Form *page.Form
}

type statusLine struct {
	quality.StatusAct
	ItemName page.Tongued
	Set      page.Tongued
	Holder   page.Tongued
}

func statusLines(v *page.Visit, list []*quality.StatusAct) ([]statusLine, error) {
	var ids []vocab.MemberID
	for _, a := range list {
		ids = append(ids, a.Owner)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	out := make([]statusLine, len(list))
	for i, a := range list {
		out[i] = statusLine{StatusAct: *a, ItemName: v.ItemName(a.Item), Set: v.SetName(a.Item.Dataset()), Holder: v.NameOr(names, a.Owner)}
	}
	return out, err
}

func (s *Section) statuses(v *page.Visit) (any, error) {
	list, err := s.statusList(v)
	if err != nil {
		return nil, err
	}
	p := statusesPage{Own: forPerson(v)}
	if p.List, err = list.Show(v); err != nil {
		return nil, err
	}
	if v.Actor.Has(vocab.Steward) {
		kinds := []vocab.SubjectKeyKind{vocab.CitizenNumber, vocab.Permit, vocab.Passport}
		p.Form = v.Form(page.Form{Action: "/status-acts", Name: "propose_status", Fields: []page.Field{
			{Name: "item", Text: "status_item", Hint: true, Need: true, Value: v.Said("item")},
			{Name: "subject_kind", Text: "key_kind", Kind: "select", Options: page.Words(v, "key_kind", kinds)},
			{Name: "subject", Need: true, Complete: "off"},
			{Name: "value", Text: "status_value", Complete: "off"},
			{Name: "off", Text: "status_off", Kind: "check"},
			{Name: "evidence_id", Hint: true, Need: true},
			{Name: "law", Need: true},
			{Name: "article", Need: true},
			{Name: "reason", Kind: "long", Need: true},
		}})
	}
	return p, nil
}

func (s *Section) statusList(v *page.Visit) (page.List[statusLine], error) {
	return page.List[statusLine]{
		Path: "/status-acts", Key: func(l statusLine) string { return l.ID },
		Columns: []page.Column[statusLine]{
			{Name: "number", Say: func(l statusLine) any { return l.ID }},
			{Name: "contested_item", Say: func(l statusLine) any { return l.ItemName }},
			{Name: "member", Say: func(l statusLine) any { return l.Holder }},
			{Name: "state", Kind: "status_state", Words: page.Strings([]quality.StatusState{quality.StatusProposed, quality.StatusDone, quality.StatusRefused, quality.StatusWithdrawn}), Say: func(l statusLine) any { return l.State }},
			{Name: "evidence_id", Say: func(l statusLine) any { return l.Evidence }},
			{Name: "changed", Say: func(l statusLine) any { return l.ChangedAt }},
		},
		Fetch: func(after string, limit int) ([]statusLine, error) {
			list, err := s.Quality.StatusActs(v.Ctx(), v.Actor, quality.ListQuery{After: after, Limit: limit})
			if err != nil {
				return nil, err
			}
			return statusLines(v, list)
		},
	}, nil
}

func (s *Section) propose(v *page.Visit) (string, error) {
	a, err := s.Quality.ProposeStatus(v.Ctx(), v.Actor, quality.NewStatusAct{
		Item: vocab.ItemID(v.Said("item")), Subject: vocab.SubjectKey{Kind: vocab.SubjectKeyKind(v.Said("subject_kind")), Value: v.Said("subject")},
		Value: v.Said("value"), Off: v.Said("off") != "", Evidence: v.Said("evidence_id"), Law: v.Said("law"), Article: v.Said("article"), Reason: v.Said("reason"),
	})
	if err != nil {
		return "", err
	}
	return "/status-acts/" + url.PathEscape(a.ID) + "?done=proposed", nil
}

// statusPage is one change with what the second officer may do.
type statusPage struct {
	Act      statusLine
	Reason   page.Tongued
	Law      page.Tongued
	Why      page.Tongued
	Steps    []*page.Form
	MayFight bool // the person may contest it
}

func (s *Section) status(v *page.Visit) (any, error) {
	a, err := s.Quality.StatusAct(v.Ctx(), v.Actor, v.ID("id"))
	if err != nil {
		return nil, err
	}
	lines, err := statusLines(v, []*quality.StatusAct{a})
	if err != nil {
		return nil, err
	}
	l := v.Look()
	p := statusPage{Act: lines[0], Reason: l.Tongue(a.Reason), Law: l.Law(a.Law + " " + a.Article), Why: l.Tongue(a.Why), MayFight: forPerson(v)}
	if a.State != quality.StatusProposed || !v.Actor.In(a.Owner) || !v.Actor.Has(vocab.Steward) {
		return p, nil
	}
	base := "/status-acts/" + url.PathEscape(a.ID)
	no := "status_withdraw"
	if v.Actor.Officer != a.Proposer {
		no = "status_refuse"
		p.Steps = append(p.Steps, v.Form(page.Form{Action: base + "/confirm", Name: "status_confirm"}))
	}
	p.Steps = append(p.Steps, v.Form(page.Form{Action: base + "/refuse", Name: no, Grave: true, Fields: []page.Field{{Name: "reason", Kind: "long", Need: true}}}))
	return p, nil
}

func (s *Section) turn(v *page.Visit) (string, error) {
	var err error
	switch v.ID("act") {
	case "confirm":
		_, err = s.Quality.ConfirmStatus(v.Ctx(), v.Actor, v.ID("id"))
	case "refuse":
		_, err = s.Quality.RefuseStatus(v.Ctx(), v.Actor, v.ID("id"), v.Said("reason"))
	default:
		err = identity.NotYours()
	}
	return "/status-acts/" + url.PathEscape(v.ID("id")) + "?done=step", err
}

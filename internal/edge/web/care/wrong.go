package care

import (
	"net/url"
	"slices"

	"fontis/internal/duty/quality"
	"fontis/internal/edge/web/notes"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
)

// wrongPage asks, one after the other, which value is wrong, in what way, and what
// is right. What names nobody travels in the address, the rest in a note.
type wrongPage struct {
	Question string // which, how, right, number
	Item     string
	Fault    string
	Ask      *page.Form // answered by choosing, and read again
	Send     *page.Form
	Empty    bool // nothing about the person was answered yet
}

// simple are the ways of being wrong that a person is asked about.
func simple() []quality.Fault {
	return []quality.Fault{quality.Wrong, quality.Outdated, quality.Missing, quality.WrongPerson}
}

func (s *Section) wrong(v *page.Visit) (any, error) {
	if _, err := v.Actor.For(mandate.Contest); err != nil {
		return nil, err
	}
	item, fault := vocab.ItemID(v.Said("item")), quality.Fault(v.Said("fault"))
	said := page.Field{Name: "item", Kind: "hidden", Value: string(item)}
	switch {
	case item.Name() == "":
		options, err := s.values(v)
		p := wrongPage{Question: "which", Empty: len(options) == 0}
		p.Ask = v.Form(page.Form{Action: "/care/wrong", Name: "care_next", Fields: []page.Field{{Name: "item", Text: "care_which", Kind: "radios", Need: true, Options: options}}})
		return p, err
	case !slices.Contains(simple(), fault):
		p := wrongPage{Question: "how", Item: v.ItemName(item).Text}
		p.Ask = v.Form(page.Form{Action: "/care/wrong", Name: "care_next", Fields: []page.Field{said, {Name: "fault", Text: "care_how", Kind: "radios", Need: true, Options: faults(v)}}})
		return p, nil
	}
	p := wrongPage{Question: "right", Item: v.ItemName(item).Text, Fault: v.Look().Must("page.care.fault_" + string(fault))}
	fields := []page.Field{said, {Name: "fault", Kind: "hidden", Value: string(fault)}}
	if _, ok := notes.Read[string](v.Notes, v.Actor, v.Said("said")); ok {
		p.Question = "number"
		fields = append(fields, page.Field{Name: "said", Kind: "hidden", Value: v.Said("said")}, page.Field{Name: "subject", Text: "care_number", Need: true, Complete: "off"})
	} else {
		fields = append(fields, page.Field{Name: "claimed", Text: "care_right", Hint: true, Complete: "off"})
	}
	p.Send = v.Form(page.Form{Action: "/care/wrong", Name: "care_send", Fields: fields})
	return p, nil
}

func faults(v *page.Visit) []page.Option {
	out := make([]page.Option, len(simple()))
	for i, f := range simple() {
		out[i] = page.Option{Value: string(f), Label: v.Look().Must("page.care.fault_" + string(f))}
	}
	return out
}

// values are those that were last answered about the person.
func (s *Section) values(v *page.Visit) ([]page.Option, error) {
	lines, _, err := s.uses(v, view.Filter{Limit: page.Size})
	var out []page.Option
	for _, l := range lines {
		if l.Question == string(vocab.Status) { // it is no value that is held
			continue
		}
		for _, a := range l.Answers {
			known := slices.ContainsFunc(out, func(o page.Option) bool { return o.Value == a.ID })
			if !known && len(out) < few+2 {
				out = append(out, page.Option{Value: a.ID, Label: a.Item.Text})
			}
		}
	}
	return out, err
}

// sendWrong contests the value. Where the node does not keep the person's number,
// it is asked for once more than the rest.
func (s *Section) sendWrong(v *page.Visit) (string, error) {
	r := quality.Raise{Item: vocab.ItemID(v.Said("item")), Fault: quality.Fault(v.Said("fault")), Claimed: v.Said("claimed")}
	kept, known := notes.Read[string](v.Notes, v.Actor, v.Said("said"))
	if known {
		r.Claimed = kept
	}
	own, err := v.Identity.OwnKey(v.Ctx(), v.Actor)
	switch {
	case v.Actor.IsPerson() && err == nil:
		r.Subject = own
	case v.Said("subject") != "":
		r.Subject = v.OwnNumber(v.Said("subject"))
	default:
		return with("/care/wrong", url.Values{"item": {string(r.Item)}, "fault": {string(r.Fault)}, "said": {v.Notes.Put(v.Actor, r.Claimed)}}), nil
	}
	if _, err := s.Quality.Raise(v.Ctx(), v.Actor, r); err != nil {
		return "", err
	}
	return "/care/asked?done=care_sent", nil
}

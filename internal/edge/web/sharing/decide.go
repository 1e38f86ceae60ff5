package sharing

import (
	"net/url"
	"slices"

	"fontis/internal/duty/share"
	"fontis/internal/edge/problem"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// sureLines are what the visitor is about to decide, and the form that records it.
type sureLines struct {
	Agree  bool
	Who    page.Tongued // is told
	Given  []page.Tongued
	Kept   []page.Tongued // items that were asked and are not given
	Lines  []page.Line
	Record *page.Form
}

// offerDecision is the provider's word, as far as it is still open: a second approver
// refuses here, and agrees with a form of their own; after an order nobody refuses.
func offerDecision(v *page.Visit, p *askedPage, base string, words []string) {
	p.Decide = v.Form(page.Form{Action: base, Name: "decide", Fields: decisionFields(v, p.Request, words)})
	if v.Second() {
		p.Sure = sure(v, p, base)
	}
}

func decisionFields(v *page.Visit, r *share.Request, words []string) []page.Field {
	var on []string
	for _, i := range r.Items {
		on = append(on, string(i))
	}
	word := page.Field{Name: "word", Text: "decision", Kind: "radios", Need: true, Options: page.Words(v, "decision", words)}
	if !slices.Contains(words, wordAgree) {
		return []page.Field{word, {Name: "reason", Text: "decision_reason", Kind: "long", Hint: true}, {Name: "citation", Hint: true}}
	}
	return []page.Field{
		word,
		{Name: "items", Kind: "checks", Text: "decided_items", Hint: true, Values: on, Options: v.ItemOptions(r.Items)},
		{Name: "reason", Text: "decision_reason", Kind: "long", Hint: true},
		{Name: "citation", Hint: true},
		{Name: "until", Text: "decided_until", Kind: "date", Hint: true},
		{Name: "per_day", Text: "decided_per_day", Kind: "number"},
		{Name: "guesses", Kind: "number", Hint: true},
	}
}

// sure says what the form would decide, in the words of the page.
func sure(v *page.Visit, p *askedPage, base string) *sureLines {
	l, r := v.Look(), p.Request
	out := &sureLines{Agree: v.Said("word") == wordAgree, Who: p.Head.Requester}
	lines := []page.Line{{Field: "decision_reason", Value: l.Tongue(v.Said("reason"))}, {Field: "citation", Value: l.Law(v.Said("citation"))}}
	if out.Agree {
		given := page.Typed[vocab.ItemID](v.All("items"))
		out.Given = v.ItemNames(given)
		out.Kept = v.ItemNames(slices.DeleteFunc(slices.Clone(r.Items), func(i vocab.ItemID) bool { return slices.Contains(given, i) }))
		until, perDay := v.Said("until"), v.Said("per_day")
		if until == "" {
			until = l.Day(r.Until)
		}
		if perDay == "" {
			perDay = v.Amount(r.PerDay)
		}
		lines = append(lines, page.Line{Field: "decided_until", Value: page.Tongued{Text: until}}, page.Line{Field: "decided_per_day", Value: page.Tongued{Text: perDay}}, page.Line{Field: "guesses", Value: page.Tongued{Text: v.Said("guesses")}})
	}
	out.Lines = slices.DeleteFunc(lines, func(x page.Line) bool { return x.Value.Text == "" })
	fields := []page.Field{{Name: "sure", Kind: "hidden", Value: "yes"}}
	for _, name := range []string{"word", "reason", "citation", "until", "per_day", "guesses"} {
		fields = append(fields, page.Field{Name: name, Kind: "hidden", Value: v.Said(name)})
	}
	for _, item := range v.All("items") {
		fields = append(fields, page.Field{Name: "items", Kind: "hidden", Value: item})
	}
	out.Record = v.Form(page.Form{Action: base, Name: "record_decision", Fields: fields})
	return out
}

// The words of a decision.
const (
	wordAgree  = "agree"
	wordRefuse = "refuse"
)

// undecided says what the form leaves open; nothing is chosen for the officer.
func undecided(v *page.Visit, r *share.Request) []problem.Fault {
	l := v.Look()
	var out []problem.Fault
	switch v.Said("word") {
	case wordAgree:
		switch given := len(v.All("items")); {
		case given == 0 && len(r.Items) > 0:
			out = append(out, problem.Fault{Where: "items", What: l.Must("page.asked.choose_items")})
		case given < len(r.Items):
			out = unsaid(v, "part_")
		}
	case wordRefuse:
		out = unsaid(v, "refusal_")
	default:
		out = append(out, problem.Fault{Where: "word", What: l.Must("page.asked.choose")})
	}
	return out
}

// unsaid are the faults of a word that needs its reason and its law.
func unsaid(v *page.Visit, of string) []problem.Fault {
	var out []problem.Fault
	for _, name := range []string{"reason", "citation"} {
		if v.Said(name) == "" {
			out = append(out, problem.Fault{Where: name, What: v.Look().Must("page.asked." + of + name)})
		}
	}
	return out
}

// decide records the decision at the second press: at the first the officer sees
// what would be recorded.
func (s *Section) decide(v *page.Visit) (string, error) {
	r, err := s.Share.Get(v.Ctx(), v.Actor, vocab.RequestID(v.ID("id")))
	if err != nil {
		return "", err
	}
	if faults := undecided(v, r); len(faults) > 0 {
		return "", v.Faulty(faults...)
	}
	d, err := decision(v, r)
	if err != nil {
		return "", err
	}
	if v.Said("sure") == "" {
		return "", v.SecondLook()
	}
	_, err = s.Share.Decide(v.Ctx(), v.Actor, r.ID, d)
	return "/requests/" + url.PathEscape(string(r.ID)) + "?done=decided", err
}

func decision(v *page.Visit, r *share.Request) (share.Decision, error) {
	d := share.Decision{Agree: v.Said("word") == wordAgree, Reason: v.Said("reason"), Citation: v.Said("citation")}
	if items := page.Typed[vocab.ItemID](v.All("items")); d.Agree && len(items) < len(r.Items) {
		d.Items = items
	}
	var err error
	if d.Until, err = v.Date("until"); err != nil {
		return d, err
	}
	if d.PerDay, err = v.Count("per_day"); err != nil {
		return d, err
	}
	guesses, err := v.Count("guesses")
	d.Guesses = int(guesses)
	return d, err
}

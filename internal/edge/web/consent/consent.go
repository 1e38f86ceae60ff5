// Package consent is where a person authorises a body to ask about them: what
// bodies registered and the authority reviewed, what a person reads before giving
// a word, and taking it back.
package consent

import (
	"net/url"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/edge/web/clocks"
	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/paper"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/vocab"
)

// Section is these pages with what they call.
type Section struct{ Authorisation *authorisation.Service }

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/authorisations", Paper: paper.Withdraw, Page: "authorisations", Plain: page.Simply("/care/allowed"), Show: s.list, Act: s.register, File: page.File(s.registrationList)},
		{Path: "/authorisations/{id}", Page: "authorisation", Show: s.registration},
		{Path: "/authorisations/{id}/{act}", Only: true, Page: "authorisation", Show: s.registration, Act: s.turn},
		{Path: "/authorisations/{id}/offer", Paper: paper.Authorise, Page: "offer", Plain: page.Simply("/care/allowed/{id}"), Show: s.offer, Act: s.give},
		{Path: "/authorisations/{id}/withdraw", Paper: paper.Withdraw, Only: true, Page: "authorisations", Show: s.list, Act: s.withdraw},
	}
}

// listPage is a person's offers and words, or a body's registrations.
type listPage struct {
	Person bool
	Words  []wordLine
	Offers []offerLine
	List   page.Shown[registrationLine]
	Form   *page.Form
	Else   bool // the visitor's body asks by request instead
	Next   string
}

type wordLine struct {
	authorisation.Word
	By       page.Tongued
	Items    []page.Tongued
	Statuses string
	Withdraw *page.Form
}

type offerLine struct {
	authorisation.Offer
	By, Service, Purpose, Law page.Tongued
	Items                     []page.Tongued
	Statuses                  string // in words; nothing where the question is another
}

type registrationLine struct {
	authorisation.Registration
	By, From, Set, Purpose page.Tongued
}

func (s *Section) list(v *page.Visit) (any, error) {
	if !v.Actor.IsPerson() && v.Actor.Mandate == "" {
		return s.registrations(v)
	}
	p := listPage{Person: true}
	for act, fill := range map[string]func(*page.Visit, *listPage) error{mandate.Withdraw: s.words, mandate.Authorise: s.offers} {
		if _, err := v.Actor.For(act); err != nil { // the mandate does not name it
			continue
		}
		if err := fill(v, &p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// words are those that the person gave.
func (s *Section) words(v *page.Visit, p *listPage) error {
	words, err := s.Authorisation.Mine(v.Ctx(), v.Actor, "", 200)
	if err != nil {
		return err
	}
	var ids []vocab.MemberID
	for _, w := range words {
		ids = append(ids, w.Body)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	if err != nil {
		return err
	}
	for _, w := range words {
		l := wordLine{Word: w, By: v.NameOr(names, w.Body), Items: v.ItemNames(w.Items), Statuses: v.StatusNames(w.Statuses)}
		if w.EndedAt.IsZero() && v.Clock.Now().Before(w.Until) {
			l.Withdraw = v.Form(page.Form{Action: "/authorisations/" + url.PathEscape(w.ID) + "/withdraw", Name: "withdraw_word", Inline: true})
		}
		p.Words = append(p.Words, l)
	}
	return nil
}

// offers are the registrations that a person may authorise.
func (s *Section) offers(v *page.Visit, p *listPage) error {
	offers, err := s.Authorisation.Offers(v.Ctx(), v.Actor, v.Asked("after"), page.Size)
	if err != nil {
		return err
	}
	for _, o := range offers {
		p.Offers = append(p.Offers, offerOf(v, o))
	}
	if len(offers) == page.Size {
		p.Next = "/authorisations?after=" + url.QueryEscape(offers[len(offers)-1].Registration)
	}
	return nil
}

func offerOf(v *page.Visit, o authorisation.Offer) offerLine {
	l := v.Look()
	out := offerLine{Offer: o, By: l.Name(o.BodyName), Service: l.Law(o.Service), Purpose: l.Law(o.Purpose), Law: l.Law(o.Basis.Law + " " + o.Basis.Article), Statuses: v.StatusNames(o.Statuses)}
	for _, i := range o.Items {
		out.Items = append(out.Items, l.Either(i.Name))
	}
	return out
}

func (s *Section) registrations(v *page.Visit) (any, error) {
	list, err := s.registrationList(v)
	if err != nil {
		return nil, err
	}
	p := listPage{}
	if p.List, err = list.Show(v); err != nil {
		return nil, err
	}
	body, err := v.Identity.Member(v.Ctx(), v.Actor, v.Actor.Member)
	if err != nil {
		return nil, err
	}
	registers := body.Kind == identity.KindFirm || body.Kind == identity.KindService
	p.Else = !registers
	if registers && v.Actor.Has(vocab.DataUser) {
		p.Form = v.Form(page.Form{Action: "/authorisations", Name: "register_scope", Fields: []page.Field{
			{Name: "dataset", Text: "scope_dataset", Hint: true, Need: true},
			{Name: "items", Text: "scope_items", Hint: true, Need: true},
			{Name: "question", Kind: "select", Options: page.Words(v, "question", vocab.Questions())},
			{Name: "statuses", Hint: true},
			{Name: "service", Text: "scope_service", Hint: true, Need: true},
			{Name: "purpose", Hint: true, Need: true},
			{Name: "law", Need: true},
			{Name: "article", Need: true},
			{Name: "most", Text: "scope_most", Kind: "number", Need: true, Value: "365"},
			{Name: "per_day", Kind: "number"},
			{Name: "case_pattern", Hint: true},
			{Name: "security_measures", Kind: "long", Need: true},
		}})
	}
	return p, nil
}

func (s *Section) registrationList(v *page.Visit) (page.List[registrationLine], error) {
	if v.Actor.IsPerson() || v.Actor.Mandate != "" {
		return page.List[registrationLine]{}, identity.NotYours()
	}
	return page.List[registrationLine]{
		Path: "/authorisations", Key: func(l registrationLine) string { return l.ID },
		Columns: []page.Column[registrationLine]{
			{Name: "number", Say: func(l registrationLine) any { return l.ID }},
			{Name: "requester", Say: func(l registrationLine) any { return l.By }},
			{Name: "provider", Say: func(l registrationLine) any { return l.From }},
			{Name: "dataset", Say: func(l registrationLine) any { return l.Set }},
			{Name: "question", Kind: "question", Words: page.Strings(vocab.Questions()), Say: func(l registrationLine) any { return l.Question }},
			{Name: "purpose", Say: func(l registrationLine) any { return l.Purpose }},
			{Name: "state", Kind: "scope_state", Words: page.Strings(authorisation.States()), Say: func(l registrationLine) any { return l.State }},
		},
		Fetch: func(after string, limit int) ([]registrationLine, error) {
			list, err := s.Authorisation.List(v.Ctx(), v.Actor, authorisation.State(v.Asked("state")), after, limit)
			if err != nil {
				return nil, err
			}
			return registrationLines(v, list)
		},
	}, nil
}

func registrationLines(v *page.Visit, list []*authorisation.Registration) ([]registrationLine, error) {
	var ids []vocab.MemberID
	for _, r := range list {
		ids = append(ids, r.Body, r.Provider)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	out := make([]registrationLine, len(list))
	for i, r := range list {
		out[i] = registrationLine{Registration: *r, By: v.NameOr(names, r.Body), From: v.NameOr(names, r.Provider), Set: v.SetName(r.Dataset), Purpose: v.Look().Law(r.Purpose)}
	}
	return out, err
}

func (s *Section) register(v *page.Visit) (string, error) {
	sc := authorisation.Scope{
		Dataset: vocab.DatasetID(v.Said("dataset")), Question: vocab.Question(v.Said("question")), Statuses: page.Listed(v.Said("statuses")),
		Purpose: v.Said("purpose"), Service: v.Said("service"), Basis: entry.Cite{Law: v.Said("law"), Article: v.Said("article")},
		Security: v.Said("security_measures"), Cases: v.Said("case_pattern"),
	}
	for _, code := range page.Listed(v.Said("items")) {
		sc.Items = append(sc.Items, vocab.ItemID(string(sc.Dataset)+"/"+code))
	}
	most, err := v.Count("most")
	if err != nil {
		return "", err
	}
	sc.Most = int(most)
	if sc.PerDay, err = v.Count("per_day"); err != nil {
		return "", err
	}
	r, err := s.Authorisation.Register(v.Ctx(), v.Actor, sc)
	if err != nil {
		return "", err
	}
	return "/authorisations/" + url.PathEscape(r.ID) + "?done=registered", nil
}

// registrationPage is one registration with its term and its steps.
type registrationPage struct {
	Line             registrationLine
	Service          page.Tongued
	Items            []page.Tongued
	Statuses         string
	Law              page.Tongued
	Reason, Citation page.Tongued
	Clocks           []clocks.Clock
	Steps            []*page.Form
	Party            bool // the grant is the visitor's to read
}

func (s *Section) registration(v *page.Visit) (any, error) {
	r, err := s.Authorisation.Get(v.Ctx(), v.Actor, v.ID("id"))
	if err != nil {
		return nil, err
	}
	lines, err := registrationLines(v, []*authorisation.Registration{r})
	if err != nil {
		return nil, err
	}
	l := v.Look()
	p := registrationPage{
		Line: lines[0], Service: l.Law(r.Service), Items: v.ItemNames(r.Items), Statuses: v.StatusNames(r.Statuses), Law: l.Law(r.Basis.Law + " " + r.Basis.Article),
		Reason: l.Tongue(r.Reason), Citation: l.Law(r.Citation), Party: v.Party(r.Body, r.Provider),
	}
	base := "/authorisations/" + url.PathEscape(r.ID) + "/"
	why, cite := page.Field{Name: "reason", Kind: "long", Need: true}, page.Field{Name: "citation", Need: true}
	if r.State == authorisation.Proposed && v.Actor.Has(vocab.Authority) {
		p.Steps = append(p.Steps, v.Form(page.Form{Action: base + "approve", Name: "scope_approve", Fields: []page.Field{why, cite}}),
			v.Form(page.Form{Action: base + "decline", Name: "scope_decline", Fields: []page.Field{why, cite}}))
	}
	if r.State == authorisation.Approved || r.State == authorisation.Proposed && v.Actor.In(r.Body) {
		p.Steps = append(p.Steps, v.Form(page.Form{Action: base + "end", Name: "scope_end", Grave: true, Fields: []page.Field{why}}))
	}
	p.Clocks, err = clocks.Of(v, r.Clocks)
	return p, err
}

func (s *Section) turn(v *page.Visit) (string, error) {
	var err error
	id, why := v.ID("id"), v.Said("reason")
	switch v.ID("act") {
	case "approve", "decline":
		_, err = s.Authorisation.Review(v.Ctx(), v.Actor, id, v.ID("act") == "approve", why, v.Said("citation"))
	case "end":
		_, err = s.Authorisation.End(v.Ctx(), v.Actor, id, why)
	default:
		err = identity.NotYours()
	}
	return "/authorisations/" + url.PathEscape(id) + "?done=step", err
}

// offerPage is what a person reads before giving a word.
type offerPage struct {
	Offer offerLine
	Form  *page.Form
}

func (s *Section) offer(v *page.Visit) (any, error) {
	o, err := s.Authorisation.Show(v.Ctx(), v.Actor, v.ID("id"))
	if err != nil {
		return nil, err
	}
	p := offerPage{Offer: offerOf(v, o)}
	var items []page.Option
	var on []string
	for _, i := range o.Items {
		items = append(items, page.Option{Value: string(i.ID), Label: v.Look().Either(i.Name).Text})
		on = append(on, string(i.ID))
	}
	fields := []page.Field{{Name: "shown", Kind: "hidden", Value: o.Shown}}
	if o.Question == vocab.Status { // the answer is one word, whatever items it rests on
		fields = append(fields, page.Field{Name: "statuses", Text: "word_statuses", Kind: "checks", Values: o.Statuses, Options: v.StatusOptions(o.Statuses)})
	} else {
		fields = append(fields, page.Field{Name: "items", Text: "word_items", Kind: "checks", Values: on, Options: items})
	}
	p.Form = v.Form(page.Form{Name: "give_word", Fields: append(fields, page.Field{Name: "until", Kind: "date", Hint: true, Text: "word_until"})})
	return p, nil
}

func (s *Section) give(v *page.Visit) (string, error) {
	until, err := v.Date("until")
	if err != nil {
		return "", err
	}
	items, statuses := page.Typed[vocab.ItemID](v.All("items")), v.All("statuses")
	if len(items)+len(statuses) == 0 { // no box is ticked: that is not all of them
		return "", vocab.FieldMissing.Because("nothing is chosen: tick what may be answered")
	}
	_, err = s.Authorisation.Give(v.Ctx(), v.Actor, v.ID("id"), authorisation.Given{Items: items, Statuses: statuses, Until: until, Shown: v.Said("shown")})
	return "/authorisations?done=word_given", err
}

func (s *Section) withdraw(v *page.Visit) (string, error) {
	_, err := s.Authorisation.Withdraw(v.Ctx(), v.Actor, v.ID("id"))
	return "/authorisations?done=word_withdrawn", err
}

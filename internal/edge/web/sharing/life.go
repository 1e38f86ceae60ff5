package sharing

import (
	"net/url"
	"slices"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/share"
	"fontis/internal/edge/web/clocks"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// lifeLines are what became of a request, in words that the template puts around
// them.
type lifeLines struct {
	share.Life
	Missing  page.Tongued // what was told to be missing
	Stands   page.Tongued // which procedure comes first
	StandsBy page.Tongued // its law
	Longer   page.Tongued // why more time was asked
	Dispute  page.Tongued
	Rulings  []rulingLine
}

type rulingLine struct {
	share.Ruling
	By               page.Tongued
	Reason, Citation page.Tongued
	Items            []page.Tongued
}

// askedClocks draws the terms, and what the request has been through.
func (s *Section) askedClocks(v *page.Visit, p *askedPage) error {
	var err error
	if p.Clocks, err = clocks.Of(v, p.Request.Clocks); err != nil {
		return err
	}
	l, r := v.Look(), p.Request
	p.Life = &lifeLines{Life: r.Life}
	if r.Supplement != nil {
		p.Life.Missing = l.Tongue(r.Supplement.What)
	}
	if r.Procedure != nil {
		p.Life.Stands, p.Life.StandsBy = l.Tongue(r.Procedure.What), l.Law(r.Procedure.Citation)
	}
	if r.Extension != nil {
		p.Life.Longer = l.Tongue(r.Extension.Reason)
	}
	if r.Life.Dispute == nil {
		return nil
	}
	p.Life.Dispute = l.Tongue(r.Life.Dispute.Reason)
	var ids []vocab.MemberID
	for _, u := range r.Life.Dispute.Rulings {
		ids = append(ids, u.Member)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	for _, u := range r.Life.Dispute.Rulings {
		p.Life.Rulings = append(p.Life.Rulings, rulingLine{Ruling: u, By: v.NameOr(names, u.Member), Reason: l.Tongue(u.Reason), Citation: l.Law(u.Citation), Items: v.ItemNames(u.Items)})
	}
	return err
}

// askedSteps are the forms of the steps that the visitor may take now.
func (s *Section) askedSteps(v *page.Visit, p *askedPage) error {
	r := p.Request
	base := "/requests/" + url.PathEscape(string(r.ID))
	if r.State == share.StateDraft && v.Actor.In(r.Requester) && v.Actor.Has(vocab.DataUser) {
		p.Edit = true
		p.Steps = append(p.Steps, v.Form(page.Form{Action: base + "/drop", Name: "drop", Grave: true}))
	}
	var words []string // of a decision
	for _, t := range r.Steps(v.Actor) {
		switch t.Act {
		case share.ActSubmit:
			p.Steps = slices.Insert(p.Steps, 0, v.Form(page.Form{Action: base + "/submit", Name: "submit"}))
		case share.ActWithdraw:
			p.Steps = append(p.Steps, v.Form(page.Form{Action: base + "/withdraw", Name: "withdraw", Grave: true, Fields: []page.Field{{Name: "reason"}}}))
		case share.ActSupply:
			p.Supply = base + "/supply"
		case share.ActAgree, share.ActInPart:
			if r.State == share.StateSecond {
				p.Steps = append(p.Steps, v.Form(page.Form{Action: base + "/approve", Name: "approve"}))
			} else if t.Act == share.ActAgree {
				words = append(words, wordAgree)
			}
		case share.ActPropose, share.ActListed, share.ActUnlisted, share.ActMoved:
			// The decision's one form takes the first; the demand's page the others.
		case share.ActSuspend, share.ActResume, share.ActEnd:
			if !p.Party { // who reads the grant finds them there
				p.Steps = append(p.Steps, grantForm(v, r.Grant, t.Act))
			}
		case share.ActCertify:
			p.Steps = append(p.Steps, v.Form(page.Form{Action: base + "/certify", Name: "certify", Fields: certificateFields()}))
		case share.ActRefuse:
			if t.By == share.Authority {
				p.Steps = append(p.Steps, stepForm(v, base, t, r))
			} else {
				words = append(words, wordRefuse)
			}
		default:
			p.Steps = append(p.Steps, stepForm(v, base, t, r))
		}
	}
	if len(words) > 0 {
		offerDecision(v, p, base, words)
	}
	return nil
}

// stepForm asks what the step needs to have said.
func stepForm(v *page.Visit, base string, t share.Transition, r *share.Request) *page.Form {
	var fields []page.Field
	switch t.Act {
	case share.ActProcedure:
		kinds := []page.Option{}
		for _, k := range share.Procedures() {
			kinds = append(kinds, page.Option{Value: k, Label: v.Look().Word("stop", k)})
		}
		fields = append(fields, page.Field{Name: "kind", Text: "procedure_kind", Kind: "select", Options: kinds, Need: true})
	case share.ActAskMore:
		fields = append(fields, page.Field{Name: "days", Kind: "number", Need: true})
	case share.ActReroute, share.ActAssign:
		fields = append(fields, page.Field{Name: "dataset", Text: "true_source", Hint: true, Need: true})
	case share.ActOrder:
		if r.Dataset == "" { // it is to be listed first
			break
		}
		fields = append(fields, page.Field{Name: "items", Kind: "checks", Text: "ordered_items", Hint: true, Options: v.ItemOptions(r.Items)})
	}
	if t.Reason {
		fields = append(fields, page.Field{Name: "reason", Kind: "long", Need: true})
	}
	if t.Cite {
		fields = append(fields, page.Field{Name: "citation", Need: true})
	}
	return v.Form(page.Form{Action: base + "/take/" + t.Act, Name: "request_" + t.Act, Fields: fields})
}

func certificateFields() []page.Field {
	return []page.Field{
		{Name: "method", Text: "destruction_method", Need: true},
		{Name: "what", Text: "destruction_what", Kind: "long", Hint: true, Need: true},
		{Name: "kept", Text: "destruction_kept", Kind: "long", Hint: true},
		{Name: "on", Text: "destruction_on", Kind: "date", Need: true},
	}
}

// askedLacks is what a draft lacks, and what a provider should know.
func (s *Section) askedLacks(v *page.Visit, p *askedPage) error {
	var err error
	if p.Edit && p.Request.Dataset != "" {
		p.Lacks, err = s.lackLines(v, p.Request, "")
	}
	if len(p.Lacks) > 0 {
		p.Steps = slices.DeleteFunc(p.Steps, func(f *page.Form) bool { return f.Name == share.ActSubmit })
	}
	if p.Decide != nil {
		p.Warnings, err = s.Share.Warnings(v.Ctx(), v.Actor, p.Request.ID)
	}
	return err
}

// take takes a step of the table.
func (s *Section) take(v *page.Visit) (string, error) {
	id := vocab.RequestID(v.ID("id"))
	days, err := v.Count("days")
	if err != nil {
		return "", err
	}
	_, err = s.Share.Take(v.Ctx(), v.Actor, id, share.Word{
		Act: v.ID("act"), Reason: v.Said("reason"), Citation: v.Said("citation"), Kind: v.Said("kind"), Days: int(days),
		Dataset: vocab.DatasetID(v.Said("dataset")), Items: page.Typed[vocab.ItemID](v.All("items")),
	})
	return "/requests/" + url.PathEscape(string(id)) + "?done=step", err
}

// supplyForm is the whole request again, with what was told to be missing.
func (s *Section) supplyForm(v *page.Visit) (any, error) {
	r, err := s.Share.Get(v.Ctx(), v.Actor, vocab.RequestID(v.ID("id")))
	if err != nil {
		return nil, err
	}
	d, err := v.Catalog.Get(v.Ctx(), v.Actor, r.Dataset)
	if err != nil {
		return nil, err
	}
	p := supplyPage{Persons: d.Subject.OfPersons(), Form: v.Form(page.Form{Name: "supply_request", Fields: allFields(v, d, r.Fields)})}
	if r.Supplement != nil {
		p.Missing = v.Look().Tongue(r.Supplement.What)
	}
	return p, nil
}

func (s *Section) supply(v *page.Visit) (string, error) {
	r, err := s.Share.Get(v.Ctx(), v.Actor, vocab.RequestID(v.ID("id")))
	if err != nil {
		return "", err
	}
	f, faults := readStep(v, "", r.Fields)
	if len(faults) > 0 {
		return "", v.Faulty(faults...)
	}
	if r, err = s.Share.Supply(v.Ctx(), v.Actor, r.ID, f); err != nil {
		return "", err
	}
	return "/requests/" + url.PathEscape(string(r.ID)) + "?done=step", nil
}

// certify hands in the certificate of destruction.
func (s *Section) certify(v *page.Visit) (string, error) {
	id := vocab.RequestID(v.ID("id"))
	on, err := v.Date("on")
	if err != nil {
		return "", err
	}
	d := share.Destruction{Method: v.Said("method"), What: v.Said("what"), Kept: v.Said("kept")}
	if !on.IsZero() {
		d.On = calendar.DayOf(on.Date())
	}
	_, err = s.Share.Certify(v.Ctx(), v.Actor, id, d)
	return "/requests/" + url.PathEscape(string(id)) + "?done=step", err
}

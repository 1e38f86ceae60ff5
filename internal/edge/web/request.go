package web

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/share"
	"fontis/internal/edge/web/look"
	"fontis/internal/vocab"
)

// requestPage is the form of an application for data.
type requestPage struct {
	Dataset vocab.DatasetID
	Name    tongued
	Persons bool
	Form    *form
}

func (s *Site) request(v *visit) (any, error) {
	now := s.Clock.Now()
	f := share.Fields{Dataset: vocab.DatasetID(v.said("dataset")), Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single}, From: now, Until: now.AddDate(1, 0, 0), PerDay: 1000}
	return v.requestForm(f, 0)
}

func (v *visit) requestForm(f share.Fields, rev int64) (any, error) {
	if err := v.actor.Must(vocab.DataUser); err != nil {
		return nil, err
	}
	d, err := v.Catalog.Get(v.ctx(), v.actor, f.Dataset)
	if err != nil {
		return nil, err
	}
	fields := append(v.requestWhat(d, f), v.requestWhy(f, d.Subject.OfPersons())...)
	if rev > 0 {
		fields = append(fields, revision(rev))
	}
	return requestPage{Dataset: d.ID, Name: v.look().Either(d.Name), Persons: d.Subject.OfPersons(), Form: v.form(form{Name: "save_request", Fields: fields})}, nil
}

func (v *visit) requestWhat(d *catalog.Dataset, f share.Fields) []field {
	var items []option
	var on []string
	for _, it := range d.Items {
		if len(it.Tags) > 0 && d.Subject.OfPersons() || d.ShareOf(it) == vocab.NotShared {
			continue // it could only be refused
		}
		items = append(items, option{Value: string(d.ItemID(it.Code)), Label: it.Name.In(string(v.call.Lang)) + " (" + it.Code + ")"})
	}
	for _, i := range f.Items {
		if i.Dataset() == "" || i.Name() == "" {
			i = d.ItemID(string(i))
		}
		on = append(on, string(i))
	}
	carriages := make([]string, len(f.Carriages))
	for i, c := range f.Carriages {
		carriages[i] = string(c)
	}
	return []field{
		{Name: "dataset", Kind: "hidden", Value: string(d.ID)},
		{Name: "items", Kind: "checks", Values: on, Options: items},
		{Name: "question", Kind: "select", Hint: true, Value: string(f.Question), Options: words(v, "question", vocab.Questions())},
		{Name: "statuses", Hint: true, Value: strings.Join(f.Statuses, ", ")},
		{Name: "carriages", Kind: "checks", Values: carriages, Options: words(v, "carriage", []vocab.Carriage{vocab.Single, vocab.Batch})},
	}
}

func (v *visit) requestWhy(f share.Fields, persons bool) []field {
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(look.Official()).Format(time.DateOnly)
	}
	out := []field{
		{Name: "law", Need: true, Value: f.Basis.Law},
		{Name: "article", Need: true, Value: f.Basis.Article},
		{Name: "purpose", Hint: true, Need: true, Value: f.Purpose},
		{Name: "scenario", Kind: "long", Hint: true, Need: true, Value: f.Scenario},
		{Name: "from", Kind: "date", Need: true, Value: day(f.From)},
		{Name: "until", Kind: "date", Need: true, Value: day(f.Until)},
		{Name: "per_day", Kind: "number", Need: true, Value: number(f.PerDay)},
		{Name: "case_pattern", Hint: true, Need: persons, Value: f.CasePattern},
		{Name: "cases_per_day", Kind: "number", Hint: true, Value: number(int64(f.CasesPerDay))},
		{Name: "hour_from", Kind: "number", Value: number(int64(f.HourFrom))},
		{Name: "hour_until", Kind: "number", Hint: true, Value: number(int64(f.HourUntil))},
		{Name: "networks", Hint: true, Value: networksText(f.Networks)},
		{Name: "row_scope", Hint: true, Value: f.RowScope},
		{Name: "statute", Hint: true, Value: f.Statute},
		{Name: "security_measures", Kind: "long", Need: true, Value: f.Security},
		{Name: "impact_ref", Hint: true, Need: persons, Value: f.ImpactRef},
		{Name: "existence", Kind: "check"},
	}
	if f.Existence {
		out[len(out)-1].Values = []string{"yes"}
	}
	return out
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func networksText(list []netip.Prefix) string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.String()
	}
	return strings.Join(out, ", ")
}

// count is a number of the form; nothing typed is 0.
func (v *visit) count(name string) (int64, error) {
	s := v.said(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, vocab.ValueInvalid.Because("the field %s is no number from 0 on", name)
	}
	return n, nil
}

func (v *visit) networks() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range listed(v.said("networks")) {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, vocab.ValueInvalid.Because("a network is written as 10.1.0.0/16")
		}
		out = append(out, p)
	}
	return out, nil
}

// listed parts a list that was typed into one line.
func listed(s string) []string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",，、;；\n\r", r) })
	return typed[string](parts)
}

// requestFields reads the whole form.
func (v *visit) requestFields() (share.Fields, error) {
	f := share.Fields{
		Dataset: vocab.DatasetID(v.said("dataset")), Items: typed[vocab.ItemID](v.all("items")), Question: vocab.Question(v.said("question")),
		Statuses: listed(v.said("statuses")), Carriages: typed[vocab.Carriage](v.all("carriages")),
		Basis: catalog.Cite{Law: v.said("law"), Article: v.said("article")}, Purpose: v.said("purpose"), Scenario: v.said("scenario"),
		Statute: v.said("statute"), RowScope: v.said("row_scope"), CasePattern: v.said("case_pattern"), Existence: v.said("existence") != "",
		Security: v.said("security_measures"), ImpactRef: v.said("impact_ref"),
	}
	var err error
	if f.From, err = v.date("from"); err != nil {
		return f, err
	}
	if f.Until, err = v.date("until"); err != nil {
		return f, err
	}
	if f.Networks, err = v.networks(); err != nil {
		return f, err
	}
	for name, to := range map[string]*int{"cases_per_day": &f.CasesPerDay, "hour_from": &f.HourFrom, "hour_until": &f.HourUntil} {
		n, err := v.count(name)
		if err != nil {
			return f, err
		}
		*to = int(n)
	}
	f.PerDay, err = v.count("per_day")
	return f, err
}

func (s *Site) draftRequest(v *visit) (string, error) {
	f, err := v.requestFields()
	if err != nil {
		return "", err
	}
	r, err := s.Share.Draft(v.ctx(), v.actor, f)
	if err != nil {
		return "", err
	}
	return "/requests/" + url.PathEscape(string(r.ID)) + "?done=drafted", nil
}

func (s *Site) editRequest(v *visit) (any, error) {
	r, err := s.Share.Get(v.ctx(), v.actor, vocab.RequestID(v.id("id")))
	if err != nil {
		return nil, err
	}
	return v.requestForm(r.Fields, r.Rev)
}

func (s *Site) doEditRequest(v *visit) (string, error) {
	f, err := v.requestFields()
	if err != nil {
		return "", err
	}
	r, err := s.Share.Edit(v.ctx(), v.actor, vocab.RequestID(v.id("id")), v.rev(), f)
	if err != nil {
		return "", err
	}
	return "/requests/" + url.PathEscape(string(r.ID)) + "?done=saved", nil
}

// requestsPage lists the requests that a member makes and those that it gets.
type requestsPage struct {
	Incoming bool
	Other    bool // there is another list to look at
	Lines    []requestLine
	Next     string
}

type requestLine struct {
	ID        vocab.RequestID
	Dataset   vocab.DatasetID
	Set       tongued
	Requester tongued
	Provider  tongued
	Question  vocab.Question
	Purpose   tongued
	State     share.State
	Changed   time.Time
}

func (v *visit) requestLines(list []*share.Request) ([]requestLine, error) {
	var ids []vocab.MemberID
	for _, r := range list {
		ids = append(ids, r.Requester, r.Provider)
	}
	names, err := v.Identity.MemberNames(v.ctx(), ids...)
	out := make([]requestLine, len(list))
	for i, r := range list {
		out[i] = requestLine{
			ID: r.ID, Dataset: r.Dataset, Set: v.setName(r.Dataset), Requester: v.look().Name(names[r.Requester]), Provider: v.look().Name(names[r.Provider]),
			Question: r.Question, Purpose: v.look().Tongue(r.Purpose), State: r.State, Changed: r.ChangedAt,
		}
	}
	return out, err
}

func (s *Site) requests(v *visit) (any, error) {
	p := requestsPage{Incoming: v.actor.Has(vocab.Steward) && v.said("side") != "own" || v.said("side") == "incoming"}
	list, err := s.Share.List(v.ctx(), v.actor, share.ListQuery{Incoming: p.Incoming, State: share.State(v.said("state")), After: vocab.RequestID(v.said("after")), Limit: pageSize})
	if err != nil {
		return nil, err
	}
	if p.Lines, err = v.requestLines(list); err != nil {
		return nil, err
	}
	if len(list) == pageSize {
		u := url.Values{"after": {string(list[len(list)-1].ID)}, "side": {"own"}, "state": {v.said("state")}}
		if p.Incoming {
			u.Set("side", "incoming")
		}
		p.Next = "/requests?" + u.Encode()
	}
	p.Other = v.actor.Has(vocab.Steward) && v.actor.Has(vocab.DataUser)
	return p, nil
}

// askedPage is one request with its history, its decision and its twin.
type askedPage struct {
	Request  *share.Request
	Head     requestLine
	Lines    []line
	Lacks    []string
	Warnings []share.Warning
	Decision *decisionLine
	Decide   *form
	Steps    []*form
	Edit     bool
	History  []share.Change
	Twin     *share.Snippets
}

type decisionLine struct {
	share.Decided
	ReasonText, CitationText tongued
}

func (s *Site) asked(v *visit) (any, error) {
	r, err := s.Share.Get(v.ctx(), v.actor, vocab.RequestID(v.id("id")))
	if err != nil {
		return nil, err
	}
	heads, err := v.requestLines([]*share.Request{r})
	if err != nil {
		return nil, err
	}
	p := askedPage{Request: r, Head: heads[0], Lines: v.requestText(r)}
	if r.Decision != nil {
		p.Decision = &decisionLine{Decided: *r.Decision, ReasonText: v.look().Tongue(r.Decision.Reason), CitationText: v.look().Tongue(r.Decision.Citation)}
	}
	for _, step := range []func(*visit, *askedPage) error{s.askedByUs, s.askedOfUs, s.askedBefore} {
		if err := step(v, &p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// askedByUs is what the requester may do.
func (s *Site) askedByUs(v *visit, p *askedPage) error {
	r := p.Request
	if !v.actor.In(r.Requester) || !v.actor.Has(vocab.DataUser) {
		return nil
	}
	base := "/requests/" + url.PathEscape(string(r.ID)) + "/"
	switch r.State {
	case share.StateDraft:
		p.Edit = true
		p.Steps = append(p.Steps, v.form(form{Action: base + "submit", Name: "submit"}), v.form(form{Action: base + "drop", Name: "drop", Grave: true}))
		var err error
		p.Lacks, err = s.Share.Missing(v.ctx(), v.actor, r.ID)
		return err
	case share.StateSubmitted, share.StateSecond:
		p.Steps = append(p.Steps, v.form(form{Action: base + "withdraw", Name: "withdraw", Grave: true, Fields: []field{{Name: "reason"}}}))
	}
	return nil
}

// askedOfUs is what the provider should know and may do.
func (s *Site) askedOfUs(v *visit, p *askedPage) error {
	r := p.Request
	if !v.actor.In(r.Provider) || !v.actor.Has(vocab.Steward) {
		return nil
	}
	base := "/requests/" + url.PathEscape(string(r.ID))
	if r.State == share.StateSecond {
		p.Steps = append(p.Steps, v.form(form{Action: base + "/approve", Name: "approve"}))
	}
	if r.State != share.StateSubmitted && r.State != share.StateSecond {
		return nil
	}
	p.Decide = v.form(form{Action: base, Name: "decide", Fields: v.decisionFields(r)})
	var err error
	p.Warnings, err = s.Share.Warnings(v.ctx(), v.actor, r.ID)
	return err
}

func (v *visit) decisionFields(r *share.Request) []field {
	var on []string
	for _, i := range r.Items {
		on = append(on, string(i))
	}
	return []field{
		{Name: "word", Text: "decision", Kind: "select", Need: true, Options: words(v, "decision", []string{"agree", "refuse"})},
		{Name: "items", Kind: "checks", Text: "decided_items", Hint: true, Values: on, Options: v.itemOptions(r.Items)},
		{Name: "reason", Text: "decision_reason", Kind: "long", Hint: true},
		{Name: "citation", Hint: true},
		{Name: "until", Text: "decided_until", Kind: "date", Hint: true},
		{Name: "per_day", Text: "decided_per_day", Kind: "number"},
		{Name: "guesses", Kind: "number", Hint: true},
	}
}

// askedBefore is the history, and the twin once there is one.
func (s *Site) askedBefore(v *visit, p *askedPage) error {
	var err error
	if p.History, err = s.Share.History(v.ctx(), v.actor, p.Request.ID, 0); err != nil {
		return err
	}
	slices.Reverse(p.History)
	if p.Request.State == share.StateDraft {
		return nil
	}
	twin, err := s.Share.TwinSample(v.ctx(), v.actor, p.Request.ID)
	if err == nil {
		p.Twin = &twin
	}
	if vocab.KindOf(err) == vocab.Conflict || vocab.KindOf(err) == vocab.NotFound {
		err = nil // a request without a living twin is a page all the same
	}
	return err
}

// requestText are the fields that a request fills, as people read them.
func (v *visit) requestText(r *share.Request) []line {
	l := v.look()
	items := make([]string, len(r.Items))
	for i, it := range r.Items {
		items[i] = v.itemName(it).Text
	}
	carriages := make([]string, len(r.Carriages))
	for i, c := range r.Carriages {
		carriages[i] = l.Word("carriage", string(c))
	}
	all := []line{
		{"items", l.Tongue(strings.Join(items, l.Comma()))},
		{"question", l.Tongue(l.Word("question", string(r.Question)))},
		{"statuses", l.Tongue(strings.Join(r.Statuses, l.Comma()))},
		{"carriages", l.Tongue(strings.Join(carriages, l.Comma()))},
		{"law", l.Tongue(r.BasisText())},
		{"purpose", l.Tongue(r.Purpose)},
		{"scenario", l.Tongue(r.Scenario)},
		{"statute", l.Tongue(r.Statute)},
		{"from", tongued{Text: l.Day(r.From)}},
		{"until", tongued{Text: l.Day(r.Until)}},
		{"per_day", tongued{Text: number(r.PerDay)}},
		{"case_pattern", tongued{Text: r.CasePattern}},
		{"cases_per_day", tongued{Text: number(int64(r.CasesPerDay))}},
		{"networks", tongued{Text: networksText(r.Networks)}},
		{"row_scope", tongued{Text: r.RowScope}},
		{"security_measures", l.Tongue(r.Security)},
		{"impact_ref", l.Tongue(r.ImpactRef)},
	}
	return slices.DeleteFunc(all, func(x line) bool { return x.Value.Text == "" })
}

func (s *Site) decide(v *visit) (string, error) {
	d := share.Decision{Agree: v.said("word") == "agree", Reason: v.said("reason"), Citation: v.said("citation")}
	r, err := s.Share.Get(v.ctx(), v.actor, vocab.RequestID(v.id("id")))
	if err != nil {
		return "", err
	}
	if items := typed[vocab.ItemID](v.all("items")); d.Agree && len(items) < len(r.Items) {
		d.Items = items
	}
	if d.Until, err = v.date("until"); err != nil {
		return "", err
	}
	if d.PerDay, err = v.count("per_day"); err != nil {
		return "", err
	}
	guesses, err := v.count("guesses")
	if err != nil {
		return "", err
	}
	d.Guesses = int(guesses)
	_, err = s.Share.Decide(v.ctx(), v.actor, r.ID, d)
	return "/requests/" + url.PathEscape(string(r.ID)) + "?done=decided", err
}

func (s *Site) requestStep(v *visit) (string, error) {
	id := vocab.RequestID(v.id("id"))
	var err error
	switch v.id("act") {
	case "submit":
		_, err = s.Share.Submit(v.ctx(), v.actor, id)
	case "withdraw":
		_, err = s.Share.Withdraw(v.ctx(), v.actor, id, v.said("reason"))
	case "approve":
		_, err = s.Share.Approve(v.ctx(), v.actor, id)
	case "drop":
		return "/requests?done=dropped", s.Share.Drop(v.ctx(), v.actor, id)
	default:
		err = vocab.NoSuchThing.Because("no page stands here")
	}
	return "/requests/" + url.PathEscape(string(id)) + "?done=step", err
}

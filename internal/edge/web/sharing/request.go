package sharing

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/snippet"
	"fontis/internal/edge/web/clocks"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// requestPage begins an application for data.
type requestPage struct {
	Dataset vocab.DatasetID
	Name    page.Tongued
	Persons bool
	Steps   []string
	Drafts  []RequestLine // of the member, for the same data set
	Form    *page.Form
}

func (s *Section) request(v *page.Visit) (any, error) {
	if err := v.Actor.Must(vocab.DataUser); err != nil {
		return nil, err
	}
	d, err := v.Catalog.Get(v.Ctx(), v.Actor, vocab.DatasetID(v.Said("dataset")))
	if err != nil {
		return nil, err
	}
	list, err := s.Share.List(v.Ctx(), v.Actor, share.ListQuery{State: share.StateDraft, Limit: 200})
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(r *share.Request) bool { return r.Dataset != d.ID })
	p := requestPage{Dataset: d.ID, Name: v.Look().Either(d.Name), Persons: d.Subject.OfPersons(), Steps: steps()}
	p.Form = v.Form(page.Form{Action: "/request", Name: "begin_request", Fields: []page.Field{{Name: "dataset", Kind: "hidden", Value: string(d.ID)}}})
	p.Drafts, err = RequestLines(v, list)
	return p, err
}

// begin makes the draft that the steps fill, with what most requests say.
func (s *Section) begin(v *page.Visit) (string, error) {
	now := v.Clock.Now()
	f := share.Fields{Dataset: vocab.DatasetID(v.Said("dataset")), Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single}, From: now, Until: now.AddDate(1, 0, 0), PerDay: 1000}
	r, err := s.Share.Draft(v.Ctx(), v.Actor, f)
	if err != nil {
		return "", err
	}
	return stepAt(r.ID, steps()[0]), nil
}

// supplyPage is the whole request once more, where something of it was missing.
type supplyPage struct {
	Missing page.Tongued
	Persons bool
	Form    *page.Form
}

// requestsPage lists the requests that a member makes and those that it gets, and for
// an authority those that wait for its word and all of its region.
type requestsPage struct {
	Side   string
	Others []string // the other lists to look at
	List   page.Shown[RequestLine]
}

// RequestLine is one request in a list.
type RequestLine struct {
	ID        vocab.RequestID
	Dataset   vocab.DatasetID
	Set       page.Tongued
	Requester page.Tongued
	Provider  page.Tongued
	Question  vocab.Question
	Purpose   page.Tongued
	State     share.State
	Changed   time.Time
	Clock     *clocks.Clock // the term that runs
	due       bool
}

// RequestLines puts names to requests.
func RequestLines(v *page.Visit, list []*share.Request) ([]RequestLine, error) {
	var ids []vocab.MemberID
	for _, r := range list {
		ids = append(ids, r.Requester, r.Provider)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	out := make([]RequestLine, len(list))
	for i, r := range list {
		out[i] = RequestLine{
			ID: r.ID, Dataset: r.Dataset, Set: v.SetName(r.Dataset), Requester: v.Look().Name(names[r.Requester]), Provider: v.Look().Name(names[r.Provider]),
			Question: r.Question, Purpose: v.Look().Law(r.Purpose), State: r.State, Changed: r.ChangedAt, due: !r.DueAt.IsZero(),
		}
		if r.Dataset == "" && r.Demanded != nil { // nobody lists it yet
			out[i].Set = v.Look().Tongue(r.Demanded.Name)
		}
	}
	return out, err
}

// Clocked draws beside each open request the term that runs.
func Clocked(v *page.Visit, s *share.Service, lines []RequestLine) error {
	for i, r := range lines {
		if !r.due {
			continue
		}
		whole, err := s.Get(v.Ctx(), v.Actor, r.ID)
		if err != nil {
			return err
		}
		drawn, err := clocks.Of(v, slices.DeleteFunc(whole.Clocks, func(c calendar.Running) bool { return !c.Open() }))
		if err != nil {
			return err
		}
		if len(drawn) > 0 {
			lines[i].Clock = &drawn[0]
		}
	}
	return nil
}

func (s *Section) requests(v *page.Visit) (any, error) {
	list, err := s.requestList(v)
	if err != nil {
		return nil, err
	}
	p := requestsPage{Side: v.Said("side")}
	if p.List, err = list.Show(v); err != nil {
		return nil, err
	}
	if err := Clocked(v, s.Share, p.List.Lines); err != nil {
		return nil, err
	}
	p.Others = slices.DeleteFunc(requestSides(v), func(side string) bool { return side == p.Side })
	return p, nil
}

func (s *Section) requestList(v *page.Visit) (page.List[RequestLine], error) {
	if err := s.requestSide(v); err != nil {
		return page.List[RequestLine]{}, err
	}
	q, side := share.ListQuery{State: share.State(v.Said("state"))}, v.Said("side")
	q.Incoming, q.Overseen, q.Waiting = side == sideIncoming, side == sideOverseen, side == sideWaiting
	return page.List[RequestLine]{
		Path: "/requests", Keep: []string{"side"}, Key: func(l RequestLine) string { return string(l.ID) },
		Columns: []page.Column[RequestLine]{
			{Name: "number", Say: func(l RequestLine) any { return l.ID }},
			{Name: "dataset", Say: func(l RequestLine) any { return l.Set }},
			{Name: "requester", Say: func(l RequestLine) any { return l.Requester }},
			{Name: "provider", Say: func(l RequestLine) any { return l.Provider }},
			{Name: "question", Kind: "question", Words: page.Strings(vocab.Questions()), Say: func(l RequestLine) any { return l.Question }},
			{Name: "purpose", Say: func(l RequestLine) any { return l.Purpose }},
			{Name: "state", Kind: "state", Words: page.Strings(share.States()), Say: func(l RequestLine) any { return l.State }},
			{Name: "changed", Say: func(l RequestLine) any { return l.Changed }},
		},
		Fetch: func(after string, limit int) ([]RequestLine, error) {
			q.After, q.Limit = vocab.RequestID(after), limit
			list, err := s.Share.List(v.Ctx(), v.Actor, q)
			if err != nil {
				return nil, err
			}
			return RequestLines(v, list)
		},
	}, nil
}

// askedPage is one request with its history, its decision and its twin.
type askedPage struct {
	Request  *share.Request
	Head     RequestLine
	Lines    []page.Line
	Lacks    []lackLine // of a draft, with the steps that ask for it
	Warnings []share.Warning
	Decision *decisionLine
	Decide   *page.Form
	Sure     *sureLines // what the visitor is about to decide
	Steps    []*page.Form
	Edit     bool
	Supply   string // where what was missing is brought
	History  []changeLine
	Live     string
	Twin     *snippet.Snippets
	Named    map[vocab.ItemID]page.Tongued // the items of the twin's rows
	Try      bool                          // the twin is the visitor's to ask
	Clocks   []clocks.Clock
	Life     *lifeLines
	Party    bool // the grant is the visitor's to read
}

type decisionLine struct {
	share.Decided
	Names                    []page.Tongued // of the items that were agreed to
	ReasonText, CitationText page.Tongued
}

// changeLine is one step of a request with who took it.
type changeLine struct {
	share.Change
	Who page.Tongued
}

func (s *Section) asked(v *page.Visit) (any, error) {
	r, err := s.Share.Get(v.Ctx(), v.Actor, vocab.RequestID(v.ID("id")))
	if err != nil {
		return nil, err
	}
	heads, err := RequestLines(v, []*share.Request{r})
	if err != nil {
		return nil, err
	}
	p := askedPage{Request: r, Head: heads[0], Lines: requestText(v, r), Live: v.Live("request", string(r.ID)), Party: v.Party(r.Requester, r.Provider)}
	if r.Decision != nil {
		p.Decision = &decisionLine{Decided: *r.Decision, Names: v.ItemNames(r.Decision.Items), ReasonText: v.Look().Tongue(r.Decision.Reason), CitationText: v.Look().Tongue(r.Decision.Citation)}
	}
	for _, step := range []func(*page.Visit, *askedPage) error{s.askedClocks, s.askedSteps, s.askedLacks, s.askedBefore} {
		if err := step(v, &p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// askedBefore is the history, and the twin once there is one.
func (s *Section) askedBefore(v *page.Visit, p *askedPage) error {
	list, err := s.Share.History(v.Ctx(), v.Actor, p.Request.ID, 0)
	if err != nil {
		return err
	}
	var ids []vocab.MemberID
	for _, c := range list {
		ids = append(ids, c.Member)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), slices.DeleteFunc(ids, func(m vocab.MemberID) bool { return m == "" })...)
	if err != nil {
		return err
	}
	for _, c := range slices.Backward(list) {
		p.History = append(p.History, changeLine{Change: c, Who: v.NameOr(names, c.Member)})
	}
	if p.Request.State == share.StateDraft {
		return nil
	}
	twin, err := s.Share.TwinSample(v.Ctx(), v.Actor, p.Request.ID)
	if err == nil {
		p.Twin, p.Try, p.Named = &twin, v.Actor.In(p.Request.Requester), map[vocab.ItemID]page.Tongued{}
		for _, row := range twin.Rows {
			for item := range row.Values {
				p.Named[item] = v.ItemName(item)
			}
		}
	}
	if vocab.KindOf(err) == vocab.Conflict || vocab.KindOf(err) == vocab.NotFound {
		err = nil // a request without a living twin is a page all the same
	}
	return err
}

// requestText are the fields that a request fills, as people read them.
func requestText(v *page.Visit, r *share.Request) []page.Line {
	l := v.Look()
	items := make([]string, len(r.Items))
	for i, it := range r.Items {
		items[i] = v.ItemName(it).Text
	}
	carriages := make([]string, len(r.Carriages))
	for i, c := range r.Carriages {
		carriages[i] = l.Word("carriage", string(c))
	}
	all := []page.Line{
		{Field: "items", Value: l.Tongue(strings.Join(items, l.Comma()))},
		{Field: "question", Value: l.Tongue(l.Word("question", string(r.Question)))},
		{Field: "statuses", Value: l.Tongue(v.StatusNames(r.Statuses))},
		{Field: "carriages", Value: l.Tongue(strings.Join(carriages, l.Comma()))},
		{Field: "law", Value: l.Law(r.BasisText())},
		{Field: "purpose", Value: l.Law(r.Purpose)},
		{Field: "scenario", Value: l.Tongue(r.Scenario)},
		{Field: "statute", Value: l.Tongue(r.Statute)},
		{Field: "from", Value: page.Tongued{Text: l.Day(r.From)}},
		{Field: "until", Value: page.Tongued{Text: l.Day(r.Until)}},
		{Field: "per_day", Value: page.Tongued{Text: v.Amount(r.PerDay)}},
		{Field: "case_pattern", Value: page.Tongued{Text: r.CasePattern}},
		{Field: "cases_per_day", Value: page.Tongued{Text: v.Amount(int64(r.CasesPerDay))}},
		{Field: "hour_from", Value: page.Tongued{Text: hourText(r.Fields, r.HourFrom)}},
		{Field: "hour_until", Value: page.Tongued{Text: hourText(r.Fields, r.HourUntil)}},
		{Field: "networks", Value: page.Tongued{Text: networksText(r.Networks)}},
		{Field: "row_scope", Value: page.Tongued{Text: r.RowScope}},
		{Field: "security_measures", Value: l.Tongue(r.Security)},
		{Field: "impact_ref", Value: l.Tongue(r.ImpactRef)},
	}
	return slices.DeleteFunc(all, func(x page.Line) bool { return x.Value.Text == "" })
}

// submit hands a draft over; what it lacks is said in the words of its form.
func (s *Section) submit(v *page.Visit, id vocab.RequestID) error {
	r, err := s.Share.Get(v.Ctx(), v.Actor, id)
	if err != nil {
		return err
	}
	if r.State == share.StateDraft && v.Actor.In(r.Requester) {
		lacks, err := s.lackLines(v, r, "")
		if err != nil {
			return err
		}
		if len(lacks) > 0 {
			return v.Faulty(unfilled(v, lacks)...)
		}
	}
	_, err = s.Share.Submit(v.Ctx(), v.Actor, id)
	return err
}

func (s *Section) requestStep(v *page.Visit) (string, error) {
	id := vocab.RequestID(v.ID("id"))
	var err error
	switch v.ID("act") {
	case "submit":
		err = s.submit(v, id)
	case "withdraw":
		_, err = s.Share.Withdraw(v.Ctx(), v.Actor, id, v.Said("reason"))
	case "approve":
		_, err = s.Share.Approve(v.Ctx(), v.Actor, id)
	case "drop":
		return "/requests?done=dropped", s.Share.Drop(v.Ctx(), v.Actor, id)
	default:
		err = vocab.NoSuchThing.Because("no page stands here")
	}
	return "/requests/" + url.PathEscape(string(id)) + "?done=step", err
}

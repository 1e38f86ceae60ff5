package supervision

import (
	"errors"
	"io"
	"net/url"
	"strconv"

	"fontis/internal/edge/problem"
	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/record"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/vocab"
)

// entriesPage lists entries of every member to an auditor; that it was read is
// an entry of its own.
type entriesPage struct {
	Lines  []record.Line
	Filter []page.Field
	Next   string
	Query  string
	First  *overview // on the list without filters
}

func abouts() []audit.About {
	return []audit.About{audit.Deferrals, audit.Emergencies, audit.Overrides, audit.Refusals, audit.Hands, audit.OneAdmitter}
}

func filter(v *page.Visit) (audit.Filter, error) {
	f := audit.Filter{
		Member: vocab.MemberID(v.Said("member")), Officer: vocab.OfficerID(v.Said("officer")), Grant: vocab.GrantID(v.Said("grant")),
		Purpose: v.Said("purpose"), About: audit.About(v.Said("about")), Limit: page.Size,
	}
	f.After, _ = strconv.ParseInt(v.Said("after"), 10, 64)
	var err, later error
	f.From, err = v.Date("from")
	f.Until, later = v.LastDay("until")
	return f, errors.Join(err, later)
}

func (s *Section) entries(v *page.Visit) (any, error) {
	f, err := filter(v)
	if err != nil {
		v.Stay(err) // and nothing was read
		return entriesPage{Filter: filterFields(v)}, v.Actor.Must(vocab.Auditor)
	}
	got, err := s.Audit.List(v.Ctx(), v.Actor, f)
	if err != nil {
		return nil, err
	}
	u := url.Values{}
	for _, name := range []string{"member", "officer", "grant", "purpose", "about", "from", "until"} {
		if said := v.Said(name); said != "" {
			u.Set(name, said)
		}
	}
	p := entriesPage{Query: u.Encode(), Filter: filterFields(v)}
	if got.Next > 0 {
		u.Set("after", strconv.FormatInt(got.Next, 10))
		p.Next = "/audit?" + u.Encode()
	}
	if p.Query == "" && f.After == 0 {
		if p.First, err = s.overview(v); err != nil {
			return nil, err
		}
	}
	p.Lines, err = record.Lines(v, got.Entries)
	return p, err
}

// filterFields are the inputs of the filter, with what is on.
func filterFields(v *page.Visit) []page.Field {
	form := v.Form(page.Form{Action: "/audit", Name: "filter", Fields: []page.Field{
		{Name: "about", Text: "audit_about", Kind: "select", Value: v.Said("about"), Options: v.OrNone(page.Words(v, "audit_about", abouts()))},
		{Name: "member", Text: "member_id", Value: v.Said("member")},
		{Name: "officer", Value: v.Said("officer")},
		{Name: "grant", Text: "grant_id", Value: v.Said("grant")},
		{Name: "purpose", Value: v.Said("purpose")},
		{Name: "from", Kind: "date", Value: v.Said("from")},
		{Name: "until", Kind: "date", Value: v.Said("until")},
	}})
	return form.Fields
}

func (s *Section) file(v *page.Visit) error {
	kind := map[string]string{"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl", "xlsx": page.KindBook}[v.ID("format")]
	if kind == "" {
		return identity.NotYours()
	}
	f, err := filter(v)
	if err != nil {
		return err
	}
	if err := v.Actor.Must(vocab.Auditor); err != nil {
		return err
	}
	if kind == page.KindBook {
		return v.Book("entries", func(to io.Writer) error { return s.Audit.File(v.Ctx(), v.Actor, f, "csv", to) })
	}
	v.Download(kind, "entries."+v.ID("format"))
	if err := s.Audit.File(v.Ctx(), v.Actor, f, v.ID("format"), v.W); err != nil {
		return v.Broken(err)
	}
	return nil
}

// drawsPage is every sample, with all that anybody needs to draw again.
type drawsPage struct {
	List   page.Shown[drawLine]
	Commit *page.Form
}

type drawLine struct {
	audit.Draw
	By    page.Tongued
	Form  *page.Form
	Cases bool
	Ask   *page.Form // for the files that nobody has asked for
}

func (s *Section) drawList(v *page.Visit) (page.List[drawLine], error) {
	key := func(l drawLine) string { return l.ID }
	return page.List[drawLine]{
		Path: "/audit/draws", Key: key,
		Columns: []page.Column[drawLine]{
			{Name: "number", Say: func(l drawLine) any { return l.ID }},
			{Name: "member", Say: func(l drawLine) any { return l.By }},
			{Name: "when", Say: func(l drawLine) any { return l.Made }},
			{Name: "seed_hash", Say: func(l drawLine) any { return l.SeedHash }},
			{Name: "seed", Say: func(l drawLine) any { return l.Seed }},
			{Name: "draw_count", Say: func(l drawLine) any { return int64(l.Count) }},
			{Name: "state", Kind: "draw_state", Say: func(l drawLine) any { return l.State }},
		},
		Fetch: func(after string, limit int) ([]drawLine, error) {
			return s.drawLines(v, identity.Page{After: after, Limit: limit})
		},
	}, nil
}

func (s *Section) drawLines(v *page.Visit, p identity.Page) ([]drawLine, error) {
	list, err := s.Audit.Draws(v.Ctx(), p)
	if err != nil {
		return nil, err
	}
	var ids []vocab.MemberID
	for _, d := range list {
		ids = append(ids, d.By)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	auditor := v.Actor.Has(vocab.Auditor)
	out := make([]drawLine, 0, len(list))
	for _, d := range list {
		l := drawLine{Draw: d, By: v.NameOr(names, d.By), Cases: auditor && d.Seed != ""}
		if auditor && d.Seed == "" && v.Actor.In(d.By) {
			l.Form = v.Form(page.Form{Action: "/audit/draws/" + url.PathEscape(d.ID), Name: "draw", Fields: []page.Field{{Name: "seed", Hint: true, Need: true, Complete: "off"}}})
		}
		if l.Cases && d.Asked < len(d.Picked) {
			l.Ask = v.Form(page.Form{Action: "/audit/draws/" + url.PathEscape(d.ID) + "/ask", Name: "draw_ask"})
		}
		out = append(out, l)
	}
	return out, err
}

func (s *Section) draws(v *page.Visit) (any, error) {
	list, err := s.drawList(v)
	if err != nil {
		return nil, err
	}
	p := drawsPage{}
	if p.List, err = list.Show(v); err != nil {
		return nil, err
	}
	if v.Actor.Has(vocab.Auditor) {
		p.Commit = v.Form(page.Form{Action: "/audit/draws", Name: "commit_draw", Fields: []page.Field{
			{Name: "seed_hash", Hint: true, Need: true, Complete: "off"},
			{Name: "from", Kind: "date", Need: true},
			{Name: "until", Kind: "date", Need: true},
			{Name: "count", Text: "draw_count", Kind: "number", Need: true, Value: "20"},
			{Name: "reason", Need: true},
			{Name: "log", Text: "draw_log", Hint: true},
		}})
	}
	return p, nil
}

func (s *Section) commit(v *page.Visit) (string, error) {
	n := audit.NewDraw{SeedHash: v.Said("seed_hash"), Reason: v.Said("reason"), Log: v.Said("log")}
	count, err := v.Count("count")
	if err != nil {
		return "", err
	}
	n.Count = int(count)
	if n.From, err = v.Date("from"); err != nil {
		return "", err
	}
	if n.Until, err = v.Date("until"); err != nil {
		return "", err
	}
	_, err = s.Audit.Commit(v.Ctx(), v.Actor, n)
	return "/audit/draws?done=committed", err
}

func (s *Section) draw(v *page.Visit) (string, error) {
	d, err := s.Audit.Draw(v.Ctx(), v.Actor, v.ID("id"), v.Said("seed"))
	return "/audit/cases?done=drawn&draw=" + url.QueryEscape(d.ID), err
}

func (s *Section) askAll(v *page.Visit) (string, error) {
	_, err := s.Audit.AskAll(v.Ctx(), v.Actor, v.ID("id"))
	return "/audit/cases?done=asked_all&draw=" + url.QueryEscape(v.ID("id")), err
}

// commitReceipt is what proves to a stranger that the seed was fixed before the draw.
func (s *Section) commitReceipt(v *page.Visit) error {
	b, err := s.Audit.CommitReceipt(v.Ctx(), v.ID("id"))
	return send(v, "text/plain; charset=utf-8", v.ID("id")+".receipt", b, err)
}

// reportPart is a published report as a file, its figures as lines, or the proof of
// its digest.
func (s *Section) reportPart(v *page.Visit) error {
	id := v.ID("id")
	switch v.ID("part") {
	case "file":
		b, err := s.Audit.ReportFile(v.Ctx(), id)
		return send(v, "application/json", id+".json", b, err)
	case "lines":
		b, err := s.Audit.ReportFile(v.Ctx(), id)
		if err == nil {
			b, err = audit.Lines(b)
		}
		return send(v, "text/csv; charset=utf-8", id+".csv", b, err)
	case "receipt":
		b, err := s.Audit.ReportReceipt(v.Ctx(), id)
		return send(v, "text/plain; charset=utf-8", id+".receipt", b, err)
	}
	return identity.NotYours()
}

func send(v *page.Visit, kind, name string, b []byte, err error) error {
	if err != nil {
		return err
	}
	v.Download(kind, name)
	if _, err := v.W.Write(b); err != nil {
		return v.Broken(err)
	}
	return nil
}

// casesPage lists sampled entries: the auditor's, or those that a member answers.
type casesPage struct{ List page.Shown[caseLine] }

type caseLine struct {
	audit.Case
	Member page.Tongued
}

func caseLines(v *page.Visit, list []audit.Case) ([]caseLine, error) {
	var ids []vocab.MemberID
	for _, c := range list {
		ids = append(ids, c.Member)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	out := make([]caseLine, len(list))
	for i, c := range list {
		out[i] = caseLine{Case: c, Member: v.NameOr(names, c.Member)}
	}
	return out, err
}

func (s *Section) cases(v *page.Visit) (any, error) {
	list, err := s.caseList(v)
	if err != nil {
		return nil, err
	}
	shown, err := list.Show(v)
	return casesPage{List: shown}, err
}

func (s *Section) caseList(v *page.Visit) (page.List[caseLine], error) {
	key := func(l caseLine) string { return l.ID }
	return page.List[caseLine]{
		Path: "/audit/cases", Keep: []string{"draw"}, Key: key,
		Columns: []page.Column[caseLine]{
			{Name: "number", Say: func(l caseLine) any { return l.ID }},
			{Name: "member", Say: func(l caseLine) any { return l.Member }},
			{Name: "state", Kind: "case_state", Words: page.Strings([]audit.State{audit.Sampled, audit.Asked, audit.Answered, audit.Judged}), Say: func(l caseLine) any { return l.State }},
			{Name: "verdict", Kind: "verdict", Words: page.Strings(audit.Verdicts()), Say: func(l caseLine) any { return l.Verdict }},
		},
		Fetch: func(after string, limit int) ([]caseLine, error) {
			list, err := s.Audit.Cases(v.Ctx(), v.Actor, v.Said("draw"), identity.Page{After: after, Limit: limit})
			if err != nil {
				return nil, err
			}
			return caseLines(v, list)
		},
	}, nil
}

// casePage is one sampled entry, opened.
type casePage struct {
	Case            caseLine
	Entry           record.Line
	Row             *record.Line // of a batch
	Number          int64        // that of the row, from 1
	Rows            uint64
	Answer, Finding page.Tongued
	Steps           []*page.Form
}

func (s *Section) open(v *page.Visit) (any, error) {
	o, err := s.Audit.Open(v.Ctx(), v.Actor, v.ID("id"))
	if err != nil {
		return nil, err
	}
	lines, err := caseLines(v, []audit.Case{o.Case})
	if err != nil {
		return nil, err
	}
	p := casePage{Case: lines[0], Answer: v.Look().Tongue(o.Case.Answer), Finding: v.Look().Tongue(o.Finding), Steps: caseSteps(v, &o.Case)}
	entries := []ledger.Access{o.Entry}
	if o.Line != nil {
		entries = append(entries, *o.Line)
	}
	opened, err := record.Lines(v, entries)
	if err != nil {
		return nil, err
	}
	if p.Entry = opened[0]; o.Line != nil {
		p.Row, p.Number, p.Rows = &opened[1], o.Row+1, o.Rows
	}
	return p, nil
}

// caseSteps are the forms of what the visitor may do with a sampled entry.
func caseSteps(v *page.Visit, c *audit.Case) []*page.Form {
	base := "/audit/cases/" + url.PathEscape(c.ID) + "/"
	var out []*page.Form
	if v.Actor.Has(vocab.Auditor) && c.State == audit.Sampled {
		out = append(out, v.Form(page.Form{Action: base + "ask", Name: "case_ask"}))
	}
	if v.Actor.In(c.Member) && c.State == audit.Asked {
		out = append(out, v.Form(page.Form{Action: base + "answer", Name: "case_answer", Fields: []page.Field{{Name: "answer", Text: "case_answer", Kind: "long", Hint: true, Need: true}}}))
	}
	if v.Actor.Has(vocab.Auditor) && c.State != audit.Judged {
		out = append(out, v.Form(page.Form{Action: base + "find", Name: "case_find", Fields: []page.Field{
			{Name: "verdict", Kind: "select", Need: true, Options: v.Choose(page.Words(v, "verdict", audit.Verdicts()))}, {Name: "reason", Kind: "long", Need: true},
		}}))
	}
	return out
}

func (s *Section) turn(v *page.Visit) (string, error) {
	var err error
	id := v.ID("id")
	switch v.ID("act") {
	case "ask":
		_, err = s.Audit.Ask(v.Ctx(), v.Actor, id)
	case "answer":
		_, err = s.Audit.Answer(v.Ctx(), v.Actor, id, v.Said("answer"))
	case "find":
		if v.Said("verdict") == "" {
			return "", v.Faulty(problem.Fault{Where: "verdict", What: v.Look().Must("page.case.choose")})
		}
		_, err = s.Audit.Find(v.Ctx(), v.Actor, id, audit.Verdict(v.Said("verdict")), v.Said("reason"))
	default:
		err = identity.NotYours()
	}
	return "/audit/cases/" + url.PathEscape(id) + "?done=step", err
}

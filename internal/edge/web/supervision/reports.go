package supervision

import (
	"errors"
	"net/url"
	"slices"
	"time"

	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/vocab"
)

// reportsPage is every published report; it is open to everyone.
type reportsPage struct {
	Reports []reportLine
	Ask     *page.Form // for whoever may publish: the time that a report would be of
	Draft   *reportLine
	Send    *page.Form // publishes what the draft shows
}

type reportLine struct {
	audit.Report
	Cells    []cellLine
	Why      page.Tongued // it was withdrawn
	Withdraw *page.Form
}

// Last is the last day of the report's time.
func (l reportLine) Last() time.Time { return l.Until.Add(-time.Microsecond) }

type cellLine struct {
	audit.Cell
	Body, Region, Why page.Tongued
}

// why is the ground of a cell in words: a step of a contest, the code of a refusal,
// or the law that was cited.
func why(v *page.Visit, c audit.Cell) page.Tongued {
	l := v.Look()
	if c.Table == audit.TableTurnedAway && l.Has("error."+c.Ground+".title") {
		return page.Tongued{Text: l.Must("error." + c.Ground + ".title")}
	}
	return l.Tongue(l.Word("contest_step", c.Ground))
}

func (s *Section) reports(v *page.Visit) (any, error) {
	list, err := s.Audit.Published(v.Ctx(), identity.Page{})
	if err != nil {
		return nil, err
	}
	p := reportsPage{}
	may := v.Actor.Has(vocab.Auditor) || v.Actor.MustOnNode(vocab.Authority) == nil
	if may {
		if err := s.draft(v, &p); err != nil {
			return nil, err
		}
	}
	if p.Reports, err = reportLines(v, list); err != nil {
		return nil, err
	}
	for i := range p.Reports {
		if l := &p.Reports[i]; may && l.Withdrawn == nil {
			l.Withdraw = v.Form(page.Form{Action: "/audit/reports/" + url.PathEscape(l.ID) + "/withdraw", Name: "withdraw_report", Grave: true, Fields: []page.Field{{Name: "reason", Kind: "long", Hint: true, Text: "withdraw_report", Need: true}}})
		}
	}
	return p, nil
}

func reportLines(v *page.Visit, list []audit.Report) ([]reportLine, error) {
	var ids []vocab.MemberID
	for _, r := range list {
		for _, c := range r.Cells {
			if c.Body != "" && !slices.Contains(ids, c.Body) {
				ids = append(ids, c.Body)
			}
		}
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	out := make([]reportLine, len(list))
	for i, r := range list {
		out[i].Report = r
		if r.Withdrawn != nil {
			out[i].Why = v.Look().Tongue(r.Withdrawn.Reason)
		}
		for _, c := range r.Cells {
			out[i].Cells = append(out[i].Cells, cellLine{Cell: c, Body: v.NameOr(names, c.Body), Region: v.Look().Region(c.Region), Why: why(v, c)})
		}
	}
	return out, err
}

// draft is the form that asks for a time and, when one is asked for, the figures
// that would be published with the form that does it.
func (s *Section) draft(v *page.Visit, p *reportsPage) error {
	defer func() {
		p.Ask = v.Form(page.Form{Action: "/audit/reports", Name: "look_report", Fields: []page.Field{
			{Name: "from", Kind: "date", Need: true, Value: v.Said("from")}, {Name: "until", Text: "last_day", Kind: "date", Hint: true, Need: true, Value: v.Said("until")},
		}})
	}()
	if v.Said("from") == "" && v.Said("until") == "" {
		return nil
	}
	from, until, err := reportTime(v)
	var r audit.Report
	if err == nil {
		r, err = s.Audit.Preview(v.Ctx(), v.Actor, from, until)
	}
	if err != nil {
		v.Stay(err)
		return nil
	}
	lines, err := reportLines(v, []audit.Report{r})
	if err != nil {
		return err
	}
	p.Draft = &lines[0]
	p.Send = v.Form(page.Form{Action: "/audit/reports", Name: "publish_report", Fields: []page.Field{
		{Name: "from", Kind: "hidden", Value: v.Said("from")}, {Name: "until", Kind: "hidden", Value: v.Said("until")},
	}})
	return nil
}

// reportTime is what the page asks for; its last day is a part of it.
func reportTime(v *page.Visit) (from, until time.Time, err error) {
	from, err = v.Date("from")
	until, later := v.LastDay("until")
	if err = errors.Join(err, later); err == nil && (from.IsZero() || until.IsZero()) {
		err = vocab.BadInput.Because("a report has a first and a last day")
	}
	return from, until, err
}

func (s *Section) publish(v *page.Visit) (string, error) {
	from, until, err := reportTime(v)
	if err == nil {
		_, err = s.Audit.Publish(v.Ctx(), v.Actor, from, until)
	}
	return "/audit/reports?done=published", err
}

func (s *Section) withdraw(v *page.Visit) (string, error) {
	return "/audit/reports?done=withdrawn", s.Audit.Withdraw(v.Ctx(), v.Actor, v.ID("id"), v.Said("reason"))
}

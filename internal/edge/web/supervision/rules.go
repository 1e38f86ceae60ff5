package supervision

import (
	"fontis/internal/duty/calendar"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/retention"
	"fontis/internal/vocab"
)

// rulesPage is the law that this node goes by, row by row: terms, and the days on
// which they run. It is open to everyone and changes nothing.
type rulesPage struct {
	Rules     []ruleLine
	Calendars []calendarLine
}

type ruleLine struct {
	calendar.Rule
	Citation, Source page.Tongued
}

type calendarLine struct {
	calendar.Known
	Years []yearLine
}

type yearLine struct {
	calendar.Year
	Citation, Source page.Tongued
	Last             string
}

func (s *Section) rules(v *page.Visit) (any, error) {
	node, err := v.Identity.Node(v.Ctx())
	if err != nil {
		return nil, err
	}
	list, err := s.Calendar.Rules(v.Ctx(), node.Jurisdiction)
	if err != nil {
		return nil, err
	}
	known, err := s.Calendar.Calendars(v.Ctx())
	p := rulesPage{}
	for _, r := range list {
		p.Rules = append(p.Rules, ruleLine{Rule: r, Citation: v.Look().Law(r.Citation), Source: lawSource(v, r.Source)})
	}
	for _, k := range known {
		line := calendarLine{Known: k}
		for _, y := range k.Years {
			line.Years = append(line.Years, yearLine{Year: y, Citation: v.Look().Law(y.Citation), Source: lawSource(v, y.Source), Last: y.Last.String()})
		}
		p.Calendars = append(p.Calendars, line)
	}
	return p, err
}

// retentionPage is how long records are kept, what is held, and what was
// destroyed: the rules are everyone's, holds those of who may put one.
type retentionPage struct {
	Rules        []keepLine
	Coming       []retention.Coming
	Holds        []holdLine
	Certificates []certLine
}

type keepLine struct {
	retention.Rule
	Citation, Source page.Tongued
}

type holdLine struct {
	retention.Hold
	By, Reason     page.Tongued
	Standing, Name bool
}

type certLine struct {
	retention.Certificate
	Citation page.Tongued
}

func (s *Section) retention(v *page.Visit) (any, error) {
	list, err := s.Retention.Rules(v.Ctx())
	if err != nil {
		return nil, err
	}
	p := retentionPage{}
	for _, r := range list {
		p.Rules = append(p.Rules, keepLine{Rule: r, Citation: v.Look().Law(r.Citation), Source: lawSource(v, r.Source)})
	}
	if v.Actor.Member == "" {
		return p, nil
	}
	certificates, err := s.Retention.Certificates(v.Ctx(), v.Actor, identity.Page{Limit: newest})
	if err != nil {
		return nil, err
	}
	for _, c := range certificates {
		p.Certificates = append(p.Certificates, certLine{Certificate: c, Citation: v.Look().Law(c.Citation)})
	}
	return p, s.holds(v, &p)
}

// newest is how much of a list that stands below others a page shows; the command
// and the interface go through all of it.
const newest = 100

// lookAhead is how many days ahead the page tells what falls due: time to put a hold.
const lookAhead = 30

// holds adds what falls due and what is kept from destruction, for those who may put a hold.
func (s *Section) holds(v *page.Visit, p *retentionPage) error {
	list, err := s.Retention.Holds(v.Ctx(), v.Actor, identity.Page{Limit: newest})
	if vocab.CodeOf(err) == vocab.RoleMissing {
		return nil
	}
	if err != nil {
		return err
	}
	if p.Coming, err = s.Retention.Coming(v.Ctx(), v.Actor, lookAhead); err != nil {
		return err
	}
	var ids []vocab.MemberID
	for _, h := range list {
		ids = append(ids, h.By)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	for _, h := range list {
		line := holdLine{Hold: h, By: v.NameOr(names, h.By), Reason: v.Look().Tongue(h.Reason), Standing: h.Lifted.IsZero(), Name: h.Target != ""}
		p.Holds = append(p.Holds, line)
	}
	return err
}

// lawSource is where a row of law was read: a word of how far it is known, or the
// text that the row gives.
func lawSource(v *page.Visit, said string) page.Tongued {
	if word := v.Look().Word("law_source", said); word != said {
		return v.Look().Tongue(word)
	}
	return v.Look().Cause(said)
}

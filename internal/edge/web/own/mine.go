package own

import (
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"time"

	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/record"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/token"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
)

// minePage is a person's own view: who used what about them, and how to come in.
type minePage struct {
	Open  *page.Form
	Demo  []*page.Form
	Names []string // of the demo's residents
	View  *viewed
	Defer *deferral.Totals

	Filter []page.Field
	Query  string // of the filters that are on
}

// viewed is one page of a view; the template "viewed" draws it, and prints it.
type viewed struct {
	Lines   []record.Line
	Next    string
	Gap     bool // a number is missing, or its entry is not what the log holds
	Since   time.Time
	Log     string
	Newest  int64
	Mandate bool
	Counter bool
	Table   bool // instead of the time line
	Narrow  bool // a filter is on: what is not shown may be there
}

func viewOf(v *page.Visit, p view.Page) (*viewed, error) {
	list := make([]ledger.Access, len(p.Lines))
	out := &viewed{Since: p.Since, Log: p.Log, Newest: p.Newest, Mandate: v.Actor.Mandate != "", Table: v.Said("as") == "table" && !v.Plain(), Narrow: len(filters(v)) > 0}
	for i, l := range p.Lines {
		list[i] = l.Access
		out.Gap = out.Gap || l.State == ledger.StateMissing || l.State == ledger.StateAltered
	}
	if p.Next != "" {
		on := filters(v)
		on.Set("after", p.Next)
		if out.Table {
			on.Set("as", "table")
		}
		out.Next = "/mydata?" + on.Encode()
	}
	var err error
	out.Lines, err = record.Lines(v, list)
	return out, err
}

// filter is what the address asks for.
func filter(v *page.Visit) (view.Filter, error) {
	f := view.Filter{After: v.Said("after"), Limit: page.Size, Member: vocab.MemberID(v.Said("member")), Item: v.Said("item"), Case: v.Said("case")}
	if f.After == "" {
		f.After = v.Said("before")
	}
	var err, later error
	f.From, err = v.Date("from")
	f.Until, later = v.LastDay("until")
	return f, errors.Join(err, later)
}

// filters are those that are on, as the address holds them.
func filters(v *page.Visit) url.Values {
	on := url.Values{}
	for _, name := range []string{"member", "item", "case", "from", "until"} {
		if said := v.Said(name); said != "" {
			on.Set(name, said)
		}
	}
	return on
}

// filterFields are the inputs of the filter, with what is on.
func filterFields(v *page.Visit, lines []record.Line) []page.Field {
	members := []page.Option{{Label: v.Look().Must("page.label.nothing")}}
	for _, l := range lines {
		known := slices.ContainsFunc(members, func(o page.Option) bool { return o.Value == string(l.Member) })
		if l.Member != "" && !known {
			members = append(members, page.Option{Value: string(l.Member), Label: l.Caller.Text})
		}
	}
	v.ByName(members[1:])
	return v.Form(page.Form{Name: "filter", Fields: []page.Field{
		{Name: "member", Text: "who", Kind: "select", Value: v.Said("member"), Options: members},
		{Name: "from", Kind: "date", Value: v.Said("from")},
		{Name: "until", Kind: "date", Value: v.Said("until")},
		{Name: "case", Value: v.Said("case")},
	}}).Fields
}

func (s *Section) mine(v *page.Visit) (any, error) {
	p := minePage{}
	totals, err := s.Deferrals.Totals(v.Ctx())
	if err != nil {
		return nil, err
	}
	p.Defer = &totals
	if !v.Actor.IsPerson() && v.Actor.Mandate == "" {
		p.Open = v.Form(page.Form{Action: "/mine", Name: "open_mine", Fields: []page.Field{{Name: "permit", Kind: "password", Hint: true, Need: true, Complete: "off"}}})
		return p, s.demoResidents(v, &p)
	}
	f, err := filter(v)
	if err != nil {
		return nil, err
	}
	got, err := s.View.Mine(v.Ctx(), v.Actor, f)
	if err != nil {
		return nil, err
	}
	if p.View, err = viewOf(v, got); err != nil {
		return nil, err
	}
	p.Filter, p.Query = filterFields(v, p.View.Lines), filters(v).Encode()
	return p, nil
}

// file sends the whole view to take home.
func (s *Section) file(v *page.Visit) error {
	format := v.ID("format")
	kind := map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json", "xlsx": page.KindBook}[format]
	if kind == "" {
		return identity.NotYours()
	}
	f, err := filter(v)
	if err != nil {
		return err
	}
	if _, err := v.Actor.For(view.Act); err != nil {
		return err
	}
	write := func(format string, to io.Writer) error {
		return s.View.File(v.Ctx(), v.Actor, f, view.Sheet{Format: format, Lang: string(v.Call.Lang), Note: v.Look().Must("mydata.scope"), To: to})
	}
	if format == "xlsx" {
		return v.Book("mydata", func(to io.Writer) error { return write("csv", to) })
	}
	v.Download(kind, "mydata."+format)
	err = write(format, v.W)
	if err != nil {
		return v.Broken(err)
	}
	return nil
}

// receipt sends the receipts of one line of the view.
func (s *Section) receipt(v *page.Visit) error {
	got, err := s.View.Receipt(v.Ctx(), v.Actor, vocab.TraceID(v.ID("trace")))
	if err != nil {
		return err
	}
	v.Download("text/plain; charset=utf-8", string(got.Trace)+"-intent.receipt")
	_, _ = v.W.Write(got.Intent) // the reader may be gone
	return nil
}

// demoResidents offers some invented people; a node with real ones has none.
func (s *Section) demoResidents(v *page.Visit, p *minePage) error {
	if v.Demo == nil {
		return nil
	}
	for i, k := range v.Demo().Residents {
		p.Names = append(p.Names, k.Value)
		p.Demo = append(p.Demo, v.Form(page.Form{Action: "/mine/demo", Name: "open_demo", Inline: true, Fields: []page.Field{{Name: "resident", Kind: "hidden", Value: strconv.Itoa(i)}}}))
	}
	return nil
}

func (s *Section) openMine(v *page.Visit) (string, error) {
	return "/mine", v.EnterPerson(token.Token(v.Said("permit")))
}

func (s *Section) openDemo(v *page.Visit) (string, error) {
	return "/mine", v.EnterDemo(v.Said("resident"))
}

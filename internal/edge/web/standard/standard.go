// Package standard shows what items are made of: data elements, the items that
// carry one, and code lists with their history.
package standard

import (
	"errors"
	"net/url"
	"strconv"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/standard"
	"fontis/internal/edge/problem"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// Section is these pages with what they call.
type Section struct {
	Standard *standard.Service
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/standards", Page: "standards", Up: "/search", Open: true, Show: s.all, Act: s.define},
		{Path: "/standards/lists", Only: true, Page: "standards", Show: s.all, Act: s.table},
		{Path: "/standards/elements/{id}", Page: "element", Open: true, Show: s.element, Act: s.change},
		{Path: "/standards/elements/{id}/retire", Only: true, Page: "element", Show: s.element, Act: s.retire},
		{Path: "/standards/lists/{id}", Page: "codes", Open: true, Show: s.codes},
	}
}

// allPage lists elements and code lists.
type allPage struct {
	Elements []line
	Lists    []line
	Next     string // more elements
	Define   *page.Form
	Table    *page.Form
}

// line is one element or list.
type line struct {
	ID    string
	Link  string
	Name  page.Tongued
	Owner page.Tongued
	Type  entry.ItemType
	Codes int
	Ended bool
}

func (s *Section) all(v *page.Visit) (any, error) {
	elements, err := s.Standard.Elements(v.Ctx(), v.Actor, v.Asked("after"), page.Size)
	if err != nil {
		return nil, err
	}
	lists, err := s.Standard.Lists(v.Ctx(), v.Actor, "", 500)
	if err != nil {
		return nil, err
	}
	var owners []vocab.MemberID
	for _, e := range elements {
		owners = append(owners, e.Owner)
	}
	for _, l := range lists {
		owners = append(owners, l.Owner)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), owners...)
	if err != nil {
		return nil, err
	}
	p := allPage{}
	for _, e := range elements {
		p.Elements = append(p.Elements, line{ID: e.ID, Link: ElementLink(e.ID), Name: v.Look().Either(e.Name), Owner: v.NameOr(names, e.Owner), Type: e.Type, Ended: e.Retired != ""})
	}
	for _, l := range lists {
		p.Lists = append(p.Lists, line{ID: l.ID, Link: ListLink(l.ID), Name: v.Look().Either(l.Name), Owner: v.NameOr(names, l.Owner), Codes: l.Codes})
	}
	if len(elements) == page.Size {
		p.Next = "/standards?" + url.Values{"after": {elements[page.Size-1].ID}}.Encode()
	}
	if mayWrite(v) {
		p.Define = v.Form(page.Form{Action: "/standards", Name: "define_element", Fields: append([]page.Field{{Name: "element", Text: "element_id", Hint: true, Need: true}}, fieldsOf(v, standard.Element{})...)})
		p.Table = v.Form(page.Form{Action: "/standards/lists", Name: "put_codes", Files: true, Fields: []page.Field{
			{Name: "list", Text: "code_list_id", Hint: true, Need: true},
			{Name: "name_zh", Text: "standard_zh"},
			{Name: "name_en", Text: "standard_en"},
			{Name: "source", Text: "standard_source", Hint: true},
			{Name: "file", Text: "codes_file", Kind: "file", Hint: true, Need: true},
		}})
	}
	return p, nil
}

// badLines says in the reader's language which lines of a table are wrong, and why.
func badLines(v *page.Visit, bad *standard.BadTable) error {
	p := *v.Problem(bad.Whole())
	p.Errors = nil
	for _, b := range bad.First {
		f := problem.Fault{Where: v.Look().Must("page.batches.lines", strconv.Itoa(b.Line))}
		if b.Trouble != nil {
			f.What, _ = b.Trouble.Say(string(v.Call.Lang))
		} else {
			f.What = v.Problem(b.Err).Detail
		}
		p.Errors = append(p.Errors, f)
	}
	return &p
}

func mayWrite(v *page.Visit) bool { return v.Actor.Has(vocab.Steward) || v.Actor.Has(vocab.Authority) }

// ElementLink is the page of a data element, ListLink that of a code list.
func ElementLink(id string) string { return "/standards/elements/" + url.PathEscape(id) }

// ListLink is the page of a code list.
func ListLink(id string) string { return "/standards/lists/" + url.PathEscape(id) }

// fieldsOf are the fields of a form that says what an element is.
func fieldsOf(v *page.Visit, e standard.Element) []page.Field {
	length := ""
	if e.Length > 0 {
		length = strconv.Itoa(e.Length)
	}
	return []page.Field{
		{Name: "name_zh", Text: "standard_zh", Value: e.Name.ZH},
		{Name: "name_en", Text: "standard_en", Value: e.Name.EN},
		{Name: "definition", Text: "element_means", Kind: "long", Value: e.Definition.ZH},
		{Name: "type", Text: "item_type", Kind: "select", Value: string(e.Type), Options: v.OrNone(page.Words(v, "type", entry.ItemWords(entry.ItemKind)))},
		{Name: "length", Text: "item_length", Kind: "number", Value: length},
		{Name: "unit", Text: "item_unit", Value: e.Unit},
		{Name: "codes", Text: "item_code_list", Value: e.CodeList},
		{Name: "source", Text: "standard_source", Hint: true, Value: e.Source},
	}
}

func (s *Section) define(v *page.Visit) (string, error) { return s.put(v, v.Said("element")) }

func (s *Section) change(v *page.Visit) (string, error) { return s.put(v, v.ID("id")) }

func (s *Section) put(v *page.Visit, id string) (string, error) {
	length, err := v.Count("length")
	if err != nil {
		return "", err
	}
	e, err := s.Standard.PutElement(v.Ctx(), v.Actor, standard.Element{
		ID: id, Name: entry.Text{ZH: v.Said("name_zh"), EN: v.Said("name_en")}, Definition: entry.Text{ZH: v.Said("definition")},
		Type: entry.ItemType(v.Said("type")), Length: int(length), Unit: v.Said("unit"), CodeList: v.Said("codes"), Source: v.Said("source"),
	})
	if err != nil {
		return "", err
	}
	return ElementLink(e.ID) + "?done=saved", nil
}

func (s *Section) table(v *page.Visit) (string, error) {
	file, head, err := v.File("file")
	if err != nil {
		return "", err
	}
	defer file.Close()
	codes, err := standard.ReadTable(file, head.Size, head.Filename)
	var bad *standard.BadTable
	if errors.As(err, &bad) {
		return "", badLines(v, bad)
	}
	if err != nil {
		return "", err
	}
	l, _, err := s.Standard.PutCodes(v.Ctx(), v.Actor, standard.List{
		ID: v.Said("list"), Name: entry.Text{ZH: v.Said("name_zh"), EN: v.Said("name_en")}, Source: v.Said("source"),
	}, codes)
	if err != nil {
		return "", err
	}
	return ListLink(l.ID) + "?done=saved", nil
}

// elementPage is one element with what carries it.
type elementPage struct {
	standard.Element
	Called   page.Tongued
	Means    page.Tongued
	By       page.Tongued
	Origin   page.Tongued
	ListLink string
	NextLink string // of the successor
	Carried  []carried
	Total    int
	Next     string
	Change   *page.Form
	Retire   *page.Form
}

// carried is an item that carries the element.
type carried struct {
	Link    string
	Title   page.Tongued
	Name    page.Tongued
	Code    string
	Differs []entry.ItemField
}

func (s *Section) element(v *page.Visit) (any, error) {
	from, _ := strconv.Atoi(v.Said("from"))
	from = max(0, min(from, page.MostFile))
	found, err := s.Standard.Carriers(v.Ctx(), v.Actor, v.ID("id"), from, page.Size)
	if err != nil {
		return nil, err
	}
	e, err := s.Standard.Element(v.Ctx(), v.Actor, v.ID("id"))
	if vocab.CodeOf(err) == vocab.NoSuchThing && found.Total > 0 {
		e, err = &standard.Element{ID: v.ID("id"), Name: entry.Text{EN: v.ID("id")}}, nil
	}
	if err != nil {
		return nil, err
	}
	names, err := v.Identity.MemberNames(v.Ctx(), e.Owner)
	if err != nil {
		return nil, err
	}
	p := elementPage{Element: *e, Called: v.Look().Either(e.Name), Means: v.Look().Either(e.Definition), By: v.NameOr(names, e.Owner), Origin: v.Look().Tongue(e.Source), Total: found.Total}
	if e.CodeList != "" {
		if _, _, err := s.Standard.Codes(v.Ctx(), v.Actor, e.CodeList, standard.Asked{Limit: 1}); err == nil {
			p.ListLink = ListLink(e.CodeList)
		}
	}
	if e.Successor != "" {
		p.NextLink = ElementLink(e.Successor)
	}
	for _, c := range found.Items {
		p.Carried = append(p.Carried, carried{"/datasets/" + url.PathEscape(string(c.Dataset)), v.Look().Either(c.Title), v.Look().Either(c.Name), c.Item, c.Differs})
	}
	if from+page.Size < found.Total {
		p.Next = ElementLink(e.ID) + "?from=" + strconv.Itoa(from+page.Size)
	}
	if v.Actor.In(e.Owner) && mayWrite(v) {
		p.Change = v.Form(page.Form{Action: ElementLink(e.ID), Name: "change_element", Fields: fieldsOf(v, *e)})
		if e.Retired == "" {
			p.Retire = v.Form(page.Form{Action: ElementLink(e.ID) + "/retire", Name: "retire_element", Fields: []page.Field{{Name: "successor", Text: "element_successor", Hint: true}}})
		}
	}
	return p, nil
}

func (s *Section) retire(v *page.Visit) (string, error) {
	id := v.ID("id")
	_, err := s.Standard.RetireElement(v.Ctx(), v.Actor, id, v.Said("successor"))
	return ElementLink(id) + "?done=saved", err
}

// codesPage is a code list with one page of its codes.
type codesPage struct {
	standard.List
	Called page.Tongued
	By     page.Tongued
	Origin page.Tongued
	On     string
	Scheme string // the list for programs
	Lines  []codeLine
	Next   string
}

// codeLine is one code.
type codeLine struct {
	standard.Code
	Called  page.Tongued
	Note    page.Tongued
	Below   string
	Begins  time.Time
	Ends    time.Time
	Unknown bool // it ended, and no source says when
}

func (s *Section) codes(v *page.Visit) (any, error) {
	q := standard.Asked{On: v.Said("on"), Broader: v.Said("below"), After: v.Said("after"), Limit: page.Size}
	l, codes, err := s.Standard.Codes(v.Ctx(), v.Actor, v.ID("id"), q)
	if err != nil {
		return nil, err
	}
	names, err := v.Identity.MemberNames(v.Ctx(), l.Owner)
	if err != nil {
		return nil, err
	}
	p := codesPage{List: *l, Called: v.Look().Either(l.Name), By: v.NameOr(names, l.Owner), Origin: v.Look().Tongue(l.Source), On: q.On, Scheme: "/scheme/" + url.PathEscape(l.ID) + ".ttl"}
	at := func(extra string, code string) string {
		return ListLink(l.ID) + "?" + url.Values{"on": {q.On}, extra: {code}}.Encode()
	}
	for _, c := range codes {
		p.Lines = append(p.Lines, codeLine{c, v.Look().Either(c.Name), v.Look().Tongue(c.Note), at("below", c.Code), day(c.From), day(c.Until), c.Until == standard.Unknown})
	}
	if len(codes) == page.Size {
		p.Next = at("after", codes[page.Size-1].Code) + "&" + url.Values{"below": {q.Broader}}.Encode()
	}
	return p, nil
}

// day reads a day of the store; none is zero.
func day(s string) time.Time {
	t, _ := time.Parse(time.DateOnly, s)
	return t
}

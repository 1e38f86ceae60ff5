package sources

import (
	"net/url"
	"strings"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/web/notes"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// sourcesPage lists what is connected and connects more.
type sourcesPage struct {
	List page.Shown[access.Connected]
	Form *page.Form
}

func (s *Section) sources(v *page.Visit) (any, error) {
	list, err := s.sourceList(v)
	if err != nil {
		return nil, err
	}
	shown, err := list.Show(v)
	if err != nil {
		return nil, err
	}
	return sourcesPage{List: shown, Form: v.Form(page.Form{Action: "/sources", Name: "add_source", Fields: []page.Field{
		{Name: "id", Text: "source_id", Hint: true, Need: true},
		{Name: "address", Hint: true, Need: true, Complete: "off"},
		{Name: "password", Text: "source_password", Kind: "password", Hint: true, Complete: "off"},
	}})}, nil
}

func (s *Section) sourceList(v *page.Visit) (page.List[access.Connected], error) {
	key := func(c access.Connected) string { return string(c.ID) }
	return page.List[access.Connected]{
		Path: "/sources", Key: key,
		Columns: []page.Column[access.Connected]{
			{Name: "source_id", Say: func(c access.Connected) any { return c.ID }},
			{Name: "address", Say: func(c access.Connected) any { return c.Address }},
			{Name: "state", Kind: "state", Words: []string{"ready", "away", "writable"}, Say: func(c access.Connected) any { return c.State }},
			{Name: "checked", Head: "page.sources.checked", Say: func(c access.Connected) any { return c.Checked }},
		},
		Fetch: page.Whole(key, func() ([]access.Connected, error) { return s.Door.Sources(v.Ctx(), v.Actor) }),
	}, nil
}

func (s *Section) addSource(v *page.Visit) (string, error) {
	c, err := s.Door.AddSource(v.Ctx(), v.Actor, vocab.SourceID(v.Said("id")), v.Said("address"), access.SourcePassword(v.R.PostForm.Get("password")))
	return "/sources/" + url.PathEscape(string(c.ID)) + "?done=source_added", err
}

// sourcePage shows one source with its tables.
type sourcePage struct {
	Source access.Connected
	Notes  []page.Tongued
	Bad    []badLine
	Check  *page.Form
}

// badLine is a line of a list whose number of a person or body is wrong.
type badLine struct {
	Line  int64
	Cause page.Tongued
}

func (s *Section) source(v *page.Visit) (any, error) {
	c, err := s.Door.Source(v.Ctx(), v.Actor, vocab.SourceID(v.ID("id")))
	if err != nil {
		return nil, err
	}
	p := sourcePage{Source: c, Check: v.Form(page.Form{Name: "check_source"})}
	for _, n := range c.Report.Notes {
		p.Notes = append(p.Notes, v.Look().Cause(n))
	}
	if c.Kind != "keyed" {
		return p, nil
	}
	bad, err := s.Door.BadSubjects(v.Ctx(), v.Actor, c.ID, 0, page.Size)
	for _, b := range bad {
		p.Bad = append(p.Bad, badLine{Line: b.Line, Cause: v.Look().Cause(b.Cause)})
	}
	return p, err
}

func (s *Section) checkSource(v *page.Visit) (string, error) {
	_, err := s.Door.CheckSource(v.Ctx(), v.Actor, vocab.SourceID(v.ID("id")))
	return "/sources/" + url.PathEscape(v.ID("id")) + "?done=source_checked", err
}

// bindPage connects an item to a column of a source.
type bindPage struct {
	Dataset vocab.DatasetID
	Name    page.Tongued
	Form    *page.Form
	Sample  []access.Masked
	Status  []page.Tongued // the names of declared statuses
	Bound   bool
}

func (s *Section) bind(v *page.Visit) (any, error) {
	d, err := v.Catalog.Get(v.Ctx(), v.Actor, vocab.ItemID(v.Said("item")).Dataset())
	if err != nil {
		return nil, err
	}
	if !v.Actor.In(d.Owner) {
		return nil, identity.NotYours()
	}
	list, err := s.Door.Sources(v.Ctx(), v.Actor)
	if err != nil {
		return nil, err
	}
	p := bindPage{Dataset: d.ID, Name: v.Look().Either(d.Name)}
	if p.Sample, p.Bound = notes.Read[[]access.Masked](v.Notes, v.Actor, v.Said("sample")); len(p.Sample) > 0 {
		for _, s := range p.Sample[0].Statuses {
			p.Status = append(p.Status, v.StatusName(s.Name))
		}
	}
	p.Form = v.Form(page.Form{Action: "/bind", Name: "bind", Fields: append(bindFields(v, d), bindColumns(list)...)})
	return p, nil
}

func bindFields(v *page.Visit, d *entry.Dataset) []page.Field {
	items := make([]page.Option, len(d.Items))
	for i, it := range d.Items {
		items[i] = page.Option{Value: string(d.ItemID(it.Code)), Label: v.WithCode(it.Name.In(string(v.Call.Lang)), it.Code)}
	}
	kinds := []vocab.SubjectKeyKind{vocab.CitizenNumber, vocab.CreditCode, vocab.Permit, vocab.Passport, vocab.RegisterNumber}
	compare := []vocab.Comparator{vocab.CompareExact, vocab.CompareText, vocab.CompareName, vocab.CompareDate, vocab.CompareNumber, vocab.CompareCode}
	it, _ := d.Item(vocab.ItemID(v.Said("item")).Name())
	return []page.Field{
		{Name: "item", Kind: "select", Need: true, Value: v.Said("item"), Options: items},
		{Name: "key_kind", Kind: "select", Value: string(vocab.CitizenNumber), Options: page.Words(v, "key_kind", kinds)},
		{Name: "compare", Kind: "select", Value: string(it.Compare), Options: v.OrNone(page.Words(v, "compare", compare))},
		{Name: "tolerance", Hint: true, Value: it.Tolerance},
		{Name: "read", Kind: "check"},
		{Name: "status", Text: "status_name", Hint: true},
		{Name: "status_when", Hint: true},
		{Name: "status_from"},
		{Name: "status_to"},
	}
}

// apart stands between source, table and column in a value of the form. It is no
// line break: a browser sends one as two signs.
const apart = "\t"

// bindColumns offers every column of every source that can be told apart.
func bindColumns(list []access.Connected) []page.Field {
	var columns []page.Option
	for _, c := range list {
		for _, t := range c.Report.Tables {
			for _, col := range t.Columns {
				columns = append(columns, page.Option{Value: string(c.ID) + apart + t.FullName() + apart + col.Name, Label: string(c.ID) + ": " + t.FullName() + "." + col.Name})
			}
		}
	}
	return []page.Field{
		{Name: "column", Kind: "select", Need: true, Options: columns},
		{Name: "subject", Text: "subject_column", Hint: true, Kind: "select", Need: true, Options: columns},
	}
}

func (s *Section) doBind(v *page.Visit) (string, error) {
	item := vocab.ItemID(v.Said("item"))
	d, err := v.Catalog.Get(v.Ctx(), v.Actor, item.Dataset())
	if err != nil {
		return "", err
	}
	it, ok := d.Item(item.Name())
	if !ok {
		return "", identity.NotYours()
	}
	b, err := binding(v, d, it)
	if err != nil {
		return "", err
	}
	sample, err := s.Door.Bind(v.Ctx(), v.Actor, b)
	if err != nil {
		return "", err
	}
	return "/bind?done=bound&item=" + url.QueryEscape(string(item)) + "&sample=" + v.Notes.Put(v.Actor, sample), nil
}

func binding(v *page.Visit, d *entry.Dataset, it entry.Item) (access.Binding, error) {
	column, subject := strings.Split(v.Said("column"), apart), strings.Split(v.Said("subject"), apart)
	if len(column) != 3 || len(subject) != 3 {
		return access.Binding{}, vocab.FieldMissing.Because("a column and a subject column are needed").WithFix("connect a source first: its columns are then offered here")
	}
	if column[0] != subject[0] || column[1] != subject[1] {
		return access.Binding{}, vocab.ValueInvalid.Because("the column is in %s of %s, the subject column in %s of %s", column[1], column[0], subject[1], subject[0])
	}
	b := access.Binding{
		Item: d.ItemID(it.Code), Owner: d.Owner, Source: vocab.SourceID(column[0]), Table: column[1], Column: column[2], Subject: subject[2],
		KeyKind: vocab.SubjectKeyKind(v.Said("key_kind")), Compare: v.Said("compare"), Read: v.Said("read") != "",
		About: d.Subject, Tags: it.Tags, Cycle: d.Cycle,
	}
	if t := v.Said("tolerance"); t != "" && b.Compare != "" {
		b.Compare += ":" + t
	}
	if v.Said("status") == "" {
		return b, nil
	}
	status, err := comparator.ParseStatus(v.Said("status"), v.Said("status_when"), v.Said("status_from"), v.Said("status_to"))
	b.Statuses = []comparator.Status{status}
	return b, err
}

package web

import (
	"net/url"
	"strings"

	"fontis/internal/duty/catalog"
	"fontis/internal/edge/web/notes"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// sourcesPage lists what is connected and connects more.
type sourcesPage struct {
	Sources []access.Connected
	Form    *form
}

func (s *Site) sources(v *visit) (any, error) {
	list, err := s.Door.Sources(v.ctx(), v.actor)
	if err != nil {
		return nil, err
	}
	return sourcesPage{Sources: list, Form: v.form(form{Action: "/sources", Name: "add_source", Fields: []field{
		{Name: "id", Text: "source_id", Hint: true, Need: true},
		{Name: "address", Hint: true, Need: true, Complete: "off"},
		{Name: "password", Text: "source_password", Kind: "password", Hint: true, Complete: "off"},
	}})}, nil
}

func (s *Site) addSource(v *visit) (string, error) {
	c, err := s.Door.AddSource(v.ctx(), v.actor, vocab.SourceID(v.said("id")), v.said("address"), access.SourcePassword(v.r.PostForm.Get("password")))
	return "/sources/" + url.PathEscape(string(c.ID)) + "?done=source_added", err
}

// sourcePage shows one source with its tables.
type sourcePage struct {
	Source access.Connected
	Bad    []access.BadLine
	Check  *form
}

func (s *Site) source(v *visit) (any, error) {
	c, err := s.Door.Source(v.ctx(), v.actor, vocab.SourceID(v.id("id")))
	if err != nil {
		return nil, err
	}
	p := sourcePage{Source: c, Check: v.form(form{Name: "check_source"})}
	if c.Kind == "keyed" {
		p.Bad, err = s.Door.BadSubjects(v.ctx(), v.actor, c.ID, 0, pageSize)
	}
	return p, err
}

func (s *Site) checkSource(v *visit) (string, error) {
	_, err := s.Door.CheckSource(v.ctx(), v.actor, vocab.SourceID(v.id("id")))
	return "/sources/" + url.PathEscape(v.id("id")) + "?done=source_checked", err
}

// bindPage connects an item to a column of a source.
type bindPage struct {
	Dataset vocab.DatasetID
	Form    *form
	Sample  []access.Masked
	Bound   bool
}

func (s *Site) bind(v *visit) (any, error) {
	d, err := s.Catalog.Get(v.ctx(), v.actor, vocab.ItemID(v.said("item")).Dataset())
	if err != nil {
		return nil, err
	}
	if !v.actor.In(d.Owner) {
		return nil, identity.NotYours()
	}
	list, err := s.Door.Sources(v.ctx(), v.actor)
	if err != nil {
		return nil, err
	}
	p := bindPage{Dataset: d.ID}
	p.Sample, p.Bound = notes.Read[[]access.Masked](v.notes, v.actor, v.said("sample"))
	p.Form = v.form(form{Action: "/bind", Name: "bind", Fields: append(v.bindFields(d), bindColumns(list)...)})
	return p, nil
}

func (v *visit) bindFields(d *catalog.Dataset) []field {
	items := make([]option, len(d.Items))
	for i, it := range d.Items {
		items[i] = option{Value: string(d.ItemID(it.Code)), Label: it.Name.In(string(v.call.Lang)) + " (" + it.Code + ")"}
	}
	kinds := []vocab.SubjectKeyKind{vocab.CitizenNumber, vocab.CreditCode, vocab.Permit, vocab.Passport, vocab.RegisterNumber}
	compare := []vocab.Comparator{vocab.CompareExact, vocab.CompareText, vocab.CompareName, vocab.CompareDate, vocab.CompareNumber, vocab.CompareCode}
	it, _ := d.Item(vocab.ItemID(v.said("item")).Name())
	return []field{
		{Name: "item", Kind: "select", Need: true, Value: v.said("item"), Options: items},
		{Name: "key_kind", Kind: "select", Value: string(vocab.CitizenNumber), Options: words(v, "key_kind", kinds)},
		{Name: "compare", Kind: "select", Value: string(it.Compare), Options: v.orNone(words(v, "compare", compare))},
		{Name: "tolerance", Hint: true, Value: it.Tolerance},
		{Name: "read", Kind: "check"},
		{Name: "status", Text: "status_name", Hint: true},
		{Name: "status_when", Hint: true},
		{Name: "status_from"},
		{Name: "status_to"},
	}
}

// bindColumns offers every column of every source that can be told apart.
func bindColumns(list []access.Connected) []field {
	var columns []option
	for _, c := range list {
		for _, t := range c.Report.Tables {
			for _, col := range t.Columns {
				columns = append(columns, option{Value: string(c.ID) + "\n" + t.FullName() + "\n" + col.Name, Label: string(c.ID) + ": " + t.FullName() + "." + col.Name})
			}
		}
	}
	return []field{
		{Name: "column", Kind: "select", Need: true, Options: columns},
		{Name: "subject", Text: "subject_column", Hint: true, Kind: "select", Need: true, Options: columns},
	}
}

func (s *Site) doBind(v *visit) (string, error) {
	item := vocab.ItemID(v.said("item"))
	d, err := s.Catalog.Get(v.ctx(), v.actor, item.Dataset())
	if err != nil {
		return "", err
	}
	it, ok := d.Item(item.Name())
	if !ok {
		return "", identity.NotYours()
	}
	b, err := v.binding(d, it)
	if err != nil {
		return "", err
	}
	sample, err := s.Door.Bind(v.ctx(), v.actor, b)
	if err != nil {
		return "", err
	}
	return "/bind?done=bound&item=" + url.QueryEscape(string(item)) + "&sample=" + v.notes.Put(v.actor, sample), nil
}

func (v *visit) binding(d *catalog.Dataset, it catalog.Item) (access.Binding, error) {
	column, subject := strings.Split(v.said("column"), "\n"), strings.Split(v.said("subject"), "\n")
	if len(column) != 3 || len(subject) != 3 {
		return access.Binding{}, vocab.FieldMissing.Because("a column and a subject column are needed").WithFix("connect a source first: its columns are then offered here")
	}
	if column[0] != subject[0] || column[1] != subject[1] {
		return access.Binding{}, vocab.ValueInvalid.Because("the column is in %s of %s, the subject column in %s of %s", column[1], column[0], subject[1], subject[0])
	}
	b := access.Binding{
		Item: d.ItemID(it.Code), Owner: d.Owner, Source: vocab.SourceID(column[0]), Table: column[1], Column: column[2], Subject: subject[2],
		KeyKind: vocab.SubjectKeyKind(v.said("key_kind")), Compare: v.said("compare"), Read: v.said("read") != "",
		About: d.Subject, Tags: it.Tags, Cycle: d.Cycle,
	}
	if t := v.said("tolerance"); t != "" && b.Compare != "" {
		b.Compare += ":" + t
	}
	if v.said("status") == "" {
		return b, nil
	}
	status, err := comparator.ParseStatus(v.said("status"), v.said("status_when"), v.said("status_from"), v.said("status_to"))
	b.Statuses = []comparator.Status{status}
	return b, err
}

package entries

import (
	"net/url"
	"strings"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/problem"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// newPage begins an entry with what a draft needs.
type newPage struct{ Form *page.Form }

func (s *Section) fresh(v *page.Visit) (any, error) {
	if err := v.Actor.Must(vocab.Steward); err != nil {
		return nil, err
	}
	return newPage{Form: v.Form(page.Form{Action: "/datasets/new", Name: "create", Fields: entryFields(v, &entry.Dataset{Provider: v.Actor.MemberName.In(string(v.Call.Lang))})})}, nil
}

func (s *Section) create(v *page.Visit) (string, error) {
	d := entry.Dataset{}
	var faults []problem.Fault
	for _, f := range entry.Fields() {
		if err := d.Set(f, v.Said(string(f))); err != nil {
			faults = append(faults, faultOf(v, f, "page.new.invalid"))
		}
	}
	for _, f := range []entry.Field{entry.FieldNameZH, entry.FieldProvider} {
		if d.Get(f) == "" && (f != entry.FieldNameZH || d.Get(entry.FieldNameEN) == "") {
			faults = append(faults, faultOf(v, f, "page.new.needed"))
		}
	}
	if len(faults) > 0 {
		return "", v.Faulty(faults...)
	}
	made, err := v.Catalog.Create(v.Ctx(), v.Actor, d)
	if err != nil {
		return "", err
	}
	return "/datasets/" + url.PathEscape(string(made.ID)) + "/items?done=created", nil
}

// faultOf says of a field of an entry what is wrong with it.
func faultOf(v *page.Visit, f entry.Field, key string) problem.Fault {
	return problem.Fault{Where: string(f), What: v.Look().Must(key, v.Look().FieldName(string(f)))}
}

// entryFields are the inputs of an entry, each with its closed words if it has any.
func entryFields(v *page.Visit, d *entry.Dataset) []page.Field {
	need := map[entry.Field]bool{entry.FieldProvider: true}
	var out []page.Field
	for _, f := range entry.Fields() {
		in := page.Field{Name: string(f), Text: "entry_" + string(f), Value: d.Get(f), Need: need[f]}
		switch list := entry.Words(f); {
		case f == entry.FieldShareModes:
			in.Kind, in.Hint = "long", true
		case list != nil:
			in.Kind, in.Options = "select", v.OrNone(page.Words(v, string(f), list))
		case f == entry.FieldLegalBasis || f == entry.FieldPurposes:
			in.Kind, in.Hint = "long", true
		case f == entry.FieldAbstractZH || f == entry.FieldAbstractEN || f == entry.FieldService || f == entry.FieldRelated:
			in.Kind = "long"
		}
		out = append(out, in)
	}
	return out
}

// editPage changes an entry.
type editPage struct {
	ID   vocab.DatasetID
	Name page.Tongued
	Form *page.Form
}

// own gives an entry of the steward's own member to a page that changes it.
func own(v *page.Visit) (*entry.Dataset, error) {
	d, err := v.Catalog.Get(v.Ctx(), v.Actor, vocab.DatasetID(v.ID("id")))
	if err != nil {
		return nil, err
	}
	if !v.Actor.In(d.Owner) {
		return nil, identity.NotYours()
	}
	return d, v.Actor.Must(vocab.Steward)
}

func (s *Section) edit(v *page.Visit) (any, error) {
	d, err := own(v)
	if err != nil {
		return nil, err
	}
	return editPage{ID: d.ID, Name: v.Look().Either(d.Name), Form: v.Form(page.Form{Name: "save", Fields: append(entryFields(v, d), page.Revision(d.Rev))})}, nil
}

func (s *Section) doEdit(v *page.Visit) (string, error) {
	d, err := own(v)
	if err != nil {
		return "", err
	}
	e := entry.Edit{ID: d.ID, Rev: v.Rev(), Set: map[entry.Field]string{}}
	for _, f := range entry.Fields() {
		value := strings.ReplaceAll(v.Said(string(f)), "\r\n", "\n")
		if _, sent := v.R.PostForm[string(f)]; sent && value != d.Get(f) {
			e.Set[f] = value
		}
	}
	_, err = v.Catalog.Edit(v.Ctx(), v.Actor, e)
	return "/datasets/" + url.PathEscape(string(d.ID)) + "?done=saved", err
}

// itemsPage lists an entry's items and adds or changes one.
type itemsPage struct {
	ID     vocab.DatasetID
	Name   page.Tongued
	Items  []itemRow
	Form   *page.Form
	Chosen string
}

type itemRow struct {
	itemLine
	Remove *page.Form
	Untag  []*page.Form
}

func (s *Section) items(v *page.Visit) (any, error) {
	d, err := own(v)
	if err != nil {
		return nil, err
	}
	base := "/datasets/" + url.PathEscape(string(d.ID)) + "/items"
	p := itemsPage{ID: d.ID, Name: v.Look().Either(d.Name), Chosen: v.R.URL.Query().Get("item")}
	for _, l := range itemLines(v, d) {
		row := itemRow{itemLine: l, Remove: v.Form(page.Form{Action: base + "/remove", Name: "remove", Inline: true, Fields: []page.Field{{Name: "code", Kind: "hidden", Value: l.Code}, page.Revision(d.Rev)}})}
		for _, t := range l.Tags {
			row.Untag = append(row.Untag, v.Form(page.Form{Action: base + "/untag", Name: "untag", Fields: []page.Field{
				{Name: "code", Kind: "hidden", Value: l.Code}, {Name: "tag", Kind: "hidden", Value: string(t)}, {Name: "reason", Need: true},
			}}))
		}
		p.Items = append(p.Items, row)
	}
	it, _ := d.Item(p.Chosen)
	p.Form = v.Form(page.Form{Action: base, Name: "put_item", Fields: append(itemFields(v, &it), page.Revision(d.Rev))})
	return p, nil
}

func itemFields(v *page.Visit, it *entry.Item) []page.Field {
	var out []page.Field
	for _, f := range entry.ItemFields() {
		in := page.Field{Name: string(f), Text: "item_" + string(f), Value: it.Get(f), Need: f == entry.ItemCode}
		if list := entry.ItemWords(f); list != nil {
			in.Kind, in.Options = "select", v.OrNone(page.Words(v, string(f), list))
		}
		if f == entry.ItemNullable || f == entry.ItemKey || f == entry.ItemIdentifier {
			in.Options = v.OrNone(page.Words(v, "bool", entry.ItemWords(f)))
		}
		out = append(out, in)
	}
	return out
}

func (s *Section) putItem(v *page.Visit) (string, error) {
	d, err := own(v)
	if err != nil {
		return "", err
	}
	it, _ := d.Item(v.Said("code"))
	for _, f := range entry.ItemFields() {
		if _, sent := v.R.PostForm[string(f)]; !sent {
			continue
		}
		if err := it.Set(f, v.Said(string(f))); err != nil {
			return "", err
		}
	}
	_, err = v.Catalog.Edit(v.Ctx(), v.Actor, entry.Edit{ID: d.ID, Rev: v.Rev(), Put: []entry.Item{it}})
	return "/datasets/" + url.PathEscape(string(d.ID)) + "/items?done=saved", err
}

func (s *Section) removeItem(v *page.Visit) (string, error) {
	d, err := own(v)
	if err != nil {
		return "", err
	}
	_, err = v.Catalog.Edit(v.Ctx(), v.Actor, entry.Edit{ID: d.ID, Rev: v.Rev(), Remove: []string{v.Said("code")}})
	return "/datasets/" + url.PathEscape(string(d.ID)) + "/items?done=removed", err
}

func (s *Section) untag(v *page.Visit) (string, error) {
	d, err := own(v)
	if err != nil {
		return "", err
	}
	err = v.Catalog.Untag(v.Ctx(), v.Actor, d.ItemID(v.Said("code")), vocab.Tag(v.Said("tag")), v.Said("reason"))
	return "/datasets/" + url.PathEscape(string(d.ID)) + "/items?done=untag_asked", err
}

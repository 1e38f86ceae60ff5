package web

import (
	"net/url"
	"strings"

	"fontis/internal/duty/catalog"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// newPage begins an entry with what a draft needs.
type newPage struct{ Form *form }

func (s *Site) fresh(v *visit) (any, error) {
	if err := v.actor.Must(vocab.Steward); err != nil {
		return nil, err
	}
	return newPage{Form: v.form(form{Action: "/datasets/new", Name: "create", Fields: v.entryFields(&catalog.Dataset{Provider: v.actor.MemberName.In(string(v.call.Lang))})})}, nil
}

func (s *Site) create(v *visit) (string, error) {
	d := catalog.Dataset{}
	for _, f := range catalog.Fields() {
		if err := d.Set(f, v.said(string(f))); err != nil {
			return "", err
		}
	}
	made, err := s.Catalog.Create(v.ctx(), v.actor, d)
	if err != nil {
		return "", err
	}
	return "/datasets/" + url.PathEscape(string(made.ID)) + "/items?done=created", nil
}

// entryFields are the inputs of an entry, each with its closed words if it has any.
func (v *visit) entryFields(d *catalog.Dataset) []field {
	need := map[catalog.Field]bool{catalog.FieldProvider: true}
	var out []field
	for _, f := range catalog.Fields() {
		in := field{Name: string(f), Text: "entry_" + string(f), Value: d.Get(f), Need: need[f]}
		switch list := catalog.Words(f); {
		case f == catalog.FieldShareModes:
			in.Kind, in.Hint = "long", true
		case list != nil:
			in.Kind, in.Options = "select", v.orNone(words(v, string(f), list))
		case f == catalog.FieldLegalBasis || f == catalog.FieldPurposes:
			in.Kind, in.Hint = "long", true
		case f == catalog.FieldAbstractZH || f == catalog.FieldAbstractEN || f == catalog.FieldService || f == catalog.FieldRelated:
			in.Kind = "long"
		}
		out = append(out, in)
	}
	return out
}

// editPage changes an entry.
type editPage struct {
	ID   vocab.DatasetID
	Name tongued
	Form *form
}

// own gives an entry of the steward's own member to a page that changes it.
func (v *visit) own() (*catalog.Dataset, error) {
	d, err := v.Catalog.Get(v.ctx(), v.actor, vocab.DatasetID(v.id("id")))
	if err != nil {
		return nil, err
	}
	if !v.actor.In(d.Owner) {
		return nil, identity.NotYours()
	}
	return d, v.actor.Must(vocab.Steward)
}

func (s *Site) edit(v *visit) (any, error) {
	d, err := v.own()
	if err != nil {
		return nil, err
	}
	return editPage{ID: d.ID, Name: v.look().Either(d.Name), Form: v.form(form{Name: "save", Fields: append(v.entryFields(d), revision(d.Rev))})}, nil
}

func (s *Site) doEdit(v *visit) (string, error) {
	d, err := v.own()
	if err != nil {
		return "", err
	}
	e := catalog.Edit{ID: d.ID, Rev: v.rev(), Set: map[catalog.Field]string{}}
	for _, f := range catalog.Fields() {
		value := strings.ReplaceAll(v.said(string(f)), "\r\n", "\n")
		if _, sent := v.r.PostForm[string(f)]; sent && value != d.Get(f) {
			e.Set[f] = value
		}
	}
	_, err = s.Catalog.Edit(v.ctx(), v.actor, e)
	return "/datasets/" + url.PathEscape(string(d.ID)) + "?done=saved", err
}

// itemsPage lists an entry's items and adds or changes one.
type itemsPage struct {
	ID     vocab.DatasetID
	Name   tongued
	Items  []itemRow
	Form   *form
	Chosen string
}

type itemRow struct {
	itemLine
	Remove *form
	Untag  []*form
}

func (s *Site) items(v *visit) (any, error) {
	d, err := v.own()
	if err != nil {
		return nil, err
	}
	base := "/datasets/" + url.PathEscape(string(d.ID)) + "/items"
	p := itemsPage{ID: d.ID, Name: v.look().Either(d.Name), Chosen: v.r.URL.Query().Get("item")}
	for _, l := range v.itemLines(d) {
		row := itemRow{itemLine: l, Remove: v.form(form{Action: base + "/remove", Name: "remove", Inline: true, Fields: []field{{Name: "code", Kind: "hidden", Value: l.Code}, revision(d.Rev)}})}
		for _, t := range l.Tags {
			row.Untag = append(row.Untag, v.form(form{Action: base + "/untag", Name: "untag", Fields: []field{
				{Name: "code", Kind: "hidden", Value: l.Code}, {Name: "tag", Kind: "hidden", Value: string(t)}, {Name: "reason", Need: true},
			}}))
		}
		p.Items = append(p.Items, row)
	}
	it, _ := d.Item(p.Chosen)
	p.Form = v.form(form{Action: base, Name: "put_item", Fields: append(v.itemFields(&it), revision(d.Rev))})
	return p, nil
}

func (v *visit) itemFields(it *catalog.Item) []field {
	var out []field
	for _, f := range catalog.ItemFields() {
		in := field{Name: string(f), Text: "item_" + string(f), Value: it.Get(f), Need: f == catalog.ItemCode}
		if list := catalog.ItemWords(f); list != nil {
			in.Kind, in.Options = "select", v.orNone(words(v, string(f), list))
		}
		if f == catalog.ItemNullable || f == catalog.ItemKey || f == catalog.ItemIdentifier {
			in.Options = v.orNone(words(v, "bool", catalog.ItemWords(f)))
		}
		out = append(out, in)
	}
	return out
}

func (s *Site) putItem(v *visit) (string, error) {
	d, err := v.own()
	if err != nil {
		return "", err
	}
	it, _ := d.Item(v.said("code"))
	for _, f := range catalog.ItemFields() {
		if _, sent := v.r.PostForm[string(f)]; !sent {
			continue
		}
		if err := it.Set(f, v.said(string(f))); err != nil {
			return "", err
		}
	}
	_, err = s.Catalog.Edit(v.ctx(), v.actor, catalog.Edit{ID: d.ID, Rev: v.rev(), Put: []catalog.Item{it}})
	return "/datasets/" + url.PathEscape(string(d.ID)) + "/items?done=saved", err
}

func (s *Site) removeItem(v *visit) (string, error) {
	d, err := v.own()
	if err != nil {
		return "", err
	}
	_, err = s.Catalog.Edit(v.ctx(), v.actor, catalog.Edit{ID: d.ID, Rev: v.rev(), Remove: []string{v.said("code")}})
	return "/datasets/" + url.PathEscape(string(d.ID)) + "/items?done=removed", err
}

func (s *Site) untag(v *visit) (string, error) {
	d, err := v.own()
	if err != nil {
		return "", err
	}
	err = s.Catalog.Untag(v.ctx(), v.actor, d.ItemID(v.said("code")), vocab.Tag(v.said("tag")), v.said("reason"))
	return "/datasets/" + url.PathEscape(string(d.ID)) + "/items?done=untag_asked", err
}

package demo

import (
	"context"
	"fmt"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// describe creates and publishes the entries.
func (l *loader) describe(ctx context.Context) error {
	all := entries()
	for i, e := range all {
		steward, err := l.as(ctx, holder(e.owner, vocab.Steward))
		if err != nil {
			return err
		}
		set, err := l.app.Catalog.Create(ctx, steward, e.dataset(l.region))
		if vocab.CodeOf(err) == vocab.AlreadyExists {
			set, err = l.find(ctx, steward, e.set.Code)
		}
		if err != nil {
			return err
		}
		if set.State == entry.StateDraft && !e.draft {
			if err := l.publish(ctx, steward, set); err != nil {
				return err
			}
		}
		l.tell("catalog", int64(i+1), int64(len(all)))
	}
	return nil
}

// publish lists an entry, after a second officer has said that it may be listed.
func (l *loader) publish(ctx context.Context, steward identity.Actor, set *entry.Dataset) error {
	checker, err := l.as(ctx, second(set.Owner, vocab.Steward))
	if err != nil {
		return err
	}
	if _, err := l.app.Review.Check(ctx, checker, set.ID, review.Word{Listable: true, Basis: "保守国家秘密法：不涉及国家秘密、工作秘密（演示）"}); err != nil {
		return err
	}
	_, err = l.app.Catalog.Publish(ctx, steward, set.ID, set.Rev, catalog.Secrecy{})
	return err
}

// find is the published entry of a code.
func (l *loader) find(ctx context.Context, a identity.Actor, code string) (*entry.Dataset, error) {
	all, err := l.app.Catalog.List(ctx, a, catalog.ListQuery{Page: catalog.Page{Limit: 500}})
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.Code == code {
			return d, nil
		}
	}
	return nil, fmt.Errorf("the catalog has no entry %s: %w", code, identity.NotYours())
}

// dataset is the whole catalog entry.
func (e holding) dataset(region string) entry.Dataset {
	d := e.set
	o := officeOf(e.owner)
	d.Provider, d.ProviderCode, d.Department, d.Region = o.name.Zh, o.code(), o.name.Zh, region
	d.System, d.Maintainer, d.Format, d.Origin = e.table, o.unit, entry.FormatDatabase, vocab.Government
	d.Retention, d.Residency, d.Service = "演示节点存续期间", "本节点", "compare, status, read"
	for _, it := range e.items {
		c := entry.Item{
			Code: it.column, Name: it.name, Element: it.element, Type: it.kind, Compare: it.compare, Nullable: it.nullable, Level: d.Level,
			Key: it.column == e.subject, Identifier: it.column == e.subject && e.key != vocab.RegisterNumber,
			Golden: entry.Golden{Department: o.name.Zh, System: e.table, Field: it.column},
		}
		if it.kind == entry.TypeNumber {
			c.Unit, c.Precision, c.Tolerance = "万元", 2, "0.01"
		}
		d.Items = append(d.Items, c)
	}
	return d
}

// bind connects every comparable item to its column.
func (l *loader) bind(ctx context.Context) error {
	all := entries()
	for i, e := range all {
		if e.draft {
			continue
		}
		steward, err := l.as(ctx, holder(e.owner, vocab.Steward))
		if err != nil {
			return err
		}
		set, err := l.find(ctx, steward, e.set.Code)
		if err != nil {
			return err
		}
		for _, it := range e.items {
			if err := l.bindItem(ctx, steward, e, set, it); err != nil {
				return err
			}
		}
		l.tell("bindings", int64(i+1), int64(len(all)))
	}
	return nil
}

func (l *loader) bindItem(ctx context.Context, a identity.Actor, e holding, set *entry.Dataset, it item) error {
	id := set.ItemID(it.column)
	if _, bound := l.app.Door.BindingOf(id); bound || it.compare == "" {
		return nil
	}
	b := access.Binding{
		Item: id, Owner: e.owner, Source: sourceOf(e.owner), Table: e.table, Column: it.column, Subject: e.subject, KeyKind: e.key,
		Compare: string(it.compare), Read: true, About: set.Subject, Cycle: set.Cycle,
	}
	if it.kind == entry.TypeNumber {
		b.Compare += ":0.01"
	}
	for _, s := range it.statuses {
		status, err := comparator.ParseStatus(s.name, s.where, s.from, s.to)
		if err != nil {
			return err
		}
		b.Statuses = append(b.Statuses, status)
	}
	_, err := l.app.Door.Bind(ctx, a, b)
	return err
}

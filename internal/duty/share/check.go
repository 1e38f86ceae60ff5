package share

import (
	"context"
	"fmt"
	"slices"

	"fontis/internal/duty/share/asked"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// settle fills in what follows from the catalog and asks the refusals: of a
// draft, and again when it is submitted.
func (s *Service) settle(ctx context.Context, tx *db.Tx, a identity.Actor, r *Request) error {
	d, err := s.p.Catalog.GetTx(ctx, tx, a, r.Dataset)
	if err != nil {
		return err
	}
	r.Provider, r.About = d.Owner, d.Subject
	if r.About == "" {
		r.About = vocab.MixedSubject
	}
	if err := shared(d, r.Items); err != nil {
		return err
	}
	r.Share = shareOf(d, r.Items)
	if err := s.p.Catalog.CheckItems(ctx, tx, vocab.PathRequest, r.Items...); err != nil {
		return err
	}
	return s.scopeRefusals(ctx, tx, d, r)
}

// scopeRefusals asks the refusals for what the row scope stands on.
func (s *Service) scopeRefusals(ctx context.Context, tx *db.Tx, d *entry.Dataset, r *Request) error {
	scope, err := s.scope(d, r)
	if err != nil {
		return err
	}
	var filters []vocab.ItemID
	for _, c := range scope {
		filters = append(filters, c.item)
	}
	return s.p.Catalog.CheckItems(ctx, tx, vocab.PathRowScope, filters...)
}

// shared refuses what the provider does not share at all.
func shared(d *entry.Dataset, items []vocab.ItemID) error {
	if d.Share == vocab.NotShared {
		return vocab.ShareRefused.Because("data set %s is not shared", d.ID)
	}
	for _, id := range items {
		if it, ok := d.Item(id.Name()); ok && d.ShareOf(it) == vocab.NotShared {
			return vocab.ShareRefused.Because("item %s is not shared", id)
		}
	}
	return nil
}

// shareOf is the strictest share type among the items: the reply has its term.
func shareOf(d *entry.Dataset, items []vocab.ItemID) vocab.ShareType {
	for _, id := range items {
		if it, ok := d.Item(id.Name()); ok && d.ShareOf(it) != vocab.Unconditional {
			return vocab.Conditional
		}
	}
	if d.Share == vocab.Unconditional || len(items) > 0 {
		return vocab.Unconditional
	}
	return vocab.Conditional
}

// submittable asks what only a submission needs: the entry is published, its
// items exist, the period lies ahead.
func (s *Service) submittable(ctx context.Context, tx *db.Tx, a identity.Actor, r *Request) error {
	if err := asked.Normalise(&r.Fields); err != nil {
		return err
	}
	if err := s.settle(ctx, tx, a, r); err != nil {
		return err
	}
	d, err := s.p.Catalog.GetTx(ctx, tx, a, r.Dataset)
	if err != nil {
		return err
	}
	if len(asked.Missing(&r.Fields, r.About)) > 0 {
		return nil // the step lists them all
	}
	if d.State != entry.StatePublished {
		return vocab.StateWrong.Because("data set %s is %s, and only a published one can be asked for", d.ID, d.State)
	}
	if !r.Until.After(s.p.Clock.Now()) {
		return vocab.BadInput.Because("the period asked is over already")
	}
	for _, id := range r.Items {
		if _, ok := d.Item(id.Name()); !ok {
			return vocab.BadInput.Because("data set %s has no item %q", d.ID, id.Name()).
				WithFix("Its items: fontis dataset show %s. Then name them in the draft: fontis request submit %s --items ITEM,...", d.ID, r.ID)
		}
	}
	return nil
}

// scoped is one condition of a row scope with the item that it stands on.
type scoped struct {
	access.Condition
	item  vocab.ItemID
	bound access.Binding
	found bool // the item is bound
}

// scope resolves the row scope: each column is an item's code, or the column that
// an item of the data set is bound to. Nothing else can be a filter, because
// only items carry the tags that the refusals read.
func (s *Service) scope(d *entry.Dataset, r *Request) ([]scoped, error) {
	if r.RowScope == "" {
		return nil, nil
	}
	conditions, err := access.ParseRows(r.RowScope)
	if err != nil {
		return nil, err
	}
	var out []scoped
	for _, c := range conditions {
		one := scoped{Condition: c}
		if _, ok := d.Item(c.Column); ok {
			one.item = d.ItemID(c.Column)
		}
		for _, it := range d.Items {
			b, ok := s.p.Door.BindingOf(d.ItemID(it.Code))
			if ok && (one.item == b.Item || one.item == "" && b.Column == c.Column) {
				one.item, one.bound, one.found = b.Item, b, true
				break
			}
		}
		if one.item == "" {
			return nil, vocab.ColumnUnknown.Because("the row scope names %q, which is no item of %s", c.Column, d.ID)
		}
		out = append(out, one)
	}
	return out, nil
}

// rows are the conditions of the grant, on the columns of the source. A scope
// that could not be asked of the source is no scope.
func (s *Service) rows(d *entry.Dataset, r *Request, items []vocab.ItemID) ([]access.Condition, error) {
	all, err := s.scope(d, r)
	if err != nil {
		return nil, err
	}
	var out []access.Condition
	for _, c := range all {
		if !c.found {
			return nil, vocab.ItemUnbound.Because("the row scope stands on item %s, which has no source yet", c.item)
		}
		for _, id := range items {
			b, ok := s.p.Door.BindingOf(id)
			if ok && (b.Source != c.bound.Source || b.Table != c.bound.Table) {
				return nil, vocab.BadInput.Because("the row scope stands on item %s, which is in another table than item %s", c.item, id)
			}
		}
		out = append(out, access.Condition{Column: c.bound.Column, Op: c.Op, Values: c.Values})
	}
	return out, nil
}

// Missing lists what the submission of a draft would lack.
func (s *Service) Missing(ctx context.Context, a identity.Actor, id vocab.RequestID) ([]string, error) {
	r, err := s.Get(ctx, a, id)
	if err != nil {
		return nil, err
	}
	return asked.Missing(&r.Fields, r.About), nil
}

// Warnings tells the provider what its decision should know: what of the request
// nobody could answer today, and what goes beyond the catalog.
func (s *Service) Warnings(ctx context.Context, a identity.Actor, id vocab.RequestID) ([]Warning, error) {
	var out []Warning
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a, selectRequest, string(id))
		if err != nil {
			return err
		}
		if !a.In(r.Provider) {
			return vocab.RoleMissing.Because("what its decision should know is for the provider %s", r.Provider)
		}
		d, err := s.p.Catalog.GetTx(ctx, tx, a, r.Dataset)
		if err != nil {
			return err
		}
		out = s.warnings(d, r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("warnings for request: %w", err)
	}
	return out, nil
}

func (s *Service) warnings(d *entry.Dataset, r *Request) []Warning {
	var out []Warning
	warn := func(f *vocab.Failure, item vocab.ItemID) {
		out = append(out, Warning{Code: f.Code, Item: item, Cause: f.Cause})
	}
	if d.State != entry.StatePublished {
		warn(vocab.StateWrong.Because("data set %s is %s", d.ID, d.State), "")
	}
	if len(d.Purposes) > 0 && !slices.Contains(d.Purposes, r.Purpose) {
		warn(vocab.PurposeOutside.Because("the catalog entry does not name the purpose %q", r.Purpose), "")
	}
	declared := map[string]bool{}
	for _, id := range r.Items {
		b, ok := s.p.Door.BindingOf(id)
		switch {
		case !ok:
			warn(vocab.ItemUnbound.Because("item %s has no source", id), id)
		case r.Question == vocab.Compare && b.Compare == "":
			warn(vocab.ItemUnbound.Because("item %s is bound without a comparator", id), id)
		case r.Question == vocab.Read && !b.Read:
			warn(vocab.QuestionOutside.Because("item %s is not bound for reading", id), id)
		}
		for _, st := range b.Statuses {
			declared[st.Name] = true
		}
	}
	for _, name := range r.Statuses {
		if !declared[name] {
			warn(vocab.ItemUnbound.Because("no item of the request declares the status %q", name), "")
		}
	}
	return out
}

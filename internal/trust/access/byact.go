package access

import (
	"context"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/engine/keyed"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access/binding"
	"fontis/internal/trust/access/overlay"
	"fontis/internal/trust/access/register"
	"fontis/internal/vocab"
)

// MayChange says whether a person's value that changes by acts only may become
// the value named. It is asked for each such change that a reload would make.
type MayChange = overlay.May

// reload holds a load against what changes by acts of two officers only.
func (d *Door) reload(permit Permit, key vocab.SourceID, r register.File) *overlay.Reload {
	out := &overlay.Reload{Register: string(key), File: r, Index: d.p.Overlay, May: d.p.MayChange, Key: func(subject string) keyed.Key { return d.rowKey(key, subject) }}
	for _, b := range d.byAct(key) {
		out.Held = append(out.Held, overlay.Held{Item: b.Item, Column: b.Column})
	}
	out.Look = func(ctx context.Context, column string, subjects []string) ([]source.Record, error) {
		if err := d.check(permit); err != nil {
			return nil, err
		}
		src, err := d.opened(ctx, key)
		if err != nil {
			return nil, err
		}
		found, _, err := src.Lookup(ctx, source.Query{Table: string(key), SubjectColumn: r.Columns[0], Subjects: subjects, Columns: []string{column}})
		return found, err
	}
	return out
}

// byAct are the bindings of a source that change by acts only.
func (d *Door) byAct(key vocab.SourceID) []*binding.Bound {
	var out []*binding.Bound
	for _, b := range d.bindings.Of(key) {
		if b.ByAct && b.About.OfPersons() {
			out = append(out, b)
		}
	}
	return out
}

// rowKey is the subject in a register: what one holds cannot be joined with another.
func (d *Door) rowKey(key vocab.SourceID, subject string) keyed.Key {
	return keyed.Key(d.p.Identity.Pseudonym(string(key), vocab.SubjectKey{Kind: vocab.RegisterNumber, Value: subject}))
}

// carried forgets the values that a load has brought into the register.
func (d *Door) carried(ctx context.Context, tx *db.Tx, sets []overlay.Set) error {
	for _, s := range sets {
		if err := d.overlays().Drop(ctx, tx, s); err != nil {
			return fmt.Errorf("end what act %s set: %w", s.Act, err)
		}
		tx.OnCommit(func() { d.p.Overlay.Drop(s) })
	}
	return nil
}

func (d *Door) overlays() overlay.Store { return overlay.Store{Keys: d.p.Keys} }

// staysKind refuses to put a database in the place of a register, or the reverse,
// where something changes by acts only: one steward would go round the acts.
func (d *Door) staysKind(ctx context.Context, key vocab.SourceID, kind source.Kind) error {
	if len(d.byAct(key)) == 0 {
		return nil
	}
	old, err := d.source(ctx, key)
	if err == nil && (old.Kind == source.Register) != (kind == source.Register) {
		return vocab.SecondNeeded.Because("source %s holds what changes by acts of two officers, and is not exchanged by one", old.ID)
	}
	return err
}

// stayByAct refuses to take from an item that it changes by acts only, to find it
// elsewhere, or to have its statuses mean something else: one steward alone would
// go round the second officer.
func (d *Door) stayByAct(b *Binding) error {
	old := d.bindings.Get(b.Item)
	if old == nil || !old.ByAct {
		return nil
	}
	if old.SourceKey() != b.SourceKey() || old.Column != b.Column || old.Compare != b.Compare {
		return vocab.SecondNeeded.Because("item %s changes by acts of two officers, and is not bound to another column or comparison by one", b.Item)
	}
	for i, s := range old.Statuses {
		if i >= len(b.Statuses) || fmt.Sprint(s) != fmt.Sprint(b.Statuses[i]) {
			return vocab.SecondNeeded.Because("item %s changes by acts of two officers, and what its status %q means is not changed by one; another may be added", b.Item, s.Name)
		}
	}
	b.ByAct = true
	return nil
}

// Effect says where a change of a person's status takes effect.
type Effect string

// A register of this node says it from the commit on; a department's own database,
// which this node only reads, when the department has changed it.
const (
	InRegister Effect = "register"
	AtSource   Effect = "source"
	Unbound    Effect = "unbound"
)

// SetStatus makes what an act of two officers says true for the next answer, in the
// transaction of the act; a nil value takes the person off. From the first act on
// the item changes by acts only.
func (d *Door) SetStatus(ctx context.Context, tx *db.Tx, s StatusSet) (Effect, error) {
	b := d.bindings.Get(s.Item)
	if b == nil {
		return Unbound, nil
	}
	known, err := d.store.source(ctx, tx, b.SourceKey())
	if err != nil || known.Kind != source.Register {
		return AtSource, err
	}
	k, _, err := normal(d, s.Subject)
	if err != nil {
		return "", err
	}
	set := overlay.Set{
		Register: string(b.SourceKey()), Key: d.rowKey(b.SourceKey(), k.Value), Column: b.Column, Item: s.Item, Owner: b.Owner, Act: s.Act, Value: source.NullValue(source.Text),
	}
	if s.Value != "" {
		set.Value = source.NewValue(source.Text, s.Value)
	}
	if err := d.overlays().Put(ctx, tx, set, d.p.Clock.Now()); err != nil {
		return "", fmt.Errorf("set a status: %w", err)
	}
	tx.OnCommit(func() { d.p.Overlay.Put(set) })
	if b.ByAct {
		return InRegister, nil
	}
	held := *b
	held.ByAct = true
	return InRegister, d.rebind(ctx, tx, &held)
}

// StatusSet is what an act makes of a person's value; an empty one takes the person
// off the register.
type StatusSet struct {
	Item    vocab.ItemID
	Subject vocab.SubjectKey
	Value   string
	Act     string
}

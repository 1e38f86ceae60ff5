package access

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/access/tagged"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// Binding says how an item is found in its source and how it is compared. The
// catalog gives what is known of the item: whom it is about, its tags, its cycle.
type Binding struct {
	Item     vocab.ItemID         `json:"item"`
	Owner    vocab.MemberID       `json:"owner"`
	Source   vocab.SourceID       `json:"source"`
	Table    string               `json:"table"`
	Column   string               `json:"column"`
	Subject  string               `json:"subject_column"`
	KeyKind  vocab.SubjectKeyKind `json:"key_kind"`
	Compare  string               `json:"compare,omitempty"` // comparator spec
	Read     bool                 `json:"read,omitempty"`
	Statuses []comparator.Status  `json:"statuses,omitempty"`
	About    vocab.SubjectKind    `json:"about"`
	Tags     []vocab.Tag          `json:"tags,omitempty"`
	Cycle    vocab.UpdateCycle    `json:"cycle,omitempty"`
	// Found are the tags that a load of the register found in the column's values.
	Found []vocab.Tag `json:"found,omitempty"`
}

// tags are all that bind the item, by declaration and by its values.
func (b *Binding) tags() map[string][]vocab.Tag {
	return map[string][]vocab.Tag{string(b.Item): slices.Concat(b.Tags, b.Found)}
}

// bound is a binding ready for use.
type bound struct {
	Binding
	comparator comparator.Comparator
}

type bindingIndex struct {
	mu  sync.RWMutex // guards all
	all map[vocab.ItemID]*bound
}

func (x *bindingIndex) get(id vocab.ItemID) *bound {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.all[id]
}

func (x *bindingIndex) put(b *bound) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all == nil {
		x.all = map[vocab.ItemID]*bound{}
	}
	x.all[b.Item] = b
}

// of lists the bindings that read a source.
func (x *bindingIndex) of(key vocab.SourceID) []*bound {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var out []*bound
	for _, b := range x.all {
		if sourceKey(b.Owner, b.Source) == key {
			out = append(out, b)
		}
	}
	return out
}

func ready(b Binding) (*bound, error) {
	out := &bound{Binding: b}
	var err error
	if b.Compare != "" {
		if out.comparator, err = comparator.Parse(b.Compare); err != nil {
			return nil, err
		}
	}
	for _, s := range b.Statuses {
		if err := s.Check(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// taggedItems is the refusal for a list of items on a path, by their bindings.
func (d *Door) taggedItems(p vocab.Path, items []vocab.ItemID) error {
	for _, i := range items {
		if b := d.bindings.get(i); b != nil {
			if err := vocab.Refuse(p, b.About, b.tags()); err != nil {
				return err
			}
		}
	}
	return nil
}

// Masked is one line of the sample that a steward sees when binding.
type Masked struct {
	Stored string       `json:"stored"`
	Same   vocab.Answer `json:"same"`  // the value compared with itself
	Other  vocab.Answer `json:"other"` // compared with the value of the next line
}

// Bind connects an item to a column, under a custody permit: the steward sees
// five masked comparisons and never a value. A column whose values look like a
// refused tag is refused even when nobody declared it.
func (d *Door) Bind(ctx context.Context, a identity.Actor, b Binding) ([]Masked, error) {
	if err := a.Must(vocab.Steward); err != nil {
		return nil, err
	}
	if !a.In(b.Owner) {
		return nil, identity.NotYours()
	}
	if err := aboutFits(b); err != nil {
		return nil, err
	}
	if err := d.refuseTagged(b); err != nil {
		return nil, err
	}
	made, err := ready(b)
	if err != nil {
		return nil, err
	}
	known, err := d.Source(ctx, a, b.Source)
	if err != nil {
		return nil, err
	}
	if known.Kind == source.Register { // a register is one table, called as it is called inside
		b.Table = string(sourceKey(b.Owner, b.Source))
		made.Table = b.Table
	}
	src, err := d.opened(ctx, sourceKey(b.Owner, b.Source))
	if err != nil {
		return nil, err
	}
	e, err := d.custody(ctx, a, "custody.bind", map[string]string{"item": string(b.Item), "source": string(b.Source)})
	if err != nil {
		return nil, err
	}
	sample, err := d.sample(ctx, d.permit(vocab.PermitCustody, e), src, known, made)
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", b.Item, err)
	}
	err = d.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := d.rebind(ctx, tx, made); err != nil {
			return err
		}
		return d.p.Ledger.Act(ctx, tx, "item.bind", map[string]string{
			"member": string(a.Member), "officer": string(a.Officer), "item": string(b.Item), "source": string(b.Source),
			"column": b.Table + "." + b.Column, "compare": b.Compare,
		})
	})
	return sample, err
}

// Retag follows the catalog: from the commit on the item is held by what its
// entry now says of tags and subjects. An entry cannot be declared to be about
// nobody while a key that names persons finds its rows.
func (d *Door) Retag(ctx context.Context, tx *db.Tx, item vocab.ItemID, about vocab.SubjectKind, tags []vocab.Tag) error {
	b := d.bindings.get(item)
	if b == nil || b.About == about && slices.Equal(b.Tags, tags) {
		return nil
	}
	changed := *b
	changed.About, changed.Tags = about, slices.Clone(tags)
	if err := aboutFits(changed.Binding); err != nil {
		return err
	}
	return d.rebind(ctx, tx, &changed)
}

// rebind keeps a changed binding; from the commit on the door knows it.
func (d *Door) rebind(ctx context.Context, tx *db.Tx, b *bound) error {
	body, err := json.Marshal(b.Binding)
	if err != nil {
		return err
	}
	if err := d.store.putBinding(ctx, tx, b.Binding, string(body), d.p.Clock.Now()); err != nil {
		return err
	}
	tx.OnCommit(func() { d.bindings.put(b) })
	return nil
}

// aboutFits refuses a binding whose key names natural persons while its data set
// is declared to be about none: the refusals hang on whom data are about, so that
// must not be a matter of declaration.
func aboutFits(b Binding) error {
	if b.About.OfPersons() {
		return nil
	}
	switch b.KeyKind {
	case vocab.CitizenNumber, vocab.Permit, vocab.Passport:
		return vocab.BadInput.Because("a key of kind %s names natural persons, but the data set is declared to be about %s", b.KeyKind, b.About).
			WithFix("set the data set's subject_kind to natural_person or mixed")
	}
	return nil
}

// refuseTagged walks every path on which the binding would make the item usable.
func (d *Door) refuseTagged(b Binding) error {
	items := b.tags()
	var paths []vocab.Path
	if b.Compare != "" {
		paths = append(paths, vocab.PathBindCompare)
	}
	if len(b.Statuses) > 0 {
		paths = append(paths, vocab.PathBindStatus)
	}
	if b.Read {
		paths = append(paths, vocab.PathBindRead)
	}
	for _, p := range append(paths, vocab.PathBindSubject) {
		if err := vocab.Refuse(p, b.About, items); err != nil {
			return err
		}
	}
	return nil
}

// sample reads a few rows and the column's commonest values under a custody permit.
func (d *Door) sample(ctx context.Context, p Permit, src *source.Source, known Connected, b *bound) ([]Masked, error) {
	if err := d.check(p); err != nil {
		return nil, err
	}
	columns := append([]string{b.Column}, statusColumns(b.Statuses)...)
	if known.Kind == source.Register { // answers by subject only: its tags were found while it was loaded
		for _, c := range columns {
			if !slices.Contains(known.Columns, c) {
				return nil, vocab.SourceUnknown.Because("register %s has no column %q; it has %v", known.ID, c, known.Columns)
			}
			if err := vocab.Refuse(vocab.PathKeyedLoad, b.About, map[string][]vocab.Tag{b.Table + "." + c: known.Tags[c]}); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}
	if err := d.detect(ctx, src, b, columns); err != nil {
		return nil, err
	}
	rows, err := src.Sample(ctx, b.Table, append([]string{b.Subject}, columns...), 6)
	if err != nil {
		return nil, err
	}
	var out []Masked
	for i := 0; i < len(rows) && i < 5; i++ {
		m := Masked{Stored: comparator.Mask(rows[i][1])}
		if b.Compare != "" && !rows[i][1].Null {
			next := rows[(i+1)%len(rows)][1]
			m.Same, _, _ = b.comparator.Answer(rows[i][1].Text, []source.Value{rows[i][1]})
			if m.Other, _, err = b.comparator.Answer(next.Text, []source.Value{rows[i][1]}); err != nil {
				m.Other = vocab.Unknown
			}
		}
		out = append(out, m)
	}
	return out, nil
}

func statusColumns(all []comparator.Status) []string {
	var out []string
	for _, s := range all {
		out = append(out, s.Columns()...)
	}
	return out
}

// detect refuses a column on natural persons whose values stand in a shipped
// list of a refused tag, whatever it is called.
func (d *Door) detect(ctx context.Context, src *source.Source, b *bound, columns []string) error {
	for _, c := range append(columns, b.Subject) {
		top, err := src.TopValues(ctx, b.Table, c, source.MaxTopValues)
		if err != nil {
			return err
		}
		if c == b.Subject && !b.About.OfPersons() {
			if err := noPersons(b, top); err != nil {
				return err
			}
		}
		var tags []vocab.Tag
		if tag, ok := tagged.ByName(c); ok {
			tags = append(tags, tag)
		}
		for _, found := range tagged.Detect(tagValues(top)) {
			tags = append(tags, found.Tag)
		}
		if err := vocab.Refuse(vocab.PathBindCompare, b.About, map[string][]vocab.Tag{b.Table + "." + c: tags}); err != nil {
			return err
		}
	}
	return nil
}

// noPersons refuses a subject column that holds citizen numbers in a data set
// that is declared to be about no natural persons.
func noPersons(b *bound, top source.Top) error {
	for _, v := range top.Values {
		if subject.HoldsCitizenNumber(v.Value.Text) {
			return vocab.BadInput.Because("column %s holds citizen numbers, but the data set is declared to be about %s", b.Subject, b.About).
				WithFix("set the data set's subject_kind to natural_person or mixed")
		}
	}
	return nil
}

func tagValues(top source.Top) []tagged.Value {
	out := make([]tagged.Value, len(top.Values))
	for i, v := range top.Values {
		out[i] = tagged.Value{Text: v.Value.Text, Count: v.Count}
	}
	return out
}

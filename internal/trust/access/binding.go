package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access/binding"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/access/tagged"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// Masked is one line of the sample that a steward sees when binding.
type Masked struct {
	Stored string       `json:"stored"`
	Same   vocab.Answer `json:"same"`  // the value compared with itself
	Other  vocab.Answer `json:"other"` // compared with the value of the next line

	Statuses []MaskedStatus `json:"statuses,omitempty"` // what the line alone says today
}

// MaskedStatus is the answer of one line to a declared status.
type MaskedStatus struct {
	Name   string       `json:"name"`
	Answer vocab.Answer `json:"answer"`
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
	if err := b.Fits(); err != nil {
		return nil, err
	}
	if err := d.stayByAct(&b); err != nil {
		return nil, err
	}
	if err := b.Refused(); err != nil {
		return nil, err
	}
	made, err := binding.Ready(b)
	if err != nil {
		return nil, err
	}
	known, err := d.Source(ctx, a, b.Source)
	if err != nil {
		return nil, err
	}
	if err := known.stands(); err != nil {
		return nil, err
	}
	if known.Kind == source.Register { // a register is one table, called as it is called inside
		b.Table = string(binding.SourceKey(b.Owner, b.Source))
		made.Table = b.Table
	}
	src, err := d.opened(ctx, binding.SourceKey(b.Owner, b.Source))
	if err != nil {
		return nil, err
	}
	e, err := d.custody(ctx, a, "custody.bind", map[string]string{"item": string(b.Item), "source": string(b.Source)})
	if err != nil {
		return nil, err
	}
	sample, err := d.sample(ctx, d.permit(vocab.PermitCustody, e), src, known, made)
	var f *vocab.Failure
	if errors.As(err, &f) && f.Code == vocab.SourceUnknown && f.Fix == "" {
		err = f.WithFix("List what there is: fontis source show %s.", b.Source)
	}
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
	b := d.bindings.Get(item)
	if b == nil || b.About == about && slices.Equal(b.Tags, tags) {
		return nil
	}
	changed := *b
	changed.About, changed.Tags = about, slices.Clone(tags)
	if err := changed.Fits(); err != nil {
		return err
	}
	return d.rebind(ctx, tx, &changed)
}

// rebind keeps a changed binding; from the commit on the door knows it.
func (d *Door) rebind(ctx context.Context, tx *db.Tx, b *binding.Bound) error {
	body, err := json.Marshal(b.Binding)
	if err != nil {
		return err
	}
	if err := d.store.putBinding(ctx, tx, b.Binding, string(body), d.p.Clock.Now()); err != nil {
		return err
	}
	tx.OnCommit(func() { d.bindings.Put(b) })
	return nil
}

// sample reads a few rows and the column's commonest values under a custody permit.
func (d *Door) sample(ctx context.Context, p Permit, src *source.Source, known Connected, b *binding.Bound) ([]Masked, error) {
	if err := d.check(p); err != nil {
		return nil, err
	}
	columns := append([]string{b.Column}, b.StatusColumns()...)
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
	asked, unread := 0, 0
	for i := 0; i < len(rows) && i < 5; i++ {
		m := Masked{Stored: comparator.Mask(rows[i][1])}
		if b.Compare != "" && !rows[i][1].Null {
			next := rows[(i+1)%len(rows)][1]
			asked++
			if m.Same, _, err = b.Comparator.Answer(rows[i][1].Text, []source.Value{rows[i][1]}); err != nil {
				unread++
			}
			if m.Other, _, err = b.Comparator.Answer(next.Text, []source.Value{rows[i][1]}); err != nil {
				m.Other = vocab.Unknown
			}
		}
		for _, s := range b.Statuses {
			answer, _ := s.Evaluate(d.p.Clock.Now(), columns, [][]source.Value{rows[i][1:]})
			m.Statuses = append(m.Statuses, MaskedStatus{s.Name, answer})
		}
		out = append(out, m)
	}
	if asked > 0 && unread == asked { // bound so, the item would answer nothing but unknown
		return nil, vocab.BadInput.Because("none of %d values of column %s is what comparator %s reads", asked, b.Column, b.Compare).
			WithFix("choose the column that holds the item, or another --compare: exact takes any text")
	}
	return out, nil
}

// detect refuses a column on natural persons whose values stand in a shipped
// list of a refused tag, whatever it is called.
func (d *Door) detect(ctx context.Context, src *source.Source, b *binding.Bound, columns []string) error {
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
// that is declared to be about no natural persons. A credit code may have the
// shape of one by chance, and so may one other number in some ten thousand.
func noPersons(b *binding.Bound, top source.Top) error {
	found := 0
	for _, v := range top.Values {
		if t := v.Value.Text; subject.HoldsCitizenNumber(t) && !subject.IsCreditCode(t) {
			found++
		}
	}
	if found <= len(top.Values)/1000 {
		return nil
	}
	return vocab.BadInput.Because("column %s holds citizen numbers, but the data set is declared to be about %s", b.Subject, b.AboutWhom()).
		WithFix("%s", binding.FixAbout)
}

func tagValues(top source.Top) []tagged.Value {
	out := make([]tagged.Value, len(top.Values))
	for i, v := range top.Values {
		out[i] = tagged.Value{Text: v.Value.Text, Count: v.Count}
	}
	return out
}

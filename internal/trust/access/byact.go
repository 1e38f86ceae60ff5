package access

import (
	"context"
	"fmt"
	"iter"

	"fontis/internal/engine/source"
	"fontis/internal/trust/access/binding"
	"fontis/internal/trust/access/register"
	"fontis/internal/vocab"
)

// MayChange says whether a person's value that changes by acts only may become
// the value named: an act of two officers must say so. It is asked for each such
// change that a reload of a register would make.
type MayChange func(ctx context.Context, item vocab.ItemID, subject vocab.SubjectKey, value string) error

// guardBlock is how many rows of a reload are held against the register at a time.
const guardBlock = 500

// guarded lets the rows of a reload pass as long as they change no person's
// status without its act; the first that would stops the load, and the register
// stays as it was.
func (d *Door) guarded(ctx context.Context, permit Permit, key vocab.SourceID, r register.File, rows iter.Seq2[register.Row, error]) iter.Seq2[register.Row, error] {
	var held []*binding.Bound
	for _, b := range d.bindings.Of(key) {
		if b.ByAct && b.About.OfPersons() {
			held = append(held, b)
		}
	}
	if len(held) == 0 {
		return rows
	}
	return func(yield func(register.Row, error) bool) {
		var block []register.Row
		flush := func() bool {
			if err := d.holdBlock(ctx, permit, held, r, block); err != nil {
				yield(register.Row{}, err)
				return false
			}
			for _, row := range block {
				if !yield(row, nil) {
					return false
				}
			}
			block = block[:0]
			return true
		}
		for row, err := range rows {
			if err != nil {
				yield(register.Row{}, err)
				return
			}
			row.Values = append([]string(nil), row.Values...) // the reader uses its row again
			if block = append(block, row); len(block) == guardBlock && !flush() {
				return
			}
		}
		if len(block) > 0 {
			flush()
		}
	}
}

// holdBlock compares some rows with what the register holds of the same subjects.
func (d *Door) holdBlock(ctx context.Context, permit Permit, held []*binding.Bound, r register.File, block []register.Row) error {
	if err := d.check(permit); err != nil {
		return err
	}
	subjects := make([]string, len(block))
	for i, row := range block {
		subjects[i] = row.Values[0]
	}
	for _, b := range held {
		src, err := d.opened(ctx, b.SourceKey())
		if err != nil {
			return err
		}
		old, _, err := src.Lookup(ctx, source.Query{Table: b.Table, SubjectColumn: b.Subject, Subjects: subjects, Columns: []string{b.Column}})
		if err != nil {
			return fmt.Errorf("hold a reload against %s: %w", b.Source, err)
		}
		at := -1
		for i, c := range r.Columns {
			if c == b.Column {
				at = i
			}
		}
		for i, row := range block {
			value := ""
			if at >= 0 {
				value = row.Values[at]
			}
			if len(old[i].Rows) == 0 || holds(old[i], value) {
				continue
			}
			if err := d.p.MayChange(ctx, b.Item, vocab.SubjectKey{Kind: r.KeyKind, Value: row.Values[0]}, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func holds(r source.Record, value string) bool {
	for _, row := range r.Rows {
		if row[0].Null && value == "" || !row[0].Null && row[0].Text == value {
			return true
		}
	}
	return false
}

// stayByAct refuses to take from an item that it changes by acts only, or to find
// it elsewhere: one steward alone would go round the second officer.
func (d *Door) stayByAct(b *Binding) error {
	old := d.bindings.Get(b.Item)
	if old == nil || !old.ByAct {
		return nil
	}
	if old.SourceKey() != b.SourceKey() || old.Column != b.Column {
		return vocab.SecondNeeded.Because("item %s changes by acts of two officers, and is not bound to another column by one", b.Item)
	}
	b.ByAct = true
	return nil
}

package overlay

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"fontis/internal/engine/keyed"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access/register"
	"fontis/internal/vocab"
)

// May says whether a person's value that changes by acts only may become the value
// named: an act of two officers must say so.
type May func(ctx context.Context, item vocab.ItemID, subject vocab.SubjectKey, value string) error

// Held is a column whose values change by acts only.
type Held struct {
	Item   vocab.ItemID
	Column string
}

// Reload is a load of a register that holds such columns. No row of it changes a
// person's value without an act, and it leaves nobody out: the first that would
// stops the load, and the register stays as it was.
type Reload struct {
	Register string
	File     register.File
	Held     []Held
	Index    *Index
	Key      func(subject string) keyed.Key
	// Look gives what the register answers of subjects in a column now.
	Look func(ctx context.Context, column string, subjects []string) ([]source.Record, error)
	May  May

	carried []Set
}

// reloadBlock is how many rows of a reload are held against the register at a time.
const reloadBlock = 500

// Rows lets the rows of the load pass as long as they change nobody's value.
func (r *Reload) Rows(ctx context.Context, rows iter.Seq2[register.Row, error]) iter.Seq2[register.Row, error] {
	if len(r.Held) == 0 {
		return rows
	}
	return func(yield func(register.Row, error) bool) {
		var block []register.Row
		flush := func() bool {
			if err := r.hold(ctx, block); err != nil {
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
			row.Values = slices.Clone(row.Values) // the reader uses its row again
			if block = append(block, row); len(block) == reloadBlock && !flush() {
				return
			}
		}
		if len(block) > 0 {
			flush()
		}
	}
}

// hold compares some rows with what the register answers of the same subjects.
func (r *Reload) hold(ctx context.Context, block []register.Row) error {
	subjects := make([]string, len(block))
	for i, row := range block {
		subjects[i] = row.Values[0]
	}
	for _, h := range r.Held {
		old, err := r.Look(ctx, h.Column, subjects)
		if err != nil {
			return fmt.Errorf("hold a reload against %s: %w", r.File.ID, err)
		}
		at := slices.Index(r.File.Columns, h.Column)
		for i, row := range block {
			value := ""
			if at >= 0 {
				value = row.Values[at]
			}
			if s, lies := r.Index.On(r.Register, r.Key(subjects[i]), h.Column); lies {
				// The act's value is what every answer says, whatever this row does.
				if !s.Value.Null && s.Value.Text == value {
					r.carried = append(r.carried, s)
				}
				continue
			}
			if len(old[i].Rows) == 0 || says(old[i], value) {
				continue
			}
			if err := r.May(ctx, h.Item, vocab.SubjectKey{Kind: r.File.KeyKind, Value: subjects[i]}, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func says(r source.Record, value string) bool {
	for _, row := range r.Rows {
		if row[0].Null && value == "" || !row[0].Null && row[0].Text == value {
			return true
		}
	}
	return false
}

// Keeping is whom the load may not leave out: everybody but who was taken off by
// an act.
func (r *Reload) Keeping() keyed.Keeping {
	if len(r.Held) == 0 {
		return keyed.Keeping{}
	}
	columns := make([]string, len(r.Held))
	for i, h := range r.Held {
		columns[i] = h.Column
	}
	return keyed.Keeping{Except: r.Index.Off(r.Register, columns), Lost: func(n int64) error {
		return vocab.SecondNeeded.Because("the load leaves out %d persons whose status changes by acts of two officers only", n).
			WithFix("Load them with what the register says of them; who is to leave it is taken off by an act: fontis status-act propose ITEM NUMBER --off")
	}}
}

// Carried are the values of acts that the load now carries; it must have passed.
func (r *Reload) Carried() []Set { return r.carried }

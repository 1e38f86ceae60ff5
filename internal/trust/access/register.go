package access

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access/binding"
	"fontis/internal/trust/access/register"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// LoadRegister is how a register is written; app names the driver.
type LoadRegister func(ctx context.Context, o register.Order) error

// Loaded tells what came of a load.
type Loaded struct {
	Source Connected `json:"source"`
	Rows   int64     `json:"rows"`
	Bad    []BadLine `json:"bad,omitempty"` // kept, marked, answered with unknown
}

// Load replaces a register by the rows of a file, under a custody permit: one
// leaf a run. A wrong subject number is kept, marked and listed to the steward;
// questions about it answer unknown.
func (d *Door) Load(ctx context.Context, a identity.Actor, r register.File) (Loaded, error) {
	if err := a.Must(vocab.Steward); err != nil {
		return Loaded{}, err
	}
	if len(r.Columns) < 2 {
		return Loaded{}, vocab.FieldMissing.Because("a register has a subject column and at least one other")
	}
	if err := checkSourceName(r.ID); err != nil {
		return Loaded{}, err
	}
	key := binding.SourceKey(a.Member, r.ID)
	if err := d.staysKind(ctx, key, source.Register); err != nil {
		return Loaded{}, err
	}
	e, err := d.custody(ctx, a, "custody.load", map[string]string{"source": string(r.ID)})
	if err != nil {
		return Loaded{}, err
	}
	if err := d.check(d.permit(vocab.PermitCustody, e)); err != nil {
		return Loaded{}, err
	}
	if err := d.p.Identity.Sectors(string(key)); err != nil {
		return Loaded{}, fmt.Errorf("sector key of %s: %w", r.ID, err)
	}
	out := Loaded{}
	seen := register.NewTally(r.Columns)
	reload := d.reload(d.permit(vocab.PermitCustody, e), key, r)
	if err := d.p.Register(ctx, register.Order{
		Name: string(key), Dated: r.Dated, Columns: r.Columns, Rows: reload.Rows(ctx, d.marked(r, &out, seen)), Keeping: reload.Keeping(),
	}); err != nil {
		return Loaded{}, fmt.Errorf("load %s: %w", r.ID, err)
	}
	now := d.p.Clock.Now()
	out.Source = Connected{ID: r.ID, Owner: a.Member, Kind: source.Register, Tags: seen.Tags(), Columns: r.Columns, Address: "keyed:" + string(key), State: "ready", Made: now, Checked: now}
	sealed, err := d.sealPassword(key, "")
	if err != nil {
		return Loaded{}, err
	}
	out.Source.password = sealed
	if err := d.keepSource(ctx, a, out.Source, "source.load"); err != nil {
		return Loaded{}, err
	}
	return out, d.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := d.carried(ctx, tx, reload.Carried()); err != nil {
			return err
		}
		if err := d.retag(ctx, tx, key, out.Source.Tags); err != nil {
			return err
		}
		return d.store.putBadSubjects(ctx, tx, a.Member, key, out.Bad)
	})
}

// retag marks the bindings whose column a new load filled with a refused tag:
// from the commit on they answer nothing.
func (d *Door) retag(ctx context.Context, tx *db.Tx, key vocab.SourceID, tags map[string][]vocab.Tag) error {
	for _, b := range d.bindings.Of(key) {
		found := append([]vocab.Tag{}, tags[b.Column]...)
		for _, c := range b.StatusColumns() {
			found = append(found, tags[c]...)
		}
		if len(found) == 0 && len(b.Found) == 0 {
			continue
		}
		changed := *b
		changed.Found = found
		if err := d.rebind(ctx, tx, &changed); err != nil {
			return err
		}
	}
	return nil
}

// marked checks each subject's number on the way into the register.
func (d *Door) marked(r register.File, out *Loaded, seen *register.Tally) iter.Seq2[register.Row, error] {
	return func(yield func(register.Row, error) bool) {
		for values, err := range r.Rows {
			if err != nil {
				yield(register.Row{}, err)
				return
			}
			out.Rows++
			row := register.Row{Values: values}
			seen.Add(values)
			key, _, err := normal(d, vocab.SubjectKey{Kind: r.KeyKind, Value: strings.TrimSpace(values[0])})
			if err != nil {
				row.Marked = true
				line := out.Rows
				if r.Line != nil {
					line = int64(r.Line())
				}
				if len(out.Bad) < 10_000 {
					out.Bad = append(out.Bad, BadLine{Line: line, Cause: err.Error()})
				}
			} else {
				row.Values[0] = key.Value
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// BadSubjects lists the wrong subject numbers of a register to its steward, by line.
func (d *Door) BadSubjects(ctx context.Context, a identity.Actor, id vocab.SourceID, after int64, limit int) ([]BadLine, error) {
	if _, err := d.Source(ctx, a, id); err != nil {
		return nil, err
	}
	var out []BadLine
	err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		out, err = d.store.badSubjects(ctx, tx, binding.SourceKey(a.Member, id), after, limit)
		return err
	})
	return out, err
}

// Summary says in one line what came of a load.
func (l Loaded) Summary() string {
	return strconv.FormatInt(l.Rows, 10) + " rows, " + strconv.Itoa(len(l.Bad)) + " with a wrong subject number"
}

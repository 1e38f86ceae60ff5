// Package register lets a loaded register answer as a source.
//
// A register is a file's rows in engine/keyed: the subject's number becomes its
// keyed pseudonym, the other columns are sealed. Load writes them together with
// their layout, so that every version of a register says itself how to be read.
// The rows can only be asked by subject; nothing lists or samples them, because
// no number of a subject is kept.
//
// A row whose subject number cannot be right is loaded and marked, and its
// record comes back marked.
package register

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"sync/atomic"
	"time"

	"fontis/internal/engine/keyed"
	"fontis/internal/engine/source"
	"fontis/internal/vocab"
)

// Vault seals what is stored. What is passed as aad must be passed again.
type Vault interface {
	Seal(plain, aad []byte) ([]byte, error)
	Unseal(sealed, aad []byte) ([]byte, error)
}

// Registers are the registers of this node.
type Registers struct {
	Store *keyed.Store
	// Key is the subject's pseudonym in this register. It is never the zero key.
	Key   func(register, subject string) keyed.Key
	Vault Vault
	// Over gives values of a subject's row that were set since it was loaded, by
	// column; they stand in the place of those that the row holds. Nil: none are.
	Over func(register string, key keyed.Key) map[string]source.Value
}

// Layout says what a register holds. The first column is the subject's.
type Layout struct {
	Name    string
	Dated   time.Time
	Columns []source.Column
}

// Row is one row to load: a value for each column.
type Row struct {
	Values []source.Value
	Marked bool // the subject's number cannot be right
}

// The place of the layout among the keys: no pseudonym has sixteen zero bytes.
var layoutKey keyed.Key

// Load replaces a register whole. The rows come in any order; an error among
// them leaves the register as it was. What is to be kept of the subjects that it
// holds is asked before the old version goes.
func (r Registers) Load(ctx context.Context, l Layout, rows iter.Seq2[Row, error], k keyed.Keeping) error {
	if len(l.Columns) == 0 {
		return vocab.BadInput.Because("register %s has no column", l.Name)
	}
	head, err := json.Marshal(l.Columns)
	if err != nil {
		return vocab.BadInput.Because("the columns of register %s cannot be written", l.Name)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	entries := func(yield func(keyed.Key, []byte) bool) {
		if sealed, err := r.Vault.Seal(head, aad(l.Name, layoutKey)); err != nil || !yield(layoutKey, sealed) {
			stop(err)
			return
		}
		for row, err := range rows {
			var key keyed.Key
			var sealed []byte
			if err == nil {
				key, sealed, err = r.seal(l, row)
			}
			if err != nil {
				stop(err)
				return
			}
			if !yield(key, sealed) {
				return
			}
		}
	}
	return r.Store.ReplaceKeeping(ctx, l.Name, l.Dated, entries, k)
}

func (r Registers) seal(l Layout, row Row) (keyed.Key, []byte, error) {
	if len(row.Values) != len(l.Columns) {
		return keyed.Key{}, nil, vocab.BadInput.Because("a row has %d values for %d columns", len(row.Values), len(l.Columns))
	}
	subject := row.Values[0]
	if subject.Null || subject.Text == "" {
		return keyed.Key{}, nil, vocab.SubjectInvalid.Because("a row names no subject")
	}
	key := r.Key(l.Name, subject.Text)
	sealed, err := r.Vault.Seal(pack(row), aad(l.Name, key))
	return key, sealed, err
}

// aad binds a sealed row to its register and its subject, so that rows cannot be
// exchanged.
func aad(name string, key keyed.Key) []byte { return append([]byte(name+"\x00"), key[:]...) }

// Connect opens a register as a source.
func (r Registers) Connect(_ context.Context, a source.Address, _ source.Options) (source.Driver, error) {
	return &driver{registers: r, name: a.Name}, nil
}

type driver struct {
	registers Registers
	name      string
	known     atomic.Pointer[layout] // of the version that was read last
}

// layout is how one version of a register is read.
type layout struct {
	version string
	columns []source.Column
}

// Close leaves the store open: it is the node's own.
func (d *driver) Close() error { return nil }

// Powers finds none: a register is only replaced whole, by Load.
func (d *driver) Powers(ctx context.Context) (source.Powers, error) {
	_, err := d.registers.Store.Info(ctx, d.name)
	return source.Powers{Account: "this node"}, d.explain(err)
}

// Catalog has the one table that the register is.
func (d *driver) Catalog(ctx context.Context) ([]source.Table, error) {
	rows, _, _, err := d.registers.Store.Get(ctx, d.name, []keyed.Key{layoutKey})
	if err != nil {
		return nil, d.explain(err)
	}
	columns, err := d.columns(rows[0])
	if err != nil {
		return nil, err
	}
	info, err := d.registers.Store.Info(ctx, d.name)
	if err != nil {
		return nil, d.explain(err)
	}
	return []source.Table{{Name: d.name, Rows: info.Rows - 1, Columns: columns}}, nil
}

func (d *driver) columns(row keyed.Row) ([]source.Column, error) {
	sealed, ok := row.One()
	if !ok {
		return nil, vocab.SourceAway.Because("register %s was not loaded as one", d.name).WithFix("load the register again")
	}
	head, err := d.registers.Vault.Unseal(sealed, aad(d.name, layoutKey))
	if err != nil {
		return nil, d.explain(err)
	}
	var columns []source.Column
	if err := json.Unmarshal(head, &columns); err != nil || len(columns) == 0 {
		return nil, vocab.SourceAway.Because("the layout of register %s cannot be read", d.name).WithFix("load the register again")
	}
	return columns, nil
}

// Rows reads the subjects by the layout of the very version they are read from.
func (d *driver) Rows(ctx context.Context, s source.Scan) (source.Batch, error) {
	if s.Subject == nil || s.Paged {
		return source.Batch{}, vocab.NotOffered.Because("a register can only be asked by subject")
	}
	keys := make([]keyed.Key, len(s.Subjects), len(s.Subjects)+1)
	for i, v := range s.Subjects {
		keys[i] = d.registers.Key(d.name, v)
	}
	got, err := d.get(ctx, keys)
	if err != nil {
		return source.Batch{}, err
	}
	w, err := newWindow(s, got.columns)
	if err != nil {
		return source.Batch{}, err
	}
	batch := source.Batch{Mark: got.version, AsOf: got.dated, Marked: map[string]bool{}}
	for i, row := range got.rows {
		if err := d.open(row, w, s.Subjects[i], &batch); err != nil {
			return source.Batch{}, err
		}
		if len(batch.Rows) > s.Limit {
			break
		}
	}
	return batch, nil
}

// read is what one version of a register holds for some keys.
type read struct {
	layout
	rows  []keyed.Row
	dated time.Time
}

// get reads the keys and, where the version is not the one read last, its layout
// with them in one batch.
func (d *driver) get(ctx context.Context, keys []keyed.Key) (read, error) {
	if known := d.known.Load(); known != nil {
		rows, dated, version, err := d.registers.Store.Get(ctx, d.name, keys)
		if err != nil {
			return read{}, d.explain(err)
		}
		if version == known.version {
			return read{*known, rows, dated}, nil
		}
	}
	rows, dated, version, err := d.registers.Store.Get(ctx, d.name, append(keys, layoutKey))
	if err != nil {
		return read{}, d.explain(err)
	}
	columns, err := d.columns(rows[len(keys)])
	if err != nil {
		return read{}, err
	}
	now := layout{version, columns}
	d.known.Store(&now)
	return read{now, rows[:len(keys)], dated}, nil
}

// open adds one subject's rows that the conditions let through.
func (d *driver) open(row keyed.Row, w window, subject string, batch *source.Batch) error {
	over := d.registers.over(d.name, row.Key)
	if !row.Found && over != nil {
		batch.Rows = append(batch.Rows, w.set(subject, over)...)
	}
	for _, sealed := range row.Values {
		plain, err := d.registers.Vault.Unseal(sealed, aad(d.name, row.Key))
		if err != nil {
			return d.explain(err)
		}
		values, marked, ok := unpack(plain, w.columns)
		if !ok {
			return vocab.SourceAway.Because("a row of register %s cannot be read", d.name).WithFix("load the register again")
		}
		values[0] = source.Value{Kind: source.Text, Text: subject}
		if marked {
			batch.Marked[subject] = true
		}
		w.lay(over, values)
		if shown, holds := w.show(values); holds {
			batch.Rows = append(batch.Rows, shown)
		}
	}
	return nil
}

func (r Registers) over(name string, key keyed.Key) map[string]source.Value {
	if r.Over == nil {
		return nil
	}
	return r.Over(name, key)
}

// Top is not offered: it would open every row.
func (d *driver) Top(context.Context, source.TopScan) (source.Top, error) {
	return source.Top{}, vocab.NotOffered.Because("the values of a loaded register are not counted").WithFix("its values were looked at while it was loaded")
}

// explain keeps a failure that has a code, and calls the rest away.
func (d *driver) explain(err error) error {
	var f *vocab.Failure
	switch {
	case err == nil:
		return nil
	case errors.Is(err, vocab.NoSuchThing):
		return vocab.SourceAway.Because("register %s was never loaded", d.name).WithFix("load it from its file")
	case errors.As(err, &f):
		return err
	}
	return vocab.SourceAway.Wrap(err, "register %s cannot be read", d.name)
}

var _ source.Driver = (*driver)(nil)

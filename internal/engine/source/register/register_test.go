package register_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/keyed"
	"fontis/internal/engine/keyed/sqlite"
	"fontis/internal/engine/keys"
	"fontis/internal/engine/source"
	"fontis/internal/engine/source/register"
	"fontis/internal/engine/source/sourcetest"
	"fontis/internal/vocab"
)

// vault is the node's own way of sealing.
type vault struct{ store *keys.Store }

func (v vault) Seal(plain, aad []byte) ([]byte, error) { return v.store.Seal(keys.Keyed, plain, aad) }

func (v vault) Unseal(sealed, aad []byte) ([]byte, error) {
	return v.store.Unseal(keys.Keyed, sealed, aad)
}

func pseudonym(name, subject string) keyed.Key {
	sum := sha256.Sum256([]byte(name + "\x00" + subject))
	return keyed.Key(sum[:16])
}

func registers(t *testing.T, folder string) register.Registers {
	t.Helper()
	store, err := sqlite.Open(folder, keyed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	k, err := keys.Open(filepath.Join(t.TempDir(), "keys"), keys.Options{New: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return register.Registers{Store: store, Key: pseudonym, Vault: vault{k}}
}

func open(t *testing.T, r register.Registers, name string) *source.Source {
	t.Helper()
	d := source.Drivers{Clock: clock.System(), Connect: map[source.Kind]source.Connect{source.Register: r.Connect}}
	s, err := d.Open(t.Context(), source.Spec{Kind: source.Register, Address: "keyed:" + name, MaxRows: sourcetest.MaxRows}, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var dated = time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)

func load(t *testing.T, r register.Registers, table sourcetest.Table) {
	t.Helper()
	err := r.Load(t.Context(), register.Layout{Name: table.Name, Dated: dated, Columns: typed(table.Columns)}, rowsOf(table), keyed.Keeping{})
	if err != nil {
		t.Fatal(err)
	}
}

func typed(columns []source.Column) []source.Column {
	out := make([]source.Column, len(columns))
	for i, c := range columns {
		c.Type = string(c.Kind)
		out[i] = c
	}
	return out
}

func rowsOf(table sourcetest.Table) iter.Seq2[register.Row, error] {
	return func(yield func(register.Row, error) bool) {
		for _, cells := range table.Rows {
			row := register.Row{Values: make([]source.Value, len(cells))}
			for i, cell := range cells {
				row.Values[i] = source.NullValue(table.Columns[i].Kind)
				if cell != nil {
					row.Values[i] = source.NewValue(table.Columns[i].Kind, *cell)
				}
			}
			row.Marked = row.Values[0].Text == "wrong"
			if !yield(row, nil) {
				return
			}
		}
	}
}

func TestARegisterConforms(t *testing.T) {
	sourcetest.RunAll(t, sourcetest.Features{NoScan: true, PlainNames: true}, func(t *testing.T, tables ...sourcetest.Table) sourcetest.Place {
		r := registers(t, t.TempDir())
		load(t, r, tables[0])
		return sourcetest.Place{
			Source:  open(t, r, tables[0].Name),
			Replace: func(t *testing.T, table sourcetest.Table) { load(t, r, table) },
		}
	})
}

func small() sourcetest.Table {
	return sourcetest.Table{
		Name:    "insured",
		Columns: []source.Column{{Name: "number", Kind: source.Text}, {Name: "since", Kind: source.Date}},
		Rows:    [][]*string{{sourcetest.T("unmistakable-number"), sourcetest.T("1990-05-01")}, {sourcetest.T("wrong"), sourcetest.T("1991-01-01")}},
	}
}

func TestARegisterIsDatedAndMarksWrongNumbers(t *testing.T) {
	r := registers(t, t.TempDir())
	load(t, r, small())
	records, version, err := open(t, r, "insured").Lookup(t.Context(), source.Query{Table: "insured", SubjectColumn: "number", Subjects: []string{"wrong", "unmistakable-number"}, Columns: []string{"since"}})
	if err != nil || !version.AsOf.Equal(dated) || !records[0].Marked || records[1].Marked {
		t.Errorf("as of %s, marked %v and %v, %v", version.AsOf, records[0].Marked, records[1].Marked, err)
	}
}

func TestARegisterIsNeitherSampledNorCounted(t *testing.T) {
	r := registers(t, t.TempDir())
	load(t, r, small())
	s := open(t, r, "insured")
	if _, err := s.Sample(t.Context(), "insured", []string{"since"}, 1); !errors.Is(err, vocab.NotOffered) {
		t.Error(err)
	}
	if _, err := s.TopValues(t.Context(), "insured", "since", 1); !errors.Is(err, vocab.NotOffered) {
		t.Error(err)
	}
	if _, _, err := s.Lookup(t.Context(), source.Query{Table: "insured", SubjectColumn: "since", Subjects: []string{"1990-05-01"}}); !errors.Is(err, vocab.SourceUnknown) {
		t.Error(err)
	}
}

func TestARegisterNeverLoadedIsAway(t *testing.T) {
	if _, err := open(t, registers(t, t.TempDir()), "nothing").Probe(t.Context()); !errors.Is(err, vocab.SourceAway) {
		t.Error(err)
	}
}

func TestNoNumberAndNoValueStandsInTheFiles(t *testing.T) {
	folder := t.TempDir()
	r := registers(t, folder)
	load(t, r, small())
	err := filepath.WalkDir(folder, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte("unmistakable")) || bytes.Contains(content, []byte("1990-05-01")) {
			t.Errorf("%s holds a row in clear", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// swapped exchanges the sealed rows of two subjects, as who can write the file
// but holds no key could.
func TestRowsCannotBeExchanged(t *testing.T) {
	r := registers(t, t.TempDir())
	load(t, r, small())
	keysOf := []keyed.Key{{}, pseudonym("insured", "wrong"), pseudonym("insured", "unmistakable-number")}
	rows, _, _, err := r.Store.Get(t.Context(), "insured", keysOf)
	if err != nil {
		t.Fatal(err)
	}
	err = r.Store.Replace(t.Context(), "insured", dated, func(yield func(keyed.Key, []byte) bool) {
		_ = yield(keysOf[0], rows[0].Values[0]) && yield(keysOf[1], rows[2].Values[0]) && yield(keysOf[2], rows[1].Values[0])
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := open(t, r, "insured").Lookup(t.Context(), source.Query{Table: "insured", SubjectColumn: "number", Subjects: []string{"wrong"}, Columns: []string{"since"}}); err == nil {
		t.Error("an exchanged row was read as if it were the subject's")
	}
}

func TestABrokenLoadLeavesTheRegisterAsItWas(t *testing.T) {
	r := registers(t, t.TempDir())
	load(t, r, small())
	s := open(t, r, "insured")
	q := source.Query{Table: "insured", SubjectColumn: "number", Subjects: []string{"wrong"}, Columns: []string{"since"}}
	_, before, err := s.Lookup(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the file ends in the middle")
	for name, row := range map[string]func() (register.Row, error){
		"an error":    func() (register.Row, error) { return register.Row{}, broken },
		"a short row": func() (register.Row, error) { return register.Row{Values: []source.Value{{Text: "x"}}}, nil },
		"no subject":  func() (register.Row, error) { return register.Row{Values: make([]source.Value, 2)}, nil },
	} {
		err := r.Load(t.Context(), register.Layout{Name: "insured", Dated: dated, Columns: typed(small().Columns)}, func(yield func(register.Row, error) bool) {
			yield(row())
		}, keyed.Keeping{})
		if err == nil || name == "an error" && !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, after, err := s.Lookup(t.Context(), q)
	if err != nil || after != before {
		t.Error("the register changed", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Lookup(gone, q); err == nil || strings.Contains(err.Error(), "wrong") {
		t.Error(err)
	}
}

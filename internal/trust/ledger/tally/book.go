package tally

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Book is a table whose rows say again what acts of the ledger said: an order in
// force, a label that stands, a status that two officers changed. Whoever keeps
// the table registers it; a round then holds each row against the acts, which it
// has held against their leaves.
type Book struct {
	Table string   // as findings name it
	Acts  []string // the beginnings of the acts that move its rows
	Key   string   // the field that names what such an act is about
	// Want gives the rows that must stand after the acts about one thing, oldest
	// first. The first of them are gone where retention took their openings.
	Want func(acts []Said) []Row
	// Have gives rows that stand, in the order of their ID and behind one.
	Have func(ctx context.Context, tx *db.Tx, after string, limit int) ([]Row, error)
}

// Said is an act as its openings say it.
type Said struct {
	Seq      int64
	Trace    vocab.TraceID
	At       time.Time
	Act      string
	Provider vocab.MemberID
	Fields   map[string]string
}

// Row is what a row says, column by column. A column that Want leaves out is not
// held; a moment that the acts do not tell exactly is held to within a few minutes
// of the act.
type Row struct {
	ID    string
	Made  time.Time // of a row that stands
	Cols  map[string]string
	Times map[string]time.Time
}

// rowsOfBook is how many rows of a book are read at a time.
const rowsOfBook = 2000

// Keep registers books. It is called while the node is wired, before Run.
func (t *Tally) Keep(books ...Book) {
	t.stepping.Lock()
	defer t.stepping.Unlock()
	t.books = append(t.books, books...)
}

// hold holds the next book of the round, or ends it. Acts and rows are read in one
// snapshot, for both move while the round goes on.
func (t *Tally) hold(ctx context.Context, s *state) error {
	if s.Book < len(t.books) {
		b := &t.books[s.Book]
		err := t.o.DB.Read(ctx, func(tx *db.Tx) error { return t.holdBook(ctx, tx, s, b) })
		if err != nil {
			return fmt.Errorf("hold %s: %w", b.Table, err)
		}
		s.Book++
		return nil
	}
	s.Findings.sort()
	s.Phase, s.Ended, s.Before, s.Findings = resting, t.o.Clock.Now(), s.Findings, findings{}
	return nil
}

// wanted is a row that must stand, and the newest act that says so.
type wanted struct {
	Row
	by *Said
}

func (t *Tally) holdBook(ctx context.Context, tx *db.Tx, s *state, b *Book) error {
	want, gone, err := t.want(ctx, tx, b)
	if err != nil {
		return err
	}
	for after := ""; ; {
		rows, err := b.Have(ctx, tx, after, rowsOfBook)
		if err != nil {
			return err
		}
		for i := range rows {
			have := &rows[i]
			if w, ok := want[have.ID]; ok {
				w.against(b, have, &s.Findings)
				delete(want, have.ID)
			} else if have.Made.After(gone.Add(near)) { // else the acts about it may be among those erased
				s.Findings.add(Finding{Kind: RowAlone, Table: b.Table, ID: have.ID, Detail: "no act of the ledger says that this row stands"})
			}
		}
		if len(rows) < rowsOfBook {
			break
		}
		after = rows[len(rows)-1].ID
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		w := want[id]
		s.Findings.add(Finding{Kind: RowGone, Table: b.Table, ID: id, Seq: w.by.Seq, Trace: w.by.Trace, Detail: "the row that the act " + w.by.Act + " tells of is not there"})
	}
	return nil
}

// want reads the acts of a book and gives the rows that they ask for; gone is
// the newest of them whose openings were erased.
func (t *Tally) want(ctx context.Context, tx *db.Tx, b *Book) (map[string]*wanted, time.Time, error) {
	byKey, gone := map[string][]Said{}, time.Time{}
	err := t.store.acts(ctx, tx, func(e *entry) {
		if len(e.secret) == 0 {
			if _, erased := t.erased.traces[e.trace]; erased {
				gone = time.UnixMicro(e.at)
			}
			return
		}
		fields, err := proof.DecodeSecret(e.secret)
		if err != nil {
			return // the entry itself is named
		}
		act := valueOf(fields, ledger.FieldAct)
		if !slices.ContainsFunc(b.Acts, func(prefix string) bool { return strings.HasPrefix(act, prefix) }) {
			return
		}
		if key := valueOf(fields, b.Key); key != "" {
			byKey[key] = append(byKey[key], saidIn(e, act, fields))
		}
	})
	if err != nil {
		return nil, gone, err
	}
	want := map[string]*wanted{}
	for _, acts := range byKey {
		for _, r := range b.Want(acts) {
			want[r.ID] = &wanted{r, &acts[len(acts)-1]}
		}
	}
	return want, gone, nil
}

func saidIn(e *entry, act string, fields []proof.Field) Said {
	out := Said{
		Seq: e.seq, Trace: vocab.TraceID(e.trace), At: time.UnixMicro(e.at).UTC(), Act: act, Provider: vocab.MemberID(e.provider),
		Fields: make(map[string]string, len(fields)),
	}
	for i := range fields {
		out.Fields[fields[i].Name] = string(fields[i].Value)
	}
	return out
}

// against names the columns in which the row that stands differs.
func (w *wanted) against(b *Book, have *Row, into *findings) {
	var off []string
	for name, said := range w.Cols {
		if have.Cols[name] != said {
			off = append(off, name)
		}
	}
	for name, said := range w.Times {
		if d := have.Times[name].Sub(said); d > near || d < -near {
			off = append(off, name)
		}
	}
	if len(off) == 0 {
		return
	}
	slices.Sort(off)
	into.add(Finding{
		Kind: RowOther, Table: b.Table, ID: w.ID, Seq: w.by.Seq, Trace: w.by.Trace,
		Detail: fmt.Sprintf("%s differ from what the act %s and those before it say", strings.Join(off, ", "), w.by.Act),
	})
}

// near is how far a row's moment may lie from its act's: both are taken in one
// transaction, which may have waited for another.
const near = 5 * time.Minute

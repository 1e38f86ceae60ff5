package ledger

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// The states of a line in a person's view that stands for no use that can be
// shown: an order defers it, no record has the number, or the record is not the
// one to which the person's chain is bound.
const (
	StateDeferred = "deferred"
	StateMissing  = "missing"
	StateAltered  = "altered"
)

// UsesOf asks for a page of the uses of one person's data, newest first. The
// empty filters do not filter.
type UsesOf struct {
	Viewer Viewer
	Before int64         // below this counter of the person
	After  vocab.TraceID // or older than this line: who may not see counters pages by it
	Limit  int

	Member      vocab.MemberID
	From, Until time.Time
	Item        string // item, or data set
	Kind        string // access, batch or act
	State       string
	Case        string
}

// filters reports whether lines may be left out by the reader's own wish.
func (q *UsesOf) filters() bool {
	return q.Member != "" || q.Item != "" || q.Kind != "" || q.State != "" || q.Case != "" || !q.From.IsZero() || !q.Until.IsZero()
}

// UsesPage is one page of a person's view.
type UsesPage struct {
	Uses   []Access
	Next   int64         // Before of the next page; 0 when this is the last
	After  vocab.TraceID // the same for who pages by lines
	Newest int64         // the person's newest counter; 0 for who may not see counters
	Since  time.Time     // since when this node keeps its ledger
}

// The bounds of one page: lines shown, and lines read to find them.
const (
	mostUses = 1000
	usesRead = 20_000
)

// Uses gives a page of a person's view. Every counter is accounted for: shown,
// deferred by an order, or said to be missing.
func (l *Ledger) Uses(ctx context.Context, q UsesOf) (UsesPage, error) {
	if q.Viewer.Person == (vocab.PersonRef{}) {
		return UsesPage{}, notThere()
	}
	if q.Limit <= 0 || q.Limit > mostUses {
		q.Limit = 100
	}
	w := usesWalk{l: l, q: &q}
	err := l.db.Read(ctx, func(tx *db.Tx) error { return w.run(ctx, tx) })
	if err != nil {
		return UsesPage{}, fmt.Errorf("read a person's view: %w", err)
	}
	return w.page, nil
}

// usesWalk reads touches downwards until the page is full.
type usesWalk struct {
	l      *Ledger
	q      *UsesOf
	hidden []hiding
	page   UsesPage

	next int64
}

func (w *usesWalk) run(ctx context.Context, tx *db.Tx) error {
	p := w.q.Viewer.Person
	newest, _, err := w.l.store.lastOf(ctx, tx, p)
	if err != nil {
		return err
	}
	if w.page.Since, err = w.l.store.begun(ctx, tx); err != nil {
		return err
	}
	if w.hidden, err = w.l.store.hiding(ctx, tx, p, w.l.clock.Now()); err != nil {
		return err
	}
	if !w.q.Viewer.Mandate {
		w.page.Newest = newest
	}
	w.next = newest + 1
	if w.q.Before > 0 {
		w.next = min(w.next, w.q.Before)
	}
	if w.q.After != "" {
		if w.next, err = w.l.store.numberOf(ctx, tx, p, w.q.After); err != nil {
			return err
		}
	}
	return w.read(ctx, tx)
}

// read takes pieces of the chain; one touch more than shown is read, so that the
// last line of a page is held against the one below it.
func (w *usesWalk) read(ctx context.Context, tx *db.Tx) error {
	for seen := 0; w.next > 1 && seen < usesRead; {
		piece, err := w.l.store.usesBelow(ctx, tx, w.q.Viewer.Person, w.next, w.q.Limit+1)
		if err != nil {
			return err
		}
		for i := range piece {
			if w.full() {
				w.more()
				return nil
			}
			if err := w.take(&piece[i], below(piece, i)); err != nil {
				return err
			}
		}
		seen += len(piece)
		if len(piece) <= w.q.Limit { // the chain's end: what lies below it is missing
			if w.gap(0); w.full() && w.next > 1 && len(piece) == 0 {
				w.more()
			}
			return nil
		}
	}
	if w.next > 1 {
		w.more()
	}
	return nil
}

func below(piece []use, i int) *use {
	if i+1 < len(piece) {
		return &piece[i+1]
	}
	return nil
}

func (w *usesWalk) full() bool { return len(w.page.Uses) >= w.q.Limit }

// more notes where the next page begins.
func (w *usesWalk) more() {
	w.page.Next = w.next
	if n := len(w.page.Uses); w.q.Viewer.Mandate {
		w.page.Next = 0
		if n > 0 {
			w.page.After = w.page.Uses[n-1].Trace
		}
	}
}

// gap puts a line for every number between the one read last and n.
func (w *usesWalk) gap(n int64) {
	if w.q.filters() || w.q.Viewer.Mandate {
		return
	}
	for m := w.next - 1; m > n && !w.full(); m-- {
		w.page.Uses = append(w.page.Uses, Access{Number: m, State: StateMissing})
		w.next = m
	}
}

func (w *usesWalk) take(u, under *use) error {
	w.gap(u.n)
	if w.full() {
		return nil
	}
	w.next = u.n
	r := &u.entry
	if hides(w.hidden, r) {
		if !w.q.filters() && !w.q.Viewer.Mandate {
			w.page.Uses = append(w.page.Uses, Access{Number: u.n, State: StateDeferred})
		}
		return nil
	}
	if w.q.Viewer.Mandate && w.q.Viewer.Except[r.owner] {
		return nil
	}
	a, err := w.l.showUse(u, under, w.q.Viewer)
	if err != nil {
		return err
	}
	if w.q.wants(&a) {
		w.page.Uses = append(w.page.Uses, a)
	}
	return nil
}

// wants is the reader's own filter.
func (q *UsesOf) wants(a *Access) bool {
	item := q.Item == "" || slices.ContainsFunc(a.Items, func(i string) bool {
		return i == q.Item || string(vocab.ItemID(i).Dataset()) == q.Item
	})
	return item && (q.Member == "" || a.Member == q.Member) && (q.Kind == "" || a.Kind == q.Kind) && (q.State == "" || a.State == q.State) &&
		(q.Case == "" || a.Case == q.Case) && (q.From.IsZero() || !a.At.Before(q.From)) && (q.Until.IsZero() || a.At.Before(q.Until))
}

// showUse cuts one use to what its reader may see. What was committed to counts:
// a record whose openings do not give the root of the chain shows as altered.
func (l *Ledger) showUse(u, under *use, v Viewer) (Access, error) {
	f := found{holder: HolderSelf, entry: u.entry}
	if v.Mandate {
		f.holder = HolderMandate
	}
	intent, err := decodeIfAny(u.entry.secret)
	if err != nil {
		return Access{}, err
	}
	f.fields = intent
	own := intent
	if u.row != single {
		row, err := rowOf(u.rowSecret)
		if err != nil {
			return Access{}, err
		}
		f.row, own = &openRow{fields: row}, row
		if f.outcomeRow, err = outcomeRowOf(rowOutcomeOf(u.rowOutcome)); err != nil {
			return Access{}, err
		}
	} else if f.outcomeRow, err = outcomeRowOf(decodeIfAny(u.entry.outcomeSecret)); err != nil {
		return Access{}, err
	}
	a := f.show()
	a.Number = u.n
	if own != nil && !u.bound(own, under) {
		a = Access{Number: u.n, Trace: u.entry.trace, State: StateAltered, At: u.entry.at}
	}
	if v.Mandate {
		a.Number = 0
	}
	return a, nil
}

func outcomeRowOf(fields []proof.Field, err error) (*openRow, error) {
	if fields == nil || err != nil {
		return nil, err
	}
	return &openRow{fields: fields}, nil
}

// bound reports whether the openings are those of the chain: they give the
// touch's root, name its person and number, and point at the touch below.
func (u *use) bound(own []proof.Field, under *use) bool {
	leaf := proof.Commit(u.entry.kind, own) // of a row the root alone counts
	if u.row == single && !bytes.Equal(leaf[:], u.entry.leaf) {
		return false
	}
	if leaf.Root() != u.root || valueOf(own, FieldPerson) != hex.EncodeToString(u.person[:]) || valueOf(own, FieldCounter) != fmt.Sprint(u.n) {
		return false
	}
	return under == nil || under.n != u.n-1 || valueOf(own, FieldPrevious) == hex.EncodeToString(under.root[:])
}

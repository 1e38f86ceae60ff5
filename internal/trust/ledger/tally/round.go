package tally

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// begin sets the bounds of a round. Every entry after Last is written after the
// sizes were read, so its leaf stands behind them: leaves below Size belong to
// entries up to Last, and those that have no place yet are waited for.
func (t *Tally) begin(ctx context.Context, s *state) error {
	next := &state{Round: s.Round + 1, Begun: t.o.Clock.Now(), Ended: s.Ended, Before: s.Before, Phase: inRecords, skip: roaring64.New()}
	for i, l := range t.o.Logs {
		size, err := l.Log.Size(ctx)
		if err != nil {
			return fmt.Errorf("size of %s: %w", l.Origin, err)
		}
		next.Logs = append(next.Logs, side{Origin: l.Origin, Size: size})
		if i+1 < len(t.o.Logs) {
			if err := t.boundOlder(ctx, &next.Logs[i]); err != nil {
				return err
			}
		}
	}
	err := t.o.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		if next.Last, err = t.store.newest(ctx, tx); err != nil {
			return err
		}
		open, err := t.store.open(ctx, tx, 0, next.Last, t.growing(), next.Begun.Add(-patience))
		next.Settled = next.Last
		if open > 0 {
			next.Settled = open - 1
		}
		return err
	})
	*s = *next
	return err
}

func (t *Tally) growing() string { return t.o.Logs[len(t.o.Logs)-1].Origin }

// boundOlder bounds a log that a restore froze by what was bound when the backup
// was made: what its files hold beyond that is the loss that was declared.
func (t *Tally) boundOlder(ctx context.Context, s *side) error {
	return t.o.DB.Read(ctx, func(tx *db.Tx) error {
		index, _, err := t.store.mark(ctx, tx, s.Origin)
		s.Size = min(s.Size, index)
		return err
	})
}

// records holds the next entries up to a bound; several workers take a span each.
func (t *Tally) records(ctx context.Context, s *state, until int64, workers int) error {
	if s.Pos >= until {
		s.Phase++
		return nil
	}
	if err := t.learnErasures(ctx); err != nil {
		return err
	}
	parts := make([]*part, workers)
	errs := make([]error, workers)
	var all sync.WaitGroup
	for i := range parts {
		from := s.Pos + int64(i)*entriesAtOnce
		if from >= until {
			break
		}
		p := t.newPart(s, from, min(from+entriesAtOnce, until))
		parts[i] = p
		all.Go(func() { errs[i] = p.run(ctx) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("hold the records after %d: %w", s.Pos, err)
	}
	for _, p := range parts {
		if p != nil {
			p.into(s)
		}
	}
	return nil
}

// patience is how long an entry may be without its place before a round no longer
// waits for it: longer than any source may take to answer.
const patience = 10 * time.Minute

// tail holds the entries that had no place yet when the round began, once they
// have one.
func (t *Tally) tail(ctx context.Context, s *state, workers int) (wait bool, err error) {
	var open int64
	err = t.o.DB.Read(ctx, func(tx *db.Tx) error {
		open, err = t.store.open(ctx, tx, s.Pos, s.Last, t.growing(), t.o.Clock.Now().Add(-patience))
		return err
	})
	if err != nil || open > 0 {
		return open > 0, err
	}
	return false, t.records(ctx, s, s.Last, workers)
}

// erasures are the traces whose openings an entry of the ledger erased.
type erasures struct {
	upTo   int64
	traces map[string]struct{}
}

func (t *Tally) learnErasures(ctx context.Context) error {
	if t.erased.traces == nil {
		t.erased.traces = map[string]struct{}{}
	}
	return t.o.DB.Read(ctx, func(tx *db.Tx) error {
		return t.store.erasures(ctx, tx, t.erased.upTo, func(seq int64, secret []byte) {
			t.erased.upTo = seq
			for _, trace := range erasedBy(secret) {
				t.erased.traces[trace] = struct{}{}
			}
		})
	})
}

// logs sums up the leaves, rebuilds the tree's root from them, and at the end
// compares both with what records and tiles say.
func (t *Tally) logs(ctx context.Context, s *state) error {
	for i := range s.Logs {
		l := &s.Logs[i]
		if l.Pos < l.Size {
			return t.leaves(ctx, s, l, t.o.Logs[i].Log)
		}
	}
	if err := t.placeLate(ctx, s); err != nil {
		return fmt.Errorf("place what had no place: %w", err)
	}
	for i := range s.Logs {
		l := &s.Logs[i]
		if err := t.checkRoot(ctx, s, l, t.o.Logs[i].Log); err != nil {
			return err
		}
		if l.Records != l.Leaves {
			if err := t.findLeaves(ctx, s, l, t.o.Logs[i].Log); err != nil {
				return fmt.Errorf("find leaves without a record: %w", err)
			}
		}
	}
	if s.Claimed != s.Grouped {
		if err := t.findOutcomes(ctx, s); err != nil {
			return fmt.Errorf("find outcomes without an access: %w", err)
		}
	}
	s.Phase = inChains
	return nil
}

// placeLate looks once more at the entries that had no place when they were held.
func (t *Tally) placeLate(ctx context.Context, s *state) error {
	var late []entry
	err := t.o.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		late, err = t.store.bySeqs(ctx, tx, s.Late)
		return err
	})
	if err != nil {
		return err
	}
	for len(late) > 0 { // as many at a time as a part may read leaves for
		p := t.newPart(s, 0, 0)
		n := min(len(late), entriesAtOnce)
		p.entries, late = late[:n], late[n:]
		if err := p.readLeaves(ctx); err != nil {
			return err
		}
		for i := range p.entries {
			if e := &p.entries[i]; e.index == nil {
				p.found(LeafMissing, e, "the record says no place in the log")
			} else {
				p.place(e)
			}
		}
		for i := range p.records {
			s.Logs[i].Records.add(p.records[i])
		}
		s.Findings.add(p.findings...)
	}
	s.Late = nil
	return nil
}

func (t *Tally) leaves(ctx context.Context, s *state, l *side, log Log) error {
	to := min(l.Pos+leavesAtOnce, l.Size)
	loose := map[[32]byte]bool{}
	for _, h := range l.Loose {
		loose[h] = true
	}
	err := log.Leaves(ctx, l.Pos, to, func(i uint64, leaf []byte) error {
		h := leafHash(leaf)
		if !loose[h] {
			l.Leaves.add(ofLeaf(i, leaf))
		}
		l.Right = grow(l.Right, h, i)
		l.Pos = i + 1
		return nil
	})
	if vocab.CodeOf(err) != vocab.LedgerCorrupt {
		return err
	}
	// The rest of the tile cannot be read; what lies behind it can.
	index := l.Pos
	s.Findings.add(Finding{Kind: LogDamaged, Origin: l.Origin, Index: &index, Detail: causeOf(err)})
	l.Pos = min((l.Pos/tileWidth+1)*tileWidth, l.Size)
	l.Right = nil
	return nil
}

// tileWidth is the number of leaves in one file of the log.
const tileWidth = 256

func (t *Tally) checkRoot(ctx context.Context, s *state, l *side, log Log) error {
	if l.Size == 0 || l.Right == nil {
		return nil // nothing to compare, or said already
	}
	root, err := log.RootAt(ctx, l.Size)
	last := l.Size - 1
	switch {
	case vocab.CodeOf(err) == vocab.LedgerCorrupt:
		s.Findings.add(Finding{Kind: LogDamaged, Origin: l.Origin, Index: &last, Detail: causeOf(err)})
	case err != nil:
		return err
	case root != rootOf(l.Right):
		s.Findings.add(Finding{Kind: LogDamaged, Origin: l.Origin, Index: &last, Detail: "the leaves do not give the root of the tree over them"})
	}
	return nil
}

func causeOf(err error) string {
	var f *vocab.Failure
	if errors.As(err, &f) {
		return f.Error()
	}
	return err.Error()
}

// chains walks all persons' chains in order.
func (t *Tally) chains(ctx context.Context, s *state) error {
	var links []touch
	after := touch{n: s.Chain.N}
	copy(after.person[:], s.Chain.Person)
	err := t.o.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		links, err = t.store.touches(ctx, tx, after)
		return err
	})
	if err != nil {
		return err
	}
	for i := range links {
		s.chain(&links[i])
	}
	if len(links) == touchesAtOnce {
		return nil
	}
	if s.Touched != s.Chained {
		if err := t.findChains(ctx, s); err != nil {
			return fmt.Errorf("find broken chains: %w", err)
		}
	}
	s.Phase = inBooks
	return t.learnErasures(ctx)
}

func (s *state) chain(l *touch) {
	previous, expected := make([]byte, 32), int64(1)
	if string(s.Chain.Person) == string(l.person[:]) {
		previous, expected = s.Chain.Root, s.Chain.N+1
	}
	if l.n != expected {
		detail := fmt.Sprintf("a person's chain goes from number %d to %d", expected-1, l.n)
		if expected > 1 {
			detail += fmt.Sprintf(", the one before is entry %d", s.Chain.Seq)
		}
		s.Findings.add(Finding{Kind: ChainGap, Seq: l.seq, Row: rowNumber(l.row), Detail: detail})
	}
	if l.seq <= s.Last && !s.skip.Contains(uint64(l.seq)) {
		s.Chained.add(ofTouch(l.person[:], l.n, l.seq, l.row, l.root[:], previous))
	}
	s.Chain = link{Person: append([]byte(nil), l.person[:]...), N: l.n, Seq: l.seq, Root: append([]byte(nil), l.root[:]...)}
}

func rowNumber(row int64) *int64 {
	if row < 0 {
		return nil
	}
	return &row
}

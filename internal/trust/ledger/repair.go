package ledger

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Repair is what start-up found and did.
type Repair struct {
	Bound       int      // leaves that were in the log and not yet in the record
	Interrupted int      // accesses without a leaf: nothing was released
	Unknown     int      // accesses with a leaf and no outcome
	Appended    int      // acts whose leaf was missing
	Alarms      []uint64 // leaves that belong to no record
	Gone        int64    // how many numbers of entries at the end were held before and are not there
}

// Repaired is what start-up found; doctor prints it.
func (l *Ledger) Repaired() Repair { return l.repaired }

// repair binds leaves to records by their commitment before anything is served.
func (l *Ledger) repair(ctx context.Context) error {
	size, err := l.log.Size(ctx)
	if err != nil {
		return err
	}
	var mark watermark
	open := map[string]record{}
	err = l.db.Write(ctx, func(tx *db.Tx) error {
		if mark, err = l.store.watermark(ctx, tx, l.origin, l.clock.Now()); err != nil {
			return err
		}
		records, err := l.store.after(ctx, tx, l.origin, mark.seq)
		for _, r := range records {
			open[string(r.leaf)] = r
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := l.checkClock(ctx); err != nil {
		return err
	}
	if newest := l.seq.Load(); newest < mark.seq {
		// Numbers that were given once are not given again, and what is gone is said.
		l.repaired.Gone = mark.seq - newest
		l.seq.Store(mark.seq)
		l.diary.Error("the newest records are not there", "held up to", mark.seq, "there up to", newest)
	}
	if size < mark.index {
		return vocab.LedgerCorrupt.Because("the log holds %d leaves, the record knows of %d", size, mark.index)
	}
	found := map[int64]uint64{}
	err = l.log.Leaves(ctx, mark.index, size, func(i uint64, leaf []byte) error {
		r, ok := open[string(leaf)]
		if !ok {
			l.repaired.Alarms = append(l.repaired.Alarms, i)
			return nil
		}
		if !r.indexed {
			found[r.seq] = i
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the log from %d: %w", mark.index, err)
	}
	if len(l.repaired.Alarms) > 0 {
		l.diary.Error("leaves without a record", "count", len(l.repaired.Alarms), "first", l.repaired.Alarms[0])
	}
	if err := l.bind(ctx, open, found); err != nil {
		return err
	}
	for _, f := range l.former {
		if err := l.bindFormer(ctx, f); err != nil {
			return fmt.Errorf("bind what stands in %s: %w", f.Origin, err)
		}
	}
	return l.Mark(ctx)
}

// clockSlack is how far the clock may lie before the newest record, as after a
// small correction; more would let grants and guesses live again.
const clockSlack = 5 * time.Minute

// checkClock looks at the newest record: its time, and its number, from which the
// next ones count on.
func (l *Ledger) checkClock(ctx context.Context) error {
	var newest time.Time
	err := l.db.Read(ctx, func(tx *db.Tx) error {
		var seq int64
		var err error
		seq, newest, err = l.store.newest(ctx, tx)
		l.seq.Store(seq)
		return err
	})
	if err != nil {
		return err
	}
	if now := l.clock.Now(); now.Add(clockSlack).Before(newest) {
		return vocab.ClockSkewed.Because("the clock says %s, the newest record was made at %s", stamp(now), stamp(newest))
	}
	return nil
}

func (l *Ledger) bind(ctx context.Context, open map[string]record, found map[int64]uint64) error {
	var missing []record
	err := l.db.Write(ctx, func(tx *db.Tx) error {
		for _, r := range open {
			index, inLog := found[r.seq]
			switch {
			case inLog:
				l.repaired.Bound++
				if r.state == vocab.Intended {
					l.repaired.Unknown++
				}
				if err := l.store.setIndex(ctx, tx, r.seq, index); err != nil {
					return err
				}
			case r.indexed || r.state == vocab.Interrupted || r.state == gathering:
			case r.state == vocab.Intended && r.kind == proof.Access:
				l.repaired.Interrupted++
				if err := l.store.interrupt(ctx, tx, r.seq); err != nil {
					return err
				}
			default:
				missing = append(missing, r)
			}
		}
		return nil
	})
	if err != nil || len(missing) == 0 {
		return err
	}
	leaves := make([][]byte, len(missing))
	for i, r := range missing {
		leaves[i] = r.leaf
	}
	at, err := l.log.Append(ctx, leaves)
	if err != nil {
		return fmt.Errorf("append %d leaves that a crash kept back: %w", len(leaves), err)
	}
	l.repaired.Appended = len(missing)
	return l.db.Write(ctx, func(tx *db.Tx) error {
		for i, r := range missing {
			if err := l.store.setIndex(ctx, tx, r.seq, at[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// fence is a moment of the running node: every entry up to settled has its place
// below index, and the leaf of every entry after last stands from index on.
type fence struct {
	settled, last int64
	index         uint64
}

// Mark moves the watermark up, so that the next start reads only what came after.
// An entry that is on its way while the fence is read may have its leaf below
// index and not know it yet; so a fence becomes the watermark only once all that
// was on its way has its place.
func (l *Ledger) Mark(ctx context.Context) error {
	l.marking.Lock()
	defer l.marking.Unlock()
	now, err := l.readFence(ctx)
	if err != nil {
		return err
	}
	if l.fence.last <= now.settled {
		if now.last == now.settled { // nothing is on its way
			l.fence = now
		}
		err = l.db.Write(ctx, func(tx *db.Tx) error {
			return l.store.setWatermark(ctx, tx, l.origin, watermark{index: l.fence.index, seq: l.fence.settled})
		})
		l.fence = now
	}
	return err
}

// readFence reads in this order: what has its place, then the log's size, then
// the newest entry.
func (l *Ledger) readFence(ctx context.Context) (fence, error) {
	var f fence
	err := l.db.Read(ctx, func(tx *db.Tx) error {
		mark, err := l.store.readMark(ctx, tx, l.origin)
		if err != nil {
			return err
		}
		f.settled, err = l.store.settled(ctx, tx, l.origin, mark.seq)
		return err
	})
	if err != nil {
		return fence{}, err
	}
	if f.index, err = l.log.Size(ctx); err != nil {
		return fence{}, err
	}
	f.last = l.seq.Load() // of every entry that is written, and of those about to be
	return f, nil
}

package ledger

import (
	"context"
	"fmt"
	"slices"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Former is a log that a restore with a declared loss froze. Nothing is added to
// it, and what stands in it is proven against it and no other.
type Former struct {
	Origin string
	Log    Log
	Policy string // as its receipts carry it: it names this log
}

// logOf is the log that an entry of the origin stands in.
func (l *Ledger) logOf(origin string) (Former, error) {
	if origin == l.origin {
		return Former{Origin: l.origin, Log: l.log, Policy: l.policy}, nil
	}
	at := slices.IndexFunc(l.former, func(f Former) bool { return f.Origin == origin })
	if at < 0 {
		return Former{}, vocab.LogUnknown.Because("the entry stands in the log %q, which this node does not have", origin)
	}
	return l.former[at], nil
}

// unproven says why an entry has no proof: in the growing log it will have one,
// in a frozen one never.
func (l *Ledger) unproven(origin string, cause string, args ...any) error {
	cause = fmt.Sprintf(cause, args...)
	if origin == l.origin {
		return vocab.ReceiptWaiting.Because("%s", cause)
	}
	return vocab.ReceiptLost.Because("%s; the log %s was frozen by a restore that declared a loss, and its successor is %s", cause, origin, l.origin)
}

// bindFormer gives the records of a frozen log the places that a backup had not
// noted, once. What has no leaf in it is part of the declared loss and stays as
// it is: whether it was released cannot be known.
func (l *Ledger) bindFormer(ctx context.Context, f Former) error {
	var mark watermark
	open := map[string]int64{}
	err := l.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		if mark, err = l.store.watermark(ctx, tx, f.Origin, l.clock.Now()); err != nil {
			return err
		}
		records, err := l.store.after(ctx, tx, f.Origin, mark.seq)
		for i := range records {
			if r := &records[i]; !r.indexed && len(r.leaf) == proof.LeafSize {
				open[string(r.leaf)] = r.seq
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	found := map[int64]uint64{}
	if len(open) > 0 {
		size, err := f.Log.Size(ctx)
		if err != nil {
			return err
		}
		err = f.Log.Leaves(ctx, min(mark.index, size), size, func(i uint64, leaf []byte) error {
			if seq, ok := open[string(leaf)]; ok {
				found[seq] = i
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("read the log from %d: %w", mark.index, err)
		}
	}
	return l.db.Write(ctx, func(tx *db.Tx) error {
		for seq, index := range found {
			if err := l.store.setIndex(ctx, tx, seq, index); err != nil {
				return err
			}
		}
		l.repaired.Bound += len(found)
		// The index stays: the tally takes it for what was bound when the backup was made.
		return l.store.setWatermark(ctx, tx, f.Origin, watermark{index: mark.index, seq: max(mark.seq, l.seq.Load())})
	})
}

package ledger

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// Deferral hides what a person would see of themself, until its end and not a
// moment longer: the end is looked at when the person reads, so no job can miss
// it. That an entry is there stays visible by its number.
type Deferral struct {
	Order  string // who, why and on which law: package deferral
	Person vocab.PersonRef
	Member vocab.MemberID // the uses of this body begun from From on, or
	Trace  vocab.TraceID  // this one entry
	From   time.Time
	Until  time.Time
}

// Defer puts a deferral in the caller's transaction. An entry that is not about
// the person does not exist for it.
func (l *Ledger) Defer(ctx context.Context, tx *db.Tx, d Deferral) error {
	if (d.Member == "") == (d.Trace == "") || d.Order == "" || !d.Until.After(d.From) {
		return vocab.BadInput.Because("a deferral names one entry or one body, and ends after it begins")
	}
	var seq int64
	if d.Trace != "" {
		r, err := l.store.byTrace(ctx, tx, d.Trace)
		if err == nil {
			_, err = l.store.rowOf(ctx, tx, d.Person, r.seq, 0)
		}
		if db.NoRows(err) {
			return notThere()
		}
		if err != nil {
			return fmt.Errorf("find the entry to defer: %w", err)
		}
		seq = r.seq
	}
	return l.store.insertDeferral(ctx, tx, d, seq)
}

// Undefer ends a deferral at the moment, if it has not ended before.
func (l *Ledger) Undefer(ctx context.Context, tx *db.Tx, order string, at time.Time) error {
	return l.store.endDeferral(ctx, tx, order, at)
}

// Deferrals lists what is or was deferred, behind one order and in their order:
// for those who hold it against the acts.
func (l *Ledger) Deferrals(ctx context.Context, tx *db.Tx, after string, limit int) ([]Deferral, error) {
	return l.store.deferrals(ctx, tx, after, limit)
}

// hiding is a deferral in force.
type hiding struct {
	member vocab.MemberID
	seq    int64
	from   time.Time
}

// hides reports whether one of the deferrals covers the entry.
func hides(all []hiding, r *record) bool {
	for _, h := range all {
		if h.seq != 0 && h.seq == r.seq || h.seq == 0 && h.member == r.owner && !r.at.Before(h.from) {
			return true
		}
	}
	return false
}

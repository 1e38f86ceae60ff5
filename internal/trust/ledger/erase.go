package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Erasure destroys the openings of entries. The leaves stay and the log still
// verifies; nobody can ever say again what they meant.
type Erasure struct {
	Traces []vocab.TraceID `json:"traces"`
	Member vocab.MemberID  `json:"member"`
	Reason string          `json:"reason"`
	Basis  string          `json:"basis"`
	At     time.Time       `json:"at"`
	// Note is what whoever destroys keeps with it, for a replay: a certificate, and
	// what went that is no entry.
	Note   json.RawMessage `json:"note,omitempty"`
	Replay bool            `json:"-"` // after a restore: it was carried out before, and no hold brings back what it destroyed
	// Also is done in the transaction of the erasure, with its entry.
	Also func(context.Context, *db.Tx, Entry) error `json:"-"`
}

// GuardErasures lets the guard refuse to destroy entries, such as those under a
// legal hold. It is set once, before the ledger serves.
func (l *Ledger) GuardErasures(guard func(context.Context, *db.Tx, []vocab.TraceID) error) {
	l.guard = guard
}

// OnErasure adds what else goes with the openings of entries, in the transaction
// of the erasure: the files of a batch. It is set once, before the ledger serves.
func (l *Ledger) OnErasure(also func(context.Context, *db.Tx, []vocab.TraceID) error) {
	l.erased = also
}

// KeepErasure keeps an erasure outside the database, where no restore undoes it,
// before it is carried out.
func (l *Ledger) KeepErasure(e Erasure) error {
	if err := l.keep(e); err != nil {
		return fmt.Errorf("keep the erasure: %w", err)
	}
	return nil
}

// Erase destroys the openings, writes the erasure as an entry of its own and
// scrubs the files. Erasing twice changes nothing but adds a second entry, which
// is what a replay after a restore wants.
func (l *Ledger) Erase(ctx context.Context, e Erasure) (Entry, error) {
	if len(e.Traces) == 0 || e.Reason == "" {
		return Entry{}, vocab.ReasonNeeded.Because("an erasure names its entries and its reason")
	}
	if e.At.IsZero() {
		e.At = l.clock.Now()
	}
	if err := l.mayErase(ctx, e); err != nil {
		return Entry{}, err
	}
	if err := l.KeepErasure(e); err != nil {
		return Entry{}, err
	}
	names := make([]string, len(e.Traces))
	var entry Entry
	err := l.db.Write(ctx, func(tx *db.Tx) error {
		if l.guard != nil && !e.Replay { // again: a hold may have come in the meantime
			if err := l.guard(ctx, tx, e.Traces); err != nil {
				return err
			}
		}
		for i, t := range e.Traces {
			names[i] = string(t)
			err := l.store.erase(ctx, tx, t)
			if e.Replay && vocab.CodeOf(err) == vocab.NoSuchThing {
				continue // newer than the backup: it did not come back, the others did
			}
			if err != nil {
				return fmt.Errorf("erase %s: %w", t, err)
			}
		}
		if l.erased != nil {
			if err := l.erased(ctx, tx, e.Traces); err != nil {
				return err
			}
		}
		var err error
		entry, err = l.Enter(ctx, tx, Plain{
			Kind: proof.Erasure, Owner: e.Member,
			Fields: []Pair{{FieldAct, "ledger.erase"}, {"traces", proof.ListValue(names)}, {"reason", e.Reason}, {FieldBasis, e.Basis}},
		})
		if err == nil && e.Also != nil {
			err = e.Also(ctx, tx, entry)
		}
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	if err := l.scrub(ctx); err != nil {
		return Entry{}, err
	}
	return l.Await(ctx, entry)
}

// scrub takes what was destroyed out of the database's files.
func (l *Ledger) scrub(ctx context.Context) error {
	if err := l.db.Scrub(ctx, "ledger_entry", "ledger_row", "ledger_row_outcome"); err != nil {
		return fmt.Errorf("scrub the files: %w", err)
	}
	return nil
}

// mayErase asks the guard before the erasure is kept for restores.
func (l *Ledger) mayErase(ctx context.Context, e Erasure) error {
	if l.guard == nil || e.Replay {
		return nil
	}
	return l.db.Read(ctx, func(tx *db.Tx) error { return l.guard(ctx, tx, e.Traces) })
}

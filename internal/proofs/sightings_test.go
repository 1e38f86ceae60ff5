package proofs

import (
	"context"
	"sync"
	"testing"

	"fontis/internal/app"
	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// sightings note what was durable at the moment at which a source was opened.
type sightings struct {
	watch
	t    *testing.T
	node *node
	of   map[string]vocab.MemberID // who plays with a subject

	mu     sync.Mutex // guards opened
	opened map[vocab.TraceID]int
}

func newSightings(t *testing.T) *sightings {
	s := &sightings{t: t, opened: map[vocab.TraceID]int{}, of: map[string]vocab.MemberID{}}
	s.at = s.look
	return s
}

type callingKey struct{}

// calling names the call in the context that travels down to the source.
func (s *sightings) calling(ctx context.Context, trace vocab.TraceID) context.Context {
	return context.WithValue(ctx, callingKey{}, trace)
}

// stored is what the record says of a trace, read outside every transaction.
type stored struct {
	state   string
	leaf    []byte
	outcome *int64
}

const selectStored = `SELECT state, leaf, outcome_seq FROM ledger_entry WHERE trace = $1`

func storedOf(ctx context.Context, d *db.DB, trace vocab.TraceID) (stored, bool, error) {
	var r stored
	err := d.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, selectStored, string(trace)).Scan(&r.state, &r.leaf, &r.outcome)
	})
	if db.NoRows(err) {
		return stored{}, false, nil
	}
	return r, err == nil, err
}

// look demands record and leaf before the source, and the outcome after it.
func (s *sightings) look(ctx context.Context, step, subject string) error {
	if step != stepOpen || s.node == nil {
		return nil
	}
	trace, err := s.caller(ctx, subject)
	if err != nil {
		s.t.Error(err)
	}
	r, found, err := storedOf(ctx, s.node.DB, trace)
	_, inLog := s.index(r.leaf)
	if err != nil || !found || r.state != string(vocab.Intended) || !inLog || r.outcome != nil {
		s.t.Errorf("the source was opened for %q: record %v (%v), state %q, leaf in the log %v, outcome written %v", trace, found, err, r.state, inLog, r.outcome != nil)
	}
	s.mu.Lock()
	s.opened[trace]++
	s.mu.Unlock()
	return nil
}

const selectAsking = `SELECT trace FROM access_batch WHERE state = 'asking' AND owner_member = $1`

// caller is the call that opens the source: by its context, or the batch of the
// member that plays with the subject; each has one at a time.
func (s *sightings) caller(ctx context.Context, subject string) (vocab.TraceID, error) {
	if trace, ok := ctx.Value(callingKey{}).(vocab.TraceID); ok {
		return trace, nil
	}
	var trace string
	err := s.node.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, selectAsking, string(s.of[subject])).Scan(&trace)
	})
	return vocab.TraceID(trace), err
}

// found tells whether the source was opened for a trace, and whether its leaf stands.
func (s *sightings) found(trace vocab.TraceID) (opened, leaf bool) {
	s.mu.Lock()
	opened = s.opened[trace] > 0
	s.mu.Unlock()
	r, found, err := storedOf(s.t.Context(), s.node.DB, trace)
	if err != nil {
		s.t.Error(err)
	}
	if found {
		_, leaf = s.index(r.leaf)
	}
	return opened, leaf
}

// settled closes the node and demands that every opening has an outcome, and
// that nothing has one that was not opened.
func (s *sightings) settled(t *testing.T) {
	t.Helper()
	cfg := s.node.Config
	if err := s.node.Close(); err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), cfg, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if r := a.Ledger.Repaired(); r.Interrupted+r.Unknown+len(r.Alarms) > 0 {
		t.Errorf("a node that was closed in peace needs repair: %+v", r)
	}
	err = a.DB.Read(t.Context(), func(tx *db.Tx) error {
		rows, err := tx.Query(t.Context(), `SELECT trace, state, leaf FROM ledger_entry WHERE kind IN (1, 3)`)
		if err != nil {
			return err
		}
		defer rows.Close()
		n := 0
		for rows.Next() {
			var trace, state string
			var leaf []byte
			if err := rows.Scan(&trace, &state, &leaf); err != nil {
				return err
			}
			n++
			opened := s.opened[vocab.TraceID(trace)] > 0
			if done := state == string(vocab.Released) || state == string(vocab.Failed); done != opened {
				t.Errorf("%s: opened %v, and the record says %q", trace, opened, state)
			}
			if _, inLog := s.index(leaf); !inLog {
				t.Errorf("%s (%s) has no leaf", trace, state)
			}
		}
		t.Logf("%d accesses held against the log", n)
		return rows.Err()
	})
	if err != nil {
		t.Error(err)
	}
}

package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/engine/index"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// tell puts the fact that an entry changed on the outbox.
func tell(ctx context.Context, tx *db.Tx, d *entry.Dataset, first bool) error {
	payload, err := json.Marshal(fact.Dataset{ID: d.ID, Owner: d.Owner, State: string(d.State), Rev: d.Rev, First: first})
	if err != nil {
		return fmt.Errorf("write the fact of %s: %w", d.ID, err)
	}
	return outbox.Put(ctx, tx, outbox.Fact{Topic: fact.TopicDataset, Key: string(d.ID), Payload: payload})
}

// tellImport puts the fact that an import was switched on the outbox: one fact
// for all that it created, since drafts concern nobody but their owner.
func tellImport(ctx context.Context, tx *db.Tx, a identity.Actor, key string, created int) error {
	payload, err := json.Marshal(fact.Import{ID: key, Owner: a.Member, Created: created})
	if err != nil {
		return fmt.Errorf("write the fact of import %s: %w", key, err)
	}
	return outbox.Put(ctx, tx, outbox.Fact{Topic: fact.TopicImport, Key: key, Payload: payload})
}

// The index is a cache; the tables are the truth. feedChunk is how many
// entries or facts are carried at once: it bounds how long searches wait.
const feedChunk = 500

// Rebuild finishes what a killed process left of an import or a publication, and brings the index
// up to date before the node serves: from its snapshot where that was made of this
// very history, otherwise from the tables. It notes the outbox first, so that
// whatever changes meanwhile is heard again afterwards.
func (s *Service) Rebuild(ctx context.Context) error {
	if err := s.resume(ctx); err != nil {
		return err
	}
	if err := s.resumePublications(ctx); err != nil {
		return err
	}
	ours, err := s.snapshotIsOurs(ctx)
	if err != nil {
		return err
	}
	if ours {
		return s.CatchUp(ctx)
	}
	s.feeding.Lock()
	defer s.feeding.Unlock()
	last, err := s.outbox.Last(ctx)
	if err != nil {
		return fmt.Errorf("rebuild the catalog's index: %w", err)
	}
	var after string
	for {
		rows, err := s.read(ctx, selectAll, after, feedChunk)
		if err != nil {
			return fmt.Errorf("rebuild the catalog's index: %w", err)
		}
		if len(rows) == 0 {
			break
		}
		after = string(rows[len(rows)-1].ID)
		if err := s.index.Apply(ctx, 0, documents(rows)); err != nil {
			return fmt.Errorf("rebuild the catalog's index: %w", err)
		}
	}
	facts, err := s.outbox.Read(ctx, last-1, 1)
	if err != nil {
		return fmt.Errorf("rebuild the catalog's index: %w", err)
	}
	s.mark(facts)
	if err := s.index.Apply(ctx, last, nil); err != nil {
		return fmt.Errorf("rebuild the catalog's index: %w", err)
	}
	return s.index.Compact(ctx)
}

// snapshotIsOurs looks whether the fact that the snapshot was marked with stands
// where it stood. Where it does not, the snapshot is ahead of the database, of
// another history, or so old that the facts after it may be gone: it goes.
func (s *Service) snapshotIsOurs(ctx context.Context) (bool, error) {
	position, _ := s.index.Restored()
	if position == 0 {
		return false, nil
	}
	m := s.index.Marked()
	facts, err := s.outbox.Read(ctx, m.Position-1, 1)
	if err != nil {
		return false, fmt.Errorf("look whether the index's snapshot is of this history: %w", err)
	}
	last, err := s.outbox.Last(ctx)
	if err != nil {
		return false, fmt.Errorf("look whether the index's snapshot is of this history: %w", err)
	}
	if position <= m.Position && m.Position <= last && len(facts) == 1 && markOf(facts[0]) == m {
		return true, nil
	}
	s.index.Reset(fmt.Sprintf("the snapshot stands at %d, and the fact that it saw at %d is not there; the database stands at %d", position, m.Position, last))
	return false, nil
}

// mark ties what is about to be fed to the last of the facts: a mark is never behind
// what was fed, even of a process that was killed between the two.
func (s *Service) mark(facts []outbox.Fact) {
	if len(facts) > 0 {
		s.index.SetMark(markOf(facts[len(facts)-1]))
	}
}

func markOf(f outbox.Fact) index.Mark {
	h := sha256.New()
	for _, p := range [][]byte{[]byte(f.Topic), []byte(f.Key), f.Payload} {
		h.Write(binary.AppendUvarint(nil, uint64(len(p))))
		h.Write(p)
	}
	return index.Mark{Position: f.N, Text: hex.EncodeToString(h.Sum(nil))}
}

// patience is how long Follow waits before it asks a database again that is away.
const patience = time.Second

// Follow carries facts into the index until ctx ends; the owner of the process
// runs it once, after Rebuild. A database that is away for a while is waited for:
// searches then answer from what was known.
func (s *Service) Follow(ctx context.Context) error {
	for {
		err := s.outbox.Wait(ctx, s.index.Position())
		if err == nil {
			err = s.CatchUp(ctx)
		}
		if err == nil {
			continue
		}
		if ctx.Err() != nil || vocab.KindOf(err) != vocab.Unavailable {
			return err
		}
		select {
		case <-time.After(patience):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Settled returns when searches see everything that is committed now; it waits for
// Follow, and ends with ctx at the latest.
func (s *Service) Settled(ctx context.Context) error {
	last, err := s.outbox.Last(ctx)
	if err != nil {
		return fmt.Errorf("look how far the catalog's index must come: %w", err)
	}
	return s.index.Await(ctx, last)
}

// CatchUp carries every fact that is committed now into the index.
func (s *Service) CatchUp(ctx context.Context) error {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	for {
		facts, err := s.outbox.Read(ctx, s.index.Position(), feedChunk)
		if err != nil {
			return fmt.Errorf("feed the catalog's index: %w", err)
		}
		if len(facts) == 0 {
			return nil
		}
		if err := s.feed(ctx, facts); err != nil {
			return fmt.Errorf("feed the catalog's index from fact %d: %w", facts[0].N, err)
		}
	}
}

// feed applies facts by reading the entries as they stand now, which makes a
// fact heard twice harmless. The index moves on only when all is applied.
func (s *Service) feed(ctx context.Context, facts []outbox.Fact) error {
	seen := map[string]bool{}
	var changes []index.Change
	for _, f := range facts {
		switch f.Topic {
		case fact.TopicDataset:
			if seen[f.Key] {
				continue
			}
			seen[f.Key] = true
			rows, err := s.read(ctx, selectOne, f.Key)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				changes = append(changes, absent(vocab.DatasetID(f.Key))...)
			}
			changes = append(changes, documents(rows)...)
		case fact.TopicImport:
			if err := s.feedImport(ctx, f.Key); err != nil {
				return err
			}
		}
	}
	s.mark(facts)
	return s.index.Apply(ctx, facts[len(facts)-1].N, changes)
}

func (s *Service) feedImport(ctx context.Context, key string) error {
	var after string
	for {
		rows, err := s.read(ctx, selectOfImport, key, after, feedChunk)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = string(rows[len(rows)-1].ID)
		if err := s.index.Apply(ctx, 0, documents(rows)); err != nil {
			return err
		}
	}
}

func (s *Service) read(ctx context.Context, query string, args ...any) ([]*row, error) {
	var out []*row
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, query, args...)
		out, err = db.Collect(rows, err, scanDataset)
		return err
	})
	return out, err
}

package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/engine/index"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// tell puts the fact that an entry changed on the outbox.
func tell(ctx context.Context, tx *db.Tx, d *Dataset) error {
	payload, err := json.Marshal(fact.Dataset{ID: d.ID, Owner: d.Owner, State: string(d.State), Rev: d.Rev})
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

// The index is a cache in memory; the tables are the truth. feedChunk is how many
// entries or facts are carried at once: it bounds how long searches wait.
const feedChunk = 500

// Rebuild finishes what a killed process left of an import, and fills an empty
// index from the tables; it runs before the node serves. It notes the outbox
// first, so that whatever changes meanwhile is heard again afterwards.
func (s *Service) Rebuild(ctx context.Context) error {
	if err := s.resume(ctx); err != nil {
		return err
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
	return s.index.Apply(ctx, last, nil)
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

package catalog

import (
	"context"
	"fmt"
	"slices"

	"fontis/internal/duty/catalog/batch"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// sealImport takes an import past the point of no return: it takes no more lines, its
// rows are gathered, and one leaf that binds them all makes its entries exist.
func (s *Service) sealImport(ctx context.Context, a identity.Actor, key string) error {
	var b *batch.Batch
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		im, err := loadImport(ctx, tx, a, key)
		if err != nil || im.State == ImportSwitching || im.State == ImportSwitched {
			return err
		}
		if im.State == ImportDiscarding {
			return vocab.StateWrong.Because("the import is being discarded")
		}
		b, err = batch.Begin(ctx, tx, batch.Batch{
			ID: key, Owner: a.Member, Act: actImport, Officer: a.Officer, Machine: a.Machine, At: s.clock.Now(),
		})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, updateImportState, key, string(ImportSealing))
		return err
	})
	if err != nil || b == nil {
		return err
	}
	if err := s.gatherImport(ctx, b, key); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return s.turn(ctx, tx, a, b, key) })
}

// gatherImport gathers the rows that are not gathered yet.
func (s *Service) gatherImport(ctx context.Context, b *batch.Batch, key string) error {
	var after vocab.DatasetID
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		last, err := batch.From(ctx, tx, b.ID, max(b.Count-1, 0), 1)
		for _, r := range last {
			after = r.Dataset
		}
		return err
	})
	for err == nil {
		var rows []batch.Row
		err = s.db.Read(ctx, func(tx *db.Tx) (err error) {
			rows, err = loadSealed(ctx, tx, key, after, batch.AtOnce)
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].Dataset
		err = s.gather(ctx, b, rows)
	}
	return err
}

// turn is the point of no return: from here on the new drafts exist.
func (s *Service) turn(ctx context.Context, tx *db.Tx, a identity.Actor, b *batch.Batch, key string) error {
	im, err := loadImport(ctx, tx, a, key)
	if err != nil || slices.Contains([]ImportState{ImportSwitching, ImportSwitched}, im.State) {
		return err
	}
	if im.State != ImportSealing {
		return vocab.StateWrong.Because("the import is %s", im.State)
	}
	if err := tx.QueryRow(ctx, countStaged, key).Scan(&im.Changed); err != nil {
		return err
	}
	im.Created = int(b.Count) - im.Changed
	if _, err := tx.Exec(ctx, updateImport, key, string(ImportSwitching), im.Created, im.Changed); err != nil {
		return err
	}
	if err := tellImport(ctx, tx, a, key, im.Created); err != nil {
		return err
	}
	fields := map[string]string{"import": key, "created": fmt.Sprint(im.Created), "changed": fmt.Sprint(im.Changed)}
	if err := batch.Seal(ctx, tx, s.log, b, signedBy(a, fields)); err != nil {
		return err
	}
	return batch.Progress(ctx, tx, b, b.Count)
}

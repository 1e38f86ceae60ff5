package audit

import (
	"context"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// CommitReceipt proves to everybody that the hash of a draw's seed, its range and
// its size stood in the log before the draw. Who drew, and why, stays closed.
func (s *Service) CommitReceipt(ctx context.Context, id string) ([]byte, error) {
	d, err := s.find(ctx, id)
	if err != nil {
		return nil, err
	}
	out, err := s.p.Ledger.Published(ctx, d.CommitTrace, nil, "draw", "seed_hash", "first", "end", "count", "leaves", "lost")
	if err != nil {
		return nil, fmt.Errorf("receipt of the commit of %s: %w", id, err)
	}
	return out, nil
}

// ReportFile gives a published report byte for byte as it was published: the leaf
// of its publication commits to the digest of these bytes.
func (s *Service) ReportFile(ctx context.Context, id string) ([]byte, error) {
	k, err := s.published(ctx, id)
	return k.body, err
}

// ReportReceipt proves to everybody with which digest a report was published.
func (s *Service) ReportReceipt(ctx context.Context, id string) ([]byte, error) {
	k, err := s.published(ctx, id)
	if err != nil {
		return nil, err
	}
	if k.trace == "" {
		return nil, vocab.ReceiptLost.Because("the report %s was published by a release that did not keep its act", id)
	}
	out, err := s.p.Ledger.Published(ctx, k.trace, nil, "report", "sha256", "from", "until")
	if err != nil {
		return nil, fmt.Errorf("receipt of the report %s: %w", id, err)
	}
	return out, nil
}

func (s *Service) published(ctx context.Context, id string) (k kept, err error) {
	err = s.p.DB.Read(ctx, func(tx *db.Tx) error {
		k, err = reportByID(ctx, tx, id)
		return err
	})
	if db.NoRows(err) {
		return kept{}, identity.NotYours()
	}
	return k, err
}

package identity

import (
	"context"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// keepMaker remembers who gave an officer a code, save the authority of the node.
func (s *Service) keepMaker(ctx context.Context, tx *db.Tx, o Officer, by Actor) error {
	if by.Officer == "" || by.Officer == o.ID || by.MustOnNode(vocab.Authority) == nil {
		return nil
	}
	return insertMaker(ctx, tx, o, by.Officer, s.clock.Now())
}

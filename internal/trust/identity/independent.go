package identity

import (
	"context"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// keepMaker remembers who gave an officer a code.
func (s *Service) keepMaker(ctx context.Context, tx *db.Tx, o Officer, by Actor) error {
	if by.Officer == "" || by.Officer == o.ID {
		return nil
	}
	return insertMaker(ctx, tx, maker{officer: o, by: by.Officer, ofAuthority: by.MustOnNode(vocab.Authority) == nil}, s.clock.Now())
}

// Hand is whose hand acts: of a system that of its token, which is of one hand with
// whoever issued it, for any name can be put into its calls.
func (a Actor) Hand() vocab.OfficerID {
	if a.IsMachine() {
		return vocab.OfficerID(a.Machine)
	}
	return a.Officer
}

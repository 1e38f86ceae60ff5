package catalog

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Filled is a bulk fill as the list of its member tells it.
type Filled struct {
	ID      string
	Field   entry.Field // empty for a fill of an older node
	Value   string
	Officer vocab.OfficerID
	Machine vocab.MachineID
	At      time.Time
	Changed int // the entries that it gave the value
	// Standing are those that nobody changed since, which Undo takes back; at
	// MostStanding there may be more.
	Standing int
	Undone   time.Time // zero while it was not taken back
}

// MostStanding is how far the entries that an undo would take back are counted.
const MostStanding = 1000

// Fills lists the bulk fills of the actor's member, the newest first, after the
// one with the given id.
func (s *Service) Fills(ctx context.Context, a identity.Actor, after string, limit int) ([]Filled, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	if !storable(after) {
		return nil, vocab.BadInput.Because("the page begins at no bulk edit")
	}
	var out []Filled
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = loadFills(ctx, tx, a, after, Page{Limit: limit}.limit())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list bulk edits: %w", err)
	}
	return out, nil
}

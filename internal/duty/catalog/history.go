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

// Change is one change of one entry: who, when, and what differs.
type Change struct {
	Dataset vocab.DatasetID `json:"dataset"`
	// Rev is the revision that the change made.
	Rev int64 `json:"rev"`
	// Set names the change set that it was part of, if any.
	Set         string             `json:"set,omitempty"`
	Act         string             `json:"act"`
	Officer     vocab.OfficerID    `json:"officer,omitempty"`
	Machine     vocab.MachineID    `json:"machine,omitempty"`
	Reason      string             `json:"reason,omitempty"`
	At          time.Time          `json:"at"`
	Differences []entry.Difference `json:"differences,omitempty"`
}

// History gives the changes of an entry of the actor's member, oldest first,
// after the given revision. The first line is its creation, by hand or import.
func (s *Service) History(ctx context.Context, a identity.Actor, id vocab.DatasetID, afterRev int64) ([]Change, error) {
	var out []Change
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		r, err := loadOwned(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if afterRev < 1 {
			c := Change{Dataset: id, Rev: 1, Act: "create", Set: r.importID, Officer: vocab.OfficerID(r.createdBy), At: r.CreatedAt}
			if r.importID != "" {
				c.Act = "import"
			}
			out = append(out, c)
		}
		rows, err := tx.Query(ctx, selectChanges, string(id), string(a.Member), afterRev, maxPage)
		changes, err := db.Collect(rows, err, scanChange)
		out = append(out, changes...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("history of data set: %w", err)
	}
	return out, nil
}

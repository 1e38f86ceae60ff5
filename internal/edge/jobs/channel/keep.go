package channel

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/retention"
)

// Kept is what retention destroys here: addresses of persons, and notices that
// could not be delivered. What was sent is forgotten by Prune.
func Kept() []retention.Store {
	return []retention.Store{
		{Kind: "address", Tables: []string{"channel_person"}, Over: overPersonal, Destroy: deletePersonal},
		{Kind: "notice", Tables: []string{"channel_delivery"}, Over: overDeliveries, Destroy: deleteDelivery},
	}
}

func overPersonal(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]retention.Stored, error) {
	list, err := personalBefore(ctx, tx, before, after, limit)
	out := make([]retention.Stored, len(list))
	for i, c := range list {
		out[i] = retention.Stored{ID: c.ID, Person: c.person, Closed: c.AddedAt}
	}
	return out, err
}

func overDeliveries(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]retention.Stored, error) {
	list, err := deliveriesBefore(ctx, tx, before, after, limit)
	out := make([]retention.Stored, len(list))
	for i, d := range list {
		out[i] = retention.Stored{ID: d.ID, Names: []string{string(d.Member), d.Notice}, Closed: d.DoneAt}
	}
	return out, err
}

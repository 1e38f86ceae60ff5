package identity

import (
	"context"
	"encoding/json"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/vocab/fact"
)

// tell puts the fact that something changed on the outbox, and announces it.
func tell(ctx context.Context, tx *db.Tx, c change) error {
	payload, err := json.Marshal(fact.Identity{What: c.what, ID: c.id, Owner: c.owner, State: c.state})
	if err != nil {
		return fmt.Errorf("write the fact of %s: %w", c.act, err)
	}
	tx.Announce(fact.TopicIdentity)
	return outbox.Put(ctx, tx, outbox.Fact{Topic: fact.TopicIdentity, Key: c.id, Payload: payload})
}

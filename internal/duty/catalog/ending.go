package catalog

import (
	"context"
	"fmt"
	"strings"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// End asks for the end of an entry.
type End struct {
	entry.Ending
	ID   vocab.DatasetID
	Rev  int64             // 0: whatever it is now
	Into []vocab.DatasetID // what stands in its place
}

// EndTx ends an entry for good, in the transaction of package succession, which has
// decided who may and what stands in its place.
func (s *Service) EndTx(ctx context.Context, tx *db.Tx, a identity.Actor, e End) (*entry.Dataset, error) {
	r, err := scanDataset(tx.QueryRow(ctx, selectOne, string(e.ID)))
	if err != nil {
		return nil, err
	}
	if e.Rev != 0 && e.Rev != r.Rev {
		return nil, stale(e.ID, e.Rev)
	}
	t, err := entry.Step(&r.Dataset, e.Act, e.Reason)
	if err != nil {
		return nil, err
	}
	n := r.Clone()
	n.State, n.MovedTo, n.Ended = t.To, e.Into, &e.Ending
	out, err := s.save(ctx, tx, a, &r.Dataset, n, Change{Act: e.Act, Reason: e.Reason})
	if err != nil {
		return nil, err
	}
	return out, s.act(ctx, tx, a, "catalog."+e.Act, map[string]string{
		"dataset": string(n.ID), "rev": fmt.Sprint(n.Rev), "reason": e.Reason, "into": strings.Join(entry.Strings(e.Into...), " "), "owner": string(n.Owner),
	})
}

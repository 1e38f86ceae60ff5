package succession

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const sqlEnded = `SELECT owner_member, rev, changed_at, body FROM catalog_dataset WHERE id = $1 AND state = 'retired'`

// ended is what everybody may know of an entry in whose place others stand.
func ended(ctx context.Context, tx *db.Tx, id vocab.DatasetID) (*entry.Dataset, error) {
	if strings.ContainsRune(string(id), 0) || !utf8.ValidString(string(id)) {
		return nil, identity.NotYours()
	}
	var owner, body string
	var rev, changed int64
	err := tx.QueryRow(ctx, sqlEnded, string(id)).Scan(&owner, &rev, &changed, &body)
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	if err != nil {
		return nil, err
	}
	var kept struct {
		MovedTo []vocab.DatasetID `json:"moved_to"`
		Ended   *entry.Ending     `json:"ended"`
	}
	if err := json.Unmarshal([]byte(body), &kept); err != nil {
		return nil, fmt.Errorf("read the body of data set %s: %w", id, err)
	}
	if len(kept.MovedTo) == 0 {
		return nil, identity.NotYours()
	}
	return &entry.Dataset{
		ID: id, Owner: vocab.MemberID(owner), State: entry.StateRetired, Rev: rev, MovedTo: kept.MovedTo, Ended: kept.Ended, ChangedAt: db.FromMicros(changed),
	}, nil
}

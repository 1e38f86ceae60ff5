package access

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/access/consent"
	"fontis/internal/vocab"
)

const upsertConsent = `INSERT INTO access_consent (grant_id, person, id, owner_member, items, until_at, statuses) VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT (grant_id, person) DO UPDATE SET id = excluded.id, items = excluded.items, until_at = excluded.until_at, statuses = excluded.statuses`

func (store) putConsent(ctx context.Context, tx *db.Tx, g consent.Given, owner vocab.MemberID) error {
	items, err := json.Marshal(g.Items)
	if err != nil {
		return err
	}
	statuses, err := json.Marshal(g.Statuses)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, upsertConsent, string(g.Grant), g.Person[:], g.ID, string(owner), string(items), g.Until.UnixMicro(), string(statuses))
	return err
}

const deleteConsent = `DELETE FROM access_consent WHERE grant_id = $1 AND person = $2`

func (store) dropConsent(ctx context.Context, tx *db.Tx, g vocab.GrantID, p vocab.PersonRef) error {
	_, err := tx.Exec(ctx, deleteConsent, string(g), p[:])
	return err
}

const selectConsents = `SELECT grant_id, person, id, items, until_at, statuses FROM access_consent`

func (store) consents(ctx context.Context, tx *db.Tx, each func(consent.Given)) error {
	rows, err := tx.Query(ctx, selectConsents)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var g consent.Given
		var person []byte
		var items, statuses string
		var until int64
		if err := rows.Scan(&g.Grant, &person, &g.ID, &items, &until, &statuses); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(items), &g.Items); err != nil {
			return fmt.Errorf("read the items of authorisation %s: %w", g.ID, err)
		}
		if err := json.Unmarshal([]byte(statuses), &g.Statuses); err != nil {
			return fmt.Errorf("read the statuses of authorisation %s: %w", g.ID, err)
		}
		g.Person, g.Until = vocab.PersonRef(person), time.UnixMicro(until).UTC()
		each(g)
	}
	return rows.Err()
}

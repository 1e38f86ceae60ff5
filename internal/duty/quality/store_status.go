package quality

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// A status act exists for its member, for the person whom it is about once it is
// done, and for the authority of the node.
const (
	statusSeen    = ` AND (($1 <> '' AND owner_member = $1) OR (person = $2 AND state = 'done') OR $3 = 1)`
	statusColumns = `id, owner_member, item, person, state, rev, created_at, changed_at, sealed, body`

	insertStatusAct = `INSERT INTO quality_status_act (` + statusColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	updateStatusAct = `UPDATE quality_status_act SET state = $3, rev = $4, changed_at = $5, body = $6 WHERE id = $1 AND rev = $2`
	selectStatusAct = `SELECT ` + statusColumns + ` FROM quality_status_act WHERE id = $4` + statusSeen
	selectDone      = `SELECT ` + statusColumns + ` FROM quality_status_act WHERE item = $1 AND person = $2 AND state = 'done' ORDER BY changed_at DESC, id DESC LIMIT 1`
	selectStatuses  = `SELECT ` + statusColumns + ` FROM quality_status_act WHERE ($4 = '' OR state = $4) AND (created_at < $5 OR (created_at = $5 AND id < $6))` + statusSeen + `
		ORDER BY created_at DESC, id DESC LIMIT $7`
)

func scanStatus(s db.Scanner) (*StatusAct, error) {
	var act StatusAct
	var person []byte
	var created, changed int64
	var text string
	if err := s.Scan(&act.ID, &act.Owner, &act.Item, &person, &act.State, &act.Rev, &created, &changed, &act.sealed, &text); err != nil {
		return nil, err
	}
	var b statusBody
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return nil, fmt.Errorf("read the body of status act %s: %w", act.ID, err)
	}
	copy(act.person[:], person)
	act.Evidence, act.Law, act.Article, act.Reason, act.Proposer = b.Evidence, b.Law, b.Article, b.Reason, b.Proposer
	act.Second, act.Why, act.Contest, act.Trace = b.Second, b.Why, b.Contest, b.Trace
	act.Off, act.Effect = b.Off, b.Effect
	act.CreatedAt, act.ChangedAt = db.FromMicros(created), db.FromMicros(changed)
	return &act, nil
}

func insertStatus(ctx context.Context, tx *db.Tx, act *StatusAct) error {
	text, err := statusText(act)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertStatusAct, act.ID, string(act.Owner), string(act.Item), act.person[:], string(act.State), act.Rev,
		db.Micros(act.CreatedAt), db.Micros(act.ChangedAt), act.sealed, text)
	return err
}

func updateStatus(ctx context.Context, tx *db.Tx, act *StatusAct) error {
	text, err := statusText(act)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, updateStatusAct, act.ID, act.Rev, string(act.State), act.Rev+1, db.Micros(act.ChangedAt), text)
	if err != nil {
		return err
	}
	if n != 1 {
		return vocab.RevisionStale.Because("status act %s has changed since", act.ID)
	}
	act.Rev++
	return nil
}

func loadStatus(ctx context.Context, tx *db.Tx, a identity.Actor, id string) (*StatusAct, error) {
	if a.Nobody() || checkText(id, maxName) != nil {
		return nil, identity.NotYours()
	}
	act, err := scanStatus(tx.QueryRow(ctx, selectStatusAct, append(seer(a), id)...))
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	return act, err
}

func loadStatuses(ctx context.Context, tx *db.Tx, a identity.Actor, q ListQuery) ([]*StatusAct, error) {
	at, id := int64(math.MaxInt64), ""
	if q.After != "" {
		last, err := loadStatus(ctx, tx, a, q.After)
		if err != nil {
			return nil, err
		}
		at, id = db.Micros(last.CreatedAt), last.ID
	}
	rows, err := tx.Query(ctx, selectStatuses, append(seer(a), string(q.State), at, id, q.limit())...)
	return db.Collect(rows, err, scanStatus)
}

// loadDone gives the newest act about a person's status that took effect.
func loadDone(ctx context.Context, tx *db.Tx, item vocab.ItemID, person vocab.PersonRef) (*StatusAct, error) {
	return scanStatus(tx.QueryRow(ctx, selectDone, string(item), person[:]))
}

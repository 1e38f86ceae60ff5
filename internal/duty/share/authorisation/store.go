package authorisation

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// A registration exists for its body, for the provider, and for the authority of
// the node: $2 says that the caller is that one.
const (
	scopeColumns = `id, owner_member, provider, dataset, state, grant_id, created_at, changed_at, body`
	visibleTo    = ` AND (owner_member = $1 OR provider = $1 OR $2 = 1)`

	sqlInsertScope = `INSERT INTO authorisation_scope (` + scopeColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	sqlUpdateScope = `UPDATE authorisation_scope SET provider = $2, state = $3, grant_id = $4, changed_at = $5, body = $6 WHERE id = $1`
	sqlScope       = `SELECT ` + scopeColumns + ` FROM authorisation_scope WHERE id = $3` + visibleTo
	sqlAnyScope    = `SELECT ` + scopeColumns + ` FROM authorisation_scope WHERE id = $1`
	sqlScopes      = `SELECT ` + scopeColumns + ` FROM authorisation_scope WHERE ($3 = '' OR state = $3) AND id > $4` + visibleTo + ` ORDER BY id LIMIT $5`
	sqlApproved    = `SELECT ` + scopeColumns + ` FROM authorisation_scope WHERE state = 'approved' AND id > $1 ORDER BY id LIMIT $2`

	wordColumns   = `w.id, w.scope, w.owner_member, w.items, w.given_at, w.until_at, w.ended_at, w.statuses, s.body`
	sqlInsertWord = `INSERT INTO authorisation_word (id, scope, owner_member, person, items, given_at, until_at, ended_at, statuses) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)`
	sqlEndWords   = `UPDATE authorisation_word SET ended_at = $3 WHERE scope = $1 AND person = $2 AND ended_at = 0`
	sqlWord       = `SELECT ` + wordColumns + ` FROM authorisation_word w JOIN authorisation_scope s ON s.id = w.scope WHERE w.person = $1 AND w.id = $2`
	sqlWords      = `SELECT ` + wordColumns + ` FROM authorisation_word w JOIN authorisation_scope s ON s.id = w.scope WHERE w.person = $1 AND w.id > $2 ORDER BY w.id LIMIT $3`
)

// stored is what of a registration has no column of its own.
type stored struct {
	Scope
	Author   vocab.OfficerID `json:"author,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Citation string          `json:"citation,omitempty"`
}

func scanScope(s db.Scanner) (*Registration, error) {
	var r Registration
	var dataset vocab.DatasetID
	var text string
	var created, changed int64
	if err := s.Scan(&r.ID, &r.Body, &r.Provider, &dataset, &r.State, &r.Grant, &created, &changed, &text); err != nil {
		return nil, err
	}
	var b stored
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return nil, fmt.Errorf("read registration %s: %w", r.ID, err)
	}
	r.Scope, r.Author, r.Reason, r.Citation = b.Scope, b.Author, b.Reason, b.Citation
	r.CreatedAt, r.ChangedAt = db.FromMicros(created), db.FromMicros(changed)
	return &r, nil
}

func textOf(r *Registration) (string, error) {
	b, err := json.Marshal(stored{Scope: r.Scope, Author: r.Author, Reason: r.Reason, Citation: r.Citation})
	return string(b), err
}

func insertScope(ctx context.Context, tx *db.Tx, r *Registration) error {
	text, err := textOf(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlInsertScope, r.ID, string(r.Body), string(r.Provider), string(r.Dataset), string(r.State), string(r.Grant), r.CreatedAt.UnixMicro(), r.ChangedAt.UnixMicro(), text)
	return err
}

func updateScope(ctx context.Context, tx *db.Tx, r *Registration, at time.Time) error {
	text, err := textOf(r)
	if err != nil {
		return err
	}
	r.ChangedAt = at
	_, err = tx.Exec(ctx, sqlUpdateScope, r.ID, string(r.Provider), string(r.State), string(r.Grant), at.UnixMicro(), text)
	return err
}

func seesAll(a identity.Actor) int {
	if oversees(a) {
		return 1
	}
	return 0
}

func loadScope(ctx context.Context, tx *db.Tx, a identity.Actor, id string) (*Registration, error) {
	if a.Member == "" {
		return nil, identity.NotYours()
	}
	r, err := scanScope(tx.QueryRow(ctx, sqlScope, string(a.Member), seesAll(a), id))
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	return r, err
}

func anyScope(ctx context.Context, tx *db.Tx, id string) (*Registration, error) {
	return scanScope(tx.QueryRow(ctx, sqlAnyScope, id))
}

func listScopes(ctx context.Context, tx *db.Tx, a identity.Actor, state State, after string, limit int) ([]*Registration, error) {
	rows, err := tx.Query(ctx, sqlScopes, string(a.Member), seesAll(a), string(state), after, limit)
	return db.Collect(rows, err, scanScope)
}

func approvedScopes(ctx context.Context, tx *db.Tx, after string, limit int) ([]*Registration, error) {
	rows, err := tx.Query(ctx, sqlApproved, after, limit)
	return db.Collect(rows, err, scanScope)
}

func scanWord(s db.Scanner) (Word, error) {
	var w Word
	var items, statuses, text string
	var given, until, ended int64
	if err := s.Scan(&w.ID, &w.Registration, &w.Body, &items, &given, &until, &ended, &statuses, &text); err != nil {
		return Word{}, err
	}
	var b stored
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return Word{}, fmt.Errorf("read the registration of authorisation %s: %w", w.ID, err)
	}
	w.Purpose, w.Question, w.Statuses = b.Purpose, b.Question, b.Statuses
	w.GivenAt, w.Until, w.EndedAt = db.FromMicros(given), db.FromMicros(until), db.FromMicros(ended)
	if statuses != "null" {
		w.Statuses = nil
		if err := json.Unmarshal([]byte(statuses), &w.Statuses); err != nil {
			return Word{}, fmt.Errorf("read the statuses of authorisation %s: %w", w.ID, err)
		}
	}
	return w, json.Unmarshal([]byte(items), &w.Items)
}

func insertWord(ctx context.Context, tx *db.Tx, w *Word, person vocab.PersonRef) error {
	items, err := json.Marshal(w.Items)
	if err != nil {
		return err
	}
	statuses, err := json.Marshal(w.Statuses)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlInsertWord, w.ID, w.Registration, string(w.Body), person[:], string(items), w.GivenAt.UnixMicro(), w.Until.UnixMicro(), string(statuses))
	return err
}

func endWords(ctx context.Context, tx *db.Tx, scope string, person vocab.PersonRef, at time.Time) error {
	_, err := tx.Exec(ctx, sqlEndWords, scope, person[:], at.UnixMicro())
	return err
}

func loadWord(ctx context.Context, tx *db.Tx, person vocab.PersonRef, id string) (*Word, error) {
	w, err := scanWord(tx.QueryRow(ctx, sqlWord, person[:], id))
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	return &w, err
}

func wordsOf(ctx context.Context, tx *db.Tx, person vocab.PersonRef, after string, limit int) ([]Word, error) {
	rows, err := tx.Query(ctx, sqlWords, person[:], after, limit)
	return db.Collect(rows, err, scanWord)
}

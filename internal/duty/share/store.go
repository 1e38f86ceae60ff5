package share

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"

	"fontis/internal/duty/share/asked"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Every statement for a caller carries this filter: a request exists for its
// requester, and once it is submitted for its provider and for the authority over
// that one: $3 says that the caller is one, $4 is what codes of its region begin
// with.
const (
	visibleTo = ` AND (owner_member = $1 OR (provider = $1 AND state <> 'draft')
		OR ($3 = 1 AND state <> 'draft' AND substr(region, 1, $5) = $4))`

	requestColumns = `id, owner_member, provider, dataset, state, rev, grant_id, created_at, changed_at, submitted_at, due_at, region, body, emptied_at`

	selectRequest = `SELECT ` + requestColumns + ` FROM share_request WHERE id = $2` + visibleTo
	selectByGrant = `SELECT ` + requestColumns + ` FROM share_request WHERE grant_id = $2 AND grant_id <> ''` + visibleTo

	selectMine = `SELECT ` + requestColumns + ` FROM share_request
		WHERE owner_member = $1 AND ($2 = '' OR state = $2) AND (created_at < $3 OR (created_at = $3 AND id < $4))
		ORDER BY created_at DESC, id DESC LIMIT $5`
	selectIncoming = `SELECT ` + requestColumns + ` FROM share_request
		WHERE provider = $1 AND state <> 'draft' AND ($2 = '' OR state = $2) AND (created_at < $3 OR (created_at = $3 AND id < $4))
		ORDER BY created_at DESC, id DESC LIMIT $5`
	selectOverseen = `SELECT ` + requestColumns + ` FROM share_request
		WHERE $6 = 1 AND state <> 'draft' AND substr(region, 1, $7) = $1 AND ($2 = '' OR state = $2) AND (created_at < $3 OR (created_at = $3 AND id < $4))
		ORDER BY created_at DESC, id DESC LIMIT $5`
	// in which an authority may have a word to say
	selectAwaiting = `SELECT ` + requestColumns + ` FROM share_request
		WHERE $6 = 1 AND state IN ('conformity_check', 'assigning', 'authority_decision', 'superior_decision', 'catalog_demand', 'submitted') AND substr(region, 1, $7) = $1
			AND ($2 = '' OR state = $2) AND (created_at < $3 OR (created_at = $3 AND id < $4))
		ORDER BY created_at DESC, id DESC LIMIT $5`
	selectAny       = `SELECT ` + requestColumns + ` FROM share_request WHERE id = $1`
	selectAnyGrant  = `SELECT ` + requestColumns + ` FROM share_request WHERE grant_id = $1 AND grant_id <> ''`
	selectSubmitted = `SELECT ` + requestColumns + ` FROM share_request WHERE state <> 'draft' AND id > $1 ORDER BY id LIMIT $2`

	selectDecided = `SELECT ` + requestColumns + ` FROM share_request
		WHERE provider = $1 AND dataset = $2 AND state <> 'draft' ORDER BY created_at DESC, id DESC LIMIT $3`

	insertRequest = `INSERT INTO share_request (id, owner_member, provider, dataset, state, rev, grant_id, created_at, changed_at, submitted_at, due_at, region, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	updateRequest = `UPDATE share_request SET provider = $3, dataset = $4, state = $5, rev = $6, grant_id = $7, changed_at = $8, submitted_at = $9, due_at = $10, region = $11, body = $12
		WHERE id = $1 AND rev = $2`
	deleteRequest = `DELETE FROM share_request WHERE id = $1 AND state = 'draft'`
	deleteHistory = `DELETE FROM share_history WHERE request_id = $1`

	insertChange = `INSERT INTO share_history (request_id, rev, owner_member, act, from_state, to_state, member, officer, machine, reason, citation, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	selectHistory = `SELECT request_id, rev, act, from_state, to_state, member, officer, machine, reason, citation, at FROM share_history
		WHERE request_id = $1 AND rev > $2 ORDER BY rev LIMIT $3`
)

// body is what has no column of its own.
type body struct {
	Fields
	About    vocab.SubjectKind `json:"about,omitempty"`
	Authors  []vocab.OfficerID `json:"authors,omitempty"`
	Decision *Decided          `json:"decision,omitempty"`
	Life
}

func scanRequest(s db.Scanner) (*Request, error) {
	var r Request
	var text string
	var dataset vocab.DatasetID
	var created, changed, submitted, emptied int64
	var due sql.NullInt64
	err := s.Scan(&r.ID, &r.Requester, &r.Provider, &dataset, &r.State, &r.Rev, &r.Grant, &created, &changed, &submitted, &due, &r.Region, &text, &emptied)
	if err != nil {
		return nil, err
	}
	var b body
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return nil, fmt.Errorf("read the body of request %s: %w", r.ID, err)
	}
	r.Fields, r.About, r.Authors, r.Decision = b.Fields, b.About, b.Authors, b.Decision
	region := r.Region
	r.Life = b.Life
	r.Region = region
	r.CreatedAt, r.ChangedAt, r.SubmittedAt, r.DueAt, r.EmptiedAt = db.FromMicros(created), db.FromMicros(changed), db.FromMicros(submitted), db.FromMicros(due.Int64), db.FromMicros(emptied)
	return &r, nil
}

func bodyOf(r *Request) (string, error) {
	b, err := json.Marshal(body{Fields: r.Fields, About: r.About, Authors: r.Authors, Decision: r.Decision, Life: r.Life})
	if err != nil {
		return "", fmt.Errorf("write the body of request %s: %w", r.ID, err)
	}
	return string(b), nil
}

// load gives a request as far as it exists for the actor.
func load(ctx context.Context, tx *db.Tx, a identity.Actor, query, id string) (*Request, error) {
	if a.Member == "" || asked.CheckText(id, asked.MaxName) != nil {
		return nil, identity.NotYours()
	}
	is, stem := a.Oversees()
	r, err := scanRequest(tx.QueryRow(ctx, query, string(a.Member), id, is, stem, len(stem)))
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	return r, err
}

// loadAny gives a request to the node itself, when one of its clocks is due.
func loadAny(ctx context.Context, tx *db.Tx, query, id string) (*Request, error) {
	return scanRequest(tx.QueryRow(ctx, query, id))
}

// loadPage lists requests of one side, newest first, after a moment and id.
func loadPage(ctx context.Context, tx *db.Tx, a identity.Actor, q ListQuery, after *Request) ([]*Request, error) {
	query := selectMine
	if q.Incoming {
		query = selectIncoming
	}
	at, id := int64(math.MaxInt64), ""
	if after != nil {
		at, id = after.CreatedAt.UnixMicro(), string(after.ID)
	}
	if q.Overseen || q.Waiting {
		if query = selectOverseen; q.Waiting {
			query = selectAwaiting
		}
		is, stem := a.Oversees()
		rows, err := tx.Query(ctx, query, stem, string(q.State), at, id, q.limit(), is, len(stem))
		return db.Collect(rows, err, scanRequest)
	}
	rows, err := tx.Query(ctx, query, string(a.Member), string(q.State), at, id, q.limit())
	return db.Collect(rows, err, scanRequest)
}

// loadSubmitted walks all requests that have a twin.
func loadSubmitted(ctx context.Context, tx *db.Tx, after vocab.RequestID, limit int) ([]*Request, error) {
	rows, err := tx.Query(ctx, selectSubmitted, string(after), limit)
	return db.Collect(rows, err, scanRequest)
}

// loadDecided gives the newest requests for a data set of its holder, with those
// on which nothing was decided yet.
func loadDecided(ctx context.Context, tx *db.Tx, provider vocab.MemberID, set vocab.DatasetID) ([]*Request, error) {
	rows, err := tx.Query(ctx, selectDecided, string(provider), string(set), 5*mostBefore)
	return db.Collect(rows, err, scanRequest)
}

func insert(ctx context.Context, tx *db.Tx, r *Request) error {
	text, err := bodyOf(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertRequest, string(r.ID), string(r.Requester), string(r.Provider), string(r.Dataset), string(r.State), r.Rev,
		string(r.Grant), db.Micros(r.CreatedAt), db.Micros(r.ChangedAt), db.Micros(r.SubmittedAt), db.OrNull(r.DueAt), r.Region, text)
	return err
}

// update writes the request over the revision that it was read at.
func update(ctx context.Context, tx *db.Tx, r *Request) error {
	text, err := bodyOf(r)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, updateRequest, string(r.ID), r.Rev, string(r.Provider), string(r.Dataset), string(r.State), r.Rev+1,
		string(r.Grant), db.Micros(r.ChangedAt), db.Micros(r.SubmittedAt), db.OrNull(r.DueAt), r.Region, text)
	if err != nil {
		return err
	}
	if n != 1 {
		return stale(r.ID, r.Rev)
	}
	r.Rev++
	return nil
}

func remove(ctx context.Context, tx *db.Tx, id vocab.RequestID) error {
	for _, query := range []string{deleteHistory, deleteRequest} {
		if _, err := tx.Exec(ctx, query, string(id)); err != nil {
			return err
		}
	}
	return nil
}

func putChange(ctx context.Context, tx *db.Tx, owner vocab.MemberID, c Change) error {
	_, err := tx.Exec(ctx, insertChange, string(c.Request), c.Rev, string(owner), c.Act, c.From, c.To,
		string(c.Member), string(c.Officer), string(c.Machine), c.Reason, c.Citation, db.Micros(c.At))
	return err
}

func loadHistory(ctx context.Context, tx *db.Tx, id vocab.RequestID, after int64, limit int) ([]Change, error) {
	rows, err := tx.Query(ctx, selectHistory, string(id), after, limit)
	return db.Collect(rows, err, func(s db.Scanner) (Change, error) {
		var c Change
		var at int64
		err := s.Scan(&c.Request, &c.Rev, &c.Act, &c.From, &c.To, &c.Member, &c.Officer, &c.Machine, &c.Reason, &c.Citation, &at)
		c.At = db.FromMicros(at)
		return c, err
	})
}

func stale(id vocab.RequestID, rev int64) error {
	return vocab.RevisionStale.Because("the change was made on revision %d of request %s, and there is a newer one", rev, id)
}

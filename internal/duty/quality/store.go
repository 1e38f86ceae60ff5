package quality

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Every statement for a caller carries this filter: a contest exists for its
// raiser, for the person whose value it is, for the source once it is routed,
// and for the authority of the node. An agent sees the person's own contests: what
// a department raised tells who used the person's data.
const (
	visibleTo = ` AND (($1 <> '' AND (owner_member = $1 OR source = $1)) OR (person = $2 AND ($3 <> 2 OR raised_by IN ('person', 'counter'))) OR $3 = 1)`

	contestColumns = `id, number, owner_member, item, item_owner, source, person, state, rev, raised_by, created_at, changed_at, sealed, body`

	selectContest = `SELECT ` + contestColumns + ` FROM quality_contest WHERE id = $4` + visibleTo
	selectPage    = `SELECT ` + contestColumns + ` FROM quality_contest WHERE number < $4 AND ($5 = '' OR state = $5)` + visibleTo + `
		ORDER BY number DESC LIMIT $6`
	selectAnyContest = `SELECT ` + contestColumns + ` FROM quality_contest WHERE id = $1`
	selectOpen       = `SELECT ` + contestColumns + ` FROM quality_contest WHERE item = $1 AND person = $2 AND state NOT IN ('filed', 'withdrawn', 'closed', 'not_accepted')
		ORDER BY number`
	selectUnfinished = `SELECT id FROM quality_contest WHERE state IN ('corrected', 'corrected_in_part', 'propagating', 'propagated', 'upheld', 'act_disputed')
		AND id > $1 ORDER BY id LIMIT $2`
	selectLastNumber = `SELECT COALESCE(MAX(number), 0) FROM quality_contest`

	insertContest = `INSERT INTO quality_contest (` + contestColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	updateContest = `UPDATE quality_contest SET source = $3, state = $4, rev = $5, changed_at = $6, body = $7 WHERE id = $1 AND rev = $2`

	insertChange = `INSERT INTO quality_history (contest, rev, owner_member, act, from_state, to_state, side, member, officer, reason, citation, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	selectHistory = `SELECT contest, rev, act, from_state, to_state, side, member, officer, reason, citation, at FROM quality_history
		WHERE contest = $1 AND rev > $2 ORDER BY rev LIMIT $3`

	insertOther  = `INSERT INTO quality_source (item, other, owner_member, named_by, named_at) VALUES ($1, $2, $3, $4, $5)`
	deleteOthers = `DELETE FROM quality_source WHERE item = $1`
	selectOthers = `SELECT other FROM quality_source WHERE item = $1 ORDER BY other`
)

// body is what of a contest has no column of its own.
type body struct {
	Fault    Fault             `json:"fault"`
	Officer  vocab.OfficerID   `json:"officer,omitempty"`
	Case     string            `json:"case,omitempty"`
	Judgment string            `json:"judgment,omitempty"`
	Evidence []string          `json:"evidence,omitempty"`
	Act      string            `json:"status_act,omitempty"`
	Named    vocab.MemberID    `json:"named,omitempty"`
	Mandate  string            `json:"mandate,omitempty"`
	Proof    string            `json:"proof,omitempty"`
	Round    int               `json:"round,omitempty"`
	Once     []string          `json:"once,omitempty"`
	Hands    []vocab.OfficerID `json:"hands,omitempty"`
	Worked   []vocab.OfficerID `json:"worked,omitempty"`
	Before   Checked           `json:"before,omitzero"`
	After    Checked           `json:"after,omitzero"`
	Compared []Compared        `json:"compared,omitempty"`
	Reason   string            `json:"reason,omitempty"`
	Citation string            `json:"citation,omitempty"`
	Remedy   Remedy            `json:"remedy,omitempty"`
	Clock    string            `json:"clock,omitempty"`
	DueAt    time.Time         `json:"due_at,omitzero"`
}

func scanContest(s db.Scanner) (*Contest, error) {
	var c Contest
	var text string
	var person []byte
	var created, changed int64
	err := s.Scan(&c.ID, &c.Number, &c.Member, &c.Item, &c.Owner, &c.Source, &person, &c.State, &c.Rev, &c.By, &created, &changed, &c.sealed, &text)
	if err != nil {
		return nil, err
	}
	var b body
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return nil, fmt.Errorf("read the body of contest %s: %w", c.ID, err)
	}
	copy(c.person[:], person)
	c.Fault, c.Officer, c.Case, c.Judgment, c.Evidence, c.Act = b.Fault, b.Officer, b.Case, b.Judgment, b.Evidence, b.Act
	c.worked = b.Worked
	c.Round, c.Once, c.hands, c.Before, c.After, c.Compared = b.Round, b.Once, b.Hands, b.Before, b.After, b.Compared
	c.Reason, c.Citation, c.Remedy, c.Clock, c.DueAt = b.Reason, b.Citation, b.Remedy, b.Clock, b.DueAt
	c.Named, c.Mandate, c.Proof = b.Named, b.Mandate, b.Proof
	c.CreatedAt, c.ChangedAt = db.FromMicros(created), db.FromMicros(changed)
	return &c, nil
}

func bodyOf(c *Contest) (string, error) {
	b, err := json.Marshal(body{
		Fault: c.Fault, Officer: c.Officer, Case: c.Case, Judgment: c.Judgment, Evidence: c.Evidence, Act: c.Act,
		Round: c.Round, Once: c.Once, Hands: c.hands, Worked: c.worked, Before: c.Before, After: c.After, Compared: c.Compared,
		Reason: c.Reason, Citation: c.Citation, Remedy: c.Remedy, Clock: c.Clock, DueAt: c.DueAt, Named: c.Named, Mandate: c.Mandate, Proof: c.Proof,
	})
	if err != nil {
		return "", fmt.Errorf("write the body of contest %s: %w", c.ID, err)
	}
	return string(b), nil
}

// seer is the actor as the filter reads it: 1 sees all, 2 a person's own contests
// only. Nobody's pseudonym is all zeros.
func seer(a identity.Actor) []any {
	all := 0
	switch {
	case governs(a):
		all = 1
	case !looksOn(a):
		all = 2
	}
	who, _ := person(a)
	return []any{string(a.Member), who[:], all}
}

// load gives a contest as far as it exists for the actor.
func load(ctx context.Context, tx *db.Tx, a identity.Actor, id vocab.ContestID) (*Contest, error) {
	if a.Nobody() || checkText(string(id), maxName) != nil {
		return nil, identity.NotYours()
	}
	c, err := scanContest(tx.QueryRow(ctx, selectContest, append(seer(a), string(id))...))
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	return c, err
}

// loadAny gives a contest to the platform itself.
func loadAny(ctx context.Context, tx *db.Tx, id vocab.ContestID) (*Contest, error) {
	return scanContest(tx.QueryRow(ctx, selectAnyContest, string(id)))
}

func loadPage(ctx context.Context, tx *db.Tx, a identity.Actor, q ListQuery) ([]*Contest, error) {
	before := int64(math.MaxInt64)
	if q.After != "" {
		last, err := load(ctx, tx, a, vocab.ContestID(q.After))
		if err != nil {
			return nil, err
		}
		before = last.Number
	}
	rows, err := tx.Query(ctx, selectPage, append(seer(a), before, string(q.State), q.limit())...)
	return db.Collect(rows, err, scanContest)
}

// loadOpen gives the contests that stand open on one value of one subject.
func loadOpen(ctx context.Context, tx *db.Tx, item vocab.ItemID, person vocab.PersonRef) ([]*Contest, error) {
	rows, err := tx.Query(ctx, selectOpen, string(item), person[:])
	return db.Collect(rows, err, scanContest)
}

func loadUnfinished(ctx context.Context, tx *db.Tx, after vocab.ContestID, limit int) ([]vocab.ContestID, error) {
	rows, err := tx.Query(ctx, selectUnfinished, string(after), limit)
	return db.Collect(rows, err, func(s db.Scanner) (id vocab.ContestID, err error) { return id, s.Scan(&id) })
}

// insert keeps a new contest under the next number.
func insert(ctx context.Context, tx *db.Tx, c *Contest) error {
	if err := tx.QueryRow(ctx, selectLastNumber).Scan(&c.Number); err != nil {
		return err
	}
	c.Number++
	text, err := bodyOf(c)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertContest, string(c.ID), c.Number, string(c.Member), string(c.Item), string(c.Owner), string(c.Source), c.person[:],
		string(c.State), c.Rev, string(c.By), db.Micros(c.CreatedAt), db.Micros(c.ChangedAt), c.sealed, text)
	return err
}

// update writes the contest over the revision that it was read at.
func update(ctx context.Context, tx *db.Tx, c *Contest) error {
	text, err := bodyOf(c)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, updateContest, string(c.ID), c.Rev, string(c.Source), string(c.State), c.Rev+1, db.Micros(c.ChangedAt), text)
	if err != nil {
		return err
	}
	if n != 1 {
		return vocab.RevisionStale.Because("the step was taken on revision %d of contest %s, and there is a newer one", c.Rev, c.ID)
	}
	c.Rev++
	return nil
}

func putChange(ctx context.Context, tx *db.Tx, owner vocab.MemberID, h Change) error {
	_, err := tx.Exec(ctx, insertChange, string(h.Contest), h.Rev, string(owner), h.Act, string(h.From), string(h.To), string(h.Side),
		string(h.Member), string(h.Officer), h.Reason, h.Citation, db.Micros(h.At))
	return err
}

func loadHistory(ctx context.Context, tx *db.Tx, id vocab.ContestID, after int64, limit int) ([]Change, error) {
	rows, err := tx.Query(ctx, selectHistory, string(id), after, limit)
	return db.Collect(rows, err, func(s db.Scanner) (Change, error) {
		var h Change
		var at int64
		err := s.Scan(&h.Contest, &h.Rev, &h.Act, &h.From, &h.To, &h.Side, &h.Member, &h.Officer, &h.Reason, &h.Citation, &at)
		h.At = db.FromMicros(at)
		return h, err
	})
}

// putOthers names the independent sources of an item anew.
func putOthers(ctx context.Context, tx *db.Tx, item vocab.ItemID, owner vocab.MemberID, by vocab.OfficerID, at time.Time, others []vocab.ItemID) error {
	if _, err := tx.Exec(ctx, deleteOthers, string(item)); err != nil {
		return err
	}
	for _, o := range others {
		if _, err := tx.Exec(ctx, insertOther, string(item), string(o), string(owner), string(by), db.Micros(at)); err != nil {
			return err
		}
	}
	return nil
}

func loadOthers(ctx context.Context, tx *db.Tx, item vocab.ItemID) ([]vocab.ItemID, error) {
	rows, err := tx.Query(ctx, selectOthers, string(item))
	return db.Collect(rows, err, func(s db.Scanner) (id vocab.ItemID, err error) { return id, s.Scan(&id) })
}

func distinct[T comparable](in []T) []T {
	var out []T
	for _, v := range in {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

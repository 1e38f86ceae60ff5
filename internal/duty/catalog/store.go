package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Every statement about entries carries one of these two filters. Entries of an
// import that is not switched exist for no one; a draft exists for its owner;
// what is not published exists for those who are signed in ($2 = 1).
const (
	notStaged = ` AND import_id NOT IN (SELECT id FROM catalog_import WHERE state IN ('staging', 'sealing', 'discarding'))`
	visibleTo = ` AND (owner_member = $1 OR state = 'published' OR ($2 = 1 AND (state = 'suspended' OR state = 'retired')))` + notStaged

	datasetColumns = `id, owner_member, state, rev, import_id, created_by, created_at, changed_at, published_at, body`

	selectVisible = `SELECT ` + datasetColumns + ` FROM catalog_dataset WHERE id = $3` + visibleTo
	selectOwned   = `SELECT ` + datasetColumns + ` FROM catalog_dataset WHERE id = $2 AND owner_member = $1` + notStaged

	selectPage      = `SELECT ` + datasetColumns + ` FROM catalog_dataset WHERE id > $3` + visibleTo + ` ORDER BY id LIMIT $4`
	selectPageState = `SELECT ` + datasetColumns + ` FROM catalog_dataset WHERE id > $3` + visibleTo + ` AND state = $5 ORDER BY id LIMIT $4`
	selectPageOwner = `SELECT ` + datasetColumns + ` FROM catalog_dataset WHERE id > $3` + visibleTo + ` AND owner_member = $5 ORDER BY id LIMIT $4`
	selectPageBoth  = `SELECT ` + datasetColumns + ` FROM catalog_dataset WHERE id > $3` + visibleTo + ` AND owner_member = $5 AND state = $6 ORDER BY id LIMIT $4`

	selectMissing = `SELECT ` + datasetColumns + ` FROM catalog_dataset
		WHERE owner_member = $1 AND missing <> 0 AND (missing & $2) <> 0 AND id > $3` + notStaged + ` ORDER BY id LIMIT $4`
	selectComplete = `SELECT id FROM catalog_dataset
		WHERE owner_member = $1 AND state = 'draft' AND missing = 0 AND id > $2` + notStaged + ` ORDER BY id LIMIT $3`
	countMissing = `SELECT missing, COUNT(*) FROM catalog_dataset WHERE owner_member = $1 AND missing <> 0` + notStaged + ` GROUP BY missing`

	selectAll      = `SELECT ` + datasetColumns + ` FROM catalog_dataset WHERE id > $1` + notStaged + ` ORDER BY id LIMIT $2`
	selectOne      = `SELECT ` + datasetColumns + ` FROM catalog_dataset WHERE id = $1` + notStaged
	selectOfImport = `SELECT ` + datasetColumns + ` FROM catalog_dataset WHERE import_id = $1 AND import_id <> '' AND id > $2` + notStaged + ` ORDER BY id LIMIT $3`

	insertDataset = `INSERT INTO catalog_dataset (id, owner_member, state, rev, missing, import_id, import_line, import_sum, created_by, created_at, changed_at, published_at, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	updateDataset = `UPDATE catalog_dataset SET state = $3, rev = $4, missing = $5, changed_at = $6, published_at = $7, body = $8
		WHERE id = $1 AND rev = $2`
	deleteDataset = `DELETE FROM catalog_dataset WHERE id = $1 AND rev = $2 AND state = 'draft'`

	insertChange = `INSERT INTO catalog_change (dataset_id, rev, owner_member, set_id, act, officer, machine, reason, at, differences)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	selectChanges = `SELECT dataset_id, rev, set_id, act, officer, machine, reason, at, differences FROM catalog_change
		WHERE dataset_id = $1 AND owner_member = $2 AND rev > $3 ORDER BY rev LIMIT $4`
	selectSet = `SELECT dataset_id, rev, set_id, act, officer, machine, reason, at, differences FROM catalog_change
		WHERE set_id = $1 AND set_id <> '' AND owner_member = $2 AND dataset_id > $3 ORDER BY dataset_id LIMIT $4`
	deleteChanges = `DELETE FROM catalog_change WHERE dataset_id = $1`

	insertUntag = `INSERT INTO catalog_untag (dataset_id, item, tag, owner_member, asked_by, asked_at, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	selectUntag = `SELECT dataset_id, item, tag, asked_by, asked_at, reason FROM catalog_untag
		WHERE owner_member = $1 AND dataset_id = $2 AND item = $3 AND tag = $4`
	selectUntags = `SELECT dataset_id, item, tag, asked_by, asked_at, reason FROM catalog_untag
		WHERE owner_member = $1 ORDER BY dataset_id, item, tag`
	deleteUntag  = `DELETE FROM catalog_untag WHERE dataset_id = $1 AND item = $2 AND tag = $3`
	deleteUntags = `DELETE FROM catalog_untag WHERE dataset_id = $1`
)

// row is an entry as stored, with what only the store knows of it.
type row struct {
	entry.Dataset
	importID  string
	createdBy string
}

func scanDataset(s db.Scanner) (*row, error) {
	var r row
	var id, owner, state, body string
	var rev, created, changed, published int64
	if err := s.Scan(&id, &owner, &state, &rev, &r.importID, &r.createdBy, &created, &changed, &published, &body); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(body), &r.Dataset); err != nil {
		return nil, fmt.Errorf("read the body of data set %s: %w", id, err)
	}
	r.ID, r.Owner, r.State, r.Rev = vocab.DatasetID(id), vocab.MemberID(owner), entry.State(state), rev
	r.CreatedAt, r.ChangedAt, r.PublishedAt = db.FromMicros(created), db.FromMicros(changed), db.FromMicros(published)
	return &r, nil
}

// bodyOf writes what has no column of its own.
func bodyOf(d *entry.Dataset) (string, error) {
	n := *d
	n.ID, n.Owner, n.State, n.Rev = "", "", "", 0
	n.CreatedAt, n.ChangedAt, n.PublishedAt = time.Time{}, time.Time{}, time.Time{}
	b, err := json.Marshal(&n)
	if err != nil {
		return "", fmt.Errorf("write the body of data set %s: %w", d.ID, err)
	}
	return string(b), nil
}

// signed is $2 of the visibility filter.
func signed(a identity.Actor) int64 {
	if a.Nobody() {
		return 0
	}
	return 1
}

// loadVisible gives the entry as far as it exists for the actor.
func loadVisible(ctx context.Context, tx *db.Tx, a identity.Actor, id vocab.DatasetID) (*row, error) {
	if !storable(string(id)) {
		return nil, identity.NotYours()
	}
	r, err := scanDataset(tx.QueryRow(ctx, selectVisible, string(a.Member), signed(a), string(id)))
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	return r, err
}

// loadOwned gives the entry when it belongs to the actor's member.
func loadOwned(ctx context.Context, tx *db.Tx, a identity.Actor, id vocab.DatasetID) (*row, error) {
	if !storable(string(id)) {
		return nil, identity.NotYours()
	}
	r, err := scanDataset(tx.QueryRow(ctx, selectOwned, string(a.Member), string(id)))
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	return r, err
}

// storable tells whether a name from outside can be a name in the store at all.
func storable(s string) bool { return entry.Clean(s) == nil && !strings.ContainsRune(s, 0) }

func loadPage(ctx context.Context, tx *db.Tx, a identity.Actor, q ListQuery) ([]*row, error) {
	args := []any{string(a.Member), signed(a), string(q.After), q.limit()}
	text := selectPage
	switch {
	case q.Owner != "" && q.State != "":
		text, args = selectPageBoth, append(args, string(q.Owner), string(q.State))
	case q.Owner != "":
		text, args = selectPageOwner, append(args, string(q.Owner))
	case q.State != "":
		text, args = selectPageState, append(args, string(q.State))
	}
	rows, err := tx.Query(ctx, text, args...)
	return db.Collect(rows, err, scanDataset)
}

func loadMissing(ctx context.Context, tx *db.Tx, a identity.Actor, bits int64, page Page) ([]*row, error) {
	rows, err := tx.Query(ctx, selectMissing, string(a.Member), bits, string(page.After), page.limit())
	return db.Collect(rows, err, scanDataset)
}

func loadMissingCounts(ctx context.Context, tx *db.Tx, a identity.Actor) (map[int64]int, error) {
	rows, err := tx.Query(ctx, countMissing, string(a.Member))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]int{}
	for rows.Next() {
		var bits int64
		var n int
		if err := rows.Scan(&bits, &n); err != nil {
			return nil, err
		}
		out[bits] = n
	}
	return out, rows.Err()
}

func insert(ctx context.Context, tx *db.Tx, d *entry.Dataset, by string) error {
	body, err := bodyOf(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertDataset, string(d.ID), string(d.Owner), string(d.State), d.Rev, storedMissing(d),
		"", 0, "", by, db.Micros(d.CreatedAt), db.Micros(d.ChangedAt), db.Micros(d.PublishedAt), body)
	if db.IsUnique(err) {
		return vocab.AlreadyExists.Wrap(err, "the member already has an entry with the resource code %q", d.Code)
	}
	return err
}

// update writes the entry over the revision that it was made from.
func update(ctx context.Context, tx *db.Tx, d *entry.Dataset, from int64) error {
	body, err := bodyOf(d)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, updateDataset, string(d.ID), from, string(d.State), d.Rev, storedMissing(d),
		db.Micros(d.ChangedAt), db.Micros(d.PublishedAt), body)
	if err != nil {
		return err
	}
	if n != 1 {
		return stale(d.ID, from)
	}
	return nil
}

// storedMissing is what a draft lacks to be published; other entries lack nothing.
func storedMissing(d *entry.Dataset) int64 {
	if d.State != entry.StateDraft {
		return 0
	}
	return entry.MissingBits(d, entry.StatePublished)
}

func putChange(ctx context.Context, tx *db.Tx, owner vocab.MemberID, c Change) error {
	diffs, err := json.Marshal(c.Differences)
	if err != nil {
		return fmt.Errorf("write the differences of %s: %w", c.Dataset, err)
	}
	_, err = tx.Exec(ctx, insertChange, string(c.Dataset), c.Rev, string(owner), c.Set, c.Act, string(c.Officer), string(c.Machine), c.Reason, db.Micros(c.At), string(diffs))
	return err
}

func scanChange(s db.Scanner) (Change, error) {
	var c Change
	var at int64
	var diffs string
	if err := s.Scan(&c.Dataset, &c.Rev, &c.Set, &c.Act, &c.Officer, &c.Machine, &c.Reason, &at, &diffs); err != nil {
		return c, err
	}
	c.At = db.FromMicros(at)
	if err := json.Unmarshal([]byte(diffs), &c.Differences); err != nil {
		return c, fmt.Errorf("read the differences of %s: %w", c.Dataset, err)
	}
	return c, nil
}

func scanUntag(s db.Scanner) (Untagging, error) {
	var u Untagging
	var id, item string
	var at int64
	if err := s.Scan(&id, &item, &u.Tag, &u.AskedBy, &at, &u.Reason); err != nil {
		return u, err
	}
	u.Item, u.AskedAt = vocab.ItemID(id+"/"+item), db.FromMicros(at)
	return u, nil
}

package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"fontis/internal/duty/catalog/batch"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const (
	insertImport = `INSERT INTO catalog_import (id, owner_member, state, officer, started_at, created, changed)
		VALUES ($1, $2, 'staging', $3, $4, 0, 0) ON CONFLICT (id) DO NOTHING`
	selectImport      = `SELECT state, created, changed FROM catalog_import WHERE id = $1 AND owner_member = $2`
	selectBegun       = `SELECT id, owner_member, officer, state FROM catalog_import WHERE state <> 'switched' ORDER BY id`
	updateImport      = `UPDATE catalog_import SET state = $2, created = $3, changed = $4 WHERE id = $1`
	updateImportState = `UPDATE catalog_import SET state = $2 WHERE id = $1`
	deleteImport      = `DELETE FROM catalog_import WHERE id = $1`

	countStaged = `SELECT COUNT(*) FROM catalog_staged WHERE import_id = $1`

	// The two lists of an import in the order of the ids, each with a bound of its own.
	selectSealed = `SELECT id, line, sum FROM (
			SELECT id, import_line AS line, import_sum AS sum FROM catalog_dataset
			WHERE import_id = $1 AND import_id <> '' AND id > $2 ORDER BY id LIMIT $3
		) created UNION ALL SELECT id, line, sum FROM (
			SELECT dataset_id AS id, line, sum FROM catalog_staged
			WHERE import_id = $1 AND dataset_id > $2 ORDER BY dataset_id LIMIT $3
		) changed ORDER BY id LIMIT $3`

	upsertStaged = `INSERT INTO catalog_staged (import_id, dataset_id, owner_member, line, sum, body) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (import_id, dataset_id) DO UPDATE SET line = excluded.line, sum = excluded.sum, body = excluded.body`
	selectStaged    = `SELECT dataset_id, sum, body FROM catalog_staged WHERE import_id = $1 ORDER BY dataset_id LIMIT $2`
	deleteStagedOne = `DELETE FROM catalog_staged WHERE import_id = $1 AND dataset_id = $2`
	deleteStaged    = `DELETE FROM catalog_staged WHERE import_id = $1 AND dataset_id IN (
		SELECT dataset_id FROM catalog_staged WHERE import_id = $1 LIMIT 1000)`
	deleteOfImport = `DELETE FROM catalog_dataset WHERE id IN (
		SELECT id FROM catalog_dataset WHERE import_id = $1 AND import_id <> '' LIMIT 1000)`

	restageDataset = `UPDATE catalog_dataset SET missing = $2, import_sum = $3, changed_at = $4, body = $5 WHERE id = $1 AND import_id = $6`
	updateSum      = `UPDATE catalog_dataset SET import_sum = $2 WHERE id = $1`

	// The two statements below are followed by as many places as there are rows.
	selectKnownHead = `SELECT d.id, d.owner_member, d.import_id, d.import_line, d.import_sum, COALESCE(i.state, ''), COALESCE(s.line, 0)
		FROM catalog_dataset d
		LEFT JOIN catalog_import i ON i.id = d.import_id
		LEFT JOIN catalog_staged s ON s.import_id = $1 AND s.dataset_id = d.id
		WHERE d.id IN `
	insertHead = `INSERT INTO catalog_dataset (id, owner_member, state, rev, missing, import_id, import_line, import_sum, created_by, created_at, changed_at, published_at, body) VALUES `
)

const insertColumns = 13 // of insertHead

// stagedRow is what the store knows of an entry that a draft meets.
type stagedRow struct {
	owner    vocab.MemberID
	importID string
	line     int
	sum      string
	hidden   bool
	change   int // line of the change that this import has staged for it
}

// openImport gives the import, begun now if it is new.
func (s *Service) openImport(ctx context.Context, tx *db.Tx, a identity.Actor, key string) (*Import, error) {
	if _, err := tx.Exec(ctx, insertImport, key, string(a.Member), author(a), db.Micros(s.clock.Now())); err != nil {
		return nil, err
	}
	return loadImport(ctx, tx, a, key)
}

func loadImport(ctx context.Context, tx *db.Tx, a identity.Actor, key string) (*Import, error) {
	if !storable(key) {
		return nil, identity.NotYours()
	}
	im := &Import{ID: key}
	err := tx.QueryRow(ctx, selectImport, key, string(a.Member)).Scan(&im.State, &im.Created, &im.Changed)
	if db.NoRows(err) {
		return nil, identity.NotYours()
	}
	return im, err
}

// begun is an import that was begun and not finished.
type begun struct {
	key     string
	member  vocab.MemberID
	officer vocab.OfficerID
	state   ImportState
}

func loadBegun(ctx context.Context, tx *db.Tx) ([]begun, error) {
	rows, err := tx.Query(ctx, selectBegun)
	return db.Collect(rows, err, func(s db.Scanner) (begun, error) {
		var b begun
		err := s.Scan(&b.key, &b.member, &b.officer, &b.state)
		return b, err
	})
}

func loadKnown(ctx context.Context, tx *db.Tx, key string, ready []prepared) (map[vocab.DatasetID]stagedRow, error) {
	out := make(map[vocab.DatasetID]stagedRow, len(ready))
	ids := make([]any, 0, len(ready))
	for _, p := range ready {
		if p.d != nil {
			ids = append(ids, string(p.d.ID))
		}
	}
	for part := range db.Parts(ids) {
		rows, err := tx.Query(ctx, selectKnownHead+"("+tx.Many(2, len(part), 1)+")", append([]any{key}, part...)...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var id vocab.DatasetID
			var k stagedRow
			var state ImportState
			if err := rows.Scan(&id, &k.owner, &k.importID, &k.line, &k.sum, &state, &k.change); err != nil {
				rows.Close()
				return nil, err
			}
			k.hidden = state == ImportStaging || state == ImportSealing || state == ImportDiscarding
			out[id] = k
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// loadSealed gives the next rows of an import, created and changed ones alike.
func loadSealed(ctx context.Context, tx *db.Tx, key string, after vocab.DatasetID, limit int) ([]batch.Row, error) {
	rows, err := tx.Query(ctx, selectSealed, key, string(after), limit)
	return db.Collect(rows, err, func(s db.Scanner) (r batch.Row, err error) {
		return r, s.Scan(&r.Dataset, &r.Line, &r.Digest)
	})
}

func insertDrafts(ctx context.Context, tx *db.Tx, fresh []prepared, key, by string) error {
	slices.SortFunc(fresh, func(a, b prepared) int { return strings.Compare(string(a.d.ID), string(b.d.ID)) })
	for part := range db.Parts(fresh) {
		args := make([]any, 0, insertColumns*len(part))
		for _, p := range part {
			d := p.d
			args = append(args, string(d.ID), string(d.Owner), string(d.State), d.Rev, storedMissing(d), key, p.line, p.sum,
				by, db.Micros(d.CreatedAt), db.Micros(d.ChangedAt), 0, p.body)
		}
		if _, err := tx.Exec(ctx, insertHead+tx.Many(1, len(part), insertColumns), args...); err != nil {
			return err
		}
	}
	return nil
}

// restage writes a staged draft anew, when the file was mended under the same name.
func restage(ctx context.Context, tx *db.Tx, p prepared, key string) error {
	if err := entry.Complete(p.d, entry.StateDraft); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, restageDataset, string(p.d.ID), storedMissing(p.d), p.sum, db.Micros(p.d.ChangedAt), p.body, key)
	return err
}

// waitingChange is a draft to be laid over an existing entry.
type waitingChange struct {
	id    vocab.DatasetID
	sum   string
	draft *entry.Dataset
}

func loadStaged(ctx context.Context, tx *db.Tx, key string, limit int) ([]waitingChange, error) {
	rows, err := tx.Query(ctx, selectStaged, key, limit)
	return db.Collect(rows, err, func(s db.Scanner) (waitingChange, error) {
		var w waitingChange
		var body string
		if err := s.Scan(&w.id, &w.sum, &body); err != nil {
			return w, err
		}
		w.draft = &entry.Dataset{}
		if err := json.Unmarshal([]byte(body), w.draft); err != nil {
			return w, fmt.Errorf("read the staged change of %s: %w", w.id, err)
		}
		return w, nil
	})
}

// discardSome removes a piece of a discarded import, at last the import itself.
func discardSome(ctx context.Context, tx *db.Tx, key string) (bool, error) {
	if _, err := tx.Exec(ctx, updateImportState, key, string(ImportDiscarding)); err != nil {
		return false, err
	}
	for _, query := range []string{deleteOfImport, deleteStaged} {
		n, err := tx.Exec(ctx, query, key)
		if err != nil || n > 0 {
			return false, err
		}
	}
	_, err := tx.Exec(ctx, deleteImport, key)
	return true, err
}

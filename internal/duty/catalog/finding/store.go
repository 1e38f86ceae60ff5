package finding

import (
	"context"
	"encoding/json"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const (
	sqlSynonyms      = `SELECT id, owner_member, words, changed_at FROM catalog_synonym ORDER BY id`
	sqlCountSynonyms = `SELECT COUNT(*) FROM catalog_synonym`
	sqlInsertSynonym = `INSERT INTO catalog_synonym (id, owner_member, words, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5)`
	sqlUpdateSynonym = `UPDATE catalog_synonym SET words = $3, changed_by = $4, changed_at = $5 WHERE id = $1 AND owner_member = $2`
	sqlDeleteSynonym = `DELETE FROM catalog_synonym WHERE id = $1 AND owner_member = $2`

	searchColumns    = `id, owner_member, officer, name, asked, made_at`
	sqlSearches      = `SELECT ` + searchColumns + ` FROM catalog_search WHERE owner_member = $1 AND officer = $2 ORDER BY id`
	sqlAllSearches   = `SELECT ` + searchColumns + ` FROM catalog_search ORDER BY id`
	sqlCountSearches = `SELECT COUNT(*) FROM catalog_search WHERE owner_member = $1 AND officer = $2`
	sqlInsertSearch  = `INSERT INTO catalog_search (` + searchColumns + `) VALUES ($1, $2, $3, $4, $5, $6)`
	sqlDeleteSearch  = `DELETE FROM catalog_search WHERE id = $1 AND owner_member = $2 AND officer = $3`

	sqlInsertFound = `INSERT INTO catalog_search_found (search_id, dataset_id) VALUES ($1, $2) ON CONFLICT (search_id, dataset_id) DO NOTHING`
	sqlDeleteFound = `DELETE FROM catalog_search_found WHERE search_id = $1`
)

// mayHoldMore refuses beyond the most that is kept.
func mayHoldMore(ctx context.Context, tx *db.Tx, count string, most int, args ...any) error {
	var n int
	if err := tx.QueryRow(ctx, count, args...).Scan(&n); err != nil {
		return err
	}
	if n >= most {
		return vocab.ValueInvalid.Because("%d are kept already, at most %d are", n, most).WithFix("remove one first")
	}
	return nil
}

func loadSynonyms(ctx context.Context, tx *db.Tx) ([]Synonym, error) {
	rows, err := tx.Query(ctx, sqlSynonyms)
	return db.Collect(rows, err, func(s db.Scanner) (Synonym, error) {
		var g Synonym
		var words string
		var at int64
		if err := s.Scan(&g.ID, &g.Owner, &words, &at); err != nil {
			return g, err
		}
		g.At = db.FromMicros(at)
		if err := json.Unmarshal([]byte(words), &g.Words); err != nil {
			return g, fmt.Errorf("read synonyms %s: %w", g.ID, err)
		}
		return g, nil
	})
}

func insertSynonym(ctx context.Context, tx *db.Tx, g Synonym, by string) error {
	words, err := json.Marshal(g.Words)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlInsertSynonym, g.ID, string(g.Owner), string(words), by, db.Micros(g.At))
	return err
}

func updateSynonym(ctx context.Context, tx *db.Tx, g Synonym, by string) error {
	words, err := json.Marshal(g.Words)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlUpdateSynonym, g.ID, string(g.Owner), string(words), by, db.Micros(g.At))
	if err == nil && n == 0 {
		return identity.NotYours()
	}
	return err
}

func scanSearch(s db.Scanner) (Search, error) {
	var q Search
	var asked string
	var at int64
	if err := s.Scan(&q.ID, &q.owner, &q.officer, &q.Name, &asked, &at); err != nil {
		return q, err
	}
	var kept question
	if err := json.Unmarshal([]byte(asked), &kept); err != nil {
		return q, fmt.Errorf("read saved search %s: %w", q.ID, err)
	}
	q.Text, q.Item, q.Filters, q.At = kept.Text, kept.Item, kept.Filters, db.FromMicros(at)
	return q, nil
}

// question is what a saved search asks, as it is kept.
type question struct {
	Text    string              `json:"text,omitempty"`
	Item    string              `json:"item,omitempty"`
	Filters map[string][]string `json:"filters,omitempty"`
}

func insertSearch(ctx context.Context, tx *db.Tx, q Search) error {
	asked, err := json.Marshal(question{q.Text, q.Item, q.Filters})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlInsertSearch, q.ID, string(q.owner), string(q.officer), q.Name, string(asked), db.Micros(q.At))
	return err
}

func loadSearches(ctx context.Context, tx *db.Tx, a identity.Actor) ([]Search, error) {
	rows, err := tx.Query(ctx, sqlSearches, string(a.Member), string(a.Officer))
	return db.Collect(rows, err, scanSearch)
}

func loadAll(ctx context.Context, tx *db.Tx) ([]Search, error) {
	rows, err := tx.Query(ctx, sqlAllSearches)
	return db.Collect(rows, err, scanSearch)
}

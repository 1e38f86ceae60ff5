package outbox

import (
	"context"

	"fontis/internal/engine/db"
)

const (
	insertFact       = `INSERT INTO outbox (topic, key, payload) VALUES ($1, $2, $3)`
	selectFacts      = `SELECT n, topic, key, payload FROM outbox WHERE n > $1 ORDER BY n LIMIT $2`
	selectLast       = `SELECT COALESCE(MAX(n), 0) FROM outbox`
	selectPosition   = `SELECT n FROM outbox_position WHERE consumer = $1`
	selectPositioned = `SELECT consumer, n FROM outbox_position`
	upsertPosition   = `INSERT INTO outbox_position (consumer, n) VALUES ($1, $2)
		ON CONFLICT (consumer) DO UPDATE SET n = excluded.n WHERE excluded.n > outbox_position.n`
	deleteHeard = `DELETE FROM outbox WHERE n IN (
		SELECT n FROM outbox WHERE n <= $1 AND n < (SELECT MAX(n) FROM outbox) ORDER BY n LIMIT $2)`
)

func selectFactsAfter(ctx context.Context, tx *db.Tx, after int64, limit int) ([]Fact, error) {
	rows, err := tx.Query(ctx, selectFacts, after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Fact
	for rows.Next() {
		var f Fact
		if err := rows.Scan(&f.N, &f.Topic, &f.Key, &f.Payload); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

func selectPositions(ctx context.Context, tx *db.Tx) (map[string]int64, error) {
	rows, err := tx.Query(ctx, selectPositioned)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int64{}
	for rows.Next() {
		var c string
		var n int64
		if err := rows.Scan(&c, &n); err != nil {
			return nil, err
		}
		out[c] = n
	}
	return out, rows.Err()
}

package freshness

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const (
	lapseColumns = `dataset_id, owner_member, since, told_at`

	selectOne   = `SELECT ` + lapseColumns + ` FROM freshness_lapse WHERE dataset_id = $1`
	selectOwn   = `SELECT ` + lapseColumns + ` FROM freshness_lapse WHERE owner_member = $1 AND dataset_id > $2 ORDER BY dataset_id LIMIT $3`
	selectAll   = `SELECT ` + lapseColumns + ` FROM freshness_lapse WHERE dataset_id > $1 ORDER BY dataset_id LIMIT $2`
	selectEvery = `SELECT ` + lapseColumns + ` FROM freshness_lapse ORDER BY dataset_id`
	upsertLapse = `INSERT INTO freshness_lapse (` + lapseColumns + `) VALUES ($1, $2, $3, $4)
		ON CONFLICT (dataset_id) DO UPDATE SET owner_member = excluded.owner_member, since = excluded.since, told_at = excluded.told_at`
	deleteLapse = `DELETE FROM freshness_lapse WHERE dataset_id = $1`
)

func scanLapse(s db.Scanner) (Lapse, error) {
	var dataset, owner string
	var since, told int64
	err := s.Scan(&dataset, &owner, &since, &told)
	return Lapse{Dataset: vocab.DatasetID(dataset), Owner: vocab.MemberID(owner), Since: db.FromMicros(since), Told: db.FromMicros(told)}, err
}

func lapses(ctx context.Context, tx *db.Tx, query string, args ...any) ([]Lapse, error) {
	rows, err := tx.Query(ctx, query, args...)
	return db.Collect(rows, err, scanLapse)
}

// stands tells since when the lapse of an entry stands; zero where none does.
func stands(ctx context.Context, tx *db.Tx, id vocab.DatasetID) (time.Time, error) {
	l, err := scanLapse(tx.QueryRow(ctx, selectOne, string(id)))
	if db.NoRows(err) {
		return time.Time{}, nil
	}
	return l.Since, err
}

func page(ctx context.Context, tx *db.Tx, a identity.Actor, q Page) ([]Lapse, error) {
	if q.Overseen {
		return lapses(ctx, tx, selectAll, string(q.After), q.limit())
	}
	return lapses(ctx, tx, selectOwn, string(a.Member), string(q.After), q.limit())
}

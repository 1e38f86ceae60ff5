package access

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/access/openset"
	"fontis/internal/vocab"
)

const (
	upsertOpenSet = `INSERT INTO access_open_set (dataset, owner_member, body, changed_at) VALUES ($1, $2, $3, $4)
	ON CONFLICT (dataset) DO UPDATE SET owner_member = excluded.owner_member, body = excluded.body, changed_at = excluded.changed_at`
	deleteOpenSet  = `DELETE FROM access_open_set WHERE dataset = $1`
	selectOpenSets = `SELECT body FROM access_open_set ORDER BY dataset`
)

func (store) putOpenSet(ctx context.Context, tx *db.Tx, s openset.Set, now time.Time) error {
	if len(s.Items) == 0 {
		_, err := tx.Exec(ctx, deleteOpenSet, string(s.Dataset))
		return err
	}
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, upsertOpenSet, string(s.Dataset), string(s.Owner), string(body), now.UnixMicro())
	return err
}

func (store) openSets(ctx context.Context, tx *db.Tx, each func(openset.Set)) error {
	rows, err := tx.Query(ctx, selectOpenSets)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return err
		}
		var s openset.Set
		if err := json.Unmarshal([]byte(body), &s); err != nil {
			return fmt.Errorf("read a stored open set: %w", err)
		}
		each(s)
	}
	return rows.Err()
}

const upsertOpenUse = `INSERT INTO access_open_use (day, dataset, owner_member, calls, released) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (day, dataset) DO UPDATE SET calls = access_open_use.calls + excluded.calls, released = access_open_use.released + excluded.released`

func (store) countOpen(ctx context.Context, tx *db.Tx, day string, s openset.Set, calls, released int64) error {
	_, err := tx.Exec(ctx, upsertOpenUse, day, string(s.Dataset), string(s.Owner), calls, released)
	return err
}

const selectLastOpenDay = `SELECT COALESCE(MAX(day), '') FROM access_open_day`

func (store) lastOpenDay(ctx context.Context, tx *db.Tx) (string, error) {
	var day string
	err := tx.QueryRow(ctx, selectLastOpenDay).Scan(&day)
	return day, err
}

const selectOpenDays = `SELECT DISTINCT u.day FROM access_open_use u WHERE u.day < $1
	AND NOT EXISTS (SELECT 1 FROM access_open_day d WHERE d.day = u.day) ORDER BY u.day`

func (store) openDays(ctx context.Context, tx *db.Tx, before string) ([]string, error) {
	rows, err := tx.Query(ctx, selectOpenDays, before)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var day string
		if err := rows.Scan(&day); err != nil {
			return nil, err
		}
		out = append(out, day)
	}
	return out, rows.Err()
}

const selectOpenUses = `SELECT dataset, calls, released FROM access_open_use WHERE day = $1 ORDER BY dataset`

// openUses are the day's calls and released rows, by set.
func (store) openUses(ctx context.Context, tx *db.Tx, day string) (calls, released map[string]int64, err error) {
	rows, err := tx.Query(ctx, selectOpenUses, day)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	calls, released = map[string]int64{}, map[string]int64{}
	for rows.Next() {
		var set string
		var c, r int64
		if err := rows.Scan(&set, &c, &r); err != nil {
			return nil, nil, err
		}
		calls[set], released[set] = c, r
	}
	return calls, released, rows.Err()
}

const insertOpenDay = `INSERT INTO access_open_day (day, trace, at) VALUES ($1, $2, $3)`

func (store) closeOpenDay(ctx context.Context, tx *db.Tx, day string, trace vocab.TraceID, now time.Time) error {
	_, err := tx.Exec(ctx, insertOpenDay, day, string(trace), now.UnixMicro())
	return err
}

package identity

import (
	"context"
	"encoding/json"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const (
	sqlInsertNotice = `INSERT INTO notice (id, owner_member, officer, kind, params, link, at, read_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`
	sqlSelectNotices = `SELECT id, owner_member, officer, kind, params, link, at, read_at FROM notice
		WHERE owner_member = $1 AND officer IN ($2, $3) AND id < $4 ORDER BY id DESC LIMIT $5`
	sqlCountUnread = `SELECT COUNT(*) FROM notice
		WHERE owner_member = $1 AND officer IN ($2, $3) AND read_at = 0`
	sqlMarkRead = `UPDATE notice SET read_at = CASE WHEN read_at = 0 THEN $5 ELSE read_at END
		WHERE id = $1 AND owner_member = $2 AND officer IN ($3, $4)`

	sqlInsertPersonNotice = `INSERT INTO person_notice (id, person, kind, params, link, at, read_at)
		VALUES ($1, $2, $3, $4, $5, $6, 0)`
	sqlSelectPersonNotices = `SELECT id, '', '', kind, params, link, at, read_at FROM person_notice
		WHERE person = $1 AND id < $2 ORDER BY id DESC LIMIT $3`
	sqlCountPersonUnread = `SELECT COUNT(*) FROM person_notice WHERE person = $1 AND read_at = 0`
	sqlMarkPersonRead    = `UPDATE person_notice SET read_at = CASE WHEN read_at = 0 THEN $3 ELSE read_at END
		WHERE id = $1 AND person = $2`
)

// afterAll sorts behind every notice's id.
const afterAll = "n-~"

func insertNotice(ctx context.Context, tx *db.Tx, n Notice, params string) error {
	if n.Member == "" {
		_, err := tx.Exec(ctx, sqlInsertPersonNotice, n.ID, n.Person[:], n.Kind, params, n.Link, db.Micros(n.At))
		return err
	}
	_, err := tx.Exec(ctx, sqlInsertNotice, n.ID, string(n.Member), string(n.Officer), n.Kind, params, n.Link, db.Micros(n.At))
	return err
}

func noticeTo(ctx context.Context, tx *db.Tx, id string) (p vocab.PersonRef, err error) {
	var person []byte
	err = tx.QueryRow(ctx, `SELECT person FROM person_notice WHERE id = $1`, id).Scan(&person)
	copy(p[:], person)
	return p, err
}

func selectNotices(ctx context.Context, tx *db.Tx, a Actor, p Page) ([]Notice, error) {
	query, args := sqlSelectNotices, []any{string(a.Member), string(a.Officer), a.shared(), orElse(p.After, afterAll), p.Most()}
	if a.IsPerson() {
		query, args = sqlSelectPersonNotices, []any{a.Self[:], orElse(p.After, afterAll), p.Most()}
	}
	rows, err := tx.Query(ctx, query, args...)
	return db.Collect(rows, err, func(row db.Scanner) (Notice, error) {
		n := Notice{Person: a.Self}
		var params string
		var at, read int64
		if err := row.Scan(&n.ID, &n.Member, &n.Officer, &n.Kind, &params, &n.Link, &at, &read); err != nil {
			return Notice{}, err
		}
		n.At, n.Read = db.FromMicros(at), db.FromMicros(read)
		return n, json.Unmarshal([]byte(params), &n.Params)
	})
}

// shared is to which officer notices stand that the actor reads beside their own:
// to nobody by name, for those who do the member's work. A clerk works for whoever
// stands before the counter, and the member's cases are not theirs to open.
func (a Actor) shared() string {
	if len(a.Roles) == 1 && a.Has(vocab.Counter) {
		return string(a.Officer)
	}
	return ""
}

func countUnread(ctx context.Context, tx *db.Tx, a Actor) (int, error) {
	query, args := sqlCountUnread, []any{string(a.Member), string(a.Officer), a.shared()}
	if a.IsPerson() {
		query, args = sqlCountPersonUnread, []any{a.Self[:]}
	}
	var n int
	err := tx.QueryRow(ctx, query, args...).Scan(&n)
	return n, err
}

func markRead(ctx context.Context, tx *db.Tx, a Actor, id string, now time.Time) (found bool, err error) {
	if a.IsPerson() {
		n, err := tx.Exec(ctx, sqlMarkPersonRead, id, a.Self[:], db.Micros(now))
		return n == 1, err
	}
	n, err := tx.Exec(ctx, sqlMarkRead, id, string(a.Member), string(a.Officer), a.shared(), db.Micros(now))
	return n == 1, err
}

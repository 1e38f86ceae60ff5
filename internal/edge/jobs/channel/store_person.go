package channel

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const (
	personColumns = `id, person, sealed, lang, state, code, added_at`

	sqlInsertPersonal  = `INSERT INTO channel_person (` + personColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	sqlPersonal        = `SELECT ` + personColumns + ` FROM channel_person WHERE id = $1`
	sqlPersonalOf      = `SELECT ` + personColumns + ` FROM channel_person WHERE person = $1 ORDER BY id`
	sqlConfirmPersonal = `UPDATE channel_person SET state = 'confirmed' WHERE id = $1`
	sqlDeletePersonal  = `DELETE FROM channel_person WHERE id = $1`
	sqlPersonalBefore  = `SELECT ` + personColumns + ` FROM channel_person WHERE id > $2 AND state = 'confirmed' AND added_at < $1 ORDER BY id LIMIT $3`
	sqlPrunePersonal   = `DELETE FROM channel_person WHERE state = 'waiting' AND added_at < $1`
)

func scanPersonal(s db.Scanner) (personal, error) {
	c := personal{Channel: Channel{Kind: Email}}
	var person []byte
	var added int64
	err := s.Scan(&c.ID, &person, &c.sealed, &c.Lang, &c.State, &c.code, &added)
	copy(c.person[:], person)
	c.AddedAt = db.FromMicros(added)
	return c, err
}

func insertPersonal(ctx context.Context, tx *db.Tx, c personal) error {
	_, err := tx.Exec(ctx, sqlInsertPersonal, c.ID, c.person[:], c.sealed, string(c.Lang), string(c.State), c.code, db.Micros(c.AddedAt))
	return err
}

func personalByID(ctx context.Context, tx *db.Tx, id string) (personal, error) {
	return scanPersonal(tx.QueryRow(ctx, sqlPersonal, id))
}

func personalOf(ctx context.Context, tx *db.Tx, p vocab.PersonRef) ([]personal, error) {
	rows, err := tx.Query(ctx, sqlPersonalOf, p[:])
	return db.Collect(rows, err, scanPersonal)
}

// personalBefore lists confirmed addresses from before the moment, behind an id.
func personalBefore(ctx context.Context, tx *db.Tx, before time.Time, after string, limit int) ([]personal, error) {
	rows, err := tx.Query(ctx, sqlPersonalBefore, db.Micros(before), after, limit)
	return db.Collect(rows, err, scanPersonal)
}

func confirmPersonal(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, sqlConfirmPersonal, id)
	return err
}

func deletePersonal(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, sqlDeletePersonal, id)
	return err
}

// prunePersonal forgets addresses that nobody confirmed.
func prunePersonal(ctx context.Context, tx *db.Tx, before time.Time) error {
	_, err := tx.Exec(ctx, sqlPrunePersonal, db.Micros(before))
	return err
}

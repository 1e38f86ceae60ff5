package idempotency

import (
	"context"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

const (
	sqlInsertKept = `INSERT INTO kept_answer (id, owner_member, verb, body, mac_key, status, answer, at, expires_at)
		VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8)`
	sqlSelectKept = `SELECT body, mac_key, status, answer, at, expires_at FROM kept_answer WHERE id = $1`
	sqlUpdateKept = `UPDATE kept_answer SET body = $2, status = $3, answer = $4 WHERE id = $1`
	sqlDeleteKept = `DELETE FROM kept_answer WHERE id = $1`
	sqlPruneKept  = `DELETE FROM kept_answer WHERE expires_at <= $1`
)

// kept is a row; status 0 is a claim without an answer.
type kept struct {
	id, body, answer []byte
	owner            vocab.MemberID
	verb, macKey     string
	status           int
	at, expires      int64
}

func insertKept(ctx context.Context, tx *db.Tx, r kept) error {
	_, err := tx.Exec(ctx, sqlInsertKept, r.id, string(r.owner), r.verb, []byte{}, r.macKey, []byte{}, r.at, r.expires)
	return err
}

func selectKept(ctx context.Context, tx *db.Tx, id []byte) (kept, error) {
	r := kept{id: id}
	err := tx.QueryRow(ctx, sqlSelectKept, id).Scan(&r.body, &r.macKey, &r.status, &r.answer, &r.at, &r.expires)
	return r, err
}

func updateKept(ctx context.Context, tx *db.Tx, r kept) error {
	_, err := tx.Exec(ctx, sqlUpdateKept, r.id, r.body, int64(r.status), r.answer)
	return err
}

func deleteKept(ctx context.Context, tx *db.Tx, id []byte) error {
	_, err := tx.Exec(ctx, sqlDeleteKept, id)
	return err
}

func pruneKept(ctx context.Context, tx *db.Tx, now int64) (int64, error) {
	return tx.Exec(ctx, sqlPruneKept, now)
}

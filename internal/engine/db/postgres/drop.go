package postgres

import (
	"context"
	"errors"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// Drop removes a schema that was made to try something, with all that is in it.
// The default one is never such.
func Drop(ctx context.Context, dsn, schema string) error {
	if schema == "" || schema == DefaultSchema {
		return vocab.BadInput.Because("the schema %q is not one to try something in", schema)
	}
	d, err := Open(ctx, dsn, schema)
	if err != nil {
		return err
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DROP SCHEMA `+quote(schema)+` CASCADE`)
		return err
	})
	return errors.Join(err, d.Close())
}

package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"fontis/internal/engine/db"
)

// Snapshot copies the file as one reader sees it.
func (e *engine) Snapshot(ctx context.Context, d *db.DB, path string) error {
	return errors.New("not here")
}

// Load fills the empty database from a snapshot.
func (e *engine) Load(ctx context.Context, d *db.DB, path string) error {
	return errors.New("not here")
}

var _ *sql.DB

// Scrub moves the log into the file and empties it.
func (e *engine) Scrub(ctx context.Context, d *db.DB, tables []string) error {
	return errors.New("not here")
}

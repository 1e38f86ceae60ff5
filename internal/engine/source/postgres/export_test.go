package postgres

import (
	"context"

	"fontis/internal/engine/source"
)

// Attempt runs the attempt alone, without the inspection before it.
func (d *DB) Attempt(ctx context.Context) (source.Powers, error) {
	var p source.Powers
	err := d.attempt(ctx, &p)
	return p, err
}

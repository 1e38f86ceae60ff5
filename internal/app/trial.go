package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"fontis/internal/engine/db/postgres"
	"fontis/internal/vocab"
)

// Trial copies a node that does not run into an empty folder, to try a newer
// binary on it; a record in PostgreSQL is copied into a schema of its own beside
// the first. The original is only read: files are copied, never opened by the
// engine, and no other process can start the node meanwhile. drop takes away what
// stands outside the folder.
func Trial(ctx context.Context, cfg Config, to string) (copied Config, drop func(context.Context) error, err error) {
	held, err := os.Open(filepath.Join(cfg.data(), "lease.json"))
	if err != nil {
		return cfg, nil, vocab.NoSuchThing.Wrap(err, "the node in %s was never opened", cfg.Dir).WithFix("look which folder it is and what it lacks: fontis doctor --node %s", cfg.Dir)
	}
	defer held.Close()
	if err := unix.Flock(int(held.Fd()), unix.LOCK_SH|unix.LOCK_NB); err != nil {
		return cfg, nil, vocab.LeaseHeld.Wrap(err, "the node in %s runs", cfg.Dir).WithFix("stop fontis serve, then try again")
	}
	copied = cfg
	copied.Dir, copied.Keys, copied.Index = to, "", inMemory
	for from, into := range map[string]string{cfg.keys(): copied.keys(), cfg.data(): copied.data()} {
		if err := copyFolder(ctx, from, into); err != nil {
			return cfg, nil, fmt.Errorf("copy %s: %w", from, err)
		}
	}
	drop, err = copied.copyDatabase(ctx)
	return copied, drop, err
}

// copyDatabase copies a record in PostgreSQL into a fresh schema, which the
// configuration then names.
func (c *Config) copyDatabase(ctx context.Context) (drop func(context.Context) error, err error) {
	drop = func(context.Context) error { return nil }
	address, err := c.databaseAddress()
	if err != nil || address == "" {
		return drop, err
	}
	from, err := postgres.Open(ctx, address, c.schema())
	if err != nil {
		return drop, err
	}
	snapshot := filepath.Join(c.Dir, "snapshot.tmp")
	err = errors.Join(from.Snapshot(ctx, snapshot), from.Close())
	if err != nil {
		return drop, fmt.Errorf("copy the record: %w", err)
	}
	c.Schema = "fontis_" + strings.ReplaceAll(vocab.NewID("trial"), "-", "_")
	trial := c.Schema
	drop = func(ctx context.Context) error { return postgres.Drop(ctx, address, trial) }
	into, err := postgres.Open(ctx, address, trial)
	if err != nil {
		return drop, err
	}
	if err := errors.Join(into.Load(ctx, snapshot), into.Close()); err != nil {
		return drop, fmt.Errorf("fill the copy: %w", err)
	}
	return drop, os.Remove(snapshot)
}

// leftOut are files that belong to a process, not to the node.
var leftOut = []string{"lease.json", "fontis.db-shm"}

func copyFolder(ctx context.Context, from, into string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(from, path)
		if err = errors.Join(err, relErr, ctx.Err()); err != nil {
			return err
		}
		if slices.Contains(leftOut, rel) || !d.IsDir() && !d.Type().IsRegular() {
			return nil
		}
		return copyInto(path, filepath.Join(into, rel), d.IsDir())
	})
}

func copyInto(from, to string, dir bool) error {
	if dir {
		return os.MkdirAll(to, 0o700)
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

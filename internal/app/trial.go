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

	"golang.org/x/sys/unix"

	"fontis/internal/vocab"
)

// Trial copies a SQLite node that does not run into an empty folder, to try a
// newer binary on it. The original is only read: its files are copied, never
// opened by the engine, and no other process can start it meanwhile.
func Trial(ctx context.Context, cfg Config, to string) (Config, error) {
	if address, err := cfg.databaseAddress(); err != nil || address != "" {
		return cfg, errors.Join(err, vocab.NotOffered.Because("the record of this node stands in PostgreSQL").
			WithFix("fontis backup, then restore into a folder whose node.toml names another schema"))
	}
	held, err := os.Open(filepath.Join(cfg.data(), "lease.json"))
	if err != nil {
		return cfg, vocab.NoSuchThing.Wrap(err, "the node in %s was never opened", cfg.Dir)
	}
	defer held.Close()
	if err := unix.Flock(int(held.Fd()), unix.LOCK_SH|unix.LOCK_NB); err != nil {
		return cfg, vocab.LeaseHeld.Wrap(err, "the node in %s runs", cfg.Dir).WithFix("stop fontis serve, then try again")
	}
	copied := cfg
	copied.Dir, copied.Keys = to, ""
	for from, into := range map[string]string{cfg.keys(): copied.keys(), cfg.data(): copied.data()} {
		if err := copyFolder(ctx, from, into); err != nil {
			return cfg, fmt.Errorf("copy %s: %w", from, err)
		}
	}
	return copied, nil
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

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// Snapshot copies the file as one reader sees it; writers go on meanwhile. It
// takes a reader's place, so that upkeep which wants to be alone waits for it.
func (e *engine) Snapshot(ctx context.Context, d *db.DB, path string) error {
	return d.Read(ctx, func(*db.Tx) error {
		return placed(path, func(part string) error {
			// A reader's connection may not run it, though it only reads here.
			c, err := e.write.Conn(ctx)
			if err != nil {
				return err
			}
			defer c.Close()
			_, err = c.ExecContext(ctx, `VACUUM INTO $1`, part)
			return err
		})
	})
}

// WriteSnapshot makes the snapshot at path from what fill puts into an empty
// database; for an engine that cannot copy itself into a file.
func WriteSnapshot(ctx context.Context, path string, fill func(to *db.Tx) error) error {
	return placed(path, func(part string) error {
		p, err := pool(part, "_pragma=journal_mode(delete)", "_txlock=immediate&_pragma=foreign_keys(1)")
		if err != nil {
			return err
		}
		e := &engine{path: part, write: p, read: p}
		d := db.New(e, e, 1)
		err = d.Write(ctx, fill)
		return errors.Join(err, d.Close())
	})
}

// placed lets write fill an empty file beside path and gives it the name path
// when it is whole and durable. A file that is there is refused.
func placed(path string, write func(part string) error) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return vocab.AlreadyExists.Because("snapshot %s is already there", path)
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := create(part); err != nil {
		return fmt.Errorf("snapshot %s: %w", path, err)
	}
	defer os.Remove(part)
	f, err := os.Open(part)
	if err != nil {
		return err
	}
	defer f.Close()
	settled := settle(f)
	err = write(part)
	settled()
	if err != nil {
		return fmt.Errorf("snapshot %s: %w", path, err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("snapshot %s: %w", path, err)
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// settleEvery bounds what a snapshot leaves for its last sync. The file system
// makes a commit wait for what others have written before it: 200 MB at once cost
// the writers beside it hundreds of milliseconds.
const settleEvery = 20 * time.Millisecond

// settle syncs the file again and again until stop is called.
func settle(f *os.File) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(settleEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_ = f.Sync() // the last one tells
			case <-quit:
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}

// Load fills the empty database from a snapshot.
func (e *engine) Load(ctx context.Context, d *db.DB, path string) error {
	return LoadInto(ctx, d, path)
}

// LoadInto copies the snapshot at path into d, of whichever engine.
func LoadInto(ctx context.Context, d *db.DB, path string) error {
	from, err := OpenSnapshot(path)
	if err != nil {
		return fmt.Errorf("load snapshot %s: %w", path, err)
	}
	defer from.Close()
	err = from.Read(ctx, func(old *db.Tx) error {
		if err := whole(ctx, old); err != nil {
			return err
		}
		return d.Write(ctx, func(tx *db.Tx) error { return db.Copy(ctx, old, tx) })
	})
	if err != nil {
		return fmt.Errorf("load snapshot %s: %w", path, err)
	}
	return nil
}

// whole refuses a snapshot whose pages were damaged on the way.
func whole(ctx context.Context, tx *db.Tx) error {
	var verdict string
	if err := tx.QueryRow(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return vocab.FileUnreadable.Wrap(err, "it is not a whole database file")
	}
	if verdict != "ok" {
		return vocab.FileUnreadable.Because("the file is damaged: %s", verdict)
	}
	return nil
}

// OpenSnapshot opens a snapshot for reading only; nothing is written beside it.
func OpenSnapshot(path string) (*db.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	p, err := pool(path, "mode=ro&immutable=1", "_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	e := &engine{path: path, write: p, read: p}
	return db.New(e, e, 1), nil
}

// Scrub writes the file anew without the rows that are gone, and empties the log.
//
// secure_delete overwrites a deleted row where it stood, but not the copies that
// stay in the slack of a page when SQLite moves rows between pages: a test finds
// them in clustered tables. Only writing all pages anew removes those. It takes
// free room of twice the file's size, and nothing else runs meanwhile.
func (e *engine) Scrub(ctx context.Context, d *db.DB, _ []string) error {
	if err := e.roomToScrub(); err != nil {
		return err
	}
	if e.flusher != nil {
		e.flusher.mu.Lock()
		defer e.flusher.mu.Unlock()
	}
	return d.Alone(ctx, func() error {
		c, err := e.write.Conn(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		// The passing copy lies unnamed beside the file: not in memory, which may
		// be smaller, nor in a shared folder for what passes.
		folder := strings.ReplaceAll(filepath.Dir(e.path), "'", "''")
		for _, q := range []string{
			`PRAGMA busy_timeout = 500`, `PRAGMA temp_store_directory = '` + folder + `'`, `PRAGMA temp_store = FILE`, `VACUUM`,
			`PRAGMA temp_store_directory = ''`,
		} {
			if _, err := c.ExecContext(ctx, q); err != nil {
				return fmt.Errorf("scrub: %w", err)
			}
		}
		return truncateLog(ctx, c)
	})
}

func (e *engine) roomToScrub() error {
	info, err := os.Stat(e.path)
	if err != nil {
		return err
	}
	free, _, err := db.Free(filepath.Dir(e.path))
	if err != nil {
		return err
	}
	if need := 2 * uint64(info.Size()); free < need {
		return vocab.DiskLow.Because("scrubbing needs %d free bytes, the disk has %d", need, free)
	}
	return nil
}

func truncateLog(ctx context.Context, c *sql.Conn) error {
	var busy, inLog, moved int
	err := c.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &inLog, &moved)
	if err != nil {
		return fmt.Errorf("empty the log: %w", err)
	}
	if busy != 0 {
		return vocab.DatabaseAway.Because("another process reads the database, so its log could not be emptied")
	}
	return nil
}

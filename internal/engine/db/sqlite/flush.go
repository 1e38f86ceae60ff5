package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"

	"modernc.org/sqlite"

	"fontis/internal/engine/db"
)

// SQLite's own way is to move the log into the file within the commit that makes
// it a thousand pages long: that commit, and all who wait behind it, then wait
// for a thousand writes and two syncs. Here the log may grow by flushPages; then
// a goroutine moves it beside the writers, and stops them only for what they
// wrote meanwhile, so that the next one begins the log anew. Pages that were
// written many times are moved once. Should the goroutine fail, SQLite's own way
// begins at 32,768 pages (settings).
const (
	flushPages = 6144 // 24 MB
	// lookEvery is how many write transactions pass between two looks at the log.
	lookEvery = 8
)

// flusher moves the log into the file. Its commits are as durable as ever: what
// is in the log counts.
type flusher struct {
	engine *engine
	db     *db.DB

	// These belong to the writer.
	begun   int // write transactions since the last look
	flushed int // pages that its connection had written when the log was moved last

	wake  chan struct{}
	stop  context.CancelFunc
	ended chan struct{}

	mu sync.Mutex // held while the log is moved, and by whoever wants the file alone
}

func startFlusher(e *engine, d *db.DB) *flusher {
	ctx, stop := context.WithCancel(context.Background())
	f := &flusher{engine: e, db: d, wake: make(chan struct{}, 1), stop: stop, ended: make(chan struct{})}
	go f.run(ctx)
	return f
}

func (f *flusher) close() {
	f.stop()
	<-f.ended
}

// look is called by each writer before its transaction.
func (f *flusher) look(c *sql.Conn) error {
	if f.begun++; f.begun < lookEvery {
		return nil
	}
	f.begun = 0
	var written int
	err := c.Raw(func(raw any) error {
		counter, ok := raw.(sqlite.DBStatus)
		if !ok {
			return fmt.Errorf("%T does not count its pages", raw)
		}
		var err error
		written, _, err = counter.Status(sqlite.DBStatusCacheWrite, false)
		return err
	})
	if err != nil {
		return err
	}
	if written < f.flushed { // another connection than last time
		f.flushed = 0
	}
	if written-f.flushed < flushPages {
		return nil
	}
	f.flushed = written
	select {
	case f.wake <- struct{}{}:
	default:
	}
	return nil
}

func (f *flusher) run(ctx context.Context) {
	defer close(f.ended)
	for {
		select {
		case <-f.wake:
		case <-ctx.Done():
			return
		}
		if err := f.flush(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "the database's log was not moved into its file", "error", err)
		}
	}
}

// flush moves what is there while writers go on, and the rest while they wait.
func (f *flusher) flush(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.engine.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := moveLog(ctx, c); err != nil {
		return err
	}
	return f.db.Pause(ctx, func() error { return moveLog(ctx, c) })
}

func moveLog(ctx context.Context, c *sql.Conn) error {
	_, err := c.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`)
	return err
}

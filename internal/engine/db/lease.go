package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"fontis/internal/vocab"
)

// Holder says who holds the lease of a node.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// Lease is the right of one process to run a node. The kernel gives it back when
// the process ends, however it ends.
type Lease struct{ file *os.File }

// Fencer is a driver whose write connection can shut out other processes.
type Fencer interface {
	// Fence makes every write connection opened from now on take the lock first.
	Fence()
}

// leaseFile lies in the node's folder: locked by who runs the node, naming it.
const leaseFile = "lease.json"

// AcquireLease takes the node whose folder is dir, and shuts other processes out
// of the database d when its engine is shared between machines; d may be nil. A
// node that is taken gives vocab.LeaseHeld, which names the holder.
func AcquireLease(ctx context.Context, dir string, now time.Time, d *DB) (*Lease, error) {
	path := filepath.Join(dir, leaseFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("acquire the lease of %s: %w", dir, err)
	}
	l := &Lease{file: f}
	if err := l.lock(dir, now); err != nil {
		f.Close()
		return nil, err
	}
	if err := d.fence(ctx); err != nil {
		l.Release()
		return nil, fmt.Errorf("acquire the lease of the database: %w", err)
	}
	return l, nil
}

func (l *Lease) lock(dir string, now time.Time) error {
	err := unix.Flock(int(l.file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		var h Holder
		body, _ := io.ReadAll(l.file)
		if json.Unmarshal(body, &h) != nil || h.PID == 0 {
			return vocab.LeaseHeld.Because("folder %s is held by another process", dir)
		}
		return vocab.LeaseHeld.Because("folder %s is held by process %d on host %s since %s",
			dir, h.PID, h.Host, h.Since.UTC().Format(time.RFC3339))
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", l.file.Name(), err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	body, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Since: now.UTC()})
	if err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("name the holder: %w", err)
	}
	if _, err := l.file.WriteAt(append(body, '\n'), 0); err != nil {
		return fmt.Errorf("name the holder: %w", err)
	}
	return nil
}

// Release gives the folder back. The database gives its lock back when it closes.
func (l *Lease) Release() error {
	return errors.Join(l.file.Truncate(0), l.file.Close())
}

// fence reconnects the writer under the lock of the engine.
func (d *DB) fence(ctx context.Context) error {
	if d == nil {
		return nil
	}
	f, ok := d.driver.(Fencer)
	if !ok {
		return nil
	}
	c, err := d.take(ctx, d.writer)
	if err != nil {
		return err
	}
	c.discard()
	f.Fence()
	raw, err := d.driver.Connect(ctx, true)
	if err != nil {
		d.writer <- nil
		return d.judge(err)
	}
	d.writer <- newConn(raw)
	return nil
}

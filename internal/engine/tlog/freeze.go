package tlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"fontis/internal/vocab"
)

// Frozen is the mark of a log that will never grow again.
type Frozen struct {
	// Successor is the origin of the log that goes on in its place.
	Successor string    `json:"successor"`
	At        time.Time `json:"at"`
}

// Freeze marks the folder: this log and every later Open refuse to append, and
// no further checkpoint is published (Await the last one first, where the log
// ends in order). What was admitted before is still written. Reading goes on. It
// also freezes a log opened for reading only; a second call keeps the first mark.
func (l *Log) Freeze(successor string) error {
	l.freezing.Lock()
	defer l.freezing.Unlock()
	if l.committer != nil {
		l.pub.halted.Store(true)
		l.committer.end(vocab.LogFrozen.Because("%s was frozen", l.opts.Origin))
	}
	f, err := readFrozen(l.opts.Dir)
	if err != nil || f != nil {
		return err
	}
	text, err := json.Marshal(Frozen{Successor: successor, At: l.opts.Clock.Now().UTC()})
	if err != nil {
		return fmt.Errorf("freeze log %s: %w", l.opts.Origin, err)
	}
	if err := writeDurably(l.opts.Dir, frozenFile, append(text, '\n')); err != nil {
		return fmt.Errorf("freeze log %s: %w", l.opts.Origin, err)
	}
	return nil
}

// Frozen tells the mark, nil where the log may grow.
func (l *Log) Frozen() (*Frozen, error) { return readFrozen(l.opts.Dir) }

func readFrozen(dir string) (*Frozen, error) {
	raw, err := os.ReadFile(filepath.Join(dir, frozenFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the freeze mark: %w", err)
	}
	var f Frozen
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, vocab.LedgerCorrupt.Wrap(err, "the freeze mark in %s", dir)
	}
	return &f, nil
}

package tlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/transparency-dev/tessera/api/layout"

	"fontis/internal/vocab"
)

const (
	checkpointFile = "checkpoint"
	frozenFile     = "frozen"
	lockFile       = "appender.lock"
	// treeStateFile is written by Tessera after the tiles of a group are durable.
	treeStateFile = ".state/treeState"
)

// treeState is Tessera's own word on how far the tree is integrated.
type treeState struct {
	Size uint64 `json:"size"`
	Root []byte `json:"root"`
}

func (s treeState) holds(root [32]byte) bool { return bytes.Equal(s.Root, root[:]) }

func readTreeState(dir string) (treeState, error) {
	var s treeState
	raw, err := os.ReadFile(filepath.Join(dir, treeStateFile))
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("parse the tree state: %w", err)
	}
	return s, nil
}

// writeDurably replaces the file name inside dir so that after a power cut
// either the old or the new content is there, whole.
func writeDurably(dir, name string, content []byte) error {
	f, err := os.CreateTemp(dir, "."+name+"-*")
	if err != nil {
		return fmt.Errorf("make %s: %w", name, err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return fmt.Errorf("put %s in place: %w", name, err)
	}
	return syncFolder(dir)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}

// lockFolder makes this the only appender of the folder. The kernel lets the
// lock go when the process ends, however it ends.
func lockFolder(dir string) (func(), error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, vocab.LeaseHeld.Wrap(err, "another process appends to the log in %s", dir)
	}
	return func() { f.Close() }, nil
}

const (
	// sweepMost bounds the bundles swept after one checkpoint, so that catching up
	// after days without a witness does not hold up the next checkpoint.
	sweepMost = 4096
	// sweepBack is how many leaves below the first checkpoint of a run are swept
	// again, for what a killed process did not get to.
	sweepBack = 1 << 16
)

// sweep removes the partial tiles and bundles of which the full ones lie below
// size, the size of the served checkpoint. from is where it went to last; the
// answer is where it went to now. The Handler cuts partial ones out of the full.
func sweep(dir string, from, size uint64) (uint64, error) {
	for range sweepMost {
		if from+tileWidth > size {
			break
		}
		index := from / tileWidth
		err := os.RemoveAll(filepath.Join(dir, layout.EntriesPath(index, 0)+".p"))
		for level := uint64(0); err == nil; level++ {
			err = os.RemoveAll(filepath.Join(dir, layout.TilePath(level, index, 0)+".p"))
			if index%tileWidth != tileWidth-1 {
				break
			}
			// The last tile of 256 completes the one above it.
			index /= tileWidth
		}
		if err != nil {
			return from, fmt.Errorf("sweep partial tiles: %w", err)
		}
		from += tileWidth
	}
	return from, nil
}

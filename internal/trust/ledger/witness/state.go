package witness

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// watched is one log as this witness remembers it: the pin (ID.log) and the
// latest cosigned checkpoint (ID.checkpoint), each one file.
type watched struct {
	disk               disk
	origin, vkey, from string

	mu     sync.Mutex // guards what follows; held over check, write and sync
	fork   []byte     // a checkpoint the log signed at a size held here, with another root
	size   uint64
	root   proof.Hash
	signed []byte // nil until the first cosignature
}

type pinJSON struct {
	Origin string `json:"origin"`
	VKey   string `json:"vkey"`
	From   string `json:"from,omitempty"`
}

const (
	pinSuffix        = ".log"
	checkpointSuffix = ".checkpoint"
	forkSuffix       = ".fork"
)

func newWatched(d disk, origin, vkey, from string) *watched {
	return &watched{disk: d, origin: origin, vkey: vkey, from: from, root: sha256.Sum256(nil)}
}

func (l *watched) path(suffix string) string { return filepath.Join(l.disk.dir, ID(l.origin)+suffix) }

func (l *watched) writePin() error {
	b, err := json.Marshal(pinJSON{l.origin, l.vkey, l.from})
	if err != nil {
		return err
	}
	return l.disk.write(l.path(pinSuffix), append(b, '\n'))
}

// remember makes a checkpoint the latest one; l.mu is held. Nothing changes in
// memory when the disk did not take it.
func (l *watched) remember(c proof.Checkpoint, signed []byte) error {
	if err := l.disk.write(l.path(checkpointSuffix), signed); err != nil {
		return err
	}
	l.size, l.root, l.signed = c.Size, c.Root, signed
	return nil
}

// convict keeps a checkpoint that the log signed against itself; l.mu is held.
// The first one stays: it is evidence.
func (l *watched) convict(signed []byte) error {
	if l.fork != nil {
		return nil
	}
	if err := l.disk.write(l.path(forkSuffix), signed); err != nil {
		return err
	}
	l.fork = signed
	return nil
}

// forked is the evidence that the log signed two trees, nil without one.
func (l *watched) forked() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fork
}

// latest is the newest cosigned checkpoint, nil before the first.
func (l *watched) latest() (size uint64, signed []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.size, l.signed
}

// disk is the state folder; sync stands apart so that a test can break it.
type disk struct {
	dir  string
	sync func(*os.File) error
}

// write replaces a file whole: content synced, renamed, folder synced.
func (d disk) write(path string, b []byte) error {
	f, err := os.CreateTemp(d.dir, ".new-*")
	if err != nil {
		return fmt.Errorf("writing the witness's memory: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err == nil {
		err = d.sync(f)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = d.syncDir()
	}
	if err != nil {
		return fmt.Errorf("writing the witness's memory: %w", err)
	}
	return nil
}

func (d disk) syncDir() error {
	f, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	err = d.sync(f)
	return errors.Join(err, f.Close())
}

// load reads every pin with its checkpoint. A checkpoint that does not read, or
// that this witness did not cosign, stops the start: an emptied memory would
// cosign anything.
func (w *Witness) load() error {
	names, err := os.ReadDir(w.opts.Dir)
	if err != nil {
		return fmt.Errorf("reading the witness folder: %w", err)
	}
	for _, n := range names {
		if !strings.HasSuffix(n.Name(), pinSuffix) {
			continue
		}
		l, err := w.loadOne(filepath.Join(w.opts.Dir, n.Name()))
		if err != nil {
			return fmt.Errorf("reading the memory of %s: %w", n.Name(), err)
		}
		w.logs[l.origin] = l
	}
	return w.noOrphans(names)
}

func (w *Witness) loadOne(path string) (*watched, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var pin pinJSON
	if err := json.Unmarshal(b, &pin); err != nil {
		return nil, vocab.LedgerCorrupt.Wrap(err, "the pin does not read")
	}
	if name, err := proof.VKeyName(pin.VKey); err != nil || name != pin.Origin || filepath.Base(path) != ID(pin.Origin)+pinSuffix {
		return nil, vocab.LedgerCorrupt.Because("the pin names origin %q and key %q, which do not belong together", pin.Origin, pin.VKey)
	}
	l := newWatched(w.disk, pin.Origin, pin.VKey, pin.From)
	if l.fork, err = os.ReadFile(l.path(forkSuffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	signed, err := os.ReadFile(l.path(checkpointSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	policy, err := proof.PolicyFor(pin.VKey, 1, proof.PolicyWitness{Name: "self", VKey: w.VKey()})
	if err != nil {
		return nil, err
	}
	seen, err := policy.OpenCheckpoint(signed)
	if err == nil {
		err = policy.RequireQuorum(seen)
	}
	if err != nil || seen.Origin != l.origin {
		return nil, vocab.LedgerCorrupt.Wrap(err, "the checkpoint in the folder is not what this witness cosigned for %s", l.origin)
	}
	l.size, l.root, l.signed = seen.Size, seen.Root, signed
	return l, nil
}

// noOrphans refuses a checkpoint whose pin is gone: its log would be pinned anew
// and begin at nothing.
func (w *Witness) noOrphans(names []os.DirEntry) error {
	known := map[string]bool{}
	for _, l := range w.logs {
		known[ID(l.origin)+checkpointSuffix] = true
	}
	for _, n := range names {
		if strings.HasSuffix(n.Name(), checkpointSuffix) && !known[n.Name()] {
			return vocab.LedgerCorrupt.Because("%s has no pin beside it", n.Name())
		}
	}
	return nil
}

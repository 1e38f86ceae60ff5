package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/vocab"
)

// Options say what the store may do and where its passphrase comes from. At
// most one of Passphrase, PassphraseFile and Credential is set.
type Options struct {
	// New is true only when the node is being made: then missing keys are made.
	New bool
	// DataDir is the data folder; the keys' directory must not lie inside it.
	DataDir string
	// Known is a file inside the data folder in which the store lists the
	// identifiers of all keys it ever made. With it, a key that was lost is told
	// from one that never was. Without it, an old node makes no key at all.
	Known string
	// Passphrase is one typed by the operator.
	Passphrase Passphrase
	// PassphraseFile is a file of mode 0600 or stricter that holds it.
	PassphraseFile string
	// Credential is its name in $CREDENTIALS_DIRECTORY, as systemd provides it.
	Credential string
	// Clock dates new keys; clock.System when nil.
	Clock clock.Clock

	cost cost // of argon2id for a new seal; zero means the usual
}

// Store holds the node's keys. It is safe for concurrent use.
type Store struct {
	dir   string
	opts  Options
	clock clock.Clock
	seal  *seal // nil when the keys lie in clear

	rings atomic.Pointer[map[Use]ring] // replaced whole, never changed in place
	mu    sync.Mutex                   // serialises every change of files and of rings
}

// ring is the versions of one use in ascending order; the last is current.
type ring []*key

// Format hides the store's keys from every verb.
func (*Store) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// LogValue hides the store's keys from structured logs.
func (*Store) LogValue() slog.Value { return slog.StringValue(hidden) }

// Open reads the keys in dir. On a new node it makes dir when it is missing.
func Open(dir string, opts Options) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the keys' directory: %w", err)
	}
	if opts.Clock == nil {
		opts.Clock = clock.System()
	}
	s := &Store{dir: dir, opts: opts, clock: opts.Clock}
	s.rings.Store(&map[Use]ring{})
	if err := s.prepareDir(); err != nil {
		return nil, err
	}
	if err := s.openSeal(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reload(); err != nil {
		return nil, err
	}
	if err := s.finishSealing(); err != nil {
		return nil, err
	}
	if err := s.meetKnown(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) prepareDir() error {
	if err := outside(s.dir, s.opts.DataDir); err != nil {
		return err
	}
	_, err := os.Lstat(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		if !s.opts.New {
			return vocab.KeyMissing.Because("the node exists, but its keys' directory %s does not", s.dir)
		}
		if err := os.MkdirAll(filepath.Dir(s.dir), 0o755); err != nil {
			return fmt.Errorf("make the keys' directory: %w", err)
		}
		if err := os.Mkdir(s.dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("make the keys' directory: %w", err)
		}
		if err := syncDir(filepath.Dir(s.dir)); err != nil {
			return err
		}
	}
	return safeDir(s.dir)
}

// reload reads every key file that is not in memory yet. s.mu is held.
func (s *Store) reload() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("list the keys' directory: %w", err)
	}
	next := maps.Clone(*s.rings.Load())
	for _, e := range entries {
		if filepath.Ext(e.Name()) != keyExt {
			continue
		}
		k, err := s.readKey(filepath.Join(s.dir, e.Name()))
		if err != nil {
			return err
		}
		if next[k.use].find(k.version) == nil {
			next[k.use] = next[k.use].with(k)
		}
	}
	s.rings.Store(&next)
	return nil
}

// with gives a longer copy, in order of version.
func (r ring) with(k *key) ring {
	out := append(slices.Clone(r), k)
	slices.SortFunc(out, func(a, b *key) int { return a.version - b.version })
	return out
}

func (r ring) find(version int) *key {
	i, ok := slices.BinarySearchFunc(r, version, func(k *key, v int) int { return k.version - v })
	if !ok {
		return nil
	}
	return r[i]
}

// Ensure makes the first key of each use that has none, where that is allowed.
// After it MAC, Seal and Signer of these uses cannot fail.
func (s *Store) Ensure(uses ...Use) error {
	for _, u := range uses {
		if _, err := s.current(u, u.Kind()); err != nil {
			return err
		}
	}
	return nil
}

// current is the newest key of the use; the first one is made here.
func (s *Store) current(use Use, want Kind) (*key, error) {
	if r := (*s.rings.Load())[use]; len(r) > 0 && use.Kind() == want {
		return r[len(r)-1], nil
	}
	if err := use.valid(); err != nil {
		return nil, err
	}
	if use.Kind() != want {
		return nil, wrongKind(use, want)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reload(); err != nil { // another process may have made it
		return nil, err
	}
	if r := (*s.rings.Load())[use]; len(r) > 0 {
		return r[len(r)-1], nil
	}
	if !s.opts.New && s.opts.Known == "" {
		return nil, vocab.KeyMissing.Because("there is no key for %s in %s, and this node is not new", use, s.dir)
	}
	k, err := s.add(use, 1)
	if !errors.Is(err, vocab.AlreadyExists) {
		return k, err
	}
	if err := s.reload(); err != nil { // another process was first
		return nil, err
	}
	r := (*s.rings.Load())[use]
	if len(r) == 0 {
		return nil, err
	}
	return r[len(r)-1], nil
}

// older is the named version of a key.
func (s *Store) older(use Use, version int, tag uint32) (*key, error) {
	if k := (*s.rings.Load())[use].find(version); k != nil {
		return k.tagged(tag, s.dir)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reload(); err != nil { // another process may have rotated
		return nil, err
	}
	if k := (*s.rings.Load())[use].find(version); k != nil {
		return k.tagged(tag, s.dir)
	}
	return nil, vocab.KeyMissing.Because("key %s is not in %s", keyID(use, version, tag), s.dir)
}

// tagged refuses a key that has the version asked for but is another key.
func (k *key) tagged(tag uint32, dir string) (*key, error) {
	if k.tag != tag {
		return nil, vocab.KeyMissing.Because("key %s is not in %s, which holds %s instead", keyID(k.use, k.version, tag), dir, k.id)
	}
	return k, nil
}

// Rotate makes a new version of the key current and gives it. The versions
// before it stay for reading. Another process on the same directory takes the
// new version up when it starts again, and reads with it at once.
func (s *Store) Rotate(use Use) (Info, error) {
	if err := use.valid(); err != nil {
		return Info{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reload(); err != nil {
		return Info{}, err
	}
	r := (*s.rings.Load())[use]
	if len(r) == 0 {
		return Info{}, vocab.KeyMissing.Because("there is no key for %s in %s to rotate", use, s.dir)
	}
	if r[len(r)-1].version == maxVersion {
		return Info{}, vocab.StateWrong.Because("key %s has %d versions and can have no more", use, maxVersion)
	}
	k, err := s.add(use, r[len(r)-1].version+1)
	if err != nil {
		return Info{}, fmt.Errorf("rotate key %s: %w", use, err)
	}
	return k.info(true), nil
}

// add makes, writes and lists a key, then puts it to use. s.mu is held.
func (s *Store) add(use Use, version int) (*key, error) {
	k, err := newKey(use, version, s.clock.Now().UTC().Truncate(time.Microsecond))
	if err != nil {
		return nil, err
	}
	if err := s.keep(k); err != nil {
		return nil, err
	}
	return k, nil
}

// keep writes and lists keys, then puts them to use. s.mu is held. The file
// comes first: a listed key without a file would stop the node.
func (s *Store) keep(ks ...*key) error {
	next := maps.Clone(*s.rings.Load())
	for _, k := range ks {
		if err := s.writeKey(k, false); err != nil {
			return err
		}
		next[k.use] = next[k.use].with(k)
	}
	if err := s.list(next); err != nil {
		return err
	}
	s.rings.Store(&next)
	return nil
}

// List describes every version of every key, in order of use and version.
func (s *Store) List() []Info {
	rings := *s.rings.Load()
	var out []Info
	for _, use := range slices.Sorted(maps.Keys(rings)) {
		for i, k := range rings[use] {
			out = append(out, k.info(i == len(rings[use])-1))
		}
	}
	return out
}

// Has reports whether the store holds a key for the use, without making one.
func (s *Store) Has(use Use) bool { return len((*s.rings.Load())[use]) > 0 }

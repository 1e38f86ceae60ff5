// Package keyed keeps registers that were loaded from a file: a key (the
// pseudonym of a subject) and a value of opaque bytes that the caller sealed.
//
// A register is loaded whole. Replace takes rows in any order, sorts them on
// disk in bounded memory, and hands them to a driver in key order; the driver
// builds a new version beside the old one and switches when every row is
// durable. A reader sees the old version or the new, never a mixture, and each
// answer names the version and the date of what it was read from. A process
// killed in the middle leaves the old version answering, and what was left
// behind is cleared at the next Open. Save copies a version while it answers, and
// Bring makes the copy answer again, on the same driver or on another.
//
// Several rows for one key are kept and reported as several: which of them is
// right is not for the store to say.
package keyed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"regexp"
	"slices"
	"sync"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/vocab"
)

// Key is a keyed pseudonym. It is still personal data: it never prints.
type Key [16]byte

// Format hides the key from every verb.
func (Key) Format(f fmt.State, _ rune) { io.WriteString(f, "[person]") }

// LogValue hides the key from structured logs.
func (Key) LogValue() slog.Value { return slog.StringValue("[person]") }

// Row is what a register holds for one key.
type Row struct {
	Key     Key
	Found   bool
	Several bool     // more than one row was loaded for the key
	Count   int      // how many rows were loaded
	Values  [][]byte // in the order of loading; at most KeptValues of them
}

// One is the value when there is exactly one row.
func (r Row) One() ([]byte, bool) {
	if r.Count != 1 {
		return nil, false
	}
	return r.Values[0], true
}

// Info describes the version of a register that answers now.
type Info struct {
	Name    string    `json:"name"`
	Version string    `json:"version"` // random: two loads of one file differ
	Dated   time.Time `json:"dated"`   // what day the data are of, as their provider says
	Loaded  time.Time `json:"loaded"`
	Rows    int64     `json:"rows"`
	Keys    int64     `json:"keys"`
	Several int64     `json:"several"` // keys with more than one row
}

// KeptValues is how many values of one key are kept; beyond it they are only
// counted, so that one bad column cannot make a value of a gigabyte.
const KeptValues = 100

// MaxValue is the size of the largest value.
const MaxValue = 1 << 20

// Entry is a key with all its values packed into one, as a driver stores it.
type Entry struct {
	Key    Key
	Packed []byte // valid until the next entry is asked for
}

// Driver stores sorted entries. Names that reach it are valid.
type Driver interface {
	// Load makes entries the new version described by info.Name and
	// info.Version, durably and at once; they come in ascending order of unique
	// keys and end with the first error. After the last entry it asks done for
	// the whole Info, which it keeps. Any error leaves the old version.
	Load(ctx context.Context, info Info, entries iter.Seq2[Entry, error], done func() Info) error
	// Get reports the entries of the sorted unique keys by their index, all from
	// the one version that it gives. The packed bytes are the receiver's to keep.
	Get(ctx context.Context, name string, keys []Key, found func(i int, packed []byte) error) (Info, error)
	// Walk reports all entries in ascending order of keys, after begin was told
	// which version they are of. It may last long; the store goes on meanwhile.
	Walk(ctx context.Context, name string, begin func(Info) error, each func(Entry) error) error
	// List describes all registers in order of name.
	List(ctx context.Context) ([]Info, error)
	// Drop removes a register.
	Drop(ctx context.Context, name string) error
	// Close ends the driver.
	Close() error
}

// Options bound a store's work.
type Options struct {
	// Scratch is a directory for sorting; the system's own when empty.
	Scratch string
	// SortMemory bounds the bytes held while sorting; 64 MiB when zero.
	SortMemory int
	// Clock dates loads; clock.System when nil.
	Clock clock.Clock
}

// Store keeps registers with a driver. It is safe for concurrent use.
type Store struct {
	driver  Driver
	opts    Options
	mu      sync.Mutex // guards loading
	loading map[string]bool
}

// New makes a store over a driver.
func New(d Driver, opts Options) *Store {
	if opts.Clock == nil {
		opts.Clock = clock.System()
	}
	if opts.SortMemory <= 0 {
		opts.SortMemory = 64 << 20
	}
	return &Store{driver: d, opts: opts, loading: map[string]bool{}}
}

// Close ends the store.
func (s *Store) Close() error { return s.driver.Close() }

// Replace loads the rows as the register's new version, dated as given. When
// ctx ends before the last row was taken, the old version stays: a producer
// that meets an error cancels ctx with it as the cause, and Replace returns it.
// Values may be reused by the producer after each step.
func (s *Store) Replace(ctx context.Context, name string, dated time.Time, rows iter.Seq2[Key, []byte]) error {
	return s.ReplaceKeeping(ctx, name, dated, rows, Keeping{})
}

// Keeping is what a new version must keep of the keys of the old one.
type Keeping struct {
	// Lost is asked before the switch when keys are missing, with how many; its
	// error leaves the old version. Nil: any may be missing.
	Lost func(n int64) error
	// Except are keys that may be missing.
	Except []Key
}

// ReplaceKeeping is Replace for a register that loses no key unasked.
func (s *Store) ReplaceKeeping(ctx context.Context, name string, dated time.Time, rows iter.Seq2[Key, []byte], k Keeping) error {
	if err := ValidName(name); err != nil {
		return err
	}
	if err := s.begin(name); err != nil {
		return err
	}
	defer s.end(name)
	info := Info{Name: name, Version: vocab.NewID("v"), Dated: dated.UTC().Truncate(time.Microsecond), Loaded: s.opts.Clock.Now().UTC().Truncate(time.Microsecond)}
	if err := s.load(ctx, info, rows, k); err != nil {
		return fmt.Errorf("replace register %s: %w", name, err)
	}
	return nil
}

func (s *Store) load(ctx context.Context, info Info, rows iter.Seq2[Key, []byte], k Keeping) error {
	kept, err := s.keep(ctx, info.Name, k)
	if err != nil {
		return err
	}
	sorted := newSorter(s.opts.Scratch, s.opts.SortMemory)
	defer sorted.close()
	for key, value := range rows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if len(value) > MaxValue {
			return vocab.BadInput.Because("a value has %d bytes, at most %d are kept", len(value), MaxValue)
		}
		if err := sorted.add(key, value); err != nil {
			return fmt.Errorf("sort rows: %w", err)
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	entries := func(yield func(Entry, error) bool) {
		for e, err := range grouped(sorted.all(), &info) {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			if err == nil {
				err = kept.see(ctx, e.Key)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
		if err := kept.whole(ctx); err != nil {
			yield(Entry{}, err)
		}
	}
	return s.driver.Load(ctx, info, entries, func() Info { return info })
}

// begin refuses a second load of a register while the first one runs.
func (s *Store) begin(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loading[name] {
		return vocab.StateWrong.Because("register %s is being replaced already", name)
	}
	s.loading[name] = true
	return nil
}

func (s *Store) end(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.loading, name)
}

// Get gives one row per key, in the order of keys, with the date and version of
// the register that all of them were read from.
func (s *Store) Get(ctx context.Context, name string, keys []Key) ([]Row, time.Time, string, error) {
	rows := make([]Row, len(keys))
	for i, k := range keys {
		rows[i].Key = k
	}
	info, err := s.fill(ctx, name, rows)
	if err != nil {
		return nil, time.Time{}, "", fmt.Errorf("read register %s: %w", name, err)
	}
	return rows, info.Dated, info.Version, nil
}

func (s *Store) fill(ctx context.Context, name string, rows []Row) (Info, error) {
	if err := ValidName(name); err != nil {
		return Info{}, err
	}
	if err := ctx.Err(); err != nil {
		return Info{}, context.Cause(ctx)
	}
	if len(rows) == 1 {
		return s.driver.Get(ctx, name, []Key{rows[0].Key}, func(_ int, packed []byte) error { return rows[0].unpack(packed) })
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare(rows[a].Key[:], rows[b].Key[:]) })
	unique := make([]Key, 0, len(rows))
	first := make([]int, 0, len(rows)+1) // where in order each unique key begins
	for n, i := range order {
		if n == 0 || rows[i].Key != unique[len(unique)-1] {
			unique = append(unique, rows[i].Key)
			first = append(first, n)
		}
	}
	first = append(first, len(order))
	return s.driver.Get(ctx, name, unique, func(u int, packed []byte) error {
		if u < 0 || u >= len(unique) {
			return errors.New("the driver answered a key that was not asked")
		}
		for _, i := range order[first[u]:first[u+1]] {
			if err := rows[i].unpack(packed); err != nil {
				return err
			}
		}
		return nil
	})
}

// Info describes a register; vocab.NoSuchThing when it was never loaded.
func (s *Store) Info(ctx context.Context, name string) (Info, error) {
	if err := ValidName(name); err != nil {
		return Info{}, err
	}
	info, err := s.driver.Get(ctx, name, nil, func(int, []byte) error { return nil })
	if err != nil {
		return Info{}, fmt.Errorf("look at register %s: %w", name, err)
	}
	return info, nil
}

// List describes all registers in order of name.
func (s *Store) List(ctx context.Context) ([]Info, error) {
	list, err := s.driver.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list registers: %w", err)
	}
	return list, nil
}

// Drop removes a register and its rows if it still is the load that is meant: one
// that came since stays, and where there is none nothing is to do.
func (s *Store) Drop(ctx context.Context, name, version string) error {
	if err := ValidName(name); err != nil {
		return err
	}
	if err := s.begin(name); err != nil {
		return err
	}
	defer s.end(name)
	info, err := s.Info(ctx, name)
	if vocab.CodeOf(err) == vocab.NoSuchThing || err == nil && info.Version != version {
		return nil
	}
	if err == nil {
		err = s.driver.Drop(ctx, name)
	}
	if err != nil {
		return fmt.Errorf("drop register %s: %w", name, err)
	}
	return nil
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)

// ValidName refuses what cannot be the name of a register.
func ValidName(name string) error {
	if !nameForm.MatchString(name) {
		return vocab.BadInput.Because("%.100q is not the name of a register: A-Z, a-z, 0-9, '_' and '-', at most 100", name)
	}
	return nil
}

// NotThere is the answer for a register that was never loaded.
func NotThere(name string) error { return vocab.NoSuchThing.Because("there is no register %s", name) }

// Package blob keeps named byte streams: uploads, snapshots, exports.
//
// A Store is the portable type over a small Driver. Put reads a stream to its
// end and only then, and all at once, makes it the blob of that name: whoever
// opens the name before sees the old bytes or none, whoever opens it after sees
// the new ones, and what Put acknowledged survives the loss of power. A stream
// that breaks leaves nothing behind.
//
// Names are plain ASCII parts joined by '/', none of them hidden, so that no
// name leaves the store or meets a driver's own files. A name is never also the
// folder of another.
package blob

import (
	"context"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"
	"time"

	"fontis/internal/vocab"
)

// Info describes a blob.
type Info struct {
	Name     string
	Size     int64
	Modified time.Time
}

// Driver keeps the bytes. Names that reach it are valid; a blob that is not
// there is vocab.NoSuchThing.
type Driver interface {
	// Put stores all of r under name, whole and durable or not at all.
	Put(ctx context.Context, name string, r io.Reader) error
	// Open gives the bytes as they were when it was called.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// Stat describes a blob.
	Stat(ctx context.Context, name string) (Info, error)
	// Delete removes a blob durably.
	Delete(ctx context.Context, name string) error
	// List gives the blobs whose names begin with prefix, in order of name.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]
}

// Store keeps blobs with a driver. It is safe for concurrent use.
type Store struct{ driver Driver }

// New makes a store over a driver.
func New(d Driver) *Store { return &Store{driver: d} }

// Put stores all of r under name in place of what was there.
func (s *Store) Put(ctx context.Context, name string, r io.Reader) error {
	if err := ValidName(name); err != nil {
		return err
	}
	if err := s.driver.Put(ctx, name, &patient{ctx: ctx, r: r}); err != nil {
		return fmt.Errorf("store blob %s: %w", name, err)
	}
	return nil
}

// Open gives the blob's bytes; the caller closes it.
func (s *Store) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := ValidName(name); err != nil {
		return nil, err
	}
	r, err := s.driver.Open(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", name, err)
	}
	return r, nil
}

// Stat describes the blob.
func (s *Store) Stat(ctx context.Context, name string) (Info, error) {
	if err := ValidName(name); err != nil {
		return Info{}, err
	}
	info, err := s.driver.Stat(ctx, name)
	if err != nil {
		return Info{}, fmt.Errorf("look at blob %s: %w", name, err)
	}
	return info, nil
}

// Delete removes the blob.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := ValidName(name); err != nil {
		return err
	}
	if err := s.driver.Delete(ctx, name); err != nil {
		return fmt.Errorf("delete blob %s: %w", name, err)
	}
	return nil
}

// List gives the blobs whose names begin with prefix, in order of name. It ends
// at the first error.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for info, err := range s.driver.List(ctx, prefix) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Info{}, fmt.Errorf("list blobs %q: %w", prefix, err))
				return
			}
			if !yield(info, nil) {
				return
			}
		}
	}
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199})*$`)

// maxName keeps a name with its folders inside every file system's limit.
const maxName = 500

// ValidName refuses a name that could leave the store or meet a hidden file.
func ValidName(name string) error {
	if len(name) > maxName || !nameForm.MatchString(name) {
		return vocab.BadInput.Because("%q is not the name of a blob: parts of A-Z, a-z, 0-9, '.', '_', '-' joined by '/', none beginning with '.', at most %d bytes", cut(name), maxName)
	}
	return nil
}

func cut(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// NotThere is the answer for a blob that does not exist.
func NotThere(name string) error { return vocab.NoSuchThing.Because("there is no blob %s", name) }

// patient ends a stream when the caller has gone.
type patient struct {
	ctx context.Context
	r   io.Reader
}

// Read reads while the context lives.
func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, context.Cause(p.ctx)
	}
	return p.r.Read(b)
}

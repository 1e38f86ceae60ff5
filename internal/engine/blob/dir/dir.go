// Package dir keeps blobs as files under one directory.
//
// A stream is written to a file of its own in the hidden folder, synced, renamed
// into place, and every folder on its way is synced. All access goes through
// os.Root, so that not even a symbolic link leads out. One process at a time
// opens a directory: Open removes what a killed one left half written.
package dir

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"
	"syscall"

	"fontis/internal/engine/blob"
	"fontis/internal/vocab"
)

// halfway holds streams that have not ended yet. Its dot keeps it out of reach
// of every valid name.
const halfway = ".halfway"

// driver is the blob.Driver over a directory.
type driver struct{ root *os.Root }

// Store is a blob store over a directory; close it when done.
type Store struct {
	*blob.Store
	root *os.Root
}

// Close lets go of the directory.
func (s *Store) Close() error { return s.root.Close() }

// Open makes the directory when it is missing and clears half-written blobs.
func Open(folder string) (*Store, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the blobs' directory: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open the blobs' directory: %w", err)
	}
	err = root.RemoveAll(halfway)
	if err == nil {
		err = root.Mkdir(halfway, 0o700)
	}
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("clear half-written blobs in %s: %w", folder, err)
	}
	return &Store{Store: blob.New(driver{root: root}), root: root}, nil
}

// Put writes beside, syncs, renames, syncs the folders.
func (d driver) Put(ctx context.Context, name string, r io.Reader) error {
	tmp := path.Join(halfway, rand.Text())
	f, err := d.root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer d.root.Remove(tmp) // gone already when the rename was done
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close(), ctx.Err()); err != nil {
		return err
	}
	folder := path.Dir(name)
	if err := d.root.MkdirAll(folder, 0o700); err != nil {
		return clash(name, err)
	}
	if err := d.root.Rename(tmp, name); err != nil {
		return clash(name, err)
	}
	return d.syncUp(folder)
}

// clash names the case in which one name is the folder of another.
func clash(name string, err error) error {
	if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR) || errors.Is(err, fs.ErrExist) {
		return vocab.AlreadyExists.Because("%s would be a blob and a folder of blobs at once", name)
	}
	return err
}

// syncUp syncs the folder and all above it: another Put may have made one of
// them and not synced it yet.
func (d driver) syncUp(folder string) error {
	for {
		f, err := d.root.Open(folder)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
		if folder == "." {
			return nil
		}
		folder = path.Dir(folder)
	}
}

// Open opens the file; a later rename or removal does not touch it.
func (d driver) Open(_ context.Context, name string) (io.ReadCloser, error) {
	if _, err := d.stat(name); err != nil {
		return nil, err
	}
	f, err := d.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, blob.NotThere(name)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Stat describes a plain file; a folder is not a blob.
func (d driver) Stat(_ context.Context, name string) (blob.Info, error) {
	info, err := d.stat(name)
	if err != nil {
		return blob.Info{}, err
	}
	return blob.Info{Name: name, Size: info.Size(), Modified: info.ModTime().UTC()}, nil
}

func (d driver) stat(name string) (fs.FileInfo, error) {
	info, err := d.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || (err == nil && !info.Mode().IsRegular()) {
		return nil, blob.NotThere(name)
	}
	return info, err
}

// Delete removes the file and syncs its folder.
func (d driver) Delete(_ context.Context, name string) error {
	if _, err := d.stat(name); err != nil {
		return err
	}
	if err := d.root.Remove(name); errors.Is(err, fs.ErrNotExist) {
		return blob.NotThere(name)
	} else if err != nil {
		return err
	}
	return d.syncUp(path.Dir(name))
}

// List walks the folders that can hold the prefix. Byte order of whole names is
// not the order in which folders are walked ("a-b" sorts before "a/b"), so a
// folder sorts as its name with the '/'.
func (d driver) List(_ context.Context, prefix string) iter.Seq2[blob.Info, error] {
	return func(yield func(blob.Info, error) bool) {
		d.walk(".", prefix, yield)
	}
}

func (d driver) walk(folder, prefix string, yield func(blob.Info, error) bool) bool {
	f, err := d.root.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err != nil {
		return yield(blob.Info{}, err)
	}
	entries, err := f.ReadDir(-1)
	if err := errors.Join(err, f.Close()); err != nil {
		return yield(blob.Info{}, err)
	}
	for _, name := range inOrder(folder, entries) {
		sub, isFolder := strings.CutSuffix(name, "/")
		if isFolder && (strings.HasPrefix(name, prefix) || strings.HasPrefix(prefix, name)) {
			if !d.walk(sub, prefix, yield) {
				return false
			}
			continue
		}
		if isFolder || !strings.HasPrefix(name, prefix) {
			continue
		}
		info, err := d.Stat(context.Background(), name)
		if vocab.CodeOf(err) == vocab.NoSuchThing { // deleted meanwhile
			continue
		}
		if !yield(info, err) || err != nil {
			return false
		}
	}
	return true
}

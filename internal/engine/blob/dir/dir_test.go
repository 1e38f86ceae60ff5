package dir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fontis/internal/engine/blob"
	"fontis/internal/engine/blob/blobtest"
	"fontis/internal/vocab"
)

func open(t *testing.T, folder string) *Store {
	t.Helper()
	s, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestDirectoryConforms(t *testing.T) {
	blobtest.RunAll(t, func(t *testing.T) (*blob.Store, func() *blob.Store) {
		folder := t.TempDir()
		return open(t, folder).Store, func() *blob.Store { return open(t, folder).Store }
	})
}

func TestHalfWrittenBlobIsClearedAtOpen(t *testing.T) {
	folder := t.TempDir()
	open(t, folder)
	left := filepath.Join(folder, halfway, "left")
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, folder)
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half-written file after open: %v", err)
	}
}

func TestSymbolicLinkLeadsNowhere(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	s := open(t, folder)
	for link, target := range map[string]string{"out": outside, "file": filepath.Join(outside, "secret")} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"out/secret", "file"} {
		if r, err := s.Store.Open(t.Context(), name); err == nil {
			r.Close()
			t.Errorf("blob %s was read through a link", name)
		}
	}
	if err := s.Put(t.Context(), "out/new", strings.NewReader("x")); err == nil {
		t.Error("a blob was written through a link")
	}
	if _, err := os.Stat(filepath.Join(outside, "new")); err == nil {
		t.Error("a file appeared outside")
	}
}

func TestBlobsAreOursAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "blobs")
	s := open(t, folder)
	if err := s.Put(t.Context(), "a/b", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"", "a", "a/b"} {
		info, err := os.Stat(filepath.Join(folder, p))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%q has mode %v, %v", p, info.Mode(), err)
		}
	}
	if err := vocab.KindOf(blob.NotThere("x")); err != vocab.NotFound {
		t.Errorf("kind %s", err)
	}
}

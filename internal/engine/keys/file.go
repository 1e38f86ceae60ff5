package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"fontis/internal/vocab"
)

// keyExt ends the name of a key file: "sector+tax.1.key".
const keyExt = ".key"

// keyFile is what a key file holds: the secret in clear or sealed, never both.
type keyFile struct {
	ID      string    `json:"id"`
	Use     Use       `json:"use"`
	Version int       `json:"version"`
	Kind    Kind      `json:"kind"`
	Created time.Time `json:"created"`
	Secret  []byte    `json:"secret,omitempty"`
	Sealed  []byte    `json:"sealed,omitempty"`
}

func (k *key) fileName() string {
	return fmt.Sprintf("%s.%d%s", strings.ReplaceAll(string(k.use), "/", "+"), k.version, keyExt)
}

// parseKeyFile reads a key file without trusting it.
func parseKeyFile(raw []byte) (f keyFile, tag uint32, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return f, 0, vocab.FileUnreadable.Because("it is not a key file of fontis")
	}
	use, version, tag, err := splitID(f.ID)
	switch {
	case err != nil:
		return f, 0, err
	case use != f.Use || version != f.Version || f.Kind != use.Kind():
		return f, 0, vocab.FileUnreadable.Because("key %s is described as %s, version %d, %s", f.ID, f.Use, f.Version, f.Kind)
	case (len(f.Secret) == 0) == (len(f.Sealed) == 0):
		return f, 0, vocab.FileUnreadable.Because("key %s must be either in clear or sealed", f.ID)
	case len(f.Sealed) == 0 && len(f.Secret) != 32:
		return f, 0, vocab.FileUnreadable.Because("key %s has %d bytes, wanted 32", f.ID, len(f.Secret))
	}
	return f, tag, nil
}

func (s *Store) readKey(path string) (*key, error) {
	raw, err := readSafe(path)
	if err != nil {
		return nil, err
	}
	f, tag, err := parseKeyFile(raw)
	if err != nil {
		return nil, fmt.Errorf("read key file %s: %w", path, err)
	}
	secret := f.Secret
	if len(f.Sealed) > 0 {
		if secret, err = s.seal.open(f); err != nil {
			return nil, fmt.Errorf("read key file %s: %w", path, err)
		}
	}
	k, err := makeKey(f.Use, f.Version, tag, f.Created.UTC(), [32]byte(secret))
	if err != nil {
		return nil, err
	}
	k.sealed = len(f.Sealed) > 0
	if want := k.fileName(); filepath.Base(path) != want {
		return nil, vocab.FileUnreadable.Because("key file %s holds the key of %s", path, want)
	}
	return k, nil
}

// writeKey writes the key's file and syncs it. Without replace an existing file
// is never touched.
func (s *Store) writeKey(k *key, replace bool) error {
	f := keyFile{ID: k.id, Use: k.use, Version: k.version, Kind: k.use.Kind(), Created: k.created}
	if s.seal != nil {
		f.Sealed = s.seal.close(f, k.secret[:])
	} else {
		f.Secret = k.secret[:]
	}
	raw, err := json.MarshalIndent(f, "", "\t")
	if err != nil {
		return fmt.Errorf("write key %s: %w", k.id, err)
	}
	if err := writeFile(filepath.Join(s.dir, k.fileName()), append(raw, '\n'), replace); err != nil {
		return fmt.Errorf("write key %s: %w", k.id, err)
	}
	k.sealed = s.seal != nil
	return nil
}

// writeFile writes a file of mode 0600 that is there whole or not at all, and
// stays there when the power goes. Without replace an existing file is an
// error: link, unlike rename, never overwrites.
func writeFile(path string, raw []byte, replace bool) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(raw)
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if replace {
		err = os.Rename(tmp.Name(), path)
	} else if err = os.Link(tmp.Name(), path); errors.Is(err, fs.ErrExist) {
		return vocab.AlreadyExists.Because("%s exists already", path)
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync directory %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync directory %s: %w", dir, err)
	}
	return nil
}

// readSafe reads a file that only we can read.
func readSafe(path string) ([]byte, error) { return readPrivate(path, private0600) }

// readCredential reads what systemd provides: its file may belong to root and
// show group read, which is then the mask of an access list with us alone on it.
func readCredential(path string) ([]byte, error) {
	return readPrivate(path, func(path string, info fs.FileInfo) error {
		if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid == 0 && info.Mode().Perm()&^0o440 == 0 {
			return nil
		}
		return private0600(path, info)
	})
}

func private0600(path string, info fs.FileInfo) error { return private(path, info, 0o600) }

// readPrivate reads a small plain file. Mode and owner are asked of the open
// file, so that it cannot be exchanged in between.
func readPrivate(path string, private func(string, fs.FileInfo) error) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, vocab.KeyUnsafe.Because("%s is a symbolic link", path).WithFix("put the file itself at %s", path)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, vocab.KeyUnsafe.Because("%s is no plain file of at most %d bytes", path, maxFile)
	}
	if err := private(path, info); err != nil {
		return nil, err
	}
	raw := make([]byte, info.Size())
	if n, err := f.ReadAt(raw, 0); n != len(raw) {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return raw, nil
}

// maxFile bounds what is read as a key, a seal or a passphrase.
const maxFile = 1 << 16

func safeDir(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("look at the keys' directory: %w", err)
	}
	if !info.IsDir() {
		return vocab.KeyUnsafe.Because("%s is %s, not a directory of its own", dir, info.Mode().Type()).
			WithFix("give the directory itself as the keys' directory")
	}
	return private(dir, info, 0o700)
}

// private refuses what others may open, or own.
func private(path string, info fs.FileInfo, want fs.FileMode) error {
	if got := info.Mode().Perm(); got&^want != 0 {
		return vocab.KeyUnsafe.Because("%s has mode %04o, at most %04o is safe", path, got, want).
			WithFix("chmod %04o %s", want, quoted(path))
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return vocab.KeyUnsafe.Because("%s belongs to user %d, the node runs as %d", path, st.Uid, os.Geteuid()).
			WithFix("chown %d %s && chmod %04o %s", os.Geteuid(), quoted(path), want, quoted(path))
	}
	return nil
}

// quoted is the path as a shell takes it.
func quoted(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool { return !strings.ContainsRune(plain, r) }) {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-"

// outside refuses a keys' directory inside the data folder, where a copy of the
// folder would take the keys along.
func outside(dir, data string) error {
	if data == "" {
		return nil
	}
	realDir, realData := real(dir), real(data)
	rel, err := filepath.Rel(realData, realDir)
	if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return vocab.KeyUnsafe.Because("the keys' directory %s lies inside the data folder %s", dir, data).
			WithFix("move the keys outside: mv %s %s", quoted(dir), quoted(filepath.Clean(realData)+"-keys"))
	}
	return nil
}

// real follows symbolic links as far as the path exists.
func real(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if r, err := filepath.EvalSymlinks(path); err == nil {
		return r
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(real(parent), filepath.Base(path))
}

package keys

import (
	"bytes"
	"cmp"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"

	"fontis/internal/vocab"
)

// Passphrase is a secret that a person remembers. It never prints.
type Passphrase string

// Format hides the passphrase from every verb.
func (Passphrase) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// LogValue hides the passphrase from structured logs.
func (Passphrase) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText refuses: a passphrase is never written down by fontis.
func (Passphrase) MarshalText() ([]byte, error) {
	return nil, errors.New("a passphrase is not written")
}

// minPassphrase is the least number of bytes; shorter ones are guessed.
const minPassphrase = 12

// sealFile keeps a random master key, closed by the passphrase. Key files are
// closed by the master key, so that a new passphrase rewrites this file alone.
const sealFile = "seal.json"

// box is bytes closed by a passphrase, with the cost of guessing it.
type box struct {
	Cost   cost   `json:"argon2id"`
	Salt   []byte `json:"salt"`
	Nonce  []byte `json:"nonce"`
	Sealed []byte `json:"sealed"`
}

// cost is argon2id's: passes, KiB of memory, threads.
type cost struct {
	Time    uint32 `json:"time"`
	Memory  uint32 `json:"memory_kib"`
	Threads uint8  `json:"threads"`
}

// usualCost takes about a tenth of a second and 64 MiB.
var usualCost = cost{Time: 3, Memory: 64 << 10, Threads: 4}

// valid bounds the cost, so that a foreign file cannot exhaust the machine.
func (c cost) valid() bool {
	return c.Time >= 1 && c.Time <= 16 && c.Memory >= 8 && c.Memory <= 1<<20 && c.Threads >= 1 && c.Threads <= 16
}

func closeBox(p Passphrase, c cost, plain, aad []byte) (box, error) {
	if len(p) < minPassphrase {
		return box{}, vocab.WeakPassword.Because("the passphrase has %d bytes, at least %d are needed", len(p), minPassphrase)
	}
	b := box{Cost: cmp.Or(c, usualCost), Salt: make([]byte, 16), Nonce: make([]byte, nonceSize)}
	rand.Read(b.Salt)
	rand.Read(b.Nonce)
	aead, err := b.aead(p)
	if err != nil {
		return box{}, err
	}
	b.Sealed = aead.Seal(nil, b.Nonce, plain, aad)
	return b, nil
}

func (b box) open(p Passphrase, aad []byte) ([]byte, error) {
	if !b.Cost.valid() || len(b.Salt) < 16 || len(b.Nonce) != nonceSize {
		return nil, vocab.FileUnreadable.Because("what the passphrase closes is not in the form of fontis")
	}
	aead, err := b.aead(p)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, b.Nonce, b.Sealed, aad)
	if err != nil {
		return nil, vocab.KeyLocked.Because("the passphrase does not open it")
	}
	return plain, nil
}

func (b box) aead(p Passphrase) (cipher.AEAD, error) {
	k := argon2.IDKey([]byte(p), b.Salt, b.Cost.Time, b.Cost.Memory, b.Cost.Threads, chacha20poly1305.KeySize)
	return chacha20poly1305.NewX(k)
}

// seal closes and opens key files by the master key.
type seal struct{ aead cipher.AEAD }

// Format hides the master key from every verb.
func (*seal) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

func newSeal(master []byte) (*seal, error) {
	aead, err := chacha20poly1305.NewX(master)
	if err != nil {
		return nil, fmt.Errorf("prepare the seal: %w", err)
	}
	return &seal{aead: aead}, nil
}

func (s *seal) close(f keyFile, secret []byte) []byte {
	nonce := make([]byte, nonceSize, nonceSize+len(secret)+16)
	rand.Read(nonce)
	return s.aead.Seal(nonce, nonce, secret, f.bound())
}

func (s *seal) open(f keyFile) ([]byte, error) {
	if s == nil {
		return nil, vocab.KeyLocked.Because("key %s is sealed, but %s is not there", f.ID, sealFile)
	}
	if len(f.Sealed) < nonceSize {
		return nil, vocab.FileUnreadable.Because("key %s has %d sealed bytes", f.ID, len(f.Sealed))
	}
	secret, err := s.aead.Open(nil, f.Sealed[:nonceSize], f.Sealed[nonceSize:], f.bound())
	if err != nil || len(secret) != 32 {
		return nil, vocab.KeyLocked.Because("key %s is not sealed by this store's seal", f.ID)
	}
	return secret, nil
}

// bound is what a sealed secret belongs to: its file cannot take another name.
func (f keyFile) bound() []byte {
	return []byte("fontis/keys/file/v1\n" + f.ID + "\n" + f.Created.UTC().Format("2006-01-02T15:04:05.000000Z"))
}

const sealBound = "fontis/keys/master/v1"

// openSeal reads the seal, or makes it on a new and empty store.
func (s *Store) openSeal() error {
	pass, err := s.opts.passphrase()
	if err != nil {
		return err
	}
	raw, err := readSafe(filepath.Join(s.dir, sealFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s.beginSeal(pass)
	}
	if err != nil {
		return err
	}
	if pass == "" {
		return vocab.KeyLocked.Because("the keys in %s are sealed and no passphrase was given", s.dir)
	}
	b, err := parseBox(raw)
	if err != nil {
		return fmt.Errorf("read %s: %w", sealFile, err)
	}
	master, err := b.open(pass, []byte(sealBound))
	if err != nil {
		return fmt.Errorf("open the keys in %s: %w", s.dir, err)
	}
	s.seal, err = newSeal(master)
	return err
}

func parseBox(raw []byte) (b box, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		return box{}, vocab.FileUnreadable.Because("it is not closed by a passphrase of fontis")
	}
	return b, nil
}

func (s *Store) beginSeal(pass Passphrase) error {
	if pass == "" {
		return nil
	}
	clear, err := filepath.Glob(filepath.Join(s.dir, "*"+keyExt))
	if err != nil {
		return fmt.Errorf("list the keys: %w", err)
	}
	if len(clear) > 0 || !s.opts.New {
		return vocab.KeyUnsafe.Because("a passphrase was given, but the %d keys in %s lie in clear", len(clear), s.dir).
			WithFix("start without the passphrase and seal the keys with it")
	}
	return s.writeSeal(pass, nil)
}

// writeSeal closes the master key, a fresh one when nil, by the passphrase.
func (s *Store) writeSeal(pass Passphrase, master []byte) error {
	if master == nil {
		master = make([]byte, chacha20poly1305.KeySize)
		rand.Read(master)
	}
	b, err := closeBox(pass, s.opts.cost, master, []byte(sealBound))
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(b, "", "\t")
	if err != nil {
		return fmt.Errorf("write the seal: %w", err)
	}
	if err := writeFile(filepath.Join(s.dir, sealFile), append(raw, '\n'), false); err != nil {
		return fmt.Errorf("write the seal: %w", err)
	}
	s.seal, err = newSeal(master)
	return err
}

// Protect seals a store that lies in clear. When the process ends in between,
// the next Open with the passphrase finishes the work.
func (s *Store) Protect(pass Passphrase) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seal != nil {
		return vocab.AlreadyExists.Because("the keys in %s are sealed already", s.dir)
	}
	if err := s.writeSeal(pass, nil); err != nil {
		return err
	}
	return s.finishSealing()
}

// finishSealing seals every key file that still lies in clear. s.mu is held.
func (s *Store) finishSealing() error {
	if s.seal == nil {
		return nil
	}
	next := map[Use]ring{}
	for use, r := range *s.rings.Load() {
		for _, k := range r {
			if !k.sealed {
				copied, err := makeKey(k.use, k.version, k.tag, k.created, k.secret)
				if err != nil {
					return err
				}
				if err := s.writeKey(copied, true); err != nil {
					return err
				}
				k = copied
			}
			next[use] = next[use].with(k)
		}
	}
	s.rings.Store(&next)
	return nil
}

// passphrase takes the one source that is set; empty when none is.
func (o Options) passphrase() (Passphrase, error) {
	given := 0
	for _, set := range []bool{o.Passphrase != "", o.PassphraseFile != "", o.Credential != ""} {
		if set {
			given++
		}
	}
	path, read := o.PassphraseFile, readSafe
	switch {
	case given == 0:
		return "", nil
	case given > 1:
		return "", vocab.BadInput.Because("%d sources of the keys' passphrase are set, one is needed", given)
	case o.Passphrase != "":
		return o.Passphrase, nil
	case o.Credential != "":
		dir := os.Getenv("CREDENTIALS_DIRECTORY")
		if dir == "" || filepath.Base(o.Credential) != o.Credential {
			return "", vocab.KeyLocked.Because("credential %q is not provided: $CREDENTIALS_DIRECTORY is %q", o.Credential, dir).
				WithFix("LoadCredential=%s:/path/to/passphrase in the service's unit", o.Credential)
		}
		path, read = filepath.Join(dir, o.Credential), readCredential
	}
	raw, err := read(path)
	if err != nil {
		return "", fmt.Errorf("read the keys' passphrase: %w", err)
	}
	p := strings.TrimRight(string(raw), "\r\n")
	if p == "" {
		return "", vocab.KeyLocked.Because("the passphrase file %s is empty", path)
	}
	return Passphrase(p), nil
}

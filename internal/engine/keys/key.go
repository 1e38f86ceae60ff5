package keys

import (
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// hidden is what a key, a store or a passphrase prints, whatever the verb.
const hidden = "[key]"

// key is one version in memory. Its fields after macs are derived from secret
// by label, so that the same bytes never serve two algorithms.
type key struct {
	id      string
	use     Use
	version int
	tag     uint32
	created time.Time
	sealed  bool // whether its file is sealed by the passphrase
	secret  [32]byte

	macs   sync.Pool // of hash.Hash keyed for MAC
	aead   cipher.AEAD
	signer ed25519.PrivateKey
}

// Format hides the key from every verb.
func (*key) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// LogValue hides the key from structured logs.
func (*key) LogValue() slog.Value { return slog.StringValue(hidden) }

func newKey(use Use, version int, now time.Time) (*key, error) {
	var tag [4]byte
	var secret [32]byte
	rand.Read(tag[:])
	rand.Read(secret[:])
	return makeKey(use, version, binary.BigEndian.Uint32(tag[:]), now, secret)
}

func makeKey(use Use, version int, tag uint32, created time.Time, secret [32]byte) (*key, error) {
	k := &key{id: keyID(use, version, tag), use: use, version: version, tag: tag, created: created, secret: secret}
	if use.Kind() == Signing {
		k.signer = ed25519.NewKeyFromSeed(secret[:])
		return k, nil
	}
	macKey := k.derive("fontis/keys/mac/v1")
	k.macs.New = func() any { return hmac.New(sha256.New, macKey) }
	sealKey := k.derive("fontis/keys/seal/v1")
	aead, err := chacha20poly1305.NewX(sealKey)
	if err != nil {
		return nil, fmt.Errorf("prepare key %s: %w", k.id, err)
	}
	k.aead = aead
	return k, nil
}

func (k *key) derive(label string) []byte {
	h := hmac.New(sha256.New, k.secret[:])
	h.Write([]byte(label))
	return h.Sum(nil)
}

// mac sums the parts, each behind its length, so that no two lists of parts
// can be confused.
func (k *key) mac(parts [][]byte) (sum [32]byte) {
	h := k.macs.Get().(hash.Hash)
	h.Reset()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	h.Sum(sum[:0])
	k.macs.Put(h)
	return sum
}

func (k *key) info(current bool) Info {
	return Info{ID: k.id, Use: k.use, Version: k.version, Kind: k.use.Kind(), Created: k.created, Sealed: k.sealed, Current: current}
}

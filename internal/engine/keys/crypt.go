package keys

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strings"

	"fontis/internal/vocab"
)

// Sealed bytes are: format 0x01, version (2 bytes), the key's random tag (4),
// nonce (24), then ciphertext and authenticator.
const (
	sealedFormat = 1
	sealedHeader = 1 + 2 + 4
	nonceSize    = 24
)

// SealOverhead is how many bytes Seal adds to what it seals.
const SealOverhead = sealedHeader + nonceSize + 16

// MAC is HMAC-SHA-256 over the parts, each behind its length, with the current
// key of the use, and the identifier of that key. Call Ensure for the use
// before: MAC panics when the use has no key and none can be made, because a
// caller would take any returned value for a pseudonym.
func (s *Store) MAC(use Use, parts ...[]byte) (sum [32]byte, keyID string) {
	k, err := s.current(use, Secret)
	if err != nil {
		panic(fmt.Errorf("mac with key %s: %w", use, err))
	}
	return k.mac(parts), k.id
}

// MACWith is MAC with the version that keyID names.
func (s *Store) MACWith(keyID string, parts ...[]byte) ([32]byte, error) {
	name, _, _ := strings.Cut(keyID, ".")
	for _, k := range (*s.rings.Load())[Use(name)] { // at hand: a print is made of every value
		if k.id == keyID && k.use.Kind() == Secret {
			return k.mac(parts), nil
		}
	}
	use, version, tag, err := splitID(keyID)
	if err != nil {
		return [32]byte{}, err
	}
	k, err := s.older(use, version, tag)
	if err != nil {
		return [32]byte{}, err
	}
	if use.Kind() != Secret {
		return [32]byte{}, wrongKind(use, Secret)
	}
	return k.mac(parts), nil
}

// Seal encrypts plain with the current key of the use. What is passed as aad is
// bound to the result and must be passed again to Unseal.
func (s *Store) Seal(use Use, plain, aad []byte) ([]byte, error) {
	k, err := s.current(use, Secret)
	if err != nil {
		return nil, fmt.Errorf("seal with key %s: %w", use, err)
	}
	out := make([]byte, sealedHeader+nonceSize, SealOverhead+len(plain))
	out[0] = sealedFormat
	binary.BigEndian.PutUint16(out[1:], uint16(k.version))
	binary.BigEndian.PutUint32(out[3:], k.tag)
	nonce := out[sealedHeader:]
	rand.Read(nonce)
	return k.aead.Seal(out, nonce, plain, bind(use, out[:sealedHeader], aad)), nil
}

// Unseal opens what Seal made for the same use and aad, with the version that
// the sealed bytes name.
func (s *Store) Unseal(use Use, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < SealOverhead || sealed[0] != sealedFormat {
		return nil, vocab.BadInput.Because("%d bytes are not sealed by a key of fontis", len(sealed))
	}
	if use.Kind() != Secret {
		return nil, wrongKind(use, Secret)
	}
	head, nonce, box := sealed[:sealedHeader], sealed[sealedHeader:sealedHeader+nonceSize], sealed[sealedHeader+nonceSize:]
	k, err := s.older(use, int(binary.BigEndian.Uint16(head[1:])), binary.BigEndian.Uint32(head[3:]))
	if err != nil {
		return nil, err
	}
	plain, err := k.aead.Open(nil, nonce, box, bind(use, head, aad))
	if err != nil {
		return nil, vocab.BadInput.Because("sealed bytes do not open with key %s: they were altered or belong elsewhere", k.id)
	}
	return plain, nil
}

// KeyOf is the identifier of the key that sealed the bytes for the use, as a
// reader needs it who looks for what is still sealed by an old version.
func KeyOf(use Use, sealed []byte) (string, error) {
	if len(sealed) < SealOverhead || sealed[0] != sealedFormat {
		return "", vocab.BadInput.Because("%d bytes are not sealed by a key of fontis", len(sealed))
	}
	return keyID(use, int(binary.BigEndian.Uint16(sealed[1:])), binary.BigEndian.Uint32(sealed[3:])), nil
}

// bind makes the additional data: the header and the use cannot be exchanged.
func bind(use Use, head, aad []byte) []byte {
	b := make([]byte, 0, len(head)+1+len(use)+len(aad))
	b = append(b, head...)
	b = append(b, byte(len(use)))
	b = append(b, use...)
	return append(b, aad...)
}

// Signer is the current signing key of Log, Promise or Witness and its
// identifier. The caller must not print it.
func (s *Store) Signer(use Use) (ed25519.PrivateKey, string, error) {
	k, err := s.current(use, Signing)
	if err != nil {
		return nil, "", fmt.Errorf("sign with key %s: %w", use, err)
	}
	return k.signer, k.id, nil
}

// SignerWith is the signing key of the version that keyID names.
func (s *Store) SignerWith(keyID string) (ed25519.PrivateKey, error) {
	use, version, tag, err := splitID(keyID)
	if err != nil {
		return nil, err
	}
	if use.Kind() != Signing {
		return nil, wrongKind(use, Signing)
	}
	k, err := s.older(use, version, tag)
	if err != nil {
		return nil, err
	}
	return k.signer, nil
}

func wrongKind(use Use, want Kind) error {
	return vocab.BadInput.Because("key %s is of kind %s, wanted %s", use, use.Kind(), want)
}

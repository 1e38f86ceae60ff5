package tlog

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"fontis/internal/vocab"
)

// algEd25519 is the algorithm byte of the signed-note format.
const algEd25519 = 1

// Signer signs checkpoints with an Ed25519 key and knows its own verifier key.
type Signer struct {
	note.Signer
	vkey string
}

// NewSigner makes the signer of the log named origin.
func NewSigner(origin string, key ed25519.PrivateKey) (*Signer, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, vocab.BadInput.Because("a log key has %d bytes, not %d", ed25519.PrivateKeySize, len(key))
	}
	vkey, err := note.NewEd25519VerifierKey(origin, key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("verifier key of %s: %w", origin, err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, vocab.BadInput.Because("%q cannot name a log: a name has no spaces and no +, such as data.example.gov", origin)
	}
	secret := append([]byte{algEd25519}, key.Seed()...)
	s, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", origin, v.KeyHash(), base64.StdEncoding.EncodeToString(secret)))
	if err != nil {
		return nil, vocab.BadInput.Because("the log key of %s cannot sign", origin)
	}
	return &Signer{Signer: s, vkey: vkey}, nil
}

// VerifierKey is the public half in the text form of the signed-note format.
func (s *Signer) VerifierKey() string { return s.vkey }

// VerifierKey is the key text with which anyone checks this log's checkpoints.
func (l *Log) VerifierKey() string {
	if s, ok := l.opts.Signer.(*Signer); ok && l.opts.VerifierKey == "" {
		return s.VerifierKey()
	}
	return l.opts.VerifierKey
}

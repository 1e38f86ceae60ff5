// Package token is the secrets that open a session, or call for a machine or a
// person: how one is made, what of it is stored, and which were looked up already.
//
// Of a token only a hash under the node's key is stored. Whose it is, the record
// says, and the cache remembers until it is revoked.
package token

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"

	"fontis/internal/engine/keys"
	"fontis/internal/vocab"
)

// Most is longer than any token of ours, in bytes.
const Most = 128

// Token is a secret that opens a session, or calls for a machine or a person.
// It never prints; Reveal gives it to the one place that hands it over.
type Token string

// String hides the token.
func (Token) String() string { return "[token]" }

// GoString hides it from %#v.
func (Token) GoString() string { return "[token]" }

// LogValue hides it from structured logs.
func (Token) LogValue() slog.Value { return slog.StringValue("[token]") }

// Reveal is the token in clear, for the cookie or the screen.
func (t Token) Reveal() string { return string(t) }

// The kinds of tokens, by what their ids begin with.
const (
	Session = "s"
	Machine = "m"
	Person  = "p"
)

// OfPerson tells a person's permit from an officer's session, ended or not.
func (t Token) OfPerson() bool { return strings.HasPrefix(string(t), Person+"-") }

// New makes a token of a kind: its id, a dot, and 160 random bits.
func New(kind string) (id string, t Token) {
	var raw [20]byte
	rand.Read(raw[:])
	id = vocab.NewID(kind)
	return id, Token(id + "." + base64.RawURLEncoding.EncodeToString(raw[:]))
}

// use is the key under which a token's hash is stored.
func use(id string) keys.Use {
	if strings.HasPrefix(id, Session+"-") {
		return keys.Session
	}
	return keys.TokenPepper
}

// Hash is what is stored of a token, and the version of the key that made it.
func Hash(k *keys.Store, id string, t Token) ([32]byte, string) {
	return k.MAC(use(id), []byte("token"), []byte(t))
}

// Is compares a token with a stored hash, whichever version of the key made it.
func Is(k *keys.Store, t Token, hash []byte, key string) (bool, error) {
	sum, err := k.MACWith(key, []byte("token"), []byte(t))
	if err != nil {
		return false, fmt.Errorf("key of a stored token: %w", err)
	}
	return subtle.ConstantTimeCompare(sum[:], hash) == 1, nil
}

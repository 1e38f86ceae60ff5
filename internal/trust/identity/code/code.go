// Package code makes the one-time codes that open an officer's account, and reads
// them as people type them: from paper, aloud, with or without dashes.
//
// Promise: a code is 100 random bits, and only its hash is stored.
package code

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// signs are Crockford's 32: no I, L, O, U, so that a printed code survives being
// read aloud and typed.
const signs = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// length is 20 signs of 5 bits: 100 random bits need no slow hash.
const length = 20

// New makes "ABCD-EFGH-JKMN-PQRS-TVWX".
func New() string {
	var raw [length]byte
	rand.Read(raw[:])
	var b strings.Builder
	for i, r := range raw {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(signs[r&31])
	}
	return b.String()
}

// Hash is what is stored of a code; ok is false for what cannot be one.
func Hash(typed string) (sum [32]byte, ok bool) {
	if len(typed) > 100 {
		return sum, false
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case '-', ' ', '\t', '\n', '\r', '\u2013', '\u2014', '\u3000':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r > 'Z' || strings.IndexByte(signs, byte(r)) < 0 {
			return sum, false
		}
		b.WriteRune(r)
	}
	if b.Len() != length {
		return sum, false
	}
	return sha256.Sum256([]byte("fontis/invitation/v1\n" + b.String())), true
}

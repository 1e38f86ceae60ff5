package keys

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"fontis/internal/vocab"
)

// Use says what a key is for. A key of one use never serves another.
type Use string

// The uses of a node. Log, Promise, Witness and Notice sign; the others are secrets for
// MAC and Seal. The files' names follow from these words: never change one.
const (
	Log          Use = "log"
	Promise      Use = "promise"
	Witness      Use = "witness"
	Session      Use = "session"
	TokenPepper  Use = "token-pepper"
	IdentityRoot Use = "identity-root"
	Audit        Use = "audit"
	Keyed        Use = "keyed"
	Backup       Use = "backup"
	Source       Use = "source"
	Notice       Use = "notice"
)

// Sector is the use of one sector's pseudonym key. Every sector has a random
// key of its own. The name may hold a-z, 0-9, '-' and '_'.
func Sector(name string) Use { return Use("sector/" + name) }

// Kind tells what a key can do.
type Kind string

// A Secret serves MAC and Seal, a Signing key serves Signer.
const (
	Secret  Kind = "secret"
	Signing Kind = "ed25519"
)

// Kind is what a key of this use can do.
func (u Use) Kind() Kind {
	switch u {
	case Log, Promise, Witness, Notice:
		return Signing
	}
	return Secret
}

var useForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}(/[a-z0-9][a-z0-9_-]{0,59})?$`)

func (u Use) valid() error {
	if !useForm.MatchString(string(u)) {
		return vocab.BadInput.Because("%q is not the name of a key's use: a-z, 0-9, '-' and '_', at most one '/'", string(u))
	}
	return nil
}

// Info describes one version of a key without its secret.
type Info struct {
	ID      string    `json:"id"`
	Use     Use       `json:"use"`
	Version int       `json:"version"`
	Kind    Kind      `json:"kind"`
	Created time.Time `json:"created"`
	Sealed  bool      `json:"sealed"`
	Current bool      `json:"current"`
}

// keyID names a version of a key. Eight random digits keep a key that was made
// anew apart from a lost one of the same use and version.
func keyID(u Use, version int, tag uint32) string {
	return fmt.Sprintf("%s.%d.%08x", u, version, tag)
}

// splitID takes a key's identifier apart.
func splitID(id string) (u Use, version int, tag uint32, err error) {
	parts := strings.Split(id, ".")
	if len(parts) == 3 && len(parts[2]) == 8 {
		_, err = fmt.Sscanf(parts[1]+" "+parts[2], "%d %x", &version, &tag)
		u = Use(parts[0])
	}
	if err != nil || version < 1 || version > maxVersion || keyID(u, version, tag) != id || u.valid() != nil {
		return "", 0, 0, vocab.BadInput.Because("%q is not the identifier of a key", id)
	}
	return u, version, tag, nil
}

// maxVersion is the last version that fits the two bytes in sealed bytes.
const maxVersion = 1<<16 - 1

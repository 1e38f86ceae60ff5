// Package password keeps officers' passwords: what is too weak to be one, and
// what is Stored of the others.
//
// Stored is argon2id over a hash that is keyed by the node's pepper: the record
// alone, without the node's keys, lets nobody try even one password.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"fontis/internal/engine/keys"
	"fontis/internal/vocab"
)

// Password is a password on its way in; it never prints.
type Password string

// String hides the password.
func (Password) String() string { return "[password]" }

// GoString hides it from %#v.
func (Password) GoString() string { return "[password]" }

// LogValue hides it from structured logs.
func (Password) LogValue() slog.Value { return slog.StringValue("[password]") }

// MarshalText refuses to be written.
func (Password) MarshalText() ([]byte, error) { return []byte("[password]"), nil }

// Cost is what one password costs to try.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

// DefaultCost takes 20 to 50 ms on one core of 2025 and 19 MiB.
func DefaultCost() Cost { return Cost{MemoryKiB: 19 * 1024, Passes: 2, Lanes: 1} }

// least is the fewest signs of a password; docs and texts name the number.
const least = 12

// Most is the longest password in bytes; beyond it nothing is gained but work.
const Most = 256

// Stored is a password as the record keeps it: an argon2id string over the
// peppered hash, and the pepper's key.
type Stored struct {
	PHC string
	Key string
}

// Hasher bounds how many passwords are worked on at once, so that a flood of
// sign-ins takes neither all cores nor all memory.
type Hasher struct {
	keys  *keys.Store
	cost  Cost
	slots chan struct{}
	dummy Stored // tried when there is no such officer, for equal time
}

// New makes a hasher that works on so many passwords at once.
func New(k *keys.Store, c Cost, slots int) *Hasher {
	h := &Hasher{keys: k, cost: c, slots: make(chan struct{}, max(1, slots))}
	h.dummy = Stored{PHC: encode(c, make([]byte, 16), make([]byte, 32))}
	return h
}

func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func pepperParts(p Password) [][]byte {
	return [][]byte{[]byte("password"), []byte(norm.NFKC.String(string(p)))}
}

// Hash makes what is stored.
func (h *Hasher) Hash(ctx context.Context, p Password) (Stored, error) {
	if err := h.enter(ctx); err != nil {
		return Stored{}, err
	}
	defer func() { <-h.slots }()
	peppered, key := h.keys.MAC(keys.TokenPepper, pepperParts(p)...)
	salt := make([]byte, 16)
	rand.Read(salt)
	c := h.cost
	sum := argon2.IDKey(peppered[:], salt, c.Passes, c.MemoryKiB, c.Lanes, 32)
	return Stored{PHC: encode(c, salt, sum), Key: key}, nil
}

// Verify compares in constant time; without a Stored password it does the same
// work and says no.
func (h *Hasher) Verify(ctx context.Context, st Stored, p Password) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer func() { <-h.slots }()
	none := st.PHC == ""
	if none {
		st = h.dummy
	}
	peppered, current := h.keys.MAC(keys.TokenPepper, pepperParts(p)...)
	if st.Key != "" && st.Key != current {
		var err error
		if peppered, err = h.keys.MACWith(st.Key, pepperParts(p)...); err != nil {
			return false, fmt.Errorf("pepper of a Stored password: %w", err)
		}
	}
	c, salt, want, err := parse(st.PHC)
	if err != nil {
		return false, err
	}
	got := argon2.IDKey(peppered[:], salt, c.Passes, c.MemoryKiB, c.Lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && !none, nil
}

func encode(c Cost, salt, sum []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.MemoryKiB, c.Passes, c.Lanes,
		b.EncodeToString(salt), b.EncodeToString(sum))
}

// parse reads what encode wrote, and refuses prices that no one set.
func parse(s string) (c Cost, salt, sum []byte, err error) {
	bad := vocab.InternalError.Because("a Stored password has not the form of argon2id")
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return Cost{}, nil, nil, bad
	}
	price := strings.Split(parts[3], ",")
	if len(price) != 3 {
		return Cost{}, nil, nil, bad
	}
	var n [3]uint64
	for i, p := range []struct {
		name string
		most uint64
	}{{"m=", 1 << 20}, {"t=", 64}, {"p=", 16}} {
		v, ok := strings.CutPrefix(price[i], p.name)
		if !ok {
			return Cost{}, nil, nil, bad
		}
		if n[i], err = strconv.ParseUint(v, 10, 32); err != nil || n[i] == 0 || n[i] > p.most {
			return Cost{}, nil, nil, bad
		}
	}
	b := base64.RawStdEncoding
	salt, err = b.DecodeString(parts[4])
	if err != nil || len(salt) < 8 {
		return Cost{}, nil, nil, bad
	}
	sum, err = b.DecodeString(parts[5])
	if err != nil || len(sum) < 16 || len(sum) > 64 {
		return Cost{}, nil, nil, bad
	}
	return Cost{MemoryKiB: uint32(n[0]), Passes: uint32(n[1]), Lanes: uint8(n[2])}, salt, sum, nil
}

// commonPasswords are of the allowed length and yet among the first that anyone
// tries; shorter ones are refused by their length.
var commonPasswords = []string{
	"password1234", "password12345", "password123456", "passwordpassword", "qwertyuiop12", "qwertyuiop123",
	"qwertyuiopas", "1q2w3e4r5t6y", "1qaz2wsx3edc", "zaq12wsxcde3", "iloveyou1234", "letmein12345",
	"administrator", "administrator1", "adminadmin12", "admin1234567", "welcome12345", "changeme1234",
	"woaini1314520", "woaini520131", "woaizhongguo", "zhongguo1949", "5201314woaini", "aa1234567890",
	"abcd12345678", "abc123456789", "a1234567890b", "q1w2e3r4t5y6", "p@ssw0rd1234", "passw0rd1234",
	"fontisfontis", "fontis123456",
}

const runsOfKeys = "01234567890 abcdefghijklmnopqrstuvwxyz qwertyuiop asdfghjkl zxcvbnm"

// Strong refuses passwords that are short, common, or made of the officer's own
// words; about says those.
func Strong(p Password, about ...string) error {
	s := norm.NFKC.String(string(p))
	if utf8.RuneCountInString(s) < least {
		return vocab.WeakPassword.Because("a password has at least %d signs", least)
	}
	if len(s) > Most || !utf8.ValidString(s) {
		return vocab.WeakPassword.Because("a password is valid text of at most %d bytes", Most)
	}
	low := strings.ToLower(s)
	for _, c := range commonPasswords {
		if low == c {
			return vocab.WeakPassword.Because("it is one of the passwords that are tried first")
		}
	}
	signs := map[rune]bool{}
	for _, r := range low {
		signs[r] = true
	}
	if len(signs) < 5 {
		return vocab.WeakPassword.Because("it is made of fewer than five different signs")
	}
	if inRun(low) {
		return vocab.WeakPassword.Because("it is a run of neighbouring signs")
	}
	for _, w := range about {
		if w = strings.ToLower(w); utf8.RuneCountInString(w) >= 4 && strings.Contains(low, w) && utf8.RuneCountInString(low) < utf8.RuneCountInString(w)+least {
			return vocab.WeakPassword.Because("it is little more than the officer's own login or name")
		}
	}
	return nil
}

// inRun reports whether nearly every sign follows its neighbour in the alphabet,
// the digits or a row of keys, forward or back.
func inRun(s string) bool {
	runes := []rune(s)
	steps := 0
	for i := 1; i < len(runes); i++ {
		pair, back := string(runes[i-1:i+1]), string([]rune{runes[i], runes[i-1]})
		if strings.Contains(runsOfKeys, pair) || strings.Contains(runsOfKeys, back) {
			steps++
		}
	}
	return steps >= len(runes)-3
}

package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"fontis/internal/vocab"
)

// The signature types of C2SP signed-note that are used here.
const (
	algEd25519     = 0x01 // a log's own signature
	algCosignature = 0x04 // a witness's timestamped cosignature/v1
)

// verifierKey is a vkey taken apart: <name>+<hash>+<base64 of type and key>.
type verifierKey struct {
	name string
	alg  byte
	key  ed25519.PublicKey
}

func parseVKey(vkey string) (verifierKey, error) {
	bad := func(why string) (verifierKey, error) {
		return verifierKey{}, vocab.BadInput.Because("the verifier key %.100q %s", vkey, why)
	}
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || !validKeyName(parts[0]) {
		return bad("is not NAME+HASH+KEY")
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize {
		return bad("holds no Ed25519 key")
	}
	k := verifierKey{name: parts[0], alg: raw[0], key: raw[1:]}
	if want, err := strconv.ParseUint(parts[1], 16, 32); err != nil || len(parts[1]) != 8 || uint32(want) != k.hash() {
		return bad("has a hash that does not fit its name and key")
	}
	return k, nil
}

func (k verifierKey) hash() uint32 {
	h := sha256.New()
	h.Write([]byte(k.name + "\n"))
	h.Write([]byte{k.alg})
	h.Write(k.key)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

func (k verifierKey) String() string {
	return fmt.Sprintf("%s+%08x+%s", k.name, k.hash(), base64.StdEncoding.EncodeToString(append([]byte{k.alg}, k.key...)))
}

func validKeyName(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsSpace) && !strings.Contains(s, "+")
}

// LogVKey is the verifier key of a log: its name is the origin.
func LogVKey(origin string, key ed25519.PublicKey) string {
	return verifierKey{origin, algEd25519, key}.String()
}

// WitnessVKey is the verifier key of a witness.
func WitnessVKey(name string, key ed25519.PublicKey) string {
	return verifierKey{name, algCosignature, key}.String()
}

// SuccessorVKey is the key of the log that follows under another origin: the
// same Ed25519 key under the successor's name.
func SuccessorVKey(vkey, origin string) (string, error) {
	k, err := parseVKey(vkey)
	if err != nil {
		return "", err
	}
	if !IsSuccessor(k.name, origin) {
		return "", vocab.LogUnknown.Because("%s does not follow %s", origin, k.name)
	}
	k.name = origin
	return k.String(), nil
}

// RenamedVKey is the same public key under another log's name.
func RenamedVKey(vkey, origin string) (string, error) {
	k, err := parseVKey(vkey)
	if err != nil {
		return "", err
	}
	if !validKeyName(origin) {
		return "", vocab.BadInput.Because("%q cannot be a log's origin: no blanks, no plus sign", origin)
	}
	k.name = origin
	return k.String(), nil
}

// SameKey reports whether two verifier keys wrap the same public key, whatever
// their names say.
func SameKey(a, b string) bool {
	x, errX := parseVKey(a)
	y, errY := parseVKey(b)
	return errX == nil && errY == nil && x.key.Equal(y.key)
}

// VKeyName is the name inside a verifier key; an error when it is not one.
func VKeyName(vkey string) (string, error) {
	k, err := parseVKey(vkey)
	return k.name, err
}

// IsSuccessor reports whether an origin follows an earlier one of the same base:
// "node.example/log/1" is followed by "node.example/log/2". A log begins a new
// origin only after a loss it has declared.
func IsSuccessor(earlier, later string) bool {
	baseA, a, okA := generation(earlier)
	baseB, b, okB := generation(later)
	return okA && okB && baseA == baseB && b > a
}

// Follows reports whether an origin is not the first of its base.
func Follows(origin string) bool {
	_, n, ok := generation(origin)
	return ok && n > 1
}

func generation(origin string) (base string, n uint64, ok bool) {
	i := strings.LastIndexByte(origin, '/')
	if i <= 0 {
		return "", 0, false
	}
	n, err := parseDecimal(origin[i+1:])
	return origin[:i], n, err == nil
}

// signer signs notes with an Ed25519 key that is kept elsewhere.
type signer struct {
	key  verifierKey
	sign func(msg []byte) ([]byte, error)
}

func (s *signer) Name() string                    { return s.key.name }
func (s *signer) KeyHash() uint32                 { return s.key.hash() }
func (s *signer) Sign(msg []byte) ([]byte, error) { return s.sign(msg) }

// NewLogSigner signs checkpoints and promises of a log.
func NewLogSigner(origin string, key ed25519.PrivateKey) (note.Signer, error) {
	if !validKeyName(origin) {
		return nil, vocab.BadInput.Because("%q cannot be a log's origin: no blanks, no plus sign", origin)
	}
	s := &signer{key: verifierKey{origin, algEd25519, key.Public().(ed25519.PublicKey)}}
	s.sign = func(msg []byte) ([]byte, error) { return ed25519.Sign(key, msg), nil }
	return s, nil
}

// NewCosigner makes a witness's cosignatures (C2SP cosignature/v1), dated by now.
func NewCosigner(name string, key ed25519.PrivateKey, now func() time.Time) (note.Signer, error) {
	if !validKeyName(name) {
		return nil, vocab.BadInput.Because("%q cannot be a witness's name: no blanks, no plus sign", name)
	}
	s := &signer{key: verifierKey{name, algCosignature, key.Public().(ed25519.PublicKey)}}
	s.sign = func(msg []byte) ([]byte, error) {
		t := uint64(now().Unix())
		sig := binary.BigEndian.AppendUint64(nil, t)
		return append(sig, ed25519.Sign(key, cosigned(t, msg))...), nil
	}
	return s, nil
}

func cosigned(t uint64, msg []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", t), msg...)
}

// verifier checks signatures of one key; a cosignature carries its time.
type verifier struct{ key verifierKey }

func (v *verifier) Name() string    { return v.key.name }
func (v *verifier) KeyHash() uint32 { return v.key.hash() }

func (v *verifier) Verify(msg, sig []byte) bool {
	if v.key.alg == algEd25519 {
		return len(sig) == ed25519.SignatureSize && ed25519.Verify(v.key.key, msg, sig)
	}
	if len(sig) != 8+ed25519.SignatureSize || sig[0] >= 0x80 {
		return false
	}
	return ed25519.Verify(v.key.key, cosigned(binary.BigEndian.Uint64(sig), msg), sig[8:])
}

// NewVerifier checks the signatures of a log's or a witness's verifier key.
func NewVerifier(vkey string) (note.Verifier, error) {
	k, err := parseVKey(vkey)
	if err != nil {
		return nil, err
	}
	if k.alg != algEd25519 && k.alg != algCosignature {
		return nil, vocab.BadInput.Because("the verifier key of %s has type %d, known are 1 and 4", k.name, k.alg)
	}
	return &verifier{k}, nil
}

// CosignedAt is the time inside a cosignature of a note.
func CosignedAt(s note.Signature) (time.Time, error) {
	raw, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(raw) != 4+8+ed25519.SignatureSize {
		return time.Time{}, vocab.BadInput.Because("the signature of %s carries no time", s.Name)
	}
	return time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0).UTC(), nil
}

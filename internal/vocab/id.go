package vocab

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"strings"
	"time"
)

// Identifiers are plain strings of their own type, so that a grant is never
// passed where a data set is meant.
type (
	// MemberID names a body that takes part: "tax-310000".
	MemberID string
	// OfficerID names a person who acts for a member.
	OfficerID string
	// MachineID names a system's access token, not its secret.
	MachineID string
	// SystemID names a member's subsystem as it appears in the ledger.
	SystemID string
	// DatasetID is the resource code of a catalog entry; it never changes.
	DatasetID string
	// ItemID is a data item of a data set: "DATASET/ITEM".
	ItemID string
	// SourceID names a connected database or a loaded register.
	SourceID string
	// RequestID names an application for data.
	RequestID string
	// GrantID names what a decision allows.
	GrantID string
	// BatchID names one batch carriage.
	BatchID string
	// ContestID names a value in dispute.
	ContestID string
	// TraceID follows one call through both sides' logs and the ledger.
	// It is 32 hexadecimal digits; the first twelve are the time in milliseconds.
	TraceID string
)

// Dataset is the data set that the item belongs to.
func (i ItemID) Dataset() DatasetID {
	d, _, _ := strings.Cut(string(i), "/")
	return DatasetID(d)
}

// Name is the item's own code inside its data set.
func (i ItemID) Name() string {
	_, n, _ := strings.Cut(string(i), "/")
	return n
}

var idEncoding = base32.NewEncoding("abcdefghjkmnpqrstvwxyz0123456789").WithPadding(base32.NoPadding)

// NewID makes a fresh identifier with the given prefix: "g-4k1m...". It carries
// 80 random bits, so that it can be neither guessed nor counted.
func NewID(prefix string) string {
	var b [10]byte
	rand.Read(b[:])
	return prefix + "-" + idEncoding.EncodeToString(b[:])
}

// NewTrace makes a trace that sorts by time.
func NewTrace(now time.Time) TraceID {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	rand.Read(b[6:])
	return TraceID(hex.EncodeToString(b[:]))
}

// ValidTrace reports whether s has the form of a trace.
func ValidTrace(s string) bool {
	if len(s) != 32 {
		return false
	}
	_, err := hex.DecodeString(s)
	return err == nil && s == strings.ToLower(s)
}

// PersonRef is a keyed pseudonym of a person or firm, in one sector or in the
// ledger's own. It is still personal data: it never prints.
type PersonRef [16]byte

// String hides the pseudonym.
func (PersonRef) String() string { return "[person]" }

// LogValue hides the pseudonym from structured logs.
func (PersonRef) LogValue() slog.Value { return slog.StringValue("[person]") }

// GoString hides the pseudonym from %#v.
func (PersonRef) GoString() string { return "[person]" }

// SubjectKey is how the outside names the subject of a record: a kind and a
// value such as a citizen number. It never prints its value.
type SubjectKey struct {
	Kind  SubjectKeyKind `json:"kind"`
	Value string         `json:"value"`
}

// String hides the value.
func (SubjectKey) String() string { return "[person]" }

// LogValue hides the value from structured logs.
func (SubjectKey) LogValue() slog.Value { return slog.StringValue("[person]") }

// GoString hides the value from %#v.
func (SubjectKey) GoString() string { return "[person]" }

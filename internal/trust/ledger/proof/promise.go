package proof

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fontis/internal/vocab"
)

// promiseHeader sets a promise apart from every checkpoint: it can be no log's
// origin, so the log's key may sign both.
const promiseHeader = "fontis/promise/v1"

// Promise is what the caller gets at once: the log will show this leaf at this
// index in every later checkpoint, or be proven a liar.
type Promise struct {
	Origin   string
	Index    uint64
	LeafHash Hash
	At       time.Time
	Trace    vocab.TraceID
}

// Text is the note text that the log's key signs:
//
//	fontis/promise/v1 \n origin \n index \n base64 leaf hash \n unix ms \n trace \n
func (p Promise) Text() string {
	return fmt.Sprintf("%s\n%s\n%d\n%s\n%d\n%s\n", promiseHeader, p.Origin, p.Index,
		base64.StdEncoding.EncodeToString(p.LeafHash[:]), p.At.UnixMilli(), p.Trace)
}

// SignPromise signs with the log's own key, whose name is the origin.
func SignPromise(p Promise, signer note.Signer) ([]byte, error) {
	if signer.Name() != p.Origin {
		return nil, vocab.BadInput.Because("the key of %s cannot promise for the log %s", signer.Name(), p.Origin)
	}
	signed, err := note.Sign(&note.Note{Text: p.Text()}, signer)
	if err != nil {
		return nil, fmt.Errorf("signing the promise of index %d: %w", p.Index, err)
	}
	return signed, nil
}

// IsPromise tells a promise from a receipt by its first line.
func IsPromise(b []byte) bool {
	return strings.HasPrefix(string(b[:min(len(b), 64)]), promiseHeader+"\n")
}

// ParsePromise reads a promise WITHOUT checking its signature.
func ParsePromise(signed []byte) (Promise, error) {
	text, err := noteText(signed)
	if err != nil {
		return Promise{}, err
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 7 || lines[0] != promiseHeader || lines[6] != "" || lines[1] == "" {
		return Promise{}, vocab.BadInput.Because("this is not a promise of six lines that begin with %s", promiseHeader)
	}
	index, err := parseDecimal(lines[2])
	if err != nil {
		return Promise{}, err
	}
	hash, err := parseHash(lines[3])
	if err != nil {
		return Promise{}, err
	}
	ms, err := parseDecimal(lines[4])
	if err != nil {
		return Promise{}, err
	}
	if !vocab.ValidTrace(lines[5]) {
		return Promise{}, vocab.BadInput.Because("%s is not a trace", strconv.Quote(lines[5]))
	}
	return Promise{Origin: lines[1], Index: index, LeafHash: hash, At: time.UnixMilli(int64(ms)).UTC(), Trace: vocab.TraceID(lines[5])}, nil
}

// VerifyPromise checks a promise against the log's key in the policy.
func VerifyPromise(signed []byte, policy *Policy) (Promise, error) {
	p, err := ParsePromise(signed)
	if err != nil {
		return Promise{}, err
	}
	v, err := policy.LogVerifier(p.Origin)
	if err != nil {
		return Promise{}, err
	}
	if _, err := openNote(signed, v); err != nil {
		return Promise{}, err
	}
	return p, nil
}

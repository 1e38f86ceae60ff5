package proof

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"fontis/internal/vocab"
)

// promiseV1 and promisesV2 begin what the log's key signs beside checkpoints.
// Neither can be a log's origin, so one key may sign them all. A promise of the
// first version, which is still read, is a note of its own; one of the second
// leads to the root that a note over many promises signs.
const (
	promiseV1  = "fontis/promise/v1"
	promiseV2  = "fontis/promise/v2"
	promisesV2 = "fontis/promises/v2"
)

// Promise is what the caller gets at once: the log will show this leaf at this
// index in every later checkpoint, or be proven a liar.
type Promise struct {
	Origin   string
	Index    uint64
	LeafHash Hash
	At       time.Time
	Trace    vocab.TraceID
}

// text is what is promised, in the words of a version:
//
//	version \n origin \n index \n base64 leaf hash \n unix ms \n trace \n
func (p *Promise) text(version string) []byte {
	b := make([]byte, 0, 192)
	b = append(append(b, version...), '\n')
	b = append(append(b, p.Origin...), '\n')
	b = append(strconv.AppendUint(b, p.Index, 10), '\n')
	b = append(base64.StdEncoding.AppendEncode(b, p.LeafHash[:]), '\n')
	b = append(strconv.AppendInt(b, p.At.UnixMilli(), 10), '\n')
	return append(append(b, p.Trace...), '\n')
}

// IsPromise tells a promise from a receipt by its first line.
func IsPromise(b []byte) bool {
	first, _, _ := strings.Cut(string(b[:min(len(b), 64)]), "\n")
	return first == promiseV1 || first == promiseV2
}

// ParsePromise reads a promise of either version WITHOUT checking its signature.
func ParsePromise(b []byte) (Promise, error) {
	h, err := parseHeld(b)
	return h.Promise, err
}

// VerifyPromise checks a promise against the log's key in the policy, and against
// nothing else.
func VerifyPromise(b []byte, policy *Policy) (Promise, error) {
	h, err := parseHeld(b)
	if err != nil {
		return Promise{}, err
	}
	v, err := policy.LogVerifier(h.Origin)
	if err != nil {
		return Promise{}, err
	}
	if _, err := openNote(h.signed, v); err != nil {
		return Promise{}, err
	}
	if h.among != nil && !h.among.holds(&h.Promise) {
		return Promise{}, vocab.ProofFalse.Because("the promise of index %d does not lead to the root that was signed", h.Index)
	}
	return h.Promise, nil
}

// held is a promise as its holder keeps it.
type held struct {
	Promise
	signed []byte // the note that carries the log's signature
	among  *among // nil in the first version, where the note is the promise
}

func parseHeld(b []byte) (held, error) {
	text, err := noteText(b)
	if err != nil {
		return held{}, err
	}
	if strings.HasPrefix(text, promiseV1+"\n") {
		p, err := parsePromise(promiseV1, strings.Split(strings.TrimSuffix(text, "\n"), "\n"))
		return held{Promise: p, signed: b}, err
	}
	own, group, ok := strings.Cut(text, "\n\n")
	lines := strings.Split(own, "\n")
	if !ok || len(lines) <= promiseLines {
		return held{}, vocab.BadInput.Because("this is neither a promise of six lines that begin with %s, nor one of more that begin with %s", promiseV1, promiseV2)
	}
	p, err := parsePromise(promiseV2, lines[:promiseLines])
	if err != nil {
		return held{}, err
	}
	a, err := parseAmong(lines[promiseLines:], p.Origin, group)
	return held{Promise: p, signed: b[len(own)+2:], among: a}, err
}

// promiseLines is how many lines say what is promised.
const promiseLines = 6

func parsePromise(version string, lines []string) (Promise, error) {
	if len(lines) != promiseLines || lines[0] != version || lines[1] == "" {
		return Promise{}, vocab.BadInput.Because("this is not a promise of six lines that begin with %s", version)
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

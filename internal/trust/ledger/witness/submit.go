package witness

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"fontis/internal/trust/ledger/proof"
)

// maxProof is the number of proof lines that the protocol allows.
const maxProof = 63

// request is an add-checkpoint request taken apart.
type request struct {
	old    uint64
	proof  tlog.TreeProof
	signed []byte
	head   proof.Checkpoint // not yet believed
}

// parseRequest reads the body; ok is false for what is no request at all.
func parseRequest(body []byte) (r request, ok bool) {
	head, signed, found := bytes.Cut(body, []byte("\n\n"))
	if !found {
		return r, false
	}
	lines := strings.Split(string(head), "\n")
	old, isOld := strings.CutPrefix(lines[0], "old ")
	n, err := strconv.ParseInt(old, 10, 64)
	if !isOld || err != nil || n < 0 || strconv.FormatInt(n, 10) != old || len(lines)-1 > maxProof {
		return r, false
	}
	r.old, r.signed = uint64(n), signed
	for _, line := range lines[1:] {
		h, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(h) != tlog.HashSize {
			return r, false
		}
		r.proof = append(r.proof, tlog.Hash(h))
	}
	r.head, err = proof.ParseCheckpoint(signed)
	return r, err == nil
}

// verdict is what add-checkpoint answers. A size is told only with a conflict of
// the old size.
type verdict struct {
	status   int
	line     []byte // the cosignature, with 200
	size     uint64
	tellSize bool
	forked   bool // the log signed two roots of one size
	reason   string
}

// submit judges a request and, when it holds, writes and cosigns.
func (w *Witness) submit(r request) verdict {
	l, fresh := w.find(r.head.Origin)
	if l == nil {
		return verdict{status: 404, reason: "unknown origin"}
	}
	text, sigs, ok := openByLog(r.signed, l.vkey)
	if !ok {
		return verdict{status: 403, reason: "no signature of the log's known key"}
	}
	if fresh {
		var err error
		if l, err = w.keep(l); err != nil {
			w.opts.Log.Error("a successor could not be pinned", "origin", r.head.Origin, "cause", err.Error())
			return verdict{status: 500, reason: "could not be remembered"}
		}
	}
	if r.old > r.head.Size {
		return verdict{status: 400, reason: "the old size is above the checkpoint's"}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if v := l.judge(r); v.status != 200 {
		w.opts.Log.Warn("a checkpoint was refused", "origin", l.origin, "status", v.status, "reason", v.reason,
			"held", l.size, "old", r.old, "size", r.head.Size)
		if v.forked {
			if err := l.convict(r.signed); err != nil {
				w.opts.Log.Error("the evidence of a fork could not be written", "origin", l.origin, "cause", err.Error())
			}
		}
		return v
	}
	cosigned, err := note.Sign(&note.Note{Text: text, Sigs: sigs}, w.signer)
	if err != nil {
		return verdict{status: 500, reason: "could not sign"}
	}
	// Written and synced before the cosignature leaves: after a crash this witness
	// must not cosign another story than the one it already answered for.
	if err := l.remember(r.head, cosigned); err != nil {
		w.opts.Log.Error("a checkpoint could not be remembered", "origin", l.origin, "cause", err.Error())
		return verdict{status: 500, reason: "could not be remembered"}
	}
	return verdict{status: 200, line: ownLine(cosigned)}
}

// judge compares a request with what is remembered; l.mu is held.
func (l *watched) judge(r request) verdict {
	switch {
	case r.old != l.size:
		return verdict{status: 409, size: l.size, tellSize: true, reason: fmt.Sprintf("this witness holds size %d", l.size)}
	case r.head.Size == l.size && r.head.Root != l.root:
		return verdict{status: 409, size: l.size, tellSize: true, forked: true, reason: "another root at the size that this witness holds"}
	case r.old == 0 || r.old == r.head.Size:
		if len(r.proof) > 0 {
			return verdict{status: 422, reason: "a proof where none can be"}
		}
		return verdict{status: 200}
	}
	if err := tlog.CheckTree(r.proof, int64(r.head.Size), tlog.Hash(r.head.Root), int64(l.size), tlog.Hash(l.root)); err != nil {
		return verdict{status: 422, reason: "the consistency proof does not hold"}
	}
	return verdict{status: 200}
}

// openByLog gives the note's text with the log's signatures only: what strangers
// signed beside it is not repeated.
func openByLog(signed []byte, vkey string) (text string, sigs []note.Signature, ok bool) {
	v, err := proof.NewVerifier(vkey)
	if err != nil {
		return "", nil, false
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return "", nil, false
	}
	return n.Text, n.Sigs, true
}

// ownLine is the last signature line, which note.Sign has just put there.
func ownLine(signed []byte) []byte {
	lines := bytes.SplitAfter(bytes.TrimSuffix(signed, []byte("\n")), []byte("\n"))
	return append(bytes.Clone(lines[len(lines)-1]), '\n')
}

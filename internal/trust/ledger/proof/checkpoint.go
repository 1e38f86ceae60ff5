package proof

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"fontis/internal/vocab"
)

// Checkpoint is a log's tree head as C2SP tlog-checkpoint writes it.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   Hash
}

// maxNote is the longest signed note that is read at all.
const maxNote = 64 << 10

// Text is the note text that log and witnesses sign.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// ParseCheckpoint reads a signed checkpoint WITHOUT checking any signature; use
// Policy.OpenCheckpoint where its word is to be believed.
func ParseCheckpoint(signed []byte) (Checkpoint, error) {
	text, err := noteText(signed)
	if err != nil {
		return Checkpoint{}, err
	}
	return parseTreeHead(text)
}

// noteText is the part of a note above its signatures.
func noteText(signed []byte) (string, error) {
	if len(signed) > maxNote {
		return "", vocab.BadInput.Because("the signed note has %d bytes, at most %d are read", len(signed), maxNote)
	}
	if !utf8.Valid(signed) {
		return "", vocab.BadInput.Because("the signed note is not UTF-8")
	}
	i := bytes.LastIndex(signed, []byte("\n\n"))
	if i < 0 {
		return "", vocab.BadInput.Because("the signed note has no empty line before its signatures")
	}
	return string(signed[:i+1]), nil
}

func parseTreeHead(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[len(lines)-1] != "" {
		return Checkpoint{}, vocab.BadInput.Because("a checkpoint has at least three lines, this one has %d", len(lines)-1)
	}
	if lines[0] == "" {
		return Checkpoint{}, vocab.BadInput.Because("the checkpoint names no origin")
	}
	size, err := parseDecimal(lines[1])
	if err != nil {
		return Checkpoint{}, err
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return Checkpoint{}, err
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root}, nil
}

// parseDecimal reads a size or an index: no sign, no leading zero, below 2^63.
func parseDecimal(s string) (uint64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, vocab.BadInput.Because("%.40q is not a whole number in decimal", s)
	}
	return uint64(n), nil
}

// openNote checks that the verifier's own signature stands on the note.
func openNote(signed []byte, v note.Verifier) (*note.Note, error) {
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return nil, vocab.ProofFalse.Wrap(err, "the signature of %s", v.Name())
	}
	return n, nil
}

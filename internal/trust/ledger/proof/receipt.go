package proof

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"fontis/internal/vocab"
)

// receiptHeader is the first line of every C2SP tlog-proof.
const receiptHeader = "c2sp.org/tlog-proof@v1"

// MaxReceipt is the longest receipt that is read.
const MaxReceipt = 4 << 20

// maxPath is the longest inclusion path: a log of 2^63 entries.
const maxPath = 63

// Receipt is what its holder keeps: that this leaf stands at this index under a
// checkpoint that others have seen, and what of it the holder may know.
type Receipt struct {
	Index      uint64
	Path       []Hash
	Checkpoint []byte
	Leaf       Leaf
	Trace      vocab.TraceID
	Policy     string   // whom the node believes in; for a reader without a policy of their own
	Opening    *Opening // nil when the openings were erased: the leaf is proven, its meaning is gone
}

// extraJSON is the extra line. The format does not authenticate it: the leaf is
// authenticated by the path, the opening by the leaf, the trace by a field
// "trace" where one is shown. The policy is authenticated by nothing: Verify
// never reads it, and who pins it at first use has compared it with nothing.
type extraJSON struct {
	Version int           `json:"v"`
	Leaf    []byte        `json:"leaf"`
	Trace   vocab.TraceID `json:"trace,omitempty"`
	Policy  string        `json:"policy,omitempty"`
	Opening *Opening      `json:"opening,omitempty"`
}

// Encode writes the receipt as a C2SP tlog-proof.
func (r *Receipt) Encode() ([]byte, error) {
	extra, err := json.Marshal(extraJSON{Version: 1, Leaf: r.Leaf[:], Trace: r.Trace, Policy: r.Policy, Opening: r.Opening})
	if err != nil {
		return nil, fmt.Errorf("writing the receipt of index %d: %w", r.Index, err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nextra %s\nindex %d\n", receiptHeader, base64.StdEncoding.EncodeToString(extra), r.Index)
	for i := range r.Path {
		fmt.Fprintf(&b, "%s\n", base64.StdEncoding.EncodeToString(r.Path[i][:]))
	}
	b.WriteByte('\n')
	b.Write(r.Checkpoint)
	return b.Bytes(), nil
}

// IsReceipt tells a receipt from a promise by its first line.
func IsReceipt(b []byte) bool {
	return strings.HasPrefix(string(b[:min(len(b), 64)]), receiptHeader+"\n")
}

// ParseReceipt reads a receipt and proves nothing.
func ParseReceipt(b []byte) (*Receipt, error) {
	if len(b) > MaxReceipt {
		return nil, vocab.FileTooLarge.Because("the receipt has %d bytes, at most %d are read", len(b), MaxReceipt)
	}
	head, checkpoint, ok := bytes.Cut(b, []byte("\n\n"))
	if !ok {
		return nil, vocab.BadInput.Because("the receipt has no empty line before its checkpoint")
	}
	lines := strings.Split(string(head), "\n")
	if lines[0] != receiptHeader {
		return nil, vocab.BadInput.Because("the first line is not %s", receiptHeader)
	}
	if len(lines) < 3 || !strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return nil, vocab.BadInput.Because("the receipt has no extra line and index line")
	}
	r := &Receipt{Checkpoint: checkpoint}
	if err := r.parseExtra(lines[1][len("extra "):]); err != nil {
		return nil, err
	}
	var err error
	if r.Index, err = parseDecimal(lines[2][len("index "):]); err != nil {
		return nil, err
	}
	if len(lines)-3 > maxPath {
		return nil, vocab.BadInput.Because("the path has %d hashes, at most %d can be", len(lines)-3, maxPath)
	}
	for _, line := range lines[3:] {
		h, err := parseHash(line)
		if err != nil {
			return nil, err
		}
		r.Path = append(r.Path, h)
	}
	if _, err := ParseCheckpoint(checkpoint); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Receipt) parseExtra(line string) error {
	raw, err := base64.StdEncoding.Strict().DecodeString(line)
	if err != nil {
		return vocab.BadInput.Wrap(err, "the extra line")
	}
	var x extraJSON
	if err := strictJSON(raw, &x); err != nil {
		return err
	}
	if x.Version != 1 {
		return vocab.BadInput.Because("the extra line says version %d, known is 1", x.Version)
	}
	if x.Trace != "" && !vocab.ValidTrace(string(x.Trace)) {
		return vocab.BadInput.Because("the extra line holds no trace of 32 digits")
	}
	if r.Leaf, err = ParseLeaf(x.Leaf); err != nil {
		return err
	}
	r.Trace, r.Policy, r.Opening = x.Trace, x.Policy, x.Opening
	return nil
}

// Verify checks everything that the receipt says, against nothing but the
// policy. Seen is filled as far as the log's signature reached, so that a
// receipt that waits for witnesses can be told from a false one.
func (r *Receipt) Verify(policy *Policy) (Seen, error) {
	seen, err := policy.OpenCheckpoint(r.Checkpoint)
	if err != nil {
		return Seen{}, err
	}
	if r.Index >= seen.Size {
		return seen, vocab.ProofFalse.Because("index %d is outside the checkpoint of size %d", r.Index, seen.Size)
	}
	if !VerifyInclusion(seen.Root, r.Leaf.Hash(), r.Index, seen.Size, r.Path) {
		return seen, vocab.ProofFalse.Because("the entry at index %d does not lead to the root of the checkpoint of size %d", r.Index, seen.Size)
	}
	if r.Opening != nil {
		if err := VerifyOpening(r.Leaf, *r.Opening); err != nil {
			return seen, err
		}
		if trace, ok := r.Opening.Get("trace"); ok && r.Trace != "" && string(trace) != string(r.Trace) {
			return seen, vocab.ProofFalse.Because("the receipt is filed under trace %s, the entry says %.32q", r.Trace, trace)
		}
	}
	return seen, policy.RequireQuorum(seen)
}

// Keeps tells whether the receipt keeps the promise: same log, same index, same
// leaf. A successor's receipt keeps no promise of the log before it.
func (r *Receipt) Keeps(p Promise) error {
	c, err := ParseCheckpoint(r.Checkpoint)
	if err != nil {
		return err
	}
	if c.Origin != p.Origin || r.Index != p.Index || r.Leaf.Hash() != p.LeafHash {
		return vocab.ProofFalse.Because("promised was entry %x at %d of %s, shown is %x at %d of %s",
			p.LeafHash[:6], p.Index, p.Origin, r.Leaf.Hash(), r.Index, c.Origin)
	}
	return nil
}

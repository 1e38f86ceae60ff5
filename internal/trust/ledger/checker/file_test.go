package checker

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fontis/internal/trust/ledger/checker/logtest"
	"fontis/internal/trust/ledger/proof"
)

// holder is a person with a receipt of entry 5 of 20, cosigned by one witness.
type holder struct {
	*testing.T
	log     *logtest.Log
	receipt proof.Receipt
	policy  *proof.Policy
	o       Options
}

func newHolder(t *testing.T) *holder {
	t.Helper()
	fields := []proof.Field{proof.NewField("purpose", []byte("pension")), proof.NewField("officer", []byte("li"))}
	leaf := proof.Commit(proof.Access, fields)
	h := &holder{T: t, log: logtest.New(t, origin, logtest.Leaves(5)...)}
	h.log.Add(t, leaf[:])
	h.log.Add(t, logtest.Leaves(20)[6:]...)
	var err error
	h.policy, err = proof.PolicyFor(h.log.VKey(), 1, proof.PolicyWitness{Name: "court", VKey: logtest.CosignerVKey("court.example", 9)})
	if err != nil {
		t.Fatal(err)
	}
	o := proof.Open(fields, proof.Only("purpose"))
	h.receipt = proof.Receipt{
		Index: 5, Path: h.log.Inclusion(t, 5, 20), Leaf: leaf, Opening: &o, Trace: "0123456789abcdef0123456789abcdef",
		Checkpoint: h.log.Sign(t, 20, logtest.Cosigner(t, "court.example", 9)), Policy: h.policy.String(),
	}
	h.o = Options{Policy: h.policy, Evidence: t.TempDir(), Now: func() time.Time { return time.Unix(1_800_000_000, 0) }}
	return h
}

func (h *holder) encode() []byte {
	h.Helper()
	b, err := h.receipt.Encode()
	if err != nil {
		h.Fatal(err)
	}
	return b
}

func (h *holder) check(b []byte, want Word) *Verdict {
	h.Helper()
	path := filepath.Join(h.TempDir(), "r.tlog-proof")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		h.Fatal(err)
	}
	v, err := File(path, h.o)
	if err != nil {
		h.Fatal(err)
	}
	if v.Word != want || v.ExitCode != want.ExitCode() {
		h.Fatalf("%+v, want %q", v, want)
	}
	if evidence := v.Evidence != ""; evidence != (v.ExitCode == ExitBad) {
		h.Fatalf("exit code %d with evidence %q", v.ExitCode, v.Evidence)
	}
	return v
}

func TestReceiptIsJudgedOffLine(t *testing.T) {
	h := newHolder(t)
	v := h.check(h.encode(), Sound)
	if purpose, ok := v.Opening.Get("purpose"); !ok || string(purpose) != "pension" || v.Index != 5 || v.Size != 20 {
		t.Fatalf("%+v", v)
	}
	h.receipt.Opening.Fields[0].Value = []byte("tax")
	h.check(h.encode(), False)
	h = newHolder(t)
	h.receipt.Checkpoint = h.log.Sign(t, 20)
	h.check(h.encode(), Waiting)
	h = newHolder(t)
	h.receipt.Opening = nil
	if v := h.check(h.encode(), Sound); !strings.Contains(strings.Join(v.Notes, " "), "erased") {
		t.Fatalf("%+v", v)
	}
	h.check([]byte("hello"), Unjudged)
	h.check(nil, Unjudged)
	h.check(h.encode()[:100], Unjudged)
}

func TestReceiptOfAnUnknownLogIsNotJudged(t *testing.T) {
	h := newHolder(t)
	other, err := proof.PolicyFor(logtest.New(t, "other.example/1").VKey(), 0)
	if err != nil {
		t.Fatal(err)
	}
	h.o.Policy = other
	h.check(h.encode(), Unjudged)
	h.o.Policy = nil
	h.receipt.Policy = ""
	h.check(h.encode(), Unjudged)
}

func TestReceiptAtFirstUsePinsItsPolicyAndComparesLater(t *testing.T) {
	h := newHolder(t)
	h.o.Policy, h.o.Pins = nil, t.TempDir()
	h.check(h.encode(), FirstUse)
	h.check(h.encode(), Sound)
	// The same log key now signs another tree of the same size for this person.
	other := logtest.New(t, origin, logtest.Leaves(19)...)
	other.Add(t, h.log.Leaves[5])
	h.receipt.Index, h.receipt.Path = 19, other.Inclusion(t, 19, 20)
	h.receipt.Checkpoint = other.Sign(t, 20, logtest.Cosigner(t, "court.example", 9))
	h.check(h.encode(), Split)
	// Another key with a policy of its own is not believed once a key is pinned.
	other.Key = logtest.Seed(7)
	h.receipt.Checkpoint = other.Sign(t, 20)
	p, err := proof.PolicyFor(other.VKey(), 0)
	if err != nil {
		t.Fatal(err)
	}
	h.receipt.Policy = p.String()
	h.check(h.encode(), False)
}

func TestAReceiptOfAFrozenLogIsSoundAndSaysSo(t *testing.T) {
	h := newHolder(t)
	h.o.Pins = t.TempDir()
	if v := h.check(h.encode(), Sound); strings.Contains(strings.Join(v.Notes, " "), "frozen") {
		t.Fatalf("no later log was seen: %+v", v)
	}
	next := strings.TrimSuffix(origin, "1") + "2"
	head, err := proof.ParseCheckpoint(logtest.New(t, next, logtest.Leaves(3)...).Sign(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	if err := (pins{h.o.Pins}).keepCheckpoint(head, []byte("seen")); err != nil {
		t.Fatal(err)
	}
	if v := h.check(h.encode(), Sound); !strings.Contains(strings.Join(v.Notes, " "), next+" follows") {
		t.Fatalf("%+v", v)
	}
}

func TestFalseReceiptPinsNothing(t *testing.T) {
	h := newHolder(t)
	h.o.Policy, h.o.Pins = nil, t.TempDir()
	h.receipt.Path[0][0] ^= 1
	h.check(h.encode(), False)
	if names, err := os.ReadDir(h.o.Pins); err != nil || len(names) != 0 {
		t.Fatal(names, err)
	}
}

func TestPromiseIsJudgedByTheLogsKey(t *testing.T) {
	h := newHolder(t)
	s, err := proof.NewLogSigner(origin, h.log.Key)
	if err != nil {
		t.Fatal(err)
	}
	p := proof.Promise{Origin: origin, Index: 5, LeafHash: h.receipt.Leaf.Hash(), At: time.Unix(1, 0), Trace: h.receipt.Trace}
	all, err := proof.PromiseAll([]proof.Promise{p, p}, s)
	if err != nil {
		t.Fatal(err)
	}
	old, err := note.Sign(&note.Note{Text: fmt.Sprintf("fontis/promise/v1\n%s\n5\n%s\n1000\n%s\n", origin, b64(p.LeafHash), p.Trace)}, s)
	if err != nil {
		t.Fatal(err)
	}
	policy := h.o.Policy
	for _, b := range [][]byte{all.Of(1), old} { // releases up to 0.1 signed each promise for itself
		h.o.Policy = policy
		h.check(b, Promised)
		h.check([]byte(strings.Replace(string(b), "\n5\n", "\n6\n", 1)), False)
		h.o.Policy = nil
		h.check(b, Unjudged)
	}
}

func FuzzBytes(f *testing.F) {
	log := logtest.New(f, origin, logtest.Leaves(9)...)
	leaf, err := proof.ParseLeaf(log.Leaves[3])
	if err != nil {
		f.Fatal(err)
	}
	r := proof.Receipt{Index: 3, Path: log.Inclusion(f, 3, 9), Checkpoint: log.Sign(f, 9), Leaf: leaf}
	honest, err := r.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(honest)
	policy, err := proof.PolicyFor(log.VKey(), 0)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := Bytes(b, "fuzz", Options{Policy: policy, Evidence: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if v.Word != Sound {
			return
		}
		got, err := proof.ParseReceipt(b)
		if err != nil || got.Leaf != leaf || got.Index != 3 {
			t.Fatalf("a receipt of another entry is sound: %s", base64.StdEncoding.EncodeToString(b))
		}
	})
}

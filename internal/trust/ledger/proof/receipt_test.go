package proof

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	fproof "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"fontis/internal/vocab"
)

const origin = "node.example/log/1"

func seed(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(slices.Repeat([]byte{n}, ed25519.SeedSize))
}

func pub(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func witnessLine(name string, n byte) PolicyWitness {
	return PolicyWitness{Name: name, VKey: WitnessVKey(name+".example", pub(seed(n)))}
}

func policyOf(t testing.TB, need int, ws ...PolicyWitness) *Policy {
	t.Helper()
	p, err := PolicyFor(LogVKey(origin, pub(seed(1))), need, ws...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sign makes a checkpoint signed by the log's key and the given witnesses.
func sign(t testing.TB, c Checkpoint, witnesses ...byte) []byte {
	t.Helper()
	s, err := NewLogSigner(c.Origin, seed(1))
	if err != nil {
		t.Fatal(err)
	}
	signers := []note.Signer{s}
	for _, w := range witnesses {
		cs, err := NewCosigner(fmt.Sprintf("w%d.example", w), seed(w), func() time.Time { return time.Unix(1_800_000_000, 0) })
		if err != nil {
			t.Fatal(err)
		}
		signers = append(signers, cs)
	}
	b, err := note.Sign(&note.Note{Text: c.Text()}, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// receipt logs a record among others and gives its receipt.
func receipt(t testing.TB, witnesses ...byte) *Receipt {
	t.Helper()
	fields := []Field{NewField("purpose", []byte("pension")), NewField("officer", []byte("li"))}
	leaf := Commit(Access, fields)
	nodes := make([]Hash, 11)
	for i := range nodes {
		nodes[i] = LeafHash(fmt.Append(nil, i))
	}
	nodes[6] = leaf.Hash()
	tree := treeOfNodes(nodes)
	o := Open(fields, Only("purpose"))
	c := Checkpoint{Origin: origin, Size: 11, Root: tree.Root()}
	return &Receipt{
		Index: 6, Path: tree.Path(6), Checkpoint: sign(t, c, witnesses...), Leaf: leaf, Opening: &o,
		Trace: vocab.NewTrace(time.Unix(1, 0)),
	}
}

func TestReceiptChecksAloneAndByOtherLibraries(t *testing.T) {
	policy := policyOf(t, 2, witnessLine("w2", 2), witnessLine("w3", 3), witnessLine("w4", 4))
	b, err := receipt(t, 2, 4).Encode()
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParseReceipt(b)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := r.Verify(policy)
	if err != nil || len(seen.Cosigners) != 2 || seen.Cosigners[0].At.Unix() != 1_800_000_000 {
		t.Fatal(seen, err)
	}
	var public fproof.TLogProof
	if err := public.Unmarshal(b); err != nil {
		t.Fatal(err)
	}
	var hashes [][]byte
	for _, h := range public.Hashes {
		hashes = append(hashes, h[:])
	}
	h := r.Leaf.Hash()
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, public.Index, seen.Size, h[:], hashes, seen.Root[:]); err != nil {
		t.Fatal(err)
	}
	logV, err := note.NewVerifier(LogVKey(origin, pub(seed(1))))
	if err != nil {
		t.Fatal(err)
	}
	witV, err := fnote.NewVerifierForCosignatureV1(witnessLine("w2", 2).VKey)
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(public.Checkpoint, note.VerifierList(logV, witV))
	if err != nil || len(n.Sigs) != 2 {
		t.Fatal(n, err)
	}
}

func TestReceiptRefusesEveryChange(t *testing.T) {
	w2, w3 := witnessLine("w2", 2), witnessLine("w3", 3)
	cases := []struct {
		name   string
		policy *Policy
		bend   func(*Receipt)
		want   vocab.Code
	}{
		{"another index", policyOf(t, 1, w2), func(r *Receipt) { r.Index = 7 }, vocab.ProofFalse},
		{"an index outside", policyOf(t, 1, w2), func(r *Receipt) { r.Index = 11 }, vocab.ProofFalse},
		{"another leaf", policyOf(t, 1, w2), func(r *Receipt) { r.Leaf[20] ^= 1 }, vocab.ProofFalse},
		{"another kind", policyOf(t, 1, w2), func(r *Receipt) { r.Leaf[1] = byte(Act) }, vocab.ProofFalse},
		{"another value", policyOf(t, 1, w2), func(r *Receipt) { r.Opening.Fields[0].Value = []byte("tax") }, vocab.ProofFalse},
		{"a bent path", policyOf(t, 1, w2), func(r *Receipt) { r.Path[1][0] ^= 1 }, vocab.ProofFalse},
		{"a bent root", policyOf(t, 1, w2), func(r *Receipt) { r.Checkpoint[len(origin)+8] = other(r.Checkpoint[len(origin)+8]) }, vocab.ProofFalse},
		{"a witness unknown to the policy", policyOf(t, 1, w3), func(*Receipt) {}, vocab.QuorumShort},
		{"too few witnesses", policyOf(t, 2, w2, w3), func(*Receipt) {}, vocab.QuorumShort},
	}
	for _, c := range cases {
		r := receipt(t, 2)
		c.bend(r)
		if _, err := r.Verify(c.policy); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	stranger, err := PolicyFor(LogVKey("other.example/log/1", pub(seed(1))), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := receipt(t, 2).Verify(stranger); !errors.Is(err, vocab.LogUnknown) {
		t.Errorf("a log that the policy does not name: %v", err)
	}
	forger, err := PolicyFor(LogVKey(origin, pub(seed(9))), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := receipt(t, 2).Verify(forger); !errors.Is(err, vocab.ProofFalse) {
		t.Errorf("a checkpoint signed by another key: %v", err)
	}
}

// other is another letter of base64.
func other(b byte) byte {
	if b == 'A' {
		return 'B'
	}
	return 'A'
}

func TestFalseCosignatureDoesNotCount(t *testing.T) {
	policy := policyOf(t, 1, witnessLine("w2", 2))
	r := receipt(t, 2)
	older := sign(t, Checkpoint{Origin: origin, Size: 10}, 2)
	stolen := older[strings.Index(string(older), "— w2.example"):]
	honest := r.Checkpoint[:strings.Index(string(r.Checkpoint), "— w2.example")]
	r.Checkpoint = append(slices.Clone(honest), stolen...)
	if _, err := r.Verify(policy); !errors.Is(err, vocab.QuorumShort) {
		t.Fatalf("a cosignature of another checkpoint counted: %v", err)
	}
}

func TestSuccessorKeepsTheKeyAndSaysSo(t *testing.T) {
	policy := policyOf(t, 0)
	next := Checkpoint{Origin: "node.example/log/2", Size: 1}
	seen, err := policy.OpenCheckpoint(sign(t, next))
	if err != nil || !seen.Successor {
		t.Fatal(seen, err)
	}
	for _, other := range []string{"node.example/log/0", "node.example/logs/2", "node.example/log/x"} {
		if _, err := policy.OpenCheckpoint(sign(t, Checkpoint{Origin: other, Size: 1})); !errors.Is(err, vocab.LogUnknown) {
			t.Errorf("%s passes for a successor: %v", other, err)
		}
	}
}

func TestPromiseIsBoundToItsLog(t *testing.T) {
	s, err := NewLogSigner(origin, seed(1))
	if err != nil {
		t.Fatal(err)
	}
	r := receipt(t)
	p := Promise{Origin: origin, Index: 6, LeafHash: r.Leaf.Hash(), At: time.UnixMilli(1_790_000_000_123).UTC(), Trace: r.Trace}
	signed, err := SignPromise(p, s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := VerifyPromise(signed, policyOf(t, 0))
	if err != nil || got != p || !IsPromise(signed) || IsReceipt(signed) {
		t.Fatal(got, err)
	}
	if err := r.Keeps(p); err != nil {
		t.Fatal(err)
	}
	p.Index = 5
	if r.Keeps(p) == nil {
		t.Fatal("a receipt of another index keeps the promise")
	}
	bent := []byte(strings.Replace(string(signed), "\n6\n", "\n7\n", 1))
	if _, err := VerifyPromise(bent, policyOf(t, 0)); !errors.Is(err, vocab.ProofFalse) {
		t.Fatalf("a bent promise: %v", err)
	}
	if _, err := policyOf(t, 0).OpenCheckpoint(signed); err == nil {
		t.Fatal("a promise passes for a checkpoint")
	}
	other, err := NewLogSigner("other.example/1", seed(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := SignPromise(p, other); err == nil {
		t.Fatal("another log's key promised")
	}
}

func TestPolicyFollowsItsGroups(t *testing.T) {
	text := "# departments and one outside body\nlog " + LogVKey(origin, pub(seed(1))) + " https://node.example/log\n"
	for i := byte(2); i <= 5; i++ {
		text += fmt.Sprintf("witness w%d %s\n", i, witnessLine(fmt.Sprintf("w%d", i), i).VKey)
	}
	text += "group departments 2 w2 w3 w4\n\tgroup both all departments w5\nquorum both\n"
	p, err := ParsePolicy([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		by   []byte
		want bool
	}{{nil, false}, {[]byte{2, 3, 4}, false}, {[]byte{2, 5}, false}, {[]byte{2, 4, 5}, true}, {[]byte{2, 3, 4, 5}, true}} {
		seen, err := p.OpenCheckpoint(sign(t, Checkpoint{Origin: origin, Size: 3}, c.by...))
		if err != nil || seen.Enough != c.want {
			t.Errorf("cosigned by %v: enough is %v, %v", c.by, seen.Enough, err)
		}
	}
	again, err := ParsePolicy([]byte(p.String()))
	if err != nil || again.String() != p.String() {
		t.Fatal("the policy does not write itself back", err)
	}
}

func TestPolicyRefusesWhatCouldCountTwice(t *testing.T) {
	logLine := "log " + LogVKey(origin, pub(seed(1))) + "\n"
	w2 := "witness w2 " + witnessLine("w2", 2).VKey + "\n"
	for name, text := range map[string]string{
		"no quorum":            logLine,
		"two quorums":          "quorum none\nquorum none\n",
		"unknown member":       w2 + "group g 1 w3\nquorum g\n",
		"need more than there": w2 + "group g 2 w2\nquorum g\n",
		"need none":            w2 + "group g 0 w2\nquorum g\n",
		"twice a member":       w2 + "group g 2 w2 w2\nquorum g\n",
		"member of two groups": w2 + "group g 1 w2\ngroup h 1 w2\nquorum h\n",
		"one key, two names":   w2 + "witness w3 " + WitnessVKey("w3.example", pub(seed(2))) + "\nquorum w2\n",
		"a log's key":          "witness w2 " + LogVKey("w2", pub(seed(2))) + "\nquorum w2\n",
		"one log twice":        logLine + "log " + LogVKey("node.example/log/2", pub(seed(1))) + "\nquorum none\n",
		"bent key hash":        strings.Replace(w2, "w2.example+", "w2.example+0", 1) + "quorum w2\n",
		"the name none":        "witness none " + witnessLine("w2", 2).VKey + "\nquorum none\n",
		"control byte":         "quorum none\r\n",
		"unknown word":         "mirror x\nquorum none\n",
	} {
		if _, err := ParsePolicy([]byte(text)); err == nil {
			t.Errorf("%s: the policy was read", name)
		}
	}
}

func FuzzReceipt(f *testing.F) {
	b, err := receipt(f, 2).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(receiptHeader + "\nextra e30=\nindex 0\n\n"))
	policy := policyOf(f, 1, witnessLine("w2", 2))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseReceipt(b)
		if err != nil {
			return
		}
		r.Verify(policy)
		again, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseReceipt(again); err != nil {
			t.Fatalf("what was written does not read back: %v", err)
		}
	})
}

func FuzzPromise(f *testing.F) {
	s, err := NewLogSigner(origin, seed(1))
	if err != nil {
		f.Fatal(err)
	}
	b, err := SignPromise(Promise{Origin: origin, At: time.Unix(1, 0), Trace: vocab.NewTrace(time.Unix(1, 0))}, s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePromise(b)
		if err == nil && !strings.HasPrefix(string(b), p.Text()) {
			t.Fatalf("%q reads as %q", b, p.Text())
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	f.Add(sign(f, Checkpoint{Origin: origin, Size: 3}, 2))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseCheckpoint(b)
		if err == nil && !strings.HasPrefix(string(b), c.Text()) {
			t.Fatalf("%q reads as %q", b, c.Text())
		}
	})
}

func FuzzPolicy(f *testing.F) {
	f.Add([]byte(policyOf(f, 1, witnessLine("w2", 2), witnessLine("w3", 3)).String()))
	f.Add([]byte("quorum none\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePolicy(b)
		if err != nil {
			return
		}
		again, err := ParsePolicy([]byte(p.String()))
		if err != nil || again.String() != p.String() {
			t.Fatalf("a policy does not read back: %v", err)
		}
	})
}

package proof

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
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

// promiseOfV1 is a promise as releases up to 0.1 signed it.
func promiseOfV1(t testing.TB, p Promise, s note.Signer) []byte {
	t.Helper()
	b, err := note.Sign(&note.Note{Text: string(p.text(promiseV1))}, s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPromiseIsBoundToItsLog(t *testing.T) {
	s, err := NewLogSigner(origin, seed(1))
	if err != nil {
		t.Fatal(err)
	}
	r := receipt(t)
	p := Promise{Origin: origin, Index: 6, LeafHash: r.Leaf.Hash(), At: time.UnixMilli(1_790_000_000_123).UTC(), Trace: r.Trace}
	all, err := PromiseAll([]Promise{p}, s)
	if err != nil {
		t.Fatal(err)
	}
	for version, signed := range map[string][]byte{promiseV1: promiseOfV1(t, p, s), promiseV2: all.Of(0)} {
		got, err := VerifyPromise(signed, policyOf(t, 0))
		if err != nil || got != p || !IsPromise(signed) || IsReceipt(signed) {
			t.Fatal(version, got, err)
		}
		bent := []byte(strings.Replace(string(signed), "\n6\n", "\n7\n", 1))
		if _, err := VerifyPromise(bent, policyOf(t, 0)); !errors.Is(err, vocab.ProofFalse) {
			t.Fatalf("%s: a bent promise: %v", version, err)
		}
		if _, err := policyOf(t, 0).OpenCheckpoint(signed); err == nil {
			t.Fatalf("%s passes for a checkpoint", version)
		}
	}
	if _, err := policyOf(t, 0).OpenCheckpoint(all.signed); err == nil {
		t.Fatal("the note over promises passes for a checkpoint")
	}
	if err := r.Keeps(p); err != nil {
		t.Fatal(err)
	}
	p.Index = 5
	if r.Keeps(p) == nil {
		t.Fatal("a receipt of another index keeps the promise")
	}
	other, err := NewLogSigner("other.example/1", seed(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := PromiseAll([]Promise{p}, other); err == nil {
		t.Fatal("another log's key promised")
	}
}

func TestEveryPromiseOfAGroupStandsAlone(t *testing.T) {
	s, err := NewLogSigner(origin, seed(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 2, 3, 5, 64, 255, 256, 257} {
		promises := make([]Promise, n)
		for i := range promises {
			promises[i] = Promise{Origin: origin, Index: uint64(1000 + i), LeafHash: Hash{byte(i), byte(i >> 8)}, At: time.UnixMilli(int64(i)).UTC(), Trace: vocab.NewTrace(time.Unix(1, 0))}
		}
		all, err := PromiseAll(promises, s)
		if err != nil {
			t.Fatal(err)
		}
		for i := range promises {
			if got, err := VerifyPromise(all.Of(i), policyOf(t, 0)); err != nil || got != promises[i] {
				t.Fatalf("promise %d of %d: %+v, %v", i, n, got, err)
			}
		}
	}
}

func TestAPromiseOfAGroupCannotBeBent(t *testing.T) {
	s, err := NewLogSigner(origin, seed(1))
	if err != nil {
		t.Fatal(err)
	}
	promises := make([]Promise, 5)
	for i := range promises {
		promises[i] = Promise{Origin: origin, Index: uint64(70 + i), LeafHash: Hash{byte(i)}, At: time.UnixMilli(90).UTC(), Trace: vocab.NewTrace(time.Unix(1, 0))}
	}
	all, err := PromiseAll(promises, s)
	if err != nil {
		t.Fatal(err)
	}
	honest := string(all.Of(2))
	lines := strings.Split(honest, "\n")
	bend := func(at int, to ...string) string {
		return strings.Join(slices.Concat(lines[:at], to, lines[at+1:]), "\n")
	}
	for what, bent := range map[string]string{
		"another origin":               bend(1, "other.example/1"),
		"another index":                bend(2, "71"),
		"another leaf":                 bend(3, strings.Split(string(all.Of(1)), "\n")[3]),
		"another time":                 bend(4, "91"),
		"another trace":                bend(5, string(promises[1].Trace)),
		"another place":                bend(6, "3"),
		"a place outside":              bend(6, "5"),
		"a path that is too short":     bend(9),
		"a path that is too long":      bend(9, lines[9], lines[9]),
		"another path":                 bend(7, lines[8]),
		"another count":                strings.Replace(honest, "\n5\n", "\n6\n", 1),
		"another first line":           bend(0, promiseV1),
		"no note":                      strings.Join(lines[:10], "\n") + "\n\n",
		"the note of another group":    strings.Join(lines[:11], "\n") + "\n" + string(mustPromise(t, promises[:4], s).signed),
		"the text alone, as version 1": string(promises[2].text(promiseV1)) + "\n" + lines[len(lines)-2] + "\n",
	} {
		if got, err := VerifyPromise([]byte(bent), policyOf(t, 0)); err == nil {
			t.Errorf("%s: passes as %+v\n%s", what, got, bent)
		}
	}
}

// The published vectors are what others try their verifiers with.
func TestThePublishedPromisesHold(t *testing.T) {
	doc, err := os.ReadFile("../../../../docs/protocol/ledger.md")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := ParsePolicy([]byte("log data.example.gov/log/1+b9bc5147+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs https://data.example.gov/log/1\nquorum none\n"))
	if err != nil {
		t.Fatal(err)
	}
	var found []Promise
	for block := range strings.SplitSeq(string(doc), "```\n") {
		if !IsPromise([]byte(block)) || strings.Contains(block, "<origin>") {
			continue
		}
		p, err := VerifyPromise([]byte(block), policy)
		if err != nil {
			t.Errorf("%v\n%s", err, block)
		}
		found = append(found, p)
	}
	if len(found) != 2 || found[0] != found[1] {
		t.Errorf("found %+v, want the same promise in both forms", found)
	}
}

func mustPromise(t testing.TB, all []Promise, s note.Signer) *Promises {
	t.Helper()
	p, err := PromiseAll(all, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
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
	p := Promise{Origin: origin, At: time.Unix(1, 0), Trace: vocab.NewTrace(time.Unix(1, 0))}
	f.Add(promiseOfV1(f, p, s))
	f.Add(mustPromise(f, []Promise{p, p, p}, s).Of(1))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePromise(b)
		if err == nil && !strings.HasPrefix(string(b), string(p.text(promiseV1))) && !strings.HasPrefix(string(b), string(p.text(promiseV2))) {
			t.Fatalf("%q reads as %q", b, p.text(promiseV2))
		}
		if _, err := VerifyPromise(b, &Policy{}); err == nil {
			t.Fatalf("%q verifies where no log is believed", b)
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

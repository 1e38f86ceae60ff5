package proofs

import (
	"bytes"
	"crypto/ed25519"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/ledger/checker"
	"fontis/internal/trust/ledger/checker/logtest"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/witness"
	"fontis/internal/vocab"
)

// TestPromise3ARewrittenLeafIsProvenByOneOldReceipt runs a node with a witness,
// keeps one receipt, and then is the operator: rewrites the record's leaf, builds
// the whole log anew and signs it with the true key.
func TestPromise3ARewrittenLeafIsProvenByOneOldReceipt(t *testing.T) {
	cfg := apptest.Config(t)
	first := apptest.Open(t, cfg, app.Options{})
	vkey := first.Log.VerifierKey()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	wit, err := witness.Open(witness.Options{Dir: t.TempDir(), Name: "witness.test", Key: logtest.Seed(9)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wit.Close() })
	if err := wit.Pin(vkey, ""); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(wit.Handler())
	t.Cleanup(server.Close)
	policy, err := proof.PolicyFor(vkey, 1, proof.PolicyWitness{Name: "w", VKey: wit.VKey(), URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Dir, "witnesses.policy"), []byte(policy.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	n := open(t, cfg, app.Options{}, residents(5))
	g := apptest.Grant(vocab.Compare)
	n.put(t, g)
	call := ask(g, n.people[0], day(1))
	call.Trace = ""
	out, err := n.Door.Ask(t.Context(), user(apptest.Tax), call)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Ledger.Close(); err != nil { // nothing more is written; what is there is read
		t.Fatal(err)
	}
	size, err := n.Log.Size(t.Context())
	if err == nil {
		err = n.Log.Await(t.Context(), size)
	}
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := n.Door.Receipt(t.Context(), user(apptest.Tax), out.Trace)
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := storedOf(t.Context(), n.DB, out.Trace)
	if err != nil {
		t.Fatal(err)
	}
	var leaves [][]byte
	err = n.Log.Leaves(t.Context(), 0, size, func(_ uint64, leaf []byte) error {
		leaves = append(leaves, bytes.Clone(leaf))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := n.Keys.Signer(keys.Log)
	if err != nil {
		t.Fatal(err)
	}
	witnessed, err := n.Log.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	origin := n.Ledger.Origin()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}

	v := check(t, rebuilt(t, origin, key, leaves, witnessed), policy, receipt.Intent)
	if v.ExitCode != checker.ExitGood {
		t.Fatalf("the honest log is %s: %v", v.Word, v.Findings)
	}
	forged := proof.Commit(proof.Access, []proof.Field{proof.NewField("purpose", []byte("nothing happened here"))})
	for i, leaf := range leaves {
		if bytes.Equal(leaf, r.leaf) {
			leaves[i] = forged[:]
		}
	}
	for _, held := range [][]byte{receipt.Intent, []byte(out.Promise)} {
		v = check(t, rebuilt(t, origin, key, leaves, nil), policy, held)
		if v.ExitCode != checker.ExitBad {
			t.Errorf("a rewritten log, signed with the true key, is %s (%v): the old receipt proves nothing", v.Word, v.Notes)
		}
		// The witness convicts the log too; what one receipt proves it proves without it.
		if !slices.ContainsFunc(v.Findings, func(f checker.Finding) bool {
			return f.Word != checker.Unjudged && strings.Contains(f.Text, "held by the auditor")
		}) {
			t.Errorf("nothing that was found rests on what the auditor held: %v", v.Findings)
		}
		if b, err := os.ReadFile(v.Evidence); err != nil || len(b) == 0 {
			t.Errorf("no evidence: %v", err)
		}
	}
}

// rebuilt publishes the leaves as a log of that origin and key; without a
// checkpoint the operator signs a fresh one.
func rebuilt(t *testing.T, origin string, key ed25519.PrivateKey, leaves [][]byte, checkpoint []byte) string {
	t.Helper()
	l := &logtest.Log{Origin: origin, Key: key}
	l.Add(t, leaves...)
	if checkpoint == nil {
		checkpoint = l.Sign(t, len(leaves))
	}
	dir := t.TempDir()
	l.Publish(t, dir, len(leaves), checkpoint)
	return dir
}

func check(t *testing.T, dir string, policy *proof.Policy, held []byte) *checker.Verdict {
	t.Helper()
	v, err := checker.Log(t.Context(), checker.Audit{
		Options: checker.Options{Policy: policy, Evidence: t.TempDir()}, Address: dir, Held: [][]byte{held}, Grace: -1, Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %v %v", v.Word, v.Findings, v.Notes)
	return v
}

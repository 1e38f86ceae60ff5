package checker

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fontis/internal/engine/tlog"
	"fontis/internal/trust/ledger/checker/logtest"
	"fontis/internal/trust/ledger/proof"
)

// The house's own log, witness and checker together: two checkpoints, the second
// grown from the first, and a receipt made from what the log gives.
func TestOwnLogWitnessAndCheckerAgree(t *testing.T) {
	w := newWorld(t)
	signer, err := proof.NewLogSigner(origin, w.log.Key)
	if err != nil {
		t.Fatal(err)
	}
	log, err := tlog.Open(t.Context(), tlog.Options{
		Dir: t.TempDir(), Origin: origin, Signer: signer, VerifierKey: w.log.VKey(),
		Witnesses: w.policy.String(), BatchAge: time.Millisecond, CheckpointEvery: 10 * time.Millisecond, HTTP: w.audit.Client,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	node := httptest.NewServer(log.Handler())
	defer node.Close()
	leaves := logtest.Leaves(600)
	var first []byte
	for _, part := range [][][]byte{leaves[:300], leaves[300:]} {
		if _, err := log.Append(t.Context(), part); err != nil {
			t.Fatal(err)
		}
		size, err := log.Size(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := log.Await(t.Context(), size); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			if first, err = log.Checkpoint(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	signed, err := log.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path, err := log.Proof(t.Context(), 317, 600)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := proof.ParseLeaf(leaves[317])
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := (&proof.Receipt{Index: 317, Path: path, Checkpoint: signed, Leaf: leaf}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if v, err := Bytes(receipt, "receipt", w.audit.Options); err != nil || v.Word != Sound {
		t.Fatalf("%+v %v", v, err)
	}
	w.audit.Address = node.URL
	v := w.run(first, receipt)
	if v.Word != Sound || v.Size != 600 || !strings.Contains(strings.Join(v.Proven, "\n"), "held by witness court") {
		t.Fatalf("%+v", v)
	}
}

package tally

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	sumdb "golang.org/x/mod/sumdb/tlog"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

const origin = "tally.test/log/1"

// books is a ledger on a real database and a real log, with its tally.
type books struct {
	*ledger.Ledger
	*Tally
	db  *db.DB
	log *tlog.Log
	dir string
}

func open(t testing.TB, accesses, persons int) *books {
	t.Helper()
	skey, vkey, err := note.GenerateKey(nil, origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	b := &books{db: dbtest.Open(t, "ledger", "tally"), dir: t.TempDir()}
	if b.log, err = tlog.Open(t.Context(), tlog.Options{Dir: b.dir, Origin: origin, Signer: signer, VerifierKey: vkey}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.log.Close() })
	begin := func() {
		if b.Ledger, err = ledger.Open(t.Context(), ledger.Options{DB: b.db, Log: b.log, Origin: origin, Signer: signer, Clock: clock.System()}); err != nil {
			t.Fatal(err)
		}
	}
	begin()
	b.Tally = New(Options{DB: b.db, Logs: []Named{{origin, b.log}}, Clock: clock.System()})
	b.fill(t, accesses, persons)
	if err := b.Ledger.Close(); err != nil {
		t.Fatal(err)
	}
	begin() // gives its place to what the end left without
	t.Cleanup(func() { b.Ledger.Close() })
	return b
}

func (b *books) fill(t testing.TB, accesses, persons int) {
	var all sync.WaitGroup
	callers := min(accesses, 512)
	for c := range callers {
		all.Go(func() {
			for i := c; i < accesses; i += callers {
				now := time.Now()
				e, err := b.Submit(t.Context(), &ledger.Draft{
					Trace: vocab.NewTrace(now), State: vocab.Intended, At: now, Owner: "tax", Provider: "civil", Grant: "g-1",
					Person: vocab.PersonRef{byte(i % persons >> 8), byte(i % persons)}, Personal: true,
					Fields: []ledger.Pair{{Name: ledger.FieldMember, Value: "tax"}, {Name: ledger.FieldProvider, Value: "civil"}, {Name: ledger.FieldGrant, Value: "g-1"}, {Name: ledger.FieldPurpose, Value: "pension"}, {Name: ledger.FieldItems, Value: `["civil-residents/born"]`}},
				})
				if err != nil {
					t.Error(err)
					return
				}
				b.Finish(ledger.Outcome{Seq: e.Seq, Trace: e.Trace, Index: e.Index, State: vocab.Released, At: now, Fields: []ledger.Pair{{Name: ledger.FieldAnswers, Value: `{"civil-residents/born":"match"}`}}})
			}
		})
	}
	all.Wait()
}

func TestASoundLedgerGivesNoFinding(t *testing.T) {
	b := open(t, 3000, 40)
	r, err := b.All(t.Context(), nil)
	if err != nil || r.Count > 0 || r.Records < 3000 {
		t.Fatalf("%+v %v", r, err)
	}
}

func TestALogWithoutARecordOfItsOwnIsEmpty(t *testing.T) {
	b := open(t, 0, 1)
	if r, err := b.All(t.Context(), nil); err != nil || r.Count > 0 || r.Ended.IsZero() {
		t.Fatalf("%+v %v", r, err)
	}
}

// faultyLog changes what the log gives.
type faultyLog struct {
	Log
	leaf func(i uint64, leaf []byte) ([]byte, error)
	root *[32]byte
}

// Leaves gives changed leaves.
func (f faultyLog) Leaves(ctx context.Context, from, to uint64, each func(uint64, []byte) error) error {
	return f.Log.Leaves(ctx, from, to, func(i uint64, leaf []byte) error {
		leaf, err := f.leaf(i, leaf)
		if err != nil {
			return err
		}
		return each(i, leaf)
	})
}

// RootAt gives another root.
func (f faultyLog) RootAt(ctx context.Context, size uint64) ([32]byte, error) {
	if f.root != nil {
		return *f.root, nil
	}
	return f.Log.RootAt(ctx, size)
}

func same(_ uint64, leaf []byte) ([]byte, error) { return leaf, nil }

func TestADamagedLogIsNamedAndTheRestIsStillHeld(t *testing.T) {
	b := open(t, 1500, 7)
	for name, c := range map[string]struct {
		log  faultyLog
		kind Kind
	}{
		"a leaf that does not hash": {faultyLog{b.log, func(i uint64, leaf []byte) ([]byte, error) {
			if i == 300 {
				return nil, vocab.LedgerCorrupt.Because("leaf 300 does not hash to its place in the tree")
			}
			return leaf, nil
		}, nil}, LogDamaged},
		"a leaf of another record": {faultyLog{b.log, func(i uint64, leaf []byte) ([]byte, error) {
			if i == 300 {
				other := proof.Commit(proof.Act, []proof.Field{proof.NewField("a", nil)})
				return other[:], nil
			}
			return leaf, nil
		}, nil}, RecordChanged},
		"another root": {faultyLog{b.log, same, &[32]byte{1}}, LogDamaged},
	} {
		b.Tally = New(Options{DB: b.db, Logs: []Named{{origin, c.log}}, Clock: clock.System()})
		r, err := b.All(t.Context(), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		named := false
		for _, f := range r.Findings {
			named = named || f.Kind == c.kind && f.Index != nil && (*f.Index == 300 || name == "another root")
		}
		if !named {
			t.Errorf("%s: %v", name, r.Findings)
		}
	}
}

func TestGrowingSubtreesGiveTheRootOfEverySize(t *testing.T) {
	var right []proof.Hash
	var leaves []proof.Hash
	for n := uint64(0); n < 300; n++ {
		leaf := leafHash(fmt.Append(nil, n))
		right = grow(right, leaf, n)
		leaves = append(leaves, leaf)
		if rootOf(right) != sumdbRoot(t, leaves) {
			t.Fatalf("the root of %d leaves is not the checksum database's", n+1)
		}
	}
}

// sumdbRoot is the root as the Go checksum database's library computes it.
func sumdbRoot(t *testing.T, leaves []proof.Hash) proof.Hash {
	t.Helper()
	var store []sumdb.Hash
	read := sumdb.HashReaderFunc(func(at []int64) ([]sumdb.Hash, error) {
		out := make([]sumdb.Hash, len(at))
		for i, x := range at {
			out[i] = store[x]
		}
		return out, nil
	})
	for i, l := range leaves {
		more, err := sumdb.StoredHashesForRecordHash(int64(i), sumdb.Hash(l), read)
		if err != nil {
			t.Fatal(err)
		}
		store = append(store, more...)
	}
	root, err := sumdb.TreeHash(int64(len(leaves)), read)
	if err != nil {
		t.Fatal(err)
	}
	return proof.Hash(root)
}

func TestSumsDoNotDependOnOrderAndDoOnEveryMember(t *testing.T) {
	var forth, back, less sum
	for i := range uint64(100) {
		forth.add(ofLeaf(i, []byte("leaf")))
		back.add(ofLeaf(99-i, []byte("leaf")))
		if i != 50 {
			less.add(ofLeaf(i, []byte("leaf")))
		}
	}
	if forth != back || forth == less {
		t.Fatal("the sum is not one of a set")
	}
	text, err := forth.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var again sum
	if err := again.UnmarshalText(text); err != nil || again != forth {
		t.Fatalf("%v %s", err, text)
	}
}

// How many entries a second a round holds, with all that it does.
func BenchmarkRound(b *testing.B) {
	books := open(b, 100_000, 5000)
	var records int64
	b.ResetTimer()
	for b.Loop() {
		r, err := books.All(b.Context(), nil)
		if err != nil || r.Count > 0 {
			b.Fatalf("%+v %v", r, err)
		}
		records += r.Records
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}

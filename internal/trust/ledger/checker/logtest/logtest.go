// Package logtest builds small transparency logs for tests, honest and false
// ones, with the Go checksum database's library instead of the engine that
// fontis runs on: what checks our log must not be made of our log.
package logtest

import (
	"crypto/ed25519"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"fontis/internal/trust/ledger/proof"
)

// Log is a log in memory that can be published as C2SP tlog-tiles files.
type Log struct {
	Origin string
	Key    ed25519.PrivateKey
	Leaves [][]byte
	hashes []tlog.Hash
}

// Seed makes a key that is the same in every run.
func Seed(n byte) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = n
	return ed25519.NewKeyFromSeed(seed)
}

// New makes a log of the given leaves.
func New(t testing.TB, origin string, leaves ...[]byte) *Log {
	t.Helper()
	l := &Log{Origin: origin, Key: Seed(1)}
	l.Add(t, leaves...)
	return l
}

// Leaf is a made-up leaf that any test can repeat.
func Leaf(n int, word string) []byte {
	leaf := proof.Commit(proof.Access, []proof.Field{{Name: "n", Value: fmt.Append(nil, n)}, {Name: "word", Value: []byte(word)}})
	return leaf[:]
}

// Leaves are n made-up leaves.
func Leaves(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = Leaf(i, "green")
	}
	return out
}

// Add appends leaves.
func (l *Log) Add(t testing.TB, leaves ...[]byte) {
	t.Helper()
	for _, leaf := range leaves {
		more, err := tlog.StoredHashes(int64(len(l.Leaves)), leaf, l.reader())
		if err != nil {
			t.Fatal(err)
		}
		l.hashes = append(l.hashes, more...)
		l.Leaves = append(l.Leaves, leaf)
	}
}

func (l *Log) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(idx []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(idx))
		for i, x := range idx {
			out[i] = l.hashes[x]
		}
		return out, nil
	})
}

// VKey is the log's verifier key.
func (l *Log) VKey() string { return proof.LogVKey(l.Origin, l.Key.Public().(ed25519.PublicKey)) }

// Head is the tree head at a size.
func (l *Log) Head(t testing.TB, size int) proof.Checkpoint {
	t.Helper()
	root, err := tlog.TreeHash(int64(size), l.reader())
	if err != nil {
		t.Fatal(err)
	}
	return proof.Checkpoint{Origin: l.Origin, Size: uint64(size), Root: proof.Hash(root)}
}

// Sign is the checkpoint at a size, signed by the log and the given cosigners.
func (l *Log) Sign(t testing.TB, size int, cosigners ...note.Signer) []byte {
	t.Helper()
	s, err := proof.NewLogSigner(l.Origin, l.Key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := note.Sign(&note.Note{Text: l.Head(t, size).Text()}, append([]note.Signer{s}, cosigners...)...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Cosigner is a witness without a memory, which signs all it is shown.
func Cosigner(t testing.TB, name string, n byte) note.Signer {
	t.Helper()
	s, err := proof.NewCosigner(name, Seed(n), func() time.Time { return time.Unix(1_790_000_000, 0) })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// CosignerVKey is the verifier key of such a witness.
func CosignerVKey(name string, n byte) string {
	return proof.WitnessVKey(name, Seed(n).Public().(ed25519.PublicKey))
}

// Consistency proves that the tree of size b continues the tree of size a.
func (l *Log) Consistency(t testing.TB, a, b int) []proof.Hash {
	t.Helper()
	if a == 0 || a == b {
		return nil
	}
	p, err := tlog.ProveTree(int64(b), int64(a), l.reader())
	if err != nil {
		t.Fatal(err)
	}
	return toHashes(p)
}

// Inclusion proves that leaf i is in the tree of the size.
func (l *Log) Inclusion(t testing.TB, i, size int) []proof.Hash {
	t.Helper()
	p, err := tlog.ProveRecord(int64(size), int64(i), l.reader())
	if err != nil {
		t.Fatal(err)
	}
	return toHashes(p)
}

func toHashes(in []tlog.Hash) []proof.Hash {
	out := make([]proof.Hash, len(in))
	for i := range in {
		out[i] = proof.Hash(in[i])
	}
	return out
}

// Publish writes the log of a size as static files: checkpoint, log.json, tiles
// and entry bundles.
func (l *Log) Publish(t testing.TB, dir string, size int, checkpoint []byte) {
	t.Helper()
	l.write(t, dir, "checkpoint", checkpoint)
	j, err := json.Marshal(map[string]string{"origin": l.Origin, "vkey": l.VKey()})
	if err != nil {
		t.Fatal(err)
	}
	l.write(t, dir, "log.json", j)
	for _, tile := range tlog.NewTiles(8, 0, int64(size)) {
		data, err := tlog.ReadTileData(tile, l.reader())
		if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(tile.Path(), "tile/8/")
		l.write(t, dir, "tile/"+path, data)
		if tile.L == 0 {
			_, rest, _ := strings.Cut(path, "/")
			l.write(t, dir, "tile/entries/"+rest, bundle(l.Leaves[tile.N*256:][:tile.W]))
		}
	}
}

func bundle(leaves [][]byte) []byte {
	var b []byte
	for _, leaf := range leaves {
		b = binary.BigEndian.AppendUint16(b, uint16(len(leaf)))
		b = append(b, leaf...)
	}
	return b
}

func (l *Log) write(t testing.TB, dir, name string, b []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

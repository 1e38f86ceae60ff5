package proof

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/iotest"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func drawFields(t *rapid.T, label string) []Field {
	n := rapid.IntRange(1, 40).Draw(t, label)
	fields := make([]Field, n)
	for i := range fields {
		value := rapid.SliceOfN(rapid.Byte(), 0, 400).Draw(t, "value")
		fields[i] = NewField(fmt.Sprintf("field_%d", i), value)
	}
	return fields
}

func TestDigestIsHMACOfNameAndValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, f := range drawFields(t, "fields") {
			m := hmac.New(sha256.New, f.Key[:])
			m.Write(binary.BigEndian.AppendUint16(nil, uint16(len(f.Name))))
			m.Write([]byte(f.Name))
			m.Write(f.Value)
			if got := f.Digest(); !bytes.Equal(got[:], m.Sum(nil)) {
				t.Fatalf("digest of a field with %d bytes differs from HMAC-SHA-256", len(f.Value))
			}
		}
	})
}

// sumdbRoot computes an RFC 6962 root with the Go checksum database's library.
func sumdbRoot(t testing.TB, leaves [][]byte) Hash {
	t.Helper()
	var store []tlog.Hash
	read := tlog.HashReaderFunc(func(idx []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(idx))
		for i, x := range idx {
			out[i] = store[x]
		}
		return out, nil
	})
	for i, l := range leaves {
		more, err := tlog.StoredHashes(int64(i), l, read)
		if err != nil {
			t.Fatal(err)
		}
		store = append(store, more...)
	}
	h, err := tlog.TreeHash(int64(len(leaves)), read)
	if err != nil {
		t.Fatal(err)
	}
	return Hash(h)
}

func TestLeafRootIsRFC6962OverSortedDigests(t *testing.T) {
	for n := 1; n <= 70; n++ {
		fields := make([]Field, n)
		var digests [][]byte
		for i := range fields {
			fields[i] = NewField(fmt.Sprint("f", i), []byte{byte(i)})
			d := fields[i].Digest()
			digests = append(digests, d[:])
		}
		slices.SortFunc(digests, bytes.Compare)
		leaf := Commit(Act, fields)
		if leaf.Root() != sumdbRoot(t, digests) {
			t.Fatalf("%d fields: the root differs from the sum database's", n)
		}
		if leaf[0] != 0x01 || leaf.Kind() != Act || len(leaf) != 34 {
			t.Fatalf("leaf begins %x", leaf[:2])
		}
		if leaf.Hash() != Hash(tlog.RecordHash(leaf[:])) {
			t.Fatal("leaf hash differs from the sum database's record hash")
		}
	}
}

func TestOrderOfFieldsDoesNotMatter(t *testing.T) {
	a := []Field{NewField("a", []byte("1")), NewField("b", []byte("2")), NewField("c", nil)}
	b := []Field{a[2], a[0], a[1]}
	if Commit(Access, a) != Commit(Access, b) {
		t.Fatal("the same fields in another order gave another leaf")
	}
}

func TestSameRecordTwiceGivesUnrelatedLeaves(t *testing.T) {
	once := Commit(Access, []Field{NewField("sex", []byte("f"))})
	if once == Commit(Access, []Field{NewField("sex", []byte("f"))}) {
		t.Fatal("two records of one value have one leaf: the key is not random")
	}
}

func TestDrawerGivesEveryFieldItsOwnKey(t *testing.T) {
	d := NewDrawer(nil)
	seen := map[[KeySize]byte]bool{{}: true}
	fields := make([]Field, 8)
	for range 1000 {
		if err := d.Fill(fields); err != nil {
			t.Fatal(err)
		}
		for _, f := range fields {
			if seen[f.Key] {
				t.Fatal("a key came twice, or is zero")
			}
			seen[f.Key] = true
		}
	}
	broken := NewDrawer(iotest.ErrReader(errors.New("no randomness")))
	if broken.Fill(fields) == nil {
		t.Fatal("a drawer without randomness filled fields")
	}
}

func TestRowsTreeGivesPathsThatVerifyElsewhere(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 255, 256, 257, 511, 512, 513, 700, 1025} {
		roots := make([]Hash, n)
		leaves := make([][]byte, n)
		for i := range roots {
			roots[i] = sha256.Sum256(fmt.Append(nil, i))
			leaves[i] = roots[i][:]
		}
		tree := NewRowsTree(roots)
		if tree.Root() != sumdbRoot(t, leaves) {
			t.Fatalf("%d rows: root differs from the sum database's", n)
		}
		chunks := tree.Chunks()
		for i := range roots {
			path := tree.Path(uint64(i))
			var p tlog.RecordProof
			for _, h := range path {
				p = append(p, tlog.Hash(h))
			}
			if err := tlog.CheckRecord(p, int64(n), tlog.Hash(tree.Root()), int64(i), tlog.RecordHash(leaves[i])); err != nil {
				t.Fatalf("row %d of %d: %v", i, n, err)
			}
			if !VerifyInclusion(tree.Root(), LeafHash(leaves[i]), uint64(i), uint64(n), path) {
				t.Fatalf("row %d of %d: own verifier refuses", i, n)
			}
			from := i / ChunkRows * ChunkRows
			again, err := PathFrom(uint64(i), roots[from:min(n, from+ChunkRows)], chunks)
			if err != nil || !slices.Equal(again, path) {
				t.Fatalf("row %d of %d: path from chunks differs: %v", i, n, err)
			}
		}
		if tree.Path(uint64(n)) != nil {
			t.Fatal("a path for a row that is not there")
		}
	}
}

func TestPathFromRefusesRowsThatWereChanged(t *testing.T) {
	roots := make([]Hash, 300)
	chunks := NewRowsTree(roots).Chunks()
	roots[3][0]++
	if _, err := PathFrom(5, roots[:256], chunks); err == nil {
		t.Fatal("a path was made from rows that do not give the kept root")
	}
	if _, err := PathFrom(700, roots[:256], chunks); err == nil {
		t.Fatal("a path was made for a row beyond the last chunk")
	}
}

func TestInclusionRefusesEveryBentProof(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		roots := make([]Hash, n)
		for i := range roots {
			roots[i] = sha256.Sum256(fmt.Append(nil, i))
		}
		tree := NewRowsTree(roots)
		i := rapid.IntRange(0, n-1).Draw(t, "i")
		leaf, path := LeafHash(roots[i][:]), tree.Path(uint64(i))
		j := rapid.IntRange(0, n).Draw(t, "j")
		if j != i && VerifyInclusion(tree.Root(), leaf, uint64(j), uint64(n), path) {
			t.Fatalf("row %d verifies at %d of %d", i, j, n)
		}
		if VerifyInclusion(tree.Root(), leaf, uint64(i), uint64(n), append(slices.Clone(path), Hash{})) {
			t.Fatal("a longer path verifies")
		}
		if len(path) > 0 {
			bent := slices.Clone(path)
			bent[rapid.IntRange(0, len(bent)-1).Draw(t, "at")][0] ^= 1
			if VerifyInclusion(tree.Root(), leaf, uint64(i), uint64(n), bent) || VerifyInclusion(tree.Root(), leaf, uint64(i), uint64(n), path[1:]) {
				t.Fatal("a bent path verifies")
			}
		}
	})
}

// One row: keys drawn, eight fields committed, the secret encoded.
func BenchmarkRow(b *testing.B) {
	fields := make([]Field, 8)
	for i := range fields {
		fields[i].Name, fields[i].Value = fmt.Sprint("field", i), []byte("value of it")
	}
	d := NewDrawer(nil)
	var secret []byte
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Fill(fields); err != nil {
			b.Fatal(err)
		}
		RowRoot(fields)
		secret = AppendRowSecret(secret[:0], fields)
	}
}

func BenchmarkRowsTree(b *testing.B) {
	roots := make([]Hash, 100_000)
	for b.Loop() {
		NewRowsTree(roots).Root()
	}
	b.ReportMetric(float64(b.N)*float64(len(roots))/b.Elapsed().Seconds(), "rows/s")
}

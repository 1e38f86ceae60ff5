package sample_test

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/sample"
)

func draw(t interface{ Fatal(...any) }, seed sample.Seed, root proof.Hash, count int, kinds []proof.Kind) *sample.Draw {
	d, err := sample.New(seed, root, count)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range kinds {
		d.Add(uint64(i), k)
	}
	return d
}

// The document's own words, written a second time: sort all scores, take the
// first.
func byTheBook(seed sample.Seed, root proof.Hash, count int, kinds []proof.Kind) []uint64 {
	type one struct {
		sum   [32]byte
		index uint64
	}
	var all []one
	for i, k := range kinds {
		if k == proof.Access || k == proof.Batch {
			b := append([]byte("fontis/sample/v1\n"), seed[:]...)
			b = append(b, root[:]...)
			all = append(all, one{sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(i))), uint64(i)})
		}
	}
	slices.SortFunc(all, func(a, b one) int { return slices.Compare(a.sum[:], b.sum[:]) })
	var out []uint64
	for _, o := range all[:min(count, len(all))] {
		out = append(out, o.index)
	}
	slices.Sort(out)
	return out
}

func TestADrawIsTheLowestScoresInAnyOrderOfReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var seed sample.Seed
		var root proof.Hash
		copy(seed[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed"))
		copy(root[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "root"))
		kinds := rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 7), func(n int) proof.Kind { return proof.Kind(n) }), 0, 200).Draw(t, "kinds")
		count := rapid.IntRange(1, 50).Draw(t, "count")
		d := draw(t, seed, root, count, kinds)
		want := byTheBook(seed, root, count, kinds)
		if !slices.Equal(d.Picked(), want) {
			t.Fatalf("drawn %v, by the book %v", d.Picked(), want)
		}
		back, err := sample.New(seed, root, count)
		if err != nil {
			t.Fatal(err)
		}
		for i := len(kinds) - 1; i >= 0; i-- {
			back.Add(uint64(i), kinds[i])
		}
		if !slices.Equal(back.Picked(), want) {
			t.Fatalf("read backwards: %v, want %v", back.Picked(), want)
		}
	})
}

func TestEveryLeafIsDrawnAboutAsOften(t *testing.T) {
	kinds := slices.Repeat([]proof.Kind{proof.Access}, 50)
	times := make([]int, len(kinds))
	for n := range 2000 {
		var root proof.Hash
		binary.BigEndian.PutUint64(root[:], uint64(n))
		for _, i := range draw(t, sample.Seed{1}, root, 10, kinds).Picked() {
			times[i]++
		}
	}
	for i, n := range times { // 400 expected, standard deviation 18
		if n < 290 || n > 510 {
			t.Errorf("leaf %d was drawn %d times of 2000", i, n)
		}
	}
}

func TestARowOfABatchIsInTheBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.Uint64().Draw(t, "rows")
		got := sample.Row(sample.Seed{2}, proof.Hash{3}, rapid.Uint64().Draw(t, "index"), rows)
		if rows > 0 && got >= rows || rows == 0 && got != 0 {
			t.Fatalf("row %d of %d", got, rows)
		}
	})
}

func FuzzParseSeed(f *testing.F) {
	f.Add(sample.NewSeed().String())
	f.Add("")
	f.Add("00")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := sample.ParseSeed(text)
		if err != nil {
			return
		}
		if again, err := sample.ParseSeed(s.String()); err != nil || again != s {
			t.Errorf("%q does not come back: %v", text, err)
		}
	})
}
